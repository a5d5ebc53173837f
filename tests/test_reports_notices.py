"""Drafts and the field sheet: what is known stands in them, what people decide is a marked blank, amounts agree."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from docx import Document
from docx.enum.text import WD_COLOR_INDEX

from casework.workspace import Run, open_run
from parcels.words import say
from reports.fieldsheet import visit
from reports.landmap import map_of
from reports.notices import NotDrafted, determination, investigation

if TYPE_CHECKING:
    from conftest import Demo


@pytest.fixture(scope="module")
def run(demo: "Demo") -> Run:
    return open_run(demo.run)


def picked(run: Run, **wanted: str) -> str:
    rows = run.verdicts.parcels
    for column, value in wanted.items():
        rows = rows[rows[column].eq(value)]
    return str(rows["parcel_id"].iloc[0])


def words(content: bytes) -> str:
    document: Any = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def marked(content: bytes) -> list[str]:
    document: Any = Document(io.BytesIO(content))
    lines = [*document.paragraphs, *(p for t in document.tables for r in t.rows for c in r.cells for p in c.paragraphs)]
    return [run.text for line in lines for run in line.runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]


def test_the_investigation_notice_states_what_the_sheet_states(run: Run) -> None:
    parcel = picked(run, legal_step="fee")
    row = run.verdicts.parcels.set_index("parcel_id").loc[parcel]
    said = words(investigation(run.verdicts, run.policies, parcel))
    for text in (
        parcel, row["holder"], row["location"], f"{row['area_mu']:.4f} 亩", f"{row['price_wan']:.4f} 万元",
        row["agreed_start"].strftime("%Y-%m-%d"), row["first_falls"].strftime("%Y-%m-%d"), "第二条第一款", "30日内",
    ):  # fmt: skip
        assert str(text) in said
    assert "第六条（调查通知书的内容）的内容未核实" in said
    assert row["idle_reason"] in said


def test_no_draft_decides_and_every_blank_is_marked(run: Run) -> None:
    parcel = picked(run, idle="clause2")
    content = determination(run.verdicts, run.policies, parcel)
    said, blanks = words(content), marked(content)
    assert say("notices.conclusion") in blanks
    assert say("notices.draft") in said
    assert "裁量" in said
    assert said.count("〔待填") == len(blanks)
    for decided in ("经认定", "特此认定", "决定收回", "现认定"):
        assert decided not in said


def test_a_lead_says_that_it_may_not_be_determined_from(run: Run) -> None:
    said = words(determination(run.verdicts, run.policies, picked(run, stage="lead")))
    assert say("notices.lead") in said


def test_a_parcel_without_signs_gets_no_notice_but_a_sentence(run: Run) -> None:
    for make in (investigation, determination):
        with pytest.raises(NotDrafted, match="没有闲置迹象"):
            make(run.verdicts, run.policies, picked(run, idle="no"))
    with pytest.raises(LookupError):
        investigation(run.verdicts, run.policies, "nowhere")


def test_a_silent_field_is_a_blank_and_never_a_guess(run: Run) -> None:
    parcel = picked(run, idle="clause1", stage="suspected")
    rows = run.verdicts.parcels.copy()
    rows.loc[rows["parcel_id"].eq(parcel), ["holder", "price_wan", "location"]] = [None, float("nan"), None]
    bare = type(run.verdicts)(**{**vars(run.verdicts), "parcels": rows})
    content = investigation(bare, run.policies, parcel)
    assert (
        words(content).count("〔待填") == words(investigation(run.verdicts, run.policies, parcel)).count("〔待填") + 4
    )


def test_any_parcel_has_a_field_sheet_with_its_question_and_its_map(run: Run) -> None:
    parcel = picked(run, idle="unknown")
    content = visit(run.verdicts, parcel)
    said = words(content)
    row = run.verdicts.parcels.set_index("parcel_id").loc[parcel]
    assert row["reason"] in said
    assert say("notices.visit.foot") in said
    assert "请带回能定案的材料" in said
    assert "施工许可证" in said or "停工报告" in said or "有偿使用合同" in said
    document: Any = Document(io.BytesIO(content))
    assert len(document.inline_shapes) == 1


def test_a_parcel_without_a_shape_has_a_sheet_without_a_map(run: Run) -> None:
    parcel = picked(run, idle="no")
    rows = run.verdicts.parcels.copy()
    rows.loc[rows["parcel_id"].eq(parcel), "geometry"] = None
    bare = type(run.verdicts)(**{**vars(run.verdicts), "parcels": rows})
    assert map_of(bare, parcel) is None
    assert say("notices.visit.no_map") in words(visit(bare, parcel))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_the_field_sheet_is_one_page(run: Run, tmp_path: Path) -> None:
    rows = run.verdicts.parcels
    longest = str(rows.loc[rows["reason"].str.len().idxmax(), "parcel_id"])
    (tmp_path / "sheet.docx").write_bytes(visit(run.verdicts, longest))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "sheet.docx"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    pages = (tmp_path / "sheet.pdf").read_bytes().count(b"/Type/Page/") + (tmp_path / "sheet.pdf").read_bytes().count(
        b"/Type /Page\n"
    )
    assert pages == 1


def test_dates_are_days_and_missing_ones_are_blank() -> None:
    from reports.notices import text

    assert text(pd.Timestamp("2024-02-29 00:00")) == "2024-02-29"
    assert (text(pd.NaT), text(None), text(float("nan"))) == ("", "", "")
