"""The card of one parcel: papers to print, its clock, the ways out with reasons, and the tree behind the verdict."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from casework.workspace import Run
from evaluation.policy.reclaim import IdlePolicy
from parcels.words import say
from reports.card import figure
from reports.notices import parcel_row, text
from reports.paper import MIME
from reports.papers import PAPERS, offered
from reports.reclaim_sheets import with_holder
from screens.components import sheet, tree
from screens.components.export import Exported, offer

CLOCK = ("order", "deed", "actor", "step_state", "starts", "due", "document", "note", "source_status")
WAYS = ("way", "path_state", "why", "source", "source_status")


def card(run: Run, parcel_id: str) -> None:
    """Draw the card of a parcel of a run."""
    row = parcel_row(run.verdicts, parcel_id)
    _papers(run, parcel_id)
    if text(row.get("priority")):
        _points(run, row)
    for name, columns, renamed in (
        ("clock", CLOCK, {"step_state": "state", "deed": "label"}),
        ("paths", WAYS, {"path_state": "state", "way": "label"}),
    ):
        table = with_holder(run.verdicts.sleeping.get(name), run.verdicts, **renamed)
        own = table[table["parcel_id"].astype(str).eq(parcel_id)] if len(table) else table
        if len(own):
            st.markdown(f"**{say(f'screens.reclaim.{name}')}**")
            sheet.show(own, columns, f"{name}-{parcel_id}", height=38 * (len(own) + 1) + 2)
    if text(row["outcome"]) == "fail":
        st.caption(f"{say('reclaim.clock.mortgage')}；{say('reclaim.clock.seizure')}")
    tree.explained(run, "parcel", parcel_id)


def _points(run: Run, row: Mapping[str, Any]) -> None:
    """Draw the order of work of a listed parcel: rank, sum, and every ingredient out of its full mark."""
    rule = next((one for one in run.policies if isinstance(one, IdlePolicy) and one.priority), None)
    if rule is None or rule.priority is None:
        return
    parts = [
        say("screens.reclaim.point", label=one.label, points=figure(row[f"points_{one.id}"]), full=figure(one.points))
        for one in rule.priority.weights
    ]
    rank, total = int(row["priority_rank"]), figure(row["priority"])
    gaps = text(row.get("priority_gaps"))
    st.caption(say("screens.reclaim.priority", rank=rank, total=total, parts="、".join(parts)))
    st.caption(f"{rule.priority.declared}{'。' + say('screens.reclaim.gaps', gaps=gaps) if gaps else ''}")


def _papers(run: Run, parcel_id: str) -> None:
    """Offer the field sheet, and the two drafts where there are signs of idleness."""
    kinds = offered(run.verdicts, run.policies, parcel_id)
    for place, kind in zip(st.columns(len(kinds)), kinds, strict=True):
        title = say(f"notices.kind.{kind}")
        label = title if kind == "visit" else say("screens.reclaim.draft", title=title)
        told = Exported(run.folder.name, f"{title}-{parcel_id}.docx", 1, parcel_id)
        offer(place, label, partial(PAPERS[kind], run.verdicts, run.policies, parcel_id), MIME, told)
