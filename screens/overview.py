"""总览: the four answers on one screen with their 亩, one row a zone, and what could not be answered and why."""

import pandas as pd
import streamlit as st

from evaluation.finding import Verdicts
from parcels.words import entry, say, word
from reports import summary
from screens.components import chosen, sheet

ZONES = ("zone_name", "firms", "grades", "idle_mu", "idle_unknown", "shares", "expansion")


def page() -> None:
    """Draw the summary of the chosen run."""
    run = chosen.run_or_stop()
    verdicts = run.verdicts
    st.title(say("screens.page.overview"))
    st.caption(say("screens.overview.how"))
    for line in verdicts.provenance["unanswered"]:
        st.warning(line)
    _answers(verdicts)
    st.subheader(say("screens.overview.zones"))
    zones = summary.by_zone(verdicts)
    sheet.show(chosen.in_zone(zones), ZONES, "overview-zones", height=36 * (len(zones) + 2))
    st.subheader(say("screens.overview.questions"))
    st.dataframe(_questions(verdicts.questions), hide_index=True)
    st.subheader(say("screens.overview.balance"))
    sheet.show(verdicts.coverage.astype({"table": str}), verdicts.coverage.columns, "coverage", height=300)


def _answers(verdicts: Verdicts) -> None:
    """Draw the four questions side by side, each answer with its count and the 亩 it stands on."""
    grading, sleeping, shares, docket = st.columns([3, 4, 2, 2])
    with grading.container(border=True):
        st.markdown(f"**{say('screens.overview.grades')}**")
        grades = summary.by_grade(chosen.in_zone(verdicts.firms))
        _lines(grades.assign(said=[grade or say("screens.map.not_graded") for grade in grades["grade"]]))
    with sleeping.container(border=True):
        st.markdown(f"**{say('screens.overview.idle')}**")
        idle = summary.by_idle(chosen.in_zone(verdicts.parcels))
        _lines(idle.assign(said=[word("idle", state) for state in idle["idle"]]))
    whole = chosen.in_zone(verdicts.zones[verdicts.zones["reading"] == "all"])
    overall = chosen.in_zone(verdicts.expansion[verdicts.expansion["condition"] == "overall"])
    for place, title, frame in ((shares, "shares", whole), (docket, "expansion", overall)):
        with place.container(border=True):
            st.markdown(f"**{say(f'screens.overview.{title}')}**")
            outcomes = summary.by_outcome(frame)
            _lines(outcomes.assign(said=[word("outcome", code) for code in outcomes["outcome"]]))


def _lines(counted: pd.DataFrame) -> None:
    """Write one line an answer: words, how many, how much 亩, and how many stand on land of unknown size."""
    if counted.empty:
        st.text("—")
    for row in counted.to_dict("records"):
        parts = [f"{row['said']}　{row['count']}"]
        if pd.notna(row.get("mu")):
            parts.append(say("screens.overview.mu", mu=f"{row['mu']:.4f}"))
        if row.get("mu_unknown"):
            parts.append(say("screens.overview.mu_unknown", count=row["mu_unknown"]))
        st.text("　".join(parts))


def _questions(questions: object) -> pd.DataFrame:
    heads = entry("screens.overview.question_heads")
    rows = [
        (word("question", name), word("answered", answer["status"]), "、".join(answer["lacks"]) or "—")
        for name, answer in dict(questions).items()  # type: ignore[call-overload]
    ]
    return pd.DataFrame(rows, columns=heads)
