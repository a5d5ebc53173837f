"""Events that bear on a firm in a data year: those of the year, and statuses whose dates reach over several years."""

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths
from evaluation.logic import EVENT, SINCE
from parcels.columns import TEXT, catalog
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
PER_CENT = 100.0
DATES = ("from", "to", "months")


def events(tables: Mapping[str, Frame], year: int, as_of: date) -> Frame:
    """Return the events that hold for a data year, with `number`, `start`, `end` and `since` (whole months, on as_of).

    An event without dates belongs to its year alone. One with a start, an end or a number of months holds while as_of
    lies within them, both days included, whatever its year; months count from the start, by default 1 January of its
    year. number: the value where it is one (10 % of unit 比例 is 0.1).
    """
    happened = tables["events"]
    happened = happened[happened["uscc"].notna()].copy()
    for name in DATES:
        if name not in happened:
            happened[name] = pd.NaT if name != "months" else np.nan
    happened = _dated(happened)
    spanning = happened["start"].notna()
    day = pd.Timestamp(as_of)
    reaches = (happened["start"] <= day) & (happened["end"].isna() | (happened["end"] >= day))
    kept = happened[reaches.where(spanning, happened["year"] == year).fillna(False).astype(bool)]
    return kept.assign(number=_number(kept["value"]), since=_months(kept["start"], as_of))


def _dated(happened: Frame) -> Frame:
    begin, until = (pd.to_datetime(happened[name]) for name in ("from", "to"))
    months = pd.to_numeric(happened["months"], errors="coerce").astype(float)
    new_year = pd.to_datetime(happened["year"].astype("Float64").map("{:.0f}-01-01".format, "ignore"))
    start = begin.where(begin.notna() | (until.isna() & months.isna()), new_year)
    ends = [
        pd.NaT if pd.isna(first) or pd.isna(count) else first + pd.DateOffset(months=int(count)) - pd.Timedelta(days=1)
        for first, count in zip(start, months, strict=True)
    ]
    counted = pd.Series(pd.to_datetime(ends), index=happened.index)
    return happened.assign(start=start, end=until.where(until.notna(), counted))


def _number(values: pd.Series) -> pd.Series:
    text = values.astype(TEXT).str.strip()
    number = pd.to_numeric(text.str.rstrip("%％"), errors="coerce").astype(float)
    return number.where(~text.str.contains("[%％]$", regex=True, na=False), number / PER_CENT)


def _months(since: pd.Series, on: date) -> pd.Series:
    """Return whole months from a date to a day by the calendar."""
    early = (since.dt.day > on.day).astype(float)
    return (on.year - since.dt.year) * 12.0 + (on.month - since.dt.month) - early


def marks(happened: Frame, index: pd.Index) -> dict[str, Truths | pd.Series]:
    """Return for every kind of event who has one (`event:<kind>`) and for how many months (`since:<kind>`)."""
    kinds = dict.fromkeys([*catalog()["events"]["kind"].values.values(), *happened["kind"].dropna().unique()])
    found: dict[str, Truths | pd.Series] = {}
    for kind in kinds:
        mine = happened[happened["kind"] == kind]
        found[f"{EVENT}{kind}"] = among(index, mine["uscc"])
        found[f"{SINCE}{kind}"] = mine.groupby("uscc")["since"].min().reindex(index)
    return found


def among(index: pd.Index, named: "pd.Index | pd.Series") -> Truths:
    """Return which keys of a unique index are named: one look-up a name, not one a key."""
    found: Truths = np.zeros(len(index), dtype=bool)
    if len(named):
        at = index.get_indexer(pd.Index(named))
        found[at[at >= 0]] = True
    return found


def told(event: Mapping[str, object]) -> str:
    """Return one event in words: value, reason, who marked it, on which paper, from when to when."""
    parts = [event.get(name) for name in ("value", "unit", "reason", "authority", "evidence")]
    words = "，".join(str(part) for part in parts if not pd.isna(part) and str(part))
    start, end = event.get("start"), event.get("end")
    if not isinstance(start, pd.Timestamp):
        return words
    until = say("evaluation.event.open") if pd.isna(end) else pd.Timestamp(str(end)).date().isoformat()
    return words + say("evaluation.event.span", start=start.date().isoformat(), end=until)
