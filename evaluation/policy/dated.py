"""Values of a grading policy that begin and end on dates: a list of {from, to, value, source} in a value's place."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError

from evaluation.policy.model import Dated, Faulty, Policy, at
from evaluation.policy.read import Where
from parcels.words import say

P = TypeVar("P", bound=Policy)
ELSEWHERE = frozenset({"examples", "consequences", "sources"})  # rows there have values or dates of their own
KEYS = frozenset({"from", "to", "value", "source", "unit", "note"})


def is_dated(value: Any) -> bool:
    """Return whether a value is written as dated entries."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "value" in one for one in value)


def dated(value: Any, where: Where = ()) -> Iterator[tuple[Where, list[dict[str, Any]]]]:
    """Yield every dated value of a policy's data with its key path."""
    if is_dated(value):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if where or key not in ELSEWHERE:
                yield from dated(inner, (*where, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from dated(inner, (*where, place))


def faults(data: dict[str, Any]) -> Iterator[Faulty]:
    """Yield what is wrong with the dated values: unknown keys, no source, no days, an end before its start."""
    for where, entries in dated(data):
        for place, entry in enumerate(entries):
            here = (*where, place)
            for key in sorted(set(map(str, entry)) - KEYS):
                yield (*here, key), say("evaluation.policy.unknown_key", name=key, known="、".join(sorted(KEYS)))
            if "source" not in entry:
                yield here, say("evaluation.policy.missing_source")
            yield from _days(entry, here)


def _days(entry: dict[str, Any], here: Where) -> Iterator[Faulty]:
    try:
        one = Dated.model_validate({"source": "", **{key: entry[key] for key in KEYS & set(entry)}})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        yield (*here, str(first["loc"][0])), str(first["msg"])
        return
    if isinstance(one.start, dt.date) and isinstance(one.end, dt.date) and one.end < one.start:
        yield (*here, "to"), say("evaluation.policy.dates_order", start=one.start, end=one.end)


def days(data: dict[str, Any]) -> list[dt.date]:
    """Return the days on which some value changes, and one far off: on each the policy must be sound."""
    changes = {dt.date.max - dt.timedelta(days=1)}
    for _, entries in dated(data):
        for entry in entries:
            begin, end = entry.get("from"), entry.get("to")
            changes |= {begin} if isinstance(begin, dt.date) else set()
            changes |= {end + dt.timedelta(days=1)} if isinstance(end, dt.date) else set()
    return sorted(changes)


def resolved(data: dict[str, Any], on: dt.date) -> dict[str, Any]:
    """Return a policy's data with every dated value as it holds on a day: null where none does; its source is cited."""
    return {key: inner if key in ELSEWHERE else _resolved(inner, on) for key, inner in data.items()}


def _resolved(value: Any, on: dt.date) -> Any:
    if isinstance(value, list):
        return [_resolved(one, on) for one in value]
    if not isinstance(value, dict):
        return value
    held = {key: _in_force(inner, on) for key, inner in value.items() if is_dated(inner)}
    plain = {key: held[key][0] if key in held else _resolved(inner, on) for key, inner in value.items()}
    cited = {key: source for key, (_, source) in held.items() if source}
    return {**plain, "cite": {**value.get("cite", {}), **cited}} if cited and "source" in value else plain


def _in_force(entries: list[dict[str, Any]], on: dt.date) -> tuple[Any, str]:
    known = [Dated.model_validate({"source": "", **{k: one[k] for k in KEYS & set(one)}}) for one in entries]
    found = at(known, on)
    return (None, "") if found is None else (found.value, found.source)


def on_day(policy: P, as_of: dt.date) -> P:
    """Return a policy with its dated values as they hold on a day; the policy itself where it has none."""
    from evaluation.policy.load import rebuilt

    if next(dated(policy.data), None) is None:
        return policy
    return rebuilt(policy, resolved(policy.data, as_of))
