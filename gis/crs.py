"""Name, detect and refuse a coordinate reference system; datum shifts are never silent.

The public face of three files: gis/plane.py reads and names, gis/suspicion.py doubts, and here
layers are brought into one CRS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import geopandas as gpd
import shapely
from pyproj import CRS

from gis.helmert import shift
from gis.plane import (
    CGCS2000,
    LEGACY,
    WEB_MERCATOR,
    Bounds,
    CrsDiffer,
    CrsMissing,
    CrsUnreadable,
    DatumShift,
    GaussKruger,
    datum,
    gauss_kruger,
    name,
    plane,
    read,
)
from gis.suspicion import Suspicion, candidates, far_apart, lon_lat, suspect

__all__ = [
    "CGCS2000",
    "Bounds",
    "CrsDiffer",
    "CrsMissing",
    "CrsUnreadable",
    "DatumShift",
    "GaussKruger",
    "Suspicion",
    "candidates",
    "choose_work_crs",
    "datum",
    "far_apart",
    "gauss_kruger",
    "lon_lat",
    "name",
    "plane",
    "read",
    "shifted",
    "suspect",
    "to_crs",
]

GEOCENTRIC_AXIS_M = 6_378_137.0  # CGCS2000, GRS80 and WGS 84: decimetres apart, one for a parcel
EDGE_METRES = 100.0
METRES_PER_DEGREE = 111_320.0


def choose_work_crs(stated: Iterable[CRS]) -> CRS:
    """The CRS to work in: the projected one most layers are in (the first of equals), else CGCS2000.

    Edges stay straight where the surveyor drew them, so the layers' own plane is never left for a
    better one. Legacy and web mercator planes serve when nothing else is there. Raises CrsMissing.
    """
    crss = [read(crs) for crs in stated]
    if not crss:
        raise CrsMissing(None)
    planes = Counter(crs for crs in crss if crs.is_projected)
    if not planes:
        return CRS.from_epsg(CGCS2000) if not any(shifted(c, CGCS2000) for c in crss) else crss[0]
    return max(planes, key=lambda crs: (not _legacy(crs), crs.to_epsg() != WEB_MERCATOR, planes[crs]))


def shifted(source: object, target: object) -> bool:
    """Is there a datum shift between the two that may not be passed over in silence?

    PROJ answers a ballpark shift of nothing both for WGS 84 → CGCS2000, where it is right to
    decimetres, and for 西安80 → CGCS2000, where it is wrong by some 100 m. Only datums of the
    geocentric axis 6 378 137 m are taken as one.
    """
    one, other = read(source).geodetic_crs, read(target).geodetic_crs
    if one is None or other is None:
        return True
    if one == other or one.datum == other.datum:
        return False
    return any(
        end.ellipsoid is None or abs(end.ellipsoid.semi_major_metre - GEOCENTRIC_AXIS_M) > 1 for end in (one, other)
    )


def to_crs(
    frame: gpd.GeoDataFrame,
    target: object,
    *,
    keep_edges: bool = False,
    helmert: Sequence[float] | None = None,
) -> gpd.GeoDataFrame:
    """The frame in another CRS; a datum shift is refused unless its seven parameters are stated.

    helmert: dx, dy, dz [m], rx, ry, rz [arc seconds], ds [ppm], position vector (布尔莎) convention,
    as the bureau holds them. keep_edges adds a vertex every 100 m of a straight edge, so that it
    stays where it was drawn: a bare 1 km edge bends by 0.011 m. Raises CrsMissing, DatumShift.
    """
    if frame.crs is None:
        raise CrsMissing(None)
    source, goal = read(frame.crs), read(target)
    if source == goal:
        return frame.set_crs(goal, allow_override=True)
    if shifted(source, goal) and helmert is None:
        raise DatumShift(source, goal)
    if keep_edges:
        step = EDGE_METRES / METRES_PER_DEGREE if source.is_geographic else EDGE_METRES
        shapes = shapely.segmentize(frame.geometry.array, step)
        frame = frame.set_geometry(gpd.GeoSeries(shapes, frame.index, frame.crs))
    if helmert is None or not shifted(source, goal):
        return frame.to_crs(goal)
    moved = shapely.transform(frame.geometry.array, shift(source, goal, helmert), interleaved=False)
    return frame.set_geometry(gpd.GeoSeries(moved, frame.index, goal))


def _legacy(crs: CRS) -> bool:
    return datum(crs) in LEGACY
