"""What lies on what, as geometry: pieces of A∩B, and what of a zone nothing lies on."""

from __future__ import annotations

from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import element, measure
from gis.candidates import candidates
from gis.element import Floats, Ints, Shapes
from gis.overlay import areas, areas_by_zone, by_threads, common_crs, how_they_lie, intersected
from gis.rings import rings
from gis.threads import count

COVER_IN_A_TILE = 32  # polygons: enough that tiles are few, few enough that their union is cheap
FULL = 1e-10  # of a tile: what adding up floats may lose


def pieces(a: gpd.GeoSeries, b: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """One row is a pair that overlaps: positions a, b and area_m2 as gis.overlay.areas, geometry of A∩B.

    Polygons only, in the common CRS. A polygon that covers the other, but for rounding, yields that other unchanged,
    vertex for vertex. Raises as `areas`.
    """
    pairs = areas(a, b)
    own = np.array(pairs["a"]), np.array(pairs["b"])  # what pandas lends may not be written to: another kernel
    cut = _cut_out(measure.polygonal(a), measure.polygonal(b), *own)
    return gpd.GeoDataFrame(pairs, geometry=gpd.GeoSeries(cut, crs=a.crs))


def uncovered(zones: gpd.GeoSeries, cover: gpd.GeoSeries) -> gpd.GeoSeries:
    """What of each zone no polygon of `cover` lies on: polygons, empty where all is covered.

    `cover` is free of overlaps, so that areas tell where nothing is left. Raises as gis.overlay.areas.
    """
    crs = common_crs(zones, cover)
    shapes, other = measure.polygonal(zones), measure.polygonal(cover)
    lies, left = areas(zones, cover), shapes.copy()
    for at, of_zone in lies.groupby("a"):
        left[at] = _left(shapes[at], other[of_zone["b"]], crs)
    return gpd.GeoSeries(element.polygons_only(left), index=zones.index, crs=crs)


def united(shapes: Shapes) -> shapely.Geometry:
    """The union of valid polygons (n,) that do not lie on one another.

    As a coverage first, which is many times quicker and right where neighbours share their vertices; where they
    do not, it is no valid polygon or its area is not theirs, and the union of any polygons is taken.
    """
    try:
        joined = shapely.coverage_union_all(shapes)
    except shapely.errors.GEOSException:  # edges that match in part only
        return shapely.union_all(shapes)
    if shapely.is_valid(joined) and np.isclose(shapely.area(joined), shapely.area(shapes).sum(), rtol=1e-9):
        return joined
    return shapely.union_all(shapes)


def _left(zone: shapely.Geometry, cover: Shapes, crs: object) -> shapely.Geometry:
    """The zone without its cover, asked of GEOS only in the tiles of a grid whose areas do not add up."""
    tiles = _tiles(zone, len(cover))
    if len(tiles) == 1:
        return shapely.difference(zone, shapely.union_all(cover))
    squares, whole, lain = (gpd.GeoSeries(each, crs=crs) for each in (tiles, [zone], cover))
    there = _by_tile(areas(squares, whole), len(tiles))
    taken = _by_tile(areas_by_zone(squares, lain, whole), len(tiles))
    bare = tiles[np.abs(there - taken) > FULL * measure.area_m2(squares)]
    it, ic = candidates(bare, cover)
    parts = shapely.intersection(zone, bare)
    for at in np.unique(it):
        parts[at] = shapely.difference(parts[at], shapely.union_all(cover[ic[it == at]]))
    return shapely.union_all(element.polygons_only(parts))


def _tiles(zone: shapely.Geometry, cover: int) -> Shapes:
    """The box of a zone in squares, so many that each has a few polygons of the cover."""
    x0, y0, x1, y1 = shapely.bounds(zone)
    across = max(1, int(np.sqrt(cover / COVER_IN_A_TILE)))
    x, y = np.linspace(x0, x1, across + 1), np.linspace(y0, y1, across + 1)
    left, bottom = (each.ravel() for each in np.meshgrid(x[:-1], y[:-1]))
    right, top = (each.ravel() for each in np.meshgrid(x[1:], y[1:]))
    boxes: Shapes = shapely.box(left, bottom, right, top)
    return boxes


def _by_tile(found: pd.DataFrame, tiles: int) -> Floats:
    return np.bincount(found["a"].to_numpy(), found["area_m2"].to_numpy(), tiles).astype(np.float64)


def _cut_out(a: Shapes, b: Shapes, ia: Ints, ib: Ints) -> Shapes:
    """A∩B of pairs that share ground, sorted; GEOS is asked only where rings do not cross cleanly."""
    if not find_spec("numba") or not len(ia):
        return intersected(a[ia], b[ib])
    from gis import clip, edges

    of_a, of_b = rings(a), rings(b)
    lies = how_they_lie(
        edges.laid_out(of_a, shapely.bounds(a)), edges.laid_out(of_b, shapely.bounds(b)), ia, ib, count()
    )
    rest = np.flatnonzero(~(lies.a_inside | lies.b_inside))
    loops = clip.loops(of_a, len(a)), clip.loops(of_b, len(b))
    told: Shapes = np.where(lies.a_inside, a[lies.a], b[lies.b])
    told[rest] = clip.clipped(*loops, lies.a[rest], lies.b[rest], lies.plane[rest])
    out: Shapes = np.full(len(ia), None, dtype=object)
    out[np.searchsorted(ia * len(b) + ib, lies.a * len(b) + lies.b)] = told
    left = np.flatnonzero(shapely.is_missing(out))
    out[left] = by_threads(a[ia[left]], b[ib[left]])
    return out
