"""Which parcels or polygons would have to change for a leaf to be met: the largest first, named as delivered."""

from typing import TypeAlias

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


def which(scene: Scene, leaf: Leaf, zone_id: str) -> str:
    """Return the parcels or polygons of a zone a cure would touch, largest first and at most five; empty where none."""
    if leaf.id.startswith("idle"):
        return _parcels(scene, zone_id, "idle", IDLE)
    if leaf.id in BUILT_LEAVES:
        return _parcels(scene, zone_id, "construction_state", UNBUILT)
    return _ground(evidence.of(scene, leaf), zone_id) if leaf.id in GROUND_LEAVES else ""


def _parcels(scene: Scene, zone_id: str, column: str, states: tuple[str, ...]) -> str:
    known = scene.reclaim
    if known is None or known.empty:
        return ""
    table = scene.book.tables.get("parcels")
    if column not in known and table is not None and column in table:
        known = known.merge(table[["parcel_id", column]], on="parcel_id", how="left", validate="one_to_one")
    if column not in known:
        return ""
    rows = known[(known["zone_id"] == zone_id) & known[column].isin(states)]
    rows = rows.sort_values(["area_mu", "parcel_id"], ascending=[False, True])
    named = [
        say("zone.which.parcel", id=one, mu=plain(mu))
        for one, mu in zip(rows["parcel_id"].head(MOST), rows["area_mu"].head(MOST), strict=True)
    ]
    return _told(named, len(rows))


def _ground(rows: Frame, zone_id: str) -> str:
    if rows.empty:
        return ""
    mine = rows[rows["zone_id"] == zone_id].sort_values(["area_mu", "row"], ascending=[False, True])
    named = [
        say("zone.which.ground", name=str(row["name"] or row["what"]), row=int(row["row"]), mu=plain(row["area_mu"]))
        if pd.notna(row["row"])
        else say("zone.which.parcel", id=str(row["name"] or row["what"]), mu=plain(row["area_mu"]))
        for row in mine.head(MOST).to_dict("records")
    ]
    return _told(named, len(mine))


def _told(named: list[str], count: int) -> str:
    more = say("zone.which.more", count=count) if count > len(named) else ""
    return "、".join(named) + more if named else ""
