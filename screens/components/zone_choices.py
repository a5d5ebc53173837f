"""A bureau declares what a zone policy leaves to it: a tolerance for 左右, where contested land goes, and by whom."""

from datetime import date
from typing import Any

import streamlit as st

from casework.store import append
from casework.workspace import Run
from evaluation.policy.fill import Filling, declare
from evaluation.policy.read import PolicyError
from evaluation.policy.zone import ZonePolicy
from parcels.landuse import USE_GROUPS, contested
from parcels.words import say, word
from screens.components.filling import own_folder
from screens.components.runs import workspace

PUT = ("in", "out", "unmapped")
GROUPS = ("agricultural_facility", "non_construction", "vacant", "reserved")


def draw(run: Run) -> None:
    """Draw the form; what is left as it stands is not written."""
    own = {one.id: one for one in run.policies if isinstance(one, ZonePolicy)}
    if not own:
        st.info(say("screens.zones.none"))
        return
    st.caption(say("screens.declare.how"))
    picked = st.selectbox(
        say("screens.filling.policy"), list(own), format_func=lambda key: own[key].label, key="declare-policy"
    )
    policy = own[str(picked)]
    with st.form(f"declare-{policy.id}"):
        tolerances = _tolerances(policy)
        puts = _groups(policy)
        moved = _classes(policy)
        new_id = st.text_input(say("screens.filling.new_id"), value=f"my-{policy.id}")
        title = st.text_input(say("screens.filling.title"))
        text = st.text_input(say("screens.filling.text"))
        by = st.text_input(say("screens.filling.by"))
        sent = st.form_submit_button(say("screens.filling.go"))
    if sent:
        _write(policy, (tolerances, puts, moved), new_id.strip(), title.strip(), text.strip(), by.strip())


def _tolerances(policy: ZonePolicy) -> dict[str, float]:
    given = {}
    for rule in policy.rules:
        points = st.number_input(
            say("screens.declare.tolerance", rule=rule.label or rule.id, soft=rule.softness), value=None, min_value=0.0,
            max_value=100.0, format="%.4f", placeholder="—", key=f"tolerance-{policy.id}-{rule.id}",
        )  # fmt: skip
        if points is not None:
            given[rule.id] = float(points) / 100
    return given


def _groups(policy: ZonePolicy) -> dict[str, str]:
    st.markdown(f"**{say('screens.declare.groups')}**")
    given = {}
    for group in GROUPS:
        now = policy.choices[group].put if group in policy.choices else PUT[0]
        put = st.selectbox(
            word("use_group", group), PUT, index=PUT.index(now), key=f"put-{policy.id}-{group}",
            format_func=lambda one: say(f"screens.declare.{one}"),
        )  # fmt: skip
        if put != now:
            given[group] = str(put)
    return given


def _classes(policy: ZonePolicy) -> dict[str, str]:
    st.markdown(f"**{say('screens.declare.classes')}**")
    given = {}
    for choice, rows in contested().groupby("choice", sort=True):
        first = rows.iloc[0]
        options = [str(first["group"]), *(one for one in str(first["alternatives"]).split(";") if one in USE_GROUPS)]
        if len(options) == 1:
            continue
        now = policy.contested[str(choice)].group if str(choice) in policy.contested else options[0]
        codes = "、".join(dict.fromkeys(rows["code"]))
        group = st.selectbox(
            say("screens.declare.class", codes=codes, why=first["why"]), options, index=options.index(now),
            format_func=lambda one: word("use_group", one), key=f"class-{policy.id}-{choice}",
        )  # fmt: skip
        if group != now:
            given[str(choice)] = str(group)
    return given


def _write(policy: ZonePolicy, said: tuple[dict[str, Any], ...], new_id: str, title: str, text: str, by: str) -> None:
    tolerances, puts, moved = said
    if not (by and text and any(said)):
        st.error(say("screens.declare.lacks"))
        return
    day = date.today()  # noqa: DTZ011 - the day of signing
    filling = Filling(by=by, on=day, text=text, title=title)

    def saying(source: str) -> dict[str, Any]:
        softened = [
            {"id": rule, "tolerance": {"value": value, "by": by, "on": day, "text": text}}
            for rule, value in tolerances.items()
        ]
        grouped = {group: {"put": put, "source": source, "note": text} for group, put in puts.items()}
        classes = {name: {"group": to, "source": source, "note": text} for name, to in moved.items()}
        whole = {"rules": softened, "choices": grouped, "contested": classes}
        return {key: part for key, part in whole.items() if part}

    own_folder().mkdir(parents=True, exist_ok=True)
    try:
        path = declare(policy, filling, saying, new_id, own_folder())
    except PolicyError as error:
        for problem in error.problems:
            st.error(str(problem))
        return
    told = {"policy": policy.id, "tolerances": tolerances, "choices": puts, "contested": moved, "text": text}
    append(workspace(), who=by, kind="policy", subject=new_id, reason=text, said=told)
    st.success(say("screens.filling.written", file=path.name))
