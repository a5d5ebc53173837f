"""The polygons of a table that can be measured, and none where nothing can."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

POLYGONS = ("Polygon", "MultiPolygon")


def polygons(frame: pd.DataFrame) -> gpd.GeoSeries | None:
    """Return the rows' polygons, None for a row without one; None altogether where nothing can be measured."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None or frame.crs is None:
        return None
    shapes = frame.geometry
    usable = shapes.geom_type.isin(POLYGONS) & ~shapes.is_empty
    return shapes.where(usable, None) if usable.any() else None
