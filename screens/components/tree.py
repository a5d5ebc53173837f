"""Draws an explanation: sentence by sentence, with the clause it rests on and the cells it was read from."""

from typing import Any

import streamlit as st

from casework.workspace import Run, RunUnreadable
from evaluation.explain import NoSuchSubject
from evaluation.finding import Node
from parcels.words import say, word
from screens.components.runs import why

MARKS = {"pass": "✓", "fail": "✗", "unknown": "？"}
INDENT = "　"


def explained(run: Run, kind: str, subject: str) -> None:
    """Draw the tree behind the judgements on one firm, parcel or zone of a run."""
    try:
        with st.spinner(say("screens.card.replaying")):
            node = why(run.folder.name, kind, subject)
    except (RunUnreadable, NoSuchSubject) as error:
        st.warning(str(error))
        return
    draw(node)


def draw(node: Node) -> None:
    """Draw a tree: its head as a sentence, each branch in a fold of its own."""
    st.markdown(f"**{_plain(head(node))}**")
    if node.words:
        st.text(node.words)
    _evidence(node)
    for child in node.children:
        if child.children:
            with st.expander(_plain(head(child)), expanded=child.outcome == "fail"):
                _lines(child)
        else:
            _line(child, 0)


def head(node: Node) -> str:
    """Return the first line of a node: mark, label, value with unit."""
    mark = MARKS.get(node.outcome, "")
    value = "" if node.value is None or node.value == "" else f"：{node.value}{node.unit}"
    return f"{mark} {node.label}{value}".strip()


def _lines(node: Node) -> None:
    if node.words:
        st.text(node.words)
    _evidence(node)
    for child in node.children:
        _line(child, 0)


def _line(node: Node, depth: int) -> None:
    st.text(INDENT * depth + head(node) + (f"　{node.words}" if node.words else ""))
    _evidence(node, depth)
    for child in node.children:
        _line(child, depth + 1)


def _evidence(node: Node, depth: int = 0) -> None:
    if node.source:
        st.caption(_plain(INDENT * depth + citation(node.source)))
    if node.origin:
        st.caption(
            _plain(INDENT * depth + say("screens.card.from", cells="；".join(cell(part) for part in node.origin)))
        )


def citation(source: Any) -> str:
    """Return a source in one line: title, number, article, quoted words, status."""
    parts = [source.get("title"), source.get("number"), source.get("article")]
    quote = source.get("quote")
    said = [str(part) for part in parts if part] + ([f"“{quote}”"] if quote else [])
    return say("screens.card.source", source="　".join(said), status=word("source_status", source.get("status", "")))


def cell(origin: Any) -> str:
    """Return where an input stood: file, sheet, row, heading, and the text as delivered."""
    row = say("screens.card.row", row=origin.row) if origin.row else ""
    raw = f"“{origin.raw}”" if getattr(origin, "raw", "") else ""
    return " ".join(str(part) for part in (origin.file, origin.sheet, row, origin.heading, raw) if part)


SPECIAL = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()#+-.!|<>$~:"})


def _plain(text: str) -> str:
    """Return data text for a Markdown widget with every sign that Markdown would read escaped."""
    return text.translate(SPECIAL)
