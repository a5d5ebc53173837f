"""Plant who holds what: leased sub-plots, shared parcels, tenants, contested and missing land, and what it comes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from parcels.demo.county import County, Pending
from parcels.demo.ledger import MU
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
SUB_PLOT, SMALL_PLOT, LONELY_PLOT, SQUATTED, LOST_PLOT = 6000.0, 1400.0, 3000.0, 1500.0, 2000.0  # m²
SHARES = (0.6, 0.4)


@dataclass(frozen=True)
class Tenancy:
    """The firms picked for the land cases, one after the other."""

    above: Iterator[int]
    below: Iterator[int]


def plant(county: County, taken: set[str]) -> set[str]:
    """Write the land cases into the holdings; return the uscc of all firms used, `taken` included."""
    used = set(taken)
    pools = Tenancy(*(_free(county, scale, used) for scale in ("规上", "规下")))
    for case in (_sub_plot, _shared, _ended, _small_tenant, _landless, _contested, _one_sided, _lost_parcel, _nobody):
        used |= set(case(county, pools))
    return used


def _free(county: County, scale: str, taken: set[str]) -> Iterator[int]:
    """Return firms of a scale that hold one or two lots, in random order."""
    lots = county.holdings.groupby("uscc").size()
    firms = county.firms[(county.firms["scale"] == scale) & ~county.firms["uscc"].isin(taken)]
    few = firms[firms["uscc"].map(lots) <= (2 if scale == "规上" else 1)]
    return iter([int(row) for row in county.rng.permutation(few.index.to_numpy())])


def _code(county: County, row: int) -> str:
    return str(county.firms.at[row, "uscc"])


def _first_parcel(county: County, uscc: str) -> str:
    mine = county.holdings["uscc"] == uscc
    return str(county.holdings.loc[mine, "parcel_id"].iloc[0])


def _area(county: County, parcel: str) -> float:
    book = county.parcels
    return float(book.loc[book["parcel_id"] == parcel, "area_registered_m2"].iloc[0])


def _add(county: County, uscc: str, parcel: str, kind: str, **more: object) -> None:
    since = pd.Timestamp(county.as_of.year - 3, 3, 1)
    row = {"uscc": uscc, "parcel_id": parcel, "kind": kind, "from": since, **more}
    county.holdings = pd.concat([county.holdings, pd.DataFrame([row])], ignore_index=True)


def _land(county: County, uscc: str, more_m2: float) -> None:
    """Write into the key what the firm's land comes to: its own lots, and so much more or less."""
    own = county.holdings[(county.holdings["uscc"] == uscc) & (county.holdings["kind"] == "自有")]
    share = own["share"].fillna(1.0) if "share" in own else [1.0] * len(own)
    whole = sum(_area(county, parcel) * part for parcel, part in zip(own["parcel_id"], share, strict=True))
    county.key.firm(uscc, "land_mu", f"{round((whole + more_m2) / MU, DECIMALS):.4f}")


def _give_away(county: County, uscc: str) -> None:
    """Hand all lots of a firm to another, so that it has none."""
    other = county.holdings.loc[county.holdings["uscc"] != uscc, "uscc"].iloc[0]
    name = county.firms.loc[county.firms["uscc"] == other, "name"].iloc[0]
    county.holdings.loc[county.holdings["uscc"] == uscc, "uscc"] = other
    titled = county.parcels["holder_uscc"] == uscc
    county.parcels.loc[titled, ["holder_uscc", "holder"]] = [other, name]


def _sub_plot(county: County, pools: Tenancy) -> list[str]:
    """A leased sub-plot, both sides delivered: off the owner's land, onto the tenant's."""
    owner, tenant = _code(county, next(pools.above)), _code(county, next(pools.above))
    parcel = _first_parcel(county, owner)
    _add(county, owner, parcel, "租出", area_m2=SUB_PLOT)
    _add(county, tenant, parcel, "租入", area_m2=SUB_PLOT)
    _land(county, owner, -SUB_PLOT)
    _land(county, tenant, SUB_PLOT)
    return [owner, tenant]


def _shared(county: County, pools: Tenancy) -> list[str]:
    """Two firms on one parcel by stated shares."""
    first, second = _code(county, next(pools.above)), _code(county, next(pools.above))
    parcel = _first_parcel(county, first)
    if "share" not in county.holdings:
        county.holdings["share"] = np.nan
    mine = (county.holdings["uscc"] == first) & (county.holdings["parcel_id"] == parcel)
    county.holdings.loc[mine, "share"] = SHARES[0]
    _add(county, second, parcel, "自有", share=SHARES[1])
    for firm in (first, second):
        _land(county, firm, 0.0)
    return [first, second]


def _ended(county: County, pools: Tenancy) -> list[str]:
    """A lease that ended last year counts for nobody."""
    owner, tenant = _code(county, next(pools.above)), _code(county, next(pools.above))
    parcel, end = _first_parcel(county, owner), pd.Timestamp(county.as_of.year - 1, 6, 30)
    _add(county, owner, parcel, "租出", area_m2=SUB_PLOT, to=end)
    _add(county, tenant, parcel, "租入", area_m2=SUB_PLOT, to=end)
    for firm in (owner, tenant):
        _land(county, firm, 0.0)
    return [owner, tenant]


def _small_tenant(county: County, pools: Tenancy) -> list[str]:
    """A small firm on two rented 亩 is outside every population."""
    owner, tenant = _code(county, next(pools.above)), _code(county, next(pools.below))
    _give_away(county, tenant)
    parcel = _first_parcel(county, owner)
    _add(county, owner, parcel, "租出", area_m2=SMALL_PLOT)
    _add(county, tenant, parcel, "租入", area_m2=SMALL_PLOT)
    _land(county, tenant, SMALL_PLOT)
    county.key.firm(tenant, "status", "exempt")
    county.key.firm(tenant, "grade", "")
    return [owner, tenant]


def _landless(county: County, pools: Tenancy) -> list[str]:
    """A firm on no land: unknown, not zero."""
    firm = _code(county, next(pools.below))
    _give_away(county, firm)
    county.key.firm(firm, "status", "not_evaluable")
    county.pending.append(Pending("名录", firm, "", "unmatched_parcel", "error", "统一社会信用代码"))
    return [firm]


def _contested(county: County, pools: Tenancy) -> list[str]:
    """Two firms that each say they hold the whole parcel: neither's land is known."""
    first, second = _code(county, next(pools.below)), _code(county, next(pools.below))
    parcel = _first_parcel(county, first)
    _add(county, second, parcel, "自有")
    for firm in (first, second):
        county.key.firm(firm, "status", "not_evaluable")
        county.pending.append(Pending("用地关系", firm, parcel, "holding_contested", "error", "用地面积"))
    return [first, second]


def _one_sided(county: County, pools: Tenancy) -> list[str]:
    """A lease only the tenant delivers counts as stated."""
    owner, tenant = _code(county, next(pools.above)), _code(county, next(pools.above))
    parcel = _first_parcel(county, owner)
    _add(county, tenant, parcel, "租入", area_m2=LONELY_PLOT)
    county.pending.append(Pending("用地关系", tenant, parcel, "lease_one_sided", "warning", "用地方式"))
    _land(county, tenant, LONELY_PLOT)
    return [owner, tenant]


def _lost_parcel(county: County, pools: Tenancy) -> list[str]:
    """Part of a parcel nobody delivered: its area is stated, so the land is known."""
    firm = _code(county, next(pools.above))
    parcel = _first_parcel(county, firm)[:-5] + "99999"
    _add(county, firm, parcel, "占用", area_m2=LOST_PLOT)
    county.pending.append(Pending("用地关系", firm, parcel, "unmatched_parcel", "error", "宗地代码"))
    _land(county, firm, LOST_PLOT)
    return [firm]


def _nobody(county: County, pools: Tenancy) -> list[str]:
    """An industrial lot no paper gives to anyone: the last of a firm that has others."""
    lots = county.holdings[county.holdings["kind"] == "自有"].groupby("uscc")["parcel_id"]
    firm = next(uscc for uscc in (_code(county, row) for row in pools.above) if len(lots.get_group(uscc)) > 1)
    lost = lots.get_group(firm).iloc[-1]
    county.holdings = county.holdings[county.holdings["parcel_id"] != lost].reset_index(drop=True)
    row = int(county.parcels.index[county.parcels["parcel_id"] == lost][0])
    county.parcels.loc[row, ["holder", "holder_uscc"]] = np.nan
    county.key.fault(f"{entry('demo.files.parcels')}#{row + 1}:信用代码", "unmatched_firm", "error")
    return [firm]
