"""The order of work on the list: points of a declared table, every ingredient shown (a bureau's choice, no law)."""

from typing import TypeAlias

import pandas as pd

from evaluation.policy.reclaim import Priority, Weight
from evaluation.reclaim.sentences import joined
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4


@remembered()
def points(listed: Frame, priority: Priority) -> Frame:
    """Return points_<id> of every weight, priority (their sum), priority_rank (1 = first) and priority_gaps.

    A figure earns its share of the full mark, at most the whole; a word the share its value is given. What is missing
    earns nothing and is named in priority_gaps; parcels of the same sum share a rank.
    """
    earned = {f"points_{one.id}": _earned(listed[one.column], one) for one in priority.weights}
    table = pd.DataFrame(earned, index=listed.index)
    total = half_up(table.sum(axis=1), DECIMALS)
    lacking = [listed[one.column].isna().map({True: one.label, False: ""}).astype(TEXT) for one in priority.weights]
    gaps = joined(lacking) if lacking else pd.Series("", index=listed.index, dtype=TEXT)
    rank = total.rank(method="min", ascending=False).astype("Int64")
    return table.assign(priority=total, priority_rank=rank, priority_gaps=gaps)


def _earned(values: pd.Series, weight: Weight) -> pd.Series:
    if weight.values is not None:
        share = values.map(weight.values).astype("float64")
    else:
        share = (values.astype("float64") / (weight.full or 1.0)).clip(0.0, 1.0)
    return half_up(share.fillna(0.0) * weight.points, DECIMALS)
