"""数据体检: every numbered fault with file, sheet and row, and what to do about it; here new data come in."""

import streamlit as st

from parcels.words import say, word
from screens.components import chosen, correcting, export, intake, sheet

FAULTS = ("code", "severity", "file", "sheet", "row", "column", "raw", "message", "fixable_by_data")
REPAIRS = ("file", "sheet", "row", "column", "before", "after", "kind")


def page() -> None:
    """Draw the intake of new data, the faults, their correction and the repairs of the chosen run."""
    st.title(say("screens.page.health"))
    with st.expander(say("screens.intake.title"), expanded=chosen.current() is None):
        intake.draw()
    run = chosen.run_or_stop()
    faults = run.verdicts.faults.rename(columns={"value": "raw"})
    levels = [level for level in ("blocking", "error", "warning", "info") if (faults["severity"] == level).any()]
    counts = st.columns(max(1, len(levels)))
    for place, level in zip(counts, levels, strict=False):
        place.metric(word("severity", level), int((faults["severity"] == level).sum()))
    picked = st.multiselect(
        say("screens.health.severity"), levels, default=[level for level in levels if level != "info"],
        format_func=lambda level: word("severity", level), placeholder=say("screens.map.only_all"),
    )  # fmt: skip
    rows = faults[faults["severity"].isin(picked)] if picked else faults
    st.caption(say("screens.table.rows", rows=len(rows)))
    at = sheet.show(rows, FAULTS, "faults", height=520)
    if at is not None:  # the column is narrower than the sentence
        st.text(str(rows["message"].iloc[at]))
    words = "、".join(word("severity", level) for level in picked)
    export.buttons(run, say("screens.page.health"), rows, FAULTS, chosen.filter_words(words))
    correcting.draw(run, None if at is None else dict(rows.iloc[at]))
    st.subheader(say("screens.health.repairs"))
    st.caption(say("screens.health.repairs_how"))
    sheet.show(run.verdicts.repairs, REPAIRS, "repairs", height=260)
