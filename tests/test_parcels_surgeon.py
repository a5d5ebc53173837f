"""Cells as people write them become typed values; what changed is named, what cannot be read is unknown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcels import columns, surgeon, units

AREA = columns.catalog()["parcels"]["area_registered_m2"]
MONEY = columns.catalog()["parcels"]["price_wan"]
DAY = columns.catalog()["parcels"]["agreed_start"]


def one(column: columns.Column, cell: object, unit: str = "") -> tuple[object, str, str]:
    reading = surgeon.read(pd.Series([cell], dtype="str"), column, unit)
    value = reading.values.iloc[0]
    return (None if pd.isna(value) else value), reading.faults.get(0, ""), reading.repairs.get(0, "")


@pytest.mark.parametrize(
    ("cell", "unit", "value", "repair"),
    [
        ("3906", "", 3906.0, ""),
        ("1,234.5", "", 1234.5, "thousands"),
        ("１２３", "", 123.0, "full_width"),
        ("|3906平方米", "", 3906.0, "unit_in_value"),
        ("15亩", "", 10000.0, "unit_in_value"),
        ("31893.87平方米；", "", 31893.87, "unit_in_value"),
        ("15", "亩", 10000.0, ""),
        ("0.5", "公顷", 5000.0, ""),
        ("89970", "平方英尺", 89970 * 0.09290304, ""),
        ("(12.5)", "", -12.5, "negative_brackets"),
        ("1.5e3", "", 1500.0, ""),
    ],
)
def test_a_number_is_read_in_its_unit(cell: str, unit: str, value: float, repair: str) -> None:
    assert one(AREA, cell, unit) == (pytest.approx(value, rel=1e-15), "", repair)


@pytest.mark.parametrize("cell", ["180~200", "住宅、商业", "不予規定", "inf", "5000平方米|30平方米", "12公斤", "0x1"])
def test_what_is_no_number_is_unknown_and_named(cell: str) -> None:
    assert one(AREA, cell) == (None, "number_unreadable", "")


@pytest.mark.parametrize("cell", ["", " ", "/", "-", "——", "无", "Nah", "\xa0", None, "NULL", "#N/A"])
def test_a_blank_by_any_name_is_missing_without_a_fault(cell: str | None) -> None:
    assert one(AREA, cell) == (None, "", "")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2021-03-05", "2021-03-05"),
        ("2021/3/5", "2021-03-05"),
        ("2021.3.5", "2021-03-05"),
        ("2021年3月5日", "2021-03-05"),
        ("20210305", "2021-03-05"),
        ("44260", "2021-03-05"),
        ("2020-04-15 11:24:06", "2020-04-15"),
        ("2015.12", "2015-12-01"),
        ("2021年3月", "2021-03-01"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_a_date_is_read_as_people_write_it(cell: str, day: str) -> None:
    value, fault, _ = one(DAY, cell)
    assert (str(value)[:10], fault) == (day, "")


@pytest.mark.parametrize("cell", ["1901年01月02日", "1900-01-01", "1900/1/0", "9999-12-31", "0000-00-00", "0"])
def test_a_placeholder_is_no_date(cell: str) -> None:
    assert one(DAY, cell)[:2] == (None, "date_sentinel")


@pytest.mark.parametrize("cell", ["2021-02-30", "去年", "11/21/1979", "2021-13-01", "12"])
def test_what_is_no_date_is_unknown_and_named(cell: str) -> None:
    assert one(DAY, cell)[:2] == (None, "date_unreadable")


def test_words_become_the_contracts_words_and_others_are_named() -> None:
    scale = columns.catalog()["firms"]["scale"]
    assert one(scale, "规模以上") == ("规上", "", "synonym")
    assert one(scale, "否") == ("规下", "", "synonym")
    assert one(scale, "超大") == (None, "word_unknown", "")


def test_no_is_a_flag_and_not_a_blank() -> None:
    loans = columns.catalog()["firm_years"]["rollover_loans"]
    assert [one(loans, cell)[0] for cell in ("是", "无", "")] == [True, False, None]


def test_numbers_a_layer_holds_as_numbers_stay_what_they_are() -> None:
    reading = surgeon.read(pd.Series([1.5, None]), AREA, "亩")
    assert reading.values.tolist()[0] == 1000.0
    assert surgeon.text(pd.Series([330106.0, 914403001922038216.0])).tolist() == ["330106", "9.144030019220383e+17"]


def test_a_unit_that_measures_something_else_is_refused_with_the_known_ones() -> None:
    with pytest.raises(units.UnitUnknown) as refused:
        units.factor("吨", "m2")
    assert "亩" in refused.value.known


@given(st.floats(0.01, 1e6), st.sampled_from(["亩", "公顷", "平方公里", "平方英尺"]))
def test_a_unit_there_and_back_is_the_same_number(value: float, unit: str) -> None:
    there = units.convert(pd.Series([value]), unit, "m2")
    assert units.convert(there, "m2", unit).tolist()[0] == pytest.approx(value, rel=1e-14)


def test_square_kilometres_are_a_million_square_metres() -> None:
    assert units.factor("平方公里", "m2") == 1_000_000
    assert units.factor("万元/公顷", "wan/mu") * 15 == 1


def test_money_in_yuan_qian_yuan_and_yi() -> None:
    assert [one(MONEY, "1", unit)[0] for unit in ("元", "千元", "万元", "亿元")] == [0.0001, 0.1, 1.0, 10000.0]
