"""columns.csv says every column of the contract once; headings find them in any spelling."""

import json
from pathlib import Path

import geopandas as gpd
import pytest

from parcels import columns, headings, units

TABLES = {
    "zones": "zone_id name level approved_area_ha approved_on province city county kind boundary geometry",
    "landuse": "code name scheme basis supply_state area_m2 geometry",
    "parcels": "parcel_id unit_no supervision_no zone_id location holder holder_uscc tenure use_code use_name "
    "supply_kind area_registered_m2 area_approved_m2 area_contract_m2 price_wan contract_date delivery_date "
    "agreed_start agreed_completion actual_start actual_completion construction_state permit_date "
    "area_to_develop_m2 area_developed_m2 invest_total_wan invest_paid_wan fixed_invest_wan suspended_since term_end "
    "far_agreed far_actual footprint_m2 floor_m2 agreed_tax_per_mu agreed_output_per_mu agreed_invest_per_mu "
    "agreed_jobs geometry",
    "delays": "parcel_id cause from to document",
    "agreements": "parcel_id signed_on new_start new_completion",
    "buildings": "building_id parcel_id floors height_m floor_m2 geometry",
    "firms": "uscc name industry_code industry_edition scale size founded_on production_on address lon lat zone_id "
    "county operating_state labels",
    "firm_years": "uscc year tax_wan tax_refund_wan revenue_wan output_wan value_added_wan energy_tce energy_basis "
    "electricity_kwh water_t cod_t nh3n_t so2_t nox_t pollutant_eq rd_wan staff profit_wan assets_wan "
    "liabilities_wan equity_wan tech_invest_wan months_stopped half_stopped_months arrears_wage arrears_tax "
    "arrears_interest arrears_fee subsidy_wan rollover_loans scale_at_year_end",
    "holdings": "uscc parcel_id kind area_m2 floor_m2 share from to",
    "months": "uscc month electricity_kwh water_t tax_wan insured",
    "events": "uscc year kind value unit reason authority evidence",
    "appraisals": "zone_id cycle cycle_years group score rank zones_ranked result",
    "zone_years": "zone_id year A A1 A2 B21 B C D D22 G H floor_m2 footprint_m2 population tax_wan output_wan "
    "invest_wan",
    "restricted": "kind name geometry",
    "images": "file date bands kind",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_the_contract_is_there(table: str) -> None:
    assert set(TABLES[table].split()) <= set(columns.catalog()[table])


def test_every_unit_is_known_and_every_column_has_a_chinese_name_and_a_meaning() -> None:
    for table in columns.tables():
        for column in columns.columns(table):
            assert column.name
            assert column.meaning, (table, column.column)
            assert not column.unit or units.dimensions(column.unit), (table, column.unit)


def test_no_alias_means_two_columns_of_one_table() -> None:
    for table in columns.tables():
        seen: dict[str, str] = {}
        for column in columns.columns(table):
            for alias in (column.column, column.name, *column.aliases):
                other = seen.setdefault(headings.plain(alias), column.column)
                assert other == column.column, (table, alias, other, column.column)


def test_an_empty_table_has_every_column_typed() -> None:
    empty = columns.empty("parcels")
    assert isinstance(empty, gpd.GeoDataFrame)
    assert empty["agreed_start"].dtype.kind == "M"
    assert empty["price_wan"].dtype == "float64"


@pytest.mark.parametrize(
    ("text", "base", "unit"),
    [
        ("用地面积（亩）", "用地面积", "亩"),
        ("税收(万元)", "税收", "万元"),
        ("综合能耗/吨标煤", "综合能耗", "吨标煤"),
        ("核准面积_公顷", "核准面积", "公顷"),
        ("税收 （单位：万元）", "税收", "万元"),
        ("投资强度(万元/公顷)", "投资强度", "万元/公顷"),
        ("登记面积\n（㎡）", "登记面积", "m2"),
        ("所在街道(园区)", "所在街道(园区)", ""),
        ("实缴税金万元", "实缴税金", "万元"),
    ],
)
def test_a_heading_gives_up_its_unit(text: str, base: str, unit: str) -> None:
    read = headings.read(text)
    assert (read.base, read.unit) == (base, unit)


def matched(table: str, *texts: str, truncated: bool = False) -> dict[str, str]:
    found = headings.match(table, [headings.read(text) for text in texts], truncated=truncated)
    return {column: texts[place] for place, column in reversed(found.columns.items())}


def test_headings_cut_at_ten_bytes_are_known_by_their_beginning() -> None:
    gbk = "统一社会信用代码".encode("gbk")[:10].decode("gbk")
    utf8 = "约定竣工时间".encode()[:9].decode()
    found = matched("parcels", gbk, utf8, "宗地代码", truncated=True)
    assert found["holder_uscc"] == gbk
    assert found["agreed_completion"] == utf8


def test_a_cut_heading_that_may_be_two_things_is_nothing() -> None:
    assert "agreed_start" not in matched("parcels", "约定", "宗地代码", truncated=True)


@pytest.mark.parametrize(
    ("texts", "table"),
    [
        (["统一社会信用代码", "企业名称", "行业代码", "成立日期"], "firms"),
        (["统一社会信用代码", "年度", "税收(万元)", "主营业务收入", "综合能耗"], "firm_years"),
        (["统一社会信用代码", "宗地代码", "用地方式", "用地面积(亩)"], "holdings"),
        (["宗地代码", "延期原因", "起始日期", "结束日期"], "delays"),
        (["开发区代码", "考核年度", "得分", "名次"], "appraisals"),
        (["统一社会信用代码", "月份", "用电量(千瓦时)"], "months"),
        (["统一社会信用代码", "年度", "事项类型", "事由"], "events"),
    ],
)
def test_a_sheet_is_known_by_its_headings(texts: list[str], table: str) -> None:
    best = headings.best([headings.read(text) for text in texts])
    assert best is not None
    assert best.table == table


@pytest.mark.shared
def test_headings_of_real_systems_are_known(shared: Path) -> None:
    lists = json.loads((shared / "schemas/real_system_headers.json").read_text(encoding="utf-8"))
    supply = matched("parcels", *lists["landchina_result_fields"]["headers"])
    assert {"supervision_no", "holder", "agreed_start", "actual_start", "contract_date", "price_wan"} <= set(supply)
    scores = matched("firm_years", *lists["mujun_score_export"]["headers"])
    assert {
        "year",
        "equity_wan",
        "staff",
        "value_added_wan",
        "pollutant_eq",
        "revenue_wan",
        "rd_wan",
        "energy_tce",
        "tax_wan",
        "profit_wan",
    } <= set(scores)
    plan = matched("firms", *lists["sjz_low_efficiency_plan_import"]["headers"])
    assert {"uscc", "name", "scale", "operating_state"} <= set(plan)
