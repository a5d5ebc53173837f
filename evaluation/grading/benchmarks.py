"""Benchmarks: a number, the year's published number, or the mean, multiple or percentile of a group of firms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Number as Plain
from evaluation.expression import Truths, Values
from evaluation.indicators import INDICATORS, local
from evaluation.indicators import Indicator as Measured
from evaluation.policy.grading import Average, Fixed, Indicator, unseen
from evaluation.policy.model import Number

Frame: TypeAlias = pd.DataFrame
DEFAULT_OVER = {"industry_mean": ["industry"]}
PER_CENT = 100.0


@dataclass(frozen=True)
class Cohort:
    """The firms of one data year: their frame, their membership, side by side.

    world: where the same firms stand several times, changed (distance.py), which of these worlds a row is of;
    nothing is averaged, ranked or counted across worlds. One world: None.
    """

    year: int
    frame: Frame
    members: Frame
    world: pd.Series | None = None

    @property
    def evaluated(self) -> Truths:
        """Return who is evaluated: these make a mean."""
        return np.asarray(self.members["status"] == "evaluated")

    def keys(self, over: Sequence[str]) -> Frame:
        """Return the columns firms are grouped by."""
        found = {name: self.members["population"] if name == "population" else self.frame[name] for name in over}
        return pd.DataFrame(found, index=self.frame.index)

    def apart(self, over: Sequence[str]) -> Frame:
        """Return the columns firms are grouped by, worlds kept apart."""
        keys = self.keys(over)
        return keys if self.world is None else keys.assign(world=self.world.to_numpy())


def measured(item: Indicator) -> Measured:
    """Return how an indicator of a policy is measured: by its own formula, or by the catalog."""
    if unseen(item):
        return Measured(item.id, item.label or item.id, item.unit or "", item.direction or "higher", (), "", Plain("0"))
    if item.formula is not None:
        return local(item.id, item.label or item.id, item.formula, item.unit or "", item.direction or "higher")
    return INDICATORS[item.id]


def values(item: Indicator, cohort: Cohort) -> tuple[Values, Truths]:
    """Return an indicator's value a firm, and where its denominator is zero or below (other energy basis: missing)."""
    how = measured(item)
    value, undefined = how.values(cohort.frame)
    if unseen(item):
        return np.full(len(value), np.nan), undefined
    undefined &= ~cohort.frame[list(how.inputs)].isna().any(axis=1).to_numpy()
    if item.energy_basis is not None:
        stated = cohort.frame["energy_basis"]
        other = (stated.notna() & (stated != item.energy_basis)).to_numpy()
        value, undefined = np.where(other, np.nan, value), undefined & ~other
    return value, undefined


def benchmark(item: Indicator, cohort: Cohort, previous: Cohort | None) -> Values:
    """Return the benchmark a firm; NaN where it is blank, its year was not published, or its group has no value."""
    of = item.benchmark
    size = len(cohort.frame)
    if of is None:
        return np.full(size, np.nan)
    if isinstance(of, Fixed):
        return np.full(size, _number(of.value))
    if not isinstance(of, Average):
        return np.full(size, _number(of.values.get(cohort.year)))
    source = cohort if of.year == "current" else previous
    if source is None:
        return np.full(size, np.nan)
    return _average(of, item, cohort, source)


def _average(of: Average, item: Indicator, cohort: Cohort, source: Cohort) -> Values:
    over: list[str] = DEFAULT_OVER.get(of.kind, ["population"]) if of.over is None else [*of.over]
    value = np.where(source.evaluated, values(item, source)[0], np.nan)
    keys = source.apart(over)
    names = list(keys.columns)
    group = keys.assign(value=value).dropna()
    grouped = group.groupby(names, sort=True)["value"] if names else group.groupby(np.zeros(len(group)))["value"]
    level = grouped.quantile(_share(of.p)) if of.kind == "percentile" else grouped.mean()
    factor = _number(of.times) if of.kind == "times_mean" else 1.0
    if not names:
        return np.full(len(cohort.frame), factor * (level.iloc[0] if len(level) else np.nan))
    wanted = pd.MultiIndex.from_frame(cohort.apart(over) if source is cohort else cohort.keys(over))
    if not isinstance(level.index, pd.MultiIndex):
        level = level.set_axis(pd.MultiIndex.from_arrays([level.index]))
    found: Values = level.reindex(wanted).to_numpy(dtype=float) * factor
    return found


def _share(p: Number) -> float:
    """Return a percentile as a share: 75 and 0.75 are the same."""
    number = _number(p)
    return number / PER_CENT if number > 1 else number


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def blank_benchmark(item: Indicator, year: int) -> str | None:
    """Return the key of the benchmark's field that was not seen, if one is needed and blank."""
    of = item.benchmark
    if of is None:
        return "benchmark"
    if isinstance(of, Fixed):
        return "benchmark.value" if of.value is None else None
    if not isinstance(of, Average):
        return f"benchmark.values.{year}" if of.values.get(year) is None else None
    if of.kind == "times_mean" and of.times is None:
        return "benchmark.times"
    return "benchmark.p" if of.kind == "percentile" and of.p is None else None
