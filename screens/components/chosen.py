"""What the sidebar chose: run and zone, kept in the address so that a link shows the same view."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from casework.workspace import Run, RunUnreadable
from parcels.words import say
from screens.components import runs

ALL = ""


def sidebar() -> None:
    """Draw the choice of run and zone and the line that says which data these are."""
    with st.sidebar:
        st.markdown(f"### {say('screens.title')}")
        names = runs.names()
        if not names:
            st.info(say("screens.empty.no_run"))
            return
        _pick("run", say("screens.choose.run"), names, names[-1], dict(zip(names, names, strict=True)))
        run = current()
        if run is None:
            return
        labels = {ALL: say("screens.choose.all_zones"), **zone_names(run)}
        _pick("zone", say("screens.choose.zone"), list(labels), ALL, labels)
        about = run.verdicts.provenance
        st.caption(say("screens.about", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))


def current() -> Run | None:
    """Return the run that the address names (the newest by default), or None with a message on the page."""
    names = runs.names()
    if not names:
        return None
    name = st.query_params.get("run", names[-1])
    try:
        with st.spinner(say("screens.opening")):
            return runs.open_named(name if name in names else names[-1])
    except RunUnreadable as error:
        st.error(str(error))
        return None


def run_or_stop() -> Run:
    """Return the current run; where there is none, say what to do and stop the page."""
    run = current()
    if run is None:
        st.info(say("screens.empty.how"))
        st.stop()
    return run


def zone() -> str:
    """Return the zone id that the sidebar chose, '' for all."""
    return str(st.query_params.get("zone", ALL))


def in_zone(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the chosen zone; all rows where none is chosen."""
    return frame[frame["zone_id"].astype(str) == zone()] if zone() and "zone_id" in frame.columns else frame


def zone_names(run: Run) -> dict[str, str]:
    """Return zone id → name of a run's zones, the id where a zone has no name."""
    shapes = run.verdicts.zone_shapes
    names = shapes["name"] if "name" in shapes.columns else shapes["zone_id"]
    return {
        str(key): str(name) if isinstance(name, str) and name else str(key)
        for key, name in zip(shapes["zone_id"], names, strict=True)
    }


def filter_words(*parts: str) -> str:
    """Return what was chosen in words, for the title row of an export."""
    run = current()
    names = zone_names(run) if run else {}
    said = [names.get(zone(), zone())] if zone() else []
    return "；".join([*said, *(part for part in parts if part)]) or say("reports.sheet.no_filter")


def _pick(key: str, label: str, options: Sequence[str], default: str, labels: dict[str, str]) -> None:
    asked = st.query_params.get(key, default)
    slot, last = f"pick-{key}", f"asked-{key}"
    if st.session_state.get(last) != asked or st.session_state.get(slot) not in options:
        # The address says something else than before: a link was followed, or a run was made just now.
        st.session_state.update({last: asked, slot: asked if asked in options else default})
    got = st.selectbox(label, options, format_func=lambda option: labels.get(option, option), key=slot)
    if got != asked:
        st.query_params[key] = got
        st.rerun()
