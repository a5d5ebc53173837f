"""Every engine gives the same floats: cells neither miss a pair nor count one twice."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import cells, cutting, engines, overlay
from gis.crs import CrsDiffer


def patches(seed: int, count: int) -> gpd.GeoSeries:
    """Overlapping rectangles of all sizes over some 30 km, one so large that it lies in every cell."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 30_000, (2, count))
    wide, high = rng.uniform(10, 800, (2, count))
    shapes = [*shapely.box(x, y, x + wide, y + high), shapely.box(0, 0, 30_000, 30_000), shapely.Polygon(), None]
    return gpd.GeoSeries(shapes, crs=4549).translate(500_000, 3_300_000)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20, 100, 10_000]))
def test_cell_by_cell_gives_the_same_floats(seed: int, vertices: int) -> None:
    a, b = patches(seed, 60), patches(seed + 1, 60)
    pd.testing.assert_frame_equal(
        cells.run(overlay.areas, a, b, vertices=vertices), overlay.areas(a, b), check_exact=True
    )


def test_processes_give_the_same_floats() -> None:
    a, b = patches(1, 300), patches(2, 300)
    with engines.using("processes", workers=2):
        found = cells.run(overlay.areas, a, b, vertices=400)
    pd.testing.assert_frame_equal(found, overlay.areas(a, b), check_exact=True)


def test_pieces_come_cell_by_cell_too() -> None:
    a, b = patches(3, 60), patches(4, 60)
    whole, parts = cutting.pieces(a, b), cells.run(cutting.pieces, a, b, vertices=50)
    assert parts[["a", "b"]].equals(whole[["a", "b"]])
    assert parts.geometry.geom_equals(whole.geometry).all()
    assert parts.crs == whole.crs


def test_nothing_in_common_is_an_empty_table() -> None:
    a = patches(5, 3)
    for other in (a.iloc[-2:], a.iloc[:0]):
        assert list(cells.run(overlay.areas, a, other).columns) == ["a", "b", "area_m2"]
        assert cells.run(overlay.areas, other, a).empty


def test_layers_of_two_crs_are_refused() -> None:
    with pytest.raises(CrsDiffer):
        cells.run(overlay.areas, patches(1, 2), patches(1, 2).to_crs(4548))


def test_a_road_across_the_county_does_not_take_the_county_into_its_cell() -> None:
    x, y = (each.ravel() * 100.0 for each in np.meshgrid(np.arange(40), np.arange(40)))
    along = np.linspace(0, 4_000, 200)
    road = np.vstack([np.column_stack([along, along]), np.column_stack([along, along + 9])[::-1]])
    shapes = np.append(shapely.box(x, y, x + 99, y + 99), shapely.Polygon(road))
    made = list(cells._cells([shapes, shapes], [shapely.get_num_coordinates(shapes)] * 2, 0, "", 500, 1_500))
    sizes = [sum(int(shapely.get_num_coordinates(each).sum()) for each in cell.shapes) for cell in made]
    assert max(sizes) < 2_000  # the road and what lies along it, of 8,401 vertices
    assert sorted(np.concatenate([cell.positions[0] for cell in made])) == list(range(len(shapes)))
