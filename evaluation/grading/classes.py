"""Places become classes: cuts, thresholds, two stages; what the policy leaves blank is tried both ways."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluation.expression import Truths, Values
from evaluation.grading.ranking import Order, key_of, lower_is_better, ordered, pointed, valued
from evaluation.grading.scoring import Item
from evaluation.policy.grading import By, Classifier, SingleIndicator, Stage, SumOfPoints, Threshold
from evaluation.policy.grading import TwoStage as Stages
from evaluation.policy.grading import labels as labels_of

Frame: TypeAlias = pd.DataFrame
Places: TypeAlias = npt.NDArray[np.int64]
UNDECIDED = -1
HALF = Fraction(1, 2)
ROUNDINGS = ("half_up", "floor", "ceil")


@dataclass(frozen=True)
class Field:
    """The ranked firms of one classifier: pools, keys, n with and without the firms whose counting is blank."""

    classifier: Classifier
    pool: pd.Series
    ranked: Truths
    score: Values
    n: Values
    n_with_blank: Values
    items: list[Item]


@dataclass(frozen=True)
class Choice:
    """One way to fill a classifier's blanks."""

    rounding: str
    inclusive: bool
    ties: Any
    n: Values
    cuts: Mapping[str, Fraction]


@dataclass(frozen=True)
class Graded:
    """Every firm's class (place in `labels`, −1 undecided), its order, and the blanks and ties that left it open."""

    labels: list[str]
    grade: Places
    order: Order
    blanks: Mapping[str, Truths]
    tied: Truths


def classify(field: Field) -> Graded:
    """Return every ranked firm's class; −1 where a blank, or a tie to be settled by hand, would decide it."""
    labels = labels_of(field.classifier)
    order = _order(field)
    whole = _whole_blank(field)
    if whole:
        none = np.full(len(field.ranked), UNDECIDED)
        return Graded(labels, none, order, {whole: field.ranked}, np.zeros(len(none), dtype=bool))
    options = _options(field)
    grades = {marks: _graded(field, order, labels, choice) for marks, choice in _choices(field, options)}
    every = np.stack(list(grades.values()))
    grade = np.where((every == every[0]).all(axis=0), every[0], UNDECIDED)
    tried = [(place, name) for place, name in enumerate(options) if len(options[name]) > 1]
    blanks = {name: _differs(grades, place) & field.ranked for place, name in tried}
    open_ = np.zeros(len(grade), dtype=bool)
    for needed in blanks.values():
        open_ |= needed
    tied = field.ranked & (grade == UNDECIDED) & ~open_
    return Graded(labels, np.where(field.ranked, grade, UNDECIDED), order, blanks, tied)


def _order(field: Field) -> Order:
    key = key_of(field.classifier, field.score, field.items)
    return ordered(field.pool, key, field.ranked, field.classifier.ties, field.items)


def _whole_blank(field: Field) -> str | None:
    """Return the key whose blank leaves every firm open: all the cuts, or a stage's share."""
    classifier = field.classifier
    if isinstance(classifier, Stages):
        return "classes.stages.share" if any(stage.share is None for stage in classifier.stages) else None
    cuts = classifier.lower if isinstance(classifier, Threshold) else classifier.upper
    known = [cut for cut in (cuts or {}).values() if cut is not None]
    trivial = not isinstance(classifier, Threshold) and known == [1.0] and len(cuts or {}) > 1
    return f"classes.{cut_field(classifier)}" if not known or trivial else None


def cut_field(classifier: Classifier) -> str:
    """Return the name of the field that holds a classifier's cuts."""
    return "lower" if isinstance(classifier, Threshold) else "upper"


def _options(field: Field) -> dict[str, Sequence[Any]]:
    """Return the ways each of the classifier's choices could be filled: one if it is declared."""
    said = field.classifier
    single = isinstance(said, Threshold)
    counts: list[Values] = [field.n]
    if (field.n != field.n_with_blank).any() and not single:
        counts.append(field.n_with_blank)
    low, high = _cuts(said)
    return {
        "classes.rounding": [said.rounding] if said.rounding or single else ROUNDINGS,
        "classes.inclusive": [said.inclusive] if said.inclusive is not None or _whole_share(said) else (True, False),
        "classes.ties": [said.ties] if said.ties or single else ("better", "worse"),
        "statuses.counted_in_n": counts,
        f"classes.{cut_field(said)}": [low] if low == high else (low, high),
    }


def _whole_share(said: Classifier) -> bool:
    return isinstance(said, Stages | Threshold)


def _cuts(said: Classifier) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return the cuts with every blank one at its lowest and at its highest."""
    if isinstance(said, Stages):
        return {}, {}
    stated = said.lower if isinstance(said, Threshold) else said.upper
    cuts = [(label, None if cut is None else Fraction(str(cut))) for label, cut in (stated or {}).items()]
    before: dict[str, Fraction] = {}
    after: dict[str, Fraction] = {}
    known = Fraction(10**15) if isinstance(said, Threshold) else Fraction(0)
    for label, cut in cuts:
        known = before[label] = known if cut is None else cut
    known = Fraction(-(10**15)) if isinstance(said, Threshold) else Fraction(1)
    for label, cut in reversed(cuts):
        known = after[label] = known if cut is None else cut
    return before, {label: after[label] for label, _ in cuts}


def _choices(field: Field, options: Mapping[str, Sequence[Any]]) -> Iterator[tuple[tuple[int, ...], Choice]]:
    for marks in product(*(range(len(ways)) for ways in options.values())):
        rounding, inclusive, ties, n, cuts = (ways[mark] for ways, mark in zip(options.values(), marks, strict=True))
        yield marks, Choice(str(rounding), inclusive is not False, ties, n, cuts)


def _differs(grades: Mapping[tuple[int, ...], Places], place: int) -> Truths:
    """Return which firms' class depends on one blank, whatever the others are."""
    some: Truths = np.zeros(len(next(iter(grades.values()))), dtype=bool)
    for marks, grade in grades.items():
        if marks[place] > 0:
            first = grades[(*marks[:place], 0, *marks[place + 1 :])]
            some |= grade != first
    return some


def _graded(field: Field, order: Order, labels: list[str], choice: Choice) -> Places:
    if isinstance(field.classifier, Stages):
        return _staged(field, field.classifier, order, labels, choice)
    if isinstance(field.classifier, Threshold):
        return _above(field.classifier, field, labels, choice)
    return _settled(order, choice.ties, lambda place: _cut(place, field, labels, choice))


def _settled(order: Order, ties: Any, at: Any) -> Places:
    """Return the class of equal firms: of their first place (better), their last (worse), else open."""
    rule = ties.then if isinstance(ties, By) else ties
    if rule == "better":
        found: Places = at(order.first)
        return found
    if rule == "worse":
        last: Places = at(order.last)
        return last
    upper, lower = at(order.first), at(order.last)
    return np.where(upper == lower, upper, UNDECIDED)


def _cut(place: Values, field: Field, labels: list[str], choice: Choice) -> Places:
    """Return the class of a place: the first whose count of places, n × cut rounded, reaches it."""
    sizes, inverse = np.unique(np.where(np.isnan(choice.n), 0, choice.n).astype(np.int64), return_inverse=True)
    grade = np.zeros(len(place), dtype=np.int64)
    for label in labels[:-1]:
        cut = choice.cuts[label]
        bounds = np.array([places(int(n), cut, choice.rounding, inclusive=choice.inclusive) for n in sizes])
        grade += np.nan_to_num(place, nan=0.0) > bounds[inverse]
    return grade


def places(n: int, share: Fraction, rounding: str, *, inclusive: bool = True) -> int:
    """Return the places a cumulative share of n holds: n × share rounded; a whole bound itself if inclusive."""
    exact = n * share
    if exact.denominator == 1:
        return int(exact) if inclusive else max(int(exact) - 1, 0)
    return {"half_up": floor(exact + HALF), "floor": floor(exact), "ceil": ceil(exact)}[rounding]


def _above(classifier: Threshold, field: Field, labels: list[str], choice: Choice) -> Places:
    """Return the class of the first threshold that the value reaches; at or below it where lower is better."""
    key = key_of(classifier, field.score, field.items)
    turned = lower_is_better(classifier.by, field.items)
    grade = np.zeros(len(key), dtype=np.int64)
    for label in labels[:-1]:
        bound = float(choice.cuts[label])
        grade += ~(key >= (-bound if turned else bound))
    return grade


def _staged(field: Field, plan: Stages, order: Order, labels: list[str], choice: Choice) -> Places:
    """Return Henan's classes (POLICY §1.6): each half re-ranked, quotas of all evaluated, the rest between."""
    size = pd.Series(field.ranked, index=field.pool.index).groupby(field.pool).transform("sum").to_numpy(dtype=float)
    middle = np.ceil(size / 2)
    half = _settled(order, choice.ties, lambda place: (place > middle).astype(np.int64))
    grade = np.where(half == UNDECIDED, UNDECIDED, labels.index(plan.rest))
    for stage in plan.stages:
        side = 0 if stage.half == "upper" else 1
        inside = field.ranked & (half == side) & (grade == labels.index(plan.rest))
        taken = _taken(field, stage, inside, choice)
        grade = np.where(inside & (taken == 1), labels.index(stage.grade), grade)
        grade = np.where(inside & (taken == UNDECIDED), UNDECIDED, grade)
    return grade


def _taken(field: Field, stage: Stage, inside: Truths, choice: Choice) -> Places:
    """Return 1 for the candidates a stage takes, 0 for the others; equal firms get the better grade, or the worse."""
    by, items = stage.rank_by, field.items
    size = len(field.pool)
    key = pointed(by, items, size) if isinstance(by, SumOfPoints) else valued(by, items, size)
    turned = -key if stage.order == "ascending" else key
    order = ordered(field.pool, turned, inside & ~np.isnan(key), choice.ties, field.items)
    if stage.half == "lower":
        order = replace(order, first=order.last, last=order.first)
    sizes, inverse = np.unique(np.where(np.isnan(choice.n), 0, choice.n).astype(np.int64), return_inverse=True)
    share = Fraction(str(stage.share)) if stage.share is not None else Fraction(0)
    quota = np.array([places(int(n), share, choice.rounding) for n in sizes])[inverse]
    return _settled(order, choice.ties, lambda place: (np.nan_to_num(place, nan=np.inf) <= quota).astype(np.int64))


def needed_keys(classifier: Classifier | None) -> tuple[list[str], list[list[str]]]:
    """Return the indicators a classifier ranks by, and the lists of indicators whose points it adds."""
    if isinstance(classifier, SingleIndicator | Threshold):
        return ([] if classifier.by == "score" else [classifier.by]), []
    if isinstance(classifier, Stages):
        values = [stage.rank_by for stage in classifier.stages if isinstance(stage.rank_by, str)]
        return values, [stage.rank_by.points for stage in classifier.stages if isinstance(stage.rank_by, SumOfPoints)]
    return [], []


def uses_score(classifier: Classifier | None) -> bool:
    """Return whether a firm needs a score to be placed."""
    by = classifier.by if isinstance(classifier, SingleIndicator | Threshold) else "score"
    return by == "score"
