"""Area, 亩 and rounding on squares one can compute by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from gis import element, measure
from gis.crs import CrsMissing


def test_fifteen_mu_are_one_hectare() -> None:
    assert measure.to_mu(10_000.0) == 15.0
    assert pytest.approx(2000 / 3, rel=1e-15) == measure.SQUARE_METRES_PER_MU


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (1.005, 2, 1.01),
        (2.675, 2, 2.68),
        (0.5, 0, 1.0),
        (-0.5, 0, -1.0),
        (0.69995, 4, 0.7),
        (0.699949999, 4, 0.6999),
        (1234567890.12345, 4, 1234567890.1235),
        (1e22, 4, 1e22),
        (15.0, -1, 20.0),
        (-0.00001, 4, 0.0),
        (4418.44 / 160, 4, 27.6153),  # 27.61525 on paper
        (27.6152499999, 4, 27.6152),
    ],
)
def test_a_tie_of_the_printed_decimal_rounds_away_from_zero(value: float, decimals: int, expected: float) -> None:
    assert measure.half_up(value, decimals) == expected


def test_rounding_keeps_the_unknown_and_the_index() -> None:
    values = pd.Series([1.00005, np.nan, np.inf], index=["a", "b", "c"], name="x")
    rounded = measure.half_up(values, 4)
    assert list(rounded.index) == ["a", "b", "c"]
    assert rounded["a"] == 1.0001
    assert np.isnan(rounded["b"])
    assert np.isinf(rounded["c"])


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_a_number_of_few_decimals_stays_what_it_is(units: int, decimals: int) -> None:
    value = units / 10**decimals
    assert measure.half_up(value, decimals) == value


@given(st.decimals(-(10**12), 10**12, places=7, allow_nan=False), st.integers(0, 6))
def test_rounding_is_that_of_the_decimal_that_is_printed(number: Decimal, decimals: int) -> None:
    value = float(number)
    expected = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert measure.half_up(value, decimals) == float(expected)


@pytest.mark.parametrize("crs", [4549, 4528, 3857, 32651, 3826, 2263, 4490])
def test_one_polynomial_holds_a_tile_to_a_few_parts_in_a_billion(crs: int) -> None:
    """Against the density itself, at random places of the ground a tile's polynomial has to serve."""
    place = (-74.0, 40.7) if crs == 2263 else (120.9, 24.8)
    (x, y) = gpd.GeoSeries.from_xy([place[0]], [place[1]], crs=4326).to_crs(crs).iloc[0].coords[0]
    plane = CRS.from_epsg(crs)
    side = element.side(plane)
    fitted = element.weights(np.array([[x, y, x, y]]), plane)
    from_centre = np.random.default_rng(0).uniform(-1.25 * side, 1.25 * side, (500, 2))
    density = element.density(*(fitted.centre[0] + from_centre).T, side / 4, element.ground_of(plane))
    assert np.abs(element.moved(np.tile(fitted.coefs, (500, 1)), from_centre)[:, 0] / density - 1).max() < 5e-9


def square(x: float, y: float, side: float, crs: int) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(x, y, x + side, y + side)], crs=crs)


def geodesic(series: gpd.GeoSeries, step: float) -> float:
    """GeographicLib's area of the same curve: vertices so dense that straight is geodesic."""
    dense = gpd.GeoSeries(shapely.segmentize(series.array, step), crs=series.crs).to_crs(4490)
    return abs(pyproj.Geod(ellps="GRS80").geometry_area_perimeter(dense.iloc[0])[0])


@pytest.mark.parametrize("crs", [4549, 4528, 3857, 32651, 3826])
def test_area_agrees_with_geographiclib_in_every_projection(crs: int) -> None:
    place = gpd.GeoSeries.from_xy([120.9], [24.8], crs=4490).to_crs(crs).iloc[0]
    ours = square(place.x, place.y, 3_000, crs)
    assert measure.area_m2(ours)[0] == pytest.approx(geodesic(ours, 10), rel=2e-9)


def test_degrees_are_measured_as_square_metres() -> None:
    ours = square(120.0, 30.0, 0.02, 4490)
    assert measure.area_m2(ours)[0] == pytest.approx(geodesic(ours, 1e-4), rel=1e-8)


def test_a_polygon_of_many_tiles_is_cut_and_adds_up() -> None:
    ours = square(500_000, 3_300_000, 61_234, 4549)
    assert measure.area_m2(ours)[0] == pytest.approx(geodesic(ours, 100), rel=1e-8)


def test_a_hole_is_not_land_whatever_way_the_rings_turn() -> None:
    outer, inner = shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60)
    holed = shapely.Polygon(outer.exterior.coords[::-1], [inner.exterior.coords])
    same = shapely.Polygon(outer.exterior.coords, [inner.exterior.coords])
    series = gpd.GeoSeries([holed, same], crs=4549).translate(500_000, 3_300_000)
    assert measure.area_m2(series) == pytest.approx([9_600, 9_600], rel=1e-8)


def test_no_geometry_has_an_unknown_area_and_an_empty_one_none() -> None:
    series = gpd.GeoSeries([None, shapely.Polygon()], crs=4549)
    area = measure.area_m2(series)
    assert np.isnan(area[0])
    assert area[1] == 0


def test_area_without_a_crs_is_refused() -> None:
    with pytest.raises(CrsMissing):
        measure.area_m2(gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))


def test_lines_have_no_area() -> None:
    with pytest.raises(measure.NotPolygons) as refused:
        measure.area_m2(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=4549))
    assert refused.value.positions == [0]
