"""Who stands before a policy in a data year: frame, membership, pools, and whether the policy holds at all."""

from datetime import date
from typing import TypeAlias

import pandas as pd

from evaluation.grading.benchmarks import Cohort
from evaluation.grading.frame import Tables, firm_frame
from evaluation.grading.happened import events
from evaluation.grading.membership import membership
from evaluation.grading.ranking import pools
from evaluation.policy.grading import Average, GradingPolicy
from evaluation.policy.model import in_force
from parcels.words import say

Frame: TypeAlias = pd.DataFrame


def cohort_of(book: Tables, policy: GradingPolicy, year: int, as_of: date, land: Frame) -> Cohort:
    """Return the firms of a data year with their population, standing and pool; who cannot be pooled is told why."""
    frame = firm_frame(book, year, as_of, land, events(book.tables, year, as_of))
    members = membership(policy, frame)
    pool, no_pool = pools(policy, Cohort(year, frame, members))
    members = members.assign(pool=pool)
    lost = (members["status"] == "evaluated") & (no_pool != "")
    return Cohort(year, frame, not_evaluable(members, lost, no_pool))


def cohorts(
    book: Tables,
    policy: GradingPolicy,
    year: int,
    as_of: date,
    land: Frame | None = None,
    previous_land: Frame | None = None,
) -> tuple[Cohort, Cohort | None]:
    """Return the year's cohort, and the previous year's where a benchmark asks for it."""
    this = cohort_of(book, policy, year, as_of, _land(book, year) if land is None else land)
    if not any(isinstance(i.benchmark, Average) and i.benchmark.year == "previous" for i in policy.indicators):
        return this, None
    earlier = _land(book, year - 1) if previous_land is None else previous_land
    return this, cohort_of(book, policy, year - 1, _year_before(as_of), earlier)


def _land(book: Tables, year: int) -> Frame:
    from parcels.holdings import firm_land

    return firm_land(book, date(year, 12, 31))  # type: ignore[arg-type]


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def not_evaluable(members: Frame, firms: pd.Series, words: pd.Series | str) -> Frame:
    """Return the members with some of them not evaluable, and told why (reasons join by ；)."""
    firms = firms.astype(bool)
    if not firms.any():
        return members
    said = words if isinstance(words, pd.Series) else pd.Series(words, index=members.index, dtype=object)
    before = members["reason"].where(members["status"] == "not_evaluable", "")
    joined = before.where(before == "", before + "；") + said
    return members.assign(
        status=members["status"].mask(firms, "not_evaluable"), reason=members["reason"].mask(firms, joined)
    )


def while_valid(policy: GradingPolicy, cohort: Cohort, as_of: date) -> Cohort:
    """Return the cohort, nobody evaluated where the policy is not for this year or not in force (CONTRACT §1)."""
    words = not_valid(policy, cohort.year, as_of)
    if not words:
        return cohort
    asked = cohort.members["status"] == "evaluated"
    return Cohort(cohort.year, cohort.frame, not_evaluable(cohort.members, asked, words).assign(scored=False))


def not_valid(policy: GradingPolicy, year: int, as_of: date) -> str:
    """Return why a policy does not hold for a data year on a day; empty where it does.

    A document appears after the data year it governs: that it names the year stands for 生效 (POLICY §0.2 no. 5).
    """
    named = isinstance(policy.data_years, list)
    if isinstance(policy.data_years, list) and year not in policy.data_years:
        years = "、".join(map(str, policy.data_years))
        standing = "未生效" if year < min(policy.data_years, default=year) else "已失效"
        return say("evaluation.grading.wrong_year", standing=standing, years=years, year=year)
    standing = in_force(policy, as_of)
    if standing == "已失效" or (standing == "未生效" and not named):
        return say("evaluation.grading.not_in_force", standing=standing, policy=policy.label)
    return ""
