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
import pyarrow as pa
import pyarrow.compute as pc

from gis.encoding import WHOLE, Encoding, decode, detect, named, texts

Frame: TypeAlias = pd.DataFrame
Bytes: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Once: TypeAlias = tuple[list[bytes], pa.Array]

HEADER = struct.Struct("<4xIHH20x")
FIELD = struct.Struct("<11sc4xBB14x")
END_OF_FIELDS = 0x0D
HEADING_ROOM = 10
DELETED, KEPT = b"*", (b" ", b"")  # the first byte of a record; numpy shows NUL as nothing
PADDING = b" \0"
ASCII = np.arange(256) < 128  # noqa: PLR2004 - by byte: is it plain text
FIGURES = np.isin(np.arange(256), list(b"0123456789+-." + PADDING))  # by byte: may it stand in a number
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
    whole = bool(alive.all()) and not mistrusted.any()
    columns = [
        np.ascontiguousarray(values if whole else np.where(mistrusted, b"", values)[alive])
        for values in (records[f"f{i}"] for i in range(len(fields)))
    ]
    tell = {
        i: _once(columns[i]) for i, field in enumerate(fields) if field.kind == "C" and not _only(columns[i], ASCII)
    }
    texts = {(text, fields[i].width) for i, (distinct, _) in tell.items() for text in distinct}
    encoding = detect(texts | {(field.heading, HEADING_ROOM) for field in fields}, _cpg(path), stated)
    read_ = (_column(field, columns[i], encoding.name, tell.get(i)) for i, field in enumerate(fields))
    frame = pd.DataFrame(dict(zip(_headings(fields, encoding.name), read_, strict=True)), index=np.flatnonzero(alive))
    return Table(frame, encoding, tuple(np.flatnonzero(alive & (mistrusted | cut)).tolist()))


def _once(values: Bytes) -> Once:
    """Each different value of a column, its padding stripped, and which of them every record says."""
    column = _laid(values, pa.large_binary()).dictionary_encode()
    return [value.strip(PADDING) for value in column.dictionary.to_pylist()], column.indices


def _laid(values: Bytes, kind: pa.DataType) -> pa.Array:
    """The fields of a column where they lie, as Arrow sees them."""
    ends = np.arange(len(values) + 1, dtype=np.int64) * values.itemsize
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(ends), pa.py_buffer(values)])


def _only(values: Bytes, letters: Bytes) -> bool:
    return bool(letters[np.frombuffer(values, np.uint8)].all())


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
        records = np.frombuffer(content, layout, count, start)
        return fields, records, np.zeros(count, dtype=bool)
    ends = np.cumsum([1, *(field.width for field in fields)])
    kept = int(ends[ends <= rest].max(initial=0))  # half a number is another number
    last = content[start + whole * length :][:kept].ljust(length) if kept else b""
    records = np.frombuffer(content[start : start + whole * length] + last, layout)
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


def _column(field: Field, values: Bytes, encoding: str, once: Once | None) -> pd.Series:
    whole = field.kind == "N" and not field.decimals
    number = field.kind in "NF" and not (whole and field.width > SAFE_DIGITS)
    if number and _only(values, FIGURES):
        told = _figures(values, whole=whole)
        if told is not None:
            return told
    elif field.kind not in CONVERT and not number and encoding in WHOLE and _only(values, ASCII):
        return pd.Series(_plain(values), dtype="str")
    distinct, rows = once or _once(values)
    if number:
        read_ = _numbers(distinct, whole=whole)
    else:
        read_ = CONVERT[field.kind](distinct) if field.kind in CONVERT else _text(distinct, field.width, encoding)
    return read_.take(rows).reset_index(drop=True)


def _plain(values: Bytes) -> pa.Array:
    """ASCII text without its padding, null where blank."""
    text = pc.ascii_trim(_laid(values, pa.large_string()), characters=PADDING.decode())
    return pc.if_else(pc.equal(text, ""), None, text)


def _figures(values: Bytes, *, whole: bool) -> pd.Series | None:
    """Numbers that are nothing but figures, None where one is not."""
    text = _plain(values)
    try:
        return text.cast(pa.int64() if whole and not text.null_count else pa.float64()).to_pandas()
    except pa.ArrowInvalid:
        return None


def _text(values: list[bytes], room: int, encoding: str) -> pd.Series:
    return pd.Series([word or None for word in texts(values, room, encoding)], dtype="str")


def _numbers(values: list[bytes], *, whole: bool) -> pd.Series:
    """Numbers, blank is NaN; text where a cell is no number (the asterisks of an overflow are none)."""
    if whole and all(value.lstrip(b"+-").isdigit() for value in values):
        return pd.Series([int(value) for value in values], dtype=np.int64)
    text = _latin(values)
    numbers = pd.Series(pd.to_numeric(text, errors="coerce"), dtype=np.float64)
    return text if (numbers.isna() & text.notna()).any() else numbers


def _dates(values: list[bytes]) -> pd.Series:
    """Dates, blank and zeros are NaT; text where a cell is no date."""
    text = _latin(values).replace(NO_DATE, None)
    days = pd.Series(pd.to_datetime(text, format="%Y%m%d", errors="coerce"))
    return text if (days.isna() & text.notna()).any() else days


def _latin(values: list[bytes]) -> pd.Series:
    return pd.Series([value.decode("latin-1") or None for value in values], dtype="str")


def _logicals(values: list[bytes]) -> pd.Series:
    letters = _latin(values).str.upper()
    return letters.map({"T": True, "Y": True, "F": False, "N": False}).astype("boolean")


CONVERT: dict[str, Callable[[list[bytes]], pd.Series]] = {"D": _dates, "L": _logicals}
