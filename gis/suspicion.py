"""Coordinates that cannot be what their CRS says: caught by plain numbers before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyproj
from pyproj import CRS
from pyproj.exceptions import ProjError

from gis.plane import CGCS2000, PREFIX, THREE, WEB_MERCATOR, WGS84, ZONES, Bounds, central_meridian, gauss_kruger, plane

Kind = Literal["degrees_in_plane", "metres_in_degrees", "axes_swapped", "zone_prefix", "outside_area", "far_apart"]

HALF_TURN = 180.0
CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
EASTING, NORTHING = (100_000.0, 900_000.0), (300_000.0, 6_000_000.0)
CHINA_IN_WEB_MERCATOR: Bounds = (8_100_000.0, 300_000.0, 15_200_000.0, 7_200_000.0)
BEYOND_ZONE = 1.0  # a county kept whole on its neighbour's meridian is lawful, a zone off is not
FAR_DEGREES = 1.0


class Suspicion(NamedTuple):
    """What is wrong with a layer's CRS, where its numbers land, and which CRSs would fit them.

    kind: degrees_in_plane, metres_in_degrees, axes_swapped, zone_prefix, outside_area, far_apart.
    lands: longitude and latitude box under the stated CRS, None where it lands nowhere.
    """

    kind: Kind
    crs: CRS
    bounds: Bounds
    lands: Bounds | None
    candidates: tuple[CRS, ...]


def suspect(crs: CRS, bounds: Bounds) -> list[Suspicion]:
    """Findings against one layer's CRS, the plainest first; empty where nothing speaks against it."""
    if not np.isfinite(bounds).all():
        return []
    kind = next(_kinds(crs, bounds), None)
    if kind is None:
        return []
    fitting = tuple(c for c in candidates(bounds, crs) if c != crs)
    return [Suspicion(kind, crs, bounds, lon_lat(crs, bounds), fitting)]


def candidates(bounds: Bounds, near: CRS | None = None) -> tuple[CRS, ...]:
    """The CRSs that numbers of this size may be in (POLICY §11), to ask a person with.

    Without a zone prefix the central meridian is in no number: all 21 are listed, the meridian of
    `near` first.
    """
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    found: list[CRS] = []
    if _within(bounds, CHINA):
        return (CRS.from_epsg(CGCS2000), CRS.from_epsg(WGS84))
    zone = int(x // PREFIX)
    plausible = NORTHING[0] <= y <= NORTHING[1]
    for width, zones in ZONES.items():
        if zone in zones and plausible and EASTING[0] <= x % PREFIX <= EASTING[1]:
            found.append(plane(width, central_meridian(width, zone), prefixed=True))
    if _within(bounds, CHINA_IN_WEB_MERCATOR):
        found.append(CRS.from_epsg(WEB_MERCATOR))
    if EASTING[0] <= x <= EASTING[1] and plausible:
        stated = gauss_kruger(near) if near else None
        meridians = [central_meridian(THREE, zone) for zone in ZONES[THREE]]
        found += [plane(THREE, m) for m in sorted(meridians, key=lambda m: stated is None or m != stated.meridian)]
    return tuple(found)


def far_apart(layers: Sequence[tuple[CRS, Bounds]]) -> list[tuple[int, Suspicion]]:
    """Layers of one delivery that land more than a degree away from the rest: a zone off.

    Numbers without a prefix fit every zone, so only the other layers can tell. Positions and
    findings; with two layers both are named, for no number says which one is right.
    """
    boxes = [lon_lat(crs, bounds) for crs, bounds in layers]
    found = []
    for i, ((crs, bounds), box) in enumerate(zip(layers, boxes, strict=True)):
        others = [other for k, other in enumerate(boxes) if other and k != i]
        if box and sum(_gap(box, other) > FAR_DEGREES for other in others) * 2 > len(others) > 0:
            fitting = tuple(c for c in candidates(bounds) if c != crs and _lands_by(c, bounds, others))
            found.append((i, Suspicion("far_apart", crs, bounds, box, fitting)))
    return found


def lon_lat(crs: CRS, bounds: Bounds) -> Bounds | None:
    """The longitude and latitude box of the bounds under a CRS; None where PROJ has no answer."""
    if crs.geodetic_crs is None:
        return None
    transform = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    try:
        box = transform.transform_bounds(*bounds)
    except ProjError:
        return None
    return box if np.isfinite(box).all() else None


def _kinds(crs: CRS, bounds: Bounds) -> Iterator[Kind]:
    """Reasons for suspicion, the plainest first."""
    x0, y0, x1, y1 = bounds
    degrees = max(map(abs, bounds)) <= HALF_TURN
    if crs.is_geographic:
        if not degrees:
            yield "metres_in_degrees"
        elif _within((y0, x0, y1, x1), CHINA):
            yield "axes_swapped"
        elif _outside(crs, bounds):
            yield "outside_area"
        return
    if degrees and max(x1 - x0, y1 - y0) > 0 and _within(bounds, CHINA):
        yield "degrees_in_plane"
    yield from _plane_kinds(crs, bounds)


def _plane_kinds(crs: CRS, bounds: Bounds) -> Iterator[Kind]:
    gk = gauss_kruger(crs)
    if gk:
        prefix = int((bounds[0] + bounds[2]) / 2 // PREFIX)
        if NORTHING[1] >= bounds[0] >= NORTHING[0] + PREFIX and _easting(bounds[1]) and _easting(bounds[3]):
            yield "axes_swapped"
        if prefix != (gk.prefix or 0):
            yield "zone_prefix"
    if _outside(crs, bounds):
        yield "outside_area"


def _easting(y: float) -> bool:
    """A number like an easting, with a zone prefix or without."""
    zone = int(y // PREFIX)
    return EASTING[0] <= y % PREFIX <= EASTING[1] and (zone == 0 or any(zone in zones for zones in ZONES.values()))


def _outside(crs: CRS, bounds: Bounds) -> bool:
    """Does the middle of the box land outside the area the CRS is for, by more than a degree?"""
    box = lon_lat(crs, bounds)
    if box is None:
        return True
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    gk = gauss_kruger(crs)
    if gk:
        return abs(lon - gk.meridian) > gk.width / 2 + BEYOND_ZONE or not CHINA[1] <= lat <= CHINA[3]
    use = crs.area_of_use
    if use is None:
        return False
    return not (
        use.west - BEYOND_ZONE <= lon <= use.east + BEYOND_ZONE
        and use.south - BEYOND_ZONE <= lat <= use.north + BEYOND_ZONE
    )


def _within(bounds: Bounds, frame: Bounds) -> bool:
    return frame[0] <= bounds[0] and frame[1] <= bounds[1] and bounds[2] <= frame[2] and bounds[3] <= frame[3]


def _gap(one: Bounds, other: Bounds) -> float:
    """Degrees between two boxes; 0 where they meet."""
    across = max(one[0] - other[2], other[0] - one[2], 0)
    up = max(one[1] - other[3], other[1] - one[3], 0)
    return max(across, up)


def _lands_by(crs: CRS, bounds: Bounds, others: Sequence[Bounds]) -> bool:
    box = lon_lat(crs, bounds)
    return box is not None and all(_gap(box, other) <= FAR_DEGREES for other in others)
