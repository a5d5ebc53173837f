"""The shape of a `test:` tree in a policy file, checked before anything is asked of data."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from evaluation.logic import COMPARISONS, leaves
from evaluation.policy.scalars import as_day, as_text, refuse

BRANCHES = {"all", "any", "not", "at_least"}
ANNOTATIONS = {"column", "label", "source", "missing"}


def checked_tree(tree: object) -> dict[str, Any]:
    """Return a test tree whose shape is sound, else raise the sentence that says what is not."""
    if not isinstance(tree, dict) or not tree:
        raise refuse("tree", value=tree)
    if "column" in tree:
        return _checked_leaf(tree)
    if "event" in tree:
        return _checked_event(tree)
    keys = set(tree) - {"label", "source"}
    if len(keys) != 1 or not keys <= BRANCHES:
        raise refuse("branch", keys="、".join(map(str, tree)))
    for part in _parts(tree):
        checked_tree(part)
    return tree


def _parts(tree: Mapping[str, Any]) -> Sequence[Any]:
    key = next(key for key in tree if key in BRANCHES)
    inner = tree[key]
    if key == "not":
        return [inner]
    if key == "at_least":
        if not isinstance(inner, dict) or set(inner) != {"n", "of"} or not isinstance(inner["n"], int):
            raise refuse("at_least", value=inner)
        inner = inner["of"]
    if not isinstance(inner, list) or not inner:
        raise refuse("branch_list", name=key)
    return inner


def _checked_leaf(leaf: dict[str, Any]) -> dict[str, Any]:
    unknown = set(leaf) - set(COMPARISONS) - ANNOTATIONS
    if unknown:
        raise refuse("comparison", keys="、".join(sorted(map(str, unknown))), known="、".join(sorted(COMPARISONS)))
    if not set(leaf) & (set(COMPARISONS) | {"missing"}):
        raise refuse("no_comparison", column=leaf["column"])
    for name, wanted in leaf.items():
        if name in OPERANDS:
            OPERANDS[name](wanted)
    return leaf


def _checked_event(leaf: dict[str, Any]) -> dict[str, Any]:
    unknown = set(leaf) - {"event", "within_months", "label", "source"}
    if unknown:
        raise refuse("comparison", keys="、".join(sorted(map(str, unknown))), known="event、within_months")
    as_text(leaf["event"])
    if "within_months" in leaf:
        _plain_number(leaf["within_months"])
    return leaf


def _plain_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse("number", value=value)


def _plain_day(value: object) -> None:
    if not isinstance(as_day(value), dt.date):
        raise refuse("date", value=value)


def _prefixes(value: object) -> None:
    for prefix in value if isinstance(value, list) else [value]:
        as_text(prefix)


def _choices(value: object) -> None:
    if not isinstance(value, list) or not value:
        raise refuse("branch_list", name="in")


def _bounds(value: object) -> None:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        raise refuse("between", value=value)
    for bound in value:
        _plain_number(bound)


OPERANDS: Mapping[str, Callable[[object], None]] = {
    **dict.fromkeys(("at_least", "above", "at_most", "below"), _plain_number),
    **dict.fromkeys(("before", "after"), _plain_day),
    "starts_with": _prefixes,
    "in": _choices,
    "has": _prefixes,
    "between": _bounds,
}


Test = Annotated[
    dict[str, Any],
    BeforeValidator(checked_tree),
    WithJsonSchema({"type": "object", "description": "all / any / not / at_least {n, of} over {column, comparison}"}),
]


def columns_of(tree: Mapping[str, Any]) -> set[str]:
    """Return the columns a test tree reads."""
    return {str(leaf["column"]) for leaf in leaves(tree) if "column" in leaf}
