"""企业评价: every firm with grade and reason; a row shows its 判定书."""

import streamlit as st

from parcels.words import say
from reports.sheets import FIRMS
from screens.components import chosen, edges, export, sheet, tree


def page() -> None:
    """Draw the graded firms and the card of the row that was clicked."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.firms"))
    firms = chosen.in_zone(run.verdicts.firms)
    grades = sorted(firms["grade"].fillna("").astype(str).unique())
    blank = say("screens.map.not_graded")
    picked = st.multiselect(
        say("screens.firms.grade"),
        grades,
        format_func=lambda grade: grade or blank,
        placeholder=say("screens.map.only_all"),
    )
    text = st.text_input(say("screens.firms.search"), placeholder=say("screens.firms.search_hint")).strip()
    if picked:
        firms = firms[firms["grade"].fillna("").astype(str).isin(picked)]
    if text:
        named = firms["name"].astype(str).str.contains(text, regex=False)
        firms = firms[named | firms["uscc"].astype(str).str.contains(text, regex=False)]
    firms = firms.sort_values(["rank", "uscc"], na_position="last")
    st.caption(say("screens.table.rows", rows=len(firms)))
    at = sheet.show(firms, FIRMS, "firms")
    words = [grade or blank for grade in picked]
    export.buttons(run, say("screens.page.firms"), firms, FIRMS, chosen.filter_words("、".join(words), text))
    edges.near_cuts(run)
    if at is None:
        st.info(say("screens.firms.click"))
        return
    st.divider()
    edges.moves(run, str(firms["uscc"].iloc[at]))
    edges.why_not(run, str(firms["uscc"].iloc[at]))
    tree.explained(run, "firm", str(firms["uscc"].iloc[at]))
