"""The planner's question asked of a run, and its answer in words, rows and data: one for the screen and the door."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from evaluation.policy.model import Policy
from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import planner
from evaluation.reclaim.smallest import Aim, smallest_set
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

SHARE = ("zone_id", "rule", "reading", "basis")
ROW = ("parcel_id", "holder", "area_mu", "gain_mu", "cluster", "idle", "stage", "legal_step", "reason")
SECONDS = 10.0
SHOWN = 5  # names an error offers


class NotPlanned(Exception):
    """There is nothing to plan with; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Ask:
    """What is asked: 亩 to free, or a share (zone/rule/reading@basis) to lift, from which sleeping land."""

    mu: float | None = None
    share: str | None = None
    kinds: tuple[str, ...] = ("idle",)
    zone: str = ""
    gap_m: float | None = None
    owners: bool = False
    together: bool = False


@dataclass(frozen=True)
class Answer:
    """What was found: a sentence, whether it suffices, and the chosen parcels (gain_mu where a share is lifted)."""

    words: str
    found: bool
    parcels: Frame

    def lines(self) -> Iterator[str]:
        """Yield the answer for a person: the sentence, then a line a parcel."""
        yield self.words
        for row in self.parcels.to_dict("records"):
            mu, cluster = f"{row['area_mu']:.4f}", "—" if pd.isna(row["cluster"]) else row["cluster"]
            holder = row["holder"] if isinstance(row["holder"], str) else "—"
            yield say(
                "cli.plan.row", parcel=row["parcel_id"], holder=holder, mu=mu, cluster=cluster, reason=row["reason"]
            )

    def data(self) -> dict[str, Any]:
        """Return the answer for a script."""
        rows = self.parcels[[name for name in ROW if name in self.parcels]]
        plain = rows.astype(object).where(rows.notna(), None)
        return {"words": self.words, "found": self.found, "parcels": plain.to_dict("records")}


def land_of(verdicts: Verdicts, policies: Sequence[Policy], ask: Ask) -> gpd.GeoDataFrame:
    """Return the sleeping parcels that may be chosen, each with its cluster; raises NotPlanned."""
    parcels = verdicts.parcels
    if "geometry" not in parcels or verdicts.crs is None or "listed" not in parcels:
        raise NotPlanned(say("cli.plan.no_shapes"))
    if unknown := set(ask.kinds) - set(planner.KINDS):
        raise NotPlanned(say("cli.plan.bad_kind", kind="、".join(unknown), known="、".join(planner.KINDS)))
    here = parcels[parcels["zone_id"].astype(str).eq(ask.zone)] if ask.zone else parcels
    land = planner.candidates(gpd.GeoDataFrame(here, geometry="geometry", crs=verdicts.crs), ask.kinds)
    if land.empty:
        raise NotPlanned(say("cli.plan.none"))
    rule = next((one for one in policies if isinstance(one, IdlePolicy)), None)
    stated = rule.cluster_gap_m if rule is not None else 0.0
    return planner.grouped(land, stated if ask.gap_m is None else ask.gap_m)


def planned(verdicts: Verdicts, land: gpd.GeoDataFrame, ask: Ask) -> Answer:
    """Return the smallest set of `land` for what is asked; raises NotPlanned where neither or both are asked."""
    if (ask.mu is None) == (ask.share is None):
        raise NotPlanned(say("cli.plan.one"))
    aim: Aim = "owners" if ask.owners else "parcels"
    options: dict[str, Any] = {"one_cluster": ask.together, "seconds": SECONDS}
    if ask.mu is not None:
        plan = smallest_set(pd.DataFrame(land), ask.mu, aim, **options)
        return Answer(plan.words, plan.status != "infeasible", _rows(land, plan.parcels))
    row = share_row(verdicts, str(ask.share))
    counted = verdicts.counted
    same = (counted[list(SHARE)] == row[list(SHARE)]).all(axis=1)
    own = land[land["zone_id"].eq(row["zone_id"])]
    lifted = planner.lift(own, dict(row), counted[same], aim, **options)
    enough = lifted.after is not None and lifted.after >= float(row["required"])
    return Answer(lifted.words, enough, _rows(land, lifted.plan.parcels))


def short_shares(verdicts: Verdicts) -> Frame:
    """Return the shares that fail on one reading, the smallest lack first."""
    zones = verdicts.zones
    rows = zones[zones["outcome"].eq("fail") & zones["reading"].ne("all") & zones["short_mu"].gt(0)]
    return rows.sort_values(["short_mu", "zone_id"]).reset_index(drop=True)


def share_name(row: pd.Series) -> str:
    """Return the name of a share as it is asked for: zone/rule/reading@basis."""
    return str(_names(row.to_frame().T).iloc[0])


def share_row(verdicts: Verdicts, name: str) -> pd.Series:
    """Return the row of zones.csv a share's name means; raises NotPlanned with some names that fail."""
    zones = verdicts.zones[verdicts.zones["reading"].ne("all")]
    found = zones[_names(zones).eq(name)]
    if len(found):
        return found.iloc[0]
    known = "、".join(_names(short_shares(verdicts).head(SHOWN)))
    raise NotPlanned(say("cli.plan.bad_share", share=name, known=known or say("screens.plan.no_share")))


def _names(zones: Frame) -> pd.Series:
    return zones["zone_id"] + "/" + zones["rule"] + "/" + zones["reading"] + "@" + zones["basis"]


def _rows(land: gpd.GeoDataFrame, chosen: Frame) -> Frame:
    gains = chosen[["parcel_id", *chosen.columns.intersection(["gain_mu"])]]
    return land.merge(gains, on="parcel_id", validate="one_to_one")
