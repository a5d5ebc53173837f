"""What tables say of each other: firms, parcels and zones named but not delivered, years a firm lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from parcels import faults
from parcels.allotment import among
from parcels.memory import remembered
from parcels.places import Places
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

TO_FIRMS = ("firm_years", "holdings", "months", "events")
TO_PARCELS = ("delays", "agreements", "buildings")  # holdings: parcels/holdings.py, which knows their dates
TO_ZONES = ("parcels", "firms", "appraisals", "zone_years")
MOST_YEARS_SHARE = 0.2
AT = ("_source", "_row")


@remembered(
    firms=("uscc", "name", "founded_on", "zone_id", *AT),
    firm_years=("uscc", "year", *AT),
    parcels=("parcel_id", "holder_uscc", "holder", "zone_id", *AT),
    holdings=("uscc", "parcel_id", *AT),
    zones=("zone_id",),
    **dict.fromkeys(("months", "events"), ("uscc", *AT)),
    **dict.fromkeys(("delays", "agreements", "buildings"), ("parcel_id", *AT)),
    **dict.fromkeys(("appraisals", "zone_years"), ("zone_id", *AT)),
)
def linked(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Return the faults between tables; a table that was not delivered is not held against the others."""
    found: list[Frame] = []
    if len(tables["firms"]):
        firms = tables["firms"]["uscc"]
        found += [_unknown("unmatched_firm", table, "uscc", tables[table], firms, places) for table in TO_FIRMS]
        found.append(_holders(tables, places))
        found.append(_without_land(tables, places))
        found.append(_years(tables, places))
    if len(tables["parcels"]):
        parcels = tables["parcels"]["parcel_id"]
        lost = (_unknown("unmatched_parcel", name, "parcel_id", tables[name], parcels, places) for name in TO_PARCELS)
        found += lost
    if len(tables["zones"]):
        zones = tables["zones"]["zone_id"]
        found += [_unknown("unmatched_zone", table, "zone_id", tables[table], zones, places) for table in TO_ZONES]
    return faults.stacked(found)


def _unknown(kind: str, table: str, column: str, frame: Frame, known: pd.Series, places: Places) -> Frame:
    strange = frame[column].notna() & ~among(frame[column], known)
    if not strange.any():
        return faults.none()
    rows = frame.loc[strange, [column, *AT]]
    where = places.of(table, rows, column)
    what = entry("parcels.table")[table]
    why = [say(f"parcels.link.{kind}", table=what, value=value) for value in rows[column]]
    return faults.many(kind, where.assign(why=why))


def _holders(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Holders in the parcel ledger that are no delivered firm; industrial land that nobody is said to hold."""
    parcels, firms = tables["parcels"], tables["firms"]["uscc"]
    lost = _unknown("unmatched_firm", "parcels", "holder_uscc", parcels, firms, places)
    held = among(parcels["parcel_id"], tables["holdings"]["parcel_id"])
    alone = parcels["holder_uscc"].isna() & ~held & parcels["holder"].isna()
    nobody = parcels.loc[alone, ["parcel_id", "holder_uscc", *AT]]
    why = [say("parcels.link.nobody", parcel=parcel) for parcel in nobody["parcel_id"]]
    where = places.of("parcels", nobody, "holder_uscc").assign(why=why)
    return faults.stacked([lost, faults.many("unmatched_firm", where)])


def _without_land(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Firms that no holding and no parcel names."""
    if tables["parcels"].empty and tables["holdings"].empty:
        return faults.none()
    firms = tables["firms"]
    named = pd.concat([tables["holdings"]["uscc"], tables["parcels"]["holder_uscc"]])
    rows = firms.loc[~among(firms["uscc"], named), ["uscc", "name", *AT]]
    why = [say("parcels.link.no_land", firm=firm) for firm in rows["name"].fillna(rows["uscc"])]
    return faults.many("unmatched_parcel", places.of("firms", rows, "uscc").assign(why=why))


def _years(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Firms that lack a year which others have; a year before a firm was founded is not lacking."""
    firms, years = tables["firms"], tables["firm_years"]
    if years.empty:
        return faults.none()
    count = years.groupby("year")["uscc"].nunique()
    usual = count.index[count > MOST_YEARS_SHARE * years["uscc"].nunique()]
    lacks = pd.Series("", index=firms.index, dtype="str")
    for year in usual:
        absent = ~among(firms["uscc"], years.loc[years["year"].eq(year), "uscc"])
        absent &= ~(firms["founded_on"].dt.year > year)
        lacks = lacks.mask(absent, lacks + "、" + str(year))
    rows = firms.loc[lacks.ne(""), ["uscc", *AT]]
    where = places.of("firms", rows, "uscc").assign(years=lacks[rows.index].str.removeprefix("、"))
    return faults.many("year_missing", where)
