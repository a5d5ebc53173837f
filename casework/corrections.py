"""A correction as a person gives it: the cell it is for, what stands there, and the delivery that carries it on."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from parcels import columns, corrections, surgeon
from parcels.book import Book, Origin
from parcels.corrections import COLUMNS, SEPARATOR, key_text
from parcels.delivery import corrected, grids
from parcels.delivery.delivered import Delivery
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

PLACE = ("_source", "_row")


class Cell(NamedTuple):
    """One cell as corrections name it; `column` is '' where only the row is known."""

    table: str
    key: str
    column: str = ""


class Standing(NamedTuple):
    """What stands in a cell: the cells it was read from, the value that is used; `there`: whether it has its row."""

    origin: list[Origin]
    value: Any
    there: bool


class NotCarried(Exception):
    """The corrections.csv of a delivery cannot be carried on: it was refused as it lies."""


def cell_of(book: Book, fault: Mapping[str, Any]) -> Cell | None:
    """Return the cell a fault (file, sheet, row, column as its heading) speaks of, None where it names no row."""
    here = book.sources["file"].eq(fault["file"]) & book.sources["sheet"].eq(fault["sheet"])
    for source, table in book.sources.loc[here, ["source_id", "table"]].itertuples(index=False, name=None):
        row = _row_at(book, table, source, fault["row"])
        if row is not None:
            return Cell(table, key_text(row), _column_of(book, table, source, fault["column"]))
    return None


def _column_of(book: Book, table: str, source: int, heading: str) -> str:
    """Return which column a heading of a sheet speaks for, or the column of that name; '' where none may change."""
    said = book.headings["source_id"].eq(source) & book.headings["heading"].eq(heading)
    meant = [*book.headings.loc[said, "column"], *(one.column for one in columns.columns(table) if one.name == heading)]
    return next((name for name in meant if name in correctable(table)), "")


def correctable(table: str) -> dict[str, columns.Column]:
    """Return the columns of a table whose cells may be corrected: neither keys nor shapes."""
    return {name: one for name, one in columns.catalog()[table].items() if not one.key and one.type != "geometry"}


def key_columns(table: str) -> tuple[str, ...]:
    """Return what names a row: the key columns, or the number of the sheet and of its row."""
    return columns.keys(table) or PLACE


def key_of(table: str, parts: Sequence[str]) -> str:
    """Return the key of a row from its parts as a person types them (2025-03 is 2025-03-01)."""
    typed = zip(parts, _typed(table, parts), strict=True)
    return key_text(tuple(part.strip() if value is None else value for part, value in typed))


def standing(book: Book, cell: Cell) -> Standing:
    """Return what stands in a cell of a book."""
    names, parts, rows = key_columns(cell.table), cell.key.split(SEPARATOR), book.tables[cell.table]
    values = _typed(cell.table, parts) if len(parts) == len(names) else [None]
    if None in values:
        return Standing([], None, there=False)
    for name, value in zip(names, values, strict=True):
        rows = rows[rows[name].eq(value)]
    if rows.empty:
        return Standing([], None, there=False)
    key = values[0] if len(values) == 1 else tuple(values)
    value = rows.iloc[0][cell.column] if cell.column else None
    return Standing(book.origin(cell.table, key, cell.column) if cell.column else [], value, there=True)


def refused(book: Book, wanted: Frame) -> list[str]:
    """Return what is said of the corrections (COLUMNS) that do not fit this book, a sentence each."""
    _, _, found = corrections.applied(book.tables, wanted)
    return list(found.loc[found["kind"].eq("correction_unmatched"), "message"])


def carried(delivery: Delivery, wanted: Frame, folder: Path) -> Path:
    """Write into `folder` the files of a delivery (a zip's unpacked) with the corrections below its own; return it.

    Raises NotCarried where the corrections.csv that lies there was refused.
    """
    shutil.copytree(delivery.root, folder)
    path = folder / corrected.NAME
    lines = _lines(path, wanted)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    asked = pd.concat([delivery.corrections, wanted], ignore_index=True)[COLUMNS].astype("str")
    read, _ = corrected.read(folder)
    if not read.astype("str").reset_index(drop=True).equals(asked):
        raise NotCarried(say("casework.corrections.not_carried", file=corrected.NAME))
    return folder


def _lines(path: Path, wanted: Frame) -> list[list[str]]:
    """Return the rows of a corrections.csv, blank ones kept in place, and those that are to follow."""
    words = entry("parcels.correction_headings")
    if not path.is_file():
        return [[words[name] for name in COLUMNS], *wanted[COLUMNS].to_numpy().tolist()]
    try:
        grid = grids.delimited(path)
    except (grids.EncodingUnknown, grids.Unreadable) as broken:
        raise NotCarried(say("casework.corrections.not_carried", file=corrected.NAME)) from broken
    rows = [["" if cell is None else str(cell) for cell in row] for row in grid.rows]
    head = next((row for row in rows if any(row)), [])
    known = {said: name for name, said in words.items()}
    names = [known.get(cell.strip(), cell.strip()) for cell in head]
    told = wanted.reindex(columns=names, fill_value="").to_numpy().tolist()
    return [*rows, *told] if head else [[words[name] for name in COLUMNS], *wanted[COLUMNS].to_numpy().tolist()]


def _row_at(book: Book, table: str, source: int, row: Any) -> object:
    """Return the key of the subject that a row of a sheet went into, None where it went into none."""
    if pd.isna(row):
        return None
    names = key_columns(table)
    for frame in (book.members.get(table), book.tables[table]):
        if frame is None:
            continue
        here = frame[frame["_source"].eq(source) & frame["_row"].eq(int(row))]
        if len(here):
            first = {"_source": "first_source", "_row": "first_row"} if "first_row" in here else {}
            values = tuple(here.iloc[0][first.get(name, name)] for name in names)
            return values[0] if len(values) == 1 else values
    return None


def _typed(table: str, parts: Sequence[str]) -> list[Any]:
    """Return the parts of a key as its columns hold them, None for one that cannot be read."""
    return [_read(table, name, part) for name, part in zip(key_columns(table), parts, strict=True)]


def _read(table: str, name: str, part: str) -> Any:
    if name in PLACE:
        return int(part) if part.strip().isdigit() else None
    value = surgeon.read(pd.Series([part], dtype="str"), columns.catalog()[table][name]).values.iloc[0]
    return None if pd.isna(value) else int(value) if isinstance(value, float) else value
