"""Which year a cell of a yearly table is of: a column says so, or its heading, or the name of sheet, title or file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from parcels import columns, faults
from parcels.delivery import recognition
from parcels.delivery.delivered import RawTable
from parcels.headings import YEARLY, Heading
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

TABLES = frozenset({YEARLY, "events"})


def years(cells: Frame, headings: Sequence[Heading]) -> dict[str, int]:
    """Return the columns of a sheet whose own heading names a year, `2023年税收` → 2023."""
    return {str(name): heading.year for name, heading in zip(cells, headings, strict=True) if heading.year}


def split(raw: RawTable, headings: Sequence[Heading], said: tuple[str, str]) -> Iterator[RawTable | Frame]:
    """One table as it is, or one a year where headings name the year; `said` is the name and title of the sheet.

    No cell is lost: a row stands in every year it says something of, a row that says nothing in the last, and columns
    without a year keep the year of their own (column, delivery.yaml, name).
    """
    year = raw.mapping["heading"].map(years(raw.cells, headings))
    if raw.table != YEARLY or year.isna().all():
        yield from _named(raw, said)
        return
    identity = raw.mapping["column"].isin([*columns.keys(raw.table), "name"]) & raw.mapping["column"].ne("year")
    undated = raw.mapping[year.isna()]
    if not undated["column"].isin([*columns.keys(raw.table), "name"]).all():
        yield from _named(replace(raw, mapping=undated), said)
    filled = raw.cells[list(raw.mapping["heading"][year.notna()])].notna()
    for one in sorted(year.dropna().unique()):
        mine = year.eq(one)
        there = filled[list(raw.mapping["heading"][mine])].any(axis=1)
        if one == year.max():
            there |= ~filled.any(axis=1)
        yield _of_year(raw, int(one), raw.mapping[mine | (identity & year.isna())], there)


def _of_year(raw: RawTable, year: int, mapping: Frame, there: pd.Series) -> RawTable:
    fixed = {**raw.fixed, "year": year}
    return replace(raw, mapping=mapping.reset_index(drop=True), cells=raw.cells[there], fixed=fixed)


def _named(raw: RawTable, said: tuple[str, str]) -> Iterator[RawTable | Frame]:
    """A yearly table without a year takes it from the sheet's, the title's or the file's name, and says so."""
    if raw.table not in TABLES or "year" in raw.fixed or raw.mapping["column"].eq("year").any():
        yield raw
        return
    for where, text in zip(("sheet", "title", "file"), (*said, Path(raw.file).stem), strict=True):
        year = recognition.year_in(text)
        if year:
            place = {"file": raw.file, "sheet": raw.sheet}
            yield faults.one("year_assumed", **place, where=say(f"parcels.where.{where}"), year=year)
            yield replace(raw, fixed={**raw.fixed, "year": year})
            return
    label = columns.name(raw.table, "year")
    yield faults.one("column_missing", file=raw.file, sheet=raw.sheet, column=label, what=label)
    yield raw
