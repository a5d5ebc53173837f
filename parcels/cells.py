"""One raw table → typed columns: cells read, codes tidied, every fault and every repair with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gis import gcj02
from parcels import codes, columns, faults, surgeon, units
from parcels.columns import TEXT, Column
from parcels.delivery.delivered import MAPPING, RawTable
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

REPAIR_COLUMNS = ["file", "sheet", "row", "column", "before", "after", "kind"]
UNLISTED_REPAIRS = frozenset({"date_form"})  # the same date in other figures is no change
APART = 0.05
PER_CENT = ("%", "％", "百分比", "百分点")
CREDIT_CODES = frozenset({"uscc", "holder_uscc"})
CODES = CREDIT_CODES | frozenset({"parcel_id", "unit_no", "supervision_no", "building_id"})


@dataclass(frozen=True)
class Typed:
    """One raw table typed: the frame (index = sheet row, `_source`, `_row`), faults, repairs, headings."""

    raw: RawTable
    source: int
    frame: Frame
    faults: Frame
    repairs: Frame
    headings: Frame


def typed(raw: RawTable, source: int) -> Typed:
    """Return a raw table with every mapped column typed in the contract's unit; nothing is dropped here."""
    index = raw.cells.index
    parts: dict[str, pd.Series] = {}
    found: list[Frame] = []
    repairs: list[Frame] = []
    spoken = _spoken(raw)
    for column in columns.columns(raw.table):
        if column.type == "geometry":
            continue
        for values, said, changed in _column(raw, column, spoken.get(column.column, [])):
            before = parts.get(column.column)
            if before is None:
                parts[column.column] = values
                found += said
                repairs += changed
                continue
            found.append(_twins(raw, column, before, values))
            parts[column.column] = before.where(before.notna(), values)
            filled = index[before.notna()]
            found += [part[~part["row"].isin(filled)] for part in said]
            repairs += [part[~part["row"].isin(filled)] for part in changed]
    if raw.web_map and {"lon", "lat"} <= set(parts):
        parts["lon"], parts["lat"], said = _off_web_map(raw, parts["lon"], parts["lat"])
        found.append(said)
    if raw.table == "events" and {"value", "unit"} <= set(parts):
        parts["value"] = _per_cent(raw, parts["value"])
    frame = pd.DataFrame(parts, index=index)
    frame["_source"], frame["_row"] = source, index
    if raw.geometry is not None:
        frame["geometry"] = raw.geometry
    headings = _headings(raw, source)
    repaired = _stacked(repairs) if repairs else no_repairs()
    return Typed(raw, source, frame, faults.stacked(found), repaired, headings)


def _per_cent(raw: RawTable, value: pd.Series) -> pd.Series:
    """The amounts of events with their % sign where the unit beside them is per cent: 3 and % are 3%, no ratio of 3."""
    heading = raw.mapping.loc[raw.mapping["column"].eq("unit"), "heading"].iloc[:1]
    if heading.empty:
        return value
    said = raw.cells[heading.iloc[0]].astype("str").str.strip()
    return value.mask(said.isin(PER_CENT) & value.notna() & ~value.str.endswith(PER_CENT), value + "%")


def _off_web_map(raw: RawTable, lon: pd.Series, lat: pd.Series) -> tuple[pd.Series, pd.Series, Frame]:
    """Longitude and latitude columns of a web map (GCJ-02, BD-09) brought back to WGS 84, and said."""
    there = lon.notna() & lat.notna()
    east, north = gcj02.to_wgs84(lon[there].to_numpy(float), lat[there].to_numpy(float), raw.web_map)
    moved = (pd.Series(values, index=lon.index[there]).reindex(lon.index) for values in (east, north))
    return *moved, faults.one("crs_asserted", file=raw.file, sheet=raw.sheet, crs=raw.web_map)


def _twins(raw: RawTable, column: Column, before: pd.Series, values: pd.Series) -> Frame:
    """Two headings of one measured column that say different things of one row, as 亩 and ㎡ swapped do."""
    if column.type != "number" or not column.unit:
        return faults.none()
    off = before.notna() & values.notna() & ((values / before.where(before != 0) - 1).abs() > APART)
    if not off.any():
        return faults.none()
    one, other = list(raw.mapping[raw.mapping["column"].eq(column.column)]["heading"])[:2]
    pairs = zip(before[off], values[off], strict=True)
    why = [say("parcels.unit_suspect.twins", one=one, other=other, a=f"{a:.2f}", b=f"{b:.2f}") for a, b in pairs]
    return faults.many("unit_suspect", places(raw, raw.cells.loc[off, one], one).assign(why=why))


def _spoken(raw: RawTable) -> dict[str, list[tuple[str, str]]]:
    """The headings that speak for each column and their units, nearest first."""
    spoken: dict[str, list[tuple[str, str]]] = {}
    for column, heading, unit in zip(*(raw.mapping[name].tolist() for name in MAPPING), strict=True):
        spoken.setdefault(column, []).append((heading, unit))
    return spoken


def _column(
    raw: RawTable, column: Column, headings: list[tuple[str, str]]
) -> Iterator[tuple[pd.Series, list[Frame], list[Frame]]]:
    """What delivery.yaml sets, then every heading that speaks for a column, nearest first."""
    if column.column in raw.fixed:
        value = pd.Series(str(raw.fixed[column.column]), index=raw.cells.index, dtype=TEXT)
        yield surgeon.read(value, column).values, [], []
    for heading, unit in headings:
        yield _heading(raw, column, heading, unit)


def _heading(raw: RawTable, column: Column, heading: str, unit: str) -> tuple[pd.Series, list[Frame], list[Frame]]:
    cells = raw.cells[heading]
    found: list[Frame] = []
    try:
        reading = surgeon.read(cells, column, unit if column.unit else "")
    except units.UnitUnknown:
        why = say("parcels.unit_unfit", unit=unit, label=column.name, known="、".join(units.known(column.unit)))
        found.append(faults.one("unit_suspect", file=raw.file, sheet=raw.sheet, column=heading, why=why))
        unknown = surgeon.read(cells, column)
        reading = replace(unknown, values=unknown.values.mask(unknown.values.notna()))
    for kind in sorted(set(reading.faults.tolist())):
        bad = cells.loc[reading.faults.index[reading.faults.eq(kind)]]
        said = {"label": column.name, "known": "、".join(dict.fromkeys(column.values.values())) or say("parcels.flags")}
        found.append(faults.many(kind, places(raw, bad, heading), **said))
    values, coded = reading.values, reading.repairs
    if column.column in CODES:
        tidied = codes.tidy(values)
        if tidied is not values:
            coded = surgeon.marked("code_form", values.index[values.notna() & tidied.ne(values)], coded)
            values = tidied
    if column.column in CREDIT_CODES and not raw.local:
        values, said_codes = _credit_codes(raw, values, heading)
        found += said_codes
    listed = coded[~coded.isin(UNLISTED_REPAIRS)] if len(coded) else coded
    return values, found, [_repairs(raw, heading, cells.loc[listed.index], values, listed)] if len(listed) else []


def _credit_codes(raw: RawTable, values: pd.Series, heading: str) -> tuple[pd.Series, list[Frame]]:
    """Codes in capitals; a damaged one keeps its text and is told apart by its row, so that it matches nothing."""
    upper = values.str.upper()
    damaged = codes.uscc_damaged(upper)
    wrong = codes.uscc_faults(upper.mask(damaged))
    found = [faults.many("uscc_damaged", places(raw, upper[damaged], heading))] if damaged.any() else []
    for why in sorted(why for why in wrong.unique() if why):
        words = say(f"parcels.uscc.{why}")
        found.append(faults.many("uscc_check", places(raw, upper[wrong.eq(why)], heading), why=words))
    alone = raw.table == "firms"
    again = damaged & upper.duplicated(keep=False) if alone else damaged
    if again.any():
        rows = pd.Series(upper.index[again].astype("str"), index=upper.index[again])
        upper[again] = upper[again] + "#" + rows
    return upper, found


def places(raw: RawTable, values: pd.Series, heading: str) -> Frame:
    """Return where values stand, as faults ask for it."""
    place: dict[str, Any] = {"file": raw.file, "sheet": raw.sheet, "row": values.index, "column": heading}
    return pd.DataFrame(place | {"value": _said(values).to_numpy()}, index=values.index)


def _said(values: pd.Series) -> pd.Series:
    """Cells as a person reads them: text as it stands, numbers and dates in figures."""
    return values if values.dtype in {"object", "str"} else surgeon.text(values)


def _repairs(raw: RawTable, heading: str, before: pd.Series, after: pd.Series, kind: pd.Series) -> Frame:
    words = entry("parcels.repair")
    return pd.DataFrame({
        "file": raw.file,
        "sheet": raw.sheet,
        "row": before.index,
        "column": heading,
        "before": _said(before).to_numpy(),
        "after": surgeon.text(after.loc[before.index]).to_numpy(),
        "kind": kind.loc[before.index].map(words).to_numpy(),
    })


def _stacked(parts: list[Frame]) -> Frame:
    held = [part for part in parts if len(part)]
    whole = pd.concat(held, ignore_index=True) if held else pd.DataFrame({column: [] for column in REPAIR_COLUMNS})
    return whole.astype(dict.fromkeys(REPAIR_COLUMNS, TEXT) | {"row": np.dtype("int64")})


@cache
def no_repairs() -> Frame:
    """Return a repairs frame without rows (always the same one: it is not to be written to)."""
    return _stacked([])


def _headings(raw: RawTable, source: int) -> Frame:
    unit_to = [columns.catalog()[raw.table][column].unit for column in raw.mapping["column"].tolist()]
    said = {name: raw.mapping[name].array for name in MAPPING}
    return pd.DataFrame({"source_id": source, **said, "unit_to": pd.array(unit_to, dtype=TEXT)})
