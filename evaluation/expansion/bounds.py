"""Is the zone where it may be: inside what was approved, off restricted areas, on land that was approved for use."""

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.expansion.scene import DECIMALS, Scene, answer, approved_ha, each, percent, plain
from evaluation.policy.expansion import Leaf
from evaluation.zone.outline import drawn
from evaluation.zone.readings import APPROVED, MANAGED, UNMAPPED
from gis import cells
from gis.measure import SQUARE_METRES_PER_HECTARE, area_m2, half_up, to_mu
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
FORBIDDEN = ("禁止", "红线")
SURVEYED = ("built", "actual")


def boundary(scene: Scene, _leaf: Leaf) -> Frame:
    """Ellipsoidal area of the zone's boundary [ha] ÷ 核准面积 [ha]; the approved boundary alone can pass.

    Where a planned or managed boundary is delivered beside the approved one, its ground outside the approved one is
    added on top. Where only another boundary than the approved is delivered, it can exceed but never comply: lo only.
    """
    zones = scene.outlines().set_index("zone_id")
    area = pd.Series(area_m2(zones.geometry) / SQUARE_METRES_PER_HECTARE, index=zones.index)
    beyond = _beyond(scene).reindex(zones.index).fillna(0.0)
    approved = approved_ha(scene)
    value = half_up((area + beyond) / approved.where(approved > 0), DECIMALS)
    sure = zones["boundary"].eq("核准").fillna(value=False).reindex(value.index).fillna(value=False).astype(bool)
    kind = zones["boundary"].fillna(say("zone.docket.boundary_blank")).reindex(value.index)
    evidence = each(
        scene,
        lambda z: say(
            "zone.evidence.boundary",
            kind=kind.get(z),
            a=plain(area.get(z)),
            b=plain(approved.get(z)),
            beyond=plain(beyond.get(z, 0.0)),
        ),
        value,
    )
    doubt = pd.Series(np.where(sure, "", [say("zone.docket.boundary_kind", kind=k) for k in kind]), index=value.index)
    return answer(
        scene, value, "比", say("zone.docket.no_boundary"), top=area + beyond, bottom=approved,
        lo=value, hi=value.where(sure, np.inf), evidence=evidence, lacks=doubt.mask(value.isna(), ""),
    )  # fmt: skip


def _beyond(scene: Scene) -> pd.Series:
    """Return ground of the planned or managed boundary outside the approved one [ha], where both are delivered."""
    managed, approved = scene.outlines(MANAGED), scene.outlines()
    both = managed[
        managed["zone_id"].isin(approved.loc[approved["boundary"].eq("核准").fillna(value=False), "zone_id"])
    ]
    if both.empty:
        return pd.Series(dtype="float64")
    pairs = cells.areas(both.geometry.reset_index(drop=True), approved.geometry)
    same = both["zone_id"].to_numpy()[pairs["a"]] == approved["zone_id"].to_numpy()[pairs["b"]]
    inside = np.bincount(pairs["a"][same], pairs["area_m2"][same], len(both))
    outside = (area_m2(both.geometry) - inside) / SQUARE_METRES_PER_HECTARE
    return pd.Series(half_up(np.maximum(outside, 0.0), DECIMALS), index=both["zone_id"].to_numpy())


def restricted(scene: Scene, leaf: Leaf) -> Frame:
    """Zone ground inside restricted areas [亩]: 禁止 and 红线 for forbidden_mu, 限制 for restricted_mu."""
    lacks = say("zone.docket.no_restricted")
    table, zones = scene.book.tables["restricted"], scene.outlines()
    if not drawn(table):
        return answer(scene, pd.Series(dtype="float64"), "亩", lacks)
    rows = table[table["geometry"].notna()].reset_index(drop=True)
    wanted = rows["kind"].isin(FORBIDDEN) if leaf.id == "forbidden_mu" else rows["kind"].eq("限制").fillna(value=False)
    blank = rows["kind"].isna()
    zero = pd.Series(0.0, index=zones["zone_id"])
    area, names = _inside(zones, rows[wanted.to_numpy(dtype=bool)], scene.book.crs)
    unclear, _ = _inside(zones, rows[blank.to_numpy()], scene.book.crs)
    value = half_up(to_mu(zero.add(area, fill_value=0.0)), DECIMALS)
    most = half_up(to_mu(zero.add(area, fill_value=0.0).add(unclear, fill_value=0.0)), DECIMALS)
    whole = to_mu(pd.Series(area_m2(zones.geometry), index=zones["zone_id"]))
    evidence = each(
        scene,
        lambda z: say(
            "zone.evidence.restricted",
            mu=plain(value.get(z)),
            share=percent(value.get(z) / whole.get(z)),
            names=names.get(z, say("zone.evidence.nothing")),
        ),
        value,
    )
    return answer(
        scene, value, "亩", say("zone.docket.no_outline"), lo=value, hi=most, top=value, bottom=whole, evidence=evidence
    )


def _inside(zones: gpd.GeoDataFrame, rows: Frame, crs: Any) -> tuple[pd.Series, dict[str, str]]:
    """Return m² of each zone under the rows, counted once where they overlap, and the names that lie on it."""
    if rows.empty or zones.empty:
        return pd.Series(dtype="float64"), {}
    pairs = cells.pieces(zones.geometry, gpd.GeoSeries(rows["geometry"].to_numpy(), crs=crs))
    zone = pd.Series(zones["zone_id"].to_numpy()[pairs["a"]], index=pairs.index)
    named = rows["name"] if "name" in rows else pd.Series(pd.NA, index=rows.index)
    label = named.where(named.notna(), rows["kind"]).fillna("").astype(str).to_numpy()[pairs["b"]]
    united = pairs.dissolve(by=zone)
    area = pd.Series(area_m2(united.geometry), index=united.index)
    names = {key: "、".join(sorted(set(part))) for key, part in pd.Series(label, index=pairs.index).groupby(zone)}
    return area, names


def unapproved(scene: Scene, leaf: Leaf) -> Frame:
    """Ground whose supply_state says it was used without approval [亩]; a blank state is unknown ground."""
    pieces = surveyed(scene)
    state = pieces["supply_state"]
    area = pieces["area_m2"]
    by = pieces["zone_id"]
    bad = area.where(state.isin(leaf.states), 0.0).groupby(by).sum()
    unclear = area.where(state.isna(), 0.0).groupby(by).sum()
    none = state.isna().groupby(by).all()
    value = half_up(to_mu(bad), DECIMALS).mask(none)
    most = half_up(to_mu(bad + unclear), DECIMALS)
    evidence = each(
        scene,
        lambda z: say(
            "zone.evidence.unapproved",
            mu=plain(value.get(z)),
            blank=plain(half_up(to_mu(float(unclear.get(z, 0.0))), DECIMALS)),
        ),
        value,
    )
    return answer(
        scene, value, "亩", say("zone.docket.no_supply_state"),
        lo=value, hi=most.where(~none), top=value, evidence=evidence,
    )  # fmt: skip


def surveyed(scene: Scene) -> gpd.GeoDataFrame:
    """Return the pieces of the built basis, else of the surveyed one."""
    pieces = scene.ground.pieces
    return pieces[(pieces["basis"] == surveyed_basis(scene)) & (pieces["extent"] == APPROVED)]


def surveyed_basis(scene: Scene) -> str:
    """Return the built basis, else the surveyed one, else none of those delivered."""
    return next((name for name in SURVEYED if name in scene.ground.bases), "")


def comparable(actual: Frame, planned: Frame) -> pd.Series:
    """Return where surveyed and planned use of one spot can be compared: one zone, both mapped.

    三调 08H2 科教文卫 holds research that no code tells apart (POLICY §8.2): against planned research it says nothing.
    """
    known = (actual["use_group"] != UNMAPPED) & (planned["use_group"] != UNMAPPED)
    schools = (actual["scheme"] == "sandiao") & actual["code"].fillna("").astype(str).str.startswith("08H2")
    hidden = schools.fillna(value=False) & (planned["use_group"] == "research")
    return ((actual["zone_id"] == planned["zone_id"]) & known & ~hidden).astype(bool)
