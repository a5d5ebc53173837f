"""The reclaim question asked of one book: idle parcels, zombie firms, low-efficiency land, in one result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from evaluation.finding import PARCEL_COLUMNS, beside, blank, piled, shaped
from evaluation.policy.model import Policy, in_force
from evaluation.policy.reclaim import IdlePolicy, LowEfficiencyPolicy, ZombiePolicy
from evaluation.reclaim import (
    consequence,
    facts,
    findings,
    idle,
    low_efficiency,
    performance,
    signals,
    worklist,
    zombie,
)
from evaluation.reclaim.sentences import joined, reasons
from gis.heap import tidy
from parcels import areas as parcel_areas
from parcels import holdings, landuse
from parcels.columns import TEXT
from parcels.memory import ALL, remembered

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame


# what a run keeps of an examination beside parcels, findings and ledger: screens and sheets read it without judging
TABLES = ("clock", "paths", "clusters", "balance", "pipeline", "zombies", "signals", "import_sheet", "kept")


@dataclass(frozen=True)
class ReclaimResult:
    """One examination: `parcels` and `findings` as outputs, the rest what explanations, clock and list are made of."""

    parcels: Frame  # PARCEL_COLUMNS and idle's details, one row a parcel
    zombies: Frame  # zombie.ZOMBIE_COLUMNS, one row a firm and policy
    findings: Frame  # FINDING_COLUMNS
    judged: Mapping[str, Frame] = field(default_factory=dict)  # idle policy id → idle.judge's frame with its steps
    low: Mapping[str, Frame] = field(default_factory=dict)  # low-efficiency policy id → its frame
    signals: Frame = field(default_factory=pd.DataFrame)
    figures: Frame = field(default_factory=pd.DataFrame)  # a firm's figures of the year, per 亩
    ledger: Frame = field(default_factory=pd.DataFrame)  # 收储清单, Chinese headings
    import_sheet: Frame = field(default_factory=pd.DataFrame)  # a city's 17-heading template
    clock: Frame = field(default_factory=pd.DataFrame)  # clock.CLOCK_COLUMNS, one row a listed parcel and step
    paths: Frame = field(default_factory=pd.DataFrame)  # disposal.PATH_COLUMNS, one row a listed parcel and path
    clusters: Frame = field(default_factory=pd.DataFrame)  # cluster.summary, one row a contiguous group
    kept: Frame = field(default_factory=pd.DataFrame)  # performance.measured and timing, index of parcels
    balance: Frame = field(default_factory=pd.DataFrame)  # ledger.balance
    pipeline: Frame = field(default_factory=pd.DataFrame)  # pipeline.counted, one row a stage of use
    as_of: pd.Timestamp = field(default_factory=lambda: pd.NaT)
    year: int = 0


@tidy
def examine(
    book: "Book",
    policies: Sequence[Policy],
    as_of: date,
    year: int,
    areas: Frame | None = None,
    land: Frame | None = None,
    firms_result: Frame | None = None,
    uses: Frame | None = None,
    zones: Frame | None = None,
) -> ReclaimResult:
    """Return what the idle, zombie and low-efficiency policies among `policies` say of a book on a day.

    `areas` is parcels.areas.parcel_area, `land` parcels.holdings.firm_land, `uses` landuse.groups_of_parcels, `zones`
    areas.parcel_zone: each is computed where it is not given. `firms_result` (FIRM_COLUMNS) adds the holder's grade.
    """
    day = pd.Timestamp(as_of)
    table = _parcels(book, areas, uses, zones, firms_result)
    land = holdings.firm_land(book, date(year, 12, 31)) if land is None else land
    rules = [one for one in policies if isinstance(one, IdlePolicy)]
    judged = {rule.id: _idle(book, table, rule, day) for rule in rules}
    chosen = next((judged[rule.id] for rule in rules if in_force(rule, as_of) == "生效"), None)
    chosen = next(iter(judged.values()), None) if chosen is None else chosen
    quiet = [one for one in policies if isinstance(one, ZombiePolicy)]
    zombies, leads, found = _zombies(book, quiet, land, year, day)
    lows = [one for one in policies if isinstance(one, LowEfficiencyPolicy)]
    area = table[["parcel_id", "area_m2", "area_mu"]]
    ground = performance.built(table[["parcel_id", "far_actual", "floor_m2"]], area, book.tables["buildings"])
    low, low_found = _low(book, table, chosen, lows, land, year, day, ground)
    listed = _list(table, chosen, low_efficiency.together(low, table.index))
    rule = next((one for one in rules if judged[one.id] is chosen), None)
    said = _said([(judged[one.id], one) for one in rules], [*found, *low_found], day)
    del found, low_found  # all of it stands in `said`
    listed = listed.assign(basis=_basis(findings.cited_by(said), listed["parcel_id"], listed["holder_uscc"]))
    work = worklist.made(book, table, listed, chosen, rule, zombies, land, year, day, ground)
    return ReclaimResult(
        **work,
        zombies=zombies,
        findings=said,
        judged=judged,
        low=low,
        signals=leads,
        as_of=day,
        year=year,
    )


@remembered(by=("parcel_id", "subject_id"))
def _said(judged: Sequence[tuple[Frame, IdlePolicy]], more: Sequence[Frame], day: pd.Timestamp) -> Frame:
    of_idle = [findings.of_idle(frame, rule, day) for frame, rule in judged]
    return findings.ordered(piled([*of_idle, *more]))


@remembered()
def _basis(cited: Frame, parcels: pd.Series, holders: pd.Series) -> pd.Series:
    return findings.basis(cited, parcels, holders)


@remembered(by=("parcel_id",), parcels=ALL)
def _parcels(book: "Book", areas: Frame | None, uses: Frame | None, zones: Frame | None, graded: Frame | None) -> Frame:
    """Return the parcels table with area, use_group, use_from, zone_id and the holder's grade, one row a parcel."""
    table = book.tables["parcels"].reset_index(drop=True)
    areas = parcel_areas.parcel_area(book) if areas is None else areas
    uses = landuse.groups_of_parcels(book) if uses is None else uses
    zones = parcel_areas.parcel_zone(book) if zones is None else zones
    for part, names in (
        (areas, ["area_m2", "area_mu", "area_kind"]),
        (uses, ["use_group", "use_from"]),
        (zones, ["zone_id"]),
    ):
        table = table.drop(columns=[name for name in names if name in table])
        table = beside(table, part[["parcel_id", *names]].drop_duplicates("parcel_id"), "parcel_id")
    if graded is None or graded.empty:
        return table.assign(grade=pd.Series(pd.NA, index=table.index, dtype=TEXT))
    return table.assign(grade=table["holder_uscc"].map(graded.drop_duplicates("uscc").set_index("uscc")["grade"]))


@remembered(by=("parcel_id",), agreements=ALL, delays=ALL)
def _idle(book: "Book", table: Frame, rule: IdlePolicy, day: pd.Timestamp) -> Frame:
    """Return idle.judge with steps, fee and reason. A use read off a map never takes land out of the rule."""
    ledger = table.assign(use_group=table["use_group"].where(table["use_from"].eq("ledger")))
    frame = idle.judge(ledger, book.tables["agreements"], book.tables["delays"], rule, day)
    frame = pd.concat([frame, consequence.follow(frame, table["price_wan"], rule, day)], axis=1)
    return frame.assign(reason=reasons(frame, rule, day))


@remembered(firms=ALL, firm_years=ALL, months=ALL)
def _zombies(
    book: "Book", policies: Sequence[ZombiePolicy], land: Frame, year: int, day: pd.Timestamp
) -> tuple[Frame, Frame, list[Frame]]:
    """Return the judged firms, their screening signals, and the findings of both."""
    firms, firm_years = book.tables["firms"], book.tables["firm_years"]
    judged, leads, found = [], [], []
    for rule in policies:
        frame = zombie.judge(firms, firm_years, rule, year, day, land)
        screened = signals.judge(frame["uscc"], book.tables["months"], rule, day)
        found += [zombie.findings(frame, rule), signals.findings(screened, rule)]
        judged.append(frame.assign(signals=signals.listed(frame["uscc"], screened, rule)))
        leads += [screened] if len(screened) else []  # an empty frame would turn the others' numbers into objects
    zombies = pd.concat(judged, ignore_index=True) if judged else blank(zombie.ZOMBIE_COLUMNS)
    return zombies, pd.concat(leads, ignore_index=True) if leads else pd.DataFrame(), found


@remembered(firms=ALL, firm_years=ALL, buildings=ALL)
def _low(
    book: "Book",
    table: Frame,
    chosen: Frame | None,
    rules: Sequence[LowEfficiencyPolicy],
    land: Frame,
    year: int,
    day: pd.Timestamp,
    ground: Frame,
) -> tuple[dict[str, Frame], list[Frame]]:
    """Return low-efficiency policy id → judged parcels, and their findings."""
    known = facts.progress(table, day) if chosen is None else chosen
    state = pd.Series("", index=table.index, dtype=TEXT) if chosen is None else chosen["idle"]
    plain = table.assign(started=known["started"], idle=state)
    low, found = {}, []
    for rule in rules:
        firms = low_efficiency.firm_figures(book.tables["firms"], book.tables["firm_years"], land, rule, year)
        area = table[["parcel_id", "area_m2", "area_mu"]]
        kept = performance.measured(plain, area, book.tables["buildings"], firms, ground)
        whole = pd.concat([plain.drop(columns=[name for name in kept if name in plain]), kept], axis=1)
        low[rule.id], said = low_efficiency.judge(whole, firms, rule, day)
        found.append(said)
    return low, found


@remembered()
def _list(table: Frame, chosen: Frame | None, low: Frame) -> Frame:
    """Return PARCEL_COLUMNS and the idle details, one row a parcel."""
    own = table[
        ["parcel_id", "zone_id", "holder", "holder_uscc", "location", "area_mu", "area_kind", "use_group", "grade"]
    ]
    if chosen is None:
        empty = pd.Series(pd.NA, index=table.index, dtype=TEXT)
        told = {"idle": empty, "legal_step": empty, "stage": empty.fillna(""), "cause": empty}
        whole = own.assign(**told, reason=low["low_reason"], low_efficiency=low["low_efficiency"])
        return shaped(whole, PARCEL_COLUMNS)
    names = ["idle", "idle_days", "legal_step", "fee_wan", "stage", "outcome", "cause", "years", "missing", "anchor"]
    names += ["price_wan", "first_excused", "agreed_by"]
    names += ["first_falls", "second_falls", "since", "pause_falls", "start", "started", "agreed_start", "policy"]
    reason = joined([chosen["reason"], low["low_reason"]])
    said = {"low_efficiency": low["low_efficiency"], "idle_reason": chosen["reason"], "reason": reason}
    whole = pd.concat([own, chosen[names]], axis=1).assign(**said)
    return shaped(whole, PARCEL_COLUMNS)
