"""All four questions asked of one Book under the chosen policies: pure, no clock, no file, no screen."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation import coverage as balance
from evaluation import expansion, grading, imagery, intensity, intensity_held, reclaim, zone
from evaluation.finding import (
    EXPANSION_COLUMNS,
    FIRM_COLUMNS,
    INDICATOR_COLUMNS,
    LOG_COLUMNS,
    PARCEL_COLUMNS,
    ZONE_COLUMNS,
    Verdicts,
    beside,
    piled,
    shaped,
)
from evaluation.policy.expansion import ExpansionPolicy
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.model import Policy
from evaluation.policy.zone import ZonePolicy
from gis.heap import give_back, tidy
from gis.measure import half_up
from parcels import areas, holdings, landuse
from parcels.book import Book
from parcels.memory import ALL, remembered
from parcels.questions import answers
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
TAX = "tax_per_mu"
REGISTER = ("uscc", "name", "zone_id", "county", "industry_code", "operating_state")
LEDGER = ("parcel_id", "holder", "holder_uscc", "location", "use_name", "geometry")
VERSION = "0.1.0"  # of the tool; pyproject.toml says the same, tests/test_house.py sees to it


@tidy
def evaluate(book: Book, policies: Sequence[Policy], year: int, as_of: date, *, engine: str = "local") -> Verdicts:
    """Return what the policies say of a book for one data year, judged on `as_of` (CONTRACT §4, §5).

    Every number of the result is rounded half-up to four decimals here and nowhere later.
    """
    zoning = [one for one in policies if isinstance(one, ZonePolicy)]
    give_back()  # what reading and building left: they cannot, as long as somebody waits for their answer
    expanding = [one for one in policies if isinstance(one, ExpansionPolicy)]
    # The overlays come first: they take the most memory while they work, and nothing else lies about yet.
    measured = zone.measure(book, zoning, as_of, year=year)
    seen_there = expansion.ahead(book, expanding, measured, year)
    on = balance.year_end(year)
    held = holdings.shares(book, on)
    land = holdings.firm_land(book, on, held=held)
    area = areas.parcel_area(book)
    place = areas.parcel_zone(book)
    use = landuse.groups_of_parcels(book)
    graded = [grading.grade(book, one, year, as_of, land) for one in policies if isinstance(one, GradingPolicy)]
    slept = reclaim.examine(book, policies, as_of, year, areas=area, land=land, uses=use, zones=place)
    sleeping = slept.parcels[[name for name in expansion.SLEEPING if name in slept.parcels]]
    docket = expansion.examine(book, expanding, measured, as_of, year, sleeping, seen_there)
    seen = imagery.examine(book, policies, as_of)
    firms = _firms(book, [(one.policy, one.firms, one.members["n"]) for one in graded], year, land)
    said = [name for name in ("uscc", "name", "grade", TAX) if name in firms]
    users = _users(_largest(held), firms[said].rename(columns={"uscc": "firm_uscc"}).drop_duplicates("firm_uscc"))
    parcels = _parcels(book, slept.parcels, area, place, use, users)
    each = [*(result.findings for result in graded), slept.findings, measured.findings, docket.findings, seen]
    return Verdicts(
        firms=shown(firms, FIRM_COLUMNS),
        indicators=shown([one.indicators for one in graded], INDICATOR_COLUMNS),
        parcels=parcels,
        zones=shown(measured.zones, ZONE_COLUMNS),
        expansion=shown(docket.expansion, EXPANSION_COLUMNS),
        findings=_found(each),
        draw_counted=lambda: rounded(measured.counted),
        faults=book.faults,
        coverage=balance.coverage(book, firms, parcels, land, year),
        log=shown([one.log for one in graded], LOG_COLUMNS),
        questions=answers(book),
        provenance=_provenance(book, policies, year, as_of, engine, graded),
        zone_shapes=_zone_shapes(book),
        intensity=rounded(_intensity(book, [*zoning, *expanding], measured, year, as_of)),
        court=rounded(measured.court),
        leaves=rounded(docket.leaves),
        draw_evidence=lambda: rounded(docket.evidence),
        projection=_projection(book, expanding, sorted(set(measured.ground.zones["zone_id"])), year, as_of),
        ledger=shown(slept.ledger, ()),
        sleeping={name: shown(getattr(slept, name), ()) for name in reclaim.TABLES},
        repairs=book.repairs,
        crs=book.crs,
        parts={
            "grading": graded,
            "reclaim": slept,
            "zone": measured,
            "expansion": docket,
            "imagery": seen,
            "land": land,
            "shares": held,
        },
    )


def _intensity(book: Book, policies: Sequence[Policy], measured: zone.ZoneResult, year: int, as_of: date) -> Frame:
    """Return the indicators of intensive use of every year delivered, with means, identity and score beside them."""
    return intensity_held.compared(intensity.history(book, year, measured.intensity), policies, as_of)


@remembered(appraisals=ALL)
def _projection(book: Book, policies: Sequence[Policy], zones: Sequence[str], year: int, as_of: date) -> Frame:
    """Return the least score of the next appraisal that would meet each policy's rule, by zone."""
    return rounded(expansion.least_score(book.tables["appraisals"], zones, policies, as_of, year))


@remembered()
def shown(frame: Frame | Sequence[Frame], names: tuple[str, ...]) -> Frame:
    """Return a frame, or the rows of several of one shape, with these columns first, rounded."""
    return rounded(shaped(frame if isinstance(frame, pd.DataFrame) else together(frame), names))


@remembered()
def _found(each: Sequence[Frame]) -> Frame:
    return rounded(piled(each))


def rounded(frame: Frame) -> Frame:
    """Return `frame` with every fractional number rounded half-up to four decimals: the number that is shown."""
    floats = [name for name, kind in frame.dtypes.items() if name != "geometry" and pd.api.types.is_float_dtype(kind)]
    numbers = {name: half_up(frame[name], DECIMALS) for name in floats}
    return frame.assign(**{name: number for name, number in numbers.items() if not _alike(number, frame[name])})


def _alike(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two columns of floats are the same bit for bit: a column rounded before need not lie twice."""
    if one.dtype != other.dtype:
        return False
    return np.array_equal(one.to_numpy().view(np.int64), other.to_numpy().view(np.int64))


def together(frames: Sequence[Frame]) -> Frame:
    """Return the rows of several frames of one shape; of none, no rows."""
    filled = [frame for frame in frames if len(frame)]
    if len(filled) == 1:
        return filled[0].reset_index(drop=True)
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


@remembered(firms=REGISTER, firm_years=("uscc", "year", "tax_wan"))
def _firms(book: Book, graded: Sequence[tuple[GradingPolicy, Frame, pd.Series]], year: int, land: Frame) -> Frame:
    """Return one row a firm with its 亩均税收; without a grading policy every firm, exempt for want of a question."""
    register = book.tables["firms"][[*REGISTER]]
    register = register.assign(**{TAX: register["uscc"].map(_tax_per_mu(book, land, year))})
    told = together([_in_words(*one) for one in graded])
    if told.empty:
        return register.assign(year=year, status="exempt", reason=say("verdicts.no_grading_policy"))
    return beside(told, register, "uscc")


def _in_words(policy: GradingPolicy, firms: Frame, ranked: pd.Series) -> Frame:
    """Return the graded firms in words: population, policy, and of a placed firm by which score and rank."""
    counted = firms["uscc"].map(ranked)
    silent = firms["reason"].isna() & (firms["status"] == "evaluated") & firms["rank"].notna() & firms["grade"].notna()
    told = firms.loc[silent, ["score", "pool", "rank", "grade"]].assign(n=counted[silent])
    text, columns = say("verdicts.placed"), [told[name].to_list() for name in told]
    placed = [
        text.format(score=score, pool=pool, rank=rank, grade=grade, n=n)
        for score, pool, rank, grade, n in zip(*columns, strict=True)
    ]
    labels = {population.id: population.label for population in policy.groups}
    return firms.assign(
        reason=firms["reason"].astype(object).mask(silent, pd.Series(placed, firms.index[silent])),
        population_label=firms["population"].map(labels),
        policy_label=policy.label,
    )


def _tax_per_mu(book: Book, land: Frame, year: int) -> pd.Series:
    """Return uscc → tax paid in the year ÷ land [万元/亩]; missing where either is, or where there is no land."""
    years = book.tables["firm_years"]
    tax = years[years["year"] == year].set_index("uscc")["tax_wan"]
    held = land.set_index("uscc")["land_mu"]
    return tax / held.where(held > 0).reindex(tax.index)


@remembered(by=("parcel_id",), parcels=LEDGER)
def _parcels(book: Book, slept: Frame, area: Frame, place: Frame, use: Frame, users: Frame) -> Frame:
    """Return one row a parcel with its area, zone, use, idleness and the firm that uses most of it."""
    parcels = book.tables["parcels"]
    frame = pd.DataFrame(parcels[[*LEDGER]])
    frame = frame.reset_index(drop=True)
    areas_of, zone_of = area[["parcel_id", "area_mu", "area_kind", "drawn_m2"]], place[["parcel_id", "zone_id"]]
    for part in (areas_of, zone_of, use, users, slept):
        frame = beside(frame, part, "parcel_id")
    days = pd.to_numeric(frame["idle_days"], errors="coerce").astype("Int64")
    whole = gpd.GeoDataFrame(frame.assign(idle_days=days), geometry="geometry", crs=book.crs)
    return rounded(shaped(whole, PARCEL_COLUMNS))


@remembered(by=("firm_uscc",))
def _users(first: Frame, firms: Frame) -> Frame:
    """Return parcel_id, firm_uscc, firm_name, grade, tax_per_mu: `first` is _largest, `firms` says the rest."""
    told = firms.set_index("firm_uscc")
    named = first.assign(firm_name=first["firm_uscc"].map(told["name"]))
    for column in ("grade", TAX):
        named[column] = first["firm_uscc"].map(told[column]) if column in told.columns else pd.NA
    return named.assign(**{TAX: pd.to_numeric(named[TAX], errors="coerce")})


@remembered()
def _largest(held: Frame) -> Frame:
    """Return parcel_id and the firm_uscc of its largest holding."""
    used = held[held["area_m2"] > 0].sort_values(["area_m2", "uscc"], ascending=[False, True], kind="stable")
    return used.drop_duplicates("parcel_id")[["parcel_id", "uscc"]].rename(columns={"uscc": "firm_uscc"})


@remembered(zones=ALL)
def _zone_shapes(book: Book) -> Frame:
    """Return one row a zone with its name and all its blocks as one shape."""
    zones = book.tables["zones"]
    if zones.empty:
        return zones[["zone_id", "name", "geometry"]]
    names = zones.drop_duplicates("zone_id")[["zone_id", "name"]].reset_index(drop=True)
    if book.crs is None or zones["geometry"].isna().all():
        return names
    drawn = zones[zones["geometry"].notna()]
    shapes = gpd.GeoDataFrame(drawn[["zone_id"]], geometry=list(drawn["geometry"]), crs=book.crs).dissolve("zone_id")
    joined = names.merge(shapes["geometry"], left_on="zone_id", right_index=True, how="left", validate="one_to_one")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=book.crs)


def _provenance(
    book: Book,
    policies: Sequence[Policy],
    year: int,
    as_of: date,
    engine: str,
    graded: Sequence[grading.GradingResult],
) -> dict[str, Any]:
    inputs = [{"path": f"inputs/{each.path}", "sha256": each.sha256, "bytes": each.bytes} for each in book.inputs]
    chosen = [{"id": policy.id, "sha256": policy.sha256} for policy in policies]
    basis = json.dumps([inputs, chosen, year, as_of.isoformat()], sort_keys=True, ensure_ascii=False)
    blocking = book.faults[book.faults["severity"] == "blocking"]
    blanks = [
        say("verdicts.blank", policy=one.policy.label, field=name, firms=count)
        for one in graded
        for name, count in one.blanks.items()
    ]
    return {
        "inputs": inputs,
        "policies": chosen,
        "version": VERSION,
        "year": year,
        "as_of": as_of.isoformat(),
        "engine": engine,
        "data": hashlib.sha256(basis.encode()).hexdigest(),
        "unanswered": [*blocking["message"].astype(str), *blanks],
    }
