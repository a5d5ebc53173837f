"""连片: contiguous sleeping land, and the smallest set of parcels that frees a stated 亩 (exact, time-bounded)."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from gis.measure import half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
Aim: TypeAlias = Literal["parcels", "owners"]

DECIMALS = 4
SHOWN = 1e-4  # 亩: the last decimal shown
NO_SOLUTION, OUT_OF_TIME = 2, 1  # scipy.optimize.milp's status


def clusters(parcel_id: pd.Series, shapes: gpd.GeoSeries, gap_m: float) -> pd.Series:
    """Return the cluster number (from 1, by the first parcel in it) of each parcel; blank where it has no drawing.

    Two parcels are contiguous if no more than `gap_m` metres lie between them, whatever lies there: the width of the
    roads that may be crossed is the caller's, stated in the policy. Distances are planar in the layer's own CRS.
    """
    drawn = is_drawn(shapes)
    number = np.full(len(parcel_id), np.nan)
    if drawn.any():
        plane = shapes[drawn]
        plane = plane.to_crs(plane.estimate_utm_crs()) if plane.crs is not None and plane.crs.is_geographic else plane
        tree = shapely.STRtree(plane.to_numpy())
        a, b = tree.query(plane.to_numpy(), predicate="dwithin", distance=gap_m)
        graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(plane), len(plane)))
        number[drawn] = _by_first(connected_components(graph, directed=False)[1])
    return pd.Series(number, index=parcel_id.index, name="cluster").astype("Int64")


def is_drawn(shapes: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Return which rows have a shape with some extent."""
    each = shapes.to_numpy()
    found: npt.NDArray[np.bool_] = ~(shapely.is_missing(each) | shapely.is_empty(each))
    return found


def summary(listed: Frame) -> Frame:
    """Return one row a cluster: parcels, mu (blank if one is), owners, suspected (their 亩), parcel_ids; largest first.

    `listed` has parcel_id, cluster, area_mu, holder_uscc, holder, stage.
    """
    rows = listed[listed["cluster"].notna()]
    owner = rows["holder_uscc"].fillna(rows["holder"]).fillna(rows["parcel_id"])
    sure = rows["area_mu"].where(rows["stage"].eq("suspected"), 0.0)
    by = rows.assign(owner=owner, sure=sure).sort_values("parcel_id").groupby("cluster")
    table = pd.DataFrame({
        "parcels": by.size(),
        "mu": half_up(by["area_mu"].agg(lambda part: part.sum(skipna=False)), DECIMALS),
        "owners": by["owner"].nunique(),
        "suspected_mu": half_up(by["sure"].sum(), DECIMALS),
        "parcel_ids": by["parcel_id"].agg(";".join),
    })
    return table.sort_values(["mu", "parcels"], ascending=False).reset_index()


@dataclass(frozen=True)
class Plan:
    """A set of parcels that frees at least the land asked for, and how sure it is that none is smaller."""

    parcels: Frame
    mu: float
    status: Literal["optimal", "time", "infeasible"]
    words: str


def smallest_set(
    listed: Frame, mu: float, aim: Aim = "parcels", *, one_cluster: bool = False, seconds: float = 10.0
) -> Plan:
    """Return the fewest parcels (or owners) of `listed` that together free at least `mu` 亩.

    Exact by mixed-integer programming (HiGHS): first the least number, then, at that number, the least land beyond
    `mu`. `one_cluster` keeps them within one cluster. Parcels without area or (then) cluster cannot be chosen. After
    `seconds` the best set found so far is returned and says so.
    """
    table = listed[listed["area_mu"].gt(0) & (listed["cluster"].notna() if one_cluster else True)].reset_index(
        drop=True
    )
    if table.empty or table["area_mu"].sum() < mu:
        return _none(listed, mu)
    owners = pd.factorize(table["holder_uscc"].fillna(table["parcel_id"]))[0]
    groups = pd.factorize(table["cluster"])[0] if one_cluster else np.zeros(len(table), np.int64)
    rules, width = _rules(table["area_mu"].to_numpy(), owners, groups, mu)
    count = _objective(aim, len(table), int(owners.max()) + 1, width)
    first = _solve(count, rules, seconds)
    if first is None:
        return _none(listed, mu)
    chosen, least, exact = first
    land = np.zeros(width)
    land[: len(table)] = np.round(table["area_mu"] / SHOWN)
    second = _solve(land, [*rules, LinearConstraint(count[None, :], -np.inf, least)], seconds)
    if second is not None:
        chosen, _, exact = second[0], second[1], exact and second[2]
    picked = table[chosen[: len(table)] > 0.5]  # noqa: PLR2004  a binary of the solver
    total = float(half_up(float(picked["area_mu"].sum()), DECIMALS))
    words = say(
        f"reclaim.plan.{'optimal' if exact else 'time'}", parcels=len(picked), mu=total, wanted=mu,
        owners=picked["holder_uscc"].fillna(picked["parcel_id"]).nunique(),
    )  # fmt: skip
    return Plan(picked, total, "optimal" if exact else "time", words)


def _rules(
    mu_each: np.ndarray, owners: np.ndarray, groups: np.ndarray, mu: float
) -> tuple[list[LinearConstraint], int]:
    """Return the constraints over (parcel, owner, cluster) binaries, and how many binaries there are.

    Land counts in whole ten-thousandths of a 亩, so that the solver's tolerance cannot leave a set short.
    """
    n, o, g = len(mu_each), int(owners.max()) + 1, int(groups.max()) + 1
    width, each = n + o + g, np.arange(n)
    units = np.round(mu_each / SHOWN)
    land = csr_array((units, (np.zeros(n, np.int64), each)), shape=(1, width))
    one = csr_array((np.ones(g), (np.zeros(g, np.int64), n + o + np.arange(g))), shape=(1, width))
    taken = [
        csr_array((np.r_[np.ones(n), -np.ones(n)], (np.r_[each, each], np.r_[each, at])), shape=(n, width))
        for at in (n + owners, n + o + groups)
    ]
    return [
        LinearConstraint(land, round(mu / SHOWN) - 0.5, np.inf),
        LinearConstraint(one, 1, 1),
        *(LinearConstraint(part, -np.inf, 0) for part in taken),
    ], width


def _objective(aim: Aim, parcels: int, owners: int, width: int) -> np.ndarray:
    cost = np.zeros(width)
    cost[parcels : parcels + owners] = 1.0 if aim == "owners" else 0.0
    cost[:parcels] = 0.0 if aim == "owners" else 1.0
    return cost


def _solve(cost: np.ndarray, rules: list[LinearConstraint], seconds: float) -> tuple[np.ndarray, float, bool] | None:
    """Return (binaries, value, proven least), or None where no set was found."""
    found = milp(
        cost, constraints=rules, integrality=np.ones(len(cost)), bounds=Bounds(0, 1), options={"time_limit": seconds}
    )
    if found.x is None or found.status == NO_SOLUTION:
        return None
    return np.round(found.x), float(np.round(found.fun, 6)), found.status != OUT_OF_TIME


def _none(listed: Frame, mu: float) -> Plan:
    total = float(listed["area_mu"].sum())
    return Plan(
        listed.iloc[0:0], 0.0, "infeasible", say("reclaim.plan.infeasible", wanted=mu, all=half_up(total, DECIMALS))
    )


def _by_first(labels: np.ndarray) -> np.ndarray:
    """Return labels renumbered from 1 in the order of their first member."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(1, len(first) + 1)
    numbers: np.ndarray = order[inverse]
    return numbers
