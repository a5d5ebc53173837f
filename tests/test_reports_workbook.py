"""Sheets for people: what stands in a cell, how wide a column is, and where a sheet ends."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from reports import rows, workbook
from reports.workbook import Tab, write_workbook

TITLE = {"year": 2025, "as_of": "2025-12-31", "filter": "全部", "data": "0"}
LONG = "长" * 40_000
COLUMNS = {
    "text": pd.Series(["=1+1", " a<b&c> ", "", None, "甲\n乙", LONG, "😀" * 20_000, "x_x0041_"], dtype="str"),
    "number": pd.Series([0.7, -1.5, None, 1e-4, 123456789.1234, 0.0, 1e20, 3.0]),
    "whole": pd.Series([0, -7, 2**40, 1, 2, 3, 4, 5]),
    "whole or unknown": pd.array([1, None, 3, 4, 5, 6, 7, 8], "Int64"),
    "yes or no": pd.array([True, None, False, True, True, True, True, True], "boolean"),
    "day": pd.Series(["2024-02-29", None, *["1969-12-31"] * 6], dtype="datetime64[s]"),
    "mixed": pd.Series([1, 2.5, "x", None, True, ["a", "b"], float("inf"), pd.Timestamp("2024-01-02")], dtype=object),
    "all unknown": pd.Series([None] * 8, dtype=object),
}
SEEN = {
    "text": ["=1+1", " a<b&c> ", "", None, "甲\n乙", LONG[:32_767], "😀" * 16_383, "x_x0041_"],
    "number": [0.7, -1.5, None, 1e-4, 123456789.1234, 0, 1e20, 3],
    "whole": [0, -7, 2**40, 1, 2, 3, 4, 5],
    "whole or unknown": [1, None, 3, 4, 5, 6, 7, 8],
    "yes or no": ["是", None, "否", "是", "是", "是", "是", "是"],
    "day": ["2024-02-29", None, *["1969-12-31"] * 6],
    "mixed": [1, 2.5, "x", None, "是", "a；b", "inf", "2024-01-02"],
    "all unknown": [None] * 8,
}
FORMATS = {"number": "#,##0.0000", "whole": "0", "whole or unknown": "0"}


def read(path: Path) -> Any:
    return openpyxl.load_workbook(path)["表"]


def written(folder: Path, frame: pd.DataFrame) -> Any:
    write_workbook(folder / "a.xlsx", [Tab("表", frame, list(frame.columns))], TITLE)
    return read(folder / "a.xlsx")


@pytest.mark.parametrize("at_once", [rows.ROWS_AT_ONCE, 3])
def test_a_cell_is_text_a_number_or_empty_and_never_a_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", at_once)
    sheet = written(tmp_path, pd.DataFrame(COLUMNS))
    for at, name in enumerate(COLUMNS, 1):
        below = [sheet.cell(row, at) for row in range(4, 12)]
        assert [cell.value for cell in below] == SEEN[name]
        kinds = {cell.number_format for cell in below if cell.value is not None}
        assert kinds == {"@", "0", "#,##0.0000"} if name == "mixed" else kinds <= {FORMATS.get(name, "@")}
    assert sheet["A4"].data_type == "s"
    assert sheet.dimensions == "A1:H11"


def test_a_sheet_laid_in_columns_is_the_one_xlsxwriter_writes_cell_by_cell(tmp_path: Path) -> None:
    sheet = written(tmp_path, pd.DataFrame(COLUMNS)[["text", "whole", "number"]])
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"), workbook.INERT)
    other = book.add_worksheet("表")
    for row in range(8):
        if isinstance(text := COLUMNS["text"][row], str):
            other.write_string(row + 3, 0, text[:32_767])
        other.write_number(row + 3, 1, COLUMNS["whole"][row])
        if row != 2:
            other.write_number(row + 3, 2, COLUMNS["number"][row])
    book.close()
    theirs = read(tmp_path / "b.xlsx")
    for row in range(4, 12):
        cells = [(sheet.cell(row, at), theirs.cell(row, at)) for at in (1, 2, 3)]
        assert [(ours.value, ours.data_type) for ours, _ in cells] == [(one.value, one.data_type) for _, one in cells]


def test_a_column_is_as_wide_as_its_longest_text_where_chinese_counts_double_and_at_most_60(tmp_path: Path) -> None:
    sheet = written(tmp_path, pd.DataFrame({"a": ["abcdefghij"], "b": ["云泽县锦川路"], "c": ["长" * 99], "d": [1.5]}))
    widths = [sheet.column_dimensions[letter].width for letter in "ABCD"]
    assert [int(wide) for wide in widths] == [12, 14, 60, 8]


def test_a_sheet_that_is_cut_says_so_and_only_the_rows_shown_are_put_into_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LIMIT", 2)
    put: list[int] = []

    def words(shown: pd.DataFrame) -> pd.DataFrame:
        put.append(len(shown))
        return shown.assign(a="字")

    tabs = [
        Tab("表", pd.DataFrame({"a": [1, 2, 3]}), ["a"], words, "a.csv"),
        Tab("二", pd.DataFrame({"a": [1, 2]}), ["a"]),
    ]
    write_workbook(tmp_path / "a.xlsx", tabs, TITLE)
    sheet = read(tmp_path / "a.xlsx")
    assert put == [2]
    assert [sheet.cell(row, 1).value for row in (4, 5, 6)] == ["字", "字", None]
    assert sheet.cell(1, 2).value == "行数超过 2 行，本表只列前 2 行；完整数据见 a.csv 。"
    assert sheet.auto_filter.ref == "A2:A5"
    assert sheet.freeze_panes == "B4"
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["二"].cell(1, 2).value is None


def test_a_sheet_without_rows_keeps_its_headings(tmp_path: Path) -> None:
    sheet = written(tmp_path, pd.DataFrame({"a": pd.Series([], dtype=object), "b": pd.Series([], dtype="float64")}))
    assert sheet.dimensions == "A1:B3"
    assert sheet.auto_filter.ref is None


def test_a_workbook_written_twice_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [Tab("表", pd.DataFrame(COLUMNS), list(COLUMNS))], TITLE)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
