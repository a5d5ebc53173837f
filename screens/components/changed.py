"""Draws what a trial would change: one sentence, then what differs, a table a kind."""

import streamlit as st

from casework.workspace import Run
from parcels.words import say
from reports.changes import ARROW, FAULTS, SECTIONS
from reports.standing import tool
from screens.components import sheet
from screens.components.trials import Frame, Trial

FIRMS = ("grade", "status", "score")


def draw(run: Run, trial: Trial) -> None:
    """Draw what the corrections of a trial would change; what does not change is one line."""
    told(run, trial)
    for name, section in SECTIONS.items():
        _table(name, trial.changes[name], section.columns)
    for name in ("settled", "new"):
        _table(name, trial.changes[name], FAULTS)
    still = [say(f"screens.changed.{name}") for name, rows in trial.changes.items() if rows.empty]
    if still:
        st.caption(say("screens.changed.same", names="、".join(still)))


def told(run: Run, trial: Trial) -> None:
    """Say how much would change and how much was worked out again."""
    firms = {f"firms_{name}": moved_in(trial.changes["firms"], name) for name in FIRMS}
    many = {**firms, **{name: len(rows) for name, rows in trial.changes.items() if name != "firms"}}
    said = [say(f"screens.changed.part.{name}", count=count) for name, count in many.items() if count]
    st.info(say("screens.changed.told", said="、".join(said), worked=trial.worked, steps=trial.steps))
    if run.manifest.get("tool") != tool():
        st.caption(say("screens.changed.other_tool"))


def moved_in(rows: Frame, column: str) -> int:
    """Return in how many rows of a section a column changes."""
    return int(rows[column].str.contains(ARROW, regex=False).sum()) if len(rows) else 0


def _table(name: str, rows: Frame, columns: tuple[str, ...]) -> None:
    if rows.empty:
        return
    st.markdown(f"**{say(f'screens.changed.{name}')}**　{say('screens.table.rows', rows=len(rows))}")
    there = [column for column in columns if column in rows and _tells(rows, column)]
    sheet.show(rows, there, f"changed-{name}", height=320)


def _tells(rows: Frame, column: str) -> bool:
    """Return whether a column says anything in this table: what is blank or unknown everywhere is left out."""
    return bool(rows[column].notna().any()) and set(rows[column].dropna().astype(str)) - {"", "—"} != set()
