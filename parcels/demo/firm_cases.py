"""Plant a firm of every class and status, so far up or down that no weighting could put it elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from parcels.demo.county import County
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

ABOVE, BELOW = "规上", "规下"
TOP, BOTTOM = 2.4, 0.18  # quality; ordinary firms lie between 0.75 and 1.35
LOW_EFFICIENCY = "low_efficiency/dongyang:absolute"  # 亩均税收 under 5 万元; answered once that policy is chosen


@dataclass(frozen=True)
class Case:
    """One planted firm: its quality (or its place in its pool, 0 best), what happened to it, what must come out."""

    scale: str
    answers: Mapping[str, str]
    quality: float | None = None
    place: float | None = None
    events: tuple[tuple[str, object, str], ...] = ()  # kind, value, unit
    changes: Mapping[str, object] = field(default_factory=dict)  # columns of the register
    years_ago: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # dates of the register


def _graded(grade: str, initial: str | None = None) -> dict[str, str]:
    return {"status": "evaluated", "grade": grade, "grade_initial": initial or grade}


CASES = (
    # the four classes, twice over
    Case(ABOVE, _graded("A"), quality=TOP),
    Case(ABOVE, _graded("A"), quality=TOP - 0.2, events=(("加分", 3, "分"),)),
    Case(ABOVE, _graded("B"), place=0.40),
    Case(ABOVE, _graded("C"), place=0.78),
    Case(ABOVE, _graded("D"), quality=BOTTOM),
    Case(ABOVE, _graded("D"), quality=BOTTOM + 0.04, events=(("扣分", 2, "分"),)),
    Case(BELOW, _graded("A"), quality=TOP),
    Case(BELOW, _graded("B"), place=0.40),
    Case(BELOW, _graded("C"), place=0.78),
    Case(BELOW, _graded("D"), quality=BOTTOM),
    # after ranking: a veto caps at C, a protection keeps from D but yields to the veto, 调档, a person's word
    Case(ABOVE, _graded("C", "A"), quality=TOP - 0.1, events=(("否决", None, ""),)),
    Case(ABOVE, _graded("C", "D"), quality=BOTTOM + 0.06, events=(("保护期", None, ""),)),
    Case(ABOVE, _graded("D", "D"), quality=BOTTOM + 0.02, events=(("否决", None, ""), ("保护期", None, ""))),
    Case(ABOVE, _graded("A", "B"), place=0.42, events=(("调档", 1, "档"),)),
    Case(ABOVE, _graded("B", "C"), place=0.80, events=(("人工", "B", "档"),)),
    # outside the classes
    Case(ABOVE, {"status": "exempt", "grade": "T"}, place=0.5, years_ago={"production_on": (1, 9, 1)}),
    Case(ABOVE, {"status": "exempt", "grade": "T"}, place=0.5, changes={"industry_code": "4430"}),
    Case(ABOVE, {"status": "exempt", "grade": "T"}, place=0.5, events=(("暂评", None, ""),)),
    Case(ABOVE, {"status": "exempt", "grade": ""}, place=0.5, events=(("免评", None, ""),)),
)  # fmt: skip
# what people type into a name; it must come out as text and do nothing
NAMES = ("{{{{7*7}}}}{stem}有限公司", "<script>alert(1)</script>{stem}有限公司", '=HYPERLINK("#A1","{stem}")')
INERT = "'"  # CONTRACT §4: before a cell that begins with = + - @


def plant(county: County) -> set[str]:
    """Write CASES and NAMES into the register and the events; return the uscc of all firms used."""
    pools = {scale: _shuffled(county, scale) for scale in (ABOVE, BELOW)}
    quality = county.firms.groupby("scale")["quality"].apply(np.sort)
    taken = set()
    for case in CASES:
        row = next(pools[case.scale])
        taken.add(str(county.firms.at[row, "uscc"]))
        if case.quality is not None:
            county.firms.at[row, "quality"] = case.quality
        if case.place is not None:
            county.firms.at[row, "quality"] = float(np.quantile(quality[case.scale], 1 - case.place))
        _write(county, case, row)
    for pattern in NAMES:
        row = next(pools[ABOVE])
        taken.add(str(county.firms.at[row, "uscc"]))
        _name(county, row, pattern)
    return taken


def _shuffled(county: County, scale: str) -> Iterator[int]:
    rows = county.firms.index[county.firms["scale"] == scale].to_numpy()
    return iter([int(row) for row in county.rng.permutation(rows)])


def _write(county: County, case: Case, row: int) -> None:
    uscc = str(county.firms.at[row, "uscc"])
    for column, value in case.changes.items():
        county.firms.at[row, column] = value
    for column, (back, month, day) in case.years_ago.items():
        county.firms.at[row, column] = pd.Timestamp(county.as_of.year - back, month, day)
    for kind, value, unit in case.events:
        words = entry("demo.reasons")[kind]
        happened = {"uscc": uscc, "year": county.as_of.year, "kind": kind, "value": value, "unit": unit or None}
        county.events.append({**happened, **words})
    for rule, expected in case.answers.items():
        county.key.firm(uscc, rule, expected)
    if case.quality is not None and case.quality < 1:
        county.key.add("findings.csv", "firm", uscc, LOW_EFFICIENCY, "fail", when="later")


def _name(county: County, row: int, pattern: str) -> None:
    uscc = county.firms.at[row, "uscc"]
    name = pattern.format(stem=str(county.firms.at[row, "name"]).removesuffix(entry("demo.company")))
    county.firms.at[row, "name"] = name
    county.parcels.loc[county.parcels["holder_uscc"] == uscc, "holder"] = name
    county.key.firm(uscc, "name", INERT + name if name.startswith("=") else name)
