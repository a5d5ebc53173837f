"""How large a zone would be and how it grew: the figures of provincial rules on expansion (POLICY §9.1, Sichuan)."""

from typing import TypeAlias

import numpy as np
import pandas as pd
import shapely

from evaluation.expansion.scene import DECIMALS, Scene, answer, each, plain
from evaluation.policy.expansion import Leaf
from evaluation.zone.readings import MANAGED
from gis.measure import area_m2, half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
SQUARE_METRES_PER_KM2 = 1_000_000.0


def extent(scene: Scene, leaf: Leaf) -> Frame:
    """Area [平方公里] or number of blocks of the zone as it would be: its planned boundary where that is delivered.

    Without one, the zone as it is can only exceed the limit: what would be added is not known.
    """
    planned, today = (scene.outlines(kind).set_index("zone_id").geometry for kind in (MANAGED, "approved"))
    shapes = planned.combine_first(today) if len(planned) else today
    if leaf.id == "zone_km2":
        value = pd.Series(half_up(area_m2(shapes) / SQUARE_METRES_PER_KM2, DECIMALS), index=shapes.index)
        unit = "平方公里"
    else:
        value = pd.Series([float(len(shapely.get_parts(shape))) for shape in shapes], index=shapes.index)
        unit = "块"
    asked = value.index.isin(planned.index)
    evidence = each(
        scene,
        lambda z: say(f"zone.evidence.{'asked' if z in planned.index else 'today'}", value=plain(value[z]), unit=unit),
        value,
    )
    lacks = pd.Series(np.where(asked, "", say("zone.docket.no_request")), index=value.index)
    return answer(
        scene, value, unit, say("zone.docket.no_outline"),
        lo=value, hi=value.where(asked, np.inf), evidence=evidence, lacks=lacks,
    )  # fmt: skip


def growth(scene: Scene, leaf: Leaf) -> Frame:
    """The least lead over the provincial mean [百分点] in each of the last `years` years; a missing year is unknown."""
    wanted = list(range(scene.year - leaf.years + 1, scene.year + 1))
    table = scene.book.tables["zone_years"]
    rows = table[table["year"].isin(wanted)].drop_duplicates(["zone_id", "year"])
    there = {"growth_rate", "growth_rate_mean"} <= set(rows.columns)
    lead = rows["growth_rate"].astype("float64") - rows["growth_rate_mean"].astype("float64") if there else np.nan
    wide = rows.assign(lead=lead).pivot(index="zone_id", columns="year", values="lead")
    wide = wide.reindex(index=scene.zone_ids, columns=wanted).astype("float64")
    value = pd.Series(half_up(wide.min(axis=1, skipna=False), DECIMALS), index=wide.index)
    lacks = [
        say("zone.docket.no_growth", years="、".join(str(year) for year in wide.columns[gone])) if gone.any() else ""
        for gone in wide.isna().to_numpy()
    ]
    evidence = each(scene, lambda z: "；".join(_lead(year, wide.at[z, year]) for year in wanted), value)
    return answer(scene, value, "百分点", "", evidence=evidence, lacks=pd.Series(lacks, index=wide.index))


def _lead(year: int, lead: float) -> str:
    return say("zone.evidence.growth", year=year, lead=f"{lead:+g}")


def revenue(scene: Scene, _leaf: Leaf) -> Frame:
    """The zone's industrial revenue ÷ that of its county [比], of the data year."""
    table = scene.book.tables["zone_years"]
    rows = table[table["year"] == scene.year].drop_duplicates("zone_id").set_index("zone_id")
    columns = ("industrial_revenue_wan", "county_industrial_revenue_wan")
    own, whole = (
        rows[name].astype("float64") if name in rows else pd.Series(np.nan, index=rows.index) for name in columns
    )
    value = pd.Series(half_up(own / whole.where(whole > 0), DECIMALS), index=rows.index)
    evidence = each(scene, lambda z: say("zone.evidence.revenue", own=plain(own[z]), whole=plain(whole[z])), value)
    lacks = say("zone.docket.no_revenue", year=scene.year)
    return answer(scene, value, "比", lacks, top=own, bottom=whole, evidence=evidence)
