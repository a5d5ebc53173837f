"""The numbers of a grading policy that may be moved for a trial, and the policy with some of them moved."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluation.policy.dated import on_day
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import rebuilt
from evaluation.policy.read import Where, dotted
from evaluation.policy.values import item
from parcels.words import entry

SECTIONS = ("indicators", "scoring", "classes", "aggregate")
WEIGHT = "weight"
SHARES = frozenset({"upper", "share"})  # cumulative shares of the ranked firms, between 0 and 1
CUTS = SHARES | {"lower"}
STILL = frozenset({"decimals", "total", "bounds"})  # how to round, what weights must add up to, what a document says
GROUPS = ("weights", "cuts", "bounds")


@dataclass(frozen=True)
class Lever:
    """One number a policy states: its key path, its name in words, its value and the limits it has by its nature."""

    where: Where
    label: str
    value: float
    group: str
    least: float | None = None
    most: float | None = None


def levers(policy: GradingPolicy, as_of: date) -> list[Lever]:
    """Return the numbers of a policy in force on a day that can be moved, in file order."""
    held = on_day(policy, as_of)
    return [_lever(held, where, value) for name in SECTIONS for where, value in _numbers(held.data.get(name), (name,))]


def moved(policy: GradingPolicy, values: Mapping[Where, float], as_of: date) -> GradingPolicy:
    """Return the policy as it holds on a day with some numbers moved; PolicyError where it would be unsound."""
    held = on_day(policy, as_of)
    data = copy.deepcopy(held.data)
    for where, value in values.items():
        at: Any = data
        for part in where[:-1]:
            at = at[part]
        at[where[-1]] = value
    return rebuilt(held, data)


def _numbers(value: Any, where: Where) -> Iterator[tuple[Where, float]]:
    if isinstance(value, dict):
        last = next(reversed(value)) if where[-1] == "upper" else None  # the last class ends at 1 by its nature
        for key, inner in value.items():
            if key not in STILL and key != last:
                yield from _numbers(inner, (*where, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _numbers(inner, (*where, place))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield where, float(value)


def _lever(policy: GradingPolicy, where: Where, value: float) -> Lever:
    keys = set(map(str, where))
    group = "weights" if where[-1] == WEIGHT else "cuts" if keys & CUTS else "bounds"
    total = policy.scoring.total
    most = 1.0 if keys & SHARES else total if group == "weights" else None
    least = 0.0 if keys & SHARES or group == "weights" else None
    return Lever(where, _label(policy, where), value, group, least, most)


def _label(policy: GradingPolicy, where: Where) -> str:
    """Return a key path below its section as the page of the policies words it, and for whom where not for all."""
    words: list[str] = []
    section = str(entry("evaluation.values.keys")[where[0]])
    for end in range(len(where), 0, -1):
        path = dotted(where[:end], policy.data)
        if (said := item(policy, path)) != path:
            return "　".join([said, *words]).removeprefix(f"{section}　") + _whom(policy, where)
        words.insert(0, str(entry("evaluation.values.keys").get(str(where[end - 1]), where[end - 1])))
    return "　".join(words)


def _whom(policy: GradingPolicy, where: Where) -> str:
    """Return in brackets the populations that an entry of a list is for, '' where it is for all."""
    section: Any = policy.data[str(where[0])]
    of = (section[where[1]].get("of") if isinstance(where[1], int) else None) or []
    names = "、".join(one.label for one in policy.groups if one.id in of)
    return f"（{names}）" if names else ""
