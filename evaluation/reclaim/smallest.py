"""The smallest set of parcels that frees a stated 亩: the least number is proven, the least excess time-bounded."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.measure import half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
Floats: TypeAlias = npt.NDArray[np.float64]
Aim: TypeAlias = Literal["parcels", "owners"]

DECIMALS = 4
SHOWN = 1e-4  # 亩: the last decimal shown; land is counted in whole ones, so no tolerance can leave a set short
CHOSEN = 0.5  # of a binary the solver returns as 0.9999999
SOLVED = 0  # scipy.optimize.milp's status: proven least


@dataclass(frozen=True)
class Plan:
    """A set of parcels that frees at least the land asked for; `time`: a set with less excess may exist."""

    parcels: Frame
    mu: float
    status: Literal["optimal", "time", "infeasible"]
    words: str


def smallest_set(
    listed: Frame,
    mu: float,
    aim: Aim = "parcels",
    *,
    one_cluster: bool = False,
    seconds: float = 10.0,
    land: str = "area_mu",
) -> Plan:
    """Return the fewest parcels (or owners) of `listed` that together free at least `mu` 亩.

    `listed` has parcel_id, `land` (亩 a parcel counts for), holder_uscc and cluster. The largest first gives the least
    number, and that is proven; among all sets of that number the one with the least land beyond `mu` is sought by
    mixed-integer programming (HiGHS) for at most `seconds`. `one_cluster` keeps the set within one cluster. A parcel
    without area or (then) cluster cannot be chosen; one without a holder is its own owner.
    """
    whole = listed[land].gt(0) & (listed["cluster"].notna() | (not one_cluster))
    table = listed[whole.astype(bool)].reset_index(drop=True)
    table = table.assign(
        _land=np.round(table[land] / SHOWN),
        _item=table["parcel_id"] if aim == "parcels" else table["holder_uscc"].fillna(table["parcel_id"]),
        _group=table["cluster"].astype("float64") if one_cluster else 0.0,
    )
    need = float(np.round(mu / SHOWN))
    items = _largest_first(table)
    enough = items[items["sum"] >= need].drop_duplicates("_group")
    if enough.empty:
        total = half_up(float(listed[land].sum()), DECIMALS)
        return Plan(listed.iloc[0:0], 0.0, "infeasible", say("reclaim.plan.infeasible", wanted=f"{mu:.10g}", all=total))
    least = int(enough["count"].min())
    groups = enough.loc[enough["count"].eq(least), "_group"]
    within = table[table["_group"].isin(groups)].reset_index(drop=True)
    solved = _least_land(within, need, least, seconds)
    if solved is None:
        taken = _plain_set(items[items["_group"].eq(groups.iloc[0])], need, least)
        return _plan(table.merge(taken[["_group", "_item"]]), mu, exact=False)
    chosen, exact = solved
    return _plan(within[chosen], mu, exact=exact)


def _largest_first(table: Frame) -> Frame:
    """Return one row a group and item (parcel or owner): its land, largest first, with running count and sum."""
    items = table.groupby(["_group", "_item"], as_index=False)["_land"].sum()
    items = items.sort_values(["_group", "_land", "_item"], ascending=[True, False, True], ignore_index=True)
    by = items.groupby("_group")["_land"]
    return items.assign(count=by.cumcount() + 1, sum=by.cumsum())


def _plain_set(items: Frame, need: float, least: int) -> Frame:
    """Return the largest items but one, and the smallest that makes them enough: a set when there is no time."""
    first, rest = items.iloc[: least - 1], items.iloc[least - 1 :]
    last = rest[rest["_land"] + first["_land"].sum() >= need].tail(1)
    return pd.concat([first, last])


def _least_land(table: Frame, need: float, least: int, seconds: float) -> tuple[npt.NDArray[np.bool_], bool] | None:
    """Return (chosen rows, proven) of at most `least` items of one group with the least land of at least `need`."""
    from scipy.optimize import (  # scipy takes a second to load, and the map can do without
        Bounds,
        LinearConstraint,
        milp,
    )
    from scipy.sparse import csr_array

    items, of_item = np.unique(table["_item"].to_numpy(str), return_inverse=True)
    groups, of_group = np.unique(table["_group"].to_numpy(np.float64), return_inverse=True)
    n, m, g = len(table), len(items), len(groups)
    width, each = n + m + g, np.arange(n)
    land = np.zeros(width)
    land[:n] = table["_land"]
    kinds = np.repeat([0, 1, 2], [n, m, g])
    taken = [
        csr_array((np.r_[np.ones(n), -np.ones(n)], (np.r_[each, each], np.r_[each, at])), shape=(n, width))
        for at in (n + of_item, n + m + of_group)
    ]
    rules = [
        LinearConstraint(land[None, :], need - CHOSEN, np.inf),
        LinearConstraint((kinds == 1).astype(float)[None, :], 0, least),
        LinearConstraint((kinds == 2).astype(float)[None, :], 0, 1),  # noqa: PLR2004  the third kind of binary
        *(LinearConstraint(part, -np.inf, 0) for part in taken),
    ]
    found = milp(
        land, constraints=rules, integrality=np.ones(width), bounds=Bounds(0, 1), options={"time_limit": seconds}
    )
    if found.x is None:
        return None
    chosen: npt.NDArray[np.bool_] = found.x[:n] > CHOSEN
    return chosen, found.status == SOLVED


def _plan(picked: Frame, mu: float, *, exact: bool) -> Plan:
    plain = picked.drop(columns=["_land", "_item", "_group"])
    total = float(half_up(float(picked["_land"].sum() * SHOWN), DECIMALS))
    owners = plain["holder_uscc"].fillna(plain["parcel_id"]).nunique()
    said = {"parcels": len(plain), "mu": f"{total:.4f}", "wanted": f"{mu:.10g}", "owners": owners}
    words = say(f"reclaim.plan.{'optimal' if exact else 'time'}", **said)
    return Plan(plain, total, "optimal" if exact else "time", words)
