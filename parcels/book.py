"""build(delivery, corrections) → Book: every table of the contract, typed, in one CRS, each cell with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from pyproj import CRS

from gis.heap import tidy
from parcels import assumptions, cells, checks, columns, corrections, faults, holdings, placed, subjects, surgeon
from parcels.allotment import NUMBER_FAULTS
from parcels.cells import Typed
from parcels.delivery.delivered import Delivery, InputFile
from parcels.delivery.shelved import Shelved, shelved
from parcels.places import Places
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

SOURCE_COLUMNS = ["source_id", "table", "file", "sheet", "encoding", "crs", "header_row", "rows"]
HEADING_COLUMNS = ["source_id", "column", "heading", "unit_from", "unit_to"]
ROW_COLUMNS = ["table", "rows_in", "rejected"]


@dataclass(frozen=True)
class Origin:
    """Where a cell came from: file, sheet, row (from 1), heading, the unit it was in, the words that stood there."""

    file: str
    sheet: str
    row: int | None
    heading: str
    unit_from: str
    raw: str


@dataclass(frozen=True)
class Book:
    """A delivery built: frozen tables of every year delivered, and beside them what was found and changed.

    tables: every table of CONTRACT §3 with all its columns (canonical units), `_source` and `_row`; drawn ones
    are GeoDataFrames in `crs`. sources, headings: how each sheet was read. faults: CONTRACT §4. repairs: every
    cell changed. rows: rows_in and rejected by table. members: rows that became one subject with others.
    root: the folder in which the files lie now (images are opened there).
    """

    tables: Mapping[str, Frame]
    crs: CRS | None
    sources: Frame
    headings: Frame
    faults: Frame
    repairs: Frame
    rows: Frame
    inputs: tuple[InputFile, ...]
    delivered: frozenset[str]
    zones_by: str | None
    classes: Mapping[str, str]
    members: Mapping[str, Frame] = field(repr=False)
    corrected: Frame = field(repr=False)
    raw: Mapping[int, Shelved] = field(repr=False)
    root: Path = field(default=Path(), repr=False, compare=False)
    keep: object = field(default=None, repr=False, compare=False)

    @cached_property
    def seen(self) -> Book:
        """Return the book as remembered steps see it (parcels/memory.py): tables, CRS, classes, and refused numbers."""
        nothing = self.faults.iloc[:0]
        refused = self.faults[self.faults["kind"].isin(NUMBER_FAULTS)].reset_index(drop=True)
        bare: dict[str, Any] = {"headings": nothing, "repairs": nothing, "rows": nothing, "corrected": nothing}
        return replace(self, faults=refused, inputs=(), members={}, raw={}, root=Path(), keep=None, **bare)

    def origin(self, table: str, key: object, column: str) -> list[Origin]:
        """Return every cell that made one cell: one, several after consolidation, none for what nobody delivered.

        key: the subject's key (a tuple for several key columns), or (_source, _row) for a table without one.
        """
        found = [_correction(row) for row in corrections.of(self.corrected, table, key, column).to_dict("records")]
        rows = self._rows(table, key)
        cell = (self._cell(int(source), int(row), column) for source, row in rows)
        return [*found, *(origin for origin in cell if origin is not None)]

    def _rows(self, table: str, key: Any) -> list[tuple[Any, ...]]:
        names = columns.keys(table)
        values = key if isinstance(key, tuple) else (key,)
        members = self.members.get(table, pd.DataFrame())
        if not names:
            members = _of(members, ("first_source", "first_row"), values)
            return list(zip(members["_source"], members["_row"], strict=True)) if len(members) else [values]
        members = _of(members, names, values)
        rows = members if len(members) else _of(self.tables[table], names, values)
        return list(zip(rows["_source"], rows["_row"], strict=True)) if len(rows) else []

    def _cell(self, source: int, row: int, column: str) -> Origin | None:
        kept = self.raw.get(source)
        if kept is None or row not in kept.cells.index:
            return None
        raw = kept.table
        place = (raw.file, raw.sheet, row)
        if column in raw.fixed:
            return Origin(*place, say("parcels.fixed", column=column), "", str(raw.fixed[column]))
        if column == "geometry" and kept.kinds is not None:
            kind = kept.kinds.get(row)
            return Origin(*place, column, "", "" if pd.isna(kind) else str(kind))
        said = raw.mapping[raw.mapping["column"].eq(column)]
        for heading, unit in zip(said["heading"], said["unit_from"], strict=True):
            value = kept.cells.at[row, heading]
            if not pd.isna(value):
                return Origin(*place, str(heading), str(unit), _as_delivered(value))
        return None


@dataclass(frozen=True)
class Prepared:
    """A delivery typed, placed and made one row a subject, before anybody's corrections: the same for all of them.

    The rows stand in `tables` alone; the frames of `drawn` and `made` keep the names of their columns.
    """

    delivery: Delivery
    drawn: placed.Placed
    sources: Frame
    headings: Frame
    made: Mapping[str, subjects.Subjects]
    tables: Mapping[str, Frame]

    @cached_property
    def shelves(self) -> Mapping[int, Shelved]:
        """Return every raw table by its source, its cells compressed: the same for every book made of this."""
        return {one.source: shelved(one.raw) for one in self.drawn.tables}


def build(delivery: Delivery, corrections_frame: Frame | None = None) -> Book:
    """Return the Book of a delivery, people's corrections applied (table, key, column, value, by, on, reason).

    Those that lie in the delivery (corrections.csv) come first, so that the ones given here have the last word.
    """
    return corrected(prepare(delivery), corrections_frame)


@tidy
def prepare(delivery: Delivery) -> Prepared:
    """Return a delivery as far as no correction changes it."""
    typed = [cells.typed(raw, source) for source, raw in enumerate(assumptions.ordered(delivery.tables))]
    drawn = placed.placed(typed)
    sources = _sources(drawn.tables)
    made: dict[str, subjects.Subjects] = {}
    tables: dict[str, Frame] = {}
    for table in columns.tables():
        one = _subjects(table, drawn.tables, sources)
        tables[table] = _drawn(columns.typed(table, one.frame), drawn.crs)
        made[table] = replace(one, frame=_bare(one.frame))
    drawn = replace(drawn, tables=[replace(one, frame=_bare(one.frame)) for one in drawn.tables])
    headings = _stacked([one.headings for one in drawn.tables], HEADING_COLUMNS)
    return Prepared(delivery, drawn, sources, headings, made, tables)


@tidy
def corrected(ready: Prepared, corrections_frame: Frame | None = None) -> Book:
    """Return the Book of a prepared delivery with corrections applied and everything checked."""
    delivery, drawn, sources, headings, made = ready.delivery, ready.drawn, ready.sources, ready.headings, ready.made
    asked = [delivery.corrections, corrections_frame if corrections_frame is not None else pd.DataFrame()]
    tables, applied, answered = corrections.applied(ready.tables, _stacked(asked, corrections.COLUMNS))
    tables, assumed = assumptions.assumed(tables, delivery, sources, {one.source: one.raw for one in drawn.tables})
    layers = frozenset(one.source for one in drawn.tables if "geometry" in one.frame)
    tables, checked = checks.checked(tables, Places(sources, headings), delivery.classes, layers)
    found = [
        delivery.faults,
        *(one.faults for one in drawn.tables),
        *drawn.faults,
        *(one.faults for one in made.values()),
        answered,
        assumed,
        checked,
    ]
    book = Book(
        tables=tables,
        crs=drawn.crs,
        sources=sources,
        headings=headings,
        faults=corrections.settled(faults.stacked(found), applied, tables, sources, headings),
        repairs=_stacked([*(one.repairs for one in drawn.tables), *drawn.repairs], cells.REPAIR_COLUMNS),
        rows=pd.DataFrame([(table, one.rows_in, one.rejected) for table, one in made.items()], columns=ROW_COLUMNS),
        inputs=delivery.inputs,
        delivered=frozenset(one.raw.table for one in drawn.tables),
        zones_by=delivery.zones_by,
        classes=delivery.classes,
        members={table: one.members for table, one in made.items() if len(one.members)},
        corrected=applied,
        raw=ready.shelves,
        root=delivery.root,
        keep=delivery.keep,
    )
    return replace(book, faults=faults.gather([book.faults, holdings.faults(book)]))


def _sources(tables: list[Typed]) -> Frame:
    rows: list[tuple[Any, ...]] = [
        (
            one.source,
            one.raw.table,
            one.raw.file,
            one.raw.sheet,
            one.raw.encoding,
            one.raw.crs.to_string() if one.raw.crs else "",
            one.raw.header_row,
            len(one.raw.cells),
        )
        for one in tables
    ]
    return pd.DataFrame(rows, columns=SOURCE_COLUMNS)


def _subjects(table: str, tables: list[Typed], sources: Frame) -> subjects.Subjects:
    """All rows of one table from all its sources, made one row a subject."""
    parts = [one for one in tables if one.raw.table == table and len(one.frame)]
    frames = [one.frame for one in parts]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(index=pd.RangeIndex(0))
    for key in [*columns.keys(table), "_source", "_row", *({"uscc", "parcel_id"} & set(columns.catalog()[table]))]:
        if key not in whole:
            whole[key] = pd.Series(None, index=whole.index, dtype="object")
    raws = {one.source: one.raw.cells for one in parts}
    return subjects.subjects(table, whole, sources, raws, frozenset(one.source for one in parts if one.raw.derived))


def _bare(frame: Frame) -> Frame:
    """Return a frame's columns without its rows, holding none of its memory."""
    return pd.DataFrame(columns=frame.columns)


def _drawn(frame: Frame, crs: CRS | None) -> Frame:
    return frame.set_crs(crs, allow_override=True) if crs is not None and "geometry" in frame else frame


def _as_delivered(value: object) -> str:
    """Return a raw cell as its sheet shows it: a date without midnight, a number without a tail of its own."""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else str(value)
    return surgeon.digits(value) if isinstance(value, float) else str(value)


def _of(rows: Frame, names: tuple[str, ...], values: tuple[object, ...]) -> Frame:
    for name, value in zip(names, values, strict=True):
        if name not in rows:
            return rows.iloc[:0]
        rows = rows[rows[name].eq(value)]
    return rows


def _correction(row: Mapping[Any, Any]) -> Origin:
    words = say("parcels.correction", by=row["by"], on=row["on"], reason=row["reason"])
    return Origin(say("parcels.corrections"), "", None, words, "", str(row["value"]))


def _stacked(parts: list[Frame], names: list[str]) -> Frame:
    held = [part for part in parts if not part.empty]
    return pd.concat(held, ignore_index=True)[names] if held else pd.DataFrame({name: [] for name in names})
