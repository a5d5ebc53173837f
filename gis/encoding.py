"""Which encoding a text was written in: tried strictly on the bytes, never guessed in silence."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

FoundBy = Literal["stated", "ascii", "declared", "utf-8", "gb18030", "damaged", "format"]
Cell = tuple[bytes, int]  # a value and the bytes its field has room for

NAMES = {"936": "gb18030", "54936": "gb18030", "65001": "utf-8", "950": "big5"}
WHOLE = frozenset({"utf-8", "gb18030", "big5"})
PROBE = bytes(range(0x80, 0x100))


class Encoding(NamedTuple):
    """The encoding of a text, how it is known, and how many distinct values it could not decode.

    by: stated by a person, ascii (nothing to tell apart), declared (.cpg), utf-8 or gb18030 (found
    to fit), damaged (none fits; the one with fewest failures), format (the format prescribes it).
    """

    name: str
    by: FoundBy
    undecodable: int = 0


def detect(cells: Iterable[Cell], declared: str | None = None, stated: str | None = None) -> Encoding:
    """The encoding that decodes every value.

    UTF-8 before GB18030 (which holds GBK and GB2312), because its form is hard to meet by chance. A
    declared single-byte encoding comes last: it fits any bytes, and machines declare it for Chinese
    text. Raises LookupError for an unknown stated encoding.
    """
    values = {cell for cell in cells if not cell[0].isascii()}
    if stated:
        return Encoding(codecs.lookup(stated).name, "stated", _failures(values, stated))
    if not values:
        return Encoding("utf-8", "ascii")
    tried: list[tuple[str, FoundBy]] = [("utf-8", "utf-8"), ("gb18030", "gb18030")]
    if declared:
        tried.insert(len(tried) if _single_byte(declared) else 0, (declared, "declared"))
    failures: list[int] = []
    for name, _ in tried:
        failures.append(_failures(values, name))
        if not failures[-1]:
            break
    best = failures.index(min(failures))
    name, by = tried[best]
    return Encoding(name, by if failures[best] == 0 else "damaged", failures[best])


def named(word: str) -> str | None:
    """The codec a .cpg names, GBK and GB2312 widened to GB18030; None for a word that names none."""
    plain = word.strip().upper().removeprefix("OEM").removeprefix("ANSI").strip()
    if not plain.replace("-", "").replace("_", "").replace(" ", "").isalnum():
        return None
    try:
        found = codecs.lookup(NAMES.get(plain, plain)).name
    except LookupError:
        return None
    return "gb18030" if found in ("gbk", "gb2312") else found


def decode(cell: Cell, encoding: str) -> tuple[str, bool]:
    """The text, and whether bytes of it had to be replaced.

    In a value that fills its field the last character may be cut in two: it is left out.
    """
    value, room = cell
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        return decoder.decode(value, final=len(value) < room), False
    except UnicodeDecodeError:
        return value.decode(encoding, "replace"), True


def texts(values: Sequence[bytes], room: int, encoding: str) -> list[str]:
    """The texts of many values whose fields have the same room: `decode` of each, at once where all are whole."""
    whole = _at_once(values, encoding)
    return [decode((value, room), encoding)[0] for value in values] if whole is None else whole


def _at_once(values: Sequence[bytes], encoding: str) -> list[str] | None:
    """All values decoded in one go, None where one of them does not decode or the encoding has no plain line end.

    A character cut in two cannot swallow the line end: no encoding of WHOLE has it as a second byte.
    """
    joined = b"\n".join(values)
    if encoding not in WHOLE or joined.count(b"\n") != len(values) - 1:
        return None
    try:
        return joined.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return None


def _failures(cells: Collection[Cell], encoding: str) -> int:
    if _at_once([value for value, _ in cells], encoding) is not None:
        return 0
    return sum(decode(cell, encoding)[1] for cell in cells)


def _single_byte(encoding: str) -> bool:
    return len(PROBE.decode(encoding, "replace")) == len(PROBE) and encoding != "utf-8"
