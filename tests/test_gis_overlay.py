"""Areas of A∩B: hand-made squares, GEOS as the oracle, and Σ pieces = whole."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis import measure, overlay
from gis.crs import CrsDiffer, CrsMissing

EAST, NORTH = 500_000.0, 3_300_000.0


def layer(*shapes: shapely.Geometry, crs: int = 4549) -> gpd.GeoSeries:
    east = EAST + (40_000_000 if crs == 4528 else 0)
    return gpd.GeoSeries(list(shapes), crs=crs).translate(east, NORTH)


def star(rng: np.random.Generator, vertices: int, radius: float) -> shapely.Geometry:
    angle = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    reach = rng.uniform(0.3, 1, vertices) * radius
    centre = rng.uniform(0, 80, 2)
    ring = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]) + centre
    return shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)


def nasty(rng: np.random.Generator) -> shapely.Geometry:
    """A star, a star with a hole, several stars, a star on whole metres, a square, or nothing."""
    one = star(rng, int(rng.integers(4, 40)), 60)
    kind = int(rng.integers(0, 6))
    if kind == 1:
        return one.difference(shapely.Point(*rng.uniform(20, 60, 2)).buffer(8, 2))
    if kind == 2:
        return one.union(shapely.transform(star(rng, 9, 20), lambda xy: xy + 50))
    if kind == 3:
        return shapely.set_precision(one, 5)
    if kind == 4:
        x, y = rng.integers(0, 8, 2) * 10
        return shapely.box(x, y, x + 30, y + 20)
    return one if kind else shapely.Polygon()


def test_two_squares_share_a_quarter() -> None:
    a, b = layer(shapely.box(0, 0, 100, 100)), layer(shapely.box(50, 50, 150, 150))
    shared = overlay.areas(a, b)
    assert shared[["a", "b"]].to_numpy().tolist() == [[0, 0]]
    assert shared["area_m2"].iloc[0] == pytest.approx(2_500, rel=1e-8)


def test_neighbours_that_only_touch_are_no_pair() -> None:
    a, b = layer(shapely.box(0, 0, 10, 10)), layer(shapely.box(10, 0, 20, 10))
    assert overlay.areas(a, b).empty
    assert overlay.pieces(a, b).empty


def test_nothing_on_nothing_is_an_empty_table() -> None:
    none = layer(shapely.Polygon())
    assert list(overlay.areas(none, none).columns) == ["a", "b", "area_m2"]
    assert overlay.areas(layer(), layer()).empty
    assert overlay.areas(gpd.GeoSeries([None], crs=4549), none).empty


def test_layers_of_two_crs_are_refused() -> None:
    a = layer(shapely.box(0, 0, 1, 1))
    with pytest.raises(CrsDiffer):
        overlay.areas(a, layer(shapely.box(0, 0, 1, 1), crs=4548))
    with pytest.raises(CrsMissing):
        overlay.areas(a, gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_geos_agree_on_nasty_shapes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = layer(*(nasty(rng) for _ in range(12))), layer(*(nasty(rng) for _ in range(12)))
    fast, slow = (overlay.areas(a, b, engine) for engine in ("kernel", "geos"))
    both = fast.merge(slow, on=["a", "b"], how="outer").fillna(0)
    assert np.abs(both["area_m2_x"] - both["area_m2_y"]).max() <= 1e-6


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([4549, 4528, 3857]))
def test_pieces_of_a_partition_add_up_to_the_whole(seed: int, crs: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.sort(rng.uniform(-70, 150, (2, 6)), axis=1)
    x[[0, -1]], y[[0, -1]] = [-200, 300], [-200, 300]
    cells = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(5) for j in range(5)]
    a, b = layer(*(nasty(rng) for _ in range(8)), crs=crs), layer(*cells, crs=crs)
    pieces = overlay.areas(a, b)
    total = np.bincount(pieces["a"], pieces["area_m2"], len(a))
    assert np.abs(total - measure.area_m2(a)).max() <= 1e-6


def test_a_piece_inside_the_other_polygon_keeps_its_vertices() -> None:
    inner = shapely.Polygon([(1, 1), (3, 1), (3, 1.1), (3, 3), (1, 3)])
    a, b = layer(inner), layer(shapely.box(0, 0, 10, 10), shapely.box(2, 0, 9, 10))
    found = overlay.pieces(a, b)
    assert found["b"].tolist() == [0, 1]
    assert found.geometry.iloc[0].equals_exact(a.iloc[0], 0)


def test_the_overlap_inside_one_layer_is_named_once() -> None:
    a = layer(shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10), shapely.box(20, 0, 30, 10))
    found = overlay.self_overlaps(a)
    assert found[["a", "b"]].to_numpy().tolist() == [[0, 1]]
    assert found["area_m2"].iloc[0] == pytest.approx(10, rel=1e-8)


def test_ground_no_map_polygon_lies_on_is_left_over() -> None:
    zones = layer(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10))
    cover = layer(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 4))
    left = overlay.uncovered(zones, cover)
    assert measure.area_m2(left) == pytest.approx([0, 60], rel=1e-8)
