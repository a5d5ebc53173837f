"""A correction as a person gives it: a fault leads to its cell, the cell says what was delivered, the file is carried on."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from casework.corrections import Cell, NotCarried, carried, cell_of, key_of, refused, standing
from parcels.book import Book, build
from parcels.corrections import COLUMNS
from parcels.delivery import read

FIRM = "91350100M000100Y43"
HEAD = "表,主键,列,更正为,更正人,更正日期,理由\n"
SIGNED = ("王芳", "2026-03-01", "税务局复函")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    (place / "指标.csv").write_text(
        f"统一社会信用代码,年度,实缴税金（元）,停产月数\n{FIRM},2024,约百万,0\n{FIRM},2025,2000000,13\n",
        encoding="utf-8",
    )
    (place / "名录.csv").write_text(
        f"统一社会信用代码,企业名称,地址,行业代码\n{FIRM},甲厂,一路,3911\n{FIRM},甲厂,二路,3911\n", encoding="utf-8"
    )
    (place / "事项.csv").write_text(
        f"统一社会信用代码,年度,事项类型,数值\n{FIRM},2025,加分,2\n{FIRM},2025,表扬信,1\n", encoding="utf-8"
    )
    return place


@pytest.fixture
def book(folder: Path) -> Book:
    return build(read(folder))


def fix(cell: Cell, value: str, reason: str = SIGNED[2]) -> pd.DataFrame:
    return pd.DataFrame([[*cell, value, *SIGNED[:2], reason]], columns=COLUMNS)


def fault(book: Book, kind: str) -> dict[str, object]:
    return dict(book.faults[book.faults["kind"].eq(kind)].iloc[0])


def test_a_fault_leads_to_the_cell_it_speaks_of(book: Book) -> None:
    assert cell_of(book, fault(book, "number_unreadable")) == Cell("firm_years", f"{FIRM}|2024", "tax_wan")
    assert cell_of(book, fault(book, "value_range")) == Cell("firm_years", f"{FIRM}|2025", "months_stopped")


def test_a_fault_in_a_table_without_a_key_leads_to_its_sheet_and_row(book: Book) -> None:
    [source] = book.sources.loc[book.sources["table"].eq("events"), "source_id"]
    assert cell_of(book, fault(book, "word_unknown")) == Cell("events", f"{source}|3", "kind")


def test_a_fault_about_a_key_leads_to_the_row_and_leaves_the_column_open(book: Book) -> None:
    assert cell_of(book, fault(book, "id_duplicate")) == Cell("firms", FIRM, "")


def test_a_fault_of_a_whole_sheet_leads_to_no_cell(book: Book) -> None:
    assert cell_of(book, {"file": "指标.csv", "sheet": "指标", "row": None, "column": ""}) is None


def test_a_cell_says_what_was_delivered_where_and_in_which_unit_and_what_is_used(book: Book) -> None:
    there = standing(book, Cell("firm_years", f"{FIRM}|2025", "tax_wan"))
    [origin] = there.origin
    assert (origin.file, origin.row, origin.raw, origin.unit_from) == ("指标.csv", 3, "2000000", "元")
    assert there.value == 200.0
    assert there.there


@pytest.mark.parametrize("key", [f"{FIRM}|2019", FIRM, f"{FIRM}|今年", f"{FIRM}|2025|1"])
def test_a_key_of_no_row_stands_nowhere(book: Book, key: str) -> None:
    assert standing(book, Cell("firm_years", key, "tax_wan")) == ([], None, False)


def test_a_key_is_typed_as_people_type_it() -> None:
    assert key_of("firm_years", [f" {FIRM} ", "2025"]) == f"{FIRM}|2025"
    assert key_of("months", [FIRM, "2025-03"]) == f"{FIRM}|2025-03-01"
    assert key_of("months", [FIRM, "三月"]) == f"{FIRM}|三月"
    assert key_of("events", ["2", "3"]) == "2|3"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (Cell("firm_years", f"{FIRM}|2025", "tax_wan"), "约三百"),
        (Cell("firm_years", f"{FIRM}|2019", "tax_wan"), "1"),
        (Cell("firm_years", f"{FIRM}|2025", "year"), "2026"),
        (Cell("firm_years", f"{FIRM}|2025", "boss"), "1"),
        (Cell("ledger", "1", "tax_wan"), "1"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_value(book: Book, cell: Cell, value: str) -> None:
    [line] = refused(book, fix(cell, value))
    assert f"为“{value}”没有采用" in line


def test_what_fits_is_not_refused(book: Book) -> None:
    assert refused(book, fix(Cell("firm_years", f"{FIRM}|2025", "tax_wan"), "320.5万元")) == []


def read_again(folder: Path) -> list[list[str]]:
    return read(folder).corrections[["key", "value", "reason"]].to_numpy().tolist()


def test_the_first_correction_of_a_delivery_makes_its_file(folder: Path, tmp_path: Path) -> None:
    wanted = fix(Cell("firm_years", f"{FIRM}|2025", "tax_wan"), "1.5", "复函,第 1 页")
    out = carried(read(folder), wanted, tmp_path / "out")
    assert read_again(out) == [[f"{FIRM}|2025", "1.5", "复函,第 1 页"]]
    assert not (folder / "corrections.csv").exists()
    assert (out / "指标.csv").read_bytes() == (folder / "指标.csv").read_bytes()


def test_further_corrections_follow_those_delivered_and_its_faults_keep_their_rows(
    folder: Path, tmp_path: Path
) -> None:
    old = (
        f"\n{HEAD}企业年度指标,{FIRM}|2024,实缴税金,1,李强,2026-02-01,核对\n\n企业年度指标,{FIRM}|2024,实缴税金,2,,,\n"
    )
    (folder / "corrections.csv").write_text(old, encoding="gb18030")
    out = carried(read(folder), fix(Cell("firm_years", f"{FIRM}|2025", "tax_wan"), "3"), tmp_path / "out")
    assert read_again(out) == [[f"{FIRM}|2024", "1", "核对"], [f"{FIRM}|2025", "3", "税务局复函"]]
    before, after = (read(place).faults.query("kind == 'correction_unsigned'") for place in (folder, out))
    assert before["row"].tolist() == after["row"].tolist() == [5]


@pytest.mark.parametrize("content", [b"\x81\x00\x00", f"表,主键,列,更正为\n企业,{FIRM},地址,三路\n".encode()])
def test_a_file_that_was_refused_is_not_carried_on(folder: Path, tmp_path: Path, content: bytes) -> None:
    (folder / "corrections.csv").write_bytes(content)
    with pytest.raises(NotCarried, match=r"corrections\.csv"):
        carried(read(folder), fix(Cell("firms", FIRM, "address"), "三路"), tmp_path / "out")


def test_a_zip_is_carried_on_as_the_files_in_it(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "in.zip"
    with zipfile.ZipFile(packed, "w") as into:
        for path in folder.iterdir():
            into.write(path, f"报送/{path.name}")
    out = carried(read(packed), fix(Cell("firms", FIRM, "address"), "三路"), tmp_path / "out")
    assert sorted(path.name for path in out.iterdir()) == sorted([
        "corrections.csv",
        "事项.csv",
        "名录.csv",
        "指标.csv",
    ])
    assert build(read(out)).tables["firms"]["address"].tolist() == ["三路"]
