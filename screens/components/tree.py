"""Draws an explanation: sentence by sentence, with the clause it rests on and the cells it was read from."""

import streamlit as st

from casework.workspace import Run, RunUnreadable
from evaluation.explain import NoSuchSubject
from evaluation.finding import Node
from parcels.words import say
from reports.card import card_docx, cited, headline, place
from screens.components.export import Exported, offer
from screens.components.runs import why, why_not_listed

INDENT = "　"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def explained(run: Run, kind: str, subject: str) -> None:
    """Draw the tree behind the judgements on one firm, parcel or zone of a run."""
    try:
        with st.spinner(say("screens.card.replaying")):
            node = why(run.folder.name, kind, subject)
    except (RunUnreadable, NoSuchSubject) as error:
        st.warning(str(error))
        return
    draw(node)
    title = say(f"reports.card.{kind}")
    told = Exported(run.folder.name, f"{title}-{subject}.docx", 1, subject)
    offer(st, say("screens.card.docx"), lambda: card_docx(node, title, run.manifest), DOCX, told)


def not_listed(run: Run, parcel: str) -> None:
    """Draw what kept a parcel off the reclaim list, clause by clause, and which paper would decide what is open."""
    try:
        with st.spinner(say("screens.card.replaying")):
            node = why_not_listed(run.folder.name, parcel)
    except RunUnreadable as error:
        st.warning(str(error))
        return
    draw(node)


def draw(node: Node) -> None:
    """Draw a tree: its head as a sentence, each branch in a fold of its own."""
    st.markdown(f"**{plain(headline(node))}**")
    if node.words:
        st.text(node.words)
    _evidence(node)
    for child in node.children:
        if child.children:
            with st.expander(plain(headline(child)), expanded=child.outcome == "fail" or child is node.children[0]):
                _lines(child)
        else:
            _line(child, 0)


def _lines(node: Node) -> None:
    if node.words:
        st.text(node.words)
    _evidence(node)
    for child in node.children:
        _line(child, 0)


def _line(node: Node, depth: int) -> None:
    st.text(INDENT * depth + headline(node) + (f"　{node.words}" if node.words else ""))
    _evidence(node, depth)
    for child in node.children:
        _line(child, depth + 1)


def _evidence(node: Node, depth: int = 0) -> None:
    if node.source:
        st.caption(plain(INDENT * depth + cited(node.source)))
    if node.origin:
        st.caption(
            plain(INDENT * depth + say("reports.card.from", cells="；".join(place(part) for part in node.origin)))
        )


SPECIAL = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()#+-.!|<>$~:"})


def plain(text: str) -> str:
    """Return data text for a Markdown widget with every sign that Markdown would read escaped."""
    return text.translate(SPECIAL)
