"""A folder or zip as bureaus send them: encodings, merged and cut headings, passwords, bombs; never raised."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from parcels.book import Book, build
from parcels.delivery import Delivery, read

FIRM = "91350100M000100Y43"
OTHER = "9135010557098120XJ"
YEARS = f"统一社会信用代码,年度,实缴税金(万元),营业收入(万元)\n{FIRM},2025,100,1000\n"


def told(delivery: Delivery | Book, kind: str) -> list[str]:
    return delivery.faults.loc[delivery.faults["kind"] == kind, "message"].tolist()


def built(folder: Path) -> Book:
    return build(read(folder))


Rows = list[list[object]]
Merged = dict[str, list[tuple[str, str]]]


def workbook(path: Path, sheets: dict[str, Rows], merged: Merged | None = None) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for cells, text in (merged or {}).get(name, []):
            sheet.merge_range(cells, text)
    book.close()


def land(at: tuple[float, float] = (500_000, 3_300_000), crs: int = 4549, **attributes: object) -> gpd.GeoDataFrame:
    x, y = at
    shapes = [box(x, y, x + 100, y + 100), box(x + 200, y, x + 300, y + 100)]
    frame = {"地类编码": ["0601", "0602"], "地类名称": ["工业用地", "采矿用地"]} | attributes
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_a_text_table_is_read_whatever_its_encoding_and_delimiter(tmp_path: Path, encoding: str, mark: str) -> None:
    (tmp_path / "企业.csv").write_bytes(YEARS.replace(",", mark).encode(encoding))
    [raw] = read(tmp_path).tables
    assert raw.table == "firm_years"
    assert raw.cells["实缴税金(万元)"].tolist() == ["100"]


def test_bytes_in_no_encoding_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("统一社会信用代码,年度\n".encode("gb18030") + b"\xff\xff\x80\n")
    assert told(read(tmp_path), "encoding")


def test_a_heading_whose_unit_cannot_measure_its_column_is_said_and_its_numbers_are_unknown(tmp_path: Path) -> None:
    text = "宗地代码,土地使用权人,登记面积(吨),签订日期\n1,甲,9000,2020-01-01\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    book = built(tmp_path)
    [said] = told(book, "unit_suspect")
    assert "吨" in said
    assert book.tables["parcels"]["area_registered_m2"].isna().all()  # 9,000 of what, nobody knows


def test_a_column_keeps_a_word_among_its_numbers_and_a_row_of_blanks_says_nothing(tmp_path: Path) -> None:
    head = ["统一社会信用代码", "年度", "实缴税金(万元)", "营业收入(万元)"]
    rows: Rows = [head, [FIRM, 2025, 1.5, 10], ["", "", "", ""], [OTHER, 2025, "约2", 20]]
    workbook(tmp_path / "企业.xlsx", {"企业": rows})
    [raw] = read(tmp_path).tables
    assert raw.cells.index.tolist() == [2, 4]
    assert raw.cells["实缴税金(万元)"].tolist() == ["1.5", "约2"]
    assert raw.cells["营业收入(万元)"].tolist() == [10.0, 20.0]


def test_codes_stay_text_with_their_leading_noughts(tmp_path: Path) -> None:
    text = "宗地代码,土地使用权人,登记面积(㎡),签订日期\n007,甲,9000,2020-01-01\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert built(tmp_path).tables["parcels"]["parcel_id"].tolist() == ["007"]


def test_merged_headings_under_a_title_with_a_row_of_units(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["2025年度企业指标"],
        ["统一社会信用代码", "企业名称", "效益", "", "综合能耗"],
        ["", "", "实缴税金", "营业收入", ""],
        ["", "", "元", "万元", "吨标煤"],
        [FIRM, "甲厂", 1_000_000, 500, 12],
        ["合计", "", 1_000_000, 500, 12],
    ]
    cells = ["A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"]
    words = ["2025年度企业指标", "统一社会信用代码", "企业名称", "效益", "综合能耗"]
    merged = {"表一": list(zip(cells, words, strict=True))}
    workbook(tmp_path / "企业.xlsx", {"表一": rows}, merged)
    book = built(tmp_path)
    [row] = book.tables["firm_years"].to_dict("records")
    assert (row["year"], row["tax_wan"], row["revenue_wan"], row["energy_tce"]) == (2025, 100.0, 500.0, 12.0)
    assert row["_row"] == 5
    assert told(book, "total_row")


def test_one_sheet_may_hold_firms_and_their_year(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["统一社会信用代码", "企业名称", "行业代码", "规模", "实缴税金(万元)", "营业收入(万元)"],
        [FIRM, "甲厂", "C3311", "规上", 100, 1000],
    ]
    workbook(tmp_path / "企业.xlsx", {"2025": rows})
    book = built(tmp_path)
    assert book.tables["firms"]["scale"].tolist() == ["规上"]
    assert book.tables["firm_years"][["year", "tax_wan"]].to_numpy().tolist() == [[2025, 100.0]]


def test_a_workbook_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    header = ["统一社会信用代码", "年度", "实缴税金(万元)", "营业收入(万元)"]
    workbook(tmp_path / "a.xlsx", {"表": [header, [FIRM, 2025, 1, 2]]})
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    assert built(tmp_path).tables["firm_years"]["tax_wan"].tolist() == [1.0]


def test_an_excel_date_and_a_flag_are_read_as_what_they_are(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "宗地.xlsx"))
    sheet = book.add_worksheet("宗地")
    sheet.write_row(0, 0, ["宗地代码", "土地使用权人", "登记面积(㎡)", "约定开工", "签订日期"])
    sheet.write_row(1, 0, ["P1", "甲厂", 9000])
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_datetime(1, 3, pd.Timestamp("2021-03-05").to_pydatetime(), day)
    sheet.write_number(1, 4, 44260)
    book.close()
    frame = built(tmp_path).tables["parcels"]
    assert frame["agreed_start"].dt.strftime("%Y-%m-%d").tolist() == ["2021-03-05"]
    assert frame["contract_date"].dt.strftime("%Y-%m-%d").tolist() == ["2021-03-05"]


def test_a_password_a_cut_and_a_disguise_are_each_named(tmp_path: Path) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000) + "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "密.xlsx").write_bytes(ole)
    workbook(tmp_path / "断.xlsx", {"表": [["统一社会信用代码"]]})
    whole = (tmp_path / "断.xlsx").read_bytes()
    (tmp_path / "断.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "假.xlsx").write_text("not a workbook", encoding="utf-8")
    delivery = read(tmp_path)
    assert [message.split("：")[0] for message in told(delivery, "file_encrypted")] == ["密.xlsx"]
    assert {message.split("：")[0] for message in told(delivery, "file_unreadable")} == {"断.xlsx", "假.xlsx"}
    assert "去掉密码" in told(delivery, "file_encrypted")[0]


def test_a_dbf_in_gbk_without_cpg_and_with_cut_headings_is_read(tmp_path: Path) -> None:
    frame = land().rename(columns={"地类编码": "DLBM", "地类名称": "DLMC"})
    frame["统一社会信用代码"] = [FIRM, OTHER]
    frame["约定开工时间"] = ["2020-01-01", "2021-01-01"]
    frame["宗地代码"] = ["甲1", "乙2"]
    frame = frame.rename(columns={"统一社会信用代码": "统一社会信", "约定开工时间": "约定开工时"})
    frame.to_file(tmp_path / "宗地.shp", encoding="gb18030", engine="pyogrio")
    for cpg in tmp_path.glob("*.cpg"):
        cpg.unlink()
    parcels = built(tmp_path).tables["parcels"]
    assert parcels["parcel_id"].tolist() == ["甲1", "乙2"]
    assert parcels["holder_uscc"].tolist() == [FIRM, OTHER]
    assert parcels["agreed_start"].dt.year.tolist() == [2020, 2021]


def test_a_shapefile_without_prj_blocks_until_somebody_states_its_crs(tmp_path: Path) -> None:
    land().to_file(tmp_path / "现状.shp", encoding="gb18030")
    (tmp_path / "现状.prj").unlink()
    book = built(tmp_path)
    [message] = told(book, "crs_missing")
    assert message.startswith("现状.shp")
    assert "delivery.yaml" in message
    assert book.tables["landuse"]["geometry"].isna().all()
    (tmp_path / "delivery.yaml").write_text("crs: EPSG:4549\n", encoding="utf-8")
    book = built(tmp_path)
    assert told(book, "crs_missing") == []
    assert told(book, "crs_asserted")
    assert book.tables["landuse"].geometry.area.tolist() == [10_000.0, 10_000.0]


def test_metres_labelled_degrees_are_refused(tmp_path: Path) -> None:
    land(at=(13_000_000, 3_500_000), crs=4490).to_file(tmp_path / "现状.gpkg")
    book = built(tmp_path)
    [message] = told(book, "crs_wrong_zone")
    assert "米" in message
    assert book.tables["landuse"]["geometry"].isna().all()


def test_a_layer_a_zone_off_is_told_by_the_others(tmp_path: Path) -> None:
    land().to_file(tmp_path / "现状.gpkg")
    land().to_file(tmp_path / "规划.gpkg")
    land(crs=4547).to_file(tmp_path / "批次.gpkg", layer="用地用海")
    [message] = told(built(tmp_path), "crs_wrong_zone")
    assert message.startswith("批次.gpkg")


def test_a_legacy_datum_is_not_converted_in_silence(tmp_path: Path) -> None:
    land().to_file(tmp_path / "现状.gpkg")
    land(crs=2384).to_file(tmp_path / "规划.gpkg")
    assert told(built(tmp_path), "datum_shift")


def test_broken_rings_lines_and_blanks_are_mended_or_missing_and_listed(tmp_path: Path) -> None:
    x, y = 500_000, 3_300_000
    bow = Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    frame = gpd.GeoDataFrame(
        {"地类编码": ["0601"] * 4, "地类名称": ["工业用地"] * 4},
        geometry=[bow, None, LineString([(x, y), (x + 9, y)]), box(x + 300, y, x + 300.5, y + 1)],
        crs=4549,
    )
    frame.to_file(tmp_path / "现状.gpkg")
    book = built(tmp_path)
    assert book.tables["landuse"]["geometry"].notna().tolist() == [True, False, False, True]
    assert book.faults.loc[book.faults["kind"] == "geometry_invalid", "row"].tolist() == [1]
    assert book.faults.loc[book.faults["kind"] == "geometry_missing", "row"].tolist()[0] == 2
    assert book.faults.loc[book.faults["kind"] == "sliver", "row"].tolist() == [4]
    assert 1 in book.repairs["row"].tolist()


def test_a_zip_with_gbk_names_and_a_zip_inside_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    land().to_file(folder / "land.shp", encoding="gb18030")
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as packed:
        for part in folder.iterdir():
            packed.write(part, part.name)
    outer = tmp_path / "报送.zip"
    stand_in = "XX/XXXX.csv"
    with zipfile.ZipFile(outer, "w") as packed:
        packed.writestr(stand_in, YEARS)
        packed.write(inner, "land.zip")
    outer.write_bytes(outer.read_bytes().replace(stand_in.encode(), "送/企业.csv".encode("gb18030")))
    delivery = read(outer)
    assert {raw.table for raw in delivery.tables} == {"firm_years", "landuse"}
    assert [one.path for one in delivery.inputs] == ["报送.zip"]


def test_unsafe_zips_are_refused_whole(tmp_path: Path) -> None:
    for name, member, content in (
        ("traversal.zip", "../../evil.csv", b"1"),
        ("absolute.zip", "/etc/evil.csv", b"1"),
        ("bomb.zip", "a.csv", bytes(50 << 20)),
    ):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(member, content)
        delivery = read(tmp_path / name)
        assert delivery.tables == ()
        [severity] = delivery.faults["severity"]
        assert (severity, delivery.faults["kind"].tolist()) == ("blocking", ["zip_unsafe"])
    assert not list(tmp_path.rglob("evil.csv"))


def test_what_is_no_delivery_is_said_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 not really")
    (tmp_path / "one.csv").write_text(YEARS, encoding="utf-8")
    assert told(read(tmp_path / "x.zip"), "zip_unsafe")
    assert told(read(tmp_path / "absent"), "file_missing")
    assert told(read(tmp_path / "one.csv"), "file_unreadable")


def test_names_that_look_like_code_come_through_as_they_are(tmp_path: Path) -> None:
    names = ["{{7*7}}", "<script>alert(1)</script>", '=HYPERLINK("http://x")']
    rows = "".join(f'C{place},"{name.replace(chr(34), chr(34) * 2)}",C33\n' for place, name in enumerate(names))
    (tmp_path / "企业.csv").write_text("统一社会信用代码,企业名称,行业代码\n" + rows, encoding="utf-8")
    assert built(tmp_path).tables["firms"]["name"].tolist() == names


def test_delivery_yaml_names_sheets_headings_units_and_values(tmp_path: Path) -> None:
    rows: list[list[object]] = [["说明"], ["什么"], ["编码", "税", "销售"], ["A-1", 5000, 3]]
    workbook(tmp_path / "b.xlsx", {"2023": rows, "别的": [["甲", "乙"], [1, 2]]})
    (tmp_path / "delivery.yaml").write_text(
        "tables:\n  firm_years: {file: b.xlsx, sheet: 2023, header_row: 3, set: {year: 2023},\n"
        "    columns: {local_id: 编码, tax_wan: {from: 税, unit: 元}, revenue_wan: 销售}}\n",
        encoding="utf-8",
    )
    book = built(tmp_path)
    [row] = book.tables["firm_years"].to_dict("records")
    assert (row["uscc"], row["year"], row["tax_wan"], row["revenue_wan"]) == ("A-1", 2023, 0.5, 3.0)
    assert told(book, "uscc_check") == []
    assert book.origin("firm_years", ("A-1", 2023), "year")[0].raw == "2023"


def test_delivery_yaml_lists_layers_schemes_classes_and_zones_by(tmp_path: Path) -> None:
    land(计划=["一区", "二区"]).to_file(tmp_path / "现状.gpkg", layer="dltb")
    (tmp_path / "classes.csv").write_text("code,group\n工业用地,industrial\n", encoding="utf-8")
    (tmp_path / "delivery.yaml").write_text(
        "tables:\n  landuse:\n"
        "    - {file: 现状.gpkg, layer: dltb, scheme: sandiao, set: {basis: actual}, columns: {code: 地类编码}}\n"
        "    - {file: 现状.gpkg, layer: dltb, scheme: custom, classes: classes.csv, set: {basis: planned}, "
        "columns: {code: 地类名称}}\n"
        "zones: {by: landuse.计划}\n",
        encoding="utf-8",
    )
    book = built(tmp_path)
    frame = book.tables["landuse"]
    schemes = frame.groupby("basis")["scheme"].first().to_dict()
    assert schemes == {"actual": "sandiao", "planned": "custom"}
    assert book.classes == {"工业用地": "industrial"}
    assert book.tables["zones"]["zone_id"].tolist() == ["一区", "二区"]
    assert frame["zone_id"].tolist() == ["一区", "二区", "一区", "二区"]
    assert "code_unknown" in set(book.faults["kind"])


def test_points_of_firms_give_their_longitude_and_latitude(tmp_path: Path) -> None:
    said = {"统一社会信用代码": [FIRM], "企业名称": ["甲厂"], "行业代码": ["C33"]}
    frame = gpd.GeoDataFrame(said, geometry=[Point(120.5, 30.25)], crs=4490)
    frame.to_file(tmp_path / "企业.gpkg")
    firms = built(tmp_path).tables["firms"]
    assert firms[["lon", "lat"]].to_numpy().tolist() == [[120.5, 30.25]]


def test_a_folder_of_nothing_useful_has_no_tables_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "照片.docx").write_bytes(b"x")
    delivery = read(tmp_path)
    assert delivery.tables == ()
    assert told(delivery, "file_unused")
    assert build(delivery).tables["parcels"].empty


def test_points_of_a_web_map_lose_their_offset_and_land_is_refused_in_it(tmp_path: Path) -> None:
    said = {"统一社会信用代码": [FIRM], "企业名称": ["甲厂"], "行业代码": ["C33"]}
    gpd.GeoDataFrame(said, geometry=[Point(120.5, 30.25)], crs=4326).to_file(tmp_path / "企业.gpkg", layer="firms")
    land(at=(120.0, 30.0), crs=4326).to_file(tmp_path / "现状.gpkg", layer="land")
    (tmp_path / "delivery.yaml").write_text(
        "tables:\n  firms: {file: 企业.gpkg, layer: firms, crs: GCJ-02}\n"
        "  landuse: {file: 现状.gpkg, layer: land, crs: GCJ-02}\n",
        encoding="utf-8",
    )
    book = built(tmp_path)
    [place] = book.tables["firms"][["lon", "lat"]].to_numpy().tolist()
    assert 0.002 < abs(place[0] - 120.5) < 0.01
    assert "企业点位" in told(book, "crs_wrong_zone")[0]
    assert book.tables["landuse"]["geometry"].isna().all()


def test_a_wrong_delivery_yaml_names_every_key_with_its_line_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(YEARS, encoding="utf-8")
    (tmp_path / "delivery.yaml").write_text(
        "crs: nowhere\ntables:\n  firmen: {file: a.csv}\n  firm_years:\n    file: a.csv\n    sheet: b\n"
        "    columns: {taxes: 税}\nzones: {by: landuse.计划}\n",
        encoding="utf-8",
    )
    book = built(tmp_path)
    wrong = book.faults[book.faults["kind"] == "delivery_yaml"]
    assert wrong.set_index("column")["row"].to_dict() == {
        "crs": 1,
        "tables.firmen": 3,
        "firm_years.sheet": 6,
        "tables.firm_years.columns.taxes": 7,
        "zones.by": 8,
    }


def test_a_damaged_attribute_table_costs_its_broken_cells_not_the_layer(tmp_path: Path) -> None:
    land(图斑面积=["1", "2"]).to_file(tmp_path / "地类图斑.shp", encoding="gb18030")
    table = tmp_path / "地类图斑.dbf"
    content = table.read_bytes()
    start, length = (int.from_bytes(content[at : at + 2], "little") for at in (8, 10))
    second = bytearray(content[start + length : start + 2 * length])
    second[0] = ord("x")
    table.write_bytes(content[: start + length] + second + b"\x1a")
    book = built(tmp_path)
    assert len(book.tables["landuse"]) == 2
    [message] = told(book, "record_damaged")
    assert message.startswith("地类图斑.shp 表“地类图斑” 第 2 行：该图形的属性记录缺失、被截断或错位")
    assert book.tables["landuse"]["code"].tolist()[:1] == ["0601"]
    assert not told(book, "file_unreadable")


def test_what_is_no_number_in_a_number_field_is_listed_where_it_stands(tmp_path: Path) -> None:
    land(图斑面积=[12345.5, 2.0]).to_file(tmp_path / "地类图斑.shp", encoding="gb18030")
    table = tmp_path / "地类图斑.dbf"
    content = table.read_bytes()
    at = content.rindex(b"2.0")
    table.write_bytes(content[:at] + b"2#0" + content[at + 3 :])
    book = built(tmp_path)
    [message] = told(book, "number_unreadable")
    assert "第 2 行 列“图斑面积”" in message
    assert "2#0" in message
    assert book.tables["landuse"]["area_m2"].tolist()[0] == 12345.5


WIDE: Rows = [
    [
        "统一社会信用代码",
        "企业名称",
        "行业代码",
        "2023年税收（万元）",
        "2024年税收（万元）",
        "税收_2025",
        "营业收入(2024年,元)",
    ],
    [FIRM, "甲厂", "3311", 10, 20.5, 30, 5_000_000],
    [OTHER, "乙厂", "3312", None, 7, None, None],
    ["91350100M000100Y4X", "丙厂", "3313", None, None, None, None],
]


def figures(book: Book, column: str) -> dict[tuple[str, int], float]:
    frame = book.tables["firm_years"].dropna(subset=[column])
    return {(code, int(year)): value for code, year, value in frame[["uscc", "year", column]].itertuples(index=False)}


def test_headings_that_name_a_year_become_a_row_a_firm_and_year(tmp_path: Path) -> None:
    workbook(tmp_path / "企业.xlsx", {"企业": WIDE})
    book = built(tmp_path)
    assert figures(book, "tax_wan") == {(FIRM, 2023): 10, (FIRM, 2024): 20.5, (FIRM, 2025): 30, (OTHER, 2024): 7}
    assert figures(book, "revenue_wan") == {(FIRM, 2024): 500}
    assert sorted(book.tables["firms"]["industry_code"]) == ["3311", "3312", "3313"]
    assert "91350100M000100Y4X" in set(book.tables["firm_years"]["uscc"])  # it says nothing, and is not lost
    assert not told(book, "heading_unknown")
    assert not told(book, "heading_duplicate")


def test_the_heading_says_which_year_a_figure_came_from(tmp_path: Path) -> None:
    workbook(tmp_path / "企业.xlsx", {"企业": WIDE})
    book = built(tmp_path)
    [origin] = book.origin("firm_years", (FIRM, 2024), "revenue_wan")
    assert (origin.file, origin.sheet, origin.row) == ("企业.xlsx", "企业", 2)
    assert (origin.heading, origin.unit_from, origin.raw) == ("营业收入(2024年,元)", "元", "5000000")


def test_years_under_one_merged_heading_are_told_apart(tmp_path: Path) -> None:
    rows: Rows = [
        ["统一社会信用代码", "企业名称", "税收（万元）", None, "营业收入（万元）", None],
        [None, None, "2023年", "2024年", "2023年", "2024年"],
        [FIRM, "甲厂", 1, 2, 30, 40],
    ]
    merged = {"指标": [("C1:D1", "税收（万元）"), ("E1:F1", "营业收入（万元）")]}
    workbook(tmp_path / "企业.xlsx", {"指标": rows}, merged)
    book = built(tmp_path)
    assert figures(book, "tax_wan") == {(FIRM, 2023): 1, (FIRM, 2024): 2}
    assert figures(book, "revenue_wan") == {(FIRM, 2023): 30, (FIRM, 2024): 40}


def test_a_column_without_a_year_beside_dated_ones_keeps_the_year_of_its_sheet(tmp_path: Path) -> None:
    rows: Rows = [
        ["统一社会信用代码", "2023年税收（万元）", "2024年税收（万元）", "用电量（千瓦时）"],
        [FIRM, 1, 2, 900],
    ]
    workbook(tmp_path / "企业.xlsx", {"2024年指标": rows})
    book = built(tmp_path)
    assert figures(book, "tax_wan") == {(FIRM, 2023): 1, (FIRM, 2024): 2}
    assert figures(book, "electricity_kwh") == {(FIRM, 2024): 900}
    assert len(told(book, "year_assumed")) == 1


def test_delivery_yaml_may_name_dated_headings_of_its_own(tmp_path: Path) -> None:
    rows: Rows = [["代号", "2023年实际贡献", "2024年实际贡献"], ["甲一", 30_000, 2]]
    workbook(tmp_path / "企业.xlsx", {"表": rows})
    (tmp_path / "delivery.yaml").write_text(
        "tables:\n  firm_years:\n"
        "    - {file: 企业.xlsx, columns: {local_id: 代号, tax_wan: {from: 2023年实际贡献, unit: 元}}}\n"
        "    - {file: 企业.xlsx, columns: {local_id: 代号, tax_wan: 2024年实际贡献}}\n",
        encoding="utf-8",
    )
    assert figures(built(tmp_path), "tax_wan") == {("甲一", 2023): 3, ("甲一", 2024): 2}


@settings(
    max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(table=st.lists(st.lists(st.none() | st.integers(-5_000, 5_000), min_size=3, max_size=3), min_size=1, max_size=6))
def test_no_money_and_no_firm_is_lost_when_wide_years_are_split(tmp_path: Path, table: list[list[int | None]]) -> None:
    firms = [f"甲{number}" for number in range(len(table))]
    rows = [[firm, *cells] for firm, cells in zip(firms, table, strict=True)]
    heads = ["企业代码", "2022年税收(万元)", "2023年税收(万元)", "税收(万元)2024年"]
    (tmp_path / "企业.csv").write_text(pd.DataFrame(rows, columns=heads).to_csv(index=False), encoding="utf-8")
    years = built(tmp_path).tables["firm_years"]
    assert years["tax_wan"].sum() == sum(cell or 0 for cells in table for cell in cells)
    assert set(years["uscc"]) == set(firms)
