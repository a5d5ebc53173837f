"""The tree behind a zone's docket: policy, condition, leaf, with evidence, words, source and cure."""

from collections.abc import Sequence
from typing import TypeAlias

import pandas as pd

from evaluation.expansion.docket import Docket
from evaluation.finding import Node
from evaluation.policy.expansion import OVERALL, ExpansionPolicy
from evaluation.policy.model import Policy, citation
from parcels.words import say

Frame: TypeAlias = pd.DataFrame


def explain_expansion(policies: Sequence[Policy], docket: Docket, zone_id: str, policy: str | None = None) -> Node:
    """Return the tree of a zone's docket under every expansion policy (or the one named): condition, then leaves."""
    rows = docket.expansion[docket.expansion["zone_id"] == zone_id]
    if rows.empty and len(docket.expansion):
        raise KeyError(zone_id)
    own = [one for one in policies if isinstance(one, ExpansionPolicy) and policy in {None, one.id}]
    children = tuple(_policy(one, rows[rows["policy"] == one.id], docket.leaves) for one in own)
    return Node(say("zone.explain.docket"), value=zone_id, children=children)


def _policy(policy: ExpansionPolicy, rows: Frame, leaves: Frame) -> Node:
    whole = rows[rows["condition"] == OVERALL].iloc[0]
    each = rows[rows["condition"] != OVERALL]
    children = tuple(_condition(policy, row, leaves) for row in each.to_dict("records"))
    return Node(
        policy.label,
        str(whole["note"]),
        outcome=str(whole["outcome"]),
        rule=f"{policy.id}/{OVERALL}",
        children=children,
    )


def _condition(policy: ExpansionPolicy, row: dict[str, object], leaves: Frame) -> Node:
    name = str(row["condition"])
    condition = next((part for key, part in policy.conditions.items() if key == name), None)
    here = (leaves["zone_id"] == row["zone_id"]) & (leaves["policy"] == policy.id) & (leaves["condition"] == name)
    children = tuple(
        _leaf(leaf) for leaf in leaves[here & (leaves["leaf"] != "appraisal")].to_dict("records") if leaf["leaf"]
    )
    words = "；".join(part for part in (str(row["words"]), str(row["note"])) if part)
    return Node(
        str(row["label"]), words, _number(row["measured"]), str(row["unit"]), str(row["outcome"]),
        source=citation(policy, condition.source) if condition else None, rule=f"{policy.id}/{name}", children=children,
    )  # fmt: skip


def _leaf(leaf: dict[str, object]) -> Node:
    words = "；".join(part for part in (str(leaf["note"]), str(leaf["cure"])) if part)
    outcome = "" if leaf["context"] else str(leaf["outcome"])
    return Node(say(f"zone.measure.{leaf['leaf']}"), words, _number(leaf["measured"]), str(leaf["unit"]), outcome)


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(str(value))
