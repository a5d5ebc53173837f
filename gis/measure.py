"""Area, 亩 and rounding: the one place that turns shapes into square metres and decimals into print.

Areas are ellipsoidal (国土调查办发〔2008〕32号 practice), with edges straight in the layer's own CRS:
see gis/element.py for why. A geodesic polygon differs, because its edges are other curves.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import element
from gis.crs import CrsMissing
from gis.element import Floats, Ints, Shapes
from gis.rings import moments

SQUARE_METRES_PER_MU = 10_000 / 15
SQUARE_METRES_PER_HECTARE = 10_000.0
NEAR_TIE, FLOAT_ERROR = 1e-6, 4e-15
NOISE_ULPS, NOISE_SHARE = 16, 1e-6  # what division and addition leave behind; never a visible part of the last place
VERTICES_AT_ONCE = 20_000  # what stays in the processor's cache while six moments are taken
TOO_LARGE_FOR_FLOATS = 2.0**50  # above it not every half is a float
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
    decimals, though the float lies below. A quotient a few ulps below a tie is the tie: 4418.44 ÷ 160 is
    27.61525 on paper and 27.615249999999996 here. Ties go away from zero; NaN and infinities stay.
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
        near_tie = np.abs(scaled - np.floor(scaled) - 0.5) < NEAR_TIE + FLOAT_ERROR * scaled
        exact = near_tie | (scaled > TOO_LARGE_FOR_FLOATS) | (decimals not in EXACT_POWERS)
    out = np.copysign(whole / 10.0**decimals, flat)
    quantum = Decimal(1).scaleb(-decimals)
    for i in np.flatnonzero(exact & np.isfinite(flat)):
        out[i] = float(_quantized(float(flat[i]), quantum))
    out[~np.isfinite(flat)] = flat[~np.isfinite(flat)]
    return out + 0.0


def _quantized(value: float, quantum: Decimal) -> Decimal:
    number = Decimal(repr(value))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and Decimal(1).scaleb(exponent) >= quantum:
        return number
    noise = min(NOISE_ULPS * math.ulp(value), NOISE_SHARE * float(quantum))
    return (number + Decimal(math.copysign(noise, value))).quantize(quantum, rounding=ROUND_HALF_UP)


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
    """The polygons of a series (n,), missing ones as empty polygons; not to be written to. Raises NotPolygons."""
    shapes: Shapes = np.asarray(geometries.array, dtype=object)
    kind = shapely.get_type_id(shapes)
    other = np.flatnonzero((kind != shapely.GeometryType.POLYGON) & (kind != shapely.GeometryType.MULTIPOLYGON))
    if not len(other):
        return shapes
    wrong = other[(kind[other] != shapely.GeometryType.MISSING) & ~shapely.is_empty(shapes[other])]
    if len(wrong):
        raise NotPolygons(wrong.tolist())
    shapes = shapes.copy()
    shapes[other] = shapely.Polygon()
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
    corner = shapely.bounds(shapes)[:, :2]
    local = element.moved(weights.coefs[tile], corner - weights.centre[tile])
    area: Floats = np.nansum(local * moments(shapes, corner), axis=1)
    return area
