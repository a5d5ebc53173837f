"""A trial of a grading policy: some of its numbers moved, which firms change class; a trial and never a finding."""

from collections.abc import Mapping

import streamlit as st

from casework.levers import GROUPS, Lever, levers, moved
from casework.workspace import Run, RunUnreadable, asked
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.read import PolicyError, Where
from parcels.words import say
from reports.changes import ARROW, SECTIONS
from screens.components import sheet, trials
from screens.components.trials import Trial

ACROSS = 4  # numbers beside one another


def draw(run: Run) -> None:
    """Draw the numbers of a grading policy of the run, each movable, and what moving them would do."""
    own = {one.id: one for one in run.policies if isinstance(one, GradingPolicy)}
    if not own:
        return
    with st.expander(say("screens.moving.title")):
        st.caption(say("screens.moving.how"))
        picked = str(next(iter(own)))
        if len(own) > 1:
            picked = str(
                st.selectbox(
                    say("screens.filling.policy"),
                    list(own),
                    format_func=lambda key: own[key].label,
                    key="moving-policy",
                )
            )
        _policy(run, own[picked])


def _policy(run: Run, policy: GradingPolicy) -> None:
    _, as_of = asked(run.manifest)
    known = levers(policy, as_of)
    slot = f"moving-{run.folder.name}-{policy.id}"
    with st.form(slot, border=False):
        given = {lever.where: value for group in GROUPS for lever, value in _group(slot, group, known)}
        sent = st.form_submit_button(say("screens.correct.go"), type="primary")
    values = {lever.where: given[lever.where] for lever in known if given[lever.where] != lever.value}
    tried = f"{slot}-trial"
    if sent:
        st.session_state.pop(tried, None)
        _try(run, policy, values, tried)
    if tried in st.session_state:
        said, trial = st.session_state[tried]
        _told(known, said, trial)


def _group(slot: str, group: str, known: list[Lever]) -> list[tuple[Lever, float]]:
    """Draw the numbers of one kind side by side; return each with what stands there now."""
    mine = [lever for lever in known if lever.group == group]
    if not mine:
        return []
    st.markdown(f"**{say(f'screens.moving.{group}')}**")
    places = [place for _ in range(0, len(mine), ACROSS) for place in st.columns(ACROSS)]
    return [(lever, _number(slot, lever, place)) for lever, place in zip(mine, places, strict=False)]


def _number(slot: str, lever: Lever, place: st.delta_generator.DeltaGenerator) -> float:
    value = place.number_input(
        lever.label, min_value=lever.least, max_value=lever.most, value=lever.value, format="%g",
        step=1.0 if lever.value.is_integer() and lever.most != 1 else 0.01,
        key=f"{slot}-{'.'.join(map(str, lever.where))}",
    )  # fmt: skip
    return float(value)


def _try(run: Run, policy: GradingPolicy, values: Mapping[Where, float], slot: str) -> None:
    """Evaluate the moved policy; what makes it unsound is said in the policy's own words."""
    if not values:
        st.info(say("screens.moving.nothing"))
        return
    try:
        tried = moved(policy, values, asked(run.manifest)[1])
        with st.spinner(say("screens.moving.working")):
            st.session_state[slot] = values, trials.moved(run, tried)
    except PolicyError as error:
        for problem in error.problems:
            st.error(say("screens.moving.refused", why=problem.message))
    except RunUnreadable as error:
        st.warning(str(error))


def _told(known: list[Lever], values: Mapping[Where, float], trial: Trial) -> None:
    firms = trial.changes["firms"]
    classed = firms[firms["grade"].str.contains(ARROW, regex=False)] if len(firms) else firms
    said = "；".join(
        f"{lever.label} {lever.value:g}{ARROW}{values[lever.where]:g}" for lever in known if lever.where in values
    )
    told = {"said": said, "classed": len(classed), "scored": len(firms), "worked": trial.worked, "steps": trial.steps}
    st.warning(say("screens.moving.told", **told))
    titles = {name: say(f"screens.moving.column.{name}") for name in trial.classes.columns}
    st.dataframe(trial.classes.rename(columns=titles), hide_index=True, key="moving-classes", width="content")
    if len(classed):
        sheet.show(classed, SECTIONS["firms"].columns, "moving-firms", height=320)
