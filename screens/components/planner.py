"""连片方案: which sleeping parcels lie together, and the smallest set that frees land or lifts a share, on the map."""

import geopandas as gpd
import pandas as pd
import streamlit as st

from casework.workspace import Run
from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import planner
from gis.palette import PLAN
from parcels.words import say, word
from reports.landmap import plan_map
from reports.plan import Answer, Ask, NotPlanned, land_of, planned, share_name, short_shares
from reports.reclaim_sheets import CLUSTERS
from screens.components import chosen, export, mapview, sheet

AIMS = ("mu", "share")
CHOSEN = ("parcel_id", "holder", "location", "area_mu", "gain_mu", "cluster", "idle", "stage", "legal_step", "fee_wan",
          "reason")  # fmt: skip
KEPT = "plan-answer"
WIDEST_M = 100.0


def draw(run: Run) -> None:
    """Draw the choice of land, the groups it forms, the question, and the answer with its map."""
    rule = next((one for one in run.policies if isinstance(one, IdlePolicy)), None)
    left, right = st.columns([3, 1])
    kinds = left.multiselect(
        say("screens.plan.kinds"), planner.KINDS, default=["idle"],
        format_func=lambda kind: say(f"reclaim.list.{kind}"), placeholder=say("screens.plan.kinds_none"),
    )  # fmt: skip
    stated = float(rule.cluster_gap_m) if rule else 0.0
    gap = right.number_input(say("screens.plan.gap"), 0.0, WIDEST_M, stated, 1.0)
    scope = Ask(kinds=tuple(kinds), zone=chosen.zone(), gap_m=gap)
    try:
        land = land_of(run.verdicts, run.policies, scope)
    except NotPlanned as error:
        st.info(str(error))
        return
    said = "、".join(say(f"reclaim.list.{kind}") for kind in kinds)
    _groups(run, land, rule, said, gap)
    asked = _question(run, land, scope)
    mark = (run.folder.name, scope)
    if asked is not None:
        with st.spinner(say("screens.plan.working")):
            answer = planned(run.verdicts, land, asked)
            picture = plan_map(run.verdicts, land, answer.parcels["parcel_id"])
        st.session_state[KEPT] = (mark, answer, picture)  # a click or a download does not ask the solver again
    kept = st.session_state.get(KEPT)
    if kept and kept[0] == mark:
        _tell(run, land, kept[1], kept[2], said)


def _groups(run: Run, land: gpd.GeoDataFrame, rule: IdlePolicy | None, kinds: str, gap: float) -> None:
    table = planner.groups(land, rule.ease if rule else None)
    mu, several = float(land["area_mu"].sum()), int((table["parcels"] > 1).sum())
    said = {"parcels": len(land), "mu": f"{mu:.4f}", "groups": len(table), "several": several, "gap": f"{gap:g}"}
    st.caption(say("screens.plan.groups", **said, unknown=int(land["area_mu"].isna().sum())))
    sheet.show(table, CLUSTERS, "groups", height=240)
    if rule is not None and rule.ease is not None:
        st.caption(rule.ease.declared)
    export.buttons(run, say("screens.plan.title"), table, CLUSTERS, chosen.filter_words(kinds, f"≤{gap:g}米"))


def _question(run: Run, land: gpd.GeoDataFrame, scope: Ask) -> Ask | None:
    """Draw the form and return what was asked, None until it is sent."""
    short = short_shares(run.verdicts)
    short = chosen.in_zone(short).reset_index(drop=True)
    with st.form("plan"):
        first, second, third = st.columns([1.2, 2.6, 1.2])
        aim = first.radio(say("screens.plan.aim"), AIMS, format_func=lambda key: say(f"screens.plan.aims.{key}"))
        half = float(round(float(land["area_mu"].sum()) / 2))
        mu = second.number_input(say("screens.plan.mu"), 0.0, None, half, 10.0)
        at = second.selectbox(
            say("screens.plan.share"), list(range(len(short))), format_func=lambda row: _share_words(short.iloc[row]),
            placeholder=say("screens.plan.no_share"),
        )  # fmt: skip
        fewest = third.radio(
            say("screens.plan.fewest"), ("parcels", "owners"),
            format_func=lambda key: say(f"screens.plan.fewests.{key}"),
        )  # fmt: skip
        together = third.checkbox(say("screens.plan.together"))
        sent = st.form_submit_button(say("screens.plan.go"))
    if not sent or (aim == "share" and at is None):
        return None
    wanted = {"mu": mu} if aim == "mu" else {"share": share_name(short.iloc[at])}
    more = {"owners": fewest == "owners", "together": together}
    return Ask(**{**vars(scope), **wanted, **more})


def _share_words(row: pd.Series) -> str:
    name = row["name"] if isinstance(row.get("name"), str) else row["zone_id"]
    return say(
        "screens.plan.share_of", zone=name, rule=row.get("label") or row["rule"], reading=row["reading"],
        basis=word("basis", row["basis"]), measured=f"{row['measured']:.4f}", short=f"{row['short_mu']:.4f}",
    )  # fmt: skip


def _tell(run: Run, land: gpd.GeoDataFrame, answer: Answer, picture: bytes | None, said: str) -> None:
    (st.success if answer.found else st.warning)(answer.words)
    st.caption(say("screens.plan.how"))
    if answer.parcels.empty:
        return
    labels = [say("reports.plan.could"), say("reports.plan.chosen")]
    picked = land["parcel_id"].isin(answer.parcels["parcel_id"]).astype(int)
    mapview.few(run, land, picked, PLAN, labels, "plan-map")
    name = say("screens.plan.set")
    if picture is not None:
        with st.expander(say("screens.plan.paper")):
            st.image(picture)
        told = export.Exported(run.folder.name, f"{name}.png", len(answer.parcels), answer.words)
        export.offer(st, say("screens.plan.map"), lambda: picture, "image/png", told)
    columns = [column for column in CHOSEN if column in answer.parcels]
    sheet.show(answer.parcels, columns, "plan-parcels", height=260)
    export.buttons(run, name, answer.parcels, columns, chosen.filter_words(said, answer.words))
