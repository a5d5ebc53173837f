"""The shares of a thousand zones in every reading: this tool against geopandas.overlay and group-by, same sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.measuring import Row, alternated
from evaluation.policy import load_all
from evaluation.zone import measure

ABOUT = (
    "一千个开发区、约五万个地类图斑、两部口径（70 %、60 %）的全部读法：底数、上下限、说明、计入图斑。"
    "对方只叠加并按地类汇总出一个读法的分子和分母，不判断、不说明、不查重叠。"
)
COMMAND = "python -m benchmarks zones"
ZONES, PLOTS = 1_000, 49
SIDE, GAP, TILE = 1_000.0, 200.0, 1_000.0 / 7
CODES = ("1001", "1001", "1001", "1001", "1101", "0901", "1301", "0803", "1207", "1401")
INDUSTRIAL = ("1001",)
DAY = dt.date(2025, 12, 31)
CRS = 4549


def rows() -> Iterator[Row]:
    """One row: a thousand zones of seven by seven plots, turned a little so that plots straddle the edges."""
    zones, landuse = world(ZONES)
    book = delivered(zones, landuse)
    policies = load_all(["qianxi", "qinshui"])
    measure(delivered(*world(4)), policies, DAY)  # the kernel is compiled once, before any clock
    costs, answers = alternated(
        {"ours": lambda: measure(book, policies, DAY).zones, "theirs": lambda: by_overlay(zones, landuse)}, rounds=1
    )
    ours = answers["ours"]
    one = ours[(ours["rule"] == "industrial_land_70") & (ours["reading"] == "N1.K1.X0")].set_index("zone_id")[
        "measured"
    ]
    apart = (one - answers["theirs"].reindex(one.index)).abs().max()
    same = f"{len(ours):,} 行；N1.K1.X0 与对方相差 ≤ {apart:.1e}（对方按平面面积）"
    yield Row(
        "一千个开发区的占比", "geopandas.overlay + groupby", len(landuse), costs["ours"], costs["theirs"], same, COMMAND
    )


def world(count: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Zones of a square kilometre on a lattice, and plots of land use that tile and overrun each by a seventh."""
    rng = np.random.default_rng(20261124)
    wide = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    east = 500_000 + (place % wide - wide / 2) * (SIDE + GAP)
    north = 3_300_000 + (place // wide) * (SIDE + GAP)
    ids = [f"Z{at:04d}" for at in place]
    frame = pd.DataFrame({"zone_id": ids, "name": ids, "boundary": "核准", "approved_area_ha": 100.0, "kind": None})
    zones = gpd.GeoDataFrame(frame, geometry=shapely.box(east, north, east + SIDE, north + SIDE), crs=CRS)
    column, row = np.meshgrid(np.arange(7), np.arange(7))
    x = (east[:, None] + column.ravel() * TILE + TILE / 9).ravel()
    y = (north[:, None] + row.ravel() * TILE - TILE / 9).ravel()
    land = pd.DataFrame({
        "code": rng.choice(CODES, count * PLOTS), "scheme": "ydyh-2023", "basis": "planned", "name": None,
        "supply_state": None, "area_m2": np.nan, "_row": np.arange(1, count * PLOTS + 1),
    })  # fmt: skip
    return zones, gpd.GeoDataFrame(land, geometry=shapely.box(x, y, x + TILE, y + TILE), crs=CRS)


def delivered(zones: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame) -> SimpleNamespace:
    """A book of two layers."""
    years = pd.DataFrame({"zone_id": pd.Series(dtype="str"), "year": pd.Series(dtype="int64")})
    tables = {"zones": zones, "landuse": landuse, "zone_years": years, "buildings": None}
    return SimpleNamespace(tables=tables, crs=zones.crs, zones_by=None, classes={})


def by_overlay(zones: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame) -> pd.Series:
    """What an analyst would write: industrial area by the covered area of each zone, in the plane."""
    cut = gpd.overlay(landuse[["code", "geometry"]], zones[["zone_id", "geometry"]], how="intersection")
    area = cut.geometry.area
    industrial = area.where(cut["code"].isin(INDUSTRIAL), 0.0).groupby(cut["zone_id"]).sum()
    return industrial / area.groupby(cut["zone_id"]).sum()
