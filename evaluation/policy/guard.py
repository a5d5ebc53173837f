"""Which deciding values of a policy no example guards: each is changed in turn, and the examples run again."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluation.grading.examples import mismatches
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import rebuilt
from evaluation.policy.read import PolicyError

DECIDING = ("populations", "statuses", "indicators", "scoring", "aggregate", "pool", "classes", "adjustments")
SILENT = frozenset({"id", "label", "source", "cite", "note", "column", "unit", "formula", "of"})
WORDS = {"half_up": "floor", "floor": "ceil", "ceil": "floor", "better": "worse", "worse": "better", "cap": "none",
         "upper": "lower", "lower": "upper", "descending": "ascending", "ascending": "descending"}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One deciding value, and what it is changed to."""

    path: str
    before: Any
    after: Any


def unguarded(policy: GradingPolicy) -> list[Mutation]:
    """Return the deciding values that can be changed without any example of the policy noticing."""
    return [mutation for mutation, where in _mutations(policy) if not _noticed(policy, where, mutation.after)]


def _noticed(policy: GradingPolicy, where: tuple[Any, ...], after: Any) -> bool:
    data = copy.deepcopy(policy.data)
    at = data
    for part in where[:-1]:
        at = at[part]
    at[where[-1]] = after
    try:
        return bool(mismatches(rebuilt(policy, data)))
    except (PolicyError, KeyError, ValueError):
        return True  # the change no longer makes a policy, or an example no longer runs: somebody notices


def _mutations(policy: GradingPolicy) -> Iterator[tuple[Mutation, tuple[Any, ...]]]:
    for section in DECIDING:
        for where, value in _leaves(policy.data.get(section), (section,)):
            after = _changed(value)
            if after is not None:
                yield Mutation(".".join(map(str, where)), value, after), where


def _leaves(value: Any, where: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in SILENT:
                yield from _leaves(inner, (*where, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*where, place))
    else:
        yield where, value


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return round(value * 1.1 + 0.001, 6) if value != 1 else 0.9
    return WORDS.get(value) if isinstance(value, str) else None
