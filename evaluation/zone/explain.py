"""The tree behind a zone's shares: rule, basis, reading, classes, with 亩, m² and the rule's own words."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation.finding import Node
from evaluation.policy.model import Policy, citation
from evaluation.policy.zone import ShareRule, ZonePolicy
from evaluation.zone.measured import ZoneResult
from evaluation.zone.notes import mu, percent
from evaluation.zone.readings import ROLES, Land, Reading, regrouped, roles
from evaluation.zone.share import choices_of, contested_of, readings_of, states_of
from gis.measure import half_up, to_mu
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame


def explain_zone(
    policies: Sequence[Policy], result: ZoneResult, zone_id: str, rule: str | None = None, reading: str | None = None
) -> Node:
    """Return the tree behind a zone's rows: a node a rule, below it a basis, a reading, its roles and their classes."""
    known = result.ground.zones[result.ground.zones["zone_id"] == zone_id]
    if known.empty:
        raise KeyError(zone_id)
    rows = result.zones[result.zones["zone_id"] == zone_id]
    own = [(p, r) for p in policies if isinstance(p, ZonePolicy) for r in p.rules if rule in {None, r.id}]
    children = tuple(_rule(policy, share, result, rows, reading) for policy, share in own)
    years = (_intensity(result, zone_id),) if rule is None else ()
    return Node(say("zone.explain.zone", name=known["name"].iloc[0]), value=zone_id, children=(*children, *years))


def _intensity(result: ZoneResult, zone_id: str) -> Node:
    rows = result.intensity[result.intensity["zone_id"] == zone_id]
    children = tuple(
        Node(row["label"], row["note"], None if pd.isna(row["value"]) else row["value"], row["unit"])
        for row in rows.to_dict("records")
    )
    kind = rows["type"].iloc[0] if len(rows) and pd.notna(rows["type"].iloc[0]) else say("zone.explain.no_type")
    return Node(say("zone.explain.intensity"), say("zone.explain.type", kind=kind), children=children)


def _rule(policy: ZonePolicy, rule: ShareRule, result: ZoneResult, rows: Frame, only: str | None) -> Node:
    mine = rows[(rows["policy"] == policy.id) & (rows["rule"] == rule.id)]
    required = float(mine["required"].iloc[0])
    known = required == required  # noqa: PLR0124 - NaN is not itself
    key = "zone.explain.rule" if known else "zone.explain.rule_blank"
    label = say(key, label=rule.label or rule.id, required=percent(required) if known else "")
    source = rule.source or (rule.at_least[-1].source if rule.at_least else None)
    children = tuple(_basis(policy, rule, result, part, only) for _, part in mine.groupby("basis", sort=True))
    return Node(
        label, str(mine["words"].iloc[0]), required if known else None, "比",
        source=citation(policy, source), rule=rule.id, children=children,
    )  # fmt: skip


def _basis(policy: ZonePolicy, rule: ShareRule, result: ZoneResult, rows: Frame, only: str | None) -> Node:
    basis = str(rows["basis"].iloc[0])
    together = rows[rows["reading"] == "all"].iloc[0]
    said = {reading.id: reading for reading in readings_of(rule) if only in {None, reading.id}}
    each = rows[rows["reading"].isin(list(said))]
    children = tuple(_reading(policy, said[row["reading"]], result, row) for row in each.to_dict("records"))
    label = say("zone.explain.basis", basis=word("basis", basis))
    return Node(label, str(together["note"]), outcome=str(together["outcome"]), children=children)


def _reading(policy: ZonePolicy, reading: Reading, result: ZoneResult, row: dict[Any, Any]) -> Node:
    measured = float(row["measured"])
    known = measured == measured  # noqa: PLR0124 - NaN is not itself
    name = f"{reading.id}（{_sense(reading)}）"
    if known:
        shares = {"n": mu(row["numerator_mu"]), "d": mu(row["denominator_mu"]), "share": percent(measured)}
        label = say("zone.explain.reading", reading=name, **shares)
    else:
        label = say("zone.explain.reading_blank", reading=name)
    children = _roles(policy, reading, result, row) if known else ()
    return Node(label, str(row["note"]), measured if known else None, "比", str(row["outcome"]), children=children)


def _sense(reading: Reading) -> str:
    parts = [("numerator", reading.numerator), ("base", reading.base), ("leave_out", reading.leave_out)]
    return "；".join(say(f"zone.explain.{group}.{code}") for group, code in parts)


def _roles(policy: ZonePolicy, reading: Reading, result: ZoneResult, row: dict[Any, Any]) -> tuple[Node, ...]:
    land = result.land
    here = (land["zone_id"] == row["zone_id"]) & (land["extent"] == reading.extent) & (land["basis"] == row["basis"])
    classes = regrouped(pd.DataFrame(land[here].drop(columns="geometry")), contested_of(policy))
    role = np.array(ROLES)[roles(Land.of(classes), reading, choices_of(policy), states_of(policy))]
    classes = classes.assign(role=role)
    return tuple(_role(role, classes[classes["role"] == role]) for role in ROLES if (classes["role"] == role).any())


def _role(role: str, classes: Frame) -> Node:
    m2 = float(classes["area_m2"].sum())
    area = half_up(to_mu(m2), 4)
    label = say(
        "zone.explain.role",
        role=word("role", role),
        mu=mu(area),
        m2=mu(half_up(m2, 2)),
        pieces=int(classes["pieces"].sum()),
    )
    ordered = classes.sort_values("area_m2", ascending=False)
    return Node(label, value=area, unit="亩", children=tuple(_class(row) for row in ordered.to_dict("records")))


def _class(row: dict[Any, Any]) -> Node:
    area = half_up(to_mu(float(row["area_m2"])), 4)
    code, name = (str(row[key]) if pd.notna(row[key]) else "" for key in ("code", "name"))
    group = word("use_group", row["use_group"])
    label = say("zone.explain.class", code=code, name=name, group=group, mu=mu(area), pieces=row["pieces"])
    return Node(label.strip(), value=area, unit="亩")
