"""One evaluation of zones: every rule of every policy on every enabled reading and delivered basis."""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation import intensity, intensity_held
from evaluation.finding import FINDING_COLUMNS, ZONE_COLUMNS, shaped
from evaluation.policy.model import Policy
from evaluation.policy.zone import ShareRule, State, ZonePolicy
from evaluation.zone import counted as counting
from evaluation.zone.court import KEYS as COURT_KEYS
from evaluation.zone.court import by_area_kind, by_kind
from evaluation.zone.ground import Ground, lay
from evaluation.zone.notes import mu, notes, percent
from evaluation.zone.outline import Delivered
from evaluation.zone.readings import STATES_OF, Reading, regrouped
from evaluation.zone.share import (
    Standard,
    bases_of,
    choices_of,
    contested_of,
    every_reading,
    figures,
    judged,
    readings_of,
    standard,
    states_of,
    tally,
)
from gis.heap import tidy
from gis.measure import half_up, to_mu
from parcels.columns import TEXT
from parcels.landuse import statuses
from parcels.memory import ALL, remembered
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame
ORDER = ["zone_id", "rule", "basis", "reading"]
RATIO = "比"
FIGURES = (
    "numerator_mu", "denominator_mu", "unmapped_mu", "excluded_mu", "numerator_m2", "denominator_m2", "unmapped_m2",
    "excluded_m2", "measured", "lo", "hi", "required", "short_mu", "short_add_mu", "margin", "margin_mu",
)  # fmt: skip


@dataclass(frozen=True)
class ZoneResult:
    """What is said of zones.

    zones: ZONE_COLUMNS and short_add_mu, margin, margin_mu, *_m2, label, words, source, status. court:
    evaluation/zone/court.py. findings: FINDING_COLUMNS. intensity: evaluation/intensity.py. ground: the pieces behind
    them, so that any other reading can be asked for. land and counted are drawn when first asked for: uniting takes
    longer than judging.
    """

    zones: Frame
    findings: Frame
    intensity: Frame
    ground: Ground
    policies: Sequence[ZonePolicy]
    court: Frame

    @cached_property
    def land(self) -> gpd.GeoDataFrame:
        """Return the classes of the ground, united (counted.classes)."""
        return counting.classes(self.ground)

    @cached_property
    def counted(self) -> gpd.GeoDataFrame:
        """Return what each enabled reading counted: COUNTED_COLUMNS in the book's CRS."""
        shown = [
            counting.counted(
                regrouped(self.land, contested_of(policy)), rule.id, reading, choices_of(policy), states_of(policy)
            )
            for policy in self.policies
            for rule in policy.rules
            for reading in readings_of(rule)
            if not reading.refused
        ]
        return counting.stacked(shown, self.land)


@tidy
@remembered(zones=ALL, landuse=ALL, zone_years=ALL, buildings=("geometry", "floor_m2"))
def measure(
    book: Delivered,
    policies: Sequence[Policy],
    as_of: dt.date,
    *,
    year: int | None = None,
    use_group: pd.Series | None = None,
    ground: Ground | None = None,
) -> ZoneResult:
    """Return every zone's shares and intensity under the zone policies among `policies` on a day (POLICY §7, §8).

    `year` is the data year of zone_years, else the year of `as_of`; `use_group` (index of landuse) and `ground` replace
    what is read from the book.
    """
    laid = lay(book, use_group) if ground is None else ground
    own = [policy for policy in policies if isinstance(policy, ZonePolicy)]
    context = _context(laid)
    rules = [(policy, rule) for policy in own for rule in policy.rules]
    found = by_kind(laid, own)
    drawn = {key: next(iter(kinds.values())) for key, kinds in found.items()}
    parts = [_rule(laid, policy, rule, drawn[policy.id, rule.id], context, as_of) for policy, rule in rules]
    court = by_area_kind(laid, own, as_of, found)
    zones = _decided_by_area(_frame(parts), court)
    years = intensity.measure(book, year or as_of.year, laid)
    judged_years = intensity_held.judge(years, own, as_of)
    findings = pd.concat([_findings(zones), judged_years], ignore_index=True)
    return ZoneResult(zones, shaped(findings, FINDING_COLUMNS), years, laid, own, court)


def _decided_by_area(zones: Frame, court: Frame) -> Frame:
    """Return the zones' rows, the note of those whose outcome hangs on the kind of area saying so (POLICY §11)."""
    decided = court[court["decides"].astype(bool)]
    told = {
        key: say("zone.note.area_decides", words="、".join(_by_kind(row) for row in part.to_dict("records")))
        for key, part in decided.groupby(COURT_KEYS)
    }
    keys = zip(*(zones[name].astype(str) for name in COURT_KEYS), strict=True) if len(zones) else []
    more = [told.get(key, "") for key in keys]
    return zones.assign(note=[f"{note}；{add}" if add else note for note, add in zip(zones["note"], more, strict=True)])


def _by_kind(row: dict[Hashable, object]) -> str:
    shown = percent(float(str(row["measured"])))
    kind, outcome = word("area_kind", str(row["area_kind"])), word("outcome", str(row["outcome"]))
    return say("zone.note.area_kind", kind=kind, measured=shown, outcome=outcome)


def share(ground: Ground, reading: Reading, basis: str) -> Frame:
    """Return zone_id, measured, lo, hi, numerator_mu, denominator_mu, unmapped_mu of one reading, unjudged."""
    found = figures(tally(ground, [reading], None))
    nothing = Standard(np.nan, "", 0.0, "", "")
    return judged(found[found["basis"] == basis], nothing, 4)


def _context(ground: Ground) -> Frame:
    """Return one row a zone × basis: name, boundary, area_kind, and whether research hides in 08H2 (三调)."""
    zones = pd.DataFrame(ground.zones.drop(columns="geometry")).drop_duplicates("zone_id")
    rows = ground.kinds.rows
    hides = rows[(rows["scheme"] == "sandiao") & rows["code"].fillna("").str.startswith("08H2")]
    keys = set(zip(hides["zone_id"], hides["basis"], strict=True))
    grid = _crossed(zones, "basis", list(ground.bases) or [""])
    hidden = [key in keys for key in zip(grid["zone_id"], grid["basis"], strict=True)]
    return grid.assign(research_hidden=hidden)[["zone_id", "basis", "name", "boundary", "area_kind", "research_hidden"]]


def _crossed(frame: Frame, name: str, values: Sequence[str]) -> Frame:
    """Return each row of a frame with each value in a column `name` of its own."""
    rows = frame.take(np.repeat(np.arange(len(frame)), len(values))).reset_index(drop=True)
    return rows.assign(**{name: pd.array([*values] * len(frame), dtype=TEXT)})


def _rule(ground: Ground, policy: ZonePolicy, rule: ShareRule, found: Frame, context: Frame, as_of: dt.date) -> Frame:
    asked = standard(policy, rule, as_of)
    wanted = context[context["basis"].isin(bases_of(rule, ground))]
    if wanted.empty:
        wanted = context.drop_duplicates("zone_id").assign(basis="")
    readings = _readings(ground, policy, rule, found, asked, wanted)
    together = every_reading(readings)
    rows = pd.concat([readings, together], ignore_index=True)
    return rows.assign(
        rule=rule.id, policy=policy.id, label=rule.label or rule.id, source=asked.source, status=asked.status,
        softness=rule.softness, words=_words(policy, rule),
    )  # fmt: skip


def _words(policy: ZonePolicy, rule: ShareRule) -> str:
    source_id = rule.source or (rule.at_least[-1].source if rule.at_least else None)
    quote = policy.sources[source_id].quote if source_id in policy.sources else None
    return rule.words or quote or ""


def _readings(
    ground: Ground, policy: ZonePolicy, rule: ShareRule, found: Frame, asked: Standard, wanted: Frame
) -> Frame:
    """Return one row a zone × basis × enabled reading, its figures (`found`) judged, with its note."""
    readings = {reading.id: reading for reading in readings_of(rule)}
    grid = _crossed(wanted, "reading", list(readings))
    frame = grid.merge(found, on=["zone_id", "basis", "reading"], how="left", validate="one_to_one")
    frame = judged(frame, asked, rule.decimals)
    frame = frame.assign(
        lacks=_lacks(frame, ground, readings), contested=_contested(frame, ground, policy, readings),
        stateless=_stateless(frame, ground, policy, readings),
    )  # fmt: skip
    return frame.assign(note=notes(frame, rule, readings, asked))


def _lacks(frame: Frame, ground: Ground, readings: Mapping[str, Reading]) -> pd.Series:
    """Return why a zone has no figures on a basis, empty where it has them or the reading is refused."""
    wanted = frame["reading"].map({name: (r.extent, r.base, r.refused is not None) for name, r in readings.items()})
    outlined = set(
        zip(*(ground.zones.loc[ground.zones["outlined"], key] for key in ("zone_id", "extent")), strict=True)
    )
    geometry = bool(ground.pieces.geometry.notna().any())
    words = []
    for zone, (extent, base, refused), figure in zip(frame["zone_id"], wanted, frame["numerator_mu"], strict=True):
        if refused or pd.notna(figure):
            key = ""
        elif not ground.bases:
            key = "landuse"
        elif ground.mode != "label" and (zone, extent) not in outlined:
            key = "managed" if base == "K2" else "zone_geometry"
        elif ground.mode == "outline" and not geometry:
            key = "landuse_geometry"
        else:
            key = "landuse_here"
        words.append(say(f"zone.lacks.{key}") if key else "")
    return pd.Series(words, index=frame.index, dtype="str")


def _contested(frame: Frame, ground: Ground, policy: ZonePolicy, readings: Mapping[str, Reading]) -> pd.Series:
    """Return what was put out of the base, or to the unmapped, by a declared choice, in 亩."""
    put = {group: choice for group, choice in choices_of(policy).items() if choice != "in"}
    after = regrouped(ground.kinds.rows, contested_of(policy))
    here = _areas(ground, after, after["use_group"].isin(list(put)))
    said = _regrouped_words(ground, policy)
    total = here.groupby(["zone_id", "basis", "extent", "use_group"])["area_m2"].sum()
    for key, area in total.items():
        *place, group = map(str, key)
        words = say(f"zone.note.put_{put[group]}", group=word("use_group", group), mu=mu(half_up(to_mu(area), 4)))
        said.setdefault(tuple(place), []).append(words)
    extents = frame["reading"].map({name: reading.extent for name, reading in readings.items()})
    keys = zip(frame["zone_id"], frame["basis"], extents, strict=True)
    return pd.Series(["；".join(said.get(key, [])) for key in keys], index=frame.index, dtype="str")


def _regrouped_words(ground: Ground, policy: ZonePolicy) -> dict[tuple[str, ...], list[str]]:
    """Return what stands in another group by a declared choice, or in a class nobody has seen in its standard."""
    before = ground.kinds.rows
    after = regrouped(before, contested_of(policy))["use_group"]
    moved = _areas(ground, before.assign(to=after), before["use_group"] != after)
    said: dict[tuple[str, ...], list[str]] = {}
    for key, area in moved.groupby(["zone_id", "basis", "extent", "code", "to"])["area_m2"].sum().items():
        *place, code, group = map(str, key)
        words = say("zone.note.regrouped", code=code, group=word("use_group", group), mu=mu(half_up(to_mu(area), 4)))
        said.setdefault(tuple(place), []).append(words)
    unseen = _areas(ground, before, statuses(before["code"], before["scheme"]).eq("unverified").fillna(value=False))
    for key, area in unseen.groupby(["zone_id", "basis", "extent", "code"])["area_m2"].sum().items():
        *place, code = map(str, key)
        told = say("zone.note.unverified_class", code=code, mu=mu(half_up(to_mu(area), 4)))
        said.setdefault(tuple(place), []).append(told)
    return said


def _areas(ground: Ground, rows: Frame, which: pd.Series) -> Frame:
    """Return `rows` (one a kind of piece) of the kinds marked by `which`, a row a piece, with its area_m2."""
    pieces = ground.kinds.pieces(which.to_numpy(dtype=bool))
    areas = ground.pieces["area_m2"].to_numpy()[pieces]
    return rows.take(ground.kinds.of[pieces]).reset_index(drop=True).assign(area_m2=areas)


def _stateless(frame: Frame, ground: Ground, policy: ZonePolicy, readings: Mapping[str, Reading]) -> pd.Series:
    """Return what a base of supply states (K4–K7) lacks on each row: the policy's words for them, or the states."""
    stated = ground.kinds.rows[ground.kinds.rows["supply_state"].notna()]
    known = set(zip(stated["zone_id"], stated["basis"], strict=True))
    words = []
    for zone, basis, name in zip(frame["zone_id"], frame["basis"], frame["reading"], strict=True):
        base = readings[name].base
        wanted = STATES_OF.get(base, ("undevelopable",) if base == "K6" else ())
        surveyed = base == "K4" and basis in {"actual", "built"}
        blank = [state for state in wanted if not policy.states.get(cast("State", state))]
        key = "" if not wanted or surveyed else "no_words" if blank else "" if (zone, basis) in known else "no_states"
        told = "、".join(say(f"zone.state.{state}") for state in blank)
        words.append(say(f"zone.note.{key}", base=base, states=told) if key else "")
    return pd.Series(words, index=frame.index, dtype="str")


def _frame(parts: list[Frame]) -> Frame:
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*ZONE_COLUMNS])
    drop = [c for c in ("lacks", "contested", "stateless", "research_hidden", "boundary", "unmeasured") if c in frame]
    ordered = shaped(frame.drop(columns=drop), ZONE_COLUMNS).sort_values(ORDER, kind="stable", ignore_index=True)
    figures_ = {column: ordered[column].astype("float64") for column in FIGURES if column in ordered}
    return ordered.assign(**figures_)


def _findings(zones: Frame) -> Frame:
    basis = zones["basis"].fillna("").astype(str)
    reading = zones["reading"].astype(str) + ("@" + basis).where(basis != "", "")
    return pd.DataFrame({
        "subject_kind": "zone", "subject_id": zones["zone_id"], "rule": zones["rule"], "reading": reading,
        "outcome": zones["outcome"], "stage": zones["outcome"].map({"fail": "suspected"}),
        "measured": zones["measured"], "required": zones["required"], "unit": RATIO,
        "margin": zones.get("margin", np.nan), "policy": zones["policy"],
        "source": zones.get("source", ""), "status": zones.get("status", ""),
        "note": zones["note"],
    })  # fmt: skip
