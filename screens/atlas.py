"""一张图: every parcel on one map, coloured as asked; a click shows the parcel's card with reasons and citations."""

import pandas as pd
import streamlit as st

from casework.workspace import Run
from parcels.words import say
from reports.reclaim_sheets import PARCELS
from screens.components import chosen, export, mapview, tree
from screens.components.parcel import card
from screens.components.tiling import Theme, codes, themes

PICKED = "picked-parcel"
ABOUT_FIRMS = ("grade", "tax")


def page() -> None:
    """Draw the map with its filters on the left and the card on the right."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.atlas"))
    left, middle, right = st.columns([1.1, 3.4, 2.0])
    with left:
        theme, only = _filters(run)
        _search(run)
        counted = _counted(run)
    with middle:
        clicked = mapview.draw(run, theme, only, st.session_state.get(PICKED), counted)
        if clicked is not None and clicked != st.session_state.get("clicked-last"):
            st.session_state["clicked-last"] = clicked
            st.session_state[PICKED] = clicked
            st.rerun()
        shown = _shown(run, theme, only)
        st.caption(say("screens.map.shown", rows=len(shown), all=len(run.verdicts.parcels)))
        words = "" if only is None else "、".join(theme.labels()[code] for code in only)
        export.buttons(run, say("screens.page.atlas"), shown, PARCELS, chosen.filter_words(words))
    with right:
        _card(run, theme, st.session_state.get(PICKED))


def _filters(run: Run) -> tuple[Theme, list[int] | None]:
    known = themes(run)
    name = st.radio(
        say("screens.map.colour_by"), list(known), format_func=lambda key: say(f"screens.map.theme.{key}"), key="theme"
    )
    theme = known[name]
    present = sorted(set(codes(theme, chosen.in_zone(run.verdicts.parcels)).tolist()))
    picked = st.multiselect(
        say("screens.map.only"), present, format_func=lambda code: theme.labels()[code], key=f"only-{name}",
        placeholder=say("screens.map.only_all"),
    )  # fmt: skip
    return theme, picked or None


def _search(run: Run) -> None:
    text = st.text_input(say("screens.map.search"), key="search", placeholder=say("screens.map.search_hint")).strip()
    if not text:
        return
    parcels = run.verdicts.parcels
    columns = [
        name for name in ("parcel_id", "holder", "holder_uscc", "firm_uscc", "location") if name in parcels.columns
    ]
    hit = pd.concat([parcels[name].astype(str).str.contains(text, regex=False) for name in columns], axis=1).any(axis=1)
    found = [position for position, yes in enumerate(hit) if yes][:50]
    if not found:
        st.caption(say("screens.map.search_none"))
        return
    names = parcels["parcel_id"].astype(str) + " " + parcels["holder"].fillna("").astype(str)
    at = st.selectbox(
        say("screens.map.search_found", count=len(found)), found, format_func=names.iloc.__getitem__, key="found"
    )
    if st.button(say("screens.map.search_show")):
        st.session_state[PICKED] = at
        st.rerun()


def _counted(run: Run) -> pd.DataFrame | None:
    """Return the counted land of the chosen zone and reading, where one is chosen."""
    if not chosen.zone():
        return None
    rows = chosen.in_zone(run.verdicts.counted)
    options = list(rows[["rule", "reading", "basis"]].drop_duplicates().itertuples(index=False, name=None))
    none = say("screens.map.no_share")
    picked = st.selectbox(
        say("screens.map.share"), [None, *options], key="share",
        format_func=lambda option: none if option is None else " ".join(map(str, option)),
    )  # fmt: skip
    if picked is None:
        return None
    rule, reading, basis = picked
    return rows[(rows["rule"] == rule) & (rows["reading"] == reading) & (rows["basis"] == basis)]


def _shown(run: Run, theme: Theme, only: list[int] | None) -> pd.DataFrame:
    parcels = run.verdicts.parcels
    kept = parcels if only is None else parcels[pd.Series(codes(theme, parcels), index=parcels.index).isin(only)]
    return chosen.in_zone(kept)


def _card(run: Run, theme: Theme, position: int | None) -> None:
    """Draw the parcel's card and its firm's, the one the colours are about first."""
    if position is None or position >= len(run.verdicts.parcels):
        st.info(say("screens.card.click"))
        return
    parcel = run.verdicts.parcels.iloc[position]
    firm = parcel.get("firm_uscc")
    cards = [("parcel", str(parcel["parcel_id"]))]
    if isinstance(firm, str) and firm:
        cards.insert(0 if theme.name in ABOUT_FIRMS else 1, ("firm", firm))
    for kind, subject in cards:
        st.subheader(say(f"screens.card.{kind}"))
        if kind == "parcel":
            card(run, subject)
        else:
            tree.explained(run, kind, subject)
