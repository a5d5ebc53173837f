"""The attribute table of a shapefile, read from its bytes: only they say which encoding was meant.

GDAL decodes by the .cpg file or a flag byte, both often missing or wrong in Chinese deliveries, and
answers with silent mojibake. A damaged record costs itself, not the table.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from gis.encoding import Cell, Encoding, decode, detect, named, texts

Frame: TypeAlias = pd.DataFrame
Bytes: TypeAlias = np.ndarray[Any, np.dtype[Any]]

HEADER = struct.Struct("<4xIHH20x")
FIELD = struct.Struct("<11sc4xBB14x")
END_OF_FIELDS = 0x0D
HEADING_ROOM = 10
DELETED, KEPT = b"*", (b" ", b"")  # the first byte of a record; numpy shows NUL as nothing
NO_DATE = "0" * 8
SAFE_DIGITS = 18  # of a whole number in 64 bits


class DbfDamaged(ValueError):
    """The file is no dBase table: its header says no columns, or columns that no record can hold."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"damaged dbf header: {path}")


class Field(NamedTuple):
    """One column as the header states it."""

    heading: bytes
    kind: str
    width: int
    decimals: int


class Table(NamedTuple):
    """The records, their encoding, and the record numbers (from 0) of which some or all values are lost."""

    frame: Frame
    encoding: Encoding
    damaged: tuple[int, ...]


def read(path: Path, stated: str | None = None) -> Table:
    """All records of a .dbf, deleted ones left out; index is the record number from 0.

    Text stays text (padding stripped, blank is NaN); numbers are int64 or float64, whole numbers
    too long for 64 bits stay text; dates are datetime64. A column with a cell that is no number (or
    no date) stays text, so that whoever reads it can say which. Headings come as they are, cut at
    ten bytes. Of a record cut short the whole fields are read; of one whose first byte is neither
    kept nor deleted nothing is believed. Raises DbfDamaged, LookupError for an unknown stated encoding.
    """
    content = path.read_bytes()
    fields, records, cut = _layout(path, content)
    alive = records["deleted"] != DELETED
    mistrusted = alive & ~np.isin(records["deleted"], KEPT)
    for i in range(len(fields)):
        records[f"f{i}"][mistrusted] = b""
    columns = [np.char.strip(records[f"f{i}"][alive], b" \0") for i in range(len(fields))]
    encoding = detect(_cells(fields, columns), _cpg(path), stated)
    frame = pd.DataFrame(
        {
            heading: _column(field, column, encoding.name)
            for heading, field, column in zip(_headings(fields, encoding.name), fields, columns, strict=True)
        },
        index=np.flatnonzero(alive),
    )
    return Table(frame, encoding, tuple(np.flatnonzero(alive & (mistrusted | cut)).tolist()))


def _cells(fields: list[Field], columns: list[Bytes]) -> set[Cell]:
    """Every distinct heading and text of the table."""
    headings = {(field.heading, HEADING_ROOM) for field in fields}
    texts = (
        (field.width, np.unique(column)) for field, column in zip(fields, columns, strict=True) if field.kind == "C"
    )
    return headings | {(value, room) for room, values in texts for value in values.tolist()}


def _layout(path: Path, content: bytes) -> tuple[list[Field], Bytes, Bytes]:
    """The fields, the records that are there, and which of them the end of the file cuts short."""
    if len(content) < HEADER.size:
        raise DbfDamaged(path)
    count, start, length = HEADER.unpack_from(content)
    fields, at, width = [], HEADER.size, 1
    while at + FIELD.size <= min(start, len(content)) and content[at] != END_OF_FIELDS:
        heading, kind, size, decimals = FIELD.unpack_from(content, at)
        fields.append(Field(heading.split(b"\0")[0], kind.decode("latin-1"), size, decimals))
        at, width = at + FIELD.size, width + size
    if not fields or width > length:
        raise DbfDamaged(path)
    parts = [("deleted", "S1"), *((f"f{i}", f"S{field.width}") for i, field in enumerate(fields))]
    layout = np.dtype([*parts, *([("rest", f"S{length - width}")] if length > width else [])])
    whole, rest = divmod(max(len(content) - start, 0), length)
    if whole >= count:
        records = np.frombuffer(content, layout, count, start).copy()
        return fields, records, np.zeros(count, dtype=bool)
    ends = np.cumsum([1, *(field.width for field in fields)])
    kept = int(ends[ends <= rest].max(initial=0))  # half a number is another number
    last = content[start + whole * length :][:kept].ljust(length) if kept else b""
    records = np.frombuffer(content[start : start + whole * length] + last, layout).copy()
    return fields, records, np.arange(len(records)) >= whole


def _cpg(path: Path) -> str | None:
    """The codec named by the .cpg beside the table; None where it is missing or names none."""
    beside = [other for other in path.parent.glob("*") if other.stem == path.stem and other.suffix.lower() == ".cpg"]
    if not beside:
        return None
    return named(beside[0].read_bytes().decode("ascii", "replace"))


def _headings(fields: list[Field], encoding: str) -> list[str]:
    """Headings in order; a repeated one gets _1, _2 as GDAL does."""
    seen: dict[str, int] = {}
    names = []
    for field in fields:
        name = decode((field.heading, HEADING_ROOM), encoding)[0]
        seen[name] = seen.get(name, -1) + 1
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
    return names


def _column(field: Field, values: Bytes, encoding: str) -> pd.Series:
    whole = field.kind == "N" and not field.decimals
    if field.kind in "NF" and not (whole and field.width > SAFE_DIGITS):
        return _numbers(values, whole=whole)
    return CONVERT[field.kind](values) if field.kind in CONVERT else _text(values, field.width, encoding)


def _text(values: Bytes, room: int, encoding: str) -> pd.Series:
    distinct, where = np.unique(values, return_inverse=True)
    words = [word or None for word in texts(distinct.tolist(), room, encoding)]
    return pd.Series(np.array(words, dtype=object)[where] if words else [], dtype="str")


def _numbers(values: Bytes, *, whole: bool) -> pd.Series:
    """Numbers, blank is NaN; text where a cell is no number (the asterisks of an overflow are none)."""
    if whole and np.char.isdigit(np.char.lstrip(values, b"+-")).all():
        return pd.Series(values.astype(np.int64))
    text = _latin(values)
    numbers = pd.Series(pd.to_numeric(text, errors="coerce"), dtype=np.float64)
    return text if (numbers.isna() & text.notna()).any() else numbers


def _dates(values: Bytes) -> pd.Series:
    """Dates, blank and zeros are NaT; text where a cell is no date."""
    text = _latin(values).replace(NO_DATE, None)
    days = pd.Series(pd.to_datetime(text, format="%Y%m%d", errors="coerce"))
    return text if (days.isna() & text.notna()).any() else days


def _latin(values: Bytes) -> pd.Series:
    return pd.Series(np.char.decode(values, "latin-1"), dtype="str").replace("", None)


def _logicals(values: Bytes) -> pd.Series:
    letters = pd.Series(np.char.upper(np.char.decode(values, "latin-1")), dtype="str")
    return letters.map({"T": True, "Y": True, "F": False, "N": False}).astype("boolean")


CONVERT: dict[str, Callable[[Bytes], pd.Series]] = {"D": _dates, "L": _logicals}
