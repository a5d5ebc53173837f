"""If next year's score is x: what would the appraisal condition say, and what is the least score that would do."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expansion import appraisal
from evaluation.policy.expansion import ExpansionPolicy
from evaluation.policy.model import Policy

Frame: TypeAlias = pd.DataFrame


def project(
    appraisals: Frame,
    zones: Sequence[str],
    policies: Sequence[Policy],
    as_of: dt.date,
    year: int,
    scores: Sequence[float],
) -> Frame:
    """Return one row a zone × policy × score: the outcome one cycle on if that cycle's score is the one given.

    Only policies whose appraisal rule is one of scores; the rule is the one in force one cycle after `as_of`.
    """
    parts = [
        _projected(appraisals, list(zones), policy, as_of, year, score)
        for policy in policies
        if isinstance(policy, ExpansionPolicy) and _by_score(policy)
        for score in scores
    ]
    columns = ["zone_id", "policy", "cycle", "score", "outcome", "required", "note"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def least_score(
    appraisals: Frame, zones: Sequence[str], policies: Sequence[Policy], as_of: dt.date, year: int
) -> Frame:
    """Return one row a zone × policy: the least score that meets the condition one cycle on; NaN where none does."""
    rows = []
    for policy in policies:
        if isinstance(policy, ExpansionPolicy) and _by_score(policy):
            best = _projected(appraisals, list(zones), policy, as_of, year, np.inf)
            rows.append(best.assign(least=best["required"].where(best["outcome"] == "pass")))
    columns = ["zone_id", "policy", "cycle", "required", "least", "note"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def _by_score(policy: ExpansionPolicy) -> bool:
    condition = policy.conditions.get("appraisal")
    return condition is not None and condition.appraisal is not None and condition.appraisal.kind == "consecutive_score"


def _projected(
    appraisals: Frame, zones: list[str], policy: ExpansionPolicy, as_of: dt.date, year: int, score: float
) -> Frame:
    condition = policy.conditions["appraisal"]
    span = condition.appraisal.cycle_years if condition.appraisal else 1
    cycle = year + span
    kept = pd.DataFrame(appraisals[appraisals["cycle"] <= year])
    more = pd.DataFrame({"zone_id": zones, "cycle": cycle, "cycle_years": float(span), "score": score})
    rows = pd.concat([kept, more.reindex(columns=kept.columns)], ignore_index=True)
    later = as_of.replace(year=as_of.year + span, day=min(as_of.day, 28))
    judged = appraisal.judge(rows, zones, policy, condition, later, cycle)
    return judged.assign(policy=policy.id, cycle=cycle, score=score)
