"""开发区体检: each threshold in every reading side by side, land counted, intensive use, zones and runs compared."""

from collections.abc import Callable, Mapping

import geopandas as gpd
import pandas as pd
import streamlit as st

from casework.workspace import Run
from gis import palette
from parcels.words import say, word
from reports.sheets import COUNTED, COURT, INTENSITY, ZONES, ZONES_SHORT, named, told_counted, told_intensity
from reports.zone_tables import ALL, sense, side_by_side, targets
from screens.components import chosen, export, mapview, sheet, tree, zone_choices, zone_compare

TARGETS = ("zone_name", "rule", "outcome", "measured", "required", "unit", "source", "note")


def page() -> None:
    """Draw the five views of the zones of a run."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.zones"))
    view = st.radio(
        say("screens.zones.view"), list(VIEWS), format_func=lambda name: say(f"screens.zones.tab.{name}"),
        horizontal=True, label_visibility="collapsed", key="zones-view",
    )  # fmt: skip
    VIEWS[str(view)](run)


def _readings(run: Run) -> None:
    """Draw one zone's rule on one basis: the words, the readings side by side, and the land behind one of them."""
    rows = chosen.in_zone(run.verdicts.zones)
    if rows.empty:
        st.info(say("screens.zones.none"))
        return
    rows = _picked(run, rows)
    rule = rows.iloc[0]
    together = rows[rows["reading"] == ALL].iloc[0]
    required = "—" if pd.isna(rule["required"]) else f"{float(rule['required']) * 100:.2f}%"
    st.markdown(f"**{say('screens.zones.asks', required=required)}**")
    status = word("source_status", rule["status"]) if isinstance(rule["status"], str) and rule["status"] else "—"
    st.text(say("screens.zones.words", words=rule["words"] or "—", source=rule["source"] or "—", status=status))
    st.text(say("screens.zones.together", outcome=word("outcome", together["outcome"]), note=together["note"]))
    table = side_by_side(rows)
    st.dataframe(table, height=35 * (len(table) + 1) + 3)
    readings = list(table.columns)
    for row in rows[rows["reading"] != ALL].drop_duplicates("reading").to_dict("records"):
        st.caption(tree.plain(say("screens.zones.note", reading=sense(str(row["reading"])), note=row["note"] or "—")))
    reading = st.radio(say("screens.zones.see"), readings, format_func=sense, key="zone-reading")
    _land(run, rule, str(reading))


def _picked(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the zone, rule and basis that were chosen."""
    names = chosen.zone_names(run)
    zones = list(dict.fromkeys(rows["zone_id"].astype(str)))
    first, second, third = st.columns(3)
    zone = first.selectbox(
        say("screens.choose.zone"), zones, format_func=lambda key: names.get(key, key), key="zones-zone"
    )
    rows = rows[rows["zone_id"].astype(str) == zone]
    said = {policy.id: policy.label for policy in run.policies}
    labels = {str(row["rule"]): f"{row['label']}　{said.get(row['policy'], '')}" for row in rows.to_dict("records")}
    rule = second.selectbox(say("screens.zones.rule"), list(labels), format_func=labels.__getitem__, key="zones-rule")
    rows = rows[rows["rule"] == rule]
    bases = list(dict.fromkeys(rows["basis"].fillna("").astype(str)))
    basis = third.selectbox(
        say("screens.zones.basis"), bases, format_func=lambda one: word("basis", one) if one else "—", key="zones-basis"
    )
    return rows[rows["basis"].fillna("") == basis]


def _land(run: Run, rule: pd.Series, reading: str) -> None:
    """Draw the polygons of one reading by role, and each class with its 亩, ㎡ and number of polygons."""
    counted = run.verdicts.counted
    mine = counted[
        (counted["zone_id"] == rule["zone_id"]) & (counted["rule"] == rule["rule"])
        & (counted["basis"] == rule["basis"]) & (counted["reading"] == reading)
    ]  # fmt: skip
    if mine.empty:
        st.info(say("screens.zones.no_land"))
        return
    drawing, telling = st.columns([3, 2])
    with drawing:
        roles = palette.COUNTED_ROLE
        land = gpd.GeoDataFrame(mine, geometry="geometry", crs=run.verdicts.crs)
        mapview.few(
            run, land, pd.Series(roles.codes(mine["role"].reset_index(drop=True)), index=mine.index), roles,
            [word("role", one) for one in roles.words], f"land-{rule['zone_id']}", say("screens.map.role"),
        )  # fmt: skip
    with telling:
        for role, land in mine.groupby("role", sort=False):
            mu, m2 = (land[name].astype(float).sum() for name in ("area_mu", "area_m2"))
            pieces = int(land["pieces"].sum())
            words = say("screens.zones.role", role=word("role", role), mu=f"{mu:,.4f}", m2=f"{m2:,.2f}", pieces=pieces)
            st.text(words)
        told = told_counted(mine.sort_values("area_mu", ascending=False))
        sheet.show(told, COUNTED[4:], "counted", height=360)
        name = f"{say('reports.tab.counted')}-{reading}"
        export.buttons(run, name, told, COUNTED, chosen.filter_words(reading))
    if st.toggle(say("screens.zones.why"), key="zone-why"):  # replays the run: only when asked for
        tree.explained(run, "zone", str(rule["zone_id"]))


def _intensity(run: Run) -> None:
    """Draw the indicators of TD/T 1029 of a year with the national means beside them, and the targets."""
    rows = chosen.in_zone(told_intensity(run.verdicts))
    if rows.empty:
        st.info(say("screens.zones.none"))
        return
    st.caption(say("screens.zones.intensity_how"))
    years = sorted({int(year) for year in rows["year"]}, reverse=True)
    year = st.selectbox(say("screens.zones.year"), years, key="zones-year")
    rows = rows[rows["year"] == year]
    for zone, part in rows.groupby("zone_name", sort=False):
        kind = part["type"].iloc[0]
        told = kind if isinstance(kind, str) else say("zone.explain.no_type")
        st.markdown(f"**{tree.plain(str(zone))}**　{say('zone.explain.type', kind=told)}")
        sheet.show(part, INTENSITY[4:], f"intensity-{zone}", height=35 * (len(part) + 1) + 3)
    asked = chosen.in_zone(targets(run.verdicts))
    if len(asked):
        st.subheader(say("screens.zones.targets"))
        sheet.show(asked, TARGETS, "targets", height=35 * (len(asked) + 1) + 3)
    export.buttons(run, say("reports.tab.intensity"), rows, INTENSITY, chosen.filter_words(str(year)))


def _court(run: Run) -> None:
    """Draw each reading by every kind of area, those first whose outcome hangs on it."""
    rows = chosen.in_zone(run.verdicts.court)
    st.caption(say("screens.zones.court_how"))
    if rows.empty:
        st.info(say("screens.zones.none"))
        return
    decides = rows["decides"].astype(bool)
    hanging = rows[decides].groupby(["zone_id", "rule", "reading", "basis"]).ngroups
    st.text(say("screens.zones.court_count", n=hanging))
    shown = named(pd.concat([rows[decides], rows[~decides]]), run.verdicts)
    sheet.show(shown, COURT[1:], "court", height=520)
    export.buttons(run, say("reports.tab.court"), shown, COURT, chosen.filter_words())


def _all(run: Run) -> None:
    """Draw every row of every zone, as the workbook has them."""
    st.caption(say("screens.zones.readings"))
    rows = chosen.in_zone(run.verdicts.zones).rename(columns={"name": "zone_name"})
    sheet.show(rows, ZONES_SHORT, "zones", height=520)
    export.buttons(run, say("screens.page.zones"), rows, ZONES, chosen.filter_words())


VIEWS: Mapping[str, Callable[[Run], None]] = {
    "readings": _readings,
    "intensity": _intensity,
    "compare": zone_compare.draw,
    "court": _court,
    "all": _all,
    "choices": zone_choices.draw,
}
