"""Rows → subjects: rows without a key are rejected, repeated rows count once, a key on several rows is one subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
import shapely

from parcels import columns, faults
from parcels.columns import Column
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

# Without a key of their own, rows that agree in these are one hold on one parcel: its areas add up.
TOGETHER = {"holdings": ["uscc", "parcel_id", "kind", "from", "to"]}
DRAWN_HEADINGS = ("fid", "objectid", "objectid_1", "shape_area", "shape_leng", "shape_length", "shape__area", "id")
MOST_NAMED = 8


@dataclass(frozen=True)
class Subjects:
    """A table of subjects: the frame, its faults, the rows read and rejected, and who of several rows became whom."""

    frame: Frame
    faults: Frame
    rows_in: int
    rejected: int
    members: Frame


def subjects(
    table: str, frame: Frame, sources: Frame, cells: Mapping[int, Frame], quiet: frozenset[int] = frozenset()
) -> Subjects:
    """Return one row a subject. `frame` has `_source`, `_row`; `cells` are each source's, as delivered, by row.

    `quiet` sources repeat keys by their nature (firms found among their years): no fault for them.
    """
    keys = list(columns.keys(table))
    if frame.empty:
        return Subjects(frame, faults.none(), 0, 0, _no_members(keys))
    whole, missing = _with_keys(table, frame, keys, sources)
    whole, repeated = _once(table, whole, keys, cells, sources)
    merged, members, told = _merged(table, whole, keys or TOGETHER.get(table, []), sources, quiet)
    rejected = len(frame) - len(whole) - _repeats(repeated)
    return Subjects(merged, faults.gather([missing, repeated, told]), len(frame), rejected, members)


def _repeats(repeated: Frame) -> int:
    return len(repeated)


def places(sources: Frame, rows: Frame, column: str = "") -> Frame:
    """Return file, sheet, row of each row by its `_source` and `_row`."""
    by = sources.set_index("source_id")
    return pd.DataFrame(
        {
            "file": rows["_source"].map(by["file"]).to_numpy(),
            "sheet": rows["_source"].map(by["sheet"]).to_numpy(),
            "row": rows["_row"].to_numpy(),
            "column": column,
            "value": "",
        },
        index=rows.index,
    )


def _with_keys(table: str, frame: Frame, keys: list[str], sources: Frame) -> tuple[Frame, Frame]:
    needed = keys or [column for column in ("uscc", "parcel_id") if column in frame]
    absent = pd.DataFrame({key: frame[key].isna() for key in needed}, index=frame.index)
    if not absent.to_numpy().any():
        return frame, faults.none()
    lost = absent.any(axis=1)
    what = {key: columns.name(table, key) for key in needed}
    named = absent[lost].apply(lambda row: "、".join(what[key] for key in needed if row[key]), axis=1)
    where = places(sources, frame[lost]).assign(what=named, column=named)
    return frame[~lost], faults.many("id_missing", where, subject=_word(table))


def _once(
    table: str, frame: Frame, keys: list[str], cells: Mapping[int, Frame], sources: Frame
) -> tuple[Frame, Frame]:
    """Drop rows that say the same in every cell as a row before them (and are drawn the same)."""
    if table in {"landuse", "restricted", "buildings"} or frame.empty:
        return frame, faults.none()
    said = keys or [column for column in frame if column not in {"_source", "_row", "geometry"}]
    likely = frame[frame.duplicated([*said, "_source"], keep=False)]
    if likely.empty:
        return frame, faults.none()
    alike = pd.DataFrame({"source": likely["_source"], "digest": _digests(likely, cells)})
    if "geometry" in frame:
        alike["shape"] = likely["geometry"].map(_wkb, na_action="ignore")
    again = alike.duplicated(keep="first")
    first = likely["_row"].groupby([alike[column] for column in alike], dropna=False).transform("first")
    lost = likely[again]
    return frame.drop(index=lost.index), _told_twice(table, keys, lost, first[again], sources)


def _told_twice(table: str, keys: list[str], lost: Frame, first: pd.Series, sources: Frame) -> Frame:
    """A row said twice word for word: of a keyed table its key is on several rows (CONTRACT.md §2), else the row is."""
    if not keys:
        return faults.many("rows_repeated", places(sources, lost).assign(rows=first.to_numpy()))
    rows = [f"{one}、{other}" for one, other in zip(first, lost["_row"], strict=True)]
    where = places(sources, lost, columns.name(table, keys[0])).assign(
        value=_key_text(lost, keys).to_numpy(), rows=rows, how=say("parcels.merge.same")
    )
    return faults.many("id_duplicate", where, what="、".join(columns.name(table, key) for key in keys))


def _digests(rows: Frame, cells: Mapping[int, Frame]) -> pd.Series:
    """A number for all that a row says, but for what numbers it or measures its drawing."""
    parts = []
    for source, group in rows.groupby("_source"):
        whole = cells[int(str(source))]
        kept = [name for name in whole if str(name).lower() not in DRAWN_HEADINGS]
        said = whole.loc[group["_row"], kept].astype("str")
        parts.append(pd.Series(pd.util.hash_pandas_object(said, index=False).to_numpy(), index=group.index))
    return pd.concat(parts)


def _wkb(shape: object) -> bytes:
    return bytes(shapely.to_wkb(shapely.normalize(shape)))


def _merged(
    table: str, frame: Frame, keys: list[str], sources: Frame, quiet: frozenset[int]
) -> tuple[Frame, Frame, Frame]:
    keys = [key for key in keys if key in frame]
    several = frame.duplicated(keys, keep=False) if keys else pd.Series(data=False, index=frame.index)
    if not several.any():
        return frame, _no_members(keys), faults.none()
    parts = frame[several]
    groups = parts.groupby(keys, sort=False, dropna=False)
    merged = pd.DataFrame({"_source": groups["_source"].first(), "_row": groups["_row"].first()})
    ties: dict[str, pd.Series] = {}
    for column in columns.columns(table):
        if column.column in keys or column.column not in parts:
            continue
        merged[column.column], ties[column.column] = _combined(parts, keys, column)
    extra = [name for name in parts if name not in merged and name not in keys and name != "geometry"]
    for name in extra:
        merged[name] = groups[name].first()
    told = _told(table, parts[~parts["_source"].isin(quiet)], keys, ties, sources)
    whole = pd.concat([frame[~several], merged.reset_index()[[*frame.columns]]], ignore_index=True)
    members = parts[[*keys, "_source", "_row"]].assign(
        first_source=groups["_source"].transform("first"), first_row=groups["_row"].transform("first")
    )
    return whole, members, told


def _combined(parts: Frame, keys: list[str], column: Column) -> tuple[pd.Series, pd.Series]:
    """One value a subject, and how many different values there were (1 = no conflict)."""
    values = parts[column.column]
    if column.combine == "unite":
        return values.groupby([parts[key] for key in keys], sort=False, dropna=False).agg(_united), _ones(parts, keys)
    by_source = parts.groupby([*keys, "_source"], sort=False, dropna=False)[column.column]
    within = {"sum": _sum, "once": _once_each}.get(column.combine, _first)(by_source)
    levels = list(range(len(keys)))
    across = within.groupby(level=levels, sort=False, dropna=False)
    said = across if column.combine == "sum" else parts.groupby(keys, sort=False, dropna=False)[column.column]
    different = said.nunique()
    return across.first(), different


def _sum(groups: object) -> pd.Series:
    return groups.sum(min_count=1)  # type: ignore[attr-defined]


def _first(groups: object) -> pd.Series:
    return groups.first()  # type: ignore[attr-defined]


def _once_each(groups: object) -> pd.Series:
    """The same area said twice is one area; different areas are parts and add up."""
    total, first = groups.sum(min_count=1), groups.first()  # type: ignore[attr-defined]
    return first.where(groups.nunique() <= 1, total)  # type: ignore[attr-defined]


def _united(shapes: pd.Series) -> object:
    there = [shape for shape in shapes if shape is not None and not pd.isna(shape)]
    return shapely.union_all(there) if there else None


def _ones(parts: Frame, keys: list[str]) -> pd.Series:
    return parts.groupby(keys, sort=False, dropna=False)["_row"].nunique().clip(upper=1)


def _told(table: str, parts: Frame, keys: list[str], ties: dict[str, pd.Series], sources: Frame) -> Frame:
    """id_duplicate where one source repeats a key; value_conflict where sources differ about one."""
    by_source = parts.groupby([*keys, "_source"], sort=False, dropna=False)
    repeated = by_source["_row"].transform("size") > 1
    second = parts[repeated & (by_source.cumcount() == 1)]
    conflicts = _conflicts(table, parts, keys, ties)
    rows = by_source["_row"].agg(lambda rows: "、".join(map(str, rows.iloc[:MOST_NAMED])))
    index = pd.MultiIndex.from_frame(second[[*keys, "_source"]])
    agree = say("parcels.merge.unite" if "geometry" in parts else "parcels.merge.agree")
    where = places(sources, second, columns.name(table, keys[0])).assign(
        value=_key_text(second, keys).to_numpy(),
        rows=rows.reindex(index).to_numpy(),
        how=conflicts.reindex(_index(second, keys)).fillna(agree).to_numpy(),
    )
    what = "、".join(columns.name(table, key) for key in keys)
    between = _between(table, parts, keys, conflicts, sources)
    return faults.gather([faults.many("id_duplicate", where, what=what), between])


def _between(table: str, parts: Frame, keys: list[str], conflicts: pd.Series, sources: Frame) -> Frame:
    """Sources that say different things of one subject, where no source repeats it."""
    alone = parts.groupby([*keys, "_source"], sort=False, dropna=False)["_row"].transform("size") == 1
    last = parts[alone].drop_duplicates(keys, keep="last")
    told = conflicts.reindex(_index(last, keys))
    last = last[told.notna().to_numpy()]
    where = places(sources, last, columns.name(table, keys[0])).assign(
        value=_key_text(last, keys).to_numpy(), how=told.dropna().to_numpy()
    )
    return faults.many("value_conflict", where, label=_word(table))


def _conflicts(table: str, parts: Frame, keys: list[str], ties: dict[str, pd.Series]) -> pd.Series:
    """For each subject with different values, which columns and what became of them."""
    words: dict[object, list[str]] = {}
    for name, different in ties.items():
        column = columns.catalog()[table][name]
        for key in different.index[different > 1]:
            how = say(f"parcels.merge.{column.combine}", label=column.name)
            words.setdefault(key, []).append(how)
    return pd.Series({key: "；".join(said) for key, said in words.items()}, dtype="str")


def _index(rows: Frame, keys: list[str]) -> pd.Index:
    return pd.Index(rows[keys[0]]) if len(keys) == 1 else pd.MultiIndex.from_frame(rows[keys])


def _word(table: str) -> str:
    return str(entry("parcels.table")[table])


def _key_text(rows: Frame, keys: list[str]) -> pd.Series:
    return rows[keys].astype("str").agg("|".join, axis=1) if len(rows) else pd.Series(dtype="str")


def _no_members(keys: list[str]) -> Frame:
    return pd.DataFrame({column: [] for column in [*keys, "_source", "_row"]})
