"""Which deciding values of a policy no example guards: each is changed in turn, and the examples run again."""

import copy
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluation.grading.examples import differing
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import rebuilt
from evaluation.policy.read import PolicyError, Where, dotted

DECIDING = (
    "data_years", "in_force", "land", "populations", "statuses", "indicators", "scoring", "aggregate", "pool",
    "classes", "adjustments", "consequences",
)  # fmt: skip
SILENT = frozenset({"id", "label", "source", "cite", "note", "unit", "formula", "yields_to", "grade", "class", "scope"})
OPTIONAL = frozenset({"statuses", "adjustments", "consequences"})  # taking a whole entry out must be noticed too
WORDS = {"half_up": "floor", "floor": "ceil", "ceil": "floor", "better": "worse", "worse": "better",
         "upper": "lower", "lower": "upper", "descending": "ascending", "ascending": "descending",
         "等价": "当量", "当量": "等价", "previous": "current", "current": "previous", "mean_points": "zero",
         "zero": "full", "full": "zero", "not_evaluable": "zero", "drop_renormalise": "zero", "ratio": "reverse_mean",
         "points": "ratio", "county": "population", "zone_id": "population", "population": "industry",
         "industry": "population"}  # fmt: skip
KINDS = {"cap": "floor", "floor": "cap", "times_mean": "mean"}
ANOTHER = {"否决": "加分", "加分": "扣分", "扣分": "加分"}
LISTS = frozenset({"in", "starts_with", "by", "over", "points"})
A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Mutation:
    """One deciding value, and what it is changed to."""

    path: str
    before: Any
    after: Any


def unguarded(policy: GradingPolicy) -> list[Mutation]:
    """Return the deciding values that can be changed without any example of the policy noticing."""
    return [mutation for mutation, where, after in _mutations(policy) if not _noticed(policy, where, after)]


def _noticed(policy: GradingPolicy, where: Where, after: Any) -> bool:
    data = copy.deepcopy(policy.data)
    at: Any = data
    for part in where[:-1]:
        at = at[part]
    if after is TAKEN_OUT:
        del at[where[-1]]
    else:
        at[where[-1]] = after
    try:
        return any(True for _ in differing(rebuilt(policy, data)))
    except (PolicyError, KeyError, ValueError):
        return True  # the change no longer makes a policy, or an example no longer runs: somebody notices


def _mutations(policy: GradingPolicy) -> Iterator[tuple[Mutation, Where, Any]]:
    for section in DECIDING:
        for where, value, after in _changes(policy.data.get(section), (section,)):
            yield Mutation(dotted(where, policy.data), value, "（删去）" if after is TAKEN_OUT else after), where, after


def _changes(value: Any, where: Where) -> Iterator[tuple[Where, Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in SILENT:
                yield from _changes(inner, (*where, key))
    elif isinstance(value, list):
        if (where[-1] in LISTS and len(value) > 1) or (where[0] in OPTIONAL and len(where) == 1):
            yield from (((*where, place), inner, TAKEN_OUT) for place, inner in enumerate(value))
        for place, inner in enumerate(value):
            if where[-1] not in LISTS or len(value) == 1:
                yield from _changes(inner, (*where, place))
    elif (after := _changed(value, where)) is not None:
        yield where, value, after


def _changed(value: Any, where: Where) -> Any:
    """Return another value a mistaken hand could have written, None where there is none to try."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else round(value * 1.1 + 0.001, 6) if value != 1 else 0.9
    if isinstance(value, dt.date):
        return value + A_DAY if where[-1] in {"from", "after", "before"} else value - A_DAY
    return _another(value, where) if isinstance(value, str) else None


def _another(word: str, where: Where) -> Any:
    if where[-1] == "kind":
        return KINDS.get(word) if "benchmark" in where or where[0] == "adjustments" else None
    return {"is": "—", "event": ANOTHER.get(word, "加分"), "coefficient": 1.1}.get(str(where[-1]), WORDS.get(word))


class _TakenOut:
    """Marks an entry to be taken out."""


TAKEN_OUT = _TakenOut()
