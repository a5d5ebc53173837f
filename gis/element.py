"""The ellipsoid under the map: square metres of the earth per unit of plane area, tile by tile.

Why so, and not by reprojecting to an equal-area plane first: a long straight edge bends when it
is reprojected. A 1 km edge at 30° moves about 0.011 m at its middle (L²·tanφ/8R), so a neighbour
whose vertex lies on it is torn open by some 7 m², visible at four decimals of 亩. Here edges stay
straight where the surveyor drew them, in the layer's own CRS, and only the *weight* of the plane
changes from place to place:

    area on the ellipsoid = ∫∫ w(x, y) dx dy,   w = ellipsoidal area element / plane area element

w is smooth, so inside a tile of 10 km (0.1° for a geographic CRS) it is a quadratic polynomial to
some 1e-10 of itself (4e-9 where PROJ inverts a projection by coarse iteration). One polygon has one
polynomial, therefore its pieces add up to it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj import CRS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

TILE_METRES = 10_000.0
TILE_DEGREES = 0.1
ROWS = 1 << 20  # more than there are tiles from pole to pole: one number names a tile


class Weights(NamedTuple):
    """The weight of each piece: w = c0 + c1·u + c2·v + c3·u² + c4·uv + c5·v², (u, v) from centre."""

    tile: Ints  # (pieces,) which tile a piece uses
    coefs: Floats  # (tiles, 6) square metres per square CRS unit
    centre: Floats  # (tiles, 2) CRS units


class Cut(NamedTuple):
    """Polygons no wider than a tile, and which polygon each is a part of."""

    shapes: Shapes
    owner: Ints


def side(crs: CRS) -> float:
    """Side of a tile in CRS units: 10 km, or 0.1° for a geographic CRS."""
    return TILE_DEGREES if crs.is_geographic else TILE_METRES / _unit(crs)


def cut(shapes: Shapes, crs: CRS) -> Cut:
    """Split polygons wider than a tile along tile lines, because one quadratic serves one tile only.

    Halving along the longer side keeps the cost of a ring of n vertices at n·log(tiles).
    """
    owner = np.arange(len(shapes), dtype=np.int64)
    width = side(crs)
    box = shapely.bounds(shapes)
    large = _extent(box) > 1.5 * width
    small, owners = [shapes[~large]], [owner[~large]]
    shapes, owner, box = shapes[large], owner[large], box[large]
    while len(shapes):
        halves = _halves(shapes, box, width)
        owner = np.concatenate([owner, owner])
        full = shapely.area(halves) > 0
        shapes, owner = halves[full], owner[full]
        box = shapely.bounds(shapes)
        large = _extent(box) > 1.5 * width
        small.append(shapes[~large])
        owners.append(owner[~large])
        shapes, owner, box = shapes[large], owner[large], box[large]
    parts, of = np.concatenate(small), np.concatenate(owners)
    order = np.argsort(of, kind="stable")
    return Cut(parts[order], of[order])


def weights(boxes: Floats, crs: CRS) -> Weights:
    """The weight polynomial for each bounding box (n, 4), taken from the tile of its centre."""
    width = side(crs)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    known = np.isfinite(middle).sum(axis=1) == len("xy")
    somewhere = middle[known][:1] if known.any() else np.zeros((1, 2))
    column, row = np.floor(np.where(known[:, None], middle, somewhere) / width).astype(np.int64).T
    tiles, tile = np.unique(column * ROWS + row, return_inverse=True)
    row = (tiles + ROWS // 2) % ROWS - ROWS // 2
    centre: Floats = (np.column_stack([(tiles - row) // ROWS, row]) + 0.5) * np.float64(width)
    return Weights(tile.astype(np.int64), _fit(centre, 1.25 * width, crs), centre)


def moved(coefs: Floats, by: Floats) -> Floats:
    """The same polynomials (n, 6) about an origin moved by (n, 2)."""
    c0, c1, c2, c3, c4, c5 = coefs.T
    x, y = by.T
    constant = c0 + c1 * x + c2 * y + c3 * x * x + c4 * x * y + c5 * y * y
    return np.column_stack([constant, c1 + 2 * c3 * x + c4 * y, c2 + c4 * x + 2 * c5 * y, c3, c4, c5])


def _extent(boxes: Floats) -> Floats:
    return np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])


def _halves(shapes: Shapes, box: Floats, width: float) -> Shapes:
    """Both halves of each shape, first all lower or left ones; non-polygon remains are dropped."""
    wide = (box[:, 2] - box[:, 0]) >= (box[:, 3] - box[:, 1])
    middle = np.where(wide, box[:, 0] + box[:, 2], box[:, 1] + box[:, 3]) / 2
    line = np.round(middle / width) * width
    x0, y0, x1, y1 = (box + np.array([-width, -width, width, width])).T
    first = shapely.box(x0, y0, np.where(wide, line, x1), np.where(wide, y1, line))
    second = shapely.box(np.where(wide, line, x0), np.where(wide, y0, line), x1, y1)
    both = np.concatenate([shapely.intersection(shapes, first), shapely.intersection(shapes, second)])
    return polygons_only(both)


def polygons_only(shapes: Shapes) -> Shapes:
    """Collections reduced to their polygons; lines and points become an empty polygon."""
    kind = shapely.get_type_id(shapes)
    mixed = np.flatnonzero(~np.isin(kind, (-1, 3, 6)))
    if not len(mixed):
        return shapes
    out = shapes.copy()
    for i in mixed:
        parts = shapely.get_parts(shapely.get_parts(shapes[i]))
        out[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return out


def _fit(centre: Floats, reach: float, crs: CRS) -> Floats:
    """Least-squares quadratic of w over each square centre ± reach, at 4 × 4 Chebyshev nodes."""
    node = np.cos((2 * np.arange(4) + 1) * np.pi / 8)
    u, v = (grid.ravel() for grid in np.meshgrid(node, node))
    solve = np.linalg.pinv(np.column_stack([np.ones(16), u, v, u * u, u * v, v * v]))
    x = centre[:, :1] + reach * u
    y = centre[:, 1:] + reach * v
    w = density(x.ravel(), y.ravel(), reach / 5, crs).reshape(x.shape)
    fitted: Floats = (w[:, None, :] * solve).sum(axis=2)  # not BLAS: one tile, one result, whatever the batch
    return fitted / reach ** np.array([0, 1, 1, 2, 2, 2])


def density(x: Floats, y: Floats, step: float, crs: CRS) -> Floats:
    """Ellipsoidal square metres per square CRS unit at each point (n,).

    M·N·cosφ·|∂(λ,φ)/∂(x,y)|; M and N are the radii of curvature of the CRS's own ellipsoid. The
    Jacobian of the inverse projection is a fourth-order difference: it holds for every projection
    and unit, where PROJ's own areal_scale treats web mercator as a sphere.
    """
    geodetic: Any = crs.geodetic_crs
    ellipsoid = geodetic.ellipsoid
    radian = float(geodetic.axis_info[0].unit_conversion_factor)
    if crs.is_geographic:
        return _curvature(y * radian, ellipsoid) * radian * radian
    inverse = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    phi = _finite(inverse.transform(x, y)[1]) * radian
    lon_x, lat_x = _slope(inverse, x, y, step, 0.0, radian)
    lon_y, lat_y = _slope(inverse, x, y, 0.0, step, radian)
    jacobian = np.abs(lon_x * lat_y - lon_y * lat_x)
    density: Floats = _curvature(phi, ellipsoid) * jacobian
    return density


def _finite(values: Floats) -> Floats:
    """NaN where the projection has no answer (PROJ says infinity)."""
    return np.where(np.isfinite(values), values, np.nan)


def _slope(
    inverse: pyproj.Transformer, x: Floats, y: Floats, dx: float, dy: float, radian: float
) -> tuple[Floats, Floats]:
    """Change of longitude and latitude [rad] per CRS unit along (dx, dy)."""
    at = {k: [_finite(v) for v in inverse.transform(x + k * dx, y + k * dy)] for k in (-2, -1, 1, 2)}
    scale = radian / (12 * (dx + dy))
    lon, lat = (scale * (8 * (at[1][i] - at[-1][i]) - (at[2][i] - at[-2][i])) for i in (0, 1))
    return lon, lat


def _curvature(phi: Floats, ellipsoid: Any) -> Floats:
    """M·N·cosφ [m²/rad²]: the area element of the ellipsoid at latitude φ [rad]."""
    a, b = ellipsoid.semi_major_metre, ellipsoid.semi_minor_metre
    e2 = 1 - (b / a) ** 2
    density: Floats = a * a * (1 - e2) * np.cos(phi) / (1 - e2 * np.sin(phi) ** 2) ** 2
    return density


def _unit(crs: CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
