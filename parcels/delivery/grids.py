"""Sheets and text tables as grids of text: every cell as a person would read it, nothing typed yet."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
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
    """One sheet: its rows from the first on as the file holds them, all equally wide; None and "" are blank cells.

    merged: ranges (row, column, row, column), from 0.
    """

    name: str
    rows: list[list[Any]] = field(repr=False)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str = ""

    @cached_property
    def head(self) -> list[list[str | None]]:
        """The first rows as a person reads them."""
        return [[TEXT_OF[type(cell)](cell) for cell in row] for row in self.rows[:ROWS_LOOKED_AT]]

    @property
    def empty(self) -> bool:
        """Whether no cell is filled."""
        return all(cell is None or cell == "" for row in self.rows for cell in row)

    def below(self, first: int = 1) -> Frame:
        """Return the rows from `first` on that say anything, index = sheet row from 1, columns by position from 0.

        A column of numbers alone is numbers, any other is text as a person reads it.
        """
        rows = self.rows[first - 1 :]
        columns = zip(*rows, strict=True) if rows else ((),) * len(self.rows[0] if self.rows else ())
        read = {place: _column(cells) for place, cells in enumerate(columns)}
        return pd.DataFrame(read, index=pd.RangeIndex(first, first + len(rows))).dropna(how="all")


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
    return [read() for _, read in sheets(path)]


def sheets(path: Path) -> list[tuple[str, Callable[[], Grid]]]:
    """Return the name of every sheet of a workbook, and how it is read. Raises Encrypted, Unreadable, then and now."""
    content = path.read_bytes()
    if content.startswith(OLE2) and ENCRYPTED_MARK in content:
        raise Encrypted(path.name)
    with _told(path):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [(name, partial(_sheet, path, book, name)) for name in book.sheet_names]


def _sheet(path: Path, book: CalamineWorkbook, name: str) -> Grid:
    with _told(path):
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
    merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    return Grid(name, rows, merged)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say of a workbook that cannot be read why: Encrypted or Unreadable."""
    try:
        yield
    except CalamineError as broken:
        if "password" in str(broken).lower() or "encrypt" in str(broken).lower():
            raise Encrypted(path.name) from broken
        raise Unreadable(str(broken)) from broken


def _column(cells: tuple[Any, ...]) -> Any:
    """One column: numbers where it holds nothing else, else text as a person reads it."""
    told = np.empty(len(cells), dtype=object)
    told[:] = cells
    told[told == ""] = None
    kind = pd.api.types.infer_dtype(told, skipna=True)
    if kind in {"floating", "integer", "mixed-integer-float"}:
        return told.astype(np.float64)
    if kind not in {"string", "empty"}:
        told[:] = [TEXT_OF[type(cell)](cell) for cell in told]
    return pd.array(pa.array(told, pa.large_string()), dtype="str")


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
    return Grid(path.stem, _even(cells), (), found)


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
    """Return the delimiter that cuts most lines into the same number of cells; a comma where none does.

    A mark between quotes belongs to its cell.
    """
    written = [line for line in lines if line.strip()]
    cut = {mark: csv.reader(written, delimiter=mark) for mark in DELIMITERS}
    counts = {mark: Counter(len(cells) - 1 for cells in rows) for mark, rows in cut.items()}

    def agreement(mark: str) -> tuple[int, int]:
        times = {number: lines_ for number, lines_ in counts[mark].items() if number}
        return (max(times.values()), max(times)) if times else (0, 0)

    best = max(DELIMITERS, key=agreement)
    return best if agreement(best)[0] else ","


def _even(rows: list[list[str | None]]) -> list[list[str | None]]:
    width = max((len(row) for row in rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]
