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
import pandas as pd
import pyproj
import shapely
from pyproj import CRS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

TILE_METRES = 10_000.0
TILE_DEGREES = 0.1
NODE = np.cos((2 * np.arange(4) + 1) * np.pi / 8)
NODES: Floats = np.stack([grid.ravel() for grid in np.meshgrid(NODE, NODE)])
SOLVE: Floats = np.linalg.pinv(
    np.stack([NODES[0] ** 0, *NODES, NODES[0] ** 2, NODES[0] * NODES[1], NODES[1] ** 2], axis=1)
)
FITTED: dict[tuple[str, int], Floats] = {}  # as many as the tiles of the ground a process has seen
IN_TILES: dict[tuple[bytes, float], Shapes] = {}  # the parts of polygons wider than a tile, by their WKB
MOST_CUT = 4_096
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


class Ground(NamedTuple):
    """A CRS as the area element sees it."""

    inverse: pyproj.Transformer | None  # to longitude and latitude; None for a geographic CRS
    axis: float  # m
    flattening2: float  # first eccentricity squared
    radian: float  # of the angular unit


def side(crs: CRS) -> float:
    """Side of a tile in CRS units: 10 km, or 0.1° for a geographic CRS."""
    return TILE_DEGREES if crs.is_geographic else TILE_METRES / _unit(crs)


def cut(shapes: Shapes, crs: CRS) -> Cut:
    """Split polygons wider than a tile along tile lines, because one quadratic serves one tile only.

    Halving along the longer side keeps the cost of a ring of n vertices at n·log(tiles).
    """
    owner = np.arange(len(shapes), dtype=np.int64)
    large = wide(shapely.bounds(shapes), crs)
    if not large.any():
        return Cut(shapes, owner)
    parts = _in_tiles(shapes[large], crs)
    many = [len(each) for each in parts]
    whole = np.concatenate([shapes[~large], *parts])
    of = np.concatenate([owner[~large], np.repeat(owner[large], many)])
    order = np.argsort(of, kind="stable")
    return Cut(whole[order], of[order])


def _in_tiles(shapes: Shapes, crs: CRS) -> list[Shapes]:
    """The parts of each polygon, cut once a process: the same roads and fields are measured many times."""
    width = side(crs)
    keys = [(wkb, width) for wkb in shapely.to_wkb(shapes).tolist()]
    new = [at for at, key in enumerate(keys) if key not in IN_TILES]
    parts, of = _halved(shapes[new], crs, width)
    found = {key: IN_TILES[key] for key in keys if key in IN_TILES}
    found |= {keys[at]: parts[of == rank] for rank, at in enumerate(new)}
    if len(IN_TILES) > MOST_CUT:
        IN_TILES.clear()
    IN_TILES.update(found)
    return [found[key] for key in keys]


def _halved(shapes: Shapes, crs: CRS, width: float) -> tuple[Shapes, Ints]:
    """Parts of polygons wider than a tile, and which polygon each is a part of."""
    owner, box = np.arange(len(shapes), dtype=np.int64), shapely.bounds(shapes)
    small, owners = [shapes[:0]], [owner[:0]]
    while len(shapes):
        halves = _halves(shapes, box, width)
        owner = np.concatenate([owner, owner])
        full = shapely.area(halves) > 0
        shapes, owner = halves[full], owner[full]
        box = shapely.bounds(shapes)
        large = wide(box, crs)
        small.append(shapes[~large])
        owners.append(owner[~large])
        shapes, owner, box = shapes[large], owner[large], box[large]
    return np.concatenate(small), np.concatenate(owners)


def wide(boxes: Floats, crs: CRS) -> npt.NDArray[np.bool_]:
    """Which boxes (n, 4) are too wide for one tile's polynomial."""
    return _extent(boxes) > 1.5 * side(crs)


def weights(boxes: Floats, crs: CRS) -> Weights:
    """The weight polynomial for each bounding box (n, 4), taken from the tile of its centre."""
    width = side(crs)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    nowhere = ~(np.isfinite(middle[:, 0]) & np.isfinite(middle[:, 1]))
    if nowhere.any():
        middle[nowhere] = middle[~nowhere][:1] if not nowhere.all() else 0.0
    column, row = np.floor(middle / width).astype(np.int64).T
    tile, tiles = pd.factorize(column * ROWS + row, sort=True)
    row = (tiles + ROWS // 2) % ROWS - ROWS // 2
    centre: Floats = (np.column_stack([(tiles - row) // ROWS, row]) + 0.5) * np.float64(width)
    return Weights(tile.astype(np.int64), _coefs(tiles.tolist(), centre, width, crs), centre)


def flat(count: int) -> Weights:
    """Weights of one: areas in square CRS units of `count` pieces."""
    return Weights(np.zeros(count, np.int64), np.eye(1, 6), np.zeros((1, 2)))


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


def _coefs(tiles: list[int], centre: Floats, width: float, crs: CRS) -> Floats:
    """The polynomial of each tile (tiles, 6), fitted once a process.

    One tile at a time: numpy's sine differs in the last digit with the length of its array, and then
    the same pair would differ with the company it is measured in.
    """
    ground, key = ground_of(crs), crs.to_wkt()
    for tile, middle in zip(tiles, centre, strict=True):
        if (key, tile) not in FITTED:
            FITTED[key, tile] = _fit(middle, 1.25 * width, ground)
    return np.array([FITTED[key, tile] for tile in tiles]).reshape(-1, 6)


def _fit(centre: Floats, reach: float, ground: Ground) -> Floats:
    """Least-squares quadratic of w over the square centre ± reach, at 4 × 4 Chebyshev nodes; (6,)."""
    w = density(centre[0] + reach * NODES[0], centre[1] + reach * NODES[1], reach / 5, ground)
    fitted: Floats = (SOLVE * w).sum(axis=1)
    return fitted / reach ** np.array([0, 1, 1, 2, 2, 2])


def ground_of(crs: CRS) -> Ground:
    """What `density` needs of a CRS."""
    geodetic: Any = crs.geodetic_crs
    a, b = geodetic.ellipsoid.semi_major_metre, geodetic.ellipsoid.semi_minor_metre
    inverse = None if crs.is_geographic else pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    return Ground(inverse, a, 1 - (b / a) ** 2, float(geodetic.axis_info[0].unit_conversion_factor))


def density(x: Floats, y: Floats, step: float, ground: Ground) -> Floats:
    """Ellipsoidal square metres per square CRS unit at each point (n,); NaN where PROJ has no answer.

    M·N·cosφ·|∂(λ,φ)/∂(x,y)|; M and N are the radii of curvature of the CRS's own ellipsoid. The
    Jacobian of the inverse projection is a fourth-order difference: it holds for every projection
    and unit, where PROJ's own areal_scale treats web mercator as a sphere.
    """
    if ground.inverse is None:
        return _curvature(y * ground.radian, ground) * ground.radian**2
    phi = _finite(ground.inverse.transform(x, y)[1]) * ground.radian
    lon_x, lat_x = _slope(ground, x, y, step, 0.0)
    lon_y, lat_y = _slope(ground, x, y, 0.0, step)
    return _curvature(phi, ground) * np.abs(lon_x * lat_y - lon_y * lat_x)


def _finite(values: Floats) -> Floats:
    """NaN where the projection has no answer (PROJ says infinity)."""
    return np.where(np.isfinite(values), values, np.nan)


def _slope(ground: Ground, x: Floats, y: Floats, dx: float, dy: float) -> tuple[Floats, Floats]:
    """Change of longitude and latitude [rad] per CRS unit along (dx, dy)."""
    inverse: Any = ground.inverse
    at = {k: [_finite(v) for v in inverse.transform(x + k * dx, y + k * dy)] for k in (-2, -1, 1, 2)}
    scale = ground.radian / (12 * (dx + dy))
    lon, lat = (scale * (8 * (at[1][i] - at[-1][i]) - (at[2][i] - at[-2][i])) for i in (0, 1))
    return lon, lat


def _curvature(phi: Floats, ground: Ground) -> Floats:
    """M·N·cosφ [m²/rad²]: the area element of the ellipsoid at latitude φ [rad]."""
    e2 = ground.flattening2
    area: Floats = ground.axis**2 * (1 - e2) * np.cos(phi) / (1 - e2 * np.sin(phi) ** 2) ** 2
    return area


def _unit(crs: CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
