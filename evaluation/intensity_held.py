"""What the indicators of intensive use are held against: targets, published means, the identity, weights if any."""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation import intensity
from evaluation.finding import FINDING_COLUMNS, blank
from evaluation.policy.expansion import ExpansionPolicy, Mean
from evaluation.policy.model import Policy, at, cited, in_force, source_decides
from evaluation.policy.zone import IntensityRule, Score, ScoreItem, ZonePolicy
from gis.measure import half_up
from parcels.memory import remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DECIMALS = 4
RATES = ("development_rate", "supply_rate", "built_rate")
TOGETHER = "built_of_developable"
SCORE = "total_score"
SLACK = 2e-4  # three rates rounded to four decimals each, multiplied
UNVERIFIED = ("expired_disposed_rate", "paid_use_rate", "auction_rate")  # POLICY §7.2: their formulas are not seen


@remembered()
def compared(years: Frame, policies: Sequence[Policy], as_of: dt.date) -> Frame:
    """Return the indicators with `means` in words beside them, and the rows no formula or weight is seen for.

    Added a zone × year: the identity 开发率 × 供应率 × 建成率, three indicators of unseen formula, and the total score:
    blank until a policy in force supplies weights and ideal values (POLICY §7.4).
    """
    if years.empty:
        return years.assign(means=pd.Series(dtype="str"))
    own = [policy for policy in policies if isinstance(policy, ExpansionPolicy)]
    published = [means(policy.means, policy.sources) for policy in own]
    known = (
        pd.concat(published, ignore_index=True).drop_duplicates(["indicator", "report"])
        if published
        else blank(("indicator", "report", "value", "data_date"))
    )
    words = {
        str(name): "；".join(_mean(row) for row in part.to_dict("records")) for name, part in known.groupby("indicator")
    }
    places = years.drop_duplicates(["zone_id", "year"])[["zone_id", "year", "type"]]
    weighted = [policy for policy in policies if isinstance(policy, ZonePolicy) and in_force(policy, as_of) == "生效"]
    scored = [_scored(years, places, policy, score) for policy in weighted for score in policy.scores]
    rows = [
        years,
        _identities(years, places),
        *(_row(places, name, "zone.intensity.no_formula") for name in UNVERIFIED),
    ]
    rows += scored or [_row(places, SCORE, "zone.intensity.no_weights")]
    frame = pd.concat(rows, ignore_index=True)
    frame = frame.assign(means=[words.get(str(name), "") for name in frame["indicator"]], _place=range(len(frame)))
    return frame.sort_values(["zone_id", "year", "_place"], kind="stable").drop(columns="_place").reset_index(drop=True)


def _mean(row: dict[Hashable, Any]) -> str:
    date = row["data_date"] or say("zone.docket.no_date")
    return say("zone.docket.mean", report=row["report"], date=date, value=f"{row['value']:g}")


def _row(places: Frame, name: str, key: str) -> Frame:
    told = {"indicator": name, "label": say(f"zone.indicator.{name}"), "note": say(key)}
    blank_ = {"value": np.nan, "unit": "", "numerator": np.nan, "denominator": np.nan, "origin": "", "lacks": ""}
    return pd.DataFrame({**{column: places[column] for column in places}, **told, **blank_})[
        [*intensity.COLUMNS, "type"]
    ]


def _identities(years: Frame, places: Frame) -> Frame:
    """Return 开发率 × 供应率 × 建成率 of each zone and year beside 已建成 ÷ 可开发建设, and whether they agree."""
    wide = years.pivot(index=["zone_id", "year"], columns="indicator", values="value").astype("float64")
    product = half_up(wide[RATES[0]] * wide[RATES[1]] * wide[RATES[2]], DECIMALS)
    apart = (product - wide[TOGETHER]).abs()
    keys = pd.MultiIndex.from_frame(places[["zone_id", "year"]])
    notes = [
        say("zone.intensity.identity_blank") if np.isnan(gap)
        else say(f"zone.intensity.identity_{'holds' if gap <= SLACK else 'breaks'}", whole=f"{whole:.4f}")
        for gap, whole in zip(apart.reindex(keys), wide[TOGETHER].reindex(keys), strict=True)
    ]  # fmt: skip
    rows = _row(places, "identity", "zone.intensity.identity_blank")
    return rows.assign(value=product.reindex(keys).to_numpy(), unit="比", note=notes)


def _scored(years: Frame, places: Frame, policy: ZonePolicy, score: Score) -> Frame:
    """Return Σ weight × share of the ideal ÷ Σ weight × 100: blank where an indicator, a weight or an ideal is."""
    mine = places if score.type is None else places[places["type"] == score.type]
    wide = years.pivot(index=["zone_id", "year"], columns="indicator", values="value").astype("float64")
    keys = pd.MultiIndex.from_frame(mine[["zone_id", "year"]])
    points = pd.DataFrame({item.indicator: _points(wide[item.indicator], item) for item in score.items}).reindex(keys)
    weights = [np.nan if item.weight is None else float(item.weight) for item in score.items]
    value = half_up(points.mul(weights).sum(axis=1, skipna=False) / sum(weights) * 100, DECIMALS)
    sure = source_decides(policy, score.source)
    lacking = [
        "、".join(say(f"zone.indicator.{name}") for name in points.columns[gone]) for gone in points.isna().to_numpy()
    ]
    notes = [
        "未核实" if not sure else say("zone.intensity.score_lacks", names=names) if names
        else say("zone.intensity.score", source=cited(policy, score.source))
        for names in lacking
    ]  # fmt: skip
    rows = _row(mine, SCORE, "zone.intensity.no_weights")
    return rows.assign(value=value.to_numpy() if sure else np.nan, unit="分", note=notes)


def _points(value: pd.Series, item: ScoreItem) -> pd.Series:
    """Return the share of the ideal reached, 0 to 1; with `worst`, from the worst value (0) to the ideal (1)."""
    if item.ideal is None:
        return value * np.nan
    if item.worst is None:
        return (value / item.ideal).clip(0.0, 1.0)
    return ((value - item.worst) / (item.ideal - item.worst)).clip(0.0, 1.0)


def identity(development: float, supply: float, built: float) -> float:
    """Return 开发率 × 供应率 × 建成率 to 4 decimals: it must be 已建成 ÷ 可开发建设 (POLICY §7.2, a check)."""
    return half_up(development * supply * built, DECIMALS)


def means(published: Sequence[Mean], policy_sources: Mapping[str, Any]) -> Frame:
    """Return published national means: indicator, value, report, data_date, zones, source, status. Context only."""
    rows = [
        {
            "indicator": indicator, "value": value, "report": mean.report, "data_date": mean.data_date,
            "zones": mean.zones, "source": policy_sources[mean.source].title,
            "status": policy_sources[mean.source].status,
        }
        for mean in published
        for indicator, value in mean.values.items()
    ]  # fmt: skip
    columns = ["indicator", "value", "report", "data_date", "zones", "source", "status"]
    return pd.DataFrame(rows, columns=columns).sort_values(["indicator", "report"], ignore_index=True)


def judge(years: Frame, policies: Sequence[ZonePolicy], as_of: dt.date) -> Frame:
    """Return findings of intensity targets: pass where reached; below is fail only once the target's day has come."""
    parts = [_judged(years, policy, rule, as_of) for policy in policies for rule in policy.intensity]
    return pd.concat(parts, ignore_index=True) if parts else blank(FINDING_COLUMNS)


def _judged(years: Frame, policy: ZonePolicy, rule: IntensityRule, as_of: dt.date) -> Frame:
    rows = years[years["indicator"] == rule.indicator]
    entry = at(rule.at_least, as_of)
    source = entry.source if entry is not None else rule.source
    required = entry.value if entry is not None and entry.value is not None else np.nan
    blocked = _blocked(policy, source, required, as_of, began=entry is not None)
    value = rows["value"].astype("float64")
    due = isinstance(rule.due, dt.date) and rule.due <= as_of
    below = "fail" if due or rule.due == "none" else "unknown"
    outcome = np.select([bool(blocked) | value.isna(), value >= required], ["unknown", "pass"], below)
    waiting = "" if below == "fail" else say("zone.intensity.no_due" if rule.due is None else "zone.intensity.not_due")
    note = [
        "；".join(part for part in (blocked, lack, waiting if unmet else "") if part)
        for lack, unmet in zip(rows["note"].fillna(""), value < required, strict=True)
    ]
    return pd.DataFrame({
        "subject_kind": "zone", "subject_id": rows["zone_id"], "rule": rule.id, "reading": rows["year"].astype(str),
        "outcome": outcome, "stage": pd.Series(outcome, index=rows.index).map({"fail": "suspected"}), "measured": value,
        "required": required, "unit": rows["unit"], "margin": half_up(value - required, DECIMALS), "policy": policy.id,
        "source": cited(policy, source), "status": policy.sources[source].status if source in policy.sources else "",
        "note": note,
    })  # fmt: skip


def _blocked(policy: ZonePolicy, source: str | None, required: float, as_of: dt.date, *, began: bool) -> str:
    if in_force(policy, as_of) != "生效":
        return in_force(policy, as_of)
    if not began:
        return "未生效"
    if np.isnan(required):
        return say("zone.blank", field="at_least")
    return "" if source_decides(policy, source) else "未核实"
