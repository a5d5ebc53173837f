"""Zones side by side, years side by side, and this run against another: what changed and why."""

import pandas as pd
import streamlit as st

from casework.workspace import Run, RunUnreadable
from parcels.words import say
from reports.zone_tables import (
    CHANGES,
    DOCKETS,
    MOVED,
    YEARLY,
    across_tabs,
    change_tabs,
    changes,
    in_words,
    intensity_across,
    years_across,
    zones_across,
)
from screens.components import chosen, export, runs, sheet

KNOWN = frozenset({"share_rule", "indicator_name", "policy", "basis", "reading", "unit", "means"})
SECTIONS = {"shares": CHANGES[1:], "moved": MOVED[1:], "intensity": YEARLY[1:], "expansion": DOCKETS[1:]}


def draw(run: Run) -> None:
    """Draw zones beside zones, a zone's years beside one another, and two runs with what changed and why."""
    if run.verdicts.zones.empty and run.verdicts.intensity.empty:
        st.info(say("screens.zones.none"))
        return
    st.subheader(say("screens.compare.zones"))
    st.caption(say("screens.compare.zones_how"))
    _shown(zones_across(run.verdicts), "across-zones")
    year = int(run.verdicts.provenance["year"])
    st.markdown(f"**{say('screens.compare.intensity', year=year)}**")
    _shown(intensity_across(run.verdicts, year), "across-intensity")
    st.subheader(say("screens.compare.years"))
    names = chosen.zone_names(run)
    zone = chosen.zone() or st.selectbox(
        say("screens.choose.zone"), list(names), format_func=names.__getitem__, key="compare-zone"
    )
    if zone:
        _shown(years_across(run.verdicts, str(zone)), "across-years")
    export.workbook(run, say("screens.compare.file"), lambda: across_tabs(run.verdicts), chosen.filter_words())
    st.subheader(say("screens.compare.runs"))
    _runs(run)


def _runs(run: Run) -> None:
    others = [name for name in runs.names() if name != run.folder.name]
    if not others:
        st.caption(say("screens.compare.one_run"))
        return
    name = st.selectbox(say("screens.compare.with"), others, index=None, placeholder="—", key="compare-run")
    if name is None:
        return
    try:
        before = runs.open_named(str(name))
    except RunUnreadable as error:
        st.error(str(error))
        return
    found = changes(before.verdicts, run.verdicts)
    about = [one.verdicts.provenance for one in (before, run)]
    if about[0]["policies"] != about[1]["policies"]:
        st.warning(say("screens.compare.other_policies"))
    told = {side: say("screens.about", year=one["year"], as_of=one["as_of"], data=str(one["data"])[:12])
            for side, one in zip(("before", "after"), about, strict=True)}  # fmt: skip
    st.text(
        say("screens.compare.told", before=f"{name}　{told['before']}", after=f"{run.folder.name}　{told['after']}")
    )
    changed_only = st.toggle(say("screens.compare.changed_only"), value=True)
    for section, columns in SECTIONS.items():
        st.markdown(f"**{say(f'reports.tab.compare_{section}')}**")
        rows = chosen.in_zone(found[section])
        shown = rows[_changed(section, rows)] if changed_only and len(rows) else rows
        st.caption(say("screens.compare.rows", shown=len(shown), rows=len(rows)))
        if len(shown):
            sheet.show(in_words(shown), columns, f"compare-{section}", height=min(420, 35 * (len(shown) + 1) + 3))
    export.workbook(run, say("screens.compare.runs_file"), lambda: change_tabs(found), f"{name} → {run.folder.name}")


def _changed(section: str, rows: pd.DataFrame) -> pd.Series:
    if section == "shares":
        return rows["changed_how"] != say("zone.compare.same")
    if section == "expansion":
        before, after = (rows[f"measured_{side}"].astype("float64").fillna(-1) for side in ("before", "after"))
        return (rows["outcome_before"] != rows["outcome_after"]) | (before != after)
    if section == "intensity":
        appeared = rows["value_before"].isna() != rows["value_after"].isna()
        return appeared | (rows["change"].fillna(0) != 0)
    return pd.Series(data=True, index=rows.index)


def _shown(frame: pd.DataFrame, key: str) -> None:
    titles = sheet.headings([name for name in frame.columns if name in KNOWN])
    view = frame.rename(columns=titles)
    st.dataframe(
        view, key=key, hide_index=True, height=min(420, 35 * (len(view) + 1) + 3), column_config=sheet.formats(view),
        placeholder="—",
    )  # fmt: skip
