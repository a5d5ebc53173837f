"""How far a firm is from the next class: the least change of each input, the pool re-ranked; cliffs, exact ties."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.grading.aggregate import aggregated
from evaluation.grading.benchmarks import DEFAULT_OVER, Cohort, measured
from evaluation.grading.classes import UNDECIDED, Places, places
from evaluation.grading.frame import column_name
from evaluation.grading.membership import membership
from evaluation.grading.placing import placed
from evaluation.grading.scoring import items, total
from evaluation.grading.verdict import GradingResult
from evaluation.policy.grading import Average, Classifier, Threshold, TwoStage, pieces
from gis.measure import half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DISTANCE_COLUMNS = (
    "uscc", "direction", "column", "label", "value", "needed", "change", "change_percent", "grade", "to_grade", "note",
)  # fmt: skip
CLIFF_COLUMNS = ("uscc", "pool", "score", "rank", "grade", "side", "other_grade", "edge", "gap", "gap_percent")
TIE_COLUMNS = ("pool", "score", "first", "last", "firms", "across_a_cut")
STEP = 1e-4  # inputs are stated to four decimals
FACTORS = (1.001, 1.003, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
FROM_ZERO = (0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 1e5)
ROWS_AT_ONCE = 200_000
PARTS = 24


@dataclass(frozen=True)
class Trial:
    """A firm of a graded result and what it takes to grade it again, changed."""

    result: GradingResult
    uscc: str
    plan: Classifier
    cohort: Cohort  # the firms whose figures bear on this one's class

    @property
    def grade(self) -> int:
        """Return the firm's class before adjustment, 0 best."""
        graded = self.result.graded[str(self.result.members.at[self.uscc, "population"])]
        return int(graded.grade[self.result.members.index.get_loc(self.uscc)])

    @property
    def labels(self) -> list[str]:
        """Return the class labels from best to worst."""
        return self.result.graded[str(self.result.members.at[self.uscc, "population"])].labels


def distance(result: GradingResult, uscc: str) -> Frame:
    """Return the smallest change of each input that moves a firm one class up, and one down, the others unchanged.

    The whole pool is graded again for every trial value (means move too). `needed` is stated to four decimals and does
    move the class; where no value between 0 and a hundredfold does, it is missing and `note` says so. Classes are
    those before adjustments. No rows for a firm without class.
    """
    population = result.members.at[uscc, "population"]
    plans = pieces(result.policy.classes or [], str(population))
    if pd.isna(result.members.at[uscc, "grade_initial"]) or not plans:
        return pd.DataFrame(columns=list(DISTANCE_COLUMNS))
    trial = Trial(result, uscc, plans[0], _bearing(result, str(population)))
    inputs = _inputs(trial)
    rows = [row for up in (True, False) for row in _moves(trial, inputs, up=up)]
    return pd.DataFrame(rows, columns=list(DISTANCE_COLUMNS))


def _bearing(result: GradingResult, population: str) -> Cohort:
    """Return the firms that share a mean or a pool with a population: its own, or all where means go across."""
    cohort = result.cohort
    across = [i.benchmark for i in result.policy.indicators if isinstance(i.benchmark, Average)]
    groups = [of.over or DEFAULT_OVER.get(of.kind, ["population"]) for of in across if of.year == "current"]
    if any("population" not in over for over in groups):
        return cohort
    inside = (cohort.members["population"] == population).fillna(False).to_numpy(dtype=bool)
    return Cohort(cohort.year, cohort.frame[inside], cohort.members[inside])


def _inputs(trial: Trial) -> list[str]:
    """Return the columns that bear on the firm's class and that it states."""
    place = trial.result.members.index.get_loc(trial.uscc)
    found = [name for item in trial.result.items if item.firms[place] for name in measured(item.indicator).inputs]
    return [name for name in dict.fromkeys(found) if not pd.isna(trial.cohort.frame.at[trial.uscc, name])]


def _moves(trial: Trial, inputs: Sequence[str], *, up: bool) -> list[dict[str, object]]:
    """Return one row an input: the least change that reaches the next class in one direction."""
    target = trial.grade + (-1 if up else 1)
    if not 0 <= target < len(trial.labels):
        return []
    values = {name: float(trial.cohort.frame.at[trial.uscc, name]) for name in inputs}
    found = _searched(trial, values, target, up=up)
    return [_row(trial, name, values[name], found.get(name), target, up=up) for name in inputs]


def _searched(trial: Trial, values: dict[str, float], target: int, *, up: bool) -> dict[str, float]:
    """Return the needed value of each input that reaches the target class: coarse steps outward, then parts between."""
    tries = [(name, value) for name, start in values.items() for value in _outward(start)]
    reached = _reached(trial, tries, target, up=up)
    spans: dict[str, tuple[int, int]] = {}
    for name, start in values.items():
        ordered = sorted((abs(v - start), v, hit) for (n, v), hit in zip(tries, reached, strict=True) if n == name)
        best = next((v for _, v, hit in ordered if hit), None)
        if best is not None:
            side = [v for _, v, _ in ordered if (v > start) == (best > start) and abs(v - start) < abs(best - start)]
            before = side[-1] if side else start
            spans[name] = (round(before / STEP), round(best / STEP))
    while any(abs(far - near) > 1 for near, far in spans.values()):
        spans = _narrowed(trial, spans, target, up=up)
    return {name: far * STEP for name, (_, far) in spans.items()}


def _outward(start: float) -> list[float]:
    """Return trial values further and further from a value, on both sides, on the grid of four decimals."""
    if start == 0:
        return [*FROM_ZERO, *(-step for step in FROM_ZERO)]
    both = [start * factor for factor in FACTORS] + [start / factor for factor in FACTORS] + [0.0]
    return list(dict.fromkeys(round(value / STEP) * STEP for value in both))


def _narrowed(trial: Trial, spans: dict[str, tuple[int, int]], target: int, *, up: bool) -> dict[str, tuple[int, int]]:
    """Return every span cut to the part in which the class first changes."""
    grid = {name: _between(*span) for name, span in spans.items()}
    tries = [(name, place * STEP) for name, places in grid.items() for place in places]
    reached = iter(_reached(trial, tries, target, up=up))
    narrowed = {}
    for name, (near, far) in spans.items():
        hits = [next(reached) for _ in grid[name]]
        first = hits.index(True) if True in hits else len(hits)
        steps = [near, *grid[name], far]
        narrowed[name] = (steps[first], steps[first + 1])
    return narrowed


def _between(near: int, far: int) -> list[int]:
    if abs(far - near) <= 1:
        return []
    return [
        int(p) for p in dict.fromkeys(np.linspace(near, far, PARTS).round().astype(np.int64)) if p not in {near, far}
    ]


def _reached(trial: Trial, tries: Sequence[tuple[str, float]], target: int, *, up: bool) -> list[bool]:
    """Return for each try whether the firm then stands in the target class or beyond."""
    at_once = max(ROWS_AT_ONCE // max(len(trial.cohort.frame), 1), 1)
    grades = [_grades(trial, tries[at : at + at_once]) for at in range(0, len(tries), at_once)]
    every = np.concatenate(grades) if grades else np.array([], dtype=np.int64)
    hit = (every <= target) if up else (every >= target)
    return [bool(one) for one in hit & (every != UNDECIDED)]


def _grades(trial: Trial, tries: Sequence[tuple[str, float]]) -> Places:
    """Return the firm's class in each try: as many worlds as tries, each the whole cohort with one figure changed."""
    result, size = trial.result, len(trial.cohort.frame)
    place = int(trial.cohort.frame.index.get_indexer([trial.uscc])[0])
    at = np.arange(len(tries)) * size + place
    worlds = _worlds(trial, tries, at)
    scored = (worlds.members["status"] == "evaluated").to_numpy() & worlds.members["scored"].to_numpy(dtype=bool)
    found, blanks = items(result.policy, worlds, result.previous, scored)
    sums = np.where(scored, total(found, len(scored)), np.nan)
    score, _ = aggregated(result.policy, sums, _events(trial, worlds), worlds.members.index, blanks)
    members = worlds.members.assign(score=score, rank=np.nan, n=np.nan)
    inside = members["population"].isin([result.members.at[trial.uscc, "population"]]).to_numpy()
    _, graded = placed(result.policy, trial.plan, members, inside, score, found)
    grades: Places = np.where(_still_inside(trial, worlds, at), graded.grade[at], UNDECIDED)
    return grades


def _worlds(trial: Trial, tries: Sequence[tuple[str, float]], at: np.ndarray) -> Cohort:
    """Return the cohort once for each try, its firms renamed apart, the one firm's figure changed in each."""
    cohort = trial.cohort
    size = len(cohort.frame)
    world = np.repeat(np.arange(len(tries)), size)
    rows = np.tile(np.arange(size), len(tries))
    names = [f"{name}@{number}" for number in range(len(tries)) for name in cohort.frame.index]
    frame = cohort.frame.iloc[rows].set_axis(names, axis=0).rename_axis("uscc")
    members = cohort.members.iloc[rows].set_axis(names, axis=0)
    for row, (column, value) in zip(at, tries, strict=True):
        frame.iloc[int(row), frame.columns.get_loc(column)] = value
    marks = pd.Series(world, index=frame.index)
    pools = members["pool"].where(members["pool"].isna(), members["pool"].astype(object) + "@" + marks.astype(str))
    return Cohort(cohort.year, frame, members.assign(pool=pools), marks)


def _events(trial: Trial, worlds: Cohort) -> Frame:
    """Return the year's events for every world."""
    happened = trial.result.happened
    happened = happened[happened["uscc"].isin(trial.cohort.frame.index)]
    count = 0 if worlds.world is None else int(worlds.world.max()) + 1
    apart = [happened.assign(uscc=happened["uscc"].astype(object) + f"@{number}") for number in range(count)]
    return pd.concat(apart, ignore_index=True) if len(happened) and apart else happened.iloc[:0]


def _still_inside(trial: Trial, worlds: Cohort, at: np.ndarray) -> np.ndarray:
    """Return in which worlds the firm is still of its population and evaluated: less land may put it out."""
    again = membership(trial.result.policy, worlds.frame.iloc[at])
    same = (again["population"] == trial.result.members.at[trial.uscc, "population"]).fillna(False)
    inside: np.ndarray = same.to_numpy(dtype=bool) & (again["status"] == "evaluated").to_numpy()
    return inside


def _row(trial: Trial, column: str, value: float, needed: float | None, target: int, *, up: bool) -> dict[str, object]:
    change = None if needed is None else half_up(needed - value, 4)
    percent = None if change is None or value == 0 else half_up(change / abs(value) * 100, 4)
    return {
        "uscc": trial.uscc,
        "direction": "up" if up else "down",
        "column": column,
        "label": column_name(column),
        "value": half_up(value, 4),
        "needed": None if needed is None else half_up(needed, 4),
        "change": change,
        "change_percent": percent,
        "grade": trial.labels[trial.grade],
        "to_grade": trial.labels[target],
        "note": say("evaluation.distance.alone") if needed is None else "",
    }


def cliffs(result: GradingResult, per_cent: float = 2.0) -> Frame:
    """Return the firms whose score lies within ± per_cent of the score across a cut of their pool, nearest first.

    edge: for a firm above a cut, the best score below it; for one below, the least score above it. Where a policy
    ranks by one indicator, that indicator (higher is better) stands for the score.
    """
    ranked = _ranked(result)
    ranked = ranked[ranked["grade_initial"].notna()]
    found = []
    for pool, members in ranked.groupby("pool", sort=True):
        order = members.groupby("grade_initial")["rank"].min().sort_values().index
        for better, worse in pairwise(order):
            upper, lower = members[members["grade_initial"] == better], members[members["grade_initial"] == worse]
            found.append(_near(upper, "above", str(pool), worse, lower["key"].max()))
            found.append(_near(lower, "below", str(pool), better, upper["key"].min()))
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(CLIFF_COLUMNS))
    near = rows[rows["gap_percent"].abs() <= per_cent]
    return near.sort_values(["gap_percent", "uscc"], key=_magnitude, ignore_index=True)[list(CLIFF_COLUMNS)]


def _ranked(result: GradingResult) -> Frame:
    """Return the ranked firms with the key their pool is ranked by (higher is better)."""
    key = result.members["score"].to_numpy(dtype=float)
    for population, graded in result.graded.items():
        mine = (result.members["population"] == population).fillna(False).to_numpy(dtype=bool)
        key = np.where(mine, graded.order.key, key)
    return result.members.assign(key=key)[result.members["rank"].notna()]


def _near(side: Frame, name: str, pool: str, other: object, edge: float) -> Frame:
    gap = half_up(side["key"] - edge, 4)
    percent = half_up(gap / abs(edge) * 100, 4) if edge else gap * np.nan
    kept = side[["key", "rank", "grade_initial"]].rename(columns={"grade_initial": "grade", "key": "score"})
    numbers = {"edge": edge, "gap": gap.to_numpy(), "gap_percent": percent.to_numpy()}
    return kept.rename_axis("uscc").reset_index().assign(pool=pool, side=name, other_grade=other, **numbers)


def _magnitude(column: pd.Series) -> pd.Series:
    return column.abs() if column.name == "gap_percent" else column


def ties(result: GradingResult) -> Frame:
    """Return the groups of exactly equal firms a pool: their places, how many, and whether a cut lies among them.

    across_a_cut is missing where the cuts or their rounding are blank, or the classes are no cuts by place.
    """
    ranked = _ranked(result)
    groups = ranked.groupby(["pool", "rank"])
    shared = groups.agg(
        score=("key", "first"), firms=("key", "size"), population=("population", "first"), n=("n", "max")
    )
    shared = shared[shared["firms"] > 1].reset_index().rename(columns={"rank": "first"})
    shared["last"] = shared["first"] + shared["firms"] - 1
    rows = shared[["population", "n", "first", "last"]].itertuples(index=False)
    across = [_across(result, str(p), int(n), (int(first), int(last))) for p, n, first, last in rows]
    return shared.assign(across_a_cut=pd.array(across, dtype="boolean"))[list(TIE_COLUMNS)]


def _across(result: GradingResult, population: str, n: int, span: tuple[int, int]) -> bool | None:
    plan = next(iter(pieces(result.policy.classes or [], population)), None)
    if plan is None or isinstance(plan, Threshold | TwoStage) or plan.rounding is None or not plan.upper:
        return None
    cuts = [cut for cut in plan.upper.values() if cut is not None]
    inclusive = plan.inclusive is not False
    until = [places(n, Fraction(str(cut)), plan.rounding, inclusive=inclusive) for cut in cuts]
    return any(span[0] <= place < span[1] for place in until)
