"""How near a firm is to another class: the smallest change that moves it, who stands at a cliff, who is equal."""

import streamlit as st

from casework.workspace import Run, RunUnreadable
from evaluation import grading
from evaluation.distance import CLIFF_COLUMNS, DISTANCE_COLUMNS, TIE_COLUMNS, cliffs, distance, ties
from evaluation.grading import GradingResult
from parcels.words import say
from screens.components import sheet, tree
from screens.components.runs import behind_of

MOST_PER_CENT = 10.0
HIDDEN = ("uscc",)


def near_cuts(run: Run) -> None:
    """Draw the firms within ±x % of a cut and the exact ties, before anything is published."""
    with st.expander(say("screens.edges.title")):
        if not st.toggle(say("screens.edges.ask"), key="cliffs"):
            return
        per_cent = st.slider(say("screens.edges.per_cent"), 0.1, MOST_PER_CENT, 2.0, 0.1)
        for result in _results(run):
            st.markdown(f"**{result.policy.id}**")
            close, equal = cliffs(result, per_cent), ties(result)
            st.caption(say("screens.edges.found", cliffs=len(close), ties=len(equal)))
            sheet.show(close, CLIFF_COLUMNS, f"cliffs-{result.policy.id}", height=260)
            if len(equal):
                sheet.show(equal.astype({"firms": str}), TIE_COLUMNS, f"ties-{result.policy.id}", height=200)


def moves(run: Run, uscc: str) -> None:
    """Draw the smallest change of each input that moves one firm a class up or down."""
    if not st.button(say("screens.edges.distance"), key=f"distance-{uscc}"):
        return
    with st.spinner(say("screens.edges.working")):
        for result in _results(run):
            if uscc in result.members.index:
                shown = [column for column in DISTANCE_COLUMNS if column not in HIDDEN]
                sheet.show(distance(result, uscc), shown, f"moves-{uscc}", height=300)


def why_not(run: Run, uscc: str) -> None:
    """Draw why one firm is not of a class that is asked for."""
    grade = st.text_input(say("screens.edges.why_not"), key=f"why-not-{uscc}", placeholder="A").strip()
    if grade:
        for result in _results(run):
            tree.draw(grading.why_not(result, uscc, grade))


def _results(run: Run) -> list[GradingResult]:
    try:
        with st.spinner(say("screens.card.replaying")):
            return list(behind_of(run.folder.name).verdicts.parts["grading"])
    except RunUnreadable as error:
        st.warning(str(error))
        return []
