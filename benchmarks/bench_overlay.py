"""Area by parcel × land-use class × zone: the compiled kernel against what an analyst would write."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.county import County, county
from benchmarks.measuring import Row, alternated
from gis import element, overlay

ABOUT = (
    "每宗地在每个开发区里每一类用地的面积。双方都从内存里的图层算到结果表。"
    "对方算平面面积，本工具算椭球面积：比较前把对方的数乘以宗地中心的面积比。"
)
WORK = "宗地 × 地类 × 开发区 面积"
COMMAND = "python -m benchmarks overlay"
SIZES = (100_000, 1_000_000)
KEY = ["pid", "cls", "zid"]


def rows() -> Iterator[Row]:
    """One row a peer and a size."""
    for n in SIZES:
        yield against(county(n), "geopandas.overlay 两次", by_geopandas, "≥ 15 ×", rounds=3 if n < 1_000_000 else 1)


def against(ground: County, peer: str, theirs: Callable[[County], pd.DataFrame], target: str, rounds: int) -> Row:
    """Both sides in turn, and how far apart their areas are."""
    ours(County(ground.parcels[:10], ground.landuse, ground.zones))
    costs, found = alternated({"ours": lambda: ours(ground), "theirs": lambda: theirs(ground)}, rounds)
    same = apart(ground.parcels, found["ours"], found["theirs"])
    return Row(WORK, peer, len(ground.parcels), costs["ours"], costs["theirs"], same, COMMAND, target)


def ours(ground: County) -> pd.DataFrame:
    """pid, cls, zid, m2."""
    found = overlay.areas_by_zone(*(layer.geometry for layer in ground))
    keys = pd.DataFrame({
        "pid": ground.parcels["pid"].to_numpy()[found["a"]],
        "cls": ground.landuse["cls"].to_numpy()[found["b"]],
        "zid": ground.zones["zid"].to_numpy()[found["zone"]],
        "m2": found["area_m2"],
    })
    return keys.groupby(KEY, as_index=False)["m2"].sum()


def by_geopandas(ground: County) -> pd.DataFrame:
    """What an analyst would write."""
    used = gpd.overlay(ground.parcels, ground.landuse)
    zoned = gpd.overlay(used, ground.zones)
    return zoned.assign(m2=zoned.area).groupby(KEY, as_index=False)["m2"].sum()


def apart(parcels: gpd.GeoDataFrame, mine: pd.DataFrame, peer: pd.DataFrame) -> str:
    """The largest difference of an area, a row that one side lacks counting as zero."""
    both = mine.merge(peer, on=KEY, how="outer").fillna({"m2_x": 0.0, "m2_y": 0.0})
    scale = local_scale(parcels)[both["pid"].to_numpy()]
    return f"{len(both):,} 行，最大差 {np.abs(both['m2_x'] - both['m2_y'] * scale).max():.1e} m²"


def local_scale(parcels: gpd.GeoDataFrame) -> np.ndarray:
    """Ellipsoidal square metres per square metre of the map, at the centre of each parcel."""
    box = shapely.bounds(parcels.geometry.array)
    x, y = (box[:, :2] + box[:, 2:]).T / 2
    return element.density(x, y, 1_000.0, element.ground_of(parcels.crs))
