"""What a grading policy may not contradict itself in: names, weights, labels, cuts, columns, formulas, units."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evaluation.expression import FormulaError
from evaluation.finding import FIRM_COLUMNS
from evaluation.indicators import INDICATORS, known_columns, local
from evaluation.logic import leaves
from evaluation.policy.grading import (
    SCORE,
    Bounds,
    By,
    Classifier,
    GradingPolicy,
    Indicator,
    SingleIndicator,
    SumOfPoints,
    Threshold,
    TwoStage,
    labels,
    pieces,
    unseen,
)
from evaluation.policy.model import NONE, Faulty, Where
from parcels.columns import catalog
from parcels.words import say

ONE = Fraction(1)


def faults(policy: GradingPolicy) -> Iterator[Faulty]:
    """Yield (key path, sentence) for every contradiction inside a grading policy."""
    yield from _populations(policy)
    yield from _tests(policy)
    for place, item in enumerate(policy.indicators):
        yield from _indicator(policy, item, ("indicators", place))
    yield from _twice(policy)
    yield from _totals(policy)
    for place, classifier in enumerate(policy.classes or []):
        where: Where = ("classes", place) if len(policy.classes or []) > 1 else ("classes",)
        yield from _classifier(policy, classifier, where)
    yield from _one_classifier(policy)
    yield from _effects(policy)
    yield from _examples(policy)


def fault(where: Where, key: str, **values: object) -> Faulty:
    """Return one fault worded by the catalog entry evaluation.grading_policy.<key>."""
    return where, say(f"evaluation.grading_policy.{key}", **values)


def _populations(policy: GradingPolicy) -> Iterator[Faulty]:
    names = Counter(population.id for population in policy.groups)
    for name, count in names.items():
        if count > 1:
            yield fault(("populations",), "twice", name=name)
    owners: list[tuple[Where, Any]] = [(("statuses", i), s) for i, s in enumerate(policy.statuses)]
    owners += [(("indicators", i), s) for i, s in enumerate(policy.indicators)]
    owners += [(("classes",), c) for c in policy.classes or []]
    for where, owner in owners:
        for name in set(owner.of or []) - set(names):
            yield fault((*where, "of"), "population", name=name, known="、".join(names))


def _tests(policy: GradingPolicy) -> Iterator[Faulty]:
    trees: list[tuple[Where, Any]] = [(("populations", i, "test"), p.test) for i, p in enumerate(policy.groups)]
    trees += [(("statuses", i, "test"), s.test) for i, s in enumerate(policy.statuses)]
    trees += [(("adjustments", i, "when"), a.when) for i, a in enumerate(policy.adjustments) if a.when is not None]
    known, kinds = known_columns(), sorted(set(catalog()["events"]["kind"].values.values()))
    for where, tree in trees:
        for leaf in leaves(tree):
            if "event" in leaf and leaf["event"] not in kinds:
                yield fault(where, "event", name=leaf["event"], known="、".join(kinds))
            if "column" in leaf and leaf["column"] not in known:
                listed = "、".join(sorted(known))
                yield where, say("evaluation.policy.column", names=leaf["column"], known=listed)


def _indicator(policy: GradingPolicy, item: Indicator, where: Where) -> Iterator[Faulty]:
    if unseen(item):
        return
    if item.formula is None and item.id not in INDICATORS:
        yield fault((*where, "id"), "indicator", name=item.id, known="、".join(INDICATORS))
        return
    if item.formula is not None:
        if item.unit is None:
            yield fault(where, "unit_missing", name=item.id)
            return
        try:
            local(item.id, item.label or item.id, item.formula, item.unit, item.direction or "higher")
        except FormulaError as error:
            yield (*where, "formula"), str(error)
            return
    yield from _way(policy, item, where)


def _way(policy: GradingPolicy, item: Indicator, where: Where) -> Iterator[Faulty]:
    direction = item.direction or (INDICATORS[item.id].direction if item.formula is None else "higher")
    method = item.scoring.method if item.scoring and item.scoring.method else policy.scoring.method
    if direction == "lower" and method == "ratio" and item.weight != 0:
        yield fault(where, "lower_ratio", name=item.id)
    if item.weight is not None and item.weight < 0:
        yield fault((*where, "weight"), "weight_negative", name=item.id)


def _twice(policy: GradingPolicy) -> Iterator[Faulty]:
    for population in policy.groups:
        names = Counter(item.id for item in pieces(policy.indicators, population.id))
        for name, count in names.items():
            if count > 1:
                yield fault(("indicators",), "indicator_twice", name=name, population=population.label)


def _totals(policy: GradingPolicy) -> Iterator[Faulty]:
    """Weights must add up to the total that is declared, wherever all of them are known."""
    total = policy.scoring.total
    for population in policy.groups if total is not None else []:
        weights = [item.weight for item in pieces(policy.indicators, population.id)]
        if not weights or any(weight is None for weight in weights):
            continue
        added = sum(Fraction(str(weight)) for weight in weights)
        if added != Fraction(str(total)):
            yield fault(
                ("scoring", "total"),
                "weights",
                population=population.label,
                added=f"{float(added):g}",
                total=f"{total:g}",
            )


def _classifier(policy: GradingPolicy, classifier: Classifier, where: Where) -> Iterator[Faulty]:
    names = {item.id for item in policy.indicators}
    for path, name in _ranked_by(classifier):
        if name not in names:
            yield fault((*where, *path), "ranked_by", name=name, known="、".join(sorted(names)))
    if not isinstance(classifier, TwoStage | Threshold) and classifier.upper is not None:
        yield from _cuts(classifier.upper, (*where, "upper"))
    if isinstance(classifier, Bounds) and classifier.upper is not None:
        yield from _within(classifier, where)
    if isinstance(classifier, TwoStage):
        shares = [Fraction(str(stage.share)) for stage in classifier.stages if stage.share is not None]
        if sum(shares) > ONE:
            yield fault((*where, "stages"), "shares")
    repeated = [name for name, count in Counter(labels(classifier)).items() if count > 1]
    for name in repeated:
        yield fault(where, "label_twice", name=name)


def _ranked_by(classifier: Classifier) -> Iterator[tuple[Where, str]]:
    if isinstance(classifier.ties, By):
        yield ("ties", "by"), classifier.ties.by
    if isinstance(classifier, SingleIndicator):
        yield ("by",), classifier.by
    if isinstance(classifier, Threshold) and classifier.by != SCORE:
        yield ("by",), classifier.by
    if isinstance(classifier, TwoStage):
        for place, stage in enumerate(classifier.stages):
            keys = stage.rank_by.points if isinstance(stage.rank_by, SumOfPoints) else [stage.rank_by]
            yield from ((("stages", place, "rank_by"), key) for key in keys)


def _cuts(upper: dict[str, float | None], where: Where) -> Iterator[Faulty]:
    known = [(label, cut) for label, cut in upper.items() if cut is not None]
    if any(not 0 <= cut <= 1 for _, cut in known):
        yield fault(where, "cut_range")
    if any(later < earlier for (_, earlier), (_, later) in pairwise(known)):
        yield fault(where, "cut_order")
    last = next(reversed(upper.items()), None)
    if last and last[1] not in {None, 1.0}:
        yield fault(where, "cut_last", label=last[0])


def _within(classifier: Bounds, where: Where) -> Iterator[Faulty]:
    before = Fraction(0)
    for label, cut in (classifier.upper or {}).items():
        if cut is None:
            return
        share, before = Fraction(str(cut)) - before, Fraction(str(cut))
        bound = classifier.bounds.get(label)
        if bound is None:
            continue
        if bound.at_most is not None and share > Fraction(str(bound.at_most)):
            yield fault((*where, "upper", label), "bound_most", label=label, share=float(share), bound=bound.at_most)
        if bound.at_least is not None and share < Fraction(str(bound.at_least)):
            yield fault((*where, "upper", label), "bound_least", label=label, share=float(share), bound=bound.at_least)


def _one_classifier(policy: GradingPolicy) -> Iterator[Faulty]:
    for population in policy.groups:
        if len(pieces(policy.classes or [], population.id)) > 1:
            yield fault(("classes",), "classified_twice", population=population.label)


def _effects(policy: GradingPolicy) -> Iterator[Faulty]:
    """Yield labels that no class has, where a classifier's labels are known."""
    known = [label for classifier in policy.classes or [] for label in labels(classifier)]
    if not known:
        return
    named: list[tuple[Where, str]] = []
    for place, step in enumerate(policy.adjustments):
        named += [(("adjustments", place, key), getattr(step, key)) for key in ("at", "to") if getattr(step, key)]
    named += [
        (("statuses", i, "treated_as"), s.treated_as) for i, s in enumerate(policy.statuses) if s.treated_as != NONE
    ]
    yield from _unlabelled(named, known)
    grades = [*known, *(status.grade for status in policy.statuses)]
    classes = [(("consequences", i, "class"), c.class_) for i, c in enumerate(policy.consequences)]
    yield from _unlabelled(classes, grades)


def _unlabelled(named: Iterable[tuple[Where, str]], known: Sequence[str]) -> Iterator[Faulty]:
    for where, label in named:
        if label not in known:
            yield fault(where, "label", name=label, known="、".join(dict.fromkeys(known)))


def _examples(policy: GradingPolicy) -> Iterator[Faulty]:
    """Yield examples that are not of the shape that can be run: keys, and columns of their rows, that do not exist."""
    columns = known_columns() | {"uscc", "year"}
    rows: dict[str, set[str]] = {
        "firms": columns, "previous": columns, "change": columns,
        "events": {*catalog()["events"], "uscc"}, "expect": EXPECTED,
    }  # fmt: skip
    for place, example in enumerate(policy.examples):
        where: Where = ("examples", place)
        for name in set(example) - EXAMPLE_KEYS:
            yield (*where, name), say("evaluation.policy.unknown_key", name=name, known="、".join(sorted(EXAMPLE_KEYS)))
        for name in {"name"} - set(example):
            yield where, say("evaluation.policy.missing_key", name=name)
        if not {"expect", "refused"} & set(example):
            yield where, say("evaluation.policy.missing_key", name="expect")
        for part, known in rows.items():
            yield from _example_rows(example.get(part), (*where, part), known)


def _example_rows(rows: Any, where: Where, known: set[str]) -> Iterator[Faulty]:
    if rows is not None and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        yield fault(where, "example_rows", name=where[-1])
        return
    for place, row in enumerate(rows or []):
        if "uscc" not in row:
            yield (*where, place), say("evaluation.policy.missing_key", name="uscc")
        for name in sorted(set(map(str, row)) - known):
            listed = "、".join(sorted(known))
            yield (*where, place, name), say("evaluation.policy.column", names=name, known=listed)


EXAMPLE_KEYS = frozenset({"name", "year", "as_of", "with", "benchmarks", "firms", "ladder", "change", "previous",
                          "events", "expect", "refused", "note"})  # fmt: skip
EXPECTED = {"uscc", *FIRM_COLUMNS, "points", "tax_per_mu"}
