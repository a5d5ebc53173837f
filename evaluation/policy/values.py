"""Every value a policy states, one row each: what it says, by which words of which source, and whether it decides."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pandas as pd

from evaluation.policy.model import NONE, Policy
from evaluation.policy.read import Where, dotted
from parcels.columns import catalog
from parcels.words import entry, say, word

Frame: TypeAlias = pd.DataFrame

VALUE_COLUMNS = ("path", "item", "said", "policy", "title", "number", "article", "words", "source_status", "checked_on",
                 "confirmed", "note")  # fmt: skip
IDENTITY = frozenset({"id", "kind", "label", "inherits", "sources", "examples", "not_modelled", "note"})
SILENT = frozenset({"id", "label", "source", "cite", "note"})
WHOLE = frozenset({
    "test",
    "when",
    "upper",
    "lower",
    "benchmark",
    "population",
    "bounds",
    "of",
    "by",
    "over",
    "scoring",
})
NAMING = frozenset({"id", "source"})
SIGNS = {"is": "=", "at_least": "≥", "above": ">", "at_most": "≤", "below": "<", "before": "早于", "after": "晚于"}


def values(policy: Policy) -> Frame:
    """Return one row a stated value: path, item, said, and its source's title, number, article, words, status.

    A blank (null) says 留空, `none` says 没有; a value under no `source` says that its source is not written.
    """
    rows = [_row(policy, where, value, source, note) for where, value, source, note in _stated(policy.data, (), "", "")]
    return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))


def _stated(value: Any, where: Where, source: str, note: str) -> Iterator[tuple[Where, Any, str, str]]:
    if isinstance(value, dict) and not (where and where[-1] in WHOLE and not _holds_scoring(where)):
        own, remark = str(value.get("source") or source), str(value.get("note") or "") if where else ""
        cite = value.get("cite") or {}
        for key, inner in value.items():
            if key in SILENT or (not where and key in IDENTITY):
                continue
            yield from _stated(inner, (*where, key), str(cite.get(key, own)), remark or note)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value) and where[-1] not in WHOLE:
        for place, inner in enumerate(value):
            yield from _stated(inner, (*where, place), source, note)
    else:
        yield where, value, source, note


def _holds_scoring(where: Where) -> bool:
    """Return whether `scoring` is the policy's own section: there every field is a value of its own."""
    return where == ("scoring",)


def _row(policy: Policy, where: Where, value: Any, source: str, note: str) -> dict[str, Any]:
    known = policy.sources.get(source)
    confirmed = known.confirmed if known else None
    return {
        "path": dotted(where, policy.data),
        "item": _item(where, policy.data),
        "said": in_words(value),
        "policy": policy.id,
        "title": known.title if known else say("evaluation.values.no_source"),
        "number": known.number if known else None,
        "article": known.article if known else None,
        "words": known.quote if known else None,
        "source_status": word("source_status", known.status) if known else None,
        "checked_on": known.checked_on.isoformat() if known and known.checked_on else None,
        "confirmed": f"{confirmed.by} {confirmed.on}" if confirmed else None,
        "note": note or None,
    }


def item(policy: Policy, path: str) -> str:
    """Return the words of a blank's key path (fill.blanks): 分档　取整."""
    found = {dotted(where, policy.data): where for where, *_ in _stated(policy.data, (), "", "")}
    return _item(found[path], policy.data) if path in found else path


def _item(where: Where, data: Any) -> str:
    """Return a key path as people say it: the labels of its items and the Chinese names of its keys."""
    words, at = [], data
    for part in where:
        at = at[part]
        if isinstance(part, int):
            named = isinstance(at, Mapping) and (at.get("label") or at.get("class") or at.get("id") or at.get("grade"))
            words.append(_named(str(named)) if named else str(part + 1))
        else:
            words.append(str(entry("evaluation.values.keys").get(str(part), part)))
    return "　".join(words)


def _named(word: str) -> str:
    from evaluation.indicators import INDICATORS

    return INDICATORS[word].label if word in INDICATORS else word


def in_words(value: Any) -> str:
    """Return a value, a test tree or a small mapping in Chinese words; 留空 for null, 没有 for none."""
    if value is None or value == NONE or isinstance(value, bool):
        key = "blank" if value is None else "none" if value == NONE else str(value).lower()
        return say(f"evaluation.values.{key}")
    if isinstance(value, Mapping):
        if _is_tree(value):
            return tree_words(value)
        return "，".join(_pair(key, inner) for key, inner in value.items() if key not in NAMING)
    if isinstance(value, list | tuple):
        return "、".join(map(in_words, value)) or say("evaluation.values.none")
    return _plain(value)


def _is_tree(value: Mapping[str, Any]) -> bool:
    """Return whether a mapping is a test tree; {at_least: 0.1} is a bound of a share, not a count of conditions."""
    return (bool(TREE & set(value)) and not isinstance(value.get("at_least"), int | float)) or "column" in value


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(entry("evaluation.values.codes").get(value, _named(value))) if isinstance(value, str) else f"{value:g}"


def _pair(key: Any, inner: Any) -> str:
    return str(inner) if key == "label" else f"{entry('evaluation.values.keys').get(str(key), key)} {in_words(inner)}"


def tree_words(tree: Mapping[str, Any]) -> str:
    """Return a test tree in words: （规模 = 规上 且 用地面积 ≥ 3）."""
    for key, joint in (("all", " 且 "), ("any", " 或 ")):
        if key in tree:
            return "（" + joint.join(map(tree_words, tree[key])) + "）"
    if "not" in tree:
        return say("evaluation.values.not", test=tree_words(tree["not"]))
    if "event" in tree:
        within = say("evaluation.values.within", months=tree["within_months"]) if "within_months" in tree else ""
        return say("evaluation.values.event", kind=tree["event"]) + within
    if "column" not in tree:
        branch = tree["at_least"]
        return say("evaluation.values.at_least", n=branch["n"]) + "（" + "；".join(map(tree_words, branch["of"])) + "）"
    name = _column(str(tree["column"]))
    said = [
        f"{name} {_compared(key, wanted)}" for key, wanted in tree.items() if key not in {"column", "label", "source"}
    ]
    return " 且 ".join(said)


def _compared(key: str, wanted: Any) -> str:
    if key in SIGNS:
        return f"{SIGNS[key]} {in_words(wanted)}"
    if key == "between":
        return say("evaluation.values.between", low=in_words(wanted[0]), high=in_words(wanted[1]))
    if key == "missing":
        return say(f"evaluation.values.missing_{str(bool(wanted)).lower()}")
    return say(f"evaluation.values.{key}", values=in_words(wanted))


def _column(name: str) -> str:
    for table in ("firms", "firm_years", "parcels"):
        if name in catalog()[table]:
            return catalog()[table][name].name
    return str(entry("evaluation.columns").get(name, name))


TREE = frozenset({"all", "any", "not", "event", "column", "at_least"})
