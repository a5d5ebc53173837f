"""判定书: the tree behind a judgement as a Word document that an officer signs and a firm's lawyer can follow."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from evaluation.finding import Node
from gis.measure import half_up
from parcels.words import say, word
from reports.paper import Paper

MARKS = {"pass": "✓", "fail": "✗", "unknown": "？"}
DEEPEST_HEADING = 1
DECIMALS = 4
SHORT = 60  # letters: longer words are a sentence of their own


def card_docx(node: Node, title: str, about: Mapping[str, Any]) -> bytes:
    """Return a 判定书 of one subject: every line with its value, words, clause and cells; `about` is the manifest."""
    paper = Paper()
    paper.title(title)
    paper.small(say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))
    notes = _footnotes(node)
    _node(paper, node, 0, notes)
    for text, number in notes.items():
        paper.small(f"〔{number}〕{text}")
    paper.small(say("reports.card.foot"))
    return paper.bytes()


def _footnotes(node: Node) -> dict[str, int]:
    """Return every source once with its number, in reading order: a line refers to it by 〔1〕."""
    texts = dict.fromkeys(cited(part.source) for part in node.walk() if part.source)
    return {text: number for number, text in enumerate(texts, start=1)}


def _node(paper: Paper, node: Node, depth: int, notes: Mapping[str, int]) -> None:
    mark = f"〔{notes[cited(node.source)]}〕" if node.source else ""
    if depth == DEEPEST_HEADING and node.children:
        paper.heading(headline(node))
        if node.words or mark:
            paper.line(node.words + mark, depth)
    else:
        paper.line(_sentence(node) + mark, depth, bold=depth == 0)
    if node.origin:
        paper.small(say("reports.card.from", cells="；".join(place(cell) for cell in node.origin)), depth)
    for inputs, children in groupby(node.children, _is_input):
        if inputs:
            paper.small("；".join(_inlined(child, notes, known=node.source) for child in children), depth + 1)
            continue
        for child in children:
            _node(paper, child, depth + 1, notes)


def _sentence(node: Node) -> str:
    """Return head and words as one line; words that say the head again stand alone with its mark."""
    if not node.words:
        return headline(node)
    mark = f"{MARKS[node.outcome]} " if node.outcome in MARKS else ""
    return mark + node.words if node.words.startswith(node.label) else f"{headline(node)}　{node.words}"


def _is_input(node: Node) -> bool:
    """Return whether a node is a plain input: no branches, few words; such stand side by side in one small line."""
    told = bool(node.origin or node.words or node.value is not None)
    return told and not node.children and not node.rule and len(node.words) <= SHORT


def _inlined(node: Node, notes: Mapping[str, int], known: Mapping[str, Any] | None) -> str:
    cells = f"（{'；'.join(place(cell) for cell in node.origin)}）" if node.origin else ""
    mark = f"〔{notes[cited(node.source)]}〕" if node.source and node.source != known else ""
    return _sentence(node) + cells + mark


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
    raw = f"“{cell.raw}”{getattr(cell, 'unit', '')}" if getattr(cell, "raw", "") else ""
    return " ".join(str(part) for part in (cell.file, cell.sheet, row, cell.heading, raw) if part)
