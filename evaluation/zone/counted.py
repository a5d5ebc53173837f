"""Which ground was counted as what: numerator, rest of the base, left out, unmapped, never two on one spot."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.finding import COUNTED_COLUMNS
from evaluation.zone.ground import Ground
from evaluation.zone.readings import ROLES, Land, Reading, roles
from gis.measure import half_up, to_mu

Frame = pd.DataFrame
KEYS = ["zone_id", "extent", "basis", "code", "use_group", "supply_state"]


def classes(ground: Ground) -> gpd.GeoDataFrame:
    """Return one row a zone × extent × basis × code: KEYS, name, scheme, pieces, area_m2, the united geometry."""
    pieces = ground.pieces
    grouped = pd.DataFrame(pieces).groupby(KEYS, dropna=False, sort=True)
    frame = grouped.agg(
        name=("name", "first"),
        scheme=("scheme", "first"),
        pieces=("use_group", "size"),
        area_m2=("area_m2", _known_sum),
    ).reset_index()
    shapes = list(grouped["geometry"].agg(_united)) if len(pieces) else []
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=pieces.crs), crs=pieces.crs)


def counted(
    land: gpd.GeoDataFrame, rule: str, reading: Reading, choices: Mapping[str, str], states: Mapping[str, Sequence[str]]
) -> gpd.GeoDataFrame:
    """Return the polygons of one reading, COUNTED_COLUMNS, from the classes of `classes`; area_mu to 4 decimals."""
    rows = land[land["extent"] == reading.extent]
    role = np.array(ROLES)[roles(Land.of(pd.DataFrame(rows)), reading, choices, states)]
    said = rows.assign(rule=rule, reading=reading.id, role=role, area_mu=half_up(to_mu(rows["area_m2"]), 4))
    return said[[*COUNTED_COLUMNS]]


def stacked(parts: list[gpd.GeoDataFrame], land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all readings' polygons in one layer; a layer without rows keeps its columns and CRS."""
    if parts:
        frame = pd.concat(parts, ignore_index=True)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=land.crs)
    blank = {column: pd.Series(dtype="float64" if column == "area_mu" else "str") for column in COUNTED_COLUMNS[:-1]}
    return gpd.GeoDataFrame(pd.DataFrame(blank), geometry=gpd.GeoSeries([], crs=land.crs), crs=land.crs)


def _known_sum(area: pd.Series) -> float:
    return float(area.sum(min_count=1)) if area.notna().all() else float("nan")


def _united(shapes: pd.Series) -> object:
    known = shapes.dropna().to_numpy()
    if len(known) == 0:
        return None
    return known[0] if len(known) == 1 else shapely.union_all(known)
