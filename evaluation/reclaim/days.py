"""Calendar arithmetic of idle land: anniversaries, excused days, and the day on which 满 n 年 falls."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Frame: TypeAlias = pd.DataFrame
Ints: TypeAlias = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Spans:
    """Disjoint excused intervals: the row of the parcel, first and last day number, both included."""

    at: Ints
    first: Ints
    last: Ints
    most: int  # the most intervals one parcel has


def ordinal(dates: pd.Series) -> Ints:
    """Return days since 1970-01-01, NEVER where the date is missing."""
    days = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    numbers: Ints = np.where(np.isnat(days), NEVER, days.astype(np.int64))
    return numbers


def dates(ordinals: Ints, index: Any) -> pd.Series:
    """Return dates of day numbers, NaT where NEVER."""
    return pd.Series(ordinals.astype("datetime64[D]").astype("datetime64[s]"), index=index)


def anniversary(anchors: Ints, years: int) -> Ints:
    """Return the day number of the same calendar day `years` on; 29 February becomes 28 February (CONTRACT §5)."""
    day = ordinal(dates(anchors, pd.RangeIndex(len(anchors))) + pd.DateOffset(years=years))
    return np.where(anchors == NEVER, NEVER, day)


def spans(delays: Frame, parcel_id: pd.Series, as_of: pd.Timestamp) -> Spans:
    """Return the intervals of `delays` (parcel_id, from, to) by parcel row: overlapping and touching ones are one.

    Both end days count; a blank `to` is still running on `as_of`.
    """
    rows = pd.DataFrame({"parcel_id": parcel_id.to_numpy(), "at": np.arange(len(parcel_id))})
    each = rows.merge(delays[["parcel_id", "from", "to"]], on="parcel_id", how="inner")
    each = pd.DataFrame({"at": each["at"], "first": ordinal(each["from"]), "last": ordinal(each["to"].fillna(as_of))})
    each = each[(each["first"] != NEVER) & (each["last"] >= each["first"])].sort_values(["at", "first"])
    reach = each.groupby("at")["last"].cummax().groupby(each["at"]).shift()
    opens = reach.isna() | (each["first"] > reach.fillna(0) + 1)
    runs = each.assign(run=opens.cumsum()).groupby("run").agg({"at": "first", "first": "min", "last": "max"})
    at = runs["at"].to_numpy(np.int64)
    most = int(np.bincount(at).max()) if len(at) else 0
    return Spans(at, runs["first"].to_numpy(np.int64), runs["last"].to_numpy(np.int64), most)


def excused(stops: Spans, first: Ints, last: Ints) -> Ints:
    """Return how many excused days lie from `first` to `last`, both included, for each parcel row."""
    result = np.zeros(len(first), np.int64)
    begin, end = first[stops.at], last[stops.at]
    known = (begin != NEVER) & (end != NEVER)
    overlap = np.minimum(stops.last, end) - np.maximum(stops.first, begin) + 1
    np.add.at(result, stops.at, np.where(known, np.maximum(overlap, 0), 0))
    return result


def elapsed(stops: Spans, anchor: Ints, end: Ints) -> Ints:
    """Return the days from `anchor` to `end` less the excused ones from anchor to end; NEVER where either is missing.

    Never falls as `end` grows: each further day adds one, or nothing when it is excused.
    """
    known = (anchor != NEVER) & (end != NEVER)
    days = np.where(known, end, 0) - np.where(known, anchor, 0) - excused(stops, anchor, end)
    return np.where(known, days, NEVER)


def falls(stops: Spans, anchor: Ints, due: Ints) -> Ints:
    """Return the day on which the full years are over: `due` put off by the excused days from anchor on.

    The least day d with d = due + excused(anchor … d). It is never an excused day, so a day inside an interval
    moves to the interval's end; each round passes at least one interval.
    """
    day = due
    for _ in range(stops.most + 1 if len(stops.at) else 0):
        end = _end_of_interval(stops, day)
        day = np.where(due == NEVER, NEVER, np.maximum(day, due + excused(stops, anchor, end)))
    return day


def _end_of_interval(stops: Spans, day: Ints) -> Ints:
    result = day.copy()
    inside = (day[stops.at] >= stops.first) & (day[stops.at] <= stops.last)
    result[stops.at[inside]] = stops.last[inside]
    return result
