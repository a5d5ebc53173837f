"""Values become points, points a score: method, cap, floor, what is missing, then coefficient, bonus, penalty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths, Values
from evaluation.grading.benchmarks import Cohort, benchmark, blank_benchmark, measured, values
from evaluation.grading.frame import lacking
from evaluation.policy.grading import GradingPolicy, Indicator, Penalty, Rule, Scoring, pieces, unseen
from evaluation.policy.model import source_decides
from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
PER_CENT = 100.0


@dataclass(frozen=True)
class Item:
    """One indicator over the firms of one population: arrays a firm, in the order of `firms`."""

    place: int
    indicator: Indicator
    firms: Truths
    value: Values
    benchmark: Values
    points: Values
    state: np.ndarray  # "", missing, undefined, no_benchmark: why points are not simply measured
    stopped: Truths


@dataclass
class Blanks:
    """The blank fields of a policy that were needed: those that stop a firm's score, those that question the order."""

    scores: dict[str, Truths] = field(default_factory=dict)
    orders: dict[str, Truths] = field(default_factory=dict)

    def stop_score(self, key: str, needed: Truths) -> None:
        """Note a field without which these firms have no score; nothing where none needs it."""
        self._note(self.scores, key, needed)

    def question_order(self, key: str, needed: Truths) -> None:
        """Note a field that could change these firms' score and so their whole pool's order."""
        self._note(self.orders, key, needed)

    @staticmethod
    def _note(notes: dict[str, Truths], key: str, needed: Truths) -> None:
        if needed.any():
            notes[key] = notes.get(key, np.zeros(len(needed), dtype=bool)) | needed


def rule_of(policy: GradingPolicy, item: Indicator) -> Scoring:
    """Return the scoring rule of an indicator: the policy's, with what the indicator says otherwise."""
    if item.scoring is None:
        return policy.scoring
    said = {name: getattr(item.scoring, name) for name in item.scoring.model_fields_set}
    return policy.scoring.model_copy(update=said)


def items(policy: GradingPolicy, cohort: Cohort, previous: Cohort | None, scored: Truths) -> tuple[list[Item], Blanks]:
    """Return every indicator of every population measured, and the blank fields that stop a score.

    `scored` marks the firms that get a score; least, most and means are taken over the evaluated ones among them.
    """
    blanks = Blanks()
    population = cohort.members["population"]
    found = []
    for place, indicator in enumerate(policy.indicators):
        inside = population.isin([p.id for p in policy.groups if indicator in pieces([indicator], p.id)])
        firms = scored & inside.to_numpy()
        if firms.any():
            found.append(_item(policy, cohort, previous, place, indicator, firms, blanks))
    return found, blanks


def _item(
    policy: GradingPolicy,
    cohort: Cohort,
    previous: Cohort | None,
    place: int,
    indicator: Indicator,
    firms: Truths,
    blanks: Blanks,
) -> Item:
    rule = rule_of(policy, indicator)
    value, undefined = values(indicator, cohort)
    level = benchmark(indicator, cohort, previous) if _needs_benchmark(rule) else np.full(len(value), np.nan)
    state = np.where(np.isnan(value), np.where(undefined, "undefined", "missing"), "").astype(object)
    if "negative_denominator" in rule.model_fields_set:
        state[(state == "undefined") & measured(indicator).negative(cohort.frame)] = "negative"
    if indicator.weight == 0:
        points = np.full(len(value), np.nan)
        return Item(place, indicator, firms, value, level, points, state, np.zeros(len(value), dtype=bool))
    _note_blanks(policy, indicator, rule, cohort, firms, blanks)
    weight = np.nan if indicator.weight is None else indicator.weight
    points, undefined_too, no_level = _points(rule, indicator, value, level, weight, cohort)
    state = np.where((state == "") & undefined_too, "undefined", state)
    state = np.where((state == "") & no_level, "no_benchmark", state)
    known = state == ""
    _note_bounds(policy, indicator, rule, points, weight, firms & known, blanks)
    points = _bounded(rule, np.where(known, points, np.nan), weight)
    absent: list[tuple[str, Rule | None, str]] = [
        ("missing", rule.missing, "missing"),
        ("undefined", rule.zero_denominator, "zero_denominator"),
        ("negative", rule.negative_denominator, "negative_denominator"),
    ]
    if unseen(indicator):
        state[:] = "unseen"
    stopped = np.isin(state, ["no_benchmark", "unseen"])
    asked = any(treatment == "mean_points" for _, treatment, _ in absent)
    mean = _mean_points(cohort, np.where(firms & cohort.evaluated & known, points, np.nan)) if asked else points
    for word, treatment, key in absent:
        rows = state == word
        if treatment is None:
            blanks.stop_score(f"{_scope(policy, indicator, key)}.{key}", firms & rows)
        points, stops = _absent(treatment, points, rows, weight, mean)
        stopped |= stops
    return Item(place, indicator, firms, value, level, points, state, stopped)


def _mean_points(cohort: Cohort, reported: Values) -> Values:
    """Return the mean of the reported points in each firm's population."""
    apart = [column for _, column in cohort.apart(["population"]).items()]
    return np.asarray(pd.Series(reported, index=cohort.frame.index).groupby(apart).transform("mean"))


def _needs_benchmark(rule: Scoring) -> bool:
    return rule.method != "min_max"


def _scope(policy: GradingPolicy, indicator: Indicator, key: str) -> str:
    own = indicator.scoring is not None and key in indicator.scoring.model_fields_set
    return f"indicators.{indicator.id}.scoring" if own else "scoring"


def _note_blanks(
    policy: GradingPolicy, indicator: Indicator, rule: Scoring, cohort: Cohort, firms: Truths, blanks: Blanks
) -> None:
    """Note the blanks without which no firm has points: weight, method, benchmark, an unverified source."""
    key = f"indicators.{indicator.id}"
    if unseen(indicator):
        blanks.stop_score(f"{key}.formula", firms)
    if indicator.weight is None:
        blanks.stop_score(f"{key}.weight", firms)
    if rule.method is None:
        blanks.stop_score(f"{_scope(policy, indicator, 'method')}.method", firms)
    elif rule.method == "min_max":
        for name in ("lo", "hi"):
            if getattr(rule, name) is None:
                blanks.stop_score(f"{_scope(policy, indicator, name)}.{name}", firms)
    elif (field_ := blank_benchmark(indicator, cohort.year)) is not None:
        blanks.stop_score(f"{key}.{field_}", firms)
    if not source_decides(policy, indicator.source):
        blanks.stop_score(f"sources.{indicator.source}.confirmed", firms)


def _points(
    rule: Scoring, indicator: Indicator, value: Values, level: Values, weight: float, cohort: Cohort
) -> tuple[Values, Truths, Truths]:
    """Return points before cap and floor, where they are undefined, and where the benchmark is not known."""
    none = np.zeros(len(value), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule.method == "min_max":
            return _between(rule, indicator, value, weight, cohort)
        undefined, unknown = level <= 0, np.isnan(level)
        if rule.method == "reverse_mean":
            points = np.maximum((2.0 - value / level) * weight, 0.0)
        elif rule.method == "ratio":
            points = value / level * weight
        else:
            points, unknown = np.full(len(value), np.nan), ~none
    return points, undefined, unknown


def _between(
    rule: Scoring, indicator: Indicator, value: Values, weight: float, cohort: Cohort
) -> tuple[Values, Truths, Truths]:
    """Return min-max points: w × [lo + (hi − lo) × (x − least) / (most − least)] / 100 in the pool (R21)."""
    pool = cohort.members["pool"]
    shown = pd.Series(np.where(cohort.evaluated, value, np.nan), index=pool.index)
    groups = shown.groupby(pool)
    least, most = groups.transform("min").to_numpy(), groups.transform("max").to_numpy()
    spread = most - least
    way = most - value if measured(indicator).direction == "lower" else value - least
    lo, hi = (np.nan if bound is None else bound for bound in (rule.lo, rule.hi))
    points = weight * (lo + (hi - lo) * np.clip(way / spread, 0.0, 1.0)) / PER_CENT
    return points, spread == 0, np.isnan(spread)


def _note_bounds(
    policy: GradingPolicy,
    indicator: Indicator,
    rule: Scoring,
    points: Values,
    weight: float,
    firms: Truths,
    blanks: Blanks,
) -> None:
    """Note a blank cap where points exceed the weight, a blank floor where they are negative: there it would decide."""
    with np.errstate(invalid="ignore"):
        if rule.cap is None:
            blanks.question_order(f"{_scope(policy, indicator, 'cap')}.cap", firms & (points > weight))
        if rule.floor is None:
            blanks.question_order(f"{_scope(policy, indicator, 'floor')}.floor", firms & (points < 0))


def _bounded(rule: Scoring, points: Values, weight: float) -> Values:
    if isinstance(rule.cap, float):
        points = np.where(points > rule.cap * weight, rule.cap * weight, points)
    if isinstance(rule.floor, float):
        points = np.where(points < rule.floor * weight, rule.floor * weight, points)
    return points


def _absent(rule: Rule | None, points: Values, rows: Truths, weight: float, mean: Values) -> tuple[Values, Truths]:
    """Return points with the rule for absent values applied to `rows`, and the rows it stops."""
    if rule is None or rule == "not_evaluable":
        return points, rows
    if rule == "drop_renormalise":
        return points, np.zeros(len(rows), dtype=bool)
    if rule == "mean_points":
        return np.where(rows, mean, points), rows & np.isnan(mean)
    fill = -rule.penalty if isinstance(rule, Penalty) else {"zero": 0.0, "full": weight}[rule]
    return np.where(rows, fill, points), np.zeros(len(rows), dtype=bool)


def total(found: list[Item], size: int) -> Values:
    """Return Σ points a firm (dropped items' weight spread over the others), NaN where no sum can be made."""
    points, weights, present = np.zeros(size), np.zeros(size), np.zeros(size)
    stopped = np.zeros(size, dtype=bool)
    for item in found:
        if item.indicator.weight == 0:
            continue
        weight = np.nan if item.indicator.weight is None else item.indicator.weight
        known = ~np.isnan(item.points)
        points += np.where(item.firms & known, item.points, 0.0)
        weights += np.where(item.firms, weight, 0.0)
        present += np.where(item.firms & known, weight, 0.0)
        stopped |= item.firms & item.stopped
    with np.errstate(divide="ignore", invalid="ignore"):
        raised = np.where(present == weights, points, points * weights / present)
    return np.where(stopped | (present == 0), np.nan, raised)


def rows(found: list[Item], cohort: Cohort) -> Frame:
    """Return the rows of indicators.csv by firm and indicator: the firms stand in text order (grading/frame.py)."""
    item = np.repeat(np.arange(len(found)), [int(one.firms.sum()) for one in found])
    firm = np.concatenate([np.flatnonzero(one.firms) for one in found])
    ids = np.array([one.indicator.id for one in found], dtype=object)
    order = np.lexsort((np.unique(ids, return_inverse=True)[1][item], firm))
    item, firm = item[order], firm[order]
    how = [measured(one.indicator) for one in found]
    weights = [np.nan if one.indicator.weight is None else one.indicator.weight for one in found]
    labels = [one.indicator.label or each.label for one, each in zip(found, how, strict=True)]

    def each(name: str) -> Values:
        return np.concatenate([getattr(one, name)[one.firms] for one in found])[order]

    def word(words: Sequence[str]) -> pd.Series:
        return pd.Series(words, dtype=TEXT).take(item).reset_index(drop=True)

    absent = [_without(one, cohort.frame, each_.inputs) for one, each_ in zip(found, how, strict=True)]
    return pd.DataFrame({
        "uscc": cohort.frame.index[firm],
        "year": cohort.year,
        "indicator": word(list(ids)),
        "value": each("value"),
        "unit": word([one.unit for one in how]),
        "benchmark": each("benchmark"),
        "points": each("points"),
        "missing": pd.array(np.concatenate(absent)[order], dtype=TEXT),
        "weight": np.asarray(weights, dtype=float)[item],
        "label": word(labels),
    })


def _without(item: Item, frame: Frame, inputs: tuple[str, ...]) -> np.ndarray:
    """Return in words why the points of an item's firms are not simply measured; NA where they are."""
    state = item.state[item.firms]
    words = np.full(len(state), pd.NA, dtype=object)
    missing = np.flatnonzero(state == "missing")
    if len(missing):
        words[missing] = lacking(frame.iloc[np.flatnonzero(item.firms)[missing]], inputs).replace("", pd.NA)
    words[np.isin(state, ["undefined", "negative"])] = say("evaluation.grading.undefined")
    words[state == "no_benchmark"] = say("evaluation.grading.no_benchmark")
    return words
