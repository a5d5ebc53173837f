"""A book holds every table, typed, with the origin of each cell and every fault at its place."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from parcels import columns
from parcels.book import Book, build
from parcels.delivery import read

FIRM = "91350100M000100Y43"
OTHER = "9135010557098120XJ"


def sheet(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding=encoding)
    return folder


def built(folder: Path, corrections: pd.DataFrame | None = None) -> Book:
    return build(read(folder), corrections)


def kinds(book: Book) -> set[str]:
    return set(book.faults["kind"])


@pytest.fixture
def years(tmp_path: Path) -> Path:
    return sheet(
        tmp_path,
        "指标.csv",
        "统一社会信用代码,年度,实缴税金（元）,营业收入(万元)\n"
        f"{FIRM},2024,1000000,500\n{FIRM},2025,2000000,600\n{OTHER},2025,,700\n",
    )


def test_every_table_is_there_with_all_its_columns(years: Path) -> None:
    book = built(years)
    for table in columns.tables():
        wanted = {column.column for column in columns.columns(table)} | {"_source", "_row"}
        assert wanted <= set(book.tables[table].columns)


def test_money_in_yuan_becomes_wan_and_missing_stays_missing(years: Path) -> None:
    frame = built(years).tables["firm_years"]
    assert frame["tax_wan"].tolist()[:2] == [100.0, 200.0]
    assert frame["tax_wan"].isna().tolist() == [False, False, True]
    assert frame["year"].tolist() == [2024, 2025, 2025]


def test_a_cell_knows_its_file_row_heading_unit_and_words(years: Path) -> None:
    [origin] = built(years).origin("firm_years", (FIRM, 2025), "tax_wan")
    assert (origin.file, origin.row, origin.heading) == ("指标.csv", 3, "实缴税金（元）")
    assert (origin.unit_from, origin.raw) == ("元", "2000000")


def test_several_rows_of_a_firms_year_add_up_and_keep_all_their_origins(tmp_path: Path) -> None:
    text = f"统一社会信用代码,年度,实缴税金(万元),营业收入(万元)\n{FIRM},2025,10,1\n{FIRM},2025,5,2\n"
    book = built(sheet(tmp_path, "指标.csv", text))
    assert book.tables["firm_years"]["tax_wan"].tolist() == [15.0]
    assert [origin.raw for origin in book.origin("firm_years", (FIRM, 2025), "tax_wan")] == ["10", "5"]
    assert "id_duplicate" in kinds(book)


def test_a_row_that_repeats_another_counts_once(tmp_path: Path) -> None:
    text = f"统一社会信用代码,年度,实缴税金(万元),营业收入(万元)\n{FIRM},2025,10,1\n{FIRM},2025,10,1\n"
    book = built(sheet(tmp_path, "指标.csv", text))
    assert book.tables["firm_years"]["tax_wan"].tolist() == [10.0]
    assert book.faults.loc[book.faults["kind"] == "id_duplicate", "row"].tolist() == [3]
    assert "整行相同，只计一次" in book.faults.loc[book.faults["kind"] == "id_duplicate", "message"].item()


def test_a_row_without_its_code_is_rejected_and_named(tmp_path: Path) -> None:
    text = f"统一社会信用代码,年度,实缴税金(万元),营业收入(万元)\n,2025,10,1\n{FIRM},2025,10,1\n"
    book = built(sheet(tmp_path, "指标.csv", text))
    assert book.rows.set_index("table").loc["firm_years"].tolist() == [2, 1]
    assert book.faults.loc[book.faults["kind"] == "id_missing", "row"].tolist() == [2]


def test_a_correction_replaces_a_cell_and_says_who_said_so(years: Path) -> None:
    correction = pd.DataFrame(
        [["firm_years", f"{FIRM}|2025", "tax_wan", "250", "张三", "2026-01-05", "税务局复核"]],
        columns=["table", "key", "column", "value", "by", "on", "reason"],
    )
    book = built(years, correction)
    assert book.tables["firm_years"].query("year == 2025")["tax_wan"].tolist()[0] == 250.0
    assert book.origin("firm_years", (FIRM, 2025), "tax_wan")[0].raw == "250"
    assert "correction_applied" in kinds(book)


def test_layers_come_into_one_work_crs_their_own(tmp_path: Path) -> None:
    land = gpd.GeoDataFrame({"地类编码": ["0601"], "地类名称": ["工业用地"]}, geometry=[box(0, 0, 100, 100)], crs=4549)
    land.geometry = land.translate(500_000, 3_300_000)
    land.to_file(tmp_path / "现状图斑.gpkg")
    book = built(tmp_path)
    assert book.crs is not None
    assert book.crs.to_epsg() == 4549
    assert book.tables["landuse"].crs == book.crs
    assert book.tables["landuse"]["zone_id"].tolist() == ["ALL"]
    assert "zone_assumed" in kinds(book)
