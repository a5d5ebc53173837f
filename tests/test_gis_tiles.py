"""Cuts small layers into tiles and reads them back with another program's decoder."""

import io
import math
import threading
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gis import mvt, palette, tiles
from gis.crs import CrsMissing
from gis.tiles import Attribute, Layer

LON, LAT = 106.05, 27.01


def address(z: int, lon: float = LON, lat: float = LAT) -> tuple[int, int, int]:
    """Return the tile over a point, by the formula of the OpenStreetMap wiki."""
    side = 2**z
    return z, int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)


def outcome(words: list[str]) -> Attribute:
    return Attribute(np.array([palette.OUTCOME.code(word) for word in words]), palette.OUTCOME)


def grid(words: list[str], size: float = 0.001, pids: list[int] | None = None) -> Layer:
    """A row of squares from LON LAT eastwards."""
    boxes = [shapely.box(LON + i * size, LAT, LON + (i + 0.9) * size, LAT + 0.9 * size) for i in range(len(words))]
    return Layer(gpd.GeoSeries(boxes, crs=4490), {"outcome": outcome(words)}, pids)


def decoded(tile: bytes) -> list[dict[str, object]]:
    return list(mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["p"]["features"])


def pixels(tile: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(tile)).convert("RGBA"))


def test_a_vector_tile_holds_pid_and_class_codes_and_nothing_else() -> None:
    features = decoded(grid(["pass", "fail", "unknown"], pids=[7, 300, 70_000]).mvt(*address(13)))
    assert {feature["id"] for feature in features} == {7, 300, 70_000}
    by_pid = {feature["properties"]["pid"]: feature["properties"] for feature in features}
    assert by_pid == {
        7: {"pid": 7, "outcome": 0},
        300: {"pid": 300, "outcome": 1},
        70_000: {"pid": 70_000, "outcome": 2},
    }


def test_a_square_comes_back_where_it_was_put() -> None:
    z, x, y = address(16)
    west, south, east, north = tiles.tile_bounds(z, x, y)
    unit = (east - west) / mvt.EXTENT
    layer = Layer(
        gpd.GeoSeries([shapely.box(west + 1000 * unit, north - 1400 * unit, west + 2000 * unit, north - 500 * unit)],
                      crs=3857).to_crs(4490),
        {"outcome": outcome(["pass"])},
    )  # fmt: skip
    shape = shapely.geometry.shape(decoded(layer.mvt(z, x, y))[0]["geometry"])
    assert shape.bounds == pytest.approx((1000, 500, 2000, 1400), abs=1)
    assert south < north


def test_holes_and_islands_survive_with_their_winding() -> None:
    d = 0.004
    frame = shapely.box(LON, LAT, LON + d, LAT + d).difference(
        shapely.box(LON + d / 4, LAT + d / 4, LON + d / 2, LAT + d / 2)
    )
    island = shapely.box(LON + 0.3 * d, LAT + 0.3 * d, LON + 0.4 * d, LAT + 0.4 * d)
    layer = Layer(gpd.GeoSeries([shapely.union(frame, island)], crs=4490), {"outcome": outcome(["pass"])})
    shape = shapely.geometry.shape(decoded(layer.mvt(*address(15, LON + d / 2, LAT + d / 2)))[0]["geometry"])
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 1]


@given(st.integers(0, 10_000), st.integers(12, 20))
@settings(max_examples=40, deadline=None)
def test_whatever_the_shape_its_area_in_the_tile_is_its_area_on_the_map(seed: int, z: int) -> None:
    random = np.random.default_rng(seed)
    z, x, y = address(z)
    west, south, east, north = tiles.tile_bounds(z, x, y)
    side = east - west
    middle = np.array([west + side / 2, south + side / 2])
    points = shapely.points(middle + random.uniform(-0.45, 0.45, (8, 2)) * side)
    hull = shapely.convex_hull(shapely.multipoints(points))
    tile = mvt.encode(np.array([hull]), {"pid": np.array([1])}, (west, south, east, north), "p")
    shape = shapely.geometry.shape(decoded(tile)[0]["geometry"])
    assert shape.area == pytest.approx(hull.area / side**2 * mvt.EXTENT**2, rel=0.02)


def test_a_shape_over_the_edge_is_in_both_tiles_and_clipped_with_a_margin() -> None:
    z, x, y = address(16)
    west, south, east, north = tiles.tile_bounds(z, x, y)
    wide = shapely.box(west - 5000, (south + north) / 2, east + 5000, (south + north) / 2 + 100)
    layer = Layer(gpd.GeoSeries([wide], crs=3857).to_crs(4490), {"outcome": outcome(["pass"])})
    for neighbour in (x - 1, x, x + 1):
        left, _, right, _ = shapely.geometry.shape(decoded(layer.mvt(z, neighbour, y))[0]["geometry"]).bounds
        assert (left, right) == (-64, mvt.EXTENT + 64)


def test_an_empty_tile_is_no_bytes_and_a_see_through_picture() -> None:
    layer = grid(["pass"])
    far = address(15, -70, -30)
    assert layer.mvt(*far) == b""
    assert (pixels(layer.png(*far, "outcome"))[..., 3] == 0).all()
    assert Layer(gpd.GeoSeries([], crs=4490), {}).mvt(0, 0, 0) == b""


def test_a_shape_as_wide_as_the_world_fills_the_tile_of_the_whole_world() -> None:
    layer = Layer(gpd.GeoSeries([shapely.box(-180, -90, 180, 90)], crs=4490), {"outcome": outcome(["pass"])})
    shape = shapely.geometry.shape(decoded(layer.mvt(0, 0, 0))[0]["geometry"])
    assert shape.area >= mvt.EXTENT**2
    assert (pixels(layer.png(0, 0, 0, "outcome"))[100, 100] == (0x6A, 0xAE, 0xD6, 255)).all()
    assert layer.pick(106, 27) == 0


def test_a_parcel_smaller_than_a_pixel_is_still_one_dot_in_the_picture() -> None:
    seen = pixels(grid(["fail"]).png(*address(6), "outcome"))
    assert (seen[..., 3] > 0).sum() == 1


@pytest.mark.parametrize(
    ("z", "x", "y"),
    [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1), (0, 0, 1), (1.0, 0, 0), ("1", 0, 0), (True, 0, 0), (None, 0, 0)],
)
def test_an_address_outside_the_pyramid_is_refused(z: int, x: int, y: int) -> None:
    layer = grid(["pass"])
    for ask in (lambda: layer.mvt(z, x, y), lambda: layer.png(z, x, y, "outcome")):
        with pytest.raises(tiles.NoSuchTile) as caught:
            ask()
        assert caught.value.z == z


def test_a_picture_paints_each_class_in_its_colour_and_hatches_the_unknown() -> None:
    size = 0.004
    layer = grid(["pass", "unknown"], size=size)
    near = pixels(layer.png(*address(16, LON + 0.3 * size, LAT + 0.4 * size), "outcome"))
    assert ((near == (0x6A, 0xAE, 0xD6, 255)).all(axis=-1)).any()
    hatched = pixels(layer.png(*address(17, LON + 1.45 * size, LAT + 0.45 * size), "outcome"))
    opacity = hatched[64:192, 64:192, 3]
    assert set(np.unique(opacity)) == {56, 255}
    assert 0.05 < (opacity == 255).mean() < 0.3


def test_hatch_lines_run_on_from_tile_to_tile() -> None:
    wide = shapely.box(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01)
    layer = Layer(gpd.GeoSeries([wide], crs=4490), {"outcome": outcome(["unknown"])})
    z, x, y = address(17)
    both = np.concatenate([pixels(layer.png(z, x + i, y, "outcome"))[..., 3] == 255 for i in (0, 1)], axis=1)
    row, column = np.indices(both.shape)
    assert (both == ((row + column) % 8 == 0)).all()


def test_a_filter_leaves_the_others_out_of_tile_picture_pick_and_count() -> None:
    layer = grid(["pass", "fail", "pass"])
    only = {"outcome": [palette.OUTCOME.code("fail")]}
    assert [feature["properties"]["pid"] for feature in decoded(layer.mvt(*address(13), only=only))] == [1]
    assert layer.count(only) == 1
    assert layer.count() == 3
    assert layer.pick(LON + 0.0004, LAT + 0.0004) == 0
    assert layer.pick(LON + 0.0004, LAT + 0.0004, only) is None
    assert layer.mvt(*address(15), only={"outcome": []}) == b""
    with pytest.raises(tiles.NoSuchAttribute):
        layer.mvt(*address(15), only={"grade": [1]})
    with pytest.raises(tiles.NoSuchAttribute):
        layer.png(*address(15), "grade")


def test_a_click_gives_the_smallest_shape_under_it_and_an_edge_counts() -> None:
    big, small = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01), shapely.box(LON, LAT, LON + 0.001, LAT + 0.001)
    layer = Layer(gpd.GeoSeries([small, big, None], crs=4490), {})
    assert layer.pick(LON + 0.0005, LAT + 0.0005) == 0
    assert layer.pick(LON + 0.005, LAT + 0.005) == 1
    assert layer.pick(LON, LAT) == 0
    assert layer.pick(LON - 0.01, LAT) is None
    assert layer.pick(float("nan"), LAT) is None
    drawn = [feature["properties"]["pid"] for feature in decoded(layer.mvt(*address(15)))]
    assert drawn == [1, 0]  # the smallest last, on top, so that the browser picks the same


def test_pick_answers_positions_of_the_layer_even_where_shapes_are_missing() -> None:
    shapes = gpd.GeoSeries([None, shapely.Polygon(), shapely.box(LON, LAT, LON + 0.001, LAT + 0.001)], crs=4490)
    layer = Layer(shapes, {"outcome": outcome(["pass", "pass", "fail"])}, pids=[10, 11, 12])
    assert layer.pick(LON + 0.0005, LAT + 0.0005) == 2
    assert decoded(layer.mvt(*address(15)))[0]["properties"] == {"pid": 12, "outcome": 1}
    assert layer.position(12) == 2
    assert layer.position(99) is None
    assert layer.degrees == pytest.approx((LON, LAT, LON + 0.001, LAT + 0.001))


def test_a_projected_layer_is_drawn_at_its_place_and_one_without_crs_is_refused() -> None:
    square = gpd.GeoSeries([shapely.box(LON, LAT, LON + 0.001, LAT + 0.001)], crs=4490)
    layer = Layer(square.to_crs(4545), {"outcome": outcome(["pass"])})
    assert layer.pick(LON + 0.0005, LAT + 0.0005) == 0
    with pytest.raises(CrsMissing):
        Layer(gpd.GeoSeries([shapely.box(0, 0, 1, 1)]), {})


@pytest.mark.parametrize(
    "attributes",
    [
        {"outcome": Attribute(np.array([3]), palette.OUTCOME)},
        {"outcome": Attribute(np.array([-1]), palette.OUTCOME)},
        {"outcome": Attribute(np.array([0.5]), palette.OUTCOME)},
        {"outcome": Attribute(np.array([0, 1]), palette.OUTCOME)},
        {"名称": Attribute(np.array([0]), palette.OUTCOME)},
        {"pid": Attribute(np.array([0]), palette.OUTCOME)},
    ],
)
def test_codes_outside_the_table_and_names_that_are_no_words_are_refused(attributes: dict[str, Attribute]) -> None:
    with pytest.raises(ValueError, match="attribute"):
        Layer(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=4490), attributes)


def test_pids_are_whole_numbers_one_a_shape() -> None:
    shape = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=4490)
    for pids in ([-1], [1, 2]):
        with pytest.raises(ValueError, match="pids"):
            Layer(shape, {}, pids=pids)


def test_the_same_tile_is_cut_once_and_a_filter_is_another_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, cut = grid(["pass", "fail"]), []
    plain = mvt.encode
    monkeypatch.setattr(tiles.mvt, "encode", lambda *given: cut.append(1) or plain(*given))
    for _ in range(3):
        layer.mvt(*address(15))
        layer.mvt(*address(15), only={"outcome": [1, 0]})
        layer.mvt(*address(15), only={"outcome": {0, 1}})
    assert len(cut) == 2


def test_the_cache_forgets_the_oldest_when_it_is_full() -> None:
    cache, made = tiles._Cache(10), []
    for name in "abca":
        cache.get((name, 0, 0, 0, "", ()), lambda name=name: made.append(name) or b"12345")
    assert made == ["a", "b", "c", "a"]
    cache.get(("a", 0, 0, 0, "", ()), lambda: pytest.fail("was there"))


def test_many_threads_read_one_layer_and_get_the_same_bytes() -> None:
    layer = grid(["pass", "fail", "unknown"] * 20)
    fresh = grid(["pass", "fail", "unknown"] * 20)
    wanted = {z: (fresh.mvt(*address(z)), fresh.png(*address(z), "outcome")) for z in range(12, 19)}
    got: list[bool] = []

    def work() -> None:
        for z in range(12, 19):
            got.append((layer.mvt(*address(z)), layer.png(*address(z), "outcome")) == wanted[z])
            got.append(layer.pick(LON + 0.0004, LAT + 0.0004) == 0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 * 7 * 2
    assert all(got)


def test_shapes_are_never_prepared_because_threads_share_them() -> None:
    source = Path(tiles.__file__).read_text(encoding="utf-8")
    assert "prepare(" not in source.replace("`shapely.prepare`", "")


def test_mercator_is_the_map_projection_of_the_tiles() -> None:
    points = gpd.GeoSeries([shapely.Point(LON, LAT), shapely.Point(-70.5, -33.25)], crs=4326)
    expected = shapely.get_coordinates(points.to_crs(3857).to_numpy())
    assert tiles.mercator(shapely.get_coordinates(points.to_numpy())) == pytest.approx(expected, abs=1e-6)


def test_a_number_of_every_length_is_packed_as_protobuf_does() -> None:
    numbers = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 2**28 - 1, 2**28, 2**32 - 1]
    packed, offset = mvt._varints(np.array(numbers, dtype=np.uint64))
    assert packed.tobytes() == b"".join(mvt._varint(number) for number in numbers)
    assert offset[-1] == len(packed)


def test_shapes_that_collapse_to_less_than_a_triangle_are_left_out() -> None:
    bounds = (0.0, 0.0, 4096.0, 4096.0)
    dot, line = shapely.box(1, 1, 1.1, 1.1), shapely.Polygon([(5, 5), (9, 5), (9, 5.1), (5, 5.1)])
    speck = shapely.Polygon([(20, 20), (40, 20), (40, 40), (20, 40)], [[(30, 30), (30.2, 30), (30.2, 30.2)]])
    tile = mvt.encode(np.array([dot, line, speck]), {"pid": np.array([1, 2, 3])}, bounds, "p")
    features = decoded(tile)
    assert [feature["id"] for feature in features] == [3]
    assert len(features[0]["geometry"]["coordinates"]) == 1
    assert mvt.encode(np.array([dot]), {"pid": np.array([1])}, bounds, "p") == b""
