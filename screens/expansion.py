"""扩区审查: every condition met, failed or unknown, with evidence, source and cure; the docket of a zone in Word."""

import geopandas as gpd
import pandas as pd
import streamlit as st

from casework.workspace import Run, RunUnreadable
from evaluation.expansion import project
from evaluation.policy.expansion import OVERALL, ExpansionPolicy
from parcels.words import say, word
from reports import docketmap
from reports.card import MARKS, cited
from reports.docket import docket_docx, zone_name
from reports.sheets import EVIDENCE, EXPANSION, LEAVES, PROJECTION, expansion_tabs, named, told_evidence, told_leaves
from screens.components import chosen, export, mapview, sheet
from screens.components.runs import behind_of
from screens.components.tree import DOCX

CONDITIONS = ("condition", "outcome", "measured", "required", "unit", "cure")
SEEN = (
    "leaf_words",
    "outcome",
    "measured",
    "lo",
    "hi",
    "required",
    "unit",
    "evidence",
    "files",
    "source_status",
    "cure",
)
FULL_SCORE = 100.0


def page() -> None:
    """Draw which zones may apply under which policy, and the docket of one of them."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.expansion"))
    rows = chosen.in_zone(run.verdicts.expansion)
    if rows.empty:
        st.info(say("screens.expansion.none"))
        return
    _overview(run, rows)
    zone, policy = _picked(run, rows)
    docket = rows[(rows["zone_id"].astype(str) == zone) & (rows["policy"] == policy.id)]
    _docket(run, policy, zone, docket)
    st.divider()
    export.workbook(run, say("reports.book.expansion"), lambda: expansion_tabs(run.verdicts), chosen.filter_words())
    export.buttons(run, say("screens.page.expansion"), rows, EXPANSION, chosen.filter_words())


def _overview(run: Run, rows: pd.DataFrame) -> None:
    """Draw zones × policies with the overall outcome of each."""
    labels = {policy.id: policy.label for policy in run.policies}
    overall = named(rows[rows["condition"] == OVERALL], run.verdicts)
    told = overall.assign(
        _said=[f"{MARKS[state]} {word('outcome', state)}　{note}" for state, note in
               zip(overall["outcome"], overall["note"], strict=True)],
        _policy=overall["policy"].map(labels),
    )  # fmt: skip
    wide = told.pivot(index="_policy", columns="zone_name", values="_said").rename_axis(columns=None)
    st.caption(say("screens.expansion.how"))
    st.dataframe(wide.rename_axis(say("screens.expansion.policy")), height=min(420, 35 * (len(wide) + 1) + 3))


def _picked(run: Run, rows: pd.DataFrame) -> tuple[str, ExpansionPolicy]:
    names = chosen.zone_names(run)
    own = {one.id: one for one in run.policies if isinstance(one, ExpansionPolicy)}
    left, right = st.columns(2)
    zones = list(dict.fromkeys(rows["zone_id"].astype(str)))
    zone = left.selectbox(
        say("screens.choose.zone"), zones, format_func=lambda key: names.get(key, key), key="docket-zone"
    )
    picked = right.selectbox(
        say("screens.expansion.policy"), list(own), format_func=lambda key: own[key].label, key="docket-policy"
    )
    return str(zone), own[str(picked)]


def _docket(run: Run, policy: ExpansionPolicy, zone: str, rows: pd.DataFrame) -> None:
    whole = rows[rows["condition"] == OVERALL].iloc[0]
    state = str(whole["outcome"])
    banner = {"pass": st.success, "fail": st.error, "unknown": st.warning}[state]
    told = say("docket.overall.line", outcome=f"{MARKS[state]} {say(f'docket.overall.{state}')}", note=whole["note"])
    banner(told)
    name = f"{say('docket.title')}-{zone_name(run.verdicts, zone)}-{policy.id}"
    export.offer(
        st, say("screens.expansion.docx"), lambda: docket_docx(run.verdicts, policy, zone, run.manifest), DOCX,
        export.Exported(run.folder.name, f"{name}.docx", len(rows), zone), kind="primary",
    )  # fmt: skip
    each = rows[rows["condition"] != OVERALL]
    sheet.show(each, CONDITIONS, "conditions", height=35 * (len(each) + 1) + 3)
    leaves = run.verdicts.leaves
    mine = leaves[(leaves["zone_id"].astype(str) == zone) & (leaves["policy"] == policy.id) & (leaves["leaf"] != "")]
    _maps(run, zone, mine)
    _behind(run, zone, mine)
    _next_score(run, policy, zone)
    _texts(policy, each, mine)


def _maps(run: Run, zone: str, leaves: pd.DataFrame) -> None:
    asked = tuple(sorted(set(leaves["leaf"].dropna())))
    first, second = st.columns(2)
    land, ground = docketmap.land(run.verdicts, zone), docketmap.ground(run.verdicts, zone, asked)
    if land is None:
        st.info(say("docket.no_map"))
        return
    first.image(land.png, caption=say("docket.map_land"))
    if ground is None:
        second.info(say("docket.no_ground_map"))
    else:
        second.image(ground.png, caption=say("docket.map_ground"))


def _behind(run: Run, zone: str, leaves: pd.DataFrame) -> None:
    """Draw what each condition measures, from which files, and the ground behind it."""
    st.subheader(say("screens.expansion.leaves"))
    told = told_leaves(leaves, run.verdicts)
    sheet.show(told, SEEN, "leaves", height=35 * (len(told) + 1) + 3)
    export.buttons(run, say("reports.tab.leaves"), told, LEAVES, chosen.filter_words(zone))
    evidence = run.verdicts.evidence
    if evidence.empty:
        return
    ground = evidence[(evidence["zone_id"].astype(str) == zone) & evidence["leaf"].isin(set(leaves["leaf"]))]
    st.subheader(say("screens.expansion.ground"))
    if ground.empty:
        st.caption(say("docket.no_ground_map"))
        return
    ground = ground.assign(_share=ground["leaf"].isin(docketmap.SHARES)).sort_values(
        ["_share", "leaf", "area_mu"], ascending=[True, True, False]
    )
    shown = told_evidence(ground, run.verdicts).assign(geometry=ground["geometry"].to_numpy())
    marked = shown[shown["leaf"].isin(docketmap.LOOKS)]
    if len(marked) and st.toggle(say("screens.expansion.on_map"), key=f"evidence-map-{zone}"):
        table = docketmap.COLOURS
        land = gpd.GeoDataFrame(marked, geometry="geometry", crs=run.verdicts.crs)
        codes = pd.Series(table.codes(marked["leaf"].reset_index(drop=True)), index=marked.index)
        words = [say(f"docket.ground_of.{leaf}") for leaf in table.words]
        mapview.few(run, land, codes, table, words, f"evidence-{zone}", say("screens.expansion.ground"))
    sheet.show(shown, EVIDENCE[2:], "evidence", height=min(420, 35 * (len(shown) + 1) + 3))
    export.buttons(run, say("reports.tab.evidence"), shown, EVIDENCE, chosen.filter_words(zone))


def _next_score(run: Run, policy: ExpansionPolicy, zone: str) -> None:
    """Draw the least score that would do, and what any score asked for would come to."""
    known = run.verdicts.projection
    rows = known[(known["zone_id"].astype(str) == zone) & (known["policy"] == policy.id)] if len(known) else known
    if rows.empty:
        return
    st.subheader(say("screens.expansion.next"))
    sheet.show(named(rows, run.verdicts), PROJECTION[3:], "projection", height=74)
    score = st.number_input(
        say("screens.expansion.score", cycle=rows["cycle"].iloc[0]), min_value=0.0, max_value=FULL_SCORE, value=None,
        step=0.1, format="%.4f", placeholder="—", key=f"score-{zone}-{policy.id}",
    )  # fmt: skip
    if score is None:
        return
    about = run.verdicts.provenance
    try:
        with st.spinner(say("screens.card.replaying")):
            appraisals = behind_of(run.folder.name).book.tables["appraisals"]
    except RunUnreadable as error:
        st.warning(str(error))
        return
    day = pd.Timestamp(about["as_of"]).date()
    ahead = project(appraisals, [zone], [policy], day, int(about["year"]), [float(score)]).iloc[0]
    outcome = str(ahead["outcome"])
    words = say("screens.expansion.ahead", score=f"{score:g}", outcome=word("outcome", outcome), note=ahead["note"])
    st.text(f"{MARKS[outcome]} {words}")


def _texts(policy: ExpansionPolicy, rows: pd.DataFrame, leaves: pd.DataFrame) -> None:
    """Draw the sources with their status, and what was not checked."""
    with st.expander(say("screens.expansion.sources")):
        for source in policy.sources.values():
            st.text(cited(source.model_dump(mode="json")))
    with st.expander(say("screens.expansion.unseen"), expanded=True):
        unknown = rows.loc[rows["outcome"] == "unknown", "label"].astype(str)
        lacks = leaves.loc[leaves["outcome"] == "unknown", "lacks"].dropna().astype(str)
        lines = [*unknown, *dict.fromkeys(one for one in lacks if one)]
        for line in (*lines, *policy.not_modelled):
            st.text(f"· {line}")
