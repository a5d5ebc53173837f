"""Ellipsoidal area of every parcel: the closed form against a loop over pyproj.Geod."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyproj

from benchmarks.county import county
from benchmarks.measuring import Row, alternated
from gis import measure

ABOUT = "每宗地的椭球面积。对方把边画成测地线，本工具画成图上的直线：宗地大小的图形相差在 1e-8 以内。"
COMMAND = "python -m benchmarks area"
PARCELS = 100_000


def rows() -> Iterator[Row]:
    """One row: 100,000 parcels."""
    parcels = county(PARCELS).parcels.geometry
    geod, lonlat = pyproj.Geod(ellps="GRS80"), parcels.to_crs(4490)
    costs, areas = alternated({
        "ours": lambda: measure.area_m2(parcels),
        "theirs": lambda: np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in lonlat]),
    })
    apart = np.abs(areas["ours"] / areas["theirs"] - 1).max()
    yield Row("椭球面积", "pyproj.Geod 循环", PARCELS, costs["ours"], costs["theirs"], f"相对差 ≤ {apart:.1e}", COMMAND,
              "≥ 6 ×，≤ 1e-7")  # fmt: skip
