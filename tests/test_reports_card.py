"""The 判定书 holds every line of the tree, its words and its source, and is the same document twice."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document

from casework.workspace import replay
from evaluation.explain import explain
from evaluation.finding import Node, Origin
from reports.card import card_docx

if TYPE_CHECKING:
    from tests.conftest import Demo

ABOUT = {"year": 2025, "as_of": "2025-12-31", "data": "abc"}
CELL = Origin("企业.xlsx", "2025年指标", 12, "实缴税金（万元）", "万元", "48.2")
TREE = Node(
    "某某纺织有限公司", words="等级 D。", outcome="fail",
    children=(
        Node("亩均税收", value=1.9331, unit="万元/亩", source={"title": "示例办法", "quote": "权重 35", "status": "official"},
             children=(Node("实缴税金", value=48.2, unit="万元", origin=(CELL,)),)),
        Node("名称带 {{7*7}} <b> 与 \x07 控制符"),
    ),
)  # fmt: skip


def lines(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def test_every_line_of_the_tree_stands_in_the_card() -> None:
    said = "\n".join(lines(card_docx(TREE, "企业亩均评价判定书", ABOUT)))
    for text in (
        "某某纺织有限公司",
        "等级 D。",
        "亩均税收：1.9331万元/亩",
        "权重 35",
        "官方",
        "企业.xlsx 2025年指标 第 12 行",
        "48.2",
    ):
        assert text in said
    assert "{{7*7}} <b>" in said
    assert "\x07" not in said


def test_a_card_is_the_same_document_twice() -> None:
    assert lines(card_docx(TREE, "x", ABOUT)) == lines(card_docx(TREE, "x", ABOUT))


def test_a_source_stands_once_at_the_end_and_inputs_stand_side_by_side() -> None:
    said = lines(card_docx(TREE, "企业亩均评价判定书", ABOUT))
    assert "亩均税收：1.9331万元/亩〔1〕" in said[3:5][0] + said[4]
    assert [line for line in said if line.startswith("〔1〕依据 示例办法")] == ["〔1〕依据 示例办法　“权重 35”（官方）"]
    assert any(
        "实缴税金：48.2000万元（企业.xlsx 2025年指标 第 12 行 实缴税金（万元） “48.2”万元）" in line for line in said
    )


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice counts the pages")
def test_an_ordinary_firms_card_is_one_page(demo: "Demo", tmp_path: Path) -> None:
    opened = replay(demo.run)
    firms = opened.verdicts.firms
    uscc = firms.loc[firms["grade"] == "D", "uscc"].iloc[0]
    node = explain(opened.book, opened.policies, opened.verdicts, "firm", uscc)
    path = tmp_path / "card.docx"
    path.write_bytes(card_docx(node, "企业亩均评价判定书", opened.verdicts.provenance))
    office = f"-env:UserInstallation=file://{tmp_path}/office"
    command = ["soffice", office, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "card.pdf").read_bytes()))
    assert pages == 1
