"""Values no land or firm can have: out of range, not above zero, dates the wrong way round, bounds swapped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from parcels import columns, faults
from parcels.columns import Column
from parcels.memory import remembered
from parcels.places import Places
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

AT = ("_source", "_row")
AREAS = frozenset({"m2", "ha"})
HALF = 0.5
# earlier, later: the second may not lie before the first.
ORDERED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "parcels": (
        ("agreed_start", "agreed_completion"),
        ("actual_start", "actual_completion"),
        ("contract_date", "agreed_start"),
        ("contract_date", "actual_start"),
        ("actual_start", "suspended_since"),
        ("contract_date", "term_end"),
    ),
    "delays": (("from", "to"),),
    "holdings": (("from", "to"),),
    "agreements": (("new_start", "new_completion"),),
    "firms": (("founded_on", "production_on"),),
}
BOUNDS = (("parcels", "far_agreed", "far_agreed_max"),)
BOUNDED: Mapping[str, tuple[Column, ...]] = {
    table: tuple(one for one in columns.columns(table) if not one.key and (one.least, one.most) != (None, None))
    for table in columns.tables()
}


def values(tables: Mapping[str, Frame], places: Places) -> tuple[dict[str, Frame], Frame]:
    """Return tables with impossible numbers made unknown, and a fault for each (columns.csv least, most)."""
    out = dict(tables)
    found: list[Frame] = []
    for table, frame in tables.items():
        if frame.empty:
            continue
        kept, said = _possible({table: frame}, table, places)
        found += said
        out[table] = frame.assign(**kept) if kept else frame
    return out, faults.stacked(found)


@remembered(**{table: (*(one.column for one in bounded), "_source", "_row") for table, bounded in BOUNDED.items()})
def _possible(tables: Mapping[str, Frame], table: str, places: Places) -> tuple[dict[str, pd.Series], list[Frame]]:
    """Return the columns of which some numbers had to be made unknown, and the faults."""
    kept: dict[str, pd.Series] = {}
    found: list[Frame] = []
    frame = tables[table]
    for column in BOUNDED[table]:
        bad = _outside(frame[column.column].to_numpy(dtype="float64"), column)
        if bad.any():
            found.append(_impossible(frame.loc[bad, [column.column, *AT]], column, places))
            kept[column.column] = frame[column.column].mask(bad)
    return kept, found


def _outside(numbers: npt.NDArray[np.float64], column: Column) -> npt.NDArray[np.bool_]:
    """Return which numbers are below the column's least or above its most; a missing one is neither."""
    least = -np.inf if column.least is None else column.least
    most = np.inf if column.most is None else column.most
    return (numbers < least) | (numbers > most)


def _impossible(rows: Frame, column: Column, places: Places) -> Frame:
    where = places.of(column.table, rows, column.column).assign(label=column.name)
    if column.unit in AREAS:
        return faults.many("area_nonpositive", where)
    return faults.many("value_range", where, range=_range(column))


def _range(column: Column) -> str:
    least = "" if column.least is None else f"{column.least:g}"
    most = "" if column.most is None else f"{column.most:g}"
    if column.least is not None and 0 < column.least < 1:
        return say("parcels.range.up_to", most=most) if most else say("parcels.range.positive")
    return say("parcels.range.between", least=least, most=most) if most else say("parcels.range.at_least", least=least)


def dates(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Return a fault for each pair of dates the wrong way round; the dates stay as delivered."""
    asked = ((table, pair) for table, pairs in ORDERED.items() if len(tables[table]) for pair in pairs)
    return faults.stacked([_wrong_way(tables[table][[*pair, *AT]], table, *pair, places) for table, pair in asked])


@remembered()
def _wrong_way(frame: Frame, table: str, earlier: str, later: str, places: Places) -> Frame:
    """Return what `dates` says of one pair of columns."""
    reversed_ = frame[later] < frame[earlier]
    if not reversed_.any():
        return faults.none()
    bad = frame[reversed_]
    where = places.of(table, bad, later).assign(
        first=bad[earlier].dt.strftime("%Y-%m-%d"), second=bad[later].dt.strftime("%Y-%m-%d")
    )
    words = {"earlier": columns.name(table, earlier), "later": columns.name(table, later)}
    said = zip(where["second"], where["first"], strict=True)
    why = [say("parcels.date_order", second=second, first=first, **words) for second, first in said]
    return faults.many("date_order", where.assign(why=why))


@remembered(**{table: (low, high, "_source", "_row") for table, low, high in BOUNDS})
def bounds(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Return a fault for lower bounds above upper ones: of the whole sheet where most rows are so, else row by row."""
    found = []
    for table, low, high in BOUNDS:
        frame = tables[table]
        both = frame[frame[low].notna() & frame[high].notna() & frame[low].ne(frame[high])]
        swapped = both[low] > both[high]
        words = {"low": columns.name(table, low), "high": columns.name(table, high)}
        for source, rows in both[swapped].groupby("_source"):
            count = int(both["_source"].eq(source).sum())
            if len(rows) > HALF * count and len(rows) > 1:
                why = say("parcels.bounds.column", count=len(rows), total=count, **words)
                found.append(faults.one("bounds_swapped", **places.source(int(str(source)), low, table), why=why))
                continue
            pairs = zip(rows[low], rows[high], strict=True)
            why_each = [say("parcels.bounds.row", a=f"{a:g}", b=f"{b:g}", **words) for a, b in pairs]
            found.append(faults.many("bounds_swapped", places.of(table, rows, low).assign(why=why_each)))
    return faults.stacked(found)
