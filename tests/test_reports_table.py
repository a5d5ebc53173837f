"""The contract's CSV: what a spreadsheet, a script and an auditor each need of one file."""

from pathlib import Path

import pandas as pd

from reports import table


def written(tmp_path: Path, frame: pd.DataFrame) -> bytes:
    path = tmp_path / "x.csv"
    table.write_csv(frame, path)
    return path.read_bytes()


def test_a_file_begins_with_a_bom_and_ends_lines_with_lf(tmp_path: Path) -> None:
    assert written(tmp_path, pd.DataFrame({"uscc": ["91"]})) == b"\xef\xbb\xbfuscc\n91\n"


def test_an_empty_frame_is_its_heading_row(tmp_path: Path) -> None:
    assert written(tmp_path, pd.DataFrame({"a": [], "b": []})) == b"\xef\xbb\xbfa,b\n"


def test_numbers_have_four_decimals_whole_numbers_none_and_unknown_is_empty() -> None:
    frame = pd.DataFrame({"mu": [0.7, None], "rank": pd.array([1, None], dtype="Int64"), "rows": [3, 4]})
    assert table.texts(frame).to_numpy().tolist() == [["0.7000", "1", "3"], ["", "", "4"]]


def test_booleans_dates_and_lists_have_one_spelling() -> None:
    frame = pd.DataFrame({"b": [True], "d": [pd.Timestamp("2025-02-28")], "l": [["A", "B"]]})
    assert table.texts(frame).to_numpy().tolist() == [["true", "2025-02-28", "A;B"]]


def test_text_that_a_sheet_would_run_gets_an_apostrophe() -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "正常"]
    assert [table.inert(name) for name in names] == ["'" + name for name in names[:-1]] + ["正常"]


def test_a_negative_number_is_no_formula() -> None:
    assert table.texts(pd.DataFrame({"x": [-1.5]})).to_numpy().tolist() == [["-1.5000"]]


def test_a_mixed_column_keeps_whole_counts_and_sums_apart() -> None:
    mixed = pd.DataFrame({"n": pd.Series([600, 12.5, None], dtype=object)})
    assert table.texts(mixed)["n"].tolist() == ["600", "12.5000", ""]


def test_keys_sort_as_text() -> None:
    assert table.by_text(pd.DataFrame({"k": ["9", "10", "A"]}), ["k"])["k"].tolist() == ["10", "9", "A"]
