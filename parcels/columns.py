"""Every column of the contract once: its table, Chinese heading, aliases, unit, type and words (columns.csv)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

Frame: TypeAlias = pd.DataFrame

SOURCE = Path(__file__).parent / "columns.csv"
TEXT = pd.StringDtype(na_value=np.nan)  # "str": said by name, pandas looks it up anew for every column
DTYPES: Mapping[str, Any] = {
    "text": TEXT,
    "enum": TEXT,
    "number": np.dtype("float64"),
    "int": np.dtype("float64"),
    "date": np.dtype("datetime64[us]"),
    "month": np.dtype("datetime64[us]"),
    "bool": pd.BooleanDtype(),
}
WHOLE = np.dtype("int64")
POSITION = ("_source", "_row")


@dataclass(frozen=True)
class Column:
    """One column of one table, as columns.csv states it."""

    table: str
    column: str
    name: str
    aliases: tuple[str, ...]
    unit: str
    type: str
    values: Mapping[str, str]
    key: bool
    combine: str
    least: float | None
    most: float | None
    required_by: tuple[str, ...]
    meaning: str

    @property
    def dtype(self) -> Any:
        """The pandas dtype; a key number is a whole number, every other number may be missing (NaN)."""
        return WHOLE if self.key and self.type == "int" else DTYPES[self.type]


@cache
def catalog() -> Mapping[str, Mapping[str, Column]]:
    """Return table → column name → Column, in the order of columns.csv."""
    tables: dict[str, dict[str, Column]] = {}
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            tables.setdefault(row["table"], {})[row["column"]] = _column(row)
    return tables


def tables() -> tuple[str, ...]:
    """Return the names of all tables of the contract."""
    return tuple(catalog())


def columns(table: str) -> tuple[Column, ...]:
    """Return the columns of a table in order; KeyError for a table that is none."""
    return tuple(catalog()[table].values())


def keys(table: str) -> tuple[str, ...]:
    """Return the names of the columns that name one subject; () where every row is its own."""
    return tuple(column.column for column in columns(table) if column.key)


def has_geometry(table: str) -> bool:
    """Say whether the table's rows may be drawn."""
    return "geometry" in catalog()[table]


def name(table: str, column: str) -> str:
    """Return the Chinese heading of a column, the column itself if it is not of the contract."""
    known = catalog()[table].get(column)
    return known.name if known else column


def empty(table: str) -> Frame:
    """Return the table with no row, every column typed, `_source` and `_row` included."""
    return typed(table, pd.DataFrame(index=pd.RangeIndex(0)))


def typed(table: str, frame: Frame) -> Frame:
    """Return `frame` with every column of the table, typed, in order; its further columns stay at the end."""
    wanted = [column for column in columns(table) if column.type != "geometry"]
    absent = {
        column.dtype: pd.Series(_nothing(column), index=frame.index, dtype=column.dtype)
        for column in wanted
        if column.column not in frame
    }  # one for all columns that nobody delivered: Arrow's texts are shared, not copied
    parts = {
        column.column: frame[column.column].astype(column.dtype) if column.column in frame else absent[column.dtype]
        for column in wanted
    }
    parts |= {place: frame[place].astype(WHOLE) if place in frame else _zeros(frame) for place in POSITION}
    further = [column for column in frame.columns if column not in parts and column != "geometry"]
    whole = pd.DataFrame(parts | {column: frame[column] for column in further}, index=frame.index)
    if not has_geometry(table):
        return whole
    shapes = frame["geometry"] if "geometry" in frame else pd.Series(None, index=frame.index, dtype="object")
    return gpd.GeoDataFrame(whole, geometry=gpd.GeoSeries(shapes, index=frame.index))


def _nothing(column: Column) -> object:
    return 0 if column.dtype == WHOLE else None


def _zeros(frame: Frame) -> pd.Series:
    return pd.Series(0, index=frame.index, dtype=WHOLE)


def required(question: str) -> tuple[Column, ...]:
    """Return the columns without which a question (grading, reclaim, zones, expansion) cannot be answered."""
    return tuple(column for table in tables() for column in columns(table) if question in column.required_by)


def _column(row: Mapping[str, str]) -> Column:
    return Column(
        table=row["table"],
        column=row["column"],
        name=row["name"],
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        unit=row["unit"],
        type=row["type"],
        values=_values(row["values"]),
        key=row["key"] == "yes",
        combine=row["combine"],
        least=float(row["least"]) if row["least"] else None,
        most=float(row["most"]) if row["most"] else None,
        required_by=tuple(filter(None, row["required_by"].split("|"))),
        meaning=row["meaning"],
    )


def _values(text: str) -> Mapping[str, str]:
    """`规上:规模以上;是|规下:否` → every accepted word and the word it stands for."""
    words: dict[str, str] = {}
    for choice in filter(None, text.split("|")):
        word, _, synonyms = choice.partition(":")
        words |= dict.fromkeys((word, *filter(None, synonyms.split(";"))), word)
    return words
