"""Inheritance: what a child file says is laid over its parent key by key, and every override is recorded."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluation.policy.model import Override
from evaluation.policy.read import Document, Where, dotted

OWN = frozenset({"id", "label", "inherits", "examples"})  # a child's identity and proofs are its own
Lines = dict[Where, tuple[Path, int]]


def merged(parent: dict[str, Any], lines: Lines, child: Document) -> tuple[dict[str, Any], Lines, list[Override]]:
    """Return parent data with the child's laid over it, the line of every value, and what was overridden.

    Mappings merge key by key; lists whose items carry `id` merge by id (`remove: true` takes one out); other lists
    and plain values are replaced, so are tests and mappings of another `kind` (classes: another method). A parent's
    examples are not the child's.
    """
    over, by = str(parent.get("id")), str(child.data.get("id"))
    base = {key: value for key, value in parent.items() if key != "examples"}
    kept = {where: line for where, line in lines.items() if where[:1] != ("examples",)}
    laying = _Laying(kept, child, over, by, base)
    data = laying.mapping(base, child.data, (), ())
    return data, laying.lines, laying.overrides


class _Laying:
    """Lays one child over one parent; `old` is a path in the parent, `new` the path of the child's own file."""

    def __init__(self, lines: Lines, child: Document, over: str, by: str, base: dict[str, Any]) -> None:
        self.lines, self.child, self.over, self.by, self.base = lines, child, over, by, base
        self.overrides: list[Override] = []

    def mapping(self, parent: dict[str, Any], child: dict[str, Any], where: Where, new: Where) -> dict[str, Any]:
        result = dict(parent)
        for key, value in child.items():
            result[key] = self.value(parent.get(key), value, (*where, key), (*new, key), known=key in parent)
        return result

    def value(self, before: Any, after: Any, where: Where, new: Where, *, known: bool) -> Any:
        if isinstance(before, dict) and isinstance(after, dict) and _alike(before, after, where):
            return self.mapping(before, after, where, new)
        if _by_id(before) and _by_id(after):
            return self.items(before, after, where, new)
        if known and before != after and where[0] not in OWN:
            path = dotted(where, self.base)
            self.overrides.append(Override(path, before, after, self.by, self.over))
        self._move(new, where)
        return after

    def items(self, parent: list[Any], child: list[Any], where: Where, new: Where) -> list[Any]:
        result = list(parent)
        names = _names(parent, child)
        places = {names(item): place for place, item in enumerate(parent)}
        for position, item in enumerate(child):
            place = places.get(names(item))
            if place is None:
                result.append(item)
                self._move((*new, position), (*where, len(result) - 1))
            elif item.get("remove") is True:
                path = f"{dotted(where, self.base)}.{item['id']}"
                self.overrides.append(Override(path, parent[place], None, self.by, self.over))
                result[place] = None
            else:
                result[place] = self.mapping(parent[place], item, (*where, place), (*new, position))
        kept = [place for place, item in enumerate(result) if item is not None]
        if len(kept) < len(result):
            self._renumber(where, {place: rank for rank, place in enumerate(kept)})
        return [result[place] for place in kept]

    def _move(self, new: Where, where: Where) -> None:
        """Take the lines of the child's own value for the place it now has."""
        self.lines = {place: line for place, line in self.lines.items() if place[: len(where)] != where}
        for place, line in self.child.lines.items():
            if place[: len(new)] == new:
                self.lines[(*where, *place[len(new) :])] = line

    def _renumber(self, where: Where, ranks: dict[int, int]) -> None:
        depth = len(where)
        moved: Lines = {}
        for place, line in self.lines.items():
            if place[:depth] != where or len(place) == depth:
                moved[place] = line
            elif place[depth] in ranks:
                moved[(*where, ranks[int(place[depth])], *place[depth + 1 :])] = line
        self.lines = moved


def _alike(before: dict[str, Any], after: dict[str, Any], where: Where) -> bool:
    """Return whether two mappings are of one form and merge; tests, and another kind or method, replace the whole."""
    if {"column", "event", "all", "any", "not"} & {*before, *after}:
        return False
    if where[-1] == "upper" and after and list(after.values())[-1] == 1:  # a whole set of classes, other labels perhaps
        return False
    form = "method" if where[-1] == "classes" else "kind"
    return form not in after or before.get(form) in {None, after[form]}


def _names(parent: list[Any], child: list[Any]) -> Callable[[Any], Any]:
    """Return what names an item: its id; with `of` where an id stands for several populations."""
    repeated = {name for items in (parent, child) for name, n in Counter(i["id"] for i in items).items() if n > 1}
    return lambda item: (item["id"], str(item.get("of"))) if item["id"] in repeated else item["id"]


def _by_id(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "id" in item for item in value)
