"""总览: the four answers on one screen, and what could not be answered and why."""

import pandas as pd
import streamlit as st

from parcels.words import entry, say, word
from screens.components import chosen, sheet

OUTCOMES = ("pass", "fail", "unknown")


def page() -> None:
    """Draw the summary of the chosen run."""
    run = chosen.run_or_stop()
    verdicts = run.verdicts
    st.title(say("screens.page.overview"))
    st.caption(say("screens.overview.how"))
    grading, sleeping, shares, docket = st.columns(4)
    with grading:
        _counts(
            say("screens.overview.grades"), chosen.in_zone(verdicts.firms)["grade"], blank=say("screens.map.not_graded")
        )
    with sleeping:
        _counts(say("screens.overview.idle"), chosen.in_zone(verdicts.parcels)["idle"], group="idle")
    with shares:
        whole = verdicts.zones[verdicts.zones["reading"] == "all"]
        _counts(say("screens.overview.shares"), chosen.in_zone(whole)["outcome"], group="outcome")
    with docket:
        overall = verdicts.expansion[verdicts.expansion["condition"] == "overall"]
        _counts(say("screens.overview.expansion"), chosen.in_zone(overall)["outcome"], group="outcome")
    st.subheader(say("screens.overview.questions"))
    st.dataframe(_questions(verdicts.questions), hide_index=True)
    st.subheader(say("screens.overview.balance"))
    sheet.show(verdicts.coverage.astype({"table": str}), verdicts.coverage.columns, "coverage", height=300)
    for line in verdicts.provenance["unanswered"]:
        st.warning(line)


def _counts(title: str, values: pd.Series, group: str | None = None, blank: str = "") -> None:
    st.markdown(f"**{title}**")
    counted = values.fillna("").astype(str).value_counts()
    if group in {"outcome"}:
        counted = counted.reindex([code for code in OUTCOMES if code in counted.index])
    elif group is None:
        counted = counted.sort_index()
    if counted.empty:
        st.text("—")
    for code, count in counted.items():
        label = word(group, code) if group else (str(code) or blank)
        st.text(f"{label}　{count}")


def _questions(questions: object) -> pd.DataFrame:
    heads = entry("screens.overview.question_heads")
    rows = [
        (word("question", name), word("answered", answer["status"]), "、".join(answer["lacks"]) or "—")
        for name, answer in dict(questions).items()  # type: ignore[call-overload]
    ]
    return pd.DataFrame(rows, columns=heads)
