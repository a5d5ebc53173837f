"""What the papers say about a parcel on a day: which start was agreed, whether work began, which days are excused."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.model import source_decides
from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import days
from evaluation.reclaim.days import NEVER
from parcels.columns import TEXT

Frame: TypeAlias = pd.DataFrame

UNSTARTED = "未动工"
STOPPED = "停工"
FINISHED = "竣工"
BUILDING = "在建"
OWNERSHIP_AT = 12  # the 13th character of a 19-figure parcel code: G state-owned, J collective (POLICY §12.1)
CODE_LENGTHS = (19, 28)
NOT_CONSTRUCTION = ("agricultural_facility", "non_construction")


def truth(values: pd.Series) -> pd.Series:
    """Return a truth Series of dtype boolean."""
    return values.astype("boolean")


def agreed(parcels: Frame, agreements: Frame, as_of: pd.Timestamp) -> Frame:
    """Return agreed_start (the last supplementary agreement's, else the contract's), agreed_by and ambiguous.

    An undated agreement, a dated one without a new date, or two of one day that differ leave it open: ambiguous.
    """
    result = pd.DataFrame({
        "agreed_start": pd.to_datetime(parcels["agreed_start"]),
        "agreed_by": np.where(parcels["agreed_start"].notna(), "contract", ""),
        "ambiguous": False,
    })
    moved = agreements[agreements["new_start"].notna() & ~(agreements["signed_on"] > as_of)]
    if moved.empty:
        return result
    undated = moved.loc[moved["signed_on"].isna(), "parcel_id"]
    dated = moved[moved["signed_on"].notna()]
    last = dated[dated["signed_on"] == dated.groupby("parcel_id")["signed_on"].transform("max")]
    of = last.groupby("parcel_id")["new_start"].agg(["min", "max"])
    of = of.reindex(parcels["parcel_id"]).set_axis(parcels.index)
    newest, differs = of["max"], of["min"].notna() & (of["min"] != of["max"])
    return pd.DataFrame({
        "agreed_start": newest.fillna(result["agreed_start"]),
        "agreed_by": np.where(newest.notna(), "agreement", result["agreed_by"]),
        "ambiguous": differs | parcels["parcel_id"].isin(undated),
    })


def ownership(parcels: Frame) -> Frame:
    """Return tenure (国有, 集体 or blank: the column, else the parcel code's own letter) and not_construction."""
    codes = parcels["parcel_id"].astype(TEXT)
    letter = codes.where(codes.str.len().isin(CODE_LENGTHS)).str[OWNERSHIP_AT]
    group = parcels.get("use_group", pd.Series("unmapped", index=parcels.index))
    return pd.DataFrame({
        "tenure": parcels["tenure"].fillna(letter.map({"G": "国有", "J": "集体"})),
        "not_construction": group.isin(NOT_CONSTRUCTION),
    })


def progress(parcels: Frame, as_of: pd.Timestamp) -> Frame:
    """Return started (three-valued), how it is known, and whether the papers contradict each other.

    started: True with a start date up to `as_of`, a state of building, or a trace (completion, suspension, developed
    area); False where it is stated that work had not begun by `as_of`; unknown where nothing is reported.
    """
    state, start = parcels["construction_state"], pd.to_datetime(parcels["actual_start"])
    begun, later = start.le(as_of), start.gt(as_of)
    under = state.isin([BUILDING, STOPPED, FINISHED])
    completed = pd.to_datetime(parcels["actual_completion"]).le(as_of)
    trace = completed | pd.to_datetime(parcels["suspended_since"]).le(as_of) | parcels["area_developed_m2"].gt(0)
    unstarted = state.eq(UNSTARTED).fillna(False).astype(bool)
    started = pd.Series(pd.NA, index=parcels.index, dtype="boolean")
    started = started.mask(unstarted | later, False).mask(begun | ((under | trace) & ~later), True)
    return pd.DataFrame({
        "started": started,
        "started_stated": begun | (under & ~later),
        "unstarted_stated": unstarted | later,
        "contradiction": (unstarted & (begun | trace)) | (later & completed),
        "finished": (state.eq(FINISHED).fillna(False) & ~later) | completed,
        "start": start.where(begun),
        "later_start": start.where(later),
    })


def interruptions(
    parcels: Frame, delays: Frame, policy: IdlePolicy, as_of: pd.Timestamp
) -> tuple[days.Spans, pd.Series]:
    """Return the disjoint excused intervals, and for each parcel whether a delay cannot be counted.

    It cannot where its begin, order or cause is not known, or where the source of the causes may not decide.
    """
    stops, known = delays["cause"].isin(policy.excuses.causes), delays["cause"].isin(policy.excuses.others)
    if not source_decides(policy, policy.excuses.source):
        stops = stops & False
        known = delays["cause"].isin(policy.excuses.others)
    broken = delays["from"].isna() | delays["to"].lt(delays["from"])
    late = delays["from"].gt(as_of)
    doubtful = delays[~late & ~known & (broken | ~stops)]
    spans = days.spans(delays[stops & ~broken], parcels["parcel_id"], as_of)
    return spans, parcels["parcel_id"].isin(doubtful["parcel_id"])


def over(passed: np.ndarray, length: np.ndarray, doubtful: pd.Series) -> pd.Series:
    """Return whether `length` days are over: unknown without an anchor, or where uncounted delays could undo it."""
    known = (passed != NEVER) & (length != NEVER)
    full = pd.Series(known & (passed >= length), index=doubtful.index, dtype="boolean")
    return full.mask(~known | (full & doubtful), pd.NA)
