"""People's corrections laid over the tables: typed like a delivered cell, named, and said where they do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import pandas as pd

from parcels import columns, faults, surgeon
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

COLUMNS = ["table", "key", "column", "value", "by", "on", "reason"]
SEPARATOR = "|"


def key_text(key: object) -> str:
    """Return a key as corrections write it: `91…`, or `91…|2025` where a row has several key columns."""
    if not isinstance(key, tuple):
        return str(key)
    return SEPARATOR.join(part.date().isoformat() if isinstance(part, pd.Timestamp) else str(part) for part in key)


def of(corrected: Frame, table: str, key: object, column: str) -> Frame:
    """Return the corrections applied to one cell."""
    here = corrected["table"].eq(table) & corrected["column"].eq(column) & corrected["key"].eq(key_text(key))
    return corrected[here]


def applied(tables: Mapping[str, Frame], wanted: Frame | None) -> tuple[dict[str, Frame], Frame, Frame]:
    """Return tables with corrections in place (the last of several counts), those applied, and the faults of the rest.

    `value` is in the column's own unit, empty for unknown; keys are joined with |. Rows of tables without a
    key are named source|row.
    """
    out = dict(tables)
    asked = pd.DataFrame({name: [] for name in COLUMNS}) if wanted is None else wanted.reindex(columns=COLUMNS)
    asked = asked.astype("str").fillna("").drop_duplicates(["table", "key", "column"], keep="last")
    done, found = [], []
    for (table, column), group in asked.groupby(["table", "column"], sort=False):
        known = columns.catalog().get(str(table), {}).get(str(column))
        if known is None or known.key or known.type == "geometry":
            found += [_unfit(row) for row in group.to_dict("records")]
            continue
        frame = out[str(table)]
        rows = group.set_index("key")
        reading = surgeon.read(rows["value"].reset_index(drop=True), known)
        position = _keys(str(table), frame, rows.index).map(pd.Series(range(len(rows)), index=rows.index))
        position = position[position.isin(reading.values.index.difference(reading.faults.index))]
        hit = frame.index.isin(position.index)
        before = frame.loc[hit, str(column)]
        corrected_cells = frame[str(column)].copy()
        corrected_cells[hit] = position.map(reading.values).astype(known.dtype)
        out[str(table)] = frame.assign(**{str(column): corrected_cells})  # every other column stays the very same
        taken = rows.iloc[sorted({int(place) for place in position})].reset_index()
        done.append(taken)
        found += [_unfit(row) for row in group[~group["key"].isin(taken["key"])].to_dict("records")]
        found.append(_said(str(table), known.name, taken, before, position))
    corrected = pd.concat(done, ignore_index=True)[COLUMNS] if done else asked.iloc[:0]
    return out, corrected, faults.gather(found)


def _keys(table: str, frame: Frame, wanted: Iterable[str]) -> pd.Series:
    """Return the keys of the rows that may be meant by one of the wanted ones, on the rows' own index."""
    names = list(columns.keys(table)) or ["_source", "_row"]
    if isinstance(frame[names[0]].dtype, pd.StringDtype):
        parts = [key.split(SEPARATOR) for key in wanted]
        begins = {SEPARATOR.join(each[: count + 1]) for each in parts for count in range(len(each))}
        frame = frame[frame[names[0]].isin(begins)]
    texts = [surgeon.text(frame[name]) for name in names]
    joined = texts[0]
    for more in texts[1:]:
        joined = joined + SEPARATOR + more
    return joined


def _unfit(row: Mapping[object, object]) -> Frame:
    table, column = str(row["table"]), str(row["column"])
    heading = columns.name(table, column) if table in columns.tables() else column
    said = {"table": word_of(table), "key": row["key"]}
    return faults.one("correction_unmatched", column=heading, value=row["value"], **said)


def word_of(table: str) -> str:
    """Return the Chinese name of a table, the name itself if it is none."""
    return str(entry("parcels.table").get(table, table))


def _said(table: str, label: str, taken: Frame, before: pd.Series, position: pd.Series) -> Frame:
    old = {int(place): value for place, value in zip(position, surgeon.text(before), strict=True)}
    where = pd.DataFrame({
        "file": "",
        "sheet": word_of(table),
        "row": None,
        "column": label,
        "value": taken["key"],
        "label": label,
        "before": [_shown(value) for _, value in sorted(old.items())],
        "after": taken["value"],
        "by": taken["by"],
        "on": taken["on"],
        "reason": taken["reason"],
    })
    return faults.many("correction_applied", where)


def _shown(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def settled(found: Frame, corrected: Frame, tables: Mapping[str, Frame], sources: Frame, headings: Frame) -> Frame:
    """Return faults without those about one cell that a person has corrected since."""
    if corrected.empty:
        return found
    answered: set[tuple[str, str, int, str]] = set()
    for table, group in corrected.groupby("table"):
        frame = tables[str(table)]
        keys = _keys(str(table), frame, group["key"])
        rows = frame.loc[keys.index, ["_source", "_row"]].assign(key=keys).merge(group, on="key")
        rows = rows.merge(headings, left_on=["_source", "column"], right_on=["source_id", "column"])
        rows = rows.merge(sources, on="source_id", suffixes=("", "_of"))
        answered |= set(rows[["file", "sheet", "_row", "heading"]].itertuples(index=False, name=None))
    place = zip(found["file"], found["sheet"], found["row"], found["column"], strict=True)
    kept = [one not in answered for one in place]
    return found[kept].reset_index(drop=True)
