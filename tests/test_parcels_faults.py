"""Every fault has its number, its place and its words: one broken folder a fault (tests/bad), read from end to end."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from parcels import faults
from parcels.book import build
from parcels.delivery import read

BAD = Path(__file__).parent / "bad"
CONTRACT_KINDS = """
crs_missing crs_wrong_zone crs_suspect uscc_damaged uscc_check id_missing id_duplicate heading_unknown
column_missing unit_suspect number_unreadable date_unreadable date_sentinel date_order value_range geometry_missing
geometry_invalid sliver overlap duplicate_geometry outside_zone area_nonpositive area_mismatch code_unknown code_scheme
unmatched_firm unmatched_parcel lease_one_sided year_missing encoding file_unreadable file_encrypted zip_unsafe
layer_empty raster_nodata raster_grid""".split()


def cases() -> list[dict[str, str]]:
    with (BAD / "expected.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["folder"])
def test_a_broken_folder_is_told_its_fault_with_row_and_words(case: dict[str, str]) -> None:
    found = build(read(BAD / case["folder"])).faults
    mine = found[found["kind"] == case["kind"]]
    assert len(mine), found[["kind", "message"]].to_string()
    rows = mine["row"].dropna().astype(int).astype(str).tolist()
    assert case["row"] in rows if case["row"] else True, mine["message"].tolist()
    assert any(case["words"] in message for message in mine["message"]), mine["message"].tolist()


def test_every_kind_of_the_contract_has_a_code_and_no_code_is_used_twice() -> None:
    catalog = faults.catalog()
    assert set(CONTRACT_KINDS) <= set(catalog)
    codes = [row["code"] for row in catalog.values()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"F\d{3}", code) for code in codes)
    assert {row["severity"] for row in catalog.values()} <= set(faults.SEVERITIES)


def test_a_message_says_what_where_and_what_to_do() -> None:
    one = faults.one("id_missing", file="企业.xlsx", sheet="名录", row=7, column="代码", what="代码", subject="企业")
    [message] = one["message"]
    assert message.startswith("企业.xlsx 表“名录” 第 7 行 列“代码”：")
    assert message.endswith("请补填代码。")


def test_faults_come_in_the_contracts_order_rows_as_numbers() -> None:
    rows = [faults.one("sliver", file="b.gpkg", row=row, area="0.1") for row in (10, 9, 100)]
    found = faults.gather([*rows, faults.one("layer_empty", file="a.csv")])
    assert found["file"].tolist() == ["a.csv", "b.gpkg", "b.gpkg", "b.gpkg"]
    assert found["row"].tolist()[1:] == [9, 10, 100]


def test_a_long_cell_is_cut_and_braces_in_it_stay_text() -> None:
    one = faults.one("number_unreadable", file="a.csv", row=2, value="{{7*7}}" + "长" * 200)
    assert len(one["value"].iloc[0]) == faults.LONGEST_VALUE
    assert "{{7*7}}" in one["message"].iloc[0]


def test_no_faults_are_a_frame_of_the_contracts_columns() -> None:
    assert list(faults.none().columns) == list(faults.COLUMNS)
    assert faults.gather([]).empty
    assert faults.many("sliver", pd.DataFrame()).empty


def test_the_documents_list_every_kind_of_fault() -> None:
    root = Path(__file__).resolve().parents[1]
    listed = (root / "docs" / "faults.md").read_text(encoding="utf-8")
    with (root / "parcels" / "faults.csv").open(encoding="utf-8", newline="") as table:
        for rule in csv.DictReader(table):
            assert f"| {rule['code']} | {rule['kind']} |" in listed
            assert f"| {rule['title']} | {rule['fix']} |" in listed
