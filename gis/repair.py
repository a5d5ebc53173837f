"""Make polygons valid and say what changed: nothing is mended in silence, nothing is dropped unseen."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import element, measure
from gis.element import Floats, Shapes

Frame: TypeAlias = pd.DataFrame

GRID, GRID_DEGREES = 1e-6, 1e-11  # a thousandth of a millimetre: the last resort of mending
POLYGON, MULTIPOLYGON, MISSING = 3, 6, -1
REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside_shell",
    "Nested holes": "nested_holes",
    "Holes are nested": "nested_holes",
    "Interior is disconnected": "interior_disconnected",
    "Nested shells": "nested_shells",
    "Duplicate Rings": "duplicate_rings",
    "Too few points in geometry component": "too_few_points",
    "Invalid Coordinate": "invalid_coordinate",
    "Ring is not closed": "ring_not_closed",
}


def make_valid_polygons(series: gpd.GeoSeries) -> tuple[gpd.GeoSeries, Frame]:
    """Valid polygons or multipolygons, flat, in the same rows, and one row for each change.

    changes: position, reason, area_before, area_after [m², ellipsoidal if the series has a CRS,
    else planar]. reason: what GEOS says was wrong (self_intersection …), not_polygon (lines and
    points left out), empty (nothing left, geometry None).
    Heights are dropped, coordinates are not moved. Rings are mended each by itself and then laid
    together (GEOS "structure"), so parts that overlap count once and no land turns into a hole.
    """
    before: Shapes = np.asarray(series.array, dtype=object)
    if shapely.has_z(before).any() or shapely.has_m(before).any():
        before = shapely.force_2d(before)
    after = _only_polygons(before)
    wrong = np.flatnonzero(~shapely.is_valid(after) & ~shapely.is_missing(after))
    reasons = _reasons(before, after, wrong)
    after[wrong] = _valid(after[wrong], series)
    gone = shapely.is_empty(after) & ~shapely.is_missing(before)
    after[gone] = None
    reasons["empty"] = gone
    mended = gpd.GeoSeries(after, index=series.index, crs=series.crs, name=series.name)
    return mended, _changes(reasons, before, after, series)


def _valid(wrong: Shapes, series: gpd.GeoSeries) -> Shapes:
    """Mend until GEOS agrees: new corners are rounded to floats, so one pass can leave a new crossing."""
    grid = GRID_DEGREES if series.crs is not None and series.crs.is_geographic else GRID
    for mend in (_laid_together, _laid_together, lambda broken: shapely.set_precision(_laid_together(broken), grid)):
        broken = ~shapely.is_valid(wrong)
        if broken.any():
            wrong[broken] = element.polygons_only(mend(wrong[broken]))
    return wrong


def _laid_together(broken: Shapes) -> Shapes:
    mended: Shapes = shapely.make_valid(broken, method="structure", keep_collapsed=False)
    return mended


def _only_polygons(shapes: Shapes) -> Shapes:
    """Polygons out of collections; anything else becomes an empty polygon, missing stays missing."""
    out = shapes.copy()
    other = ~np.isin(shapely.get_type_id(shapes), (MISSING, POLYGON, MULTIPOLYGON))
    out[other] = element.polygons_only(shapes[other])
    return out


def _reasons(before: Shapes, after: Shapes, wrong: npt.NDArray[np.intp]) -> dict[str, npt.NDArray[np.bool_]]:
    """For each reason, which rows it holds for."""
    other = ~np.isin(shapely.get_type_id(before), (MISSING, POLYGON, MULTIPOLYGON))
    said = np.full(len(before), "", dtype=object)
    said[wrong] = [_reason(words) for words in shapely.is_valid_reason(after[wrong])]
    found = {reason: said == reason for reason in dict.fromkeys(said[wrong].tolist())}
    return found | {"not_polygon": other}


def _reason(words: str) -> str:
    """GEOS's words without the place, as a key of the catalog."""
    return REASONS.get(words.partition("[")[0].strip(), "invalid")


def _area(shapes: Shapes, series: gpd.GeoSeries) -> Floats:
    area: Floats = shapely.area(shapes)
    if series.crs is not None:
        return measure.area_m2(gpd.GeoSeries(shapes, crs=series.crs))
    return np.where(shapely.is_missing(shapes), np.nan, area)


def _changes(reasons: dict[str, npt.NDArray[np.bool_]], before: Shapes, after: Shapes, series: gpd.GeoSeries) -> Frame:
    """One row a change, by position; nothing else is measured."""
    rows = [(int(position), reason) for reason, rows in reasons.items() for position in np.flatnonzero(rows)]
    table = pd.DataFrame(sorted(rows), columns=["position", "reason"])
    at = table["position"].to_numpy(dtype=np.int64)
    first, last = (_area(_only_polygons(shapes[at]), series) for shapes in (before, after))
    return table.assign(area_before=first, area_after=np.nan_to_num(last))
