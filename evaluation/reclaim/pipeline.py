"""Land on its way from approval to use (批而未供, 供而未用, 用而不足), and terms that run out (POLICY §3.6)."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.reclaim import Terms
from evaluation.reclaim import days
from gis.measure import half_up
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
APPROVED = "area_approved_m2"
SUPPLIED = ("supply_kind", "contract_date", "delivery_date", "holder")  # each a trace of supply
WORK = ("started", "finished", "contradiction")  # of facts.progress
TERM = ("term_end", "keep_use_from", "supply_kind", "contract_date", "term_years")
LEASE_WORDS = ("租", "弹性")  # 租赁, 先租后让, 租让结合, 弹性年期出让: a term of its own, to be watched


@remembered()
def stages(parcels: Frame, progress: Frame, low_efficiency: pd.Series) -> Frame:
    """Return stage (approved, supplied, building, built, unknown) and layer of each parcel (index of `parcels`).

    `progress` is facts.progress. 批而未供: approved land with no trace of supply (no supply kind, contract or holder);
    供而未用: supplied, work not begun (of which idle is the art. 2 part); 用而不足: work begun and low efficiency says
    fail. There is no single statutory definition: these are working states, and the unknown stays unknown.
    """
    supplied = parcels[[*SUPPLIED]].notna().any(axis=1)
    approved = parcels[APPROVED].gt(0)
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


@remembered()
def terms(parcels: Frame, as_of: pd.Timestamp, rule: Terms | None) -> Frame:
    """Return term_end, term_left_days and term (running, watch, expired, unknown) of each parcel, lease, keep_*.

    The end stated in the papers decides; without one it is unknown, and term_end_if is the contract date plus the
    years agreed, shown only. Use up to the last day is use by right: nothing is reported as misuse before it.
    keep_end is the last day of the keep-use policy (rule.keep_use.years on), keep its state, blank where none runs.
    """
    early = rule.watch_days if rule else 0
    end = pd.to_datetime(parcels["term_end"])
    keep_end = _last_day(parcels["keep_use_from"], rule)
    return pd.DataFrame({
        "term_end": end,
        "term_left_days": (end - as_of).dt.days.astype("float64"),
        "term": _state(end, as_of, early),
        "term_end_if": _computed(parcels).where(end.isna()),
        "lease": parcels["supply_kind"].fillna("").str.contains("|".join(LEASE_WORDS)),
        "keep_end": keep_end,
        "keep": _state(keep_end, as_of, early).where(parcels["keep_use_from"].notna(), ""),
    })


def _state(end: pd.Series, as_of: pd.Timestamp, early: int) -> pd.Series:
    left = (end - as_of).dt.days
    state = np.select([end.isna(), left < 0, left <= early], ["unknown", "expired", "watch"], "running")
    return pd.Series(state, index=end.index)


def _last_day(begin: pd.Series, rule: Terms | None) -> pd.Series:
    """Return the day before the same calendar day so many years on: the last one the keep-use policy covers."""
    anchor = days.ordinal(begin)
    if rule is None or rule.keep_use is None:
        return days.dates(np.full(len(anchor), days.NEVER), begin.index)
    due = days.anniversary(anchor, rule.keep_use.years)
    return days.dates(np.where(due == days.NEVER, days.NEVER, due - 1), begin.index)


@remembered()
def counted(parcels: Frame) -> Frame:
    """Return one row a stage of use and layer: parcels, mu (of known areas as shown), without_area. It adds up."""
    shown = parcels.assign(area_mu=half_up(parcels["area_mu"].astype("float64"), DECIMALS))
    by = shown.groupby(["stage_of_use", "layer"])["area_mu"]
    return pd.DataFrame({
        "parcels": by.size(),
        "mu": half_up(by.sum(), DECIMALS),
        "without_area": by.agg(lambda part: int(part.isna().sum())),
    }).reset_index()


def _computed(parcels: Frame) -> pd.Series:
    """Return the contract date plus the whole years agreed, where both are known."""
    none = pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[us]")
    begin, years = pd.to_datetime(parcels["contract_date"]), parcels["term_years"]
    known = begin.notna() & years.notna() & years.mod(1).eq(0)
    for count in years[known].unique():  # one shift a length of term, never a row at a time
        rows = known & years.eq(count)
        none = none.mask(rows, begin + pd.DateOffset(years=int(count)))
    return none
