"""Areas of A∩B: hand-made squares, GEOS as the oracle, and Σ pieces = whole."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis import clip, cutting, edges, kernel, layers, measure, overlay, repair
from gis.crs import CrsDiffer, CrsMissing
from gis.rings import rings

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
    assert cutting.pieces(a, b).empty


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
    found = cutting.pieces(a, b)
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
    left = cutting.uncovered(zones, cover)
    assert measure.area_m2(left) == pytest.approx([0, 60], rel=1e-8)


def coast(seed: int, vertices: int) -> shapely.Polygon:
    """A ring as wiggly as a digitised coast."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = [0.2 / k * np.cos(2**k * angle + rng.uniform(0, 6)) for k in range(1, 10)]
    reach = 4_000 * (1 + sum(waves) + rng.uniform(-0.002, 0.002, vertices))
    return shapely.Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))


def test_long_rings_agree_with_geos_and_with_themselves() -> None:
    a, b = layer(coast(1, 20_000)), layer(coast(2, 20_000))
    fast, slow = (overlay.areas(a, b, engine)["area_m2"].iloc[0] for engine in ("kernel", "geos"))
    assert fast == pytest.approx(slow, rel=1e-12)
    assert overlay.areas(a, a)["area_m2"].iloc[0] == pytest.approx(measure.area_m2(a)[0], rel=1e-12)


def test_a_long_ring_is_cut_into_strips_of_few_edges() -> None:
    """The work of a pair is the product of the edges met in one strip: that must not grow with the ring."""
    for vertices in (1_000, 100_000):
        made = edges.laid(np.array([shapely.Point(0, 0).buffer(1_000, vertices // 4)], dtype=object)).edges
        assert len(made.row) <= 2.2 * vertices
        assert np.diff(made.strip).mean() < 24


def test_a_large_polygon_on_a_grid_adds_up_across_tiles() -> None:
    cells = [shapely.box(x, y, x + 9_000, y + 9_000) for x in range(0, 45_000, 9_000) for y in range(0, 45_000, 9_000)]
    a, b = (
        layer(shapely.box(100, 100, 44_900, 44_900).difference(shapely.Point(20_000, 20_000).buffer(9_000))),
        layer(*cells),
    )
    whole = measure.area_m2(a)[0]
    assert overlay.areas(a, b)["area_m2"].sum() == pytest.approx(whole, rel=1e-13)
    assert overlay.areas(b, a)["area_m2"].sum() == pytest.approx(whole, rel=1e-9)


def test_a_parcel_astride_two_zones_is_shared_out_by_land_use() -> None:
    parcel = layer(shapely.box(0, 0, 100, 100), shapely.box(300, 0, 310, 10))
    use = layer(shapely.box(-50, -50, 400, 40), shapely.box(-50, 40, 400, 150))
    zones = layer(shapely.box(-10, -10, 30, 200), shapely.box(30, -10, 90, 200))
    found = overlay.areas_by_zone(parcel, use, zones)
    assert found[["a", "b", "zone"]].to_numpy().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert found["area_m2"].to_numpy() == pytest.approx([1_200, 2_400, 1_800, 3_600], rel=1e-8)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_shares_by_zone_add_up_to_the_pieces(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = layer(*(nasty(rng) for _ in range(8))), layer(*(nasty(rng) for _ in range(8)))
    x = np.r_[-300, np.sort(rng.uniform(-50, 130, 3)), 300]
    zones = layer(*(shapely.box(x[i], -300, x[i + 1], 300) for i in range(4)))
    pairs = overlay.areas(a, b).set_index(["a", "b"])["area_m2"]
    shares = overlay.areas_by_zone(a, b, zones).groupby(["a", "b"])["area_m2"].sum()
    assert np.abs(pairs.sub(shares, fill_value=0)).max(skipna=False) <= 1e-5 if len(pairs) else shares.empty


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_three_layers_meet_as_geos_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, zones = (layer(*(nasty(rng) for _ in range(many))) for many in (8, 8, 5))
    fast, slow = (overlay.areas_by_zone(a, b, zones, engine) for engine in ("kernel", "geos"))
    both = fast.merge(slow, on=["a", "b", "zone"], how="outer").fillna(0)
    assert not len(both) or np.abs(both["area_m2_x"] - both["area_m2_y"]).max() <= 2e-6


def test_a_coast_cut_by_a_zone_as_wiggly_agrees_with_geos() -> None:
    """Long rings in strips, three of them at once."""
    a, b = layer(coast(1, 3_000)), layer(coast(2, 3_000), shapely.box(-9_000, -9_000, 9_000, 9_000))
    zones = layer(coast(3, 3_000), shapely.box(0, -9_000, 9_000, 9_000))
    fast, slow = (overlay.areas_by_zone(a, b, zones, engine) for engine in ("kernel", "geos"))
    assert fast[["a", "b", "zone"]].equals(slow[["a", "b", "zone"]])
    assert fast["area_m2"].to_numpy() == pytest.approx(slow["area_m2"].to_numpy(), rel=1e-11)


def test_degrees_overlay_like_metres() -> None:
    rng = np.random.default_rng(3)
    a, b = (gpd.GeoSeries([star(rng, 12, 60) for _ in range(20)], crs=4549).translate(EAST, NORTH) for _ in range(2))
    plane = overlay.areas(a, b)
    fast, slow = (overlay.areas(a.to_crs(4490), b.to_crs(4490), engine) for engine in ("kernel", "geos"))
    assert np.abs(fast["area_m2"] - slow["area_m2"]).max() < 1e-5
    both = plane.merge(fast, on=["a", "b"])
    assert len(both) == len(plane)
    assert np.abs(both["area_m2_x"] - both["area_m2_y"]).max() < 0.01


def test_without_numba_the_areas_come_from_geos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "find_spec", lambda _: None)
    monkeypatch.delattr(kernel, "pair_areas")
    assert len(overlay.areas(layer(shapely.box(0, 0, 9, 9)), layer(shapely.box(1, 1, 5, 5)))) == 1


def test_pieces_made_by_threads_are_the_pieces_made_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    a, b = (layer(*(star(rng, 9, 60) for _ in range(60))) for _ in range(2))
    alone = cutting.pieces(a, b)
    monkeypatch.setattr(overlay, "PAIRS_WORTH_THREADS", 10)
    assert cutting.pieces(a, b).equals(alone)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_piece_has_the_area_of_its_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = layer(*(nasty(rng) for _ in range(10))), layer(*(nasty(rng) for _ in range(10)))
    pieces, pairs = cutting.pieces(a, b), overlay.areas(a, b)
    drawn = pieces[["a", "b"]].assign(drawn=measure.area_m2(pieces.geometry))
    both = pairs.merge(drawn, on=["a", "b"], how="outer").fillna(0)
    assert np.abs(both["area_m2"] - both["drawn"]).max() <= 1e-6 if len(both) else drawn.empty


def test_pieces_are_the_same_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    a, b = (layer(*(nasty(rng) for _ in range(30))) for _ in range(2))
    compiled = cutting.pieces(a, b)
    monkeypatch.setattr(overlay, "find_spec", lambda _: None)
    by_geos = cutting.pieces(a, b)
    assert compiled[["a", "b"]].equals(by_geos[["a", "b"]])
    assert shapely.area(shapely.symmetric_difference(compiled.geometry.array, by_geos.geometry.array)).max() < 1e-6


@pytest.mark.shared
def test_real_zoning_on_a_grid_adds_up_and_agrees_with_geos(shared: Path) -> None:
    """7,770 polygons of Taoyuan, holes and multipolygons among them, cut by a grid of 2 km."""
    zoning = repair.make_valid_polygons(layers.read(shared / "parcels/tw_taoyuan_zoning.gpkg").frame.geometry)[0]
    west, south, east, north = zoning.total_bounds
    corners = [(x, y) for x in np.arange(west - 1, east, 2_000) for y in np.arange(south - 1, north, 2_000)]
    grid = gpd.GeoSeries([shapely.box(x, y, x + 2_000, y + 2_000) for x, y in corners], crs=zoning.crs)
    fast, slow = (overlay.areas(zoning, grid, engine) for engine in ("kernel", "geos"))
    assert fast[["a", "b"]].equals(slow[["a", "b"]])
    assert np.abs(fast["area_m2"] - slow["area_m2"]).max() < 2e-6
    total = np.bincount(fast["a"], fast["area_m2"], len(zoning))
    assert np.abs(total - measure.area_m2(zoning)).max() < 1e-6


def looped(shapes: np.ndarray) -> clip.Loops:
    return clip.loops(rings(shapes), len(shapes))


def clipped(*pairs: tuple[shapely.Geometry, shapely.Geometry]) -> np.ndarray:
    a, b = (np.array(side, dtype=object) for side in zip(*pairs, strict=True))
    each = np.arange(len(a))
    return clip.clipped(looped(a), looped(b), each, each, shapely.area(shapely.intersection(a, b)))


def test_rings_that_cross_cleanly_need_no_geos() -> None:
    square = shapely.box(0, 0, 10, 10)
    corner, comb = shapely.box(7, 8, 20, 20), shapely.Polygon([(1, 5), (2, 15), (3, 5), (7, 5), (8, 15), (9, 4)][::-1])
    band = shapely.Polygon([(-5, 9), (-5, 14), (15, 14), (15, 9)])
    pairs = [(square, corner), (corner, square), (square, comb), (comb, square), (square, band)]
    found = clipped(*pairs)
    assert not shapely.is_missing(found).any()
    assert shapely.is_valid(found).all()
    for shape, (a, b) in zip(found, pairs, strict=True):
        assert shapely.area(shapely.symmetric_difference(shape, shapely.intersection(a, b))) < 1e-12


def test_two_pieces_of_one_pair_are_one_multipolygon() -> None:
    fork = shapely.Polygon([(1, -5), (2, -5), (2, 5), (7, 5), (7, -5), (8, -5), (8, 20), (1, 20)])
    (found,) = clipped((shapely.box(0, 0, 10, 4), fork))
    assert found.geom_type == "MultiPolygon"
    assert sorted(part.bounds for part in found.geoms) == [(1, 0, 2, 4), (7, 0, 8, 4)]


@pytest.mark.parametrize(
    "other",
    [
        shapely.box(5, 0, 15, 10),  # a shared edge
        shapely.Polygon([(10, 5), (20, 0), (20, 10)]),  # a corner on an edge
        shapely.Polygon([(5, 10 + 1e-9), (2, 20), (2, -5)]),  # a corner a nanometre off it
        shapely.box(4, 4, 14, 6).difference(shapely.box(11, 4.5, 12, 5.5)),  # a hole
        shapely.box(2, 2, 3, 3),  # wholly inside
        shapely.Point(0, 0).buffer(7, 100),  # a ring too long
    ],
)
def test_what_is_not_clean_is_left_to_geos(other: shapely.Geometry) -> None:
    assert clipped((shapely.box(0, 0, 10, 10), other))[0] is None


def test_a_shape_whose_area_is_not_the_integral_is_left_to_geos() -> None:
    a, b = (np.array([shape], dtype=object) for shape in (shapely.box(0, 0, 10, 10), shapely.box(5, 5, 20, 20)))
    none = np.zeros(1, np.int64)
    assert clip.clipped(looped(a), looped(b), none, none, np.array([25.0]))[0].area == 25
    assert clip.clipped(looped(a), looped(b), none, none, np.array([25.001]))[0] is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_pieces_of_stars_are_valid_and_what_geos_draws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (layer(*(star(rng, int(rng.integers(4, 30)), 60) for _ in range(10))) for _ in range(2))
    found = cutting.pieces(a, b)
    drawn = shapely.intersection(*(one.to_numpy()[found[key]] for key, one in (("a", a), ("b", b))))
    assert found.geometry.is_valid.all()
    assert not len(found) or shapely.area(shapely.symmetric_difference(found.geometry.array, drawn)).max() < 1e-6


def test_warming_up_leaves_nothing_to_compile() -> None:
    kernel.warm_up()
    compiled = [kernel._pair_areas, kernel._pair_meets, clip._clip, edges._orient]
    known = [len(function.signatures) for function in compiled]
    overlay.areas(layer(coast(1, 500)), layer(shapely.box(0, 0, 99, 99)))
    cutting.pieces(layer(coast(1, 500)), layer(shapely.box(0, 0, 99, 99)))
    overlay.areas_by_zone(*(layer(coast(k, 500)) for k in (1, 2, 3)))
    assert [len(function.signatures) for function in compiled] == known == [1, 1, 1, 1]


def test_ground_without_cover_is_found_tile_by_tile_as_in_one_go() -> None:
    """A zone on the slant under some 2,000 squares, of which a few are missing: GEOS in one go is the oracle."""
    x, y = (each.ravel() * 10.0 for each in np.meshgrid(np.arange(50), np.arange(40)))
    squares = shapely.box(x, y, x + 10, y + 10)
    missing = [3, 777, 778, 827, 1_999]
    zone = shapely.Polygon([(-5, 11), (380, -20), (512, 300), (100, 390)])
    cover = layer(*np.delete(squares, missing))
    zones = layer(zone, shapely.box(200, 200, 300, 300))
    left = cutting.uncovered(zones, cover)
    expected = shapely.difference(np.asarray(zones.array, dtype=object), shapely.union_all(np.asarray(cover.array)))
    assert shapely.area(shapely.symmetric_difference(np.asarray(left.array, dtype=object), expected)) == pytest.approx(
        [0, 0], abs=1e-6
    )
    assert left.iloc[1].is_empty
    assert left.iloc[0].is_valid


def test_the_union_of_neighbours_is_theirs_whether_or_not_they_share_vertices() -> None:
    whole = shapely.box(0, 0, 20, 10)
    matched = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], dtype=object)
    thirds = [shapely.box(10, 0, 20, 3), shapely.box(10, 3, 20, 10)]
    for shapes in (matched, np.array([matched[0], *thirds], dtype=object)):
        joined = cutting.united(shapes)
        assert joined.is_valid
        assert joined.equals(whole)
        assert shapely.area(joined) == pytest.approx(200)
