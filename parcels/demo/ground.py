"""Say what each piece of ground is planned for and what it is: two land-use layers, zones, what is off limits."""

from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parcels.demo.place import CRS, ZONES, Zone
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

# use → (用地用海 2023 code, name), (三调 code, name); a lot not yet built on is 1201 空闲地 whatever it is planned for
PLANNED = {
    "industrial": ("100102", "二类工业用地"),
    "storage": ("110101", "一类物流仓储用地"),
    "research": ("0802", "科研用地"),
    "residential_commercial": ("0901", "商业用地"),
    "public_service": ("0801", "机关团体用地"),
    "infrastructure": ("1303", "供电用地"),
    "road": ("1207", "城镇村道路用地"),
    "bank": ("1402", "防护绿地"),
    "park": ("1401", "公园绿地"),
    "river": ("1701", "河流水面"),
    "reserve": ("16", "留白用地"),
}
ACTUAL = {
    "industrial": ("0601", "工业用地"),
    "storage": ("0508", "物流仓储用地"),
    "research": ("08H2", "科教文卫用地"),
    "residential_commercial": ("05H1", "商业服务业设施用地"),
    "public_service": ("08H1", "机关团体新闻出版用地"),
    "infrastructure": ("0809", "公用设施用地"),
    "road": ("1004", "城镇村道路用地"),
    "bank": ("0810", "公园与绿地"),
    "park": ("0810", "公园与绿地"),
    "river": ("1101", "河流水面"),
    "reserve": ("1201", "空闲地"),
    "vacant": ("1201", "空闲地"),
}
LIGHT_INDUSTRY = ("100101", "一类工业用地")
AROUND = (("0101", "水田"), ("0103", "旱地"), ("0301", "乔木林地"), ("0201", "果园"))
MARGIN = 400.0  # metres of country drawn around the zones
TILES = 4  # the country around is drawn in so many strips


@dataclass(frozen=True)
class Ground:
    """The land of the county: lots with their use, the layers of planned and actual use, zones, restricted areas."""

    lots: gpd.GeoDataFrame  # zone_id, quarter, block, use, corners, area_m2 (planar, to 0.01), geometry
    rest: gpd.GeoDataFrame  # zone_id, use, geometry: roads, green, river, reserve
    around: gpd.GeoDataFrame  # code, name, geometry: country outside the zones
    zones: gpd.GeoDataFrame  # zone_id, area_ha, geometry


def settle(pieces: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame) -> Ground:
    """Return the ground with every lot's use chosen so that each zone's shares come out as ZONES plans them."""
    lots = pieces[pieces["kind"] == "lot"].reset_index(drop=True)
    lots["area_m2"] = np.round(lots.area, 2)
    zones = outlines.dissolve("zone_id").reset_index()[["zone_id", "geometry"]]
    zones["area_ha"] = np.round(zones.area / 10_000, 4)
    centre = np.array(outlines.total_bounds).reshape(2, 2).mean(axis=0)
    lots["use"] = _uses(lots, zones.set_index("zone_id").area, centre)
    rest = pieces[pieces["kind"] != "lot"].reset_index(drop=True)
    rest = rest.assign(use=_with_reserve(rest))[["zone_id", "use", "geometry"]]
    return Ground(lots, rest, _around(outlines), zones)


def _uses(lots: gpd.GeoDataFrame, whole: pd.Series, centre: np.ndarray) -> pd.Series:
    """Town side first: offices, shops and homes, research, then industry, storage, utilities outermost."""
    middle = lots.geometry.centroid
    away = np.hypot(middle.x - centre[0], middle.y - centre[1])
    order = pd.DataFrame({"zone": lots["zone_id"], "block": away.groupby(lots["block"]).transform("mean"), "lot": away})
    use = pd.Series("industrial", index=lots.index)
    for zone in ZONES:
        mine = order[order["zone"] == zone.zone_id].sort_values(["block", "lot"]).index
        area = lots.loc[mine, "area_m2"].to_numpy()
        use[mine] = _fill(zone, area, float(whole[zone.zone_id]))
    return use


def _fill(zone: Zone, area: np.ndarray, whole: float) -> np.ndarray:
    share = dict(zone.uses)
    share["residential_commercial"] = max(0.0, area.sum() / whole - sum(share.values()))
    inside_out = ["public_service", "residential_commercial", "research", "industrial", "storage", "infrastructure"]
    bounds = np.cumsum([share[use] for use in inside_out]) * whole
    middle = np.cumsum(area) - area / 2
    return np.array(inside_out)[np.minimum(np.searchsorted(bounds, middle), len(inside_out) - 1)]


def _with_reserve(rest: gpd.GeoDataFrame) -> pd.Series:
    """The second zone keeps one green block back as 留白用地."""
    use = rest["kind"].copy()
    held = rest.index[(rest["kind"] == "park") & (rest["zone_id"] == ZONES[1].zone_id)]
    use[held[:1]] = "reserve"
    return use


def _around(outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    west, south, east, north = outlines.total_bounds + np.array([-1, -1, 1, 1]) * MARGIN
    steps = np.linspace(west, east, TILES + 1)
    strips = shapely.box(steps[:-1], south, steps[1:], north)
    zones = shapely.union_all(outlines.geometry.to_numpy())
    country = shapely.difference(strips, zones)
    codes = [AROUND[i % len(AROUND)] for i in range(TILES)]
    frame = pd.DataFrame({"code": [c for c, _ in codes], "name": [n for _, n in codes]})
    return gpd.GeoDataFrame(frame, geometry=country, crs=CRS)


def planned_layer(ground: Ground) -> gpd.GeoDataFrame:
    """Return the plan: code, name, area_m2, geometry; lots of one block and use are one polygon, as plans draw them."""
    lots = ground.lots
    code = lots["use"].map({use: PLANNED[use][0] for use in PLANNED})
    code = code.where((lots["use"] != "industrial") | (lots["block"] % 3 > 0), LIGHT_INDUSTRY[0])
    names = {**dict(PLANNED.values()), LIGHT_INDUSTRY[0]: LIGHT_INDUSTRY[1]}
    whole = lots[["block", "geometry"]].assign(code=code).dissolve(["block", "code"], method="coverage").reset_index()
    blocks = whole.assign(name=whole["code"].map(names))[["code", "name", "geometry"]]
    return _layer([blocks, _coded(ground.rest, PLANNED)])


def actual_layer(ground: Ground, vacant: pd.Series) -> gpd.GeoDataFrame:
    """Return what is there: code, name, supply_state, area_m2, geometry; `vacant` marks lots nothing stands on."""
    use = ground.lots["use"].mask(vacant, "vacant")
    lots = _coded(ground.lots.assign(use=use), ACTUAL).assign(supply_state="已供")
    rest = _coded(ground.rest, ACTUAL)
    rest["supply_state"] = np.where(ground.rest["use"] == "reserve", "未供", "已供")
    return _layer([lots, rest, ground.around.assign(supply_state="未供")])


def _coded(land: gpd.GeoDataFrame, table: dict[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    pairs = land["use"].map(table)
    return gpd.GeoDataFrame({"code": pairs.str[0], "name": pairs.str[1]}, geometry=land.geometry, crs=CRS)


def _layer(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=CRS)
    return whole.assign(area_m2=np.round(whole.area, 2))


def zone_layer(ground: Ground) -> gpd.GeoDataFrame:
    """Return the zones with name, level, approved_area_ha (as drawn, to 0.01), boundary 核准, place names."""
    known = pd.DataFrame(entry("demo.zones")).T
    frame = ground.zones.set_index("zone_id").join(known).reset_index()
    place = {"province": entry("demo.province"), "city": entry("demo.city"), "county": entry("demo.county")}
    return frame.assign(approved_area_ha=np.round(frame["area_ha"], 2), boundary="核准", **place)


def restricted_layer(ground: Ground) -> gpd.GeoDataFrame:
    """Return areas off limits: one reaches into the second zone, the other two lie outside every zone."""
    second = ground.zones.set_index("zone_id").geometry[ZONES[1].zone_id]
    west, south, east, _ = ground.around.total_bounds
    edge = shapely.Point(second.bounds[0] + 60.0, (second.bounds[1] + second.bounds[3]) / 2)
    shapes = [edge.buffer(210.0, quad_segs=6), shapely.box(west, south, west + 350.0, south + 250.0),
              shapely.box(east - 300.0, south, east, south + 200.0)]  # fmt: skip
    words = pd.DataFrame(entry("demo.restricted"), columns=["kind", "name"])
    return gpd.GeoDataFrame(words, geometry=shapes, crs=CRS)
