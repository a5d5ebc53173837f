"""Cuts small images into web tiles and looks where each colour lands."""

import io
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio import Affine
from rasterio.enums import ColorInterp

from gis import imagery, tiles
from gis.crs import CrsMissing
from gis.raster import BandMissing, RasterUnreadable

WEST, NORTH = 500_000.0, 3_000_000.0  # a corner in EPSG:4545, at 108°E


def save(file: Path, stack: np.ndarray, **given: object) -> Path:
    count, height, width = stack.shape
    profile = {"crs": "EPSG:4545", "transform": Affine(10, 0, WEST, 0, -10, NORTH), **given}
    shape = {"count": count, "height": height, "width": width, "dtype": stack.dtype}
    with rasterio.open(file, "w", driver="GTiff", **shape, **profile) as target:
        target.write(stack)
    return file


def at(image: imagery.Imagery, column: float, row: float, z: int = 17) -> tuple[int, ...]:
    """Return the pixel that a tile shows at a place given in the image's own pixels."""
    place = gpd.GeoSeries([shapely.Point(WEST + column * 10, NORTH - row * 10)], crs=4545).to_crs(3857)
    x, y = place.x[0], place.y[0]
    side = 2 * tiles.HALF_WORLD / 2**z
    tx, ty = int((x + tiles.HALF_WORLD) / side), int((tiles.HALF_WORLD - y) / side)
    west, _, _, north = tiles.tile_bounds(z, tx, ty)
    picture = np.array(Image.open(io.BytesIO(image.png(z, tx, ty))).convert("RGBA"))
    pixel = side / 256
    return tuple(int(value) for value in picture[math.floor((north - y) / pixel), math.floor((x - west) / pixel)])


def test_each_colour_lands_on_its_place_on_the_map(tmp_path: Path) -> None:
    stack = np.zeros((3, 100, 100), "uint8")
    stack[0, :50, :50] = 200  # red in the upper left
    stack[1, :50, 50:] = 150  # green in the upper right
    stack[2, 50:] = 100  # blue below
    image = imagery.Imagery(save(tmp_path / "a.tif", stack))
    assert at(image, 25, 25) == (200, 0, 0, 255)
    assert at(image, 75, 25) == (0, 150, 0, 255)
    assert at(image, 50, 75) == (0, 0, 100, 255)
    assert at(image, -3, 50)[3] == 0
    assert image.degrees[0] == pytest.approx(108.0, abs=0.001)


def test_a_tile_beside_the_image_is_see_through_and_a_wrong_address_is_refused(tmp_path: Path) -> None:
    image = imagery.Imagery(save(tmp_path / "a.tif", np.ones((3, 10, 10), "uint8")))
    assert image.png(15, 0, 0) == tiles.EMPTY_PNG
    with pytest.raises(tiles.NoSuchTile):
        image.png(3, 8, 0)
    assert image.png(0, 0, 0) != b""


def test_where_the_image_states_nothing_the_map_shows_nothing(tmp_path: Path) -> None:
    stack = np.full((1, 100, 100), 50.0, "float32")
    stack[0, :, 50:] = -1
    image = imagery.Imagery(save(tmp_path / "a.tif", stack, nodata=-1))
    assert at(image, 20, 50)[3] == 255
    assert at(image, 80, 50)[3] == 0


def test_numbers_that_are_no_bytes_are_stretched_from_dark_to_bright(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(1000, 9000, 100), (100, 1)).astype("uint16")[None]
    image = imagery.Imagery(save(tmp_path / "a.tif", ramp))
    dark, middle, bright = (at(image, column, 50)[0] for column in (1, 50, 98))
    assert (dark, bright) == (0, 255)
    assert 115 < middle < 140


def test_an_image_with_its_own_alpha_band_keeps_it(tmp_path: Path) -> None:
    stack = np.full((4, 100, 100), 90, "uint8")
    stack[3, :, 50:] = 0
    file = save(tmp_path / "a.tif", stack)
    with rasterio.open(file, "r+") as target:
        target.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    image = imagery.Imagery(file)
    assert at(image, 20, 50) == (90, 90, 90, 255)
    assert at(image, 80, 50)[3] == 0


def test_an_image_of_class_numbers_is_shown_in_its_own_colours(tmp_path: Path) -> None:
    file = save(tmp_path / "a.tif", np.full((1, 100, 100), 7, "uint8"), photometric="palette")
    with rasterio.open(file, "r+") as target:
        target.write_colormap(1, {7: (10, 20, 30, 255)})
    assert at(imagery.Imagery(file), 50, 50) == (10, 20, 30, 255)


def test_an_image_without_crs_band_or_sense_is_refused_by_name(tmp_path: Path) -> None:
    plain = save(tmp_path / "a.tif", np.ones((2, 10, 10), "uint8"))
    with pytest.raises(BandMissing):
        imagery.Imagery(plain, (1, 2, 3))
    with pytest.raises(ValueError, match="three"):
        imagery.Imagery(plain, (1, 2))
    with pytest.raises(CrsMissing):
        imagery.Imagery(save(tmp_path / "b.tif", np.ones((1, 10, 10), "uint8"), crs=None))
    with pytest.raises(RasterUnreadable):
        imagery.Imagery(tmp_path / "absent.tif")


@pytest.mark.shared
def test_a_real_scene_shows_at_its_place(shared: Path) -> None:
    image = imagery.Imagery(shared / "rasters" / "landsat8_6band_alabama.tif", (3, 2, 1))
    west, south, east, north = image.degrees
    assert -88 < west < east < -87
    z = 10
    lon, lat = (west + east) / 2, (south + north) / 2
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    picture = np.array(Image.open(io.BytesIO(image.png(z, x, y))))
    assert 0.05 < (picture[..., 3] == 255).mean() < 0.9
    assert picture[..., :3].std() > 20
