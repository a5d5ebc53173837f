"""Areas of A∩B and A∩B∩zone from plain arrays: from the file's bytes to the answer without a shape in between.

The same kernel and the same weights as gis.overlay, hence the same floats. Only polygons wider than a tile of
the ellipsoid (gis/element.py), a handful, become shapes to be cut.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from gis import element, measure, overlay, wkb
from gis.element import Floats, Ints
from gis.rings import corner_moments
from gis.threads import count

if TYPE_CHECKING:
    from gis.edges import Laid

Frame: TypeAlias = pd.DataFrame


class Shared(NamedTuple):
    """Areas [m²]: A∩B∩zone (a, b, zone), A∩B (a, b), A∩zone (a, b: the zone), and of each A."""

    three: Frame
    two: Frame
    in_zone: Frame
    whole: Floats


def shared(a: wkb.Polygons, b: wkb.Polygons, zones: wkb.Polygons, crs: CRS) -> Shared:
    """All areas that three layers of valid polygons share; by GEOS where there is no numba."""
    if not find_spec("numba"):
        return _by_geos(*(gpd.GeoSeries(wkb.shapes(layer), crs=crs) for layer in (a, b, zones)))
    from gis import boxes, edges, kernel

    parts, owner = _tiled(a, crs)
    weights = element.weights(parts.box, crs)
    one, other, zoned = (edges.laid_out(layer.rings, layer.box) for layer in (parts, b, zones))
    with_b, with_zone = boxes.meeting(parts.box, b.box), boxes.meeting(parts.box, zones.box)
    of_b = kernel.pair_areas(one.edges, other.edges, *with_b, weights, count())
    of_zone = kernel.pair_areas(one.edges, zoned.edges, *with_zone, weights, count())
    part, ib, zone, area = overlay.by_zone(one, other, zoned, with_b, with_zone, weights, count(), known=of_b)
    return Shared(
        overlay.summed(["a", "b", "zone"], [owner[part], ib, zone], area),
        overlay.summed(["a", "b"], [owner[with_b[0]], with_b[1]], of_b),
        overlay.summed(["a", "b"], [owner[with_zone[0]], with_zone[1]], of_zone),
        _whole(a, owner, _weighted(parts, weights)),
    )


def areas_by_zone(a: wkb.Polygons, b: wkb.Polygons, zones: wkb.Polygons, crs: CRS) -> Frame:
    """gis.overlay.areas_by_zone of valid polygons: the same floats, and nothing else is computed."""
    if not find_spec("numba"):
        return overlay.areas_by_zone(*(gpd.GeoSeries(wkb.shapes(layer), crs=crs) for layer in (a, b, zones)))
    from gis import boxes, edges

    parts, owner = _tiled(a, crs)
    other, zoned = (edges.laid_out(layer.rings, layer.box) for layer in (b, zones))
    with_b, with_zone = (boxes.meeting(parts.box, layer.box) for layer in (b, zones))

    def laid(run: overlay.Run) -> Laid:
        some = wkb.run(parts, run.low, run.high)
        return edges.laid_out(some.rings, some.box)

    weights = element.weights(parts.box, crs)
    part, ib, zone, area = overlay.zone_shares(laid, other, zoned, with_b, with_zone, weights)
    return overlay.summed(["a", "b", "zone"], [owner[part], ib, zone], area)


def warm_up() -> None:
    """Compile, or load what is compiled, of all that reads and measures: set-up does it once an installation."""
    from gis import kernel

    kernel.warm_up()
    disc = shapely.Point(0, 0).buffer(1)
    column = wkb.polygons(pa.array([shapely.to_wkb(disc)], pa.binary()))
    shared(column, column, column, CRS.from_epsg(4549))


def _by_geos(a: gpd.GeoSeries, b: gpd.GeoSeries, zones: gpd.GeoSeries) -> Shared:
    whole = measure.area_m2(a)
    whole[a.is_empty.to_numpy()] = np.nan
    return Shared(overlay.areas_by_zone(a, b, zones), overlay.areas(a, b), overlay.areas(a, zones), whole)


def _whole(a: wkb.Polygons, owner: Ints, parts: Floats) -> Floats:
    """The area of each polygon, missing where it is not drawn."""
    area = np.bincount(owner, parts, len(a.box)).astype(np.float64)
    area[np.isnan(a.box[:, 0])] = np.nan
    return area


def _tiled(a: wkb.Polygons, crs: CRS) -> tuple[wkb.Polygons, Ints]:
    """Polygons no wider than a tile, and which polygon each is a part of."""
    wide = element.wide(a.box, crs)
    if not wide.any():
        return a, np.arange(len(a.box))
    large, small = np.flatnonzero(wide), np.flatnonzero(~wide)
    cut = element.cut(wkb.shapes(wkb.taken(a, large)), crs)
    owner = np.concatenate([small, large[cut.owner]])
    order = np.argsort(owner, kind="stable")
    whole = wkb.together([wkb.taken(a, small), wkb.of_shapes(cut.shapes)])
    return wkb.taken(whole, order), owner[order]


def _weighted(parts: wkb.Polygons, weights: element.Weights) -> Floats:
    """∫∫ w over each polygon [m²], as gis.measure takes it."""
    corner = parts.box[:, :2]
    local = element.moved(weights.coefs[weights.tile], corner - weights.centre[weights.tile])
    area: Floats = np.nansum(local * corner_moments(parts.rings, corner), axis=1)
    return area
