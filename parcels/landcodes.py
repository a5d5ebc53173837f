"""Land codes of a delivery against their schemes: refused without one, named where the table does not hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from parcels import codes, faults, landuse
from parcels.memory import remembered
from parcels.places import Places
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

SHOWN = 3
LIKELY = 0.5


@remembered(
    landuse=("code", "scheme", "name", "_source", "_row"),
    parcels=("parcel_id", "unit_no", "_source", "_row"),
    firms=("industry_code", "industry_edition", "_source", "_row"),
)
def coded(tables: Mapping[str, Frame], places: Places, classes: Mapping[str, str]) -> Frame:
    """Return code_scheme, code_unknown, parcel_code and industry_edition faults."""
    land = tables["landuse"]
    found = [_unknown(land, places, classes), *_unschemed(land, places)]
    return faults.stacked([*found, *_parcels(tables["parcels"], places), *_firms(tables["firms"], places)])


def _unschemed(land: Frame, places: Places) -> list[Frame]:
    """One fault a layer whose codes have no scheme, with the schemes its codes and names speak for."""
    if land.empty:
        return []
    bad = land[landuse.unschemed(land["code"], land["scheme"])]
    found = []
    for source, rows in bad.groupby("_source"):
        likely = landuse.detect_scheme(rows["code"], rows["name"])
        likely = likely[likely["share"].fillna(likely["known"]) >= LIKELY].head(SHOWN)
        pairs = zip(likely["scheme"], likely["share"].fillna(likely["known"]), strict=True)
        fits = "、".join(f"{scheme}（{share:.0%}）" for scheme, share in pairs)
        why = say("parcels.scheme.likely", fits=fits) if fits else say("parcels.scheme.none")
        found.append(faults.one("code_scheme", **places.source(int(str(source)), "code", "landuse"), why=why))
    return found


def _unknown(land: Frame, places: Places, classes: Mapping[str, str]) -> Frame:
    if land.empty:
        return faults.none()
    pairs = land[["code", "scheme"]].drop_duplicates()
    custom = pairs["scheme"].eq(landuse.CUSTOM) & pairs["code"].notna() & ~pairs["code"].isin(classes)
    unknown = pairs[custom | landuse.unlisted(pairs["code"], pairs["scheme"])]
    if unknown.empty:
        return faults.none()
    rows = land[pd.MultiIndex.from_frame(land[["code", "scheme"]]).isin(pd.MultiIndex.from_frame(unknown))]
    return faults.many("code_unknown", places.of("landuse", rows, "code").assign(scheme=rows["scheme"]))


def _parcels(parcels: Frame, places: Places) -> list[Frame]:
    found = []
    for column in () if parcels.empty else ("parcel_id", "unit_no"):
        wrong = codes.parcel_faults(parcels[column])
        for kind in sorted(kind for kind in wrong.unique() if kind):
            rows = parcels[wrong.eq(kind)]
            where = places.of("parcels", rows, column)
            found.append(faults.many("parcel_code", where, why=say(f"parcels.parcel_code.{kind}")))
    return found


def _firms(firms: Frame, places: Places) -> list[Frame]:
    if firms.empty:
        return []
    wrong = codes.industry_faults(firms["industry_code"], firms["industry_edition"])
    rows = firms[wrong.eq("form")]
    where = places.of("firms", rows, "industry_code")
    found = [faults.many("industry_edition", where, why=say("parcels.industry.form"))]
    for source, group in firms[wrong.eq("edition")].groupby("_source"):
        place = places.source(int(str(source)), "industry_code", "firms")
        why = say("parcels.industry.edition", count=len(group))
        found.append(faults.one("industry_edition", **place, value=group["industry_code"].iloc[0], why=why))
    return found
