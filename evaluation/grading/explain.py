"""Why this class: the whole tree behind one firm, cells to class, in plain Chinese with clause and quote."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

import pandas as pd

from evaluation.finding import Node
from evaluation.grading.benchmarks import measured
from evaluation.grading.frame import column_name
from evaluation.grading.happened import told
from evaluation.grading.scoring import Item, rule_of
from evaluation.grading.steps import adjustment_nodes, consequence_nodes, place_node
from evaluation.grading.verdict import GradingResult
from evaluation.indicators import LAND
from evaluation.logic import EVENT, SINCE, asked
from evaluation.policy.grading import Average, Fixed, Indicator, Penalty, Scoring
from evaluation.policy.model import citation
from gis.measure import half_up
from parcels.columns import catalog
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
AGE_COLUMNS = {
    "years_in_production": "production_on",
    "years_since_founding": "founded_on",
    "industry": "industry_code",
}


class Origins(Protocol):
    """What explaining reads of a book: where a cell came from."""

    def origin(self, table: str, key: object, column: str) -> list[Any]:
        """Return the cells a value was read from."""
        ...


def explain_firm(result: GradingResult, uscc: str, book: Origins | None = None) -> Node:
    """Return the tree behind one firm's grade: who it is, every item, the sum, the place, the cut, what moved it.

    KeyError where the result has no such firm. With a book, every input carries the cells it was read from.
    """
    row = result.members.loc[uscc]
    told = _Telling(result, uscc, book)
    name = result.frame.at[uscc, "name"]
    grade = row["grade"]
    words = say(
        "evaluation.tell.firm",
        name=uscc if pd.isna(name) else name,
        year=result.year,
        policy=result.policy.label,
        grade=say("evaluation.tell.no_grade") if pd.isna(grade) else grade,
        reason="" if not row["reason"] else say("evaluation.tell.because", reason=row["reason"]),
    )
    return Node(
        label=result.policy.label,
        words=words,
        value=None if pd.isna(grade) else grade,
        outcome={"not_evaluable": "unknown"}.get(str(row["status"]), ""),
        children=tuple(told.children()),
        rule="grading",
    )


class _Telling:
    """One firm of one result, told step by step."""

    def __init__(self, result: GradingResult, uscc: str, book: Origins | None) -> None:
        self.result, self.uscc, self.book = result, uscc, book
        self.place = result.members.index.get_loc(uscc)
        self.row = result.members.loc[uscc]

    def children(self) -> Iterator[Node]:
        yield from self._membership()
        items = [item for item in self.result.items if item.firms[self.place]]
        for item in items:
            yield self._item(item)
        if items and not pd.isna(self.result.parts.at[self.uscc, "sum"]):
            yield self._score()
        yield from place_node(self.result, self.uscc)
        yield from adjustment_nodes(self.result, self.uscc)
        yield from consequence_nodes(self.result, self.uscc)

    def _membership(self) -> Iterator[Node]:
        policy = self.result.policy
        for population in policy.groups:
            holds = not pd.isna(self.row["population"]) and population.id == self.row["population"]
            if holds or pd.isna(self.row["population"]):
                key = "member" if holds else "not_member"
                yield Node(
                    label=say("evaluation.tell.population"),
                    words=say(f"evaluation.tell.{key}", label=population.label),
                    source=citation(policy, population.source),
                    children=tuple(self._asked(population.test)),
                    rule=f"populations.{population.id}",
                )
        place = self.row["standing"]
        if not pd.isna(place) and place >= 0:
            standing = policy.statuses[int(place)]
            yield Node(
                label=say("evaluation.tell.standing"),
                words=say("evaluation.tell.stands", label=standing.label, grade=standing.grade),
                source=citation(policy, standing.source),
                children=tuple(self._asked(standing.test)),
                rule=f"statuses.{int(place) + 1}",
            )

    def _asked(self, tree: Mapping[str, Any]) -> Iterator[Node]:
        """Yield the firm's value of every column a test asks."""
        for name in asked(tree):
            kind = name.removeprefix(EVENT)
            mine = self._events(kind) if name.startswith(EVENT) else []
            yield from self._happened(mine) if mine else [self._input(name)]

    def _events(self, kind: str | None = None) -> list[dict[Any, Any]]:
        """Return the firm's events of one kind, or all of them."""
        mine = self.result.happened[self.result.happened["uscc"] == self.uscc]
        return list((mine if kind is None else mine[mine["kind"] == kind]).to_dict("records"))

    def _happened(self, mine: list[dict[Any, Any]]) -> list[Node]:
        """Return events as nodes: what, why, who marked it, from when to when, and the cells."""
        return [Node(label=str(one["kind"]), words=told(one), origin=self._event_origin(one)) for one in mine]

    def _input(self, column: str) -> Node:
        value = self.result.frame.at[self.uscc, column]
        table, stated = self._stated(column)
        origin = self.book.origin(table, self._key(table), stated) if self.book is not None and table else []
        known = None if pd.isna(value) else value
        known = half_up(known, 4) if isinstance(known, float) else known
        words = say("evaluation.tell.missing", column=column_name(column)) if known is None else ""
        unit = {"wan": "万元", "mu": "亩", "tce": "吨标煤", "kwh": "千瓦时", "t": "吨", "当量": "当量吨", "m2": "㎡"}
        named = catalog()[table][stated].unit if table else column.rpartition("_")[2]
        return Node(
            label=column_name(column),
            words=words,
            value=known.date().isoformat() if isinstance(known, pd.Timestamp) else known,
            unit=unit.get(named, named if named in {"人", "月", "年"} else ""),
            origin=tuple(origin),
        )

    def _stated(self, column: str) -> tuple[str, str]:
        """Return the table and column a figure of the frame was read from; none for land and events."""
        stated = AGE_COLUMNS.get(column, column)
        if stated in LAND or column.startswith((EVENT, SINCE)):
            return "", stated
        return ("firms" if stated in catalog()["firms"] else "firm_years"), stated

    def _key(self, table: str) -> object:
        return self.uscc if table == "firms" else (self.uscc, self.result.year)

    def _item(self, item: Item) -> Node:
        how = measured(item.indicator)
        at = self.place
        label = item.indicator.label or how.label
        value, level, points = (shown(one[at]) for one in (item.value, item.benchmark, item.points))
        rule = rule_of(self.result.policy, item.indicator)
        state = str(item.state[at])
        if item.indicator.weight == 0:
            words = say("evaluation.tell.unweighted", label=label, value=value, unit=how.unit)
        elif state:
            words = say(
                "evaluation.tell.absent", label=label, why=say(f"evaluation.state.{state}"), rule=_rule(rule, state)
            )
        else:
            words = self._measured_words(item, rule, label, (value, level, points))
        return Node(
            label=label,
            words=words,
            value=None if pd.isna(item.points[at]) else float(half_up(float(item.points[at]), 4)),
            unit="分",
            source=citation(self.result.policy, item.indicator.source),
            children=(*(self._input(name) for name in how.inputs), *self._benchmark(item.indicator, level, how.unit)),
            rule=f"indicators.{item.indicator.id}",
        )

    def _measured_words(self, item: Item, rule: Scoring, label: str, numbers: tuple[str, str, str]) -> str:
        how, (value, level, points) = measured(item.indicator), numbers
        key = f"evaluation.tell.{rule.method or 'no_method'}"
        weight = "—" if item.indicator.weight is None else f"{item.indicator.weight:g}"
        raw = _raw(item, rule, self.place)
        known = {"value": value, "unit": how.unit, "weight": weight, "benchmark": level, "points": shown(raw)}
        words = say(key, label=label, formula=how.words, lo=rule.lo, hi=rule.hi, **known)
        return words + (_bound_words(rule, raw, points) if shown(raw) != points else "")

    def _benchmark(self, item: Indicator, level: str, unit: str) -> Iterator[Node]:
        of = item.benchmark
        if of is None or item.weight == 0:
            return
        if isinstance(of, Average):
            year = self.result.year - (1 if of.year == "previous" else 0)
            over = "、".join(column_name(name) for name in of.over or []) or say("evaluation.columns.population")
            times = "" if of.times is None else f"{of.times:g}"
            words = say(f"evaluation.tell.benchmark.{of.kind}", over=over, year=year, times=times, p=of.p, value=level)
        else:
            key = "fixed" if isinstance(of, Fixed) else "published"
            words = say(f"evaluation.tell.benchmark.{key}", year=self.result.year, value=level)
        source = citation(self.result.policy, item.cite.get("benchmark", item.source))
        yield Node(label=say("evaluation.tell.benchmark.label"), words=words, value=level, unit=unit, source=source)

    def _score(self) -> Node:
        parts = self.result.parts.loc[self.uscc]
        numbers = {name: shown(parts[name]) for name in ("sum", "coefficient", "bonus", "penalty", "score")}
        return Node(
            label=say("evaluation.tell.score"),
            words=say("evaluation.tell.total", **numbers, decimals=self.result.policy.scoring.decimals),
            value=None if pd.isna(parts["score"]) else float(parts["score"]),
            unit="分",
            children=tuple(self._happened(self._events())),
            rule="aggregate",
        )

    def _event_origin(self, event: Mapping[Any, Any]) -> tuple[Any, ...]:
        if self.book is None or pd.isna(event.get("_source")):
            return ()
        return tuple(self.book.origin("events", (int(event["_source"]), int(event["_row"])), "kind"))


def shown(number: float) -> str:
    """Return a number as it is printed: four decimals half-up, no trailing zeros; — where it is not known."""
    return "—" if pd.isna(number) else f"{half_up(float(number), 4):.4f}".rstrip("0").rstrip(".")


def _rule(rule: Scoring, state: str) -> str:
    treatments = {"missing": rule.missing, "negative": rule.negative_denominator}
    treatment = treatments.get(state, rule.zero_denominator)
    if state in {"no_benchmark", "unseen"} or treatment is None:
        return say("evaluation.tell.rule.none")
    if isinstance(treatment, Penalty):
        return say("evaluation.tell.rule.penalty", penalty=treatment.penalty)
    return say(f"evaluation.tell.rule.{treatment}")


def _raw(item: Item, rule: Scoring, at: int) -> float:
    """Return an item's points before cap and floor."""
    weight, value, level = item.indicator.weight or 0.0, item.value[at], item.benchmark[at]
    if rule.method == "ratio":
        return float(value / level * weight)
    return float(item.points[at])


def _bound_words(rule: Scoring, raw: float, points: str) -> str:
    name = "cap" if raw > 0 else "floor"
    return say(f"evaluation.tell.{name}", bound=getattr(rule, name), points=points)
