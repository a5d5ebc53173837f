"""Who may share ground with whom: nobody who does is missed, and a long road does not meet a whole county."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.candidates import Near, candidates, slabs
from gis.rings import rings


def wave(rng: np.random.Generator, vertices: int) -> shapely.Geometry:
    """A strip that winds along a line in any direction, sometimes with a hole or a second part."""
    x = np.sort(rng.uniform(0, 1_000, vertices))
    y = np.cumsum(rng.uniform(-20, 20, vertices))
    upper = np.column_stack([x, y + rng.uniform(1, 90, vertices)])
    strip = shapely.make_valid(shapely.Polygon(np.vstack([np.column_stack([x, y]), upper[::-1]])), method="structure")
    if rng.random() < 0.3:
        strip = strip.difference(shapely.Point(x[vertices // 2], y[vertices // 2] + 2).buffer(3, 20))
    turn = rng.uniform(0, 2 * np.pi)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.transform(strip, lambda xy: xy @ matrix + rng.uniform(-300, 300, 2))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_slabs_of_a_polygon_cover_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = np.array([wave(rng, int(rng.integers(3, 120))) for _ in range(4)], dtype=object)
    box, owner = slabs(rings(shapes), shapely.bounds(shapes), rng.integers(1, 20, 4))
    for at, shape in enumerate(shapes):
        assert shapely.area(shape.difference(shapely.union_all(shapely.box(*box[owner == at].T)))) < 1e-6


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_every_pair_that_meets_is_a_candidate_once_and_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (
        np.array([wave(rng, int(rng.integers(3, 120))) for _ in range(int(rng.integers(1, 9)))], dtype=object)
        for _ in range(2)
    )
    ia, ib = candidates(a, b)
    found = list(zip(ia.tolist(), ib.tolist(), strict=True))
    assert found == sorted(set(found))
    met = {(i, j) for i in range(len(a)) for j in range(len(b)) if shapely.intersects(a[i], b[j])}
    assert met <= set(found)


def test_a_road_across_a_county_meets_the_parcels_beside_it_only() -> None:
    along = np.linspace(0, 100_000, 400)
    road = shapely.Polygon(np.vstack([np.column_stack([along, along]), np.column_stack([along, along + 20])[::-1]]))
    x, y = (each.ravel() * 1_000.0 for each in np.meshgrid(np.arange(100), np.arange(100)))
    parcels = np.asarray(gpd.GeoSeries(shapely.box(x, y, x + 900, y + 900)).array, dtype=object)
    _, met = candidates(np.array([road], dtype=object), parcels)
    crossed = np.flatnonzero(shapely.intersects(parcels, road))
    assert set(crossed) <= set(met.tolist())
    assert len(met) <= 4 * len(crossed)


def test_what_is_missing_or_empty_meets_nothing() -> None:
    shapes = np.array([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)], dtype=object)
    ia, ib = candidates(shapes, shapes)
    assert (ia.tolist(), ib.tolist()) == ([2], [2])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_asked_again_and_again_nobody_is_missed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (
        np.array([wave(rng, int(rng.integers(3, 120))) for _ in range(int(rng.integers(1, 9)))], dtype=object)
        for _ in range(2)
    )
    near = Near(a, np.append(b, [None, shapely.Polygon()]))
    for at in (np.arange(len(a)), np.arange(len(a))[::2], np.arange(1)):
        met = np.flatnonzero(shapely.intersects(a[at][:, None], b).any(axis=0))
        told = near.touched(at)
        assert set(met) <= set(told.tolist()) <= set(range(len(b)))
        assert told.tolist() == sorted(set(told.tolist()))


def test_one_polygon_far_off_does_not_make_all_others_near() -> None:
    x, y = (each.ravel() * 100.0 for each in np.meshgrid(np.arange(100), np.arange(100)))
    town = np.append(shapely.box(x, y, x + 90, y + 90), shapely.box(4e7, 4e7, 4e7 + 90, 4e7 + 90))
    assert len(Near(town, town).touched(np.arange(10))) < 100
    assert not len(Near(town, town[:0]).touched(np.arange(10)))
