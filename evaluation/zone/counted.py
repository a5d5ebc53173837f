"""Which ground was counted as what: numerator, rest of the base, left out, unmapped, never two on one spot."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.finding import COUNTED_COLUMNS
from evaluation.zone.ground import Ground
from evaluation.zone.readings import ROLES, Land, Reading, roles
from gis import cutting
from gis.measure import half_up, to_mu

Frame: TypeAlias = pd.DataFrame
KEYS = ["zone_id", "extent", "basis", "code", "use_group", "supply_state"]


def classes(ground: Ground) -> gpd.GeoDataFrame:
    """Return one row a zone × extent × basis × code: KEYS, name, scheme, pieces, area_m2, the united geometry."""
    pieces = ground.pieces
    frame = pd.DataFrame(pieces.drop(columns="geometry"))
    keys = [frame[name].astype(object).where(frame[name].notna(), "").astype(str) for name in KEYS]
    grouped = frame.assign(of=pd.MultiIndex.from_arrays(keys).factorize(sort=True)[0]).groupby("of", sort=True)
    first = grouped[[*KEYS, "name", "scheme"]].first()
    unknown = grouped["area_m2"].size() > grouped["area_m2"].count()
    figures = {"pieces": grouped["area_m2"].size(), "area_m2": grouped["area_m2"].sum().mask(unknown)}
    shapes = united(pieces.geometry.to_numpy(), grouped.ngroup().to_numpy())
    return gpd.GeoDataFrame(first.assign(**figures).reset_index(drop=True), geometry=shapes, crs=pieces.crs)


def united(shapes: Any, of: Any) -> Any:
    """Return the union of the shapes of each group 0 … n-1, None where a group has none."""
    if not len(of):
        return np.zeros(0, dtype=object)
    order = np.argsort(of, kind="stable")
    starts = np.flatnonzero(np.r_[True, of[order][1:] != of[order][:-1]])
    out = np.full(len(starts), None, dtype=object)
    for at, (start, end) in enumerate(zip(starts, np.r_[starts[1:], len(of)], strict=True)):
        known = shapes[order[start:end]]
        known = known[~shapely.is_missing(known)]
        if len(known):
            out[at] = known[0] if len(known) == 1 else cutting.united(known)
    return out


def counted(
    land: gpd.GeoDataFrame, rule: str, reading: Reading, choices: Mapping[str, str], states: Mapping[str, Sequence[str]]
) -> gpd.GeoDataFrame:
    """Return the polygons of one reading from the classes of `classes`: COUNTED_COLUMNS, name, pieces, area_m2.

    `land` is in the groups the policy declares (readings.regrouped); area_mu to 4 decimals, area_m2 to 2.
    """
    rows = land[land["extent"] == reading.extent]
    role = np.array(ROLES)[roles(Land.of(pd.DataFrame(rows)), reading, choices, states)]
    said = rows.assign(
        rule=rule, reading=reading.id, role=role, area_mu=half_up(to_mu(rows["area_m2"]), 4),
        area_m2=half_up(rows["area_m2"].astype("float64"), 2), name=rows["name"].astype("str"),
    )  # fmt: skip
    return said[[*COUNTED_COLUMNS[:-1], "name", "pieces", "area_m2", "geometry"]]


def stacked(parts: list[gpd.GeoDataFrame], land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all readings' polygons in one layer; a layer without rows keeps its columns and CRS."""
    if parts:
        frame = pd.concat(parts, ignore_index=True)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=land.crs)
    columns = (*COUNTED_COLUMNS[:-1], "name", "pieces", "area_m2")
    numbers = {"area_mu", "area_m2", "pieces"}
    blank = {column: pd.Series(dtype="float64" if column in numbers else "str") for column in columns}
    return gpd.GeoDataFrame(pd.DataFrame(blank), geometry=gpd.GeoSeries([], crs=land.crs), crs=land.crs)
