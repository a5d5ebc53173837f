"""Rows → subjects: rows without a key are rejected, repeated rows count once, a key on several rows is one subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
import shapely

from parcels import columns, faults
from parcels.columns import TEXT
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame
Groups: TypeAlias = pd.api.typing.DataFrameGroupBy

# Without a key of their own, rows that agree in these are one hold on one parcel: its areas add up.
TOGETHER = {"holdings": ["uscc", "parcel_id", "kind", "from", "to"]}
DRAWN_HEADINGS = ("fid", "objectid", "objectid_1", "shape_area", "shape_leng", "shape_length", "shape__area", "id")
PLACED = ("_source", "_row", "geometry")
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
    return Subjects(merged, faults.stacked([missing, repeated, told]), len(frame), rejected, members)


def _repeats(repeated: Frame) -> int:
    return len(repeated)


def places(sources: Frame, rows: Frame, column: str = "") -> Frame:
    """Return file, sheet, row of each row by its `_source` and `_row`."""
    at = dict(zip(sources["source_id"], zip(sources["file"], sources["sheet"], strict=True), strict=True))
    sheets = [at[source] for source in rows["_source"].tolist()]
    return pd.DataFrame(
        {
            "file": pd.array([file for file, _ in sheets], dtype=TEXT),
            "sheet": pd.array([sheet for _, sheet in sheets], dtype=TEXT),
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


def _once(table: str, frame: Frame, keys: list[str], cells: Mapping[int, Frame], sources: Frame) -> tuple[Frame, Frame]:
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
    merged, different = _combined(table, parts, groups, keys)
    extra = [name for name in parts if name not in merged and name not in keys and name not in PLACED]
    place = groups[["_source", "_row", *extra]].first()
    told = _told(table, parts[~parts["_source"].isin(quiet)], keys, different, sources)
    once = pd.concat([place, merged], axis=1).reset_index()[[*frame.columns]]
    whole = pd.concat([frame[~several], once], ignore_index=True)
    members = parts[[*keys, "_source", "_row"]].assign(
        first_source=groups["_source"].transform("first"), first_row=groups["_row"].transform("first")
    )
    return whole, members, told


def _combined(table: str, parts: Frame, groups: Groups, keys: list[str]) -> tuple[Frame, Frame]:
    """Return one value a subject of each column, and how many different values there were (1 = no conflict)."""
    known = {
        one.column: one.combine for one in columns.columns(table) if one.column in parts and one.column not in keys
    }
    told = [name for name, combine in known.items() if combine != "unite"]
    by_source = parts.groupby([*keys, "_source"], sort=False, dropna=False)
    within = by_source[told].first()
    summed = [name for name in told if known[name] == "sum"]
    once = [name for name in told if known[name] == "once"]
    if summed or once:
        total = by_source[[*summed, *once]].sum(min_count=1)
        within[summed] = total[summed]
        # the same area said twice is one area; different areas are parts and add up
        within[once] = within[once].where(by_source[once].nunique() <= 1, total[once])
    across = within.groupby(level=list(range(len(keys))), sort=False, dropna=False)
    merged, different = across.first(), groups[told].nunique()
    different[summed] = across[summed].nunique()
    for name in known.keys() - told:
        merged[name] = groups[name].agg(_united)
    return merged, different


def _united(shapes: pd.Series) -> object:
    there = [shape for shape in shapes if shape is not None and not pd.isna(shape)]
    return shapely.union_all(there) if there else None


def _told(table: str, parts: Frame, keys: list[str], different: Frame, sources: Frame) -> Frame:
    """id_duplicate where one source repeats a key; value_conflict where sources differ about one."""
    times = parts.groupby([*keys, "_source"], sort=False, dropna=False)["_row"].transform("size")
    conflicts = _conflicts(table, different)
    return faults.stacked([
        _within(table, parts[times > 1], keys, conflicts, sources),
        _between(table, parts[times == 1], keys, conflicts, sources),
    ])


def _within(table: str, parts: Frame, keys: list[str], conflicts: pd.Series, sources: Frame) -> Frame:
    """Rows of one source that say one key, at the second of them."""
    if parts.empty:
        return faults.none()
    by_source = parts.groupby([*keys, "_source"], sort=False, dropna=False)
    second = parts[by_source.cumcount() == 1]
    rows = by_source["_row"].agg(lambda rows: "、".join(map(str, rows.iloc[:MOST_NAMED])))
    agree = say("parcels.merge.unite" if "geometry" in parts else "parcels.merge.agree")
    where = places(sources, second, columns.name(table, keys[0])).assign(
        value=_key_text(second, keys).to_numpy(),
        rows=rows.reindex(pd.MultiIndex.from_frame(second[[*keys, "_source"]])).to_numpy(),
        how=conflicts.reindex(_index(second, keys)).fillna(agree).to_numpy(),
    )
    return faults.many("id_duplicate", where, what="、".join(columns.name(table, key) for key in keys))


def _between(table: str, parts: Frame, keys: list[str], conflicts: pd.Series, sources: Frame) -> Frame:
    """Sources that say different things of one subject, where no source repeats it."""
    if parts.empty or conflicts.empty:
        return faults.none()
    last = parts.drop_duplicates(keys, keep="last")
    told = conflicts.reindex(_index(last, keys))
    last = last[told.notna().to_numpy()]
    where = places(sources, last, columns.name(table, keys[0])).assign(
        value=_key_text(last, keys).to_numpy(), how=told.dropna().to_numpy()
    )
    return faults.many("value_conflict", where, label=_word(table))


def _conflicts(table: str, different: Frame) -> pd.Series:
    """For each subject with different values, which columns and what became of them."""
    words: dict[object, list[str]] = {}
    for name in different.columns[(different > 1).any().to_numpy()]:
        column = columns.catalog()[table][name]
        how = say(f"parcels.merge.{column.combine}", label=column.name)
        for key in different.index[different[name] > 1]:
            words.setdefault(key, []).append(how)
    return pd.Series({key: "；".join(said) for key, said in words.items()}, dtype=TEXT)


def _index(rows: Frame, keys: list[str]) -> pd.Index:
    return pd.Index(rows[keys[0]]) if len(keys) == 1 else pd.MultiIndex.from_frame(rows[keys])


def _word(table: str) -> str:
    return str(entry("parcels.table")[table])


def _key_text(rows: Frame, keys: list[str]) -> pd.Series:
    return rows[keys].astype("str").agg("|".join, axis=1) if len(rows) else pd.Series(dtype="str")


def _no_members(keys: list[str]) -> Frame:
    return pd.DataFrame({column: [] for column in [*keys, "_source", "_row"]})
