"""Which parcels or polygons would have to change for a leaf to be met: the largest first, named as delivered."""

from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

import pandas as pd

from evaluation.expansion import evidence
from evaluation.expansion.scene import Scene, plain
from evaluation.policy.expansion import Leaf
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
MOST = 5
IDLE = ("clause1", "clause2")
UNBUILT = ("未动工", "在建", "停工")
BUILT_LEAVES = ("built_rate", "built_of_approved", "built_of_developable")
GROUND_LEAVES = ("forbidden_mu", "restricted_mu", "unapproved_mu", "use_as_planned", "boundary_of_approved")


def which(scene: Scene, leaf: Leaf) -> dict[str, str]:
    """Return by zone the parcels or polygons a cure would touch, largest first and at most five; none where none."""
    if leaf.id.startswith("idle"):
        return _parcels(scene, "idle", IDLE)
    if leaf.id in BUILT_LEAVES:
        return _parcels(scene, "construction_state", UNBUILT)
    return _ground(evidence.of(scene, leaf)) if leaf.id in GROUND_LEAVES else {}


def _parcels(scene: Scene, column: str, states: tuple[str, ...]) -> dict[str, str]:
    known = scene.reclaim
    if known is None or known.empty:
        return {}
    table = scene.book.tables.get("parcels")
    if column not in known and table is not None and column in table:
        known = known.merge(table[["parcel_id", column]], on="parcel_id", how="left", validate="one_to_one")
    if column not in known:
        return {}
    rows = known.loc[known[column].isin(states), ["zone_id", "parcel_id", "area_mu"]]
    return _told(rows.sort_values(["area_mu", "parcel_id"], ascending=[False, True]), _parcel)


def _parcel(row: dict[Hashable, Any]) -> str:
    return say("zone.which.parcel", id=row["parcel_id"], mu=plain(row["area_mu"]))


def _ground(rows: Frame) -> dict[str, str]:
    if rows.empty:
        return {}
    whole = rows[["zone_id", "area_mu", "row", "name", "what"]]
    return _told(whole.sort_values(["area_mu", "row"], ascending=[False, True]), _piece)


def _piece(row: dict[Hashable, Any]) -> str:
    name, mu = str(row["name"] or row["what"]), plain(row["area_mu"])
    if pd.isna(row["row"]):
        return say("zone.which.parcel", id=name, mu=mu)
    return say("zone.which.ground", name=name, row=int(row["row"]), mu=mu)


def _told(rows: Frame, named: Callable[[dict[Hashable, Any]], str]) -> dict[str, str]:
    """Return by zone the first of its rows by name, and how many there are if more."""
    first: dict[str, list[str]] = {}
    for row in rows.groupby("zone_id").head(MOST).to_dict("records"):
        first.setdefault(row["zone_id"], []).append(named(row))
    count = rows["zone_id"].value_counts()
    more = {zone: say("zone.which.more", count=count[zone]) if count[zone] > MOST else "" for zone in first}
    return {zone: "、".join(names) + more[zone] for zone, names in first.items()}
