"""Real files of the world, their faults left in: recognised, read, told; the counts are those of the files' README."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from parcels.book import Book, build
from parcels.delivery import read

DELIVERIES = Path(__file__).parent / "deliveries"
pytestmark = pytest.mark.shared


def built(folder: Path, *files: Path, instructions: str = "") -> Book:
    for file in files:
        shutil.copy(file, folder)
    if instructions:
        shutil.copy(DELIVERIES / f"{instructions}.yaml", folder / "delivery.yaml")
        classes = DELIVERIES / f"{instructions}_classes.csv"
        if classes.exists():
            shutil.copy(classes, folder / "classes.csv")
    return build(read(folder))


def count(book: Book, kind: str) -> int:
    return int((book.faults["kind"] == kind).sum())


def test_guangdong_supplies_keep_what_is_not_reported_unknown(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "landtx/gd_supply_result_dev_gbk.csv", instructions="guangdong")
    parcels = book.tables["parcels"]
    assert len(parcels) == 1111
    assert int(parcels["agreed_start"].isna().sum()) == 140
    assert int(parcels["actual_start"].notna().sum()) == 531
    assert int(parcels["actual_completion"].notna().sum()) in {0, 199}
    assert parcels["area_contract_m2"].min() == pytest.approx(1.2)
    assert not book.faults["severity"].eq("blocking").any()
    first = parcels["parcel_id"].iloc[0]
    [origin] = book.origin("parcels", first, "area_contract_m2")
    assert (origin.unit_from, origin.row) == ("公顷", 2)


def test_guangdong_headings_alone_show_the_swapped_ratios_and_the_missing_unit(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "landtx/gd_supply_result_dev_gbk.csv")
    assert count(book, "bounds_swapped") == 1
    assert count(book, "unit_suspect") == 1
    assert count(book, "value_range") > 0


def test_the_chinese_twin_is_the_same_table(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "landtx/gd_supply_result_zhheader_gbk.csv")
    parcels = book.tables["parcels"]
    assert len(parcels) == 60
    assert parcels["area_registered_m2"].median() > 1000
    assert count(book, "bounds_swapped") == 0
    assert parcels[["holder", "use_name", "supply_kind", "location"]].notna().all().all()


@pytest.mark.parametrize(("month", "rows", "sentinel_rows", "started"), [("01", 90, 5, 8), ("02", 38, 12, 2)])
def test_old_workbooks_with_placeholder_dates(
    shared: Path, tmp_path: Path, month: str, rows: int, sentinel_rows: int, started: int
) -> None:
    book = built(tmp_path, shared / f"landtx/landchina_2007_{month}_industrial.xls")
    parcels = book.tables["parcels"]
    assert len(parcels) == rows
    assert book.faults.loc[book.faults["kind"] == "date_sentinel", "row"].nunique() == sentinel_rows
    assert int(parcels["actual_start"].notna().sum()) == started
    assert parcels["parcel_id"].equals(parcels["supervision_no"].rename("parcel_id"))


def test_shanxis_swapped_units_are_told_row_by_row_and_converted_by_nobody(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "landtx/shanxi_transfer_result_gbk.csv")
    told = book.faults[book.faults["kind"] == "unit_suspect"]
    assert told["row"].nunique() == 70
    assert not book.faults["severity"].eq("blocking").any()


@pytest.mark.parametrize("name", ["chongqing_notice", "zhengzhou_agreement_result", "zhengzhou_allocation_result"])
def test_messy_notices_become_faults_and_never_a_crash(shared: Path, tmp_path: Path, name: str) -> None:
    book = built(tmp_path, shared / f"landtx/{name}_gbk.csv")
    rows = book.rows.set_index("table").loc["parcels"]
    assert rows["rows_in"] > 100
    assert len(book.faults) > 0


def test_taoyuan_zones_by_plan_through_a_class_table(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "parcels/tw_taoyuan_zoning.gpkg", instructions="taoyuan")
    land = book.tables["landuse"]
    assert len(land) == 7770
    assert count(book, "geometry_invalid") == 7
    assert count(book, "duplicate_geometry") == 1
    assert count(book, "area_mismatch") == 18
    assert book.crs is not None
    assert book.crs.to_epsg() == 3826
    assert land["zone_id"].nunique() == len(book.tables["zones"])
    assert land["geometry"].notna().all()


def test_hangzhou_is_one_zone_in_degrees(shared: Path, tmp_path: Path) -> None:
    book = built(tmp_path, shared / "osm/hangzhou_osm_landuse.gpkg", instructions="hangzhou")
    assert len(book.tables["landuse"]) == 8707
    assert book.tables["zones"]["zone_id"].tolist() == ["ALL"]
    assert count(book, "zone_assumed") == 1


def test_cambridge_lots_add_up_before_anything_is_divided(shared: Path, tmp_path: Path) -> None:
    parcels, tax = shared / "parcels/cambridge_ma_parcels_fy2013.gpkg", shared / "parcels/cambridge_ma_tax_fy2013.csv"
    book = built(tmp_path, parcels, tax, instructions="cambridge")
    rows = pd.read_csv(tax, dtype=str)
    worth = pd.to_numeric(rows["TotalAppraisedParcelValue"]).groupby(rows["ML"]).sum() / 10_000
    years = book.tables["firm_years"].set_index("uscc")["assets_wan"]
    assert years.sum() == pytest.approx(worth.sum())
    assert years["1A-109"] == pytest.approx(worth["1A-109"])
    held = book.tables["holdings"].set_index("uscc")["area_m2"]
    assert held["1A-109"] == pytest.approx(89_970 * 0.3048**2)
    assert count(book, "geometry_invalid") == 24
    assert count(book, "uscc_check") == 0
    assert count(book, "unmatched_parcel") > 0


def test_a_registry_and_a_catalogue_of_zones_are_known(shared: Path, tmp_path: Path) -> None:
    files = [shared / "enterprise/zj_registry_2019_sample.csv", shared / "zones/ndrc2018_zones_sample.csv"]
    book = built(tmp_path, *files)
    assert len(book.tables["firms"]) == 23
    assert len(book.tables["zones"]) == 34
    assert book.tables["zones"]["approved_area_ha"].notna().all()
    assert count(book, "uscc_check") == 0
