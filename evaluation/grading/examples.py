"""The worked examples a policy carries, run as its tests: a few firms, what they should come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation.grading.verdict import GradingResult, grade
from evaluation.indicators import LAND
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import variant
from evaluation.policy.read import PolicyError
from gis.measure import half_up
from parcels.columns import catalog, typed
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DEFAULT_YEAR = 2023


@dataclass(frozen=True)
class Rows:
    """A tiny book: tables only."""

    tables: dict[str, Frame]


@dataclass(frozen=True)
class Mismatch:
    """One expectation of an example that does not come true."""

    example: str
    subject: str
    field: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return say("evaluation.example.mismatch", **vars(self))


def mismatches(policy: GradingPolicy) -> list[Mismatch]:
    """Return every expectation of a policy's examples that its own rules do not meet."""
    return list(differing(policy))


def differing(policy: GradingPolicy) -> Iterator[Mismatch]:
    """Yield what does not come true, example by example: whoever needs to know only whether stops at the first."""
    for example in policy.examples:
        if "refused" in example:
            yield from _not_refused(policy, example)
        else:
            yield from compared(example, run(policy, example))


def _not_refused(policy: GradingPolicy, example: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield that a filling which the policy must refuse, with these words, is not refused."""
    try:
        variant(policy, _filling(policy, example))
        got = say("evaluation.example.accepted")
    except PolicyError as error:
        got = str(error)
    if example["refused"] not in got:
        yield Mismatch(str(example["name"]), policy.id, "refused", example["refused"], got)


def run(policy: GradingPolicy, example: Mapping[str, Any]) -> GradingResult:
    """Return an example graded: {firms, events, previous, with, benchmarks, year, as_of}, rows flat over all tables."""
    year = int(example.get("year") or _year(policy))
    as_of = example.get("as_of") or date(year, 12, 31)
    filled = variant(policy, _filling(policy, example))
    book, land = tiny(firms_of(example), year, example.get("events") or [], example.get("previous") or [])
    return grade(book, filled, year, as_of, land, land)


def firms_of(example: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return an example's firms: its rows, and a ladder of firms r01, r02 … that differ in one column, as changed."""
    rungs: Mapping[str, Any] = example.get("ladder") or {"count": 0}
    changes = {str(row["uscc"]): row for row in example.get("change") or []}
    rows = [dict(row) for row in example.get("firms") or []]
    for place in range(int(rungs["count"])):
        row = {**rungs["base"], "uscc": f"r{place + 1:02d}", rungs["column"]: rungs["from"] + place * rungs["step"]}
        rows.append({**row, **changes.get(row["uscc"], {})})
    return rows


def _year(policy: GradingPolicy) -> int:
    return policy.data_years[0] if isinstance(policy.data_years, list) and policy.data_years else DEFAULT_YEAR


def _filling(policy: GradingPolicy, example: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an example fills for itself: `with`, and fixed benchmarks by indicator."""
    filling = dict(example.get("with") or {})
    fixed = example.get("benchmarks") or {}
    if fixed:
        said = [dict(item) for item in policy.data["indicators"]]
        for item in said:
            if item["id"] in fixed:
                item["benchmark"] = {"kind": "fixed", "value": fixed[item["id"]]}
        filling["indicators"] = said
    return filling


def tiny(
    firms: Sequence[Mapping[str, Any]],
    year: int,
    events: Sequence[Mapping[str, Any]] = (),
    previous: Sequence[Mapping[str, Any]] = (),
) -> tuple[Rows, Frame]:
    """Return flat rows as a book of 企业, 年度指标 and 事项, and the firms' land (land_mu of this year's rows)."""
    this = pd.DataFrame(list(firms)).assign(year=year)
    before = pd.DataFrame(list(previous)).assign(year=year - 1)
    happened = pd.DataFrame([{"year": year, **event} for event in events])
    both = pd.concat([this, before], ignore_index=True)
    held = both.drop_duplicates("uscc").reset_index(drop=True)
    tables = {
        "firms": typed("firms", _dated(held, "firms")),
        "firm_years": typed("firm_years", both),
        "events": typed("events", _dated(happened.reset_index(drop=True), "events")),
    }
    kept = [column for column in LAND if column in this]
    land = held[["uscc", *kept]].astype(dict.fromkeys(kept, float))
    return Rows(tables), land if "land_mu" in land else land.assign(land_mu=np.nan)


def _dated(frame: Frame, table: str) -> Frame:
    days = [c.column for c in catalog()[table].values() if c.type == "date" and c.column in frame]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def compared(example: Mapping[str, Any], result: GradingResult) -> Iterator[Mismatch]:
    """Yield the expectations that do not come true; numbers as printed (4 decimals), empty as null."""
    firms = result.firms.set_index("uscc")
    for wanted in example["expect"]:
        subject = str(wanted["uscc"])
        for name, value in wanted.items():
            if name == "uscc":
                continue
            got = _plain(_found(result, firms, subject, name))
            if not _same(value, got):
                yield Mismatch(str(example["name"]), subject, name, value, got)


def _found(result: GradingResult, firms: Frame, subject: str, name: str) -> Any:
    if name != "points":
        return firms.at[subject, name]
    mine = result.indicators[result.indicators["uscc"] == subject]
    return dict(zip(mine["indicator"], mine["points"], strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return None if pd.isna(value) else value


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(_same(value, got.get(name)) for name, value in wanted.items())
    if isinstance(wanted, float | int) and isinstance(got, float | int | np.number):
        return half_up(float(wanted), 4) == half_up(float(got), 4)
    return bool(wanted == got)
