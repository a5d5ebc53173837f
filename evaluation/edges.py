"""What a bureau looks at before it publishes: firms at a cut, exact ties, what each class means, each firm's status."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from evaluation.distance import CLIFF_COLUMNS, TIE_COLUMNS, cliffs, ties
from evaluation.finding import blank
from evaluation.grading import GradingResult
from evaluation.grading.consequences import CONSEQUENCE_COLUMNS
from evaluation.grading.happened import told
from evaluation.policy.values import VALUE_COLUMNS, values
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame
STANDING_COLUMNS = (
    "uscc",
    "name",
    "policy",
    "standing",
    "grade",
    "counted_in_n",
    "treated_as",
    "start",
    "end",
    "reason",
)
WITHIN_PER_CENT = 2.0
DECIMALS = 4


def edges(graded: Sequence[GradingResult], per_cent: float = WITHIN_PER_CENT) -> Mapping[str, Frame]:
    """Return cliffs, ties, consequences, standings and the stated values of every grading, as printed (4 decimals)."""
    found = {
        "cliffs": (CLIFF_COLUMNS, [cliffs(one, per_cent).assign(policy=one.policy.id) for one in graded]),
        "ties": (TIE_COLUMNS, [ties(one).assign(policy=one.policy.id) for one in graded]),
        "consequences": (CONSEQUENCE_COLUMNS, [one.consequences for one in graded]),
        "standings": (STANDING_COLUMNS, [standings(one) for one in graded]),
        "values": (VALUE_COLUMNS, [values(one.policy) for one in graded]),
    }
    return {name: _printed(columns, frames) for name, (columns, frames) in found.items()}


def standings(result: GradingResult) -> Frame:
    """Return one row a firm that stands outside the classes: by which status, with what effect, who marked it, when."""
    members = result.members[result.members["standing"].ge(0)]
    rows = []
    for uscc, row in members.to_dict("index").items():
        piece = result.policy.statuses[int(row["standing"])]
        mine = result.happened[result.happened["uscc"] == uscc].to_dict("records")
        dates = [event["start"] for event in mine if not pd.isna(event["start"])]
        ends = [event["end"] for event in mine if not pd.isna(event["end"])]
        rows.append({
            "uscc": uscc, "name": result.frame.at[uscc, "name"], "policy": result.policy.id, "standing": piece.label,
            "grade": row["grade"], "counted_in_n": piece.counted_in_n, "treated_as": row["treated_as"],
            "start": min(dates, default=None), "end": max(ends, default=None),
            "reason": "；".join(words for event in mine if (words := told(event))) or None,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(STANDING_COLUMNS))


def _printed(columns: tuple[str, ...], frames: Sequence[Frame]) -> Frame:
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return blank(tuple(dict.fromkeys([*columns, "policy"])))
    frame = pd.concat(filled, ignore_index=True)
    numbers = {name: half_up(frame[name], DECIMALS) for name in frame if pd.api.types.is_float_dtype(frame[name].dtype)}
    return frame.assign(**numbers)
