"""Figures and outcome of a share rule on one reading: judged on the numbers that are printed (CONTRACT §4, §5)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluation.finding import OUTCOMES
from evaluation.policy.model import at, cited, in_force, source_decides
from evaluation.policy.zone import ShareRule, Tolerance, ZonePolicy
from evaluation.zone.ground import Ground
from evaluation.zone.kinds import PLACE, numbered
from evaluation.zone.readings import ROLES, Land, Reading, enabled, regrouped, roles
from gis.measure import half_up, to_mu
from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
Floats: TypeAlias = npt.NDArray[np.float64]
MU_DECIMALS = 4
PRODUCT_DECIMALS = 8  # a threshold of four decimals × 亩 of four
M2_DECIMALS = 2


@dataclass(frozen=True)
class Standard:
    """What a rule asks on a day: the share, or why it decides nothing; its tolerance and source."""

    required: float
    blocked: str
    tolerance: float
    source: str
    status: str


def standard(policy: ZonePolicy, rule: ShareRule, as_of: dt.date) -> Standard:
    """Return the dated threshold of a rule; `blocked` says in Chinese why none decides, empty where one does."""
    entry = at(rule.at_least, as_of)
    source_id = (
        entry.source if entry is not None else rule.source or (rule.at_least[-1].source if rule.at_least else None)
    )
    status = policy.sources[source_id].status if source_id in policy.sources else ""
    tolerance = rule.tolerance.value if isinstance(rule.tolerance, Tolerance) else 0.0
    whole: str = in_force(policy, as_of)
    blocked = ""
    if whole != "生效":
        blocked = whole
    elif entry is None:
        began = [part.start for part in rule.at_least if isinstance(part.start, dt.date)]
        blocked = "已失效" if began and min(began) <= as_of else "未生效"
    elif entry.value is None:
        blocked = say("zone.blank", field="at_least")
    elif not source_decides(policy, source_id):
        blocked = "未核实"
    required = entry.value if entry is not None and entry.value is not None else np.nan
    return Standard(required, blocked, tolerance, cited(policy, source_id), status)


def readings_of(rule: ShareRule) -> list[Reading]:
    """Return every reading a rule enables."""
    return enabled(
        rule.numerators, rule.bases, rule.leave_out, back_in=rule.research_back_in, reserved=rule.reserved_with
    )


def choices_of(policy: ZonePolicy) -> dict[str, str]:
    """Return where a policy puts each contested group."""
    return {group: choice.put for group, choice in policy.choices.items()}


def contested_of(policy: ZonePolicy) -> dict[str, str]:
    """Return the group a policy declares for each contested choice of class."""
    return {name: said.group for name, said in policy.contested.items()}


def states_of(policy: ZonePolicy) -> dict[str, Sequence[str]]:
    """Return which words of supply_state mean built, ready, supplied, undevelopable."""
    return {str(state): words for state, words in policy.states.items()}


def bases_of(rule: ShareRule, ground: Ground) -> tuple[str, ...]:
    """Return the land-use bases a rule is measured on: each delivered one it allows, or one blank if none is."""
    wanted = ground.bases if rule.land == "delivered" else tuple(b for b in ground.bases if b in rule.land)
    return wanted or ("",)


def tally(ground: Ground, rule_readings: Sequence[Reading], policy: ZonePolicy | None) -> Frame:
    """Return one row a zone × basis × reading with ground: m² by role, and `unmeasured`, its pieces without an area.

    A refused reading has no row.
    """
    return tallies(ground, rule_readings, policy, {"": ground.pieces["area_m2"]})[""]


def tallies(
    ground: Ground, rule_readings: Sequence[Reading], policy: ZonePolicy | None, areas: Mapping[str, pd.Series]
) -> dict[str, Frame]:
    """Return the tally by each kind of area [m², one a piece]."""
    kinds = ground.kinds
    known = regrouped(kinds.rows, contested_of(policy) if policy else {})
    place, first = numbered(known, PLACE)
    keys = known.loc[first, [*PLACE]].reset_index(drop=True)
    key, extent, land = place[kinds.of], keys["extent"].to_numpy(), Land.of(known)
    choices = choices_of(policy) if policy else {}
    states = states_of(policy) if policy else {}
    m2 = {kind: area.to_numpy(dtype="float64") for kind, area in areas.items()}
    blank = {kind: np.bincount(key, np.isnan(area), len(keys)) for kind, area in m2.items()}
    m2 = {kind: np.nan_to_num(area) for kind, area in m2.items()}
    able = [reading for reading in rule_readings if not reading.refused]
    rows = [np.flatnonzero(extent == reading.extent) for reading in able]
    sums: dict[str, list[npt.NDArray[Any]]] = {kind: [] for kind in m2}
    for reading, here in zip(able, rows, strict=True):
        cell = (place * len(ROLES) + roles(land, reading, choices, states))[kinds.of]
        for kind, area in m2.items():
            whole = np.bincount(cell, area, len(keys) * len(ROLES)).reshape(-1, len(ROLES))
            sums[kind].append(whole[here])
    if not able:
        return {kind: pd.DataFrame(columns=["zone_id", "basis", "reading", "unmeasured", *ROLES]) for kind in m2}
    at_ = np.concatenate(rows)
    named = [reading.id for reading, here in zip(able, rows, strict=True) for _ in here]
    told = keys[["zone_id", "basis"]].take(at_).reset_index(drop=True).assign(reading=pd.array(named, dtype=TEXT))
    return {
        kind: told.assign(unmeasured=blank[kind][at_], **dict(zip(ROLES, np.concatenate(parts).T, strict=True)))
        for kind, parts in sums.items()
    }


def figures(found: Frame) -> Frame:
    """Return printed figures from m² by role, 亩 to 4 decimals; denominator_mu is D, without unmapped ground."""
    counted, rest, excluded, unmapped = (found[name].to_numpy(dtype="float64") for name in ROLES)
    out = {name: found[name] for name in ("zone_id", "basis", "reading", "unmeasured")}
    for name, area in (
        ("numerator", counted), ("denominator", counted + rest), ("unmapped", unmapped), ("excluded", excluded),
    ):  # fmt: skip
        out |= {f"{name}_mu": half_up(to_mu(area), MU_DECIMALS), f"{name}_m2": half_up(area, M2_DECIMALS)}
    return pd.DataFrame(out)


def judged(frame: Frame, asked: Standard, decimals: int) -> Frame:
    """Return the frame with measured, lo, hi, required, outcome, short_mu, short_add_mu; rounded first, then judged."""
    n, d, u = (frame[f"{name}_mu"].to_numpy(dtype="float64") for name in ("numerator", "denominator", "unmapped"))
    known = frame["unmeasured"].fillna(0).eq(0).to_numpy(dtype=bool)
    whole = np.where(known & (d + u > 0), _clean(d + u), np.nan)
    measured = half_up(n / np.where(d > 0, d, np.nan), decimals)
    lo, hi = half_up(n / whole, decimals), half_up(_clean(n + u) / whole, decimals)
    t = asked.required
    least = float(half_up(t - asked.tolerance, decimals)) if t == t else np.nan  # noqa: PLR0124 - NaN is not itself
    unknown = bool(asked.blocked) | np.isnan(lo) | np.isnan(hi)
    outcome = np.select([unknown, lo >= least, hi < least], ["unknown", "pass", "fail"], "unknown")
    gap = _clean(t * d - n)
    short = half_up(gap, MU_DECIMALS)
    added = half_up(gap / round(1 - t, PRODUCT_DECIMALS), MU_DECIMALS) if t < 1 else short * np.nan
    passed = outcome == "pass"
    return frame.assign(
        measured=measured, lo=lo, hi=hi, required=t, outcome=outcome,
        short_mu=np.where(passed, 0.0, short), short_add_mu=np.where(passed, 0.0, added),
        margin=half_up(measured - t, decimals), margin_mu=half_up(-gap, MU_DECIMALS),
    )  # fmt: skip


def _clean(figures: Floats) -> Floats:
    """Return sums and products of printed figures without float noise: 0.7 × 1.0005 亩 ends in a true half."""
    return np.round(figures, PRODUCT_DECIMALS)


def every_reading(each: Frame) -> Frame:
    """Return the row `all` of each zone × basis: pass if each reading passes, fail if each fails, else unknown."""
    keys = ["zone_id", "basis"]
    seen = each.groupby(keys, sort=False)["outcome"]
    kinds, first = seen.transform("nunique"), seen.transform("first")
    rows = each.assign(together=first.where(kinds == 1, "unknown")).drop_duplicates(keys)
    tallies = {
        name: (each["outcome"] == name).groupby([each[key] for key in keys], sort=False).sum() for name in OUTCOMES
    }
    words = [
        say("zone.note.all", n=p + f + u, passed=p, failed=f, unknown=u)
        + (say("zone.note.disagree") if (p > 0) + (f > 0) + (u > 0) > 1 else "")
        for p, f, u in zip(*(tallies[name] for name in OUTCOMES), strict=True)
    ]
    kept = ["zone_id", "basis", "required", "area_kind", "name"]
    return rows[kept].assign(reading="all", outcome=rows["together"].astype("str"), note=words)
