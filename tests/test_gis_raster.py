"""Measures small rasters one can add up, and checks against other programs' numbers on real ones."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import exactextract
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.features
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine

from gis import raster
from gis.crs import CrsMissing

WEST, NORTH = 500_000.0, 3_000_000.0  # a corner in EPSG:4545
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(name: str, *bands: np.ndarray, pixel: float = 10.0, names: tuple[str, ...] = (), **given: object) -> Path:
        stack = np.stack(bands)
        profile = {"crs": "EPSG:4545", "transform": Affine(pixel, 0, WEST, 0, -pixel, NORTH), **given}
        count, height, width = stack.shape
        shape = {"count": count, "height": height, "width": width, "dtype": stack.dtype}
        with rasterio.open(tmp_path / name, "w", driver="GTiff", **shape, **profile) as target:
            target.write(stack)
            for number, word in enumerate(names, start=1):
                target.set_band_description(number, word)
        return tmp_path / name

    return make


def box(left: float, top: float, right: float, bottom: float, pixel: float = 10.0) -> shapely.Polygon:
    """Return a box in pixels from the upper left corner."""
    return shapely.box(WEST + left * pixel, NORTH - bottom * pixel, WEST + right * pixel, NORTH - top * pixel)


def shapes(*polygons: shapely.Geometry | None) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs="EPSG:4545")


def test_facts_are_what_the_file_states(write: Write) -> None:
    file = write("a.tif", np.ones((4, 5), "uint16"), np.ones((4, 5), "uint16"), names=("red",), nodata=0)
    stated = raster.facts(file)
    assert stated.crs is not None
    assert stated.crs.to_epsg() == 4545
    assert (stated.resolution, stated.width, stated.height) == ((10.0, 10.0), 5, 4)
    assert (stated.bands, stated.dtype, stated.nodata, stated.nodata_stated) == (("red", "2"), "uint16", 0.0, True)


def test_a_file_that_does_not_say_where_it_has_nothing_is_noted(write: Write) -> None:
    file = write("a.tif", np.full((20, 20), 7.0))
    assert raster.facts(file).nodata_stated is False
    assert raster.zonal(file, shapes(box(2, 2, 12, 12)))["nodata_stated"].tolist() == [False]


def test_a_file_that_is_no_raster_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("no raster", encoding="utf-8")
    for name in ("a.tif", "absent.tif"):
        with pytest.raises(raster.RasterUnreadable) as caught:
            raster.facts(tmp_path / name)
        assert caught.value.file.name == name


def test_bands_of_ten_and_twenty_metres_with_the_same_shape_are_never_stacked(write: Write) -> None:
    ten = write("10.tif", np.ones((20, 30)))
    twenty = write("20.tif", np.ones((20, 30)), pixel=20.0)
    with pytest.raises(raster.RasterGrid) as caught:
        raster.zonal({"nir": ten, "swir1": twenty}, shapes(box(2, 2, 12, 12)), "ndbi")
    assert caught.value.differs == ("resolution",)


def test_grids_may_differ_in_crs_corner_and_size_too(write: Write) -> None:
    one = write("1.tif", np.ones((20, 30)))
    moved = write("2.tif", np.ones((20, 30)), transform=Affine(10, 0, WEST + 5, 0, -10, NORTH))
    other = write("3.tif", np.ones((21, 30)), crs="EPSG:4546")
    for file, differs in ((moved, ("corner",)), (other, ("crs", "size"))):
        with pytest.raises(raster.RasterGrid) as caught:
            raster.one_grid([one, file])
        assert caught.value.differs == differs
    assert raster.one_grid([one, one]).file == one


def test_the_mean_over_whole_and_half_pixels_is_weighted_by_what_is_covered(write: Write) -> None:
    values = np.zeros((20, 20))
    values[:, 10:] = 1.0
    file = write("a.tif", values)
    found = raster.zonal(file, shapes(box(0, 0, 20, 20), box(5, 2, 10.5, 12)))
    assert found["mean"].tolist() == pytest.approx([0.5, 0.5 / 5.5])
    assert found["valid"].tolist() == pytest.approx([400, 55])
    assert found["core"].tolist() == pytest.approx([18 * 18, 3.5 * 8])
    assert found["share"].tolist() == pytest.approx([1, 1])


def test_ndvi_and_ndbi_are_the_mean_of_the_index_of_each_pixel(write: Write) -> None:
    red, nir, swir = np.full((20, 20), 1.0), np.full((20, 20), 3.0), np.full((20, 20), 1.0)
    red[:, 10:] = 3.0
    file = write("a.tif", red, nir, swir, names=("Red", "nir", "swir1"))
    area = shapes(box(0, 0, 20, 20))
    assert raster.zonal(file, area, "ndvi")["mean"].tolist() == pytest.approx([(0.5 + 0) / 2])
    assert raster.zonal(file, area, "ndbi")["mean"].tolist() == pytest.approx([-0.5])
    assert raster.zonal(file, area, "red")["mean"].tolist() == pytest.approx([2.0])
    assert raster.zonal(file, area, 2)["mean"].tolist() == pytest.approx([3.0])
    assert raster.zonal({"NIR": (file, 2), "red": file}, area, "ndvi")["mean"].tolist() == pytest.approx([0.25])


def test_a_band_that_is_not_there_is_named_with_those_that_are(write: Write) -> None:
    file = write("a.tif", np.ones((20, 20)), names=("red",))
    for index in ("ndvi", "swir2", 5):
        with pytest.raises(raster.BandMissing):
            raster.zonal(file, shapes(box(0, 0, 20, 20)), index)
    with pytest.raises(raster.BandMissing):
        raster.zonal({"red": (file, 3)}, shapes(box(0, 0, 20, 20)), "red")


def test_a_pixel_that_reflects_nothing_in_both_bands_has_no_index(write: Write) -> None:
    red, nir = np.zeros((20, 20)), np.zeros((20, 20))
    nir[:, :10] = 2.0
    found = raster.zonal(write("a.tif", red, nir, names=("red", "nir")), shapes(box(0, 0, 20, 20)), "ndvi")
    assert (found["mean"][0], found["valid"][0], found["share"][0]) == pytest.approx((1.0, 200.0, 0.5))


def test_stated_scale_and_offset_are_applied_before_the_index(write: Write) -> None:
    file = write("a.tif", np.full((20, 20), 3000, "uint16"), np.full((20, 20), 5000, "uint16"), names=("red", "nir"))
    with rasterio.open(file, "r+") as target:
        target.scales, target.offsets = (1e-4, 1e-4), (-0.1, -0.1)  # Sentinel-2 from baseline 04.00
    assert raster.zonal(file, shapes(box(0, 0, 20, 20)), "ndvi")["mean"].tolist() == pytest.approx([(0.4 - 0.2) / 0.6])


def test_fewer_than_nine_core_pixels_are_unknown_and_exactly_nine_are_enough(write: Write) -> None:
    file = write("a.tif", np.full((40, 40), 0.3))
    found = raster.zonal(file, shapes(box(3.5, 3.5, 8.5, 8.5), box(3.5, 3.5, 8.5, 8.49), box(3, 3, 5, 30)))
    assert found["core"].tolist() == pytest.approx([9.0, 8.97, 0.0])
    assert found["reason"].tolist() == ["", "few_pixels", "few_pixels"]
    assert found["mean"].isna().tolist() == [False, True, True]


def test_nothing_outside_and_no_data_are_unknown_each_with_its_reason(write: Write) -> None:
    values = np.full((40, 40), 5.0)
    values[:20] = -1.0
    file = write("a.tif", values, nodata=-1.0)
    asked = shapes(None, shapely.Polygon(), box(100, 100, 120, 120), box(2, 2, 18, 18), box(2, 22, 18, 38))
    asked.index = [11, 12, 13, 14, 15]
    found = raster.zonal(file, asked)
    assert found.index.tolist() == [11, 12, 13, 14, 15]
    assert found["reason"].tolist() == ["no_shape", "no_shape", "outside", "no_data", ""]
    assert found["mean"].isna().tolist() == [True, True, True, True, False]
    assert found["valid"].tolist() == pytest.approx([0, 0, 0, 0, 256])
    assert found["nodata_stated"].all()


def test_a_shape_half_off_the_image_says_what_share_was_seen(write: Write) -> None:
    found = raster.zonal(write("a.tif", np.full((20, 20), 2.0)), shapes(box(-10, 0, 10, 20)))
    assert (found["mean"][0], found["share"][0]) == pytest.approx((2.0, 0.5))


def test_shapes_in_another_crs_are_brought_to_the_raster_and_unstated_ones_are_refused(write: Write) -> None:
    file = write("a.tif", np.tile(np.arange(40.0), (40, 1)))
    here = shapes(box(5, 5, 25, 25))
    there = here.to_crs(4490)
    assert raster.zonal(file, there)["mean"][0] == pytest.approx(raster.zonal(file, here)["mean"][0], abs=1e-3)
    with pytest.raises(CrsMissing):
        raster.zonal(file, gpd.GeoSeries([box(5, 5, 25, 25)]))
    nowhere = write("b.tif", np.ones((40, 40)), crs=None)
    with pytest.raises(CrsMissing) as caught:
        raster.zonal(nowhere, here)
    assert caught.value.file == nowhere


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_parts_of_a_shape_in_different_blocks_add_up_to_the_shape(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(50, 60))
    file = tmp_path_factory.mktemp("r") / "a.tif"
    profile = {"crs": "EPSG:4545", "transform": Affine(10, 0, WEST, 0, -10, NORTH)}
    with rasterio.open(file, "w", driver="GTiff", count=1, height=50, width=60, dtype="float64", **profile) as target:
        target.write(values, 1)
    corners = random.uniform((0, 0), (60, 50), (9, 2)) * 10
    hull = shapely.convex_hull(shapely.multipoints(corners * (1, -1) + (WEST, NORTH)))
    whole = raster.zonal(file, shapes(hull), least_core=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raster, "BLOCK", 23)
        parts = raster.zonal(file, shapes(hull), least_core=0)
    assert parts["valid"][0] == pytest.approx(whole["valid"][0])
    assert parts["mean"][0] == pytest.approx(whole["mean"][0])
    assert whole["valid"][0] == pytest.approx(hull.area / 100)


@pytest.mark.shared
def test_pixel_counts_and_mean_are_those_of_rasterstats(shared: Path) -> None:
    folder = shared / "oracle" / "rasterstats"
    expected = json.loads((folder / "EXPECTED.json").read_text(encoding="utf-8"))["polygons.shp x slope.tif"]
    polygons = gpd.read_file(folder / "polygons.shp").geometry
    with rasterio.open(folder / "slope.tif") as source:
        cells = [_cells_by_centre(polygon, source) for polygon in polygons]
        crs = source.crs
    found = raster.zonal(folder / "slope.tif", gpd.GeoSeries(cells, crs=crs))
    assert found["valid"].round(6).tolist() == expected["count"]
    assert round(found["mean"][0], 2) == expected["mean0_rounded2"]


def _cells_by_centre(polygon: shapely.Polygon, source: rasterio.DatasetReader) -> shapely.Geometry:
    """Return the union of the pixels whose centre is inside, which is how rasterstats counts."""
    inside = ~rasterio.features.geometry_mask([polygon], source.shape, source.transform)
    a, _, c, _, e, f = tuple(source.transform)[:6]
    boxes = [
        shapely.box(c + col * a, f + (row + 1) * e, c + (col + 1) * a, f + row * e) for row, col in np.argwhere(inside)
    ]
    return shapely.union_all(boxes)


@pytest.mark.shared
def test_our_blocks_give_what_exactextract_gives_on_the_whole_file(shared: Path) -> None:
    folder = shared / "oracle" / "sao_miguel"
    islands = gpd.read_file(folder / "concelhos.gpkg")
    file = folder / "gpw_v411_2020_density_2020.tif"
    theirs = exactextract.exact_extract(str(file), islands, ["mean", "count"], output="pandas")
    ours = raster.zonal(file, islands.geometry)
    assert ours["mean"].tolist() == pytest.approx(theirs["mean"].tolist(), rel=1e-6)
    assert ours["valid"].tolist() == pytest.approx(theirs["count"].tolist(), rel=1e-6)


@pytest.mark.shared
def test_the_real_sentinel_trap_is_refused_and_a_real_ndvi_is_plausible(shared: Path) -> None:
    ten, twenty = (shared / "rasters" / f"sentinel2_{metres}m_xrspatial.tif" for metres in (10, 20))
    with pytest.raises(raster.RasterGrid) as caught:
        raster.one_grid([ten, twenty])
    assert caught.value.differs == ("resolution",)
    stated = raster.facts(ten)
    east, south = stated.transform.c, stated.transform.f
    area = gpd.GeoSeries([shapely.box(east + 100, south - 1900, east + 2900, south - 100)], crs=stated.crs)
    with rasterio.open(ten) as source:
        red, nir = source.read(3)[10:190, 10:290], source.read(4)[10:190, 10:290]
    found = raster.zonal(ten, area, "ndvi")
    assert found["mean"][0] == pytest.approx(np.nanmean((nir - red) / (nir + red)), abs=1e-6)
    assert -1 <= found["mean"][0] <= 1
    assert not math.isnan(found["mean"][0])
