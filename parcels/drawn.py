"""The drawings of a table: its polygons that can be measured, and what the book has found out about each of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import measure

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
# Columns of a checked book's tables beside those of CONTRACT §3: a layer is measured once (parcels/checks.py).
AREA_M2 = "_drawn_m2"
ALONE = "_alone"  # no other row of its layer lies on it


def polygons(frame: pd.DataFrame) -> gpd.GeoSeries | None:
    """Return the rows' polygons, None for a row without one; None altogether where nothing can be measured."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None or frame.crs is None:
        return None
    shapes = np.asarray(frame.geometry.array, dtype=object)
    usable = np.isin(shapely.get_type_id(shapes), POLYGONS) & ~shapely.is_empty(shapes)
    if usable.all() and len(usable):
        return frame.geometry
    return frame.geometry.where(usable, None) if usable.any() else None


def area_m2(frame: pd.DataFrame) -> pd.Series:
    """Return the ellipsoidal area [㎡] of each row's polygon, missing where it has none or no CRS is known."""
    if AREA_M2 in frame:
        return frame[AREA_M2]
    shapes = polygons(frame)
    if shapes is None:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    return pd.Series(measure.area_m2(shapes), index=frame.index)
