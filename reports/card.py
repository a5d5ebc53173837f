"""判定书: the tree behind a judgement as a Word document that an officer signs and a firm's lawyer can follow."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from evaluation.finding import Node
from gis.measure import half_up
from parcels.words import say, word

FIXED = datetime(2020, 1, 1, tzinfo=UTC)  # a creation date of its own would change every byte
FONT = "仿宋_GB2312"  # the official-document face; Word falls back to the machine's 仿宋 where it is absent
MARKS = {"pass": "✓", "fail": "✗", "unknown": "？"}
GREY = RGBColor(0x66, 0x66, 0x66)
DEEPEST_HEADING = 1
DECIMALS = 4


def card_docx(node: Node, title: str, about: Mapping[str, Any]) -> bytes:
    """Return a 判定书 of one subject: every line with its value, words, clause and cells; `about` is the manifest."""
    document = Document()
    _plain_style(document)
    document.core_properties.created = document.core_properties.modified = FIXED
    document.core_properties.author = say("reports.card.author")
    document.add_heading(_printable(title), level=0)
    head = say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12])
    _small(document, head, 0)
    _node(document, node, 0)
    _small(document, say("reports.card.foot"), 0)
    return _bytes(document)


def _node(document: Any, node: Node, depth: int) -> None:
    line = headline(node)
    if depth == DEEPEST_HEADING and node.children:
        document.add_heading(_printable(line), level=2)
    else:
        _line(document, line, depth, bold=depth == 0)
    if node.words:
        _line(document, node.words, depth)
    if node.source:
        _small(document, cited(node.source), depth)
    if node.origin:
        _small(document, say("reports.card.from", cells="；".join(place(cell) for cell in node.origin)), depth)
    for child in node.children:
        _node(document, child, depth + 1)


def headline(node: Node) -> str:
    """Return the first line of a node: mark, label, value with unit."""
    value = "" if node.value is None or node.value == "" else f"：{figure(node.value)}{node.unit}"
    return f"{MARKS.get(node.outcome, '')} {node.label}{value}".strip()


def figure(value: Any) -> str:
    """Return a value as the sheets show it: at most four decimals, no tail of zeros on a whole number."""
    if not isinstance(value, float):
        return str(value)
    shown = half_up(value, DECIMALS)
    return str(int(shown)) if shown.is_integer() else f"{shown:.{DECIMALS}f}"


def cited(source: Mapping[str, Any]) -> str:
    """Return a source in one line: title, number, article, quoted words, status."""
    parts = [source.get("title"), source.get("number"), source.get("article")]
    quote = [f"“{source['quote']}”"] if source.get("quote") else []
    text = "　".join([*(str(part) for part in parts if part), *quote])
    return say("reports.card.source", source=text, status=word("source_status", source.get("status", "")))


def place(cell: Any) -> str:
    """Return where an input stood: file, sheet, row, heading, and the text as delivered."""
    row = say("reports.card.row", row=cell.row) if cell.row else ""
    raw = f"“{cell.raw}”" if getattr(cell, "raw", "") else ""
    return " ".join(str(part) for part in (cell.file, cell.sheet, row, cell.heading, raw) if part)


def _plain_style(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name = FONT
    style.font.size = Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin = section.bottom_margin = Cm(1.8)


def _line(document: Any, text: str, depth: int, *, bold: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.left_indent = Cm(0.6 * depth)
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.add_run(_printable(text)).bold = bold


def _small(document: Any, text: str, depth: int) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.left_indent = Cm(0.6 * depth)
    paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(_printable(text))
    run.font.size = Pt(8.5)
    run.font.color.rgb = GREY


def _printable(text: str) -> str:
    """Return `text` without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n　")


def _bytes(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
