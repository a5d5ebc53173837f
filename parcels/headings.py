"""Headings as bureaus write them → columns of the contract, and the table a sheet or layer must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from parcels import columns, units
from parcels.words import entry

BRACKETS = re.compile(r"[(\[【<]([^()\[\]【】<>]*)[)\]】>]")
DRAWN_ONLY = frozenset({"landuse", "buildings", "restricted"})
DRAWABLE = frozenset({"zones", "landuse", "parcels", "buildings", "restricted"})
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)(?:年度?(?!末)|度)?")
YEARLY = "firm_years"  # the table whose headings may name the year of their cells
DBF_HEADING = 10
HINT_WEIGHT = 2.0
CUT_WEIGHT = 0.5  # a heading cut at ten bytes is half a witness
LEAST_SCORE = 1.0
SHEET = 4096  # the cells of one sheet that may be headings, each read under titles, alone and stacked
# A sheet is the table only if it has one of each of these.
NEEDED: Mapping[str, tuple[frozenset[str], ...]] = {
    "zones": (frozenset({"zone_id", "name"}), frozenset({"approved_area_ha", "boundary", "level", "kind", "geometry"})),
    "landuse": (frozenset({"geometry"}), frozenset({"code", "name"})),
    "parcels": (
        frozenset({"parcel_id", "unit_no", "supervision_no", "location", "holder"}),
        frozenset({
            "geometry",
            "area_registered_m2",
            "area_contract_m2",
            "area_approved_m2",
            "agreed_start",
            "actual_start",
            "price_wan",
            "use_name",
            "use_code",
            "supply_kind",
            "contract_date",
        }),
    ),
    "delays": (frozenset({"parcel_id"}), frozenset({"cause"}), frozenset({"from", "to"})),
    "agreements": (frozenset({"parcel_id"}), frozenset({"new_start", "new_completion"})),
    "buildings": (frozenset({"geometry"}), frozenset({"building_id", "floors", "height_m", "floor_m2"})),
    "firms": (
        frozenset({"uscc", "name"}),
        frozenset({column.column for column in columns.columns("firms")} - {"uscc"}),
    ),
    "firm_years": (
        frozenset({"uscc", "name"}),
        frozenset({column.column for column in columns.columns("firm_years")} - {"uscc", "year", "name"}),
    ),
    "holdings": (
        frozenset({"uscc", "name"}),
        frozenset({"parcel_id"}),
        frozenset({"kind", "area_m2", "share", "floor_m2"}),
    ),
    "months": (
        frozenset({"uscc", "name"}),
        frozenset({"month"}),
        frozenset({"electricity_kwh", "water_t", "tax_wan", "insured"}),
    ),
    "events": (
        frozenset({"uscc", "name"}),
        frozenset({"kind"}),
        frozenset({"year", "value", "reason", "authority"}),
    ),
    "appraisals": (frozenset({"zone_id"}), frozenset({"score", "rank", "result"})),
    "zone_years": (frozenset({"zone_id"}), frozenset({"A", "A1", "A2", "B", "B21", "C", "D", "D22", "G", "H"})),
    "restricted": (frozenset({"geometry"}), frozenset({"kind"})),
    "images": (frozenset({"file"}), frozenset({"bands"})),
}


@dataclass(frozen=True)
class Heading:
    """A heading read: as delivered, without its unit and year, the unit it states ('' if none), the year it names."""

    text: str
    base: str
    unit: str
    year: int | None = None


@dataclass(frozen=True)
class Match:
    """What a row of headings says as one table: position → column, and how much speaks for it."""

    table: str
    columns: Mapping[int, str]
    score: float


@lru_cache(SHEET)
def plain(text: str) -> str:
    """Return a heading in one spelling: NFKC, no spaces, dashes and underscores, lower case."""
    flat = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s_\-—–·:*#'\"“”]+", "", flat)


@lru_cache(SHEET)
def read(text: str) -> Heading:
    """Return a heading's base, unit and year: `用地面积（亩）`, `核准面积_公顷`, `税收万元`, `2023年税收（万元）`."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    year, undated = _dated(flat)
    if year and plain(flat) not in every_alias():
        rest = _measured(undated)
        return Heading(text, rest.base, rest.unit, year)
    return replace(_measured(flat), text=text)


def _measured(flat: str) -> Heading:
    for found in BRACKETS.finditer(flat):
        inside = re.sub(r"^单位[::]?", "", found.group(1))
        if units.dimensions(inside):
            return Heading(flat, flat[: found.start()] + flat[found.end() :], inside)
    base, unit = _suffixed(flat)
    return Heading(flat, base, unit)


def _dated(flat: str) -> tuple[int | None, str]:
    """The one year a heading names (`2023年税收`, `税收_2023`, `税收(2023年,万元)`) and the heading without it."""
    found = list(YEAR.finditer(flat))
    if len(found) != 1 or len(found[0].group()) == len(flat):
        return None, flat
    rest = flat[: found[0].start()] + flat[found[0].end() :]
    rest = re.sub(r"([(\[【])[,、;]+|[,、;]+([)\]】])", r"\1\2", rest)
    return int(found[0].group(1)), re.sub(r"[(\[【][)\]】]", "", rest).strip("_-/·.:,、")


def _suffixed(flat: str) -> tuple[str, str]:
    for mark in re.finditer(r"[/_:,、,]", flat):
        base, unit = flat[: mark.start()], flat[mark.end() :]
        if base and units.dimensions(unit):
            return base, unit
    for unit in _endings():
        if len(flat) > len(unit) + 1 and flat.lower().endswith(unit) and plain(flat) not in every_alias():
            return flat[: -len(unit)], flat[-len(unit) :]
    return flat, ""


@cache
def _endings() -> tuple[str, ...]:
    """Chinese unit words of two characters and more, and 亩, the longest first."""
    words = {unit for group in units.UNITS.values() for unit in group if not unit.isascii()}
    return tuple(sorted((word for word in words if len(word) > 1 or word == "亩"), key=lambda word: (-len(word), word)))


@cache
def aliases(table: str) -> Mapping[str, tuple[str, int]]:
    """Return every accepted heading of a table in plain spelling → (column, how far from its own name)."""
    known: dict[str, tuple[str, int]] = {}
    for column in columns.columns(table):
        if column.type == "geometry":
            continue
        for distance, alias in enumerate((column.column, column.name, *column.aliases)):
            spelled = plain(alias)
            if spelled not in known or known[spelled][1] > distance:
                known[spelled] = (column.column, distance)
    return known


@cache
def every_alias() -> frozenset[str]:
    """Return every accepted heading of any table in plain spelling."""
    return frozenset(alias for table in columns.tables() for alias in aliases(table))


@cache
def weight(alias: str) -> float:
    """Return how much one heading says about its table: 1 if only one table uses it."""
    return 1.0 / max(1, sum(alias in aliases(table) for table in columns.tables()))


@cache
def _cut(table: str, octets: int, encoding: str) -> Mapping[bytes, tuple[str, ...]]:
    """DBF headings hold 10 bytes: the first 10 of each alias → the columns it may be."""
    heads: dict[bytes, set[str]] = {}
    for alias, (column, _) in aliases(table).items():
        raw = alias.encode(encoding, errors="ignore")
        if len(raw) > octets:
            heads.setdefault(_whole(raw[:octets], encoding), set()).add(column)
    return {head: tuple(sorted(found)) for head, found in heads.items()}


def _whole(raw: bytes, encoding: str) -> bytes:
    """Cut bytes without the half character a cut may leave."""
    return raw.decode(encoding, errors="ignore").encode(encoding)


def match(
    table: str, headings: Sequence[Heading], *, truncated: bool = False, name: str = "", drawn: bool = False
) -> Match:
    """Return what a row of headings says as `table`; `truncated` for DBF, `name` of file and sheet, `drawn` layers."""
    found: dict[int, tuple[str, int]] = {}
    said: dict[str, float] = {}
    for position, heading in enumerate(headings):
        alias, column, distance = _column(table, heading, truncated=truncated)
        if not column:
            continue
        found[position] = (column, distance)
        says = 1.0 if heading.year else weight(alias) if alias else CUT_WEIGHT  # no other table dates its headings
        said[column] = max(said.get(column, 0.0), says)
    score = sum(said.values())
    chosen = _nearest(found)
    taken = {*chosen.values(), *({"geometry"} if drawn and table in DRAWABLE else set())}
    if not all(taken & any_of for any_of in NEEDED[table]) or (drawn and table not in DRAWABLE):
        score = 0.0
    elif named(table, name):
        score += HINT_WEIGHT
    return Match(table, chosen, score)


def best(headings: Sequence[Heading], *, truncated: bool = False, name: str = "", drawn: bool = False) -> Match | None:
    """Return the table a row of headings speaks for most, or None."""
    if not truncated and not any(plain(text) in every_alias() for one in headings for text in (one.text, one.base)):
        return None  # a row of data, as most are
    matches = [
        match(table, headings, truncated=truncated, name=name, drawn=drawn)
        for table in columns.tables()
        if drawn or table not in DRAWN_ONLY
    ]
    top = max(matches, key=lambda one: one.score)
    return top if top.score >= LEAST_SCORE else None


def named(table: str, name: str) -> bool:
    """Say whether a file's, sheet's or layer's name speaks for a table."""
    return any(word in name.lower() for word in entry("parcels.hint").get(table, ()))


def _column(table: str, heading: Heading, *, truncated: bool) -> tuple[str, str, int]:
    """The alias found, its column, and its distance; ('', '', 0) if none."""
    known = aliases(table)
    if heading.year and table != YEARLY:
        return "", "", 0
    for text in (heading.text, heading.base):
        alias = plain(text)
        if alias in known:
            return alias, *known[alias]
    return _truncated(table, heading.text) if truncated else ("", "", 0)


def _truncated(table: str, text: str) -> tuple[str, str, int]:
    for encoding in ("gb18030", "utf-8"):
        raw = plain(text).encode(encoding, errors="ignore")
        for octets in (DBF_HEADING, DBF_HEADING - 1, DBF_HEADING - 2):
            candidates = _cut(table, octets, encoding).get(raw, ())
            if len(candidates) == 1:
                return "", candidates[0], 99
    return "", "", 0


def _nearest(found: Mapping[int, tuple[str, int]]) -> dict[int, str]:
    """All positions that say a column, nearest to its own name first: the first is taken, the others fill gaps."""
    order = sorted(found, key=lambda position: (found[position][1], position))
    return {position: found[position][0] for position in order}
