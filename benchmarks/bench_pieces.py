"""The pieces themselves, parcel × land use: geometry out, against geopandas.overlay."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.county import county
from benchmarks.measuring import Row, alternated
from gis import cutting

ABOUT = (
    "宗地与用地图斑相交出的图形（画在图上的图斑），不只是面积。"
    "合成数据的边界都是干净相交的：真实地块与图斑常共边，共边的仍由 GEOS 画，快得少些。"
)
COMMAND = "python -m benchmarks pieces"
PARCELS = 100_000


def rows() -> Iterator[Row]:
    """Parcel × land use, where nearly every pair is cut; parcel × zone, where nearly none is."""
    ground = county(PARCELS)
    for name, layer in (("宗地 × 用地", ground.landuse), ("宗地 × 开发区", ground.zones)):
        sides = {
            "ours": lambda layer=layer: cutting.pieces(ground.parcels.geometry, layer.geometry),
            "theirs": lambda layer=layer: gpd.overlay(ground.parcels, layer),
        }
        costs, found = alternated(sides, rounds=2)
        total = [float(np.sum(shapely.area(frame.geometry.array))) for frame in found.values()]
        same = f"{len(found['ours']):,} 与 {len(found['theirs']):,} 块，总面积差 {abs(total[0] - total[1]):.1e} m²"
        yield Row(f"{name} 图形", "geopandas.overlay", PARCELS, costs["ours"], costs["theirs"], same, COMMAND, "≥ 2 ×")
