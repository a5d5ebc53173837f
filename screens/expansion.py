"""扩区审查: every condition met, failed or unknown, with evidence, source and what would cure it."""

import streamlit as st

from parcels.words import say, word
from reports.sheets import EXPANSION
from screens.components import chosen, export, sheet

MARKS = {"pass": "✓", "fail": "✗", "unknown": "？"}


def page() -> None:
    """Draw one docket a zone and policy, and the table of all conditions."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.expansion"))
    rows = chosen.in_zone(run.verdicts.expansion)
    if rows.empty:
        st.info(say("screens.expansion.none"))
        return
    names = chosen.zone_names(run)
    labels = {policy.id: policy.label for policy in run.policies}
    for (zone, policy), docket in rows.groupby(["zone_id", "policy"], sort=True):
        overall = docket.loc[docket["condition"] == "overall", "outcome"]
        state = str(overall.iloc[0]) if len(overall) else "unknown"
        said = [names.get(str(zone), str(zone)), labels.get(str(policy), str(policy)), word("outcome", state)]
        title = f"{MARKS[state]} {'　'.join(said)}"
        with st.expander(title, expanded=bool(chosen.zone())):
            for row in docket[docket["condition"] != "overall"].itertuples(index=False):
                st.text(f"{MARKS[row.outcome]} {word('condition', row.condition)}　{row.note or ''}")
                if isinstance(row.cure, str) and row.cure:
                    st.text(f"　　{say('screens.expansion.cure')}{row.cure}")
    sheet.show(rows, EXPANSION, "expansion")
    export.buttons(run, say("screens.page.expansion"), rows, EXPANSION, chosen.filter_words())
