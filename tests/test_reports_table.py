"""The contract's CSV: what a spreadsheet, a script and an auditor each need of one file."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from reports import table


def written(tmp_path: Path, frame: pd.DataFrame) -> bytes:
    path = tmp_path / "x.csv"
    table.write_csv(frame, path)
    return path.read_bytes()


def test_a_file_begins_with_a_bom_and_ends_lines_with_lf(tmp_path: Path) -> None:
    assert written(tmp_path, pd.DataFrame({"uscc": ["91"]})) == b"\xef\xbb\xbfuscc\n91\n"


def test_an_empty_frame_is_its_heading_row(tmp_path: Path) -> None:
    assert written(tmp_path, pd.DataFrame({"a": [], "b": []})) == b"\xef\xbb\xbfa,b\n"


def test_numbers_have_four_decimals_whole_numbers_none_and_unknown_is_empty(tmp_path: Path) -> None:
    frame = pd.DataFrame({"mu": [0.7, None], "rank": pd.array([1, None], dtype="Int64"), "rows": [3, 4]})
    assert written(tmp_path, frame).decode("utf-8-sig") == "mu,rank,rows\n0.7000,1,3\n,,4\n"


def test_booleans_dates_and_lists_have_one_spelling(tmp_path: Path) -> None:
    frame = pd.DataFrame({"b": [True], "d": [pd.Timestamp("2025-02-28")], "l": [["A", "B"]]})
    assert written(tmp_path, frame).decode("utf-8-sig") == "b,d,l\ntrue,2025-02-28,A;B\n"


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([0.7, -1.5, -0.0, 0.00005, 1e15 + 0.5, 123456789.1235, float("inf"), None]),
        pd.Series([1.5, None], dtype=object),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([True, False]),
        pd.Series([True, None], dtype=object),
        pd.Series([7, None], dtype="Int64"),
        pd.Series([7, 12.5, "=x", None], dtype=object),
        pd.Series(["=1", "a\tb", "", None, "甲"], dtype="str"),
        pd.Series(["=1", None, "甲"], dtype=object),
        pd.Series(["1969-12-31T23:00", "2024-02-29", None], dtype="datetime64[us]"),
        pd.Series(["甲", "乙"], dtype="category"),
        *(pd.Series([None], dtype=kind) for kind in ("float64", "boolean", "Int64", "datetime64[s]", "str", object)),
    ],
    ids=lambda column: f"{column.dtype} {column.iloc[0]}",
)
def test_a_column_is_written_as_its_cells_one_by_one(column: pd.Series) -> None:
    assert table.texts(column).to_pylist() == [table.cell(value) for value in column]


def test_a_cell_with_a_comma_a_quote_or_a_line_end_is_quoted_as_python_does(tmp_path: Path) -> None:
    cells = ['甲,"乙"', "a\nb", "c\rd", "", "e"]
    text = written(tmp_path, pd.DataFrame({"a,b": cells, "n": range(5)})).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a,b", "n"],
        *([one, str(at)] for at, one in enumerate(cells)),
    ]
    assert text.splitlines()[-1] == "e,4"


def test_the_empty_cell_of_a_lone_column_is_no_blank_line(tmp_path: Path) -> None:
    assert written(tmp_path, pd.DataFrame({"a": ["x", None]})) == b'\xef\xbb\xbfa\nx\n""\n'


def test_rows_are_sorted_by_their_keys_as_text_however_many_are_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "ROWS_AT_ONCE", 2)
    table.write_csv(pd.DataFrame({"k": ["9", "10", "A"], "n": [1, 2, 3]}, index=[7, 7, 7]), tmp_path / "x.csv", ["k"])
    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig") == "k,n\n10,2\n9,1\nA,3\n"


def test_text_that_a_sheet_would_run_gets_an_apostrophe() -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "正常"]
    assert [table.inert(name) for name in names] == ["'" + name for name in names[:-1]] + ["正常"]


def test_a_mixed_column_keeps_whole_counts_and_sums_apart() -> None:
    mixed = pd.DataFrame({"n": pd.Series([600, 12.5, None], dtype=object)})
    assert table.texts(mixed["n"]).to_pylist() == ["600", "12.5000", ""]


def test_keys_sort_as_text() -> None:
    assert table.by_text(pd.DataFrame({"k": ["9", "10", "A"]}), ["k"])["k"].tolist() == ["10", "9", "A"]
