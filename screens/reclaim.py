"""收储清单: sleeping land and suspected zombie firms, each with its reason, and why any parcel is not on the list."""

import pandas as pd
import streamlit as st

from parcels.words import say, word
from reports.reclaim_sheets import PARCELS
from screens.components import chosen, export, sheet, tree

SLEEPING = ("watch", "clause1", "clause2", "late_start", "excused")
ZOMBIE = ("subject_id", "rule", "reading", "outcome", "stage", "note", "source")


def page() -> None:
    """Draw the list, the zombies, and the answer to 为什么不在名单上."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.reclaim"))
    parcels = chosen.in_zone(run.verdicts.parcels)
    states = list(parcels["idle"].dropna().unique())
    default = [state for state in SLEEPING if state in states]
    picked = st.multiselect(
        say("screens.reclaim.states"), states, default=default, format_func=lambda code: word("idle", code),
        placeholder=say("screens.map.only_all"),
    )  # fmt: skip
    low = st.checkbox(say("screens.reclaim.low"), value=True)
    wanted = parcels["idle"].isin(picked) | ((parcels["low_efficiency"] == "fail") & low)
    rows = parcels[wanted]
    area = rows["area_mu"].astype(float)
    st.caption(say("screens.reclaim.sum", rows=len(rows), mu=f"{area.sum():.4f}", unknown=int(area.isna().sum())))
    at = sheet.show(rows, PARCELS, "reclaim")
    words = "、".join([*(word("idle", state) for state in picked), *([say("screens.reclaim.low")] if low else [])])
    export.buttons(run, say("screens.page.reclaim"), rows, PARCELS, chosen.filter_words(words))
    if at is not None:
        tree.explained(run, "parcel", str(rows["parcel_id"].iloc[at]))
    st.subheader(say("screens.reclaim.zombies"))
    _zombies(run.verdicts.findings)
    st.subheader(say("screens.reclaim.why_not"))
    asked = st.text_input(say("screens.reclaim.ask"), key="why-not").strip()
    if asked and (run.verdicts.parcels["parcel_id"].astype(str) == asked).any():
        tree.explained(run, "parcel", asked)
    elif asked:
        st.warning(say("screens.reclaim.no_such", parcel=asked))


def _zombies(findings: pd.DataFrame) -> None:
    found = findings[findings["rule"].astype(str).str.startswith("zombie") & (findings["outcome"] == "fail")]
    if found.empty:
        st.caption(say("screens.reclaim.no_zombies"))
        return
    sheet.show(found, ZOMBIE, "zombies", signs=True, height=260)
