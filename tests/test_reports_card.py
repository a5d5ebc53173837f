"""The 判定书 holds every line of the tree, its words and its source, and is the same document twice."""

import io

from docx import Document

from evaluation.finding import Node, Origin
from reports.card import card_docx

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
