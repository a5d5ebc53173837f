"""From arrays to areas without a shape in between: the same pairs as the tree finds, the same floats as by shapes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import arrays, boxes, measure, overlay, wkb

WIDE = shapely.box(-5_000, -5_000, 40_000, 9_000).difference(shapely.Point(200, 200).buffer(90, 8))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(0, 60), st.sampled_from([1, 10, 100]))
def test_the_boxes_that_meet_are_those_the_tree_finds(seed: int, many: int, others: int, step: int) -> None:
    """On a coarse lattice too, where boxes share edges and corners; some boxes are points, some NaN, some huge."""
    rng = np.random.default_rng(seed)

    def made(count: int) -> np.ndarray:
        low = np.floor(rng.uniform(0, 300, (count, 2)) / step) * step
        size = np.floor(rng.uniform(0, 60, (count, 2)) / step) * step * rng.choice([1, 1, 1, 20], (count, 1))
        box = np.hstack([low, low + size])
        box[rng.random(count) < 0.1] = np.nan
        return box

    a, b = made(many), made(others)
    ia, ib = shapely.STRtree(shapely.box(*b.T)).query(shapely.box(*a.T))
    order = np.lexsort((ib, ia))
    found = boxes.meeting(a, b)
    np.testing.assert_array_equal(found[0], ia[order])
    np.testing.assert_array_equal(found[1], ib[order])


def discs(seed: int, count: int, *more: shapely.Geometry) -> gpd.GeoSeries:
    rng = np.random.default_rng(seed)
    x, y, r = rng.uniform(0, 400, count), rng.uniform(0, 400, count), rng.uniform(10, 60, count)
    rings = shapely.difference(
        shapely.buffer(shapely.points(x, y), r, quad_segs=4), shapely.buffer(shapely.points(x, y), r / 3, quad_segs=2)
    )
    return gpd.GeoSeries([*rings, *more], crs=4549).translate(500_000, 3_300_000)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_arrays_give_the_floats_of_shapes(seed: int, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = discs(seed, 25, WIDE, shapely.Polygon()), discs(seed + 10, 25, WIDE)
    zones = discs(seed + 20, 1, *(shapely.box(x, -9_000, x + 9_000, 9_000) for x in range(-9_000, 45_000, 9_000)))
    a[len(a)] = None
    if not compiled:
        monkeypatch.setattr(arrays, "find_spec", lambda _: None)
    layers = (wkb.of_shapes(np.asarray(layer.array, dtype=object)) for layer in (a, b, zones))
    found = arrays.shared(*layers, a.crs)
    pd.testing.assert_frame_equal(found.three, overlay.areas_by_zone(a, b, zones), check_exact=True)
    pd.testing.assert_frame_equal(found.two, overlay.areas(a, b), check_exact=True)
    pd.testing.assert_frame_equal(found.in_zone, overlay.areas(a, zones), check_exact=True)
    whole = measure.area_m2(a)
    assert np.isnan(found.whole[-2:]).all(), "what is not drawn has no area"
    np.testing.assert_array_equal(found.whole[:-2], whole[:-2])
    alone = arrays.areas_by_zone(
        *(wkb.of_shapes(np.asarray(layer.array, dtype=object)) for layer in (a, b, zones)), a.crs
    )
    pd.testing.assert_frame_equal(alone, found.three, check_exact=True)
    assert np.bincount(found.three["a"], found.three["area_m2"]).sum() > 1e8


def test_run_after_run_gives_the_same_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = discs(1, 200, shapely.Polygon(), WIDE), discs(2, 200), discs(3, 4)
    made = [wkb.of_shapes(np.asarray(layer.array, dtype=object)) for layer in layers]
    whole = arrays.areas_by_zone(*made, layers[0].crs)
    monkeypatch.setattr(overlay, "POLYGONS_IN_A_RUN", 16)
    pd.testing.assert_frame_equal(arrays.areas_by_zone(*made, layers[0].crs), whole, check_exact=True)
    assert len(whole) > 500
