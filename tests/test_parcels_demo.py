"""The demo delivery: same bytes for the same seed, ground without gaps, codes that check, headings a DBF can hold."""

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.features import geometry_mask

from parcels.demo import DemoRefused, handover, write
from parcels.demo.headings import PARCELS
from parcels.demo.layout import lay_out
from parcels.demo.place import checked, credit_code, names, quarters
from parcels.demo.shapefile import Field, HeadingTooLong
from parcels.demo.shapefile import write as write_shapefile


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return write(tmp_path_factory.mktemp("demo") / "demo")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(demo, tmp_path):
    again = write(tmp_path / "again")
    assert digests(again.folder) == digests(demo.folder)
    assert again.key.read_bytes() == demo.key.read_bytes()


def test_a_workbook_written_in_a_process_of_its_own_holds_the_same_bytes(demo, tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "LARGE", 0)
    assert digests(write(tmp_path / "large").folder) == digests(demo.folder)


def test_another_seed_gives_another_county(demo, tmp_path):
    other = write(tmp_path / "other", seed=7)
    assert digests(other.folder)["宗地.dbf"] != digests(demo.folder)["宗地.dbf"]


def test_the_parcels_asked_for_are_in_the_shapefile(demo):
    assert len(gpd.read_file(demo.folder / "宗地.shp")) == 600


@pytest.mark.parametrize("lots", [400, 613, 2000])
def test_the_pieces_of_a_quarter_tile_it_without_gap_or_overlap(lots):
    pieces, outlines = lay_out(quarters(lots), np.random.default_rng(lots))
    assert (pieces["kind"] == "lot").sum() == lots
    assert pieces.is_valid.all()
    whole = outlines.set_index("quarter").area
    assert np.allclose(pieces.area.groupby(pieces["quarter"]).sum(), whole, rtol=1e-12)
    union = shapely.union_all(pieces.geometry.to_numpy())
    assert union.area == pytest.approx(whole.sum(), rel=1e-12)


def test_lots_are_of_the_size_of_real_ones(demo):
    area = gpd.read_file(demo.folder / "宗地.shp")["登记面积"] * 3 / 2000
    ordinary = area[area > 1]
    assert ordinary.quantile(0.02) > 10
    assert ordinary.quantile(0.98) < 130


def test_every_heading_of_the_shapefile_reads_back(demo):
    table = gpd.read_file(demo.folder / "宗地.shp")
    assert list(table.columns) == [*(field.heading for field in PARCELS), "geometry"]
    assert table.crs.to_epsg() == 4549
    assert (demo.folder / "宗地.cpg").read_text(encoding="ascii") == "GBK"


def test_a_heading_over_ten_bytes_is_refused_before_a_file_is_there(tmp_path):
    layer = gpd.GeoDataFrame({"a": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4549)
    with pytest.raises(HeadingTooLong):
        write_shapefile(layer, (Field("a", "土地使用权人"),), tmp_path / "x.shp")
    assert not list(tmp_path.iterdir())


def test_too_few_parcels_are_refused_in_chinese(tmp_path):
    with pytest.raises(DemoRefused, match="宗地"):
        write(tmp_path / "x", parcels=20, firms=5)


def test_check_characters_follow_the_published_vectors():
    assert checked("91350100M000100Y4") == "91350100M000100Y43"
    assert checked("91110000600037341") == "91110000600037341L"
    assert checked("91110000100000286") == "911100001000002860"


def test_credit_codes_differ_and_hold_no_letter_the_standard_leaves_out():
    codes = [credit_code(i) for i in range(1, 3000)]
    assert len(set(codes)) == len(codes)
    assert not set("".join(codes)) & set("IOSVZ")
    assert all(checked(code[:17]) == code and len(code) == 18 for code in codes)


def test_every_firm_has_a_name_of_its_own_however_many():
    assert names(60_000, np.random.default_rng(1))["name"].is_unique


def test_fewer_than_three_years_in_a_row_are_refused(tmp_path):
    with pytest.raises(DemoRefused, match="年度"):
        write(tmp_path / "x", years=(2022, 2024, 2025))


def test_the_image_is_green_where_nothing_is_built_and_not_where_it_is(demo):
    land = gpd.read_file(demo.folder / "地类图斑.gpkg")
    with rasterio.open(demo.folder / "影像.tif") as image:
        red, nir = image.read(3).astype(float), image.read(4).astype(float)
        vegetation = (nir - red) / (nir + red)
        mean = {}
        for code in ("0601", "1201", "1101"):
            shapes = land.geometry[land["DLBM"] == code].buffer(-15).to_list()
            inside = ~geometry_mask([s for s in shapes if not s.is_empty], image.shape, image.transform)
            mean[code] = vegetation[inside].mean()
        assert image.crs.to_epsg() == 4549
    assert mean["1201"] > 0.5
    assert mean["0601"] < 0.2
    assert mean["1101"] < 0


def test_no_cell_of_a_workbook_is_a_formula(demo):
    for path in sorted(demo.folder.glob("*.xlsx")):
        book = openpyxl.load_workbook(path, read_only=True)
        kinds = {
            cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
        }
        assert "f" not in kinds, path.name


def test_the_key_says_each_thing_once_in_the_columns_of_the_contract(demo):
    key = pd.read_csv(demo.key, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert list(key.columns) == ["file", "subject_kind", "subject_id", "rule", "expected", "when"]
    assert not key.duplicated(["file", "subject_id", "rule"]).any()
    assert set(key["when"]) == {"now", "later"}
    assert set(key.loc[key["file"] == "faults.csv", "subject_kind"]) == {"row", "cell"}


def test_zombies_and_low_efficiency_are_planted_for_later(demo):
    key = pd.read_csv(demo.key, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    later = key[(key["when"] == "later") & (key["expected"] == "fail")]["rule"].value_counts()
    assert later["zombie-guangdong"] == 11
    assert later["zombie-sichuan"] == 2
    assert later["low_efficiency/dongyang:absolute"] >= 4
