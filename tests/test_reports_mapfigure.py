"""The figure on paper: true scale, north up, holes open, and nothing but what the legend names."""

import io

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image
from pyproj import CRS, Geod, Transformer

from reports.mapfigure import DPI, Layer, figure, local_plane

EAST_OF_THE_MERIDIAN = 4547  # CGCS2000 3° GK, central meridian 114°
RED, BLUE = "#ff0000", "#0000ff"


def at(lon: float, lat: float, crs: int) -> tuple[float, float]:
    x, y = Transformer.from_crs(4490, crs, always_xy=True).transform(lon, lat)
    return float(x), float(y)


def square(lon: float, lat: float, half: float, crs: int = EAST_OF_THE_MERIDIAN) -> shapely.Polygon:
    x, y = at(lon, lat, crs)
    return shapely.box(x - half, y - half, x + half, y + half)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def centre_of(picture: np.ndarray, colour: str) -> tuple[float, float]:
    want = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    row, column = np.nonzero((np.abs(picture - want) < 30).all(axis=2))
    return float(column.mean()), float(row.mean())


def test_a_thing_due_north_on_the_ellipsoid_lies_straight_above_and_at_its_true_distance() -> None:
    lon, lat = 115.4, 30.0  # 1.4° from the central meridian: grid north is 0.7° off, 12 m in a kilometre
    north_lon, north_lat, _ = Geod(ellps="GRS80").fwd(lon, lat, 0, 1000)
    here = gpd.GeoSeries([square(lon, lat, 15)], crs=EAST_OF_THE_MERIDIAN)
    there = gpd.GeoSeries([square(north_lon, north_lat, 15)], crs=EAST_OF_THE_MERIDIAN)
    both = gpd.GeoSeries([here[0], there[0]], crs=EAST_OF_THE_MERIDIAN)
    made = figure([Layer("", here, RED, RED), Layer("", there, BLUE, BLUE)], both, width_cm=16, height_cm=16)
    picture = pixels(made.png)
    (x0, y0), (x1, y1) = centre_of(picture, RED), centre_of(picture, BLUE)
    metres = made.denominator * 0.0254 / DPI  # of ground a pixel when printed at DPI
    assert abs(x1 - x0) * metres < 1.5
    assert (y0 - y1) * metres == pytest.approx(1000, abs=2.0)


def test_the_scale_is_round_and_holds_the_subject_with_its_margin() -> None:
    one = gpd.GeoSeries([square(114.1, 30.0, 100)], crs=EAST_OF_THE_MERIDIAN)
    made = figure([Layer("本宗地", one, RED)], one, width_cm=16, height_cm=10, margin=0.25)
    # 200 m with a quarter on either side is 300 m over 10 cm: 1:3000, the next round scale is 1:5000
    assert made.denominator == 5000
    assert Image.open(io.BytesIO(made.png)).width == round(16 / 2.54 * DPI)


def test_a_hole_is_open_and_what_lies_in_it_is_covered() -> None:
    x, y = at(114.1, 30.0, EAST_OF_THE_MERIDIAN)
    outer = shapely.box(x - 100, y - 100, x + 100, y + 100).difference(shapely.box(x - 60, y - 60, x + 60, y + 60))
    island = shapely.box(x - 10, y - 10, x + 10, y + 10)
    shapes = gpd.GeoSeries([island, outer], crs=EAST_OF_THE_MERIDIAN)
    made = figure([Layer("", shapes, RED, RED)], shapes, width_cm=10, height_cm=10, margin=0.1)
    picture = pixels(made.png)
    metres = made.denominator * 0.0254 / DPI
    middle = picture.shape[1] // 2
    assert tuple(picture[middle, middle]) == (255, 0, 0)
    assert tuple(picture[middle - round(35 / metres), middle]) == (255, 255, 255)
    assert tuple(picture[middle - round(80 / metres), middle]) == (255, 0, 0)


def test_a_layer_that_does_not_show_is_not_in_the_legend() -> None:
    one = gpd.GeoSeries([square(114.1, 30.0, 50)], crs=EAST_OF_THE_MERIDIAN)
    far = gpd.GeoSeries([square(114.5, 30.0, 50)], crs=EAST_OF_THE_MERIDIAN)
    with_it = figure([Layer("本宗地", one, RED), Layer("邻宗", far, BLUE)], one)
    assert with_it.png == figure([Layer("本宗地", one, RED)], one).png


def test_shapes_of_another_plane_on_the_same_datum_land_on_the_same_spot() -> None:
    one = gpd.GeoSeries([square(115.4, 30.0, 50)], crs=EAST_OF_THE_MERIDIAN)
    made = figure([Layer("", one, RED)], one)
    assert figure([Layer("", one.to_crs(4490), RED)], one.to_crs(4490)).denominator == made.denominator
    plane = local_plane(CRS(EAST_OF_THE_MERIDIAN), one)
    assert plane.geodetic_crs == CRS(4490)


def test_a_subject_without_a_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        figure([], gpd.GeoSeries([None], crs=4490))


def test_the_same_figure_twice_is_the_same_bytes() -> None:
    one = gpd.GeoSeries([square(114.1, 30.0, 50)], crs=EAST_OF_THE_MERIDIAN)
    layers = [Layer("无法判定", one, "#5c5c5c", hatch="/")]
    assert figure(layers, one).png == figure(layers, one).png
