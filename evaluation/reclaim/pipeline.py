"""Land on its way from approval to use (批而未供, 供而未用, 用而不足), and terms that run out (POLICY §3.6)."""

from typing import TypeAlias

import numpy as np
import pandas as pd

Frame: TypeAlias = pd.DataFrame

TERM_WATCH_DAYS = 365  # how early an expiry is shown: this tool's own choice, it decides nothing
LEASE_WORDS = ("租",)  # 租赁, 先租后让, 租让结合


def stages(parcels: Frame, progress: Frame, low_efficiency: pd.Series) -> Frame:
    """Return stage (approved, supplied, building, built, unknown) and layer of each parcel (index of `parcels`).

    `progress` is facts.progress. 批而未供: approved land with no trace of supply (no supply kind, contract or holder);
    供而未用: supplied, work not begun (of which idle is the art. 2 part); 用而不足: work begun and low efficiency says
    fail. There is no single statutory definition: these are working states, and the unknown stays unknown.
    """
    supplied = parcels[["supply_kind", "contract_date", "delivery_date", "holder"]].notna().any(axis=1)
    approved = parcels["area_approved_m2"].gt(0)
    started = progress["started"]
    table = [
        (progress["contradiction"], "unknown"),
        (progress["finished"], "built"),
        (started.fillna(False), "building"),
        (supplied & started.eq(False).fillna(False), "supplied"),
        (supplied, "unknown"),
        (approved, "approved"),
    ]
    stage = np.select([rows.to_numpy(bool) for rows, _ in table], [word for _, word in table], "unknown")
    stage = pd.Series(stage, index=parcels.index)
    short = stage.isin(["building", "built"]) & low_efficiency.eq("fail")
    layer = np.select([stage.eq("approved"), stage.eq("supplied"), short], ["批而未供", "供而未用", "用而不足"], "")
    return pd.DataFrame({"stage_of_use": stage, "layer": pd.Series(layer, index=parcels.index)})


def terms(parcels: Frame, as_of: pd.Timestamp) -> Frame:
    """Return term_end, term_left_days and term (running, watch, expired, unknown) of each parcel, and lease.

    The end stated in the papers decides; without one it is unknown, and term_end_if is the contract date plus the
    years agreed, shown only. Use up to the last day is use by right: nothing is reported as misuse before it.
    """
    end = pd.to_datetime(parcels["term_end"])
    left = (end - as_of).dt.days.astype("float64")
    state = np.select([end.isna(), left < 0, left <= TERM_WATCH_DAYS], ["unknown", "expired", "watch"], "running")
    return pd.DataFrame({
        "term_end": end,
        "term_left_days": left,
        "term": pd.Series(state, index=parcels.index),
        "term_end_if": _computed(parcels).where(end.isna()),
        "lease": parcels["supply_kind"].fillna("").str.contains("|".join(LEASE_WORDS)),
    })


def _computed(parcels: Frame) -> pd.Series:
    """Return the contract date plus the whole years agreed, where both are known."""
    none = pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[us]")
    if "term_years" not in parcels:
        return none
    begin, years = pd.to_datetime(parcels["contract_date"]), parcels["term_years"]
    known = begin.notna() & years.notna() & years.mod(1).eq(0)
    for count in years[known].unique():  # one shift a length of term, never a row at a time
        rows = known & years.eq(count)
        none = none.mask(rows, begin + pd.DateOffset(years=int(count)))
    return none
