"""An image over three lots: green, paved, and too small to say; what is lacking makes it unknown, never a finding."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import yaml
from rasterio import Affine

from evaluation.explain import explain
from evaluation.finding import Verdicts
from evaluation.imagery import examine
from evaluation.policy.load import LIBRARY, load
from evaluation.policy.read import PolicyError
from evaluation.run import evaluate
from parcels.book import Book, build
from parcels.delivery import read

if TYPE_CHECKING:
    from conftest import Demo

WEST, NORTH, PIXEL = 500_000.0, 3_300_000.0, 10.0
DAY = date(2025, 12, 31)
GREEN, PAVED = (600, 3000), (1600, 1900)  # red, near infrared: NDVI 2400/3600 = 0.6667, 300/3500 = 0.0857


def lot(left: int, size: int) -> shapely.Polygon:
    """A square of `size` pixels, `left` pixels from the west edge, ten from the north."""
    x, y = WEST + left * PIXEL, NORTH - 10 * PIXEL
    return shapely.box(x, y - size * PIXEL, x + size * PIXEL, y)


def image(path: Path, *, pixel: float = PIXEL, names: tuple[str, ...] = ("red", "nir"), **said: object) -> None:
    """Forty by forty pixels: the western ten columns green, the rest paved."""
    bands = np.empty((2, 40, 40), dtype="uint16")
    for band in range(2):
        bands[band], bands[band, :, :10] = PAVED[band], GREEN[band]
    profile = {"crs": "EPSG:4549", "transform": Affine(pixel, 0, WEST, 0, -pixel, NORTH), "nodata": 0, **said}
    with rasterio.open(path, "w", driver="GTiff", count=2, height=40, width=40, dtype="uint16", **profile) as target:
        target.write(bands)
        for number, name in enumerate(names, start=1):
            target.set_band_description(number, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shapes = [lot(2, 5), lot(15, 6), lot(30, 4)]
    frame = {"宗地代码": ["绿地", "厂房", "小块"], "登记面积（㎡）": [2500, 3600, 1600]}
    gpd.GeoDataFrame(frame, geometry=shapes, crs=4549).to_file(tmp_path / "宗地.gpkg")
    return tmp_path


def built(folder: Path) -> Book:
    return build(read(folder))


def told(book: Book, kind: str) -> list[str]:
    return book.faults.loc[book.faults["kind"] == kind, "message"].tolist()


def judged(book: Book, policy: Path | str = "demo-imagery", as_of: date = DAY) -> Verdicts:
    return evaluate(book, [load(policy)], 2025, as_of)


def outcomes(book: Book, policy: Path | str = "demo-imagery", as_of: date = DAY) -> dict[str, tuple[str, str]]:
    found = judged(book, policy, as_of).findings
    return {row.subject_id: (row.outcome, row.stage or "") for row in found.itertuples() if row.rule == "imagery_bare"}


def own(folder: Path, **changed: object) -> Path:
    """A bureau's own file over the example."""
    said = {"id": "own", "kind": "imagery", "label": "本局", "inherits": "demo-imagery", **changed}
    path = folder.parent / "own.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return path


UNKNOWN = {"绿地": ("unknown", ""), "厂房": ("unknown", ""), "小块": ("unknown", "")}


def test_green_ground_is_a_lead_paved_ground_is_none_and_four_core_pixels_say_nothing(folder: Path) -> None:
    image(folder / "影像_20250601.tif")
    found = judged(built(folder)).findings.set_index("subject_id")
    assert found["outcome"].to_dict() == {"绿地": "fail", "厂房": "pass", "小块": "unknown"}
    assert found["stage"].fillna("").to_dict() == {"绿地": "lead", "厂房": "", "小块": ""}
    assert found["measured"].fillna(-1).to_dict() == {"绿地": 0.6667, "厂房": 0.0857, "小块": -1}
    assert set(found["reading"]) == {"2025-06-01"}
    assert set(found["required"]) == {0.4}
    assert found.at["绿地", "note"] == (
        "2025-06-01 影像 影像_20250601.tif，宗地内有效像元 25.0 个（向内收一个像元后 9.0 个）；仅为外业核查线索，不是认定"
    )
    assert "只剩 4.0 个有效像元，不足 9 个" in found.at["小块", "note"]


def test_the_parcel_says_what_the_image_showed_and_whose_bound_it_is(folder: Path) -> None:
    image(folder / "影像_20250601.tif")
    book = built(folder)
    node = explain(book, [load("demo-imagery")], judged(book), "parcel", "绿地").children[-1]
    assert (node.value, node.outcome, node.rule) == (0.6667, "fail", "imagery_bare")
    assert node.label.startswith("影像线索：")
    assert "筛查值 0.4；2025-06-01 影像" in node.words
    assert node.source is not None
    assert "仅供演示" in node.source["title"]


def test_without_an_image_taken_by_the_day_nothing_is_known(folder: Path) -> None:
    assert outcomes(built(folder)) == UNKNOWN
    image(folder / "影像_20250601.tif")
    assert outcomes(built(folder), as_of=date(2025, 5, 31)) == UNKNOWN


def test_bands_are_named_by_the_file_or_by_a_person_never_guessed(folder: Path) -> None:
    image(folder / "影像_20250601.tif", names=())
    assert outcomes(built(folder)) == UNKNOWN
    said = {"tables": {"images": {"file": "影像_20250601.tif", "set": {"bands": ["red", "nir"]}}}}
    (folder / "delivery.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    assert outcomes(built(folder))["绿地"] == ("fail", "lead")


def test_an_image_without_a_date_is_no_evidence_until_somebody_dates_it(folder: Path) -> None:
    image(folder / "影像.tif")
    assert outcomes(built(folder)) == UNKNOWN
    said = {"tables": {"images": {"file": "影像.tif", "set": {"date": date(2025, 6, 1)}}}}
    (folder / "delivery.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    assert outcomes(built(folder))["绿地"] == ("fail", "lead")


def test_an_image_that_does_not_say_where_it_has_nothing_is_a_fault_and_no_evidence(folder: Path) -> None:
    image(folder / "影像_20250601.tif", nodata=None)
    book = built(folder)
    assert told(book, "raster_nodata") == ["影像_20250601.tif：影像没有声明无值像元。请写明 nodata 值。"]
    assert outcomes(book) == UNKNOWN


def test_images_of_one_day_on_different_grids_are_a_fault(folder: Path) -> None:
    image(folder / "近_20250601.tif")
    image(folder / "远_20250601.tif", pixel=20.0)
    image(folder / "后_20250701.tif", pixel=20.0)
    [message] = told(built(folder), "raster_grid")
    assert "近_20250601.tif" in message
    assert "像元大小" in message
    assert "后_20250701.tif" not in message


def test_each_image_is_judged_by_itself(folder: Path) -> None:
    image(folder / "影像_20250601.tif")
    image(folder / "影像_20240601.tif")
    found = judged(built(folder)).findings
    assert found.groupby("reading")["subject_id"].nunique().to_dict() == {"2024-06-01": 3, "2025-06-01": 3}


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": {"d1": {"title": "听说", "status": "unverified"}}},
        {"in_force": {"from": date(2026, 1, 1), "to": "none"}},
        {"rules": [{"id": "imagery_bare", "label": "植被", "index": "ndvi", "least_pixels": 9, "source": "d1",
                    "at_least": [{"from": "none", "to": "none", "value": None, "source": "d1"}]}]},
    ],
    ids=["unverified", "not in force", "left blank"],
)  # fmt: skip
def test_a_bound_that_may_not_decide_decides_nothing(folder: Path, changed: dict[str, object]) -> None:
    image(folder / "影像_20250601.tif")
    assert outcomes(built(folder), own(folder, **changed)) == UNKNOWN


def test_fewer_than_nine_core_pixels_cannot_be_asked_for(folder: Path) -> None:
    text = (LIBRARY / "demo-imagery.yaml").read_text(encoding="utf-8")
    path = folder / "own.yaml"
    path.write_text(text.replace("demo-imagery", "own").replace("least_pixels: 9 ", "least_pixels: 4 "), "utf-8")
    with pytest.raises(PolicyError):
        load(path)


@pytest.mark.shared
def test_real_images_are_listed_with_what_makes_them_no_evidence(shared: Path, tmp_path: Path) -> None:
    for name in ("sentinel2_10m_xrspatial.tif", "sentinel2_20m_xrspatial.tif", "landsat8_6band_alabama.tif"):
        (tmp_path / name).write_bytes((shared / "rasters" / name).read_bytes())
    book = built(tmp_path)
    assert [message.split("：")[0] for message in told(book, "raster_grid")] == ["sentinel2_20m_xrspatial.tif"]
    assert "landsat8_6band_alabama.tif：影像没有声明无值像元" in "".join(told(book, "raster_nodata"))
    bands = book.tables["images"].set_index("file")["bands"]
    assert bands["landsat8_6band_alabama.tif"] == "blue;green;red;nir;swir1;swir2"


def test_the_demo_image_agrees_with_what_is_built(demo: "Demo") -> None:
    book = built(demo.delivery)
    found = examine(book, [load("demo-imagery")], DAY)
    parcels = book.tables["parcels"].merge(found, left_on="parcel_id", right_on="subject_id", validate="one_to_one")
    vacant = parcels["actual_start"].isna() & parcels["construction_state"].ne("竣工")
    assert vacant.sum() > 10
    assert set(parcels.loc[vacant, "outcome"]) == {"fail"}
    rows = book.faults.loc[book.faults["kind"].eq("outside_zone"), "row"]  # out in the fields the image is green
    outside = parcels["_row"].isin(rows)
    assert set(parcels.loc[~vacant & ~outside, "outcome"]) <= {"pass", "unknown"}
    assert (parcels.loc[~vacant, "outcome"] == "pass").mean() > 0.99
