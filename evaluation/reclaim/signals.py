"""Screening signals from a firm's months against its own baseline: leads for a visit, never a criterion (POLICY §4)."""

from typing import TypeAlias

import pandas as pd

from evaluation.finding import FINDING_COLUMNS, blank, shaped
from evaluation.policy.reclaim import Signal, ZombiePolicy
from evaluation.reclaim.sentences import joined
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

RULE = "screening"
DECIMALS = 4
SIGNAL_COLUMNS = (
    "uscc", "signal", "signal_label", "outcome", "measured", "required", "recent_to", "missing_months", "note",
)  # fmt: skip


def judge(uscc: pd.Series, months: Frame, policy: ZombiePolicy, as_of: pd.Timestamp) -> Frame:
    """Return one row a firm and signal: outcome fail = the recent mean lies below its share of the firm's baseline.

    Windows are whole months ended by `as_of`: the last `recent_months`, and the `baseline_months` before them. A
    missing month of either window, or a baseline of nothing, leaves it unknown; missing_months says how many lack.
    """
    parts = [_signal(uscc.drop_duplicates(), months, signal, as_of) for signal in policy.signals]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in SIGNAL_COLUMNS})
    return pd.concat(parts, ignore_index=True)


def _signal(uscc: pd.Series, months: Frame, signal: Signal, as_of: pd.Timestamp) -> Frame:
    last = last_whole_month(as_of)
    recent = pd.period_range(end=last, periods=signal.recent_months, freq="M")
    before = pd.period_range(end=last - signal.recent_months, periods=signal.baseline_months, freq="M")
    rows = months[months["uscc"].isin(uscc) & months["month"].notna()]
    rows = rows.assign(period=pd.to_datetime(rows["month"]).dt.to_period("M"))
    wide = rows.pivot_table(index="uscc", columns="period", values=signal.column, aggfunc="sum", dropna=False)
    # a month whose every figure is blank adds up to nothing: it stays missing
    given = rows.pivot_table(index="uscc", columns="period", values=signal.column, aggfunc="count", dropna=False)
    wide = wide.where(given > 0).reindex(index=uscc, columns=before.append(recent))
    now, base = wide[recent].mean(axis=1, skipna=False), wide[before].mean(axis=1, skipna=False)
    measured = half_up((now / base.where(base > 0)).astype("float64"), DECIMALS)
    low = (measured < signal.below).astype("boolean").mask(measured.isna(), pd.NA)
    outcome = low.map({True: "fail", False: "pass"}).astype(object).where(low.notna(), "unknown")
    return pd.DataFrame({
        "uscc": uscc.to_numpy(),
        "signal": signal.id,
        "signal_label": signal.label,
        "outcome": outcome.to_numpy(),
        "measured": measured.to_numpy(),
        "required": signal.below,
        "recent_to": str(last),
        "missing_months": wide.isna().sum(axis=1).to_numpy(),
        "note": say("reclaim.signal.note", label=signal.label, month=str(last), declared=signal.declared),
    })


def last_whole_month(as_of: pd.Timestamp) -> pd.Period:
    """Return the last month that has ended by a day: its own month only on the month's last day."""
    month = as_of.to_period("M")
    return month if as_of.normalize() == month.end_time.normalize() else month - 1


def findings(signals: Frame, policy: ZombiePolicy) -> Frame:
    """Return a finding a signal: rule screening, reading the signal; stage never above lead; no source decides it."""
    if signals.empty:
        return blank(FINDING_COLUMNS)
    rows = pd.DataFrame({
        "subject_kind": "firm",
        "subject_id": signals["uscc"],
        "rule": RULE,
        "reading": signals["signal"],
        "outcome": signals["outcome"],
        "stage": signals["outcome"].map({"fail": "lead"}).fillna(""),
        "measured": signals["measured"],
        "required": signals["required"],
        "unit": "倍",
        "margin": signals["measured"] - signals["required"],
        "policy": policy.id,
        "source": say("reclaim.signal.source"),
        "status": "",
        "note": signals["note"],
    })
    return shaped(rows, FINDING_COLUMNS)


def listed(uscc: pd.Series, signals: Frame, policy: ZombiePolicy) -> pd.Series:
    """Return the labels of the signals that show, joined by ；, for each firm in the order given."""
    parts = [pd.Series("", index=uscc.index, dtype=TEXT)]
    for signal in policy.signals:
        shown = signals.loc[signals["signal"].eq(signal.id) & signals["outcome"].eq("fail"), "uscc"]
        parts.append(uscc.isin(shown).map({True: signal.label, False: ""}).astype(TEXT))
    return joined(parts)
