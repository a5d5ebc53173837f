"""Pools, order and ties: who is ranked with whom, by what, and which places equal firms share."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths, Values
from evaluation.grading.benchmarks import Cohort, measured
from evaluation.grading.frame import JUDGED_DECIMALS, column_name
from evaluation.grading.scoring import Item
from evaluation.policy.grading import SCORE, By, Classifier, GradingPolicy, SingleIndicator, SumOfPoints, Threshold
from gis.measure import half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
JOIN = " / "


@dataclass(frozen=True)
class Order:
    """The order inside the pools: the first and last place a firm could have among those equal to it."""

    key: Values
    first: Values
    last: Values
    broken: Truths  # the tie indicator parted this firm from its equals


def pools(policy: GradingPolicy, cohort: Cohort) -> tuple[pd.Series, pd.Series]:
    """Return the pool a firm in words (missing where a column it is pooled by is), and in words what is missing."""
    by = list(policy.pool.by or [])
    keys = cohort.keys(by)
    lacking = pd.Series("", index=keys.index, dtype=object)
    name = pd.Series("", index=keys.index, dtype=object)
    labels = {population.id: population.label for population in policy.groups}
    for column in keys:
        absent = keys[column].isna()
        lacking = lacking.mask(absent & (lacking == ""), say("evaluation.grading.no_pool", column=column_name(column)))
        words = keys[column].map(labels) if column == "population" else keys[column]
        joined = name.where(name == "", name + JOIN)
        name = joined + words.astype(object).where(~absent, "")
    if policy.pool.by is None:
        lacking = pd.Series(say("evaluation.grading.blank", policy=policy.label, fields="pool.by"), index=keys.index)
    if not by:
        name = pd.Series(say("evaluation.grading.one_pool"), index=keys.index, dtype=object)
    return name.where(lacking == ""), lacking


def key_of(classifier: Classifier | None, score: Values, items: list[Item]) -> Values:
    """Return what a classifier ranks by, higher is better: the score, or one indicator rounded as it is printed."""
    by = classifier.by if isinstance(classifier, SingleIndicator | Threshold) else SCORE
    return score if by == SCORE else better_first(by, items, len(score))


def better_first(name: str, items: list[Item], size: int) -> Values:
    """Return an indicator's value a firm, rounded, turned so that higher is better."""
    value = valued(name, items, size)
    return -value if lower_is_better(name, items) else value


def lower_is_better(name: str, items: list[Item]) -> bool:
    """Return whether a key is an indicator of which less is better; a score never is."""
    mine = [item for item in items if item.indicator.id == name]
    return bool(mine) and measured(mine[0].indicator).direction == "lower"


def valued(name: str, items: list[Item], size: int) -> Values:
    """Return an indicator's value for each of `size` firms, rounded as it is printed (judged after rounding)."""
    mine = [item for item in items if item.indicator.id == name]
    value = np.full(size, np.nan)
    for item in mine:
        value = np.where(item.firms, item.value, value)
    return np.asarray(half_up(value, JUDGED_DECIMALS))


def pointed(plan: SumOfPoints, items: list[Item], size: int) -> Values:
    """Return the sum of the points of several indicators for each of `size` firms, rounded."""
    parts = []
    for name in plan.points:
        mine = [item for item in items if item.indicator.id == name]
        value = np.full(size, np.nan)
        for item in mine:
            value = np.where(item.firms, item.points, value)
        parts.append(value)
    return np.asarray(half_up(np.sum(parts, axis=0), JUDGED_DECIMALS))


def ordered(pool: pd.Series, key: Values, ranked: Truths, ties: object, items: list[Item]) -> Order:
    """Return the order of the ranked firms in each pool, equal firms parted by a declared tie indicator."""
    groups = pool.where(ranked)
    shown = pd.Series(np.where(ranked, key, np.nan), index=pool.index)
    first, last = _places(shown, groups)
    if not isinstance(ties, By):
        return Order(key, first, last, np.zeros(len(key), dtype=bool))
    tied = pd.Series(better_first(ties.by, items, len(pool)), index=pool.index)
    known = tied.isna().groupby([groups, shown]).transform("sum").to_numpy() == 0
    parted = ranked & known
    within = tied.where(parted).groupby([groups, shown])
    above = within.rank(method="min", ascending=False).to_numpy() - 1
    until = within.rank(method="max", ascending=False).to_numpy() - 1
    broken = parted & (first < last)
    return Order(key, np.where(parted, first + above, first), np.where(parted, first + until, last), broken)


def _places(key: pd.Series, groups: pd.Series) -> tuple[Values, Values]:
    by = key.groupby(groups)
    return (
        by.rank(method="min", ascending=False).to_numpy(dtype=float),
        by.rank(method="max", ascending=False).to_numpy(dtype=float),
    )
