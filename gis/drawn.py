"""Parcel × land use × zone of one cell as shapes: a row a piece, what lies under no class or in no zone included."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from gis import cutting, element, geoparquet, measure, repair, wkb
from gis.element import Ints, Shapes
from gis.shares import DECIMALS, NOWHERE, RESIDUE_M2, Layer

NAMES = ["parcel", "use", "zone"]


def pieces(parcels: Layer, use: Layer, zones: Layer, crs: CRS) -> pa.Table:
    """One row is a piece of a parcel under one land-use polygon in one zone: a GeoParquet table, sorted by row.

    zone_id is missing outside every zone, class under no land use, the shape where the parcel is not drawn. The pieces
    of a parcel are the parcel where neither land use nor zones lie on one another; otherwise both are drawn.
    """
    land, ground, zoned = (_mended(layer, crs) for layer in (parcels, use, zones))
    by_use = _split(land, ground)
    by_zone = _split(by_use.geometry, zoned)
    at = by_use.take(by_zone["a"])
    whole = pd.DataFrame({"parcel": at["a"].to_numpy(), "use": at["b"].to_numpy(), "zone": by_zone["b"].to_numpy()})
    drawn = np.asarray(by_zone.geometry.array, dtype=object)
    drawn[shapely.is_empty(land.array)[whole["parcel"]]] = None
    area = np.where(shapely.is_missing(drawn), np.nan, measure.area_m2(by_zone.geometry))
    order = np.lexsort((whole["zone"], whole["use"], whole["parcel"]))
    return _table(whole.iloc[order], drawn[order], area[order], (parcels, use, zones), crs)


def _mended(layer: Layer, crs: CRS) -> gpd.GeoSeries:
    """The polygons, looked at one by one and mended unless the file says they are valid; empty where there is none."""
    known = gpd.GeoSeries(wkb.shapes(layer.polygons), crs=crs)
    return known if layer.valid else repair.make_valid_polygons(known)[0]


def _split(a: gpd.GeoSeries, b: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """One row is a piece of A∩B, or (b: NOWHERE) what of A is on no B: positions a, b, geometry; every A has a row."""
    found = cutting.pieces(a, b)
    whole = measure.area_m2(a)
    known = np.bincount(found["a"], found["area_m2"], len(a))
    bare = np.flatnonzero((np.nan_to_num(whole) - known > RESIDUE_M2) | ~np.isin(np.arange(len(a)), found["a"]))
    left = _left(a.array[bare], b, found[["a", "b"]].set_index("a"), bare)
    real = ~shapely.is_empty(left) | shapely.is_empty(a.array[bare])
    rest = gpd.GeoDataFrame({"a": bare[real], "b": NOWHERE}, geometry=left[real], crs=a.crs)
    return gpd.GeoDataFrame(pd.concat([found.drop(columns="area_m2"), rest], ignore_index=True), crs=a.crs)


def _left(a: Shapes, b: gpd.GeoSeries, lies: pd.DataFrame, at: Ints) -> Shapes:
    """Each A without the B that lie on it."""
    out: Shapes = np.asarray(a, dtype=object).copy()
    of_a = lies[lies.index.isin(at)]["b"]
    for one, on_it in of_a.groupby(level=0):
        place = np.searchsorted(at, one)
        out[place] = shapely.difference(out[place], shapely.union_all(b.array[on_it.to_numpy()]))
    return element.polygons_only(out)


def _table(whole: pd.DataFrame, drawn: Shapes, area: np.ndarray, layers: tuple[Layer, ...], crs: CRS) -> pa.Table:
    """Keys in place of positions, areas rounded as they are printed, the box of each piece beside it."""
    of_parcel, of_use, of_zone = (
        layer.key.take(pa.array(whole[name].to_numpy(), mask=(whole[name] == NOWHERE).to_numpy()))
        for name, layer in zip(NAMES, layers, strict=True)
    )
    columns = {
        "row": layers[0].row[whole["parcel"]],
        "parcel_id": of_parcel,
        "zone_id": of_zone,
        "class": of_use,
        "area_m2": pa.array(measure.half_up(area, DECIMALS), from_pandas=True),
        "area_mu": pa.array(measure.half_up(measure.to_mu(area), DECIMALS), from_pandas=True),
    }
    return geoparquet.table(columns, drawn, crs)
