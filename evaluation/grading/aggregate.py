"""The order of aggregation: Σ points, × coefficient, + bonus, − penalty (POLICY §1.2, §2.7), then rounded."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths, Values
from evaluation.grading.happened import among
from evaluation.grading.scoring import Blanks
from evaluation.policy.grading import Aggregate, Extra, GradingPolicy
from evaluation.policy.model import NONE
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame
NOISE_DECIMALS = 10  # float noise of a sum of ten products is below 1e-12 × score; a true half must still round up
RATIO, POINTS = "比例", "分"


def aggregated(
    policy: GradingPolicy, sums: Values, happened: Frame, firms: pd.Index, blanks: Blanks
) -> tuple[Values, Frame]:
    """Return the final score a firm, rounded as the policy says, and its parts: sum, coefficient, bonus, penalty.

    `happened` are the year's events (happened.events). A blank field is noted for the firms that have such an event.
    """
    scored = ~np.isnan(sums)
    plan = Aggregate() if policy.aggregate == NONE else policy.aggregate
    if plan is None:
        some = among(firms, happened.loc[happened["kind"].isin(["加分", "扣分"]), "uscc"])
        blanks.question_order("aggregate", scored & some)
        plan = Aggregate()
    factor = plan.coefficient if isinstance(plan.coefficient, float) else 1.0
    if plan.coefficient is None:
        blanks.question_order("aggregate.coefficient", scored)
    base = sums * factor
    bonus = _extra(plan.bonus, "bonus", "加分", base, happened, firms, scored, blanks)
    penalty = _extra(plan.penalty, "penalty", "扣分", base, happened, firms, scored, blanks)
    final = half_up(np.round(base + bonus - penalty, NOISE_DECIMALS), policy.scoring.decimals)
    parts = {"sum": sums, "coefficient": factor, "bonus": bonus, "penalty": penalty, "score": final}
    return final, pd.DataFrame(parts, index=firms)


def _extra(
    plan: Extra | str | None,
    name: str,
    kind: str,
    base: Values,
    happened: Frame,
    firms: pd.Index,
    scored: Truths,
    blanks: Blanks,
) -> Values:
    """Return what events of one kind add: points, or a ratio of the base, up to the cap (of the same measure)."""
    if plan is None:
        some = among(firms, happened.loc[happened["kind"] == kind, "uscc"])
        blanks.question_order(f"aggregate.{name}", scored & some)
    if not isinstance(plan, Extra):
        return np.zeros(len(firms))
    mine = happened[happened["kind"] == plan.kind]
    has = scored & among(firms, mine["uscc"])
    in_ratio = (mine["unit"] == RATIO) | (mine["unit"].isna() & (plan.as_ == "ratio"))
    if plan.as_ is None and mine["unit"].isna().any():
        blanks.question_order(f"aggregate.{name}.as", scored & among(firms, mine.loc[mine["unit"].isna(), "uscc"]))
    unread = mine["number"].isna() | ~mine["unit"].isin([RATIO, POINTS]) & mine["unit"].notna()
    blanks.question_order(f"events.{plan.kind}.value", scored & among(firms, mine.loc[unread, "uscc"]))
    points = _sum(mine[~in_ratio], firms)
    ratio = _sum(mine[in_ratio], firms)
    added = points + np.where(np.isnan(base), 0.0, base) * ratio
    if plan.cap is None:
        blanks.question_order(f"aggregate.{name}.cap", has)
    if isinstance(plan.cap, float):
        most = plan.cap * np.where(np.isnan(base), 0.0, base) if plan.as_ == "ratio" else np.full(len(firms), plan.cap)
        added = np.minimum(added, most)
    return added


def _sum(mine: Frame, firms: pd.Index) -> Values:
    """Return the amount a firm, whatever sign the office wrote: kinds say whether it adds or takes."""
    amounts = mine["number"].abs().groupby(mine["uscc"]).sum()
    if amounts.empty:
        return np.zeros(len(firms))
    total: Values = amounts.reindex(firms, fill_value=0.0).to_numpy(dtype=float)
    return total
