"""连片方案: which sleeping parcels lie together, and the smallest set that frees land or lifts a share, on the map."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from casework.workspace import Run
from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import planner
from evaluation.reclaim.smallest import smallest_set
from gis.palette import PLAN
from parcels.words import say, word
from reports.landmap import plan_map
from reports.reclaim_sheets import CLUSTERS
from screens.components import chosen, export, mapview, sheet

AIMS = ("mu", "share")
CHOSEN = ("parcel_id", "holder", "location", "area_mu", "cluster", "idle", "stage", "legal_step", "fee_wan", "reason")
KEPT = "plan-answer"
WIDEST_M = 100.0
SECONDS = 10.0


@dataclass(frozen=True)
class Asked:
    """What the officer asked the planner for."""

    aim: str
    fewest: str  # parcels or owners
    one_cluster: bool
    mu: float = 0.0
    share: pd.Series | None = None


@dataclass(frozen=True)
class Answer:
    """What the planner found: in words, the parcels (with what each gains), and the map for paper."""

    words: str
    found: bool
    gains: pd.DataFrame
    picture: bytes | None


def draw(run: Run) -> None:
    """Draw the choice of land, the groups it forms, the question, and the answer with its map."""
    parcels = chosen.in_zone(run.verdicts.parcels)
    rule = next((one for one in run.policies if isinstance(one, IdlePolicy)), None)
    if "geometry" not in parcels or run.verdicts.crs is None or "listed" not in parcels:
        st.info(say("screens.plan.nothing"))
        return
    left, right = st.columns([3, 1])
    kinds = left.multiselect(
        say("screens.plan.kinds"), planner.KINDS, default=["idle"],
        format_func=lambda kind: say(f"reclaim.list.{kind}"), placeholder=say("screens.plan.kinds_none"),
    )  # fmt: skip
    default = float(rule.cluster_gap_m) if rule else 0.0
    gap = right.number_input(say("screens.plan.gap"), 0.0, WIDEST_M, default, 1.0)
    land = planner.candidates(gpd.GeoDataFrame(parcels, geometry="geometry", crs=run.verdicts.crs), kinds)
    if land.empty:
        st.info(say("screens.plan.none"))
        return
    land = planner.grouped(land, gap)
    _groups(run, land, rule, kinds, gap)
    mark = (run.folder.name, chosen.zone(), tuple(kinds), gap)
    asked = _question(run, land)
    if asked is not None:
        st.session_state[KEPT] = (mark, _answer(run, land, asked))
    kept = st.session_state.get(KEPT)
    if kept and kept[0] == mark:
        _tell(run, land, kept[1], "、".join(say(f"reclaim.list.{kind}") for kind in kinds))


def _groups(run: Run, land: gpd.GeoDataFrame, rule: IdlePolicy | None, kinds: list[str], gap: float) -> None:
    table = planner.groups(land, rule.ease if rule else None)
    mu, several = float(land["area_mu"].sum()), int((table["parcels"] > 1).sum())
    unknown = int(land["area_mu"].isna().sum())
    said = {"parcels": len(land), "mu": f"{mu:.4f}", "groups": len(table), "several": several, "gap": f"{gap:g}"}
    st.caption(say("screens.plan.groups", **said, unknown=unknown))
    sheet.show(table, CLUSTERS, "groups", height=240)
    if rule is not None and rule.ease is not None:
        st.caption(rule.ease.declared)
    words = "、".join(say(f"reclaim.list.{kind}") for kind in kinds)
    export.buttons(run, say("screens.plan.title"), table, CLUSTERS, chosen.filter_words(words, f"≤{gap:g}米"))


def _question(run: Run, land: gpd.GeoDataFrame) -> Asked | None:
    with st.form("plan"):
        first, second, third = st.columns([1.4, 2, 1.2])
        aim = first.radio(say("screens.plan.aim"), AIMS, format_func=lambda key: say(f"screens.plan.aims.{key}"))
        known = float(land["area_mu"].sum())
        mu = second.number_input(say("screens.plan.mu"), 0.0, None, float(round(known / 2)), 10.0)
        short = _short(run)
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
    if not sent:
        return None
    if aim == "mu":
        return Asked(aim, fewest, together, mu=mu)
    return None if at is None else Asked(aim, fewest, together, share=short.iloc[at])


def _short(run: Run) -> pd.DataFrame:
    """Return the shares that fail in the chosen zone, the smallest lack first."""
    zones = chosen.in_zone(run.verdicts.zones)
    rows = zones[zones["outcome"].eq("fail") & zones["reading"].ne("all") & zones["short_mu"].gt(0)]
    return rows.sort_values(["short_mu", "zone_id"]).reset_index(drop=True)


def _share_words(row: pd.Series) -> str:
    name = row["name"] if isinstance(row.get("name"), str) else row["zone_id"]
    return say(
        "screens.plan.share_of", zone=name, rule=row.get("label") or row["rule"], reading=row["reading"],
        basis=word("basis", row["basis"]), measured=f"{row['measured']:.4f}", short=f"{row['short_mu']:.4f}",
    )  # fmt: skip


def _answer(run: Run, land: gpd.GeoDataFrame, asked: Asked) -> Answer:
    """Ask the solver; the answer is kept, so that a click or a download does not ask again."""
    options = {"one_cluster": asked.one_cluster, "seconds": SECONDS}
    with st.spinner(say("screens.plan.working")):
        if asked.share is None:
            plan = smallest_set(pd.DataFrame(land), asked.mu, asked.fewest, **options)  # type: ignore[arg-type]
            words = plan.words
        else:
            keys = ["zone_id", "rule", "reading", "basis"]
            counted = run.verdicts.counted
            same = (counted[keys] == asked.share[keys]).all(axis=1)
            own = land[land["zone_id"].eq(asked.share["zone_id"])]
            lifted = planner.lift(own, dict(asked.share), counted[same], asked.fewest, **options)  # type: ignore[arg-type]
            plan, words = lifted.plan, f"{_share_words(asked.share)}。{lifted.words}"
    gains = plan.parcels[["parcel_id", *plan.parcels.columns.intersection(["gain_mu"])]]
    picture = plan_map(run.verdicts, land, plan.parcels["parcel_id"]) if len(gains) else None
    return Answer(words, plan.status != "infeasible", gains, picture)


def _tell(run: Run, land: gpd.GeoDataFrame, answer: Answer, said: str) -> None:
    (st.success if answer.found else st.warning)(answer.words)
    st.caption(say("screens.plan.how"))
    if answer.gains.empty:
        return
    shown = land.merge(answer.gains, on="parcel_id", validate="one_to_one")
    mapview.few(run, land, land["parcel_id"].isin(answer.gains["parcel_id"]).astype(int), PLAN, _labels(), "plan-map")
    if answer.picture is not None:
        with st.expander(say("screens.plan.paper")):
            st.image(answer.picture)
        st.download_button(
            say("screens.plan.map"), answer.picture, f"{say('screens.plan.title')}.png", "image/png",
            on_click=export.logged, args=(run.folder.name, say("screens.plan.title"), "png", len(shown), answer.words),
        )  # fmt: skip
    columns = [name for name in (*CHOSEN[:4], "gain_mu", *CHOSEN[4:]) if name in shown]
    sheet.show(shown, columns, "plan-parcels", height=260)
    export.buttons(run, say("screens.plan.set"), shown, columns, chosen.filter_words(said, answer.words))


def _labels() -> list[str]:
    return [say("reports.plan.could"), say("reports.plan.chosen")]
