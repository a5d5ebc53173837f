"""判定书: the tree behind a judgement as a Word document that an officer signs and a firm's lawyer can follow."""

from collections.abc import Mapping
from typing import Any

from evaluation.finding import Node
from gis.measure import half_up
from parcels.words import say, word
from reports.paper import Paper

MARKS = {"pass": "✓", "fail": "✗", "unknown": "？"}
DEEPEST_HEADING = 1
DECIMALS = 4


def card_docx(node: Node, title: str, about: Mapping[str, Any]) -> bytes:
    """Return a 判定书 of one subject: every line with its value, words, clause and cells; `about` is the manifest."""
    paper = Paper()
    paper.title(title)
    paper.small(say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))
    _node(paper, node, 0)
    paper.small(say("reports.card.foot"))
    return paper.bytes()


def _node(paper: Paper, node: Node, depth: int) -> None:
    line = headline(node)
    if depth == DEEPEST_HEADING and node.children:
        paper.heading(line)
    else:
        paper.line(line, depth, bold=depth == 0)
    if node.words:
        paper.line(node.words, depth)
    if node.source:
        paper.small(cited(node.source), depth)
    if node.origin:
        paper.small(say("reports.card.from", cells="；".join(place(cell) for cell in node.origin)), depth)
    for child in node.children:
        _node(paper, child, depth + 1)


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
