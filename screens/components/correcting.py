"""Corrections on trial: what a cell should hold, by whom and why; what would change; kept as a new run."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from casework.corrections import Cell
from casework.workspace import Run, RunUnreadable
from parcels.columns import catalog
from parcels.words import entry, say
from reports.produce import IntakeRefused
from screens.components import changed, runs, trials, wrong_cell
from screens.components.trials import Fix, Trial

KEPT = "correct-kept"  # said once on the page of the run that was kept just now


def draw(run: Run, fault: Mapping[str, Any] | None) -> None:
    """Draw the whole way from a wrong cell to a new run; `fault` is the row of the fault list that was clicked."""
    st.subheader(say("screens.correct.title"))
    if (told := st.session_state.pop(KEPT, None)) is not None:
        st.session_state["correcting"] = False  # nobody waits for the new run's data to be read before it is asked for
        st.success(told)
    st.caption(say("screens.correct.how"))
    if not st.toggle(say("screens.correct.ask"), key="correcting"):
        return
    fixes: list[Fix] = st.session_state.setdefault(f"correct-fixes-{run.folder.name}", [])
    try:
        with st.spinner(say("screens.correct.opening")):
            outline = trials.outline(run)
            wrong_cell.take_from(run, fault)
        cell = wrong_cell.chosen(outline)
        if cell is not None:
            wrong_cell.stands(cell, trials.standing(run, cell))
            _form(run, cell, fixes)
        if fixes:
            _collected(fixes)
            _tried(run, fixes)
    except RunUnreadable as error:
        st.warning(str(error))


def _form(run: Run, cell: Cell, fixes: list[Fix]) -> None:
    """Draw what the cell should hold and who says so; what fits is collected, what does not is said and stays."""
    column, name = catalog()[cell.table][cell.column], "-".join(cell)
    with st.form(f"correct-{name}", border=False):
        unit = wrong_cell.unit_of(column)
        label = say("screens.correct.value_in", unit=unit) if unit else say("screens.correct.value")
        words = "、".join(dict.fromkeys(column.values.values()))
        left, middle, right = st.columns([2, 1, 1])
        value = left.text_input(
            label, key=f"correct-value-{run.folder.name}-{name}", placeholder=words or column.meaning
        )
        by = middle.text_input(say("screens.correct.by"), key="correct-by")
        day = right.date_input(say("screens.correct.on"), date.today(), format="YYYY-MM-DD", key="correct-on")  # noqa: DTZ011 - the day of signing
        reason = st.text_input(say("screens.correct.reason"), key="correct-reason")
        sent = st.form_submit_button(say("screens.correct.add"))
    if not sent:
        return
    fix = {**cell._asdict(), "value": value.strip(), "by": by.strip(), "on": str(day), "reason": reason.strip()}
    refused = trials.refusals(run, fix) if fix["by"] and fix["reason"] else [say("screens.correct.lacks")]
    for line in refused:
        st.error(line)
    if not refused:  # of several corrections of one cell the last counts
        fixes[:] = [one for one in fixes if cell != (one["table"], one["key"], one["column"])] + [fix]


def _collected(fixes: list[Fix]) -> None:
    """Draw the corrections collected, each of them removable."""
    st.markdown(f"**{say('screens.correct.collected', count=len(fixes))}**")
    for at, fix in enumerate(list(fixes)):
        left, right = st.columns([9, 1], vertical_alignment="center")
        left.text(_sentence(fix))
        if right.button(say("screens.correct.remove"), key=f"correct-remove-{at}"):
            fixes.remove(fix)
            st.rerun()


def _sentence(fix: Fix) -> str:
    column = catalog()[fix["table"]][fix["column"]]
    unit = wrong_cell.unit_of(column) if fix["value"][-1:].isdigit() else ""  # 3205元 says its unit itself
    value = f"{fix['value']} {unit}".strip() or say("screens.correct.unknown")
    return say(
        "screens.correct.one", **{**fix, "value": value, "column": column.name,
                                  "table": entry("parcels.table")[fix["table"]]},
    )  # fmt: skip


def _tried(run: Run, fixes: list[Fix]) -> None:
    """Draw the button, and below it what the corrections would change as long as they are the ones that were tried."""
    slot = f"correct-trial-{run.folder.name}"
    if st.button(say("screens.correct.go"), type="primary"):
        with st.spinner(say("screens.correct.working")):
            st.session_state[slot] = trials.corrected(run, tuple(fixes))
    trial: Trial | None = st.session_state.get(slot)
    if trial is None:
        return
    if list(trial.fixes) != fixes:
        st.warning(say("screens.correct.stale"))
        return
    for line in trial.refused:
        st.error(line)
    changed.draw(run, trial)
    if not trial.refused:
        _keep(run, trial)


def _keep(run: Run, trial: Trial) -> None:
    """Draw the name of the new run and the button that keeps it; the new run is the one shown then."""
    st.markdown(f"**{say('screens.correct.keep')}**")
    st.caption(say("screens.correct.keep_how", run=run.folder.name))
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    free = free_name(run.folder.name, set(runs.names()))
    name = left.text_input(say("screens.intake.name"), value=free, key=f"correct-name-{free}").strip()
    if not right.button(say("screens.correct.keep_go")):
        return
    with st.status(say("screens.correct.keeping")) as status:
        try:
            folder = trials.kept(run, trial.fixes, name)
        except IntakeRefused as refused:
            status.update(label=say("screens.intake.failed"), state="error")
            for line in refused.lines:
                st.error(line)
            return
    _log(run, trial, folder.name)
    for slot in ("fixes", "trial"):
        st.session_state.pop(f"correct-{slot}-{run.folder.name}")
    st.session_state[KEPT] = say("screens.correct.kept", name=folder.name, count=len(trial.fixes))
    st.query_params["run"] = folder.name
    st.rerun()


def free_name(name: str, taken: set[str]) -> str:
    """Return the first name of a corrected run that is not taken: zone-2025-c1, of zone-2025-c1 zone-2025-c2."""
    stem, _, number = name.rpartition("-c")
    stem = stem if stem and number.isdigit() else name
    return next(one for at in range(1, len(taken) + 2) if (one := f"{stem}-c{at}") not in taken)


def _log(run: Run, trial: Trial, name: str) -> None:
    from casework.store import append  # the database loads when something is written

    for fix in trial.fixes:
        said = {"from": run.folder.name, **fix}
        append(runs.workspace(), who=fix["by"], kind="correction", subject=name, reason=fix["reason"], said=said)
