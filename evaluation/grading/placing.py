"""From score to class: who can be placed, where, and in words why somebody cannot."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths, Values
from evaluation.grading.benchmarks import measured
from evaluation.grading.classes import UNDECIDED, Field, Graded, classify, needed_keys, uses_score
from evaluation.grading.cohort import not_evaluable
from evaluation.grading.scoring import Blanks, Item
from evaluation.policy.grading import Classifier, GradingPolicy, pieces
from evaluation.policy.model import source_decides
from parcels.words import say

Frame: TypeAlias = pd.DataFrame


def classifiers(policy: GradingPolicy) -> Iterator[tuple[Classifier | None, list[str]]]:
    """Yield every classifier with the populations it classes, and None with those that have none."""
    names = [population.id for population in policy.groups]
    plans = policy.classes or []
    for plan in plans:
        yield plan, [name for name in names if plan.of is None or name in plan.of]
    rest = [name for name in names if not pieces(plans, name)]
    if rest:
        yield None, rest


def blank_words(policy: GradingPolicy, fields: list[str]) -> str:
    """Return the sentence that names blank fields and what to do."""
    return say("evaluation.grading.blank", policy=policy.label, fields="、".join(fields))


def blanks_in_words(policy: GradingPolicy, noted: Mapping[str, Truths], index: pd.Index) -> pd.Series:
    """Return for every firm the sentence naming the blank fields it needs; empty where none."""
    marks = pd.Series([()] * len(index), index=index, dtype=object)
    for key, firms in noted.items():
        marks = marks.where(~firms, marks.map(lambda had, key=key: (*had, key)))
    sentences = {fields: blank_words(policy, list(fields)) if fields else "" for fields in marks.unique()}
    return marks.map(sentences)


def score_words(
    policy: GradingPolicy, found: list[Item], blanks: Blanks, no_score: Truths, index: pd.Index
) -> pd.Series:
    """Return for the firms without a score why: which indicator lacks what, which field of the policy is blank."""
    every = pd.Series("", index=index, dtype=object)
    words = every[no_score]
    for item in found:
        label = item.indicator.label or measured(item.indicator).label
        for state in ("missing", "undefined", "negative", "no_benchmark"):
            at = (item.firms & item.stopped & (item.state == state))[no_score]
            if at.any():
                why = say("evaluation.grading.item", label=label, why=say(f"evaluation.state.{state}"))
                words = words.mask(at, words.where(words == "", words + "；") + why)
    said = blanks_in_words(policy, {key: firms[no_score] for key, firms in blanks.scores.items()}, words.index)
    both = words.where((words == "") | (said == ""), words + "；") + said
    every[no_score] = both.mask(both == "", say("evaluation.grading.unscored"))
    return every


def placed(
    policy: GradingPolicy, plan: Classifier, members: Frame, inside: Truths, score: Values, found: list[Item]
) -> tuple[Frame, Graded]:
    """Return the members of one classifier ranked, and their classes before adjustment; who has no key is told why."""
    asked = inside & (members["status"] == "evaluated").to_numpy() & members["standing"].isna().to_numpy()
    ranked = asked.copy()
    for label, has in _keys(plan, found, len(members)):
        ranked &= has
        members = not_evaluable(members, asked & ~has, say("evaluation.grading.no_key", label=label))
    if uses_score(plan):
        ranked &= ~np.isnan(score)
    n, n_more = _counts(members, ranked, inside)
    graded = classify(Field(plan, members["pool"], ranked, score, n, n_more, found))
    rank = pd.Series(np.where(ranked, graded.order.first, np.nan), index=members.index)
    size = pd.Series(np.where(ranked, n, np.nan), index=members.index)
    return members.assign(rank=members["rank"].fillna(rank), n=members["n"].fillna(size)), graded


def _keys(plan: Classifier, found: list[Item], size: int) -> Iterator[tuple[str, Truths]]:
    """Yield every indicator a classifier ranks by, and which firms have it (or its points)."""
    values, sums = needed_keys(plan)
    for name, points in [*((v, False) for v in values), *((v, True) for names in sums for v in names)]:
        has: Truths = np.zeros(size, dtype=bool)
        label = name
        for item in found:
            if item.indicator.id == name:
                has |= item.firms & ~np.isnan(item.points if points else item.value)
                label = item.indicator.label or measured(item.indicator).label
        yield label, has


def _counts(members: Frame, ranked: Truths, inside: Truths) -> tuple[Values, Values]:
    """Return n a firm's pool: ranked firms and standings counted in n; and with those whose counting is blank."""
    standing = members["standing"].ge(0).to_numpy() & inside
    counted = members["counted_in_n"]
    sure = ranked | (standing & counted.fillna(False).to_numpy(dtype=bool))
    maybe = sure | (standing & counted.isna().to_numpy())
    sums = [pd.Series(mask.astype(float), index=members.index) for mask in (sure, maybe)]
    n, more = (one.groupby(members["pool"]).transform("sum").to_numpy(dtype=float) for one in sums)
    return n, more


def settled(
    policy: GradingPolicy, plan: Classifier, members: Frame, graded: Graded, ranked: Truths, blanks: Blanks
) -> tuple[Frame, Graded, dict[str, Truths]]:
    """Return the members with classes only where nothing is open, and the blank fields that left the others open."""
    needed = {key: firms & ranked for key, firms in graded.blanks.items()}
    if uses_score(plan):
        needed |= {key: ranked & _same_pool(members, firms & ranked) for key, firms in blanks.orders.items()}
    if policy.pool.minimum is None:
        needed["pool.minimum"] = ranked
    if not source_decides(policy, plan.source):
        needed[f"sources.{plan.source}.confirmed"] = ranked
    needed = {key: firms for key, firms in needed.items() if firms.any()}
    words = blanks_in_words(policy, needed, members.index)
    small = ranked & (members["n"] < (policy.pool.minimum or 0)).to_numpy()
    few = members["n"].where(small).map(_few(policy), "ignore").astype(object) if small.any() else words
    reasons = [(words, (words != "").to_numpy()), (few, small)]
    tie = pd.Series(say("evaluation.grading.tie"), index=members.index, dtype=object)
    reasons.append((tie, graded.tied & (words == "").to_numpy()))
    grade = graded.grade
    for why, firms in reasons:
        members = not_evaluable(members, pd.Series(firms, index=members.index), why)
        grade = np.where(firms, UNDECIDED, grade)
    return members, Graded(graded.labels, grade, graded.order, graded.blanks, graded.tied), needed


def _few(policy: GradingPolicy) -> Callable[[float], str]:
    return lambda n: say("evaluation.grading.small_pool", n=int(n), minimum=policy.pool.minimum)


def _same_pool(members: Frame, firms: Truths) -> Truths:
    touched = members["pool"][firms].dropna().unique()
    same: Truths = members["pool"].isin(touched).to_numpy()
    return same
