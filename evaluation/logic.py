"""Three-valued tests of a policy's `test:` trees over a frame: true, false, or unknown where data are absent."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

Frame: TypeAlias = pd.DataFrame
Truth: TypeAlias = pd.Series  # dtype "boolean": True, False, pd.NA
Tree: TypeAlias = Mapping[str, Any]

LISTED = re.compile("[;；、,，]")
SINCE = "since:"  # `since:保护期` says for how many whole months such an event has held on the day of judgement
EVENT = "event:"  # a frame's boolean column `event:否决` says whether the firm has such an event in the year


class UnknownColumn(KeyError):
    """A test names a column the frame does not have."""

    def __init__(self, column: str, present: Sequence[str]) -> None:
        super().__init__(column)
        self.column = column
        self.present = list(present)


def test(tree: Tree, frame: Frame) -> Truth:
    """Return a `boolean` Series, one truth a row of `frame`, of a test tree (CONTRACT §6, POLICY §14.5).

    A tree is {all: [...]}, {any: [...]}, {at_least: {n, of: [...]}}, {not: tree} or a leaf {column, <comparison>}
    or {event: kind}, {event: kind, within_months: n}: it began less than n months ago.
    Missing data make a leaf unknown; all / any / at_least follow Kleene: unknown never passes and never fails.
    Raises UnknownColumn where a leaf names a column that `frame` lacks.
    """
    if "all" in tree:
        return _all([test(part, frame) for part in tree["all"]], frame)
    if "any" in tree:
        return ~_all([~test(part, frame) for part in tree["any"]], frame)
    if "not" in tree:
        return ~test(tree["not"], frame)
    if "column" not in tree and "at_least" in tree:
        branch = tree["at_least"]
        return at_least(int(branch["n"]), [test(part, frame) for part in branch["of"]], frame)
    if "event" in tree:
        return _all([_leaf(part, frame) for part in event_leaves(tree)], frame)
    return _leaf(tree, frame)


def at_least(n: int, truths: Sequence[Truth], frame: Frame) -> Truth:
    """Return whether at least `n` of the truths hold: unknown while the unknown ones could still decide."""
    index = frame.index
    zero = pd.Series(0, index=index, dtype="int64")
    true = sum((t.fillna(False).astype("int64") for t in truths), zero)
    possible = sum((t.fillna(True).astype("int64") for t in truths), zero)
    result = pd.Series(pd.NA, index=index, dtype="boolean")
    return result.mask(true >= n, True).mask(possible < n, False)


def leaves(tree: Tree) -> list[Tree]:
    """Return the leaves of a test tree in reading order."""
    for key in ("all", "any"):
        if key in tree:
            return [leaf for part in tree[key] for leaf in leaves(part)]
    if "not" in tree:
        return leaves(tree["not"])
    if "column" not in tree and "at_least" in tree:
        return [leaf for part in tree["at_least"]["of"] for leaf in leaves(part)]
    return [tree]


def event_leaves(leaf: Tree) -> list[Tree]:
    """Return an event leaf as leaves over the frame's columns."""
    has: Tree = {"column": f"{EVENT}{leaf['event']}", "is": True}
    if "within_months" not in leaf:
        return [has]
    return [has, {"column": f"{SINCE}{leaf['event']}", "below": leaf["within_months"]}]


def of_one(tree: Tree) -> bool:
    """Return whether a test of a row looks at that row alone: if marks are kept at all (has), a whole column says."""
    return not any("has" in leaf for leaf in leaves(tree))


def asked(tree: Tree) -> list[str]:
    """Return the columns of the frame a test tree asks, in reading order."""
    plain = [part for leaf in leaves(tree) for part in ([leaf] if "column" in leaf else event_leaves(leaf))]
    return list(dict.fromkeys(str(leaf["column"]) for leaf in plain))


def outcome(signs: Truth) -> pd.Series:
    """Return pass / fail / unknown for a truth that says 'the requirement is met' (pass = True)."""
    return signs.map({True: "pass", False: "fail"}).astype(object).where(signs.notna(), "unknown")


def _all(truths: Sequence[Truth], frame: Frame) -> Truth:
    result = pd.Series(True, index=frame.index, dtype="boolean")
    for truth in truths:
        result = result & truth
    return result


def _leaf(leaf: Tree, frame: Frame) -> Truth:
    column = leaf["column"]
    if column not in frame.columns:
        raise UnknownColumn(column, list(frame.columns))
    values = frame[column]
    blank = values.isna()
    if "missing" in leaf:
        return (blank == bool(leaf["missing"])).astype("boolean")
    verdict = pd.Series(True, index=frame.index, dtype="boolean")
    unknown = blank & ("has" not in leaf or blank.all())  # a blank in a kept list of marks: no mark
    for name, wanted in leaf.items():
        if name not in {"column", "label", "source"}:
            verdict &= COMPARISONS[name](values, wanted).astype("boolean")
            unknown |= _number(values).isna() if name in NUMERIC else unknown
    return verdict.mask(unknown, pd.NA)


def _number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce")  # a division "C3" is no number: unknown, not an error


def _date(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values)


def _has(values: pd.Series, wanted: str) -> pd.Series:
    """Return whether a list written with ； or ; holds a word."""
    known = {text: wanted in {part.strip() for part in LISTED.split(str(text))} for text in values.dropna().unique()}
    return values.map(known).astype("boolean").fillna(False)


def _starts(values: pd.Series, wanted: str | Sequence[str]) -> pd.Series:
    prefixes = (wanted,) if isinstance(wanted, str) else tuple(str(part) for part in wanted)
    known = {code: str(code).startswith(prefixes) for code in values.dropna().unique()}  # codes repeat: ask each once
    return values.map(known).astype("boolean")


# 民法典 art. 1259: 以上 以下 以内 include the number, 不满 超过 以外 do not: at_least/at_most against above/below.
COMPARISONS: Mapping[str, Callable[[pd.Series, Any], pd.Series]] = {
    "is": lambda v, w: v == w,
    "in": lambda v, w: v.isin(list(w)),
    "starts_with": _starts,
    "has": _has,
    "at_least": lambda v, w: _number(v) >= w,
    "above": lambda v, w: _number(v) > w,
    "at_most": lambda v, w: _number(v) <= w,
    "below": lambda v, w: _number(v) < w,
    "between": lambda v, w: _number(v).between(w[0], w[1]),
    "before": lambda v, w: _date(v) < pd.Timestamp(w),
    "after": lambda v, w: _date(v) > pd.Timestamp(w),
}
NUMERIC = frozenset({"at_least", "above", "at_most", "below", "between"})
