"""A bureau's own file: it inherits a policy, fills blanks and confirms the unverified, by whom, on which text."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evaluation.policy.load import build
from evaluation.policy.merge import merged
from evaluation.policy.model import Policy
from evaluation.policy.read import Document, PolicyError, Problem
from parcels.words import say

STATUS = "official"


@dataclass(frozen=True)
class Filling:
    """What a named person fills in or confirms: values by key path, unverified sources by id, from which text."""

    by: str
    on: dt.date
    text: str  # the words read, or the choice made
    title: str = ""  # the document; empty for the office's own choice
    number: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    confirmed: tuple[str, ...] = ()


def blanks(policy: Policy) -> list[str]:
    """Return the key paths of a policy that are written as null (not seen), in file order; sources and notes apart."""
    return [path for path in _nulls(policy.data, ()) if not path.startswith(("sources.", "examples"))]


def unconfirmed(policy: Policy) -> list[str]:
    """Return the ids of the unverified sources nobody has confirmed: their rules never decide."""
    return [name for name, source in policy.sources.items() if not source.decides]


def fill(policy: Policy, filling: Filling, new_id: str, folder: Path, label: str | None = None) -> Path:
    """Write `<folder>/<new_id>.yaml` that inherits `policy` and says what is filled; return its path.

    A file of that name that already inherits the same policy is carried on: what it said stays, what is said now is
    laid over it. PolicyError where a path is none of the policy's, or the result is not sound: nothing is written.
    """
    file = folder / f"{new_id}.yaml"
    said = _started(file, policy, new_id, label)
    name = _source_name(said)
    laid: dict[str, Any] = {"sources": {}}
    if filling.values:
        laid["sources"][name] = _source(filling)
    for source in filling.confirmed:
        if source not in policy.sources:
            raise _refused(file, f"sources.{source}", "source_none", name=source, known="、".join(policy.sources))
        laid["sources"][source] = {"confirmed": {"by": filling.by, "on": filling.on, "text": filling.text}}
    for path, value in filling.values.items():
        _lay(policy, laid, path, value, name, file)
    whole, _, _ = merged(said, {}, Document(file, "", laid))
    _write_if_sound(file, {key: value for key, value in whole.items() if value != {}})
    return file


def declare(
    policy: Policy, filling: Filling, saying: Callable[[str], Mapping[str, Any]], new_id: str, folder: Path
) -> Path:
    """Write what a named person declares besides blanks (a tolerance, a contested class) into the bureau's own file.

    `saying` returns that part of the policy, given the id of the source the file cites for it. Raises as `fill`.
    """
    file = folder / f"{new_id}.yaml"
    said = _started(file, policy, new_id, None)
    name = _source_name(said)
    laid = {"sources": {name: _source(filling)}, **saying(name)}
    whole, _, _ = merged(said, {}, Document(file, "", laid))
    _write_if_sound(file, {key: value for key, value in whole.items() if value != {}})
    return file


def _started(file: Path, policy: Policy, new_id: str, label: str | None) -> dict[str, Any]:
    """Return what the bureau's file says so far, or the head of a new one."""
    if file.exists():
        from evaluation.policy.read import read

        said = read(file).data
        if said.get("inherits") != policy.id:
            raise _refused(file, "inherits", "another_parent", ref=said.get("inherits"), wanted=policy.id)
        return said
    title = label or say("evaluation.fill.label", label=policy.label)
    return {"id": new_id, "kind": policy.kind, "label": title, "inherits": policy.id, "sources": {}}


def _source_name(said: Mapping[str, Any]) -> str:
    """Return a source id not used yet: own1, own2 …"""
    used = set(said.get("sources") or {})
    return next(name for number in range(1, len(used) + 2) if (name := f"own{number}") not in used)


def _source(filling: Filling) -> dict[str, Any]:
    title = filling.title or say("evaluation.fill.choice", by=filling.by)
    return {
        "title": title,
        "number": filling.number,
        "status": STATUS if filling.title else "secondary",
        "checked_on": filling.on,
        "quote": filling.text,
        "confirmed": {"by": filling.by, "on": filling.on, "text": filling.text},
    }


def _lay(policy: Policy, laid: dict[str, Any], path: str, value: Any, source: str, file: Path) -> None:
    """Lay one value at a key path (indicators.tax_per_mu.weight), and cite the new source beside it."""
    at, known = laid, policy.data
    *parents, last = path.split(".")
    for part in parents:
        at, known = _stepped(at, known, part, path, file)
    if isinstance(known, dict) and last not in known:
        raise _refused(file, path, "no_such_path", path=path, known="、".join(map(str, known)))
    at[last] = value if parents else _sourced(value, source)
    if parents and ("source" in known or "weight" in known or parents[-1] in {"scoring", "classes"}):
        at.setdefault("cite", {})[last] = source


def _sourced(value: Any, source: str) -> Any:
    """Return a whole section (classes, populations …) with the new source where it names none."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return [_sourced(one, source) for one in value]
    return {"source": source, **value} if isinstance(value, dict) else value


def _stepped(at: Any, known: Any, part: str, path: str, file: Path) -> tuple[dict[str, Any], Any]:
    if isinstance(known, list):
        items = [item for item in known if isinstance(item, dict) and item.get("id") == part]
        if len(items) != 1:
            ids = "、".join(str(item.get("id")) for item in known if isinstance(item, dict))
            raise _refused(file, path, "no_such_path", path=path, known=ids)
        mine = next((item for item in at if item["id"] == part), None)
        if mine is None:
            mine = {"id": part}
            at.append(mine)
        return mine, items[0]
    if not isinstance(known, dict) or part not in known:
        listed = "、".join(map(str, known)) if isinstance(known, dict) else ""
        raise _refused(file, path, "no_such_path", path=path, known=listed)
    inner = known[part]
    empty: Any = [] if isinstance(inner, list) else {}
    return at.setdefault(part, empty), inner if inner is not None else {}


def _refused(file: Path, where: str, key: str, **values: object) -> PolicyError:
    return PolicyError([Problem(file.name, 0, where, say(f"evaluation.fill.{key}", **values))])


def _write_if_sound(file: Path, said: Mapping[str, Any]) -> None:
    """Write the file beside its place, load it whole with all it inherits, and only then put it in place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    trial = file.with_name(f".{file.name}.trial.yaml")
    text = yaml.dump(dict(said), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110)
    try:
        trial.write_text(text, encoding="utf-8")
        build(trial)
        trial.replace(file)
    finally:
        trial.unlink(missing_ok=True)


class _Plain(yaml.SafeDumper):
    """Writes every value where it stands: a jurist reads no &id001."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return that nothing is written as a reference."""
        return True


def _nulls(value: Any, where: tuple[str, ...]) -> list[str]:
    if value is None:
        return [".".join(where)]
    if isinstance(value, dict):
        kept = [(str(key), inner) for key, inner in value.items() if key not in SILENT]
        return [path for key, inner in kept for path in _nulls(inner, (*where, key))]
    if isinstance(value, list):
        named = [(str(i["id"]) if isinstance(i, dict) and "id" in i else str(n + 1), i) for n, i in enumerate(value)]
        return [path for name, inner in named for path in _nulls(inner, (*where, name))]
    return []


SILENT = frozenset({"sources", "examples", "in_force", "data_years", "place", "note", "number", "url"})
