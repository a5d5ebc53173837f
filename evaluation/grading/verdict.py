"""One data year graded under one policy: members, points, score, place, class, adjustments, as frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths
from evaluation.finding import FINDING_COLUMNS, FIRM_COLUMNS, INDICATOR_COLUMNS, LOG_COLUMNS, blank, shaped
from evaluation.grading.adjust import adjusted
from evaluation.grading.aggregate import aggregated
from evaluation.grading.benchmarks import Cohort
from evaluation.grading.classes import UNDECIDED, Graded, uses_score
from evaluation.grading.cohort import cohorts, not_evaluable, while_valid
from evaluation.grading.consequences import consequences
from evaluation.grading.frame import JUDGED_DECIMALS, Tables
from evaluation.grading.happened import events
from evaluation.grading.membership import UNDECIDED as OPEN
from evaluation.grading.placing import blank_words, classifiers, placed, score_words, settled
from evaluation.grading.scoring import Blanks, Item, items, rows, total
from evaluation.indicators import INDICATORS
from evaluation.policy.dated import on_day
from evaluation.policy.grading import Classifier, GradingPolicy
from evaluation.policy.model import cited
from gis.measure import half_up
from parcels.holdings import LAND_READS
from parcels.memory import ALL, remembered

Frame: TypeAlias = pd.DataFrame


@dataclass(frozen=True)
class GradingResult:
    """What one grading says, and what explains it. One row of `firms`, `frame`, `members`, `parts` is a firm."""

    policy: GradingPolicy
    year: int
    as_of: date
    firms: Frame  # FIRM_COLUMNS
    indicators: Frame  # INDICATOR_COLUMNS, weight, label
    findings: Frame  # FINDING_COLUMNS; fail = the lowest class
    log: Frame  # LOG_COLUMNS
    consequences: Frame  # consequences.CONSEQUENCE_COLUMNS
    pools: Frame  # pool, n, and grade → how many firms before and after adjustment
    blanks: Mapping[str, int]  # blank fields of the policy that stopped something → how many firms
    frame: Frame = field(repr=False)  # inputs (grading/frame.py)
    members: Frame = field(repr=False)  # membership, pool, rank, n, score, grades
    parts: Frame = field(repr=False)  # sum, coefficient, bonus, penalty, score
    items: list[Item] = field(repr=False)
    graded: Mapping[str, Graded] = field(repr=False)  # population id → classes and order
    happened: Frame = field(repr=False)  # the year's events
    cohort: Cohort = field(repr=False)  # the firms before any score: what the distance to grade starts from
    previous: Cohort | None = field(repr=False, default=None)

    @property
    def answered(self) -> bool:
        """Return whether no blank field of the policy left something unanswered (else exit code 1)."""
        return not self.blanks


@remembered(
    firms=ALL, firm_years=ALL, events=ALL, holdings=ALL, parcels=LAND_READS, buildings=("parcel_id", "floor_m2")
)
def grade(
    book: Tables,
    policy: GradingPolicy,
    year: int,
    as_of: date | None = None,
    land: Frame | None = None,
    previous_land: Frame | None = None,
) -> GradingResult:
    """Return every firm of a book graded under a policy for a data year.

    land, previous_land: parcels.holdings.firm_land on 31 December of the year and the year before, computed from the
    book where not given. as_of (default 31 December of `year`) decides ages and what holds.
    """
    as_of = as_of or date(year, 12, 31)
    policy = on_day(policy, as_of)
    this, previous = cohorts(book, policy, year, as_of, land, previous_land)
    return graded(policy, this, previous, events(book.tables, year, as_of), as_of)


def graded(
    policy: GradingPolicy, cohort: Cohort, previous: Cohort | None, happened: Frame, as_of: date
) -> GradingResult:
    """Return a cohort graded: the pure half of `grade`, run again by the distance to grade."""
    cohort = while_valid(policy, cohort, as_of)
    members = cohort.members
    scored = (members["status"] == "evaluated").to_numpy() & members["scored"].to_numpy(dtype=bool)
    shown = scored | _undecided(cohort)
    found, blanks = items(policy, cohort, previous, shown)
    sums = np.where(shown, total(found, len(members)), np.nan)
    score, parts = aggregated(policy, sums, happened, members.index, blanks)
    members = members.assign(score=score, rank=np.nan, n=np.nan, grade_initial=pd.Series(pd.NA, members.index, object))
    members = _unscored(policy, members, found, blanks, scored & np.isnan(score))
    stopped = {key: firms & scored for key, firms in blanks.scores.items()}
    noted: dict[str, Truths] = {**_unsaid(policy, members), **stopped}
    by_population: dict[str, Graded] = {}
    logs = [blank(LOG_COLUMNS)]
    for plan, populations in classifiers(policy):
        inside = members["population"].isin(populations).to_numpy()
        if plan is None:
            members = _ranked_only(policy, members, inside)
            noted["classes"] = inside & members["rank"].notna().to_numpy()
            continue
        members, outcome = placed(policy, plan, members, inside, score, found)
        members, outcome, needed = settled(policy, plan, members, outcome, _ranked(members, inside), blanks)
        members, log = _adjusted(policy, cohort, members, outcome, inside, happened)
        logs.append(log)
        noted |= {key: firms | noted.get(key, np.zeros(len(members), bool)) for key, firms in needed.items()}
        by_population |= dict.fromkeys(populations, outcome)
    log = pd.concat([one for one in logs if len(one)] or logs[:1], ignore_index=True)
    result = Parts(policy, cohort, members, parts, found, by_population, log, happened, as_of, previous)
    return _result(result, {key: int(firms.sum()) for key, firms in noted.items() if firms.any()})


def _unsaid(policy: GradingPolicy, members: Frame) -> dict[str, Truths]:
    """Return the blanks that leave nobody to be evaluated: who is, and with whom he is ranked."""
    said = {"populations": policy.populations, "pool.by": policy.pool.by}
    inside = (members["status"] == "not_evaluable").to_numpy()
    return {key: inside for key, value in said.items() if value is None}


def _undecided(cohort: Cohort) -> Truths:
    """Return the firms of which one cannot tell whether they stand outside the classes: scored, never ranked."""
    open_ = (cohort.members["standing"] == OPEN) & cohort.members["scored"] & cohort.frame["has_year"]
    undecided: Truths = open_.to_numpy(dtype=bool)
    return undecided


def _ranked(members: Frame, inside: Truths) -> Truths:
    ranked: Truths = inside & members["rank"].notna().to_numpy()
    return ranked


def _unscored(policy: GradingPolicy, members: Frame, found: list[Item], blanks: Blanks, no_score: Truths) -> Frame:
    """Return the members; who needs a score to be placed and has none is not evaluable, and told why."""
    plans: dict[str, Classifier | None] = {p: plan for plan, names in classifiers(policy) for p in names}
    by_score = members["population"].map({name: uses_score(plan) for name, plan in plans.items()})
    lost = no_score & by_score.eq(True).to_numpy()
    return not_evaluable(
        members, pd.Series(lost, members.index), score_words(policy, found, blanks, lost, members.index)
    )


def _ranked_only(policy: GradingPolicy, members: Frame, inside: Truths) -> Frame:
    """Return the members of populations whose classes are blank: ranked by score, no grade."""
    asked = inside & (members["status"] == "evaluated").to_numpy() & members["standing"].isna().to_numpy()
    shown = members["score"].where(asked)
    rank = shown.groupby(members["pool"]).rank(method="min", ascending=False)
    size = shown.groupby(members["pool"]).transform("count").where(shown.notna())
    members = members.assign(rank=members["rank"].fillna(rank), n=members["n"].fillna(size))
    return not_evaluable(members, pd.Series(asked, members.index), blank_words(policy, ["classes"]))


def _adjusted(
    policy: GradingPolicy, cohort: Cohort, members: Frame, outcome: Graded, inside: Truths, happened: Frame
) -> tuple[Frame, Frame]:
    """Return the members with initial and final grade, and the log of the adjustments."""
    names = np.array([*outcome.labels, pd.NA], dtype=object)
    initial = np.where(inside, outcome.grade, UNDECIDED)
    moved = adjusted(policy, outcome.labels, initial, cohort.frame, happened)
    open_ = (moved.unknown != "").to_numpy()
    final = np.where(open_, UNDECIDED, moved.grade)
    has = initial != UNDECIDED
    members = members.assign(
        grade_initial=members["grade_initial"].mask(has, pd.Series(names[initial], members.index)),
        grade=members["grade"].mask(has, pd.Series(names[final], members.index)),
    )
    return not_evaluable(members, pd.Series(open_, members.index), moved.unknown), moved.log


@dataclass(frozen=True)
class Parts:
    """Everything computed, before it takes the shape of the outputs."""

    policy: GradingPolicy
    cohort: Cohort
    members: Frame
    parts: Frame
    items: list[Item]
    graded: Mapping[str, Graded]
    log: Frame
    happened: Frame
    as_of: date
    previous: Cohort | None


def _result(of: Parts, blanks: Mapping[str, int]) -> GradingResult:
    treated = of.members["grade"].where(of.members["treated_as"].isna(), of.members["treated_as"])
    return GradingResult(
        policy=of.policy,
        year=of.cohort.year,
        as_of=of.as_of,
        firms=_firms(of),
        indicators=_indicators(of),
        findings=_findings(of),
        log=of.log.sort_values(["uscc", "step"], ignore_index=True, kind="stable"),
        consequences=consequences(of.policy, treated, of.cohort.frame, of.as_of),
        pools=_pools(of.members),
        blanks=blanks,
        frame=of.cohort.frame,
        members=of.members,
        parts=of.parts,
        items=of.items,
        graded=of.graded,
        happened=of.happened,
        cohort=of.cohort,
        previous=of.previous,
    )


def _indicators(of: Parts) -> Frame:
    """Return INDICATOR_COLUMNS, weight and label by firm and indicator."""
    if not of.items:
        return shaped(blank(INDICATOR_COLUMNS).assign(policy=of.policy.id), INDICATOR_COLUMNS)
    return shaped(rows(of.items, of.cohort).assign(policy=of.policy.id), INDICATOR_COLUMNS)


def _firms(of: Parts) -> Frame:
    members = of.members
    columns = {
        "uscc": members.index,
        "name": of.cohort.frame["name"].to_numpy(),
        "year": of.cohort.year,
        "land_mu": half_up(of.cohort.frame["land_mu"], JUDGED_DECIMALS).to_numpy(),
        "tax_per_mu": INDICATORS["tax_per_mu"].values(of.cohort.frame)[0],
        "policy": of.policy.id,
    }
    kept = ["population", "status", "score", "rank", "pool", "grade_initial", "grade", "reason"]
    frame = pd.DataFrame({**columns, **{name: members[name].to_numpy() for name in kept}})
    frame["rank"] = frame["rank"].astype("Int64")
    frame["reason"] = frame["reason"].replace("", pd.NA)
    return shaped(frame, FIRM_COLUMNS)


def _findings(of: Parts) -> Frame:
    """Return one finding a firm that was to be graded: fail = the lowest class, unknown = no class can be given."""
    members = of.members
    judged = members[members["status"].isin(["evaluated", "not_evaluable"])]
    lowest = judged["population"].map({name: graded.labels[-1] for name, graded in of.graded.items() if graded.labels})
    outcome = np.where(judged["grade"] == lowest, "fail", "pass")
    outcome = np.where(judged["status"] == "not_evaluable", "unknown", outcome)
    sources = {p.id: cited(of.policy, p.source) for p in of.policy.groups}
    alike = {"subject_kind": "firm", "rule": "grading", "unit": "分", "policy": of.policy.id}
    frame = pd.DataFrame({
        **{name: pd.Categorical.from_codes(np.zeros(len(judged), np.int8), [word]) for name, word in alike.items()},
        "subject_id": judged.index,
        "reading": judged["grade"].to_numpy(),
        "outcome": outcome,
        "stage": pd.Series(outcome).map({"fail": "suspected"}).to_numpy(),
        "measured": judged["score"].to_numpy(),
        "required": np.nan,
        "margin": np.nan,
        "source": judged["population"].map(sources).to_numpy(),
        "status": judged["population"].map(_statuses(of.policy)).to_numpy(),
        "note": judged["reason"].replace("", pd.NA).to_numpy(),
    })
    return shaped(frame, FINDING_COLUMNS)


def _statuses(policy: GradingPolicy) -> dict[str, str]:
    return {p.id: policy.sources[p.source].status for p in policy.groups}


def _pools(members: Frame) -> Frame:
    """Return one row a pool and class: n, and how many firms have it before and after adjustment."""
    ranked = members[members["rank"].notna()]
    before = ranked.groupby(["pool", "grade_initial"]).size().rename("initial").rename_axis(["pool", "grade"])
    after = ranked.groupby(["pool", "grade"]).size().rename("final")
    counts = pd.concat([before, after], axis=1).fillna(0).astype("int64").reset_index()
    sizes = ranked.groupby("pool").agg(n=("n", "max"), ranked=("rank", "size")).reset_index()
    return sizes.merge(counts, on="pool", how="left", validate="one_to_many")
