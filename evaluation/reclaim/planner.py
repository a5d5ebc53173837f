"""连片 planner: what may be chosen, the groups it forms, the smallest set that frees land or lifts a zone's share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd
import shapely

from evaluation.policy.reclaim import Priority
from evaluation.reclaim import cluster, ledger, priority
from evaluation.reclaim.smallest import Aim, Plan, smallest_set
from gis import cells
from gis.measure import half_up, to_mu
from parcels.memory import remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
KINDS = ("idle", "low", "zombie")


@dataclass(frozen=True)
class Lift:
    """A plan that lifts a share: `before` and `after` as the zone's table reads it (lo), `need` 亩 of gain."""

    plan: Plan
    need: float
    before: float
    after: float | None
    words: str


def candidates(parcels: Frame, kinds: Sequence[str]) -> Frame:
    """Return the parcels listed for at least one of `kinds` (idle, low, zombie)."""
    tests = ledger.tests_of(parcels)
    wanted = pd.Series(False, index=parcels.index)
    for kind in kinds:
        wanted |= tests[kind]
    return parcels[wanted]


def grouped(parcels: gpd.GeoDataFrame, gap_m: float) -> Frame:
    """Return `parcels` with the cluster each lies in, contiguous across gaps of up to `gap_m` metres."""
    shapes = gpd.GeoSeries(parcels["geometry"], crs=parcels.crs)
    return parcels.assign(cluster=cluster.clusters(parcels["parcel_id"], shapes, gap_m))


@remembered()
def groups(parcels: Frame, ease: Priority | None) -> Frame:
    """Return one row a cluster: cluster.summary, and ease (points of the policy's table) with its rank and parts."""
    table = cluster.summary(parcels)
    if ease is None or table.empty:
        return table
    earned = priority.points(table, ease)
    names = {"priority": "ease", "priority_rank": "ease_rank", "priority_gaps": "ease_gaps"}
    return table.join(earned.rename(columns={**names, **{f"points_{w.id}": f"ease_{w.id}" for w in ease.weights}}))


def lift(
    parcels: gpd.GeoDataFrame, share: Mapping[str, Any], counted: gpd.GeoDataFrame, aim: Aim = "parcels", **options: Any
) -> Lift:
    """Return the smallest set of `parcels` that, taken back and used for what the rule counts, lifts a share.

    `share` is a row of zones.csv, `counted` the counted rows of the same zone, rule, reading and basis. Ground in the
    rest of the base or unmapped gains its 亩; ground left out enters numerator and base alike and gains (1 − t) of
    it; ground already counted gains nothing. Needed is t·(D + U) − N, so that even the lower bound reads t.
    """
    t, n, d, u = (float(share[name]) for name in ("required", "numerator_mu", "denominator_mu", "unmapped_mu"))
    need = max(half_up(t * (d + u) - n, DECIMALS), 0.0)
    before = half_up(n / (d + u), DECIMALS)
    gains = gained(parcels, counted, t)
    table = pd.DataFrame(parcels.drop(columns="geometry")).join(gains)
    plan = smallest_set(table, need, aim, land="gain_mu", **options)
    words = {"share": share["label"] if "label" in share else share["rule"], "need": f"{need:.4f}", "before": before}
    if plan.status == "infeasible":
        best = float(half_up(gains["gain_mu"].sum(), DECIMALS))
        return Lift(plan, need, before, None, say("reclaim.lift.infeasible", **words, best=f"{best:.4f}"))
    after = _after(plan, parcels, counted, t, (n, d + u))
    said = {"parcels": len(plan.parcels), "mu": f"{plan.mu:.4f}", "after": after}
    key = plan.status if after >= t else "overlap"
    return Lift(plan, need, before, after, say(f"reclaim.lift.{key}", **words, **said))


def _after(
    plan: Plan, parcels: gpd.GeoDataFrame, counted: gpd.GeoDataFrame, t: float, share: tuple[float, float]
) -> float:
    """Return the share with the chosen ground, united first, so that parcels drawn over each other count once."""
    chosen = parcels[parcels["parcel_id"].isin(plan.parcels["parcel_id"]) & parcels["geometry"].notna()]
    whole = gpd.GeoDataFrame(geometry=[shapely.union_all(chosen["geometry"].to_numpy())], crs=parcels.crs)
    got = gained(whole, counted, t).iloc[0]
    return float(half_up((share[0] + got["reused_mu"]) / (share[1] + got["enters_mu"]), DECIMALS))


def gained(parcels: gpd.GeoDataFrame, counted: gpd.GeoDataFrame, required: float) -> Frame:
    """Return reused_mu (ground not yet counted), enters_mu (of it, new to the base), gain_mu; index of `parcels`."""
    empty = pd.Series(0.0, index=parcels.index)
    by_role = {role: empty.copy() for role in ("denominator", "unmapped", "excluded")}
    drawn = parcels[parcels["geometry"].notna()]
    for role, mu in by_role.items():
        land = counted[counted["role"].eq(role) & counted["geometry"].notna()]
        if drawn.empty or land.empty:
            continue
        a = gpd.GeoSeries(drawn["geometry"].to_list(), crs=parcels.crs)
        b = gpd.GeoSeries(land["geometry"].to_list(), crs=parcels.crs)
        each = cells.areas(a, b).groupby("a")["area_m2"].sum()
        mu.loc[drawn.index[each.index]] = to_mu(each).to_numpy()
    inside = by_role["denominator"] + by_role["unmapped"]
    return pd.DataFrame({
        "reused_mu": half_up(inside + by_role["excluded"], DECIMALS),
        "enters_mu": half_up(by_role["excluded"], DECIMALS),
        "gain_mu": half_up(inside + (1 - required) * by_role["excluded"], DECIMALS),
    })
