"""Sheets and text tables as grids of text: every cell as a person would read it, nothing typed yet."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from parcels import surgeon

Frame: TypeAlias = pd.DataFrame

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"})
TEXTS = frozenset({".csv", ".txt", ".tsv"})
ROWS_LOOKED_AT = 25
DELIMITERS = ",\t;|"
ENCODINGS = ("utf-8", "gb18030")
ZIP = b"PK\x03\x04"
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Grid:
    """One sheet, index = sheet row from 1: cells as the file holds them (None = blank), its first rows as text.

    merged: ranges (row, column, row, column), from 0.
    """

    name: str
    cells: Frame
    head: Frame
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str = ""


class Encrypted(ValueError):
    """A workbook with an opening password."""


class Unreadable(ValueError):
    """A file that is not what its name says, or is broken; `why` is the reader's word."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class EncodingUnknown(ValueError):
    """A text file that is neither UTF-8 nor GB18030."""


def is_workbook(path: Path) -> bool:
    """Say whether a file is a workbook by its first bytes, whatever it is called."""
    with path.open("rb") as content:
        return content.read(len(OLE2)).startswith((ZIP, OLE2))


def workbook(path: Path) -> list[Grid]:
    """Return every sheet of xls, xlsx, xlsb or ods. Raises Encrypted, Unreadable."""
    content = path.read_bytes()
    if content.startswith(OLE2) and ENCRYPTED_MARK in content:
        raise Encrypted(path.name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [_sheet(book, name) for name in book.sheet_names]
    except CalamineError as broken:
        if "password" in str(broken).lower() or "encrypt" in str(broken).lower():
            raise Encrypted(path.name) from broken
        raise Unreadable(str(broken)) from broken


def _sheet(book: CalamineWorkbook, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    cells = _frame(rows).replace("", None)
    return Grid(name, cells, _text(cells.head(ROWS_LOOKED_AT)), merged)


def _text(cells: Frame) -> Frame:
    return cells.map(lambda cell: TEXT_OF[type(cell)](cell)).astype("object").replace({float("nan"): None})


def typed(cells: Frame) -> Frame:
    """Return data cells column by column: numbers where a column holds nothing else, else text as a person reads it."""
    return pd.DataFrame({column: _column(cells[column]) for column in cells}, index=cells.index)


def _column(cells: pd.Series) -> pd.Series:
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind in {"floating", "integer", "mixed-integer-float"}:
        return cells.astype("float64")
    if kind in {"string", "empty"}:
        return cells
    return cells.map(lambda cell: TEXT_OF[type(cell)](cell)).astype("object")


def _moment(cell: datetime) -> str:
    return str(cell.date() if cell.time() == time() else cell)


# How a cell of each type reads as text: whole numbers without .0, dates as ISO, blanks as nothing.
TEXT_OF: dict[type, Callable[[Any], str | None]] = {
    str: lambda cell: cell if cell.strip() else None,
    float: surgeon.digits,
    int: str,
    bool: lambda cell: "是" if cell else "否",
    datetime: _moment,
    date: str,
    time: str,
    timedelta: str,
    type(None): lambda _: None,
}


def delimited(path: Path, encoding: str = "") -> Grid:
    """Return a csv or txt; encoding and delimiter are found if not said. Raises EncodingUnknown, Unreadable."""
    content = path.read_bytes()
    if b"\x00" in content[:4096] and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("NUL")
    text, found = _decoded(content, encoding)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:20_000].splitlines()[:20]))
    try:
        cells = [[cell if cell.strip() else None for cell in row] for row in rows]
    except csv.Error as broken:
        raise Unreadable(str(broken)) from broken
    frame = _frame(cells)
    return Grid(path.stem, frame, frame.head(ROWS_LOOKED_AT), (), found)


def decoded(content: bytes) -> str:
    """Return a text file's text, UTF-8 or GB18030. Raises EncodingUnknown."""
    return _decoded(content, "")[0]


def _decoded(content: bytes, encoding: str) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16"), "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig"), "utf-8-sig"
    for candidate in (encoding,) if encoding else ENCODINGS:
        try:
            return content.decode(candidate), candidate
        except (UnicodeDecodeError, LookupError):
            continue
    raise EncodingUnknown


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that cuts most lines into the same number of cells; a comma where none does."""
    counts = {mark: Counter(line.count(mark) for line in lines if line.strip()) for mark in DELIMITERS}

    def agreement(mark: str) -> tuple[int, int]:
        times = {number: lines_ for number, lines_ in counts[mark].items() if number}
        return (max(times.values()), max(times)) if times else (0, 0)

    best = max(DELIMITERS, key=agreement)
    return best if agreement(best)[0] else ","


def _frame(rows: list[list[Any]]) -> Frame:
    width = max((len(row) for row in rows), default=0)
    even = [row + [None] * (width - len(row)) for row in rows]
    return pd.DataFrame(even, index=pd.RangeIndex(1, len(even) + 1), columns=range(width), dtype="object")
