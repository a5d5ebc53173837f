"""Area, 亩 and rounding: the one place that turns shapes into square metres and decimals into print.

Areas are ellipsoidal (国土调查办发〔2008〕32号 practice), with edges straight in the layer's own CRS:
see gis/element.py for why. A geodesic polygon differs, because its edges are other curves.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import element
from gis.crs import CrsMissing
from gis.element import Floats, Ints, Shapes

SQUARE_METRES_PER_MU = 10_000 / 15
SQUARE_METRES_PER_HECTARE = 10_000.0
VERTICES_AT_ONCE = 1_000_000
NEAR_TIE = 1e-6
TOO_LARGE_FOR_FLOATS = 1e9  # scaled numbers beyond it carry errors near NEAR_TIE
EXACT_POWERS = range(16)  # 10**d of which a float holds every digit


class NotPolygons(ValueError):
    """A layer that must hold polygons holds something else; `positions` says which rows."""

    def __init__(self, positions: list[int]) -> None:
        self.positions = positions
        super().__init__(f"not polygons at positions {positions[:10]}")


@overload
def to_mu(m2: float) -> float: ...
@overload
def to_mu(m2: Floats) -> Floats: ...
@overload
def to_mu(m2: pd.Series) -> pd.Series: ...
def to_mu(m2: float | Floats | pd.Series) -> float | Floats | pd.Series:
    """Square metres to 亩: 15 亩 are one hectare exactly (POLICY §11)."""
    return m2 * 15 / 10_000


@overload
def half_up(values: float, decimals: int) -> float: ...
@overload
def half_up(values: Floats, decimals: int) -> Floats: ...
@overload
def half_up(values: pd.Series, decimals: int) -> pd.Series: ...
def half_up(values: float | Floats | pd.Series, decimals: int) -> float | Floats | pd.Series:
    """Round as a person rounds (四舍五入) the decimal number that is printed; the only rounding there is.

    The number meant is the shortest decimal that reads back as the same float: 1.005 → 1.01 at two
    decimals, though the float lies below. Ties go away from zero; NaN and infinities stay.
    """
    if isinstance(values, pd.Series):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(_half_up(numbers, decimals), index=values.index, name=values.name)
    rounded = _half_up(np.atleast_1d(np.asarray(values, dtype=np.float64)), decimals)
    return float(rounded[0]) if np.ndim(values) == 0 else rounded.reshape(np.shape(values))


def _half_up(values: Floats, decimals: int) -> Floats:
    """Fast where no tie is near; decimal arithmetic on the rest."""
    flat = values.ravel()
    scaled = np.abs(flat) * 10.0**decimals
    with np.errstate(invalid="ignore"):
        whole = np.floor(scaled + 0.5)
        near_tie = np.abs(scaled - np.floor(scaled) - 0.5) < NEAR_TIE
        exact = near_tie | (scaled > TOO_LARGE_FOR_FLOATS) | (decimals not in EXACT_POWERS)
    out = np.copysign(whole / 10.0**decimals, flat)
    quantum = Decimal(1).scaleb(-decimals)
    for i in np.flatnonzero(exact & np.isfinite(flat)):
        out[i] = float(_quantized(Decimal(repr(float(flat[i]))), quantum))
    out[~np.isfinite(flat)] = flat[~np.isfinite(flat)]
    return out + 0.0


def _quantized(number: Decimal, quantum: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and Decimal(1).scaleb(exponent) >= quantum:
        return number
    return number.quantize(quantum, rounding=ROUND_HALF_UP)


def area_m2(geometries: gpd.GeoSeries) -> Floats:
    """Ellipsoidal area of each polygon [m²], (n,); NaN where there is no geometry, 0 where it is empty.

    The same weighted integral as gis.overlay.areas, so pieces add up to this. Raises CrsMissing,
    NotPolygons.
    """
    if geometries.crs is None:
        raise CrsMissing(None)
    shapes = polygonal(geometries)
    parts = element.cut(shapes, geometries.crs)
    weights = element.weights(shapely.bounds(parts.shapes), geometries.crs)
    area = np.bincount(parts.owner, weighted_area(parts.shapes, weights), len(shapes)).astype(np.float64)
    area[shapely.is_missing(np.asarray(geometries.array, dtype=object))] = np.nan
    return area


def polygonal(geometries: gpd.GeoSeries) -> Shapes:
    """The polygons of a series (n,), missing ones as empty polygons. Raises NotPolygons."""
    shapes: Shapes = np.asarray(geometries.array, dtype=object).copy()
    kind = shapely.get_type_id(shapes)
    other = ~np.isin(kind, (-1, 3, 6)) & ~shapely.is_empty(shapes)
    if other.any():
        raise NotPolygons([int(i) for i in np.flatnonzero(other)])
    shapes[~np.isin(kind, (3, 6))] = shapely.Polygon()
    return shapes


def weighted_area(shapes: Shapes, weights: element.Weights) -> Floats:
    """∫∫ w over each polygon [m²], (n,): exterior rings less holes, whatever way they turn."""
    area = np.zeros(len(shapes))
    ends = np.cumsum(shapely.get_num_coordinates(shapes))
    chunk = ends // VERTICES_AT_ONCE
    for low, high in zip(*_runs(chunk), strict=True):
        part = slice(low, high)
        area[part] = _area(shapes[part], weights.tile[part], weights)
    return area


def _runs(keys: Ints) -> tuple[Ints, Ints]:
    start = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, int)
    return start, np.r_[start[1:], len(keys)][: len(start)]


def _area(shapes: Shapes, tile: Ints, weights: element.Weights) -> Floats:
    rings, of = _rings(shapes)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.zeros(len(shapes))
    corner = shapely.bounds(shapes)[:, :2]
    poly = shifted(weights.coefs[tile], corner - weights.centre[tile])
    local = xy - corner[of[ring]]
    same = ring[1:] == ring[:-1]
    start, end = local[:-1][same], local[1:][same]
    strip = _strip(poly[of[ring[:-1][same]]].T, start, end)
    per_ring = np.abs(np.bincount(ring[:-1][same], strip, len(rings)))
    sign = np.where(_exterior(shapes), 1.0, -1.0)
    return np.bincount(of, sign * per_ring, len(shapes)).astype(np.float64)


def _rings(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Every ring, and the position of the polygon it belongs to."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    return rings, of_part[of_ring]


def _exterior(shapes: Shapes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """True for a ring that is the first of its polygon part, in the order of `_rings`."""
    parts = shapely.get_parts(shapes)
    _, of = shapely.get_rings(parts, return_index=True)
    first: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.r_[True, of[1:] != of[:-1]][: len(of)]
    return first


def shifted(coefs: Floats, by: Floats) -> Floats:
    """The same polynomials (n, 6) about an origin moved by (n, 2)."""
    c0, c1, c2, c3, c4, c5 = coefs.T
    x, y = by.T
    return np.column_stack([
        c0 + c1 * x + c2 * y + c3 * x * x + c4 * x * y + c5 * y * y,
        c1 + 2 * c3 * x + c4 * y,
        c2 + c4 * x + 2 * c5 * y,
        c3,
        c4,
        c5,
    ])


def _strip(poly: Floats, start: Floats, end: Floats) -> Floats:
    """∫∫ w between each edge and the base line: a cubic, so two Gauss points are exact."""
    middle, half = (start + end) / 2, (end - start) / 2
    total = np.zeros(len(start))
    for sign in (-1.0, 1.0):
        x, y = (middle + sign * half / np.sqrt(3.0)).T
        total += y * (poly[0] + x * (poly[1] + x * poly[3]) + y * ((poly[2] + x * poly[4]) / 2 + y * poly[5] / 3))
    return total * half[:, 0]
