"""corrections.csv beside the delivered files: signed corrections are applied and told, the rest is refused aloud."""

from pathlib import Path

import pytest

from parcels.book import Book, build
from parcels.delivery import read

FIRM = "91350100M000100Y43"
HEAD = "表,主键,列,更正为,更正人,更正日期,理由\n"


def corrected(tmp_path: Path, text: str, encoding: str = "utf-8") -> Book:
    (tmp_path / "指标.csv").write_text(
        f"统一社会信用代码,年度,实缴税金（万元）,营业收入(万元)\n{FIRM},2024,100,500\n{FIRM},2025,200,600\n",
        encoding="utf-8",
    )
    (tmp_path / "corrections.csv").write_text(text, encoding=encoding)
    return build(read(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_signed_correction_in_chinese_changes_the_cell_and_is_told(tmp_path: Path, encoding: str) -> None:
    book = corrected(tmp_path, f"{HEAD}企业年度指标,{FIRM}|2025,实缴税金,320.5,王芳,2026-03-01,税务局复函\n", encoding)
    assert book.tables["firm_years"]["tax_wan"].tolist() == [100.0, 320.5]
    [message] = book.faults.loc[book.faults["kind"] == "correction_applied", "message"]
    assert "“200”更正为“320.5”（王芳，2026-03-01：税务局复函）" in message
    first, delivered = book.origin("firm_years", (FIRM, 2025), "tax_wan")
    assert "王芳" in first.heading
    assert (delivered.file, delivered.raw) == ("指标.csv", "200")
    assert "corrections.csv" in {each.path for each in book.inputs}


def test_names_of_the_contract_serve_as_well_and_an_empty_value_means_unknown(tmp_path: Path) -> None:
    head = "table,key,column,value,by,on,reason\n"
    book = corrected(tmp_path, f"{head}firm_years,{FIRM}|2024,tax_wan,,王芳,2026/3/1,数字存疑\n")
    assert book.tables["firm_years"]["tax_wan"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "signature", [",2026-03-01,税务局复函", "王芳,,税务局复函", "王芳,2026-03-01,", "王芳,昨天,复函"]
)
def test_a_correction_without_name_day_or_reason_is_refused_with_its_row(tmp_path: Path, signature: str) -> None:
    book = corrected(tmp_path, f"{HEAD}企业年度指标,{FIRM}|2025,实缴税金,320.5,{signature}\n")
    assert book.tables["firm_years"]["tax_wan"].tolist() == [100.0, 200.0]
    [fault] = book.faults[book.faults["kind"] == "correction_unsigned"].to_dict("records")
    assert (fault["file"], fault["row"], fault["code"]) == ("corrections.csv", 2, "F064")


def test_a_correction_of_nothing_is_told(tmp_path: Path) -> None:
    book = corrected(tmp_path, f"{HEAD}企业年度指标,{FIRM}|2019,实缴税金,1,王芳,2026-03-01,复函\n")
    assert "correction_unmatched" in set(book.faults["kind"])


@pytest.mark.parametrize(("column", "value"), [("实缴税金", "三百多"), ("年度", "2026"), ("厂长", "张三")])
def test_a_correction_that_does_not_fit_is_told_with_its_cell_and_value_in_chinese(
    tmp_path: Path, column: str, value: str
) -> None:
    book = corrected(tmp_path, f"{HEAD}企业年度指标,{FIRM}|2025,{column},{value},王芳,2026-03-01,复函\n")
    [message] = book.faults.loc[book.faults["kind"] == "correction_unmatched", "message"]
    assert f"列“{column}”" in message
    assert f"企业年度指标 {FIRM}|2025 为“{value}”" in message


def test_a_key_with_bars_and_reasons_with_commas_stay_whole_cells(tmp_path: Path) -> None:
    lines = [f'企业年度指标,{FIRM}|{year},实缴税金,{year},王芳,2026-03-01,"{reason}"\n'
             for year, reason in ((2024, "复函"), (2025, "复函,第1页,第2页"), (2024, "再次核对,原件"))]  # fmt: skip
    book = corrected(tmp_path, HEAD + "".join(lines))
    assert book.corrected["reason"].tolist() == ["复函,第1页,第2页", "再次核对,原件"]
    assert book.tables["firm_years"]["tax_wan"].tolist() == [2024.0, 2025.0]


def test_a_file_without_the_columns_of_a_signature_is_refused_whole(tmp_path: Path) -> None:
    book = corrected(tmp_path, f"表,主键,列,更正为\n企业年度指标,{FIRM}|2025,实缴税金,1\n")
    assert book.tables["firm_years"]["tax_wan"].tolist() == [100.0, 200.0]
    mine = book.faults[book.faults["file"] == "corrections.csv"]
    assert mine["kind"].tolist() == ["column_missing"]
    assert "更正人" in mine["message"].iloc[0]
