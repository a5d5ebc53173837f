"""What a contract promised per 亩 against what is there (标准地履约, POLICY §9.3, §10.4), and building density."""

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.finding import beside
from gis.measure import area_m2 as area_m2_of
from gis.measure import half_up
from parcels import drawn
from parcels.allotment import looked_up
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
HIGH_STOREY_M = 8.0  # §10.2: a storey higher than 8 m counts double
ITEMS = ("invest", "output", "tax", "jobs", "far", "density", "coefficient")
STATED = (  # columns of the parcels table that are compared, or that something compared is made of
    "fixed_invest_wan", "invest_paid_wan", "footprint_m2", "floor_m2", "office_floor_m2", "office_land_m2",
    "agreed_invest_per_mu", "agreed_output_per_mu", "agreed_tax_per_mu", "agreed_jobs",
    "far_agreed", "density_agreed", "coefficient_agreed",
)  # fmt: skip
# milestone → (agreed, actual) columns of the parcels table; the start's agreed day is the papers' last word
MILESTONES = {
    "start": ("agreed_start", "actual_start"),
    "completion": ("agreed_completion", "actual_completion"),
    "production": ("agreed_production", "actual_production"),
    "full_output": ("agreed_full_output", "actual_full_output"),
}


@remembered()
def built(parcels: Frame, area: Frame, buildings: Frame) -> Frame:
    """Return far_actual and density_actual of each parcel: what no policy changes, so it is measured once."""
    m2, _ = _land(parcels, area)
    return pd.DataFrame({"far_actual": far(parcels, buildings, m2), "density_actual": density(parcels, buildings, m2)})


def _land(parcels: Frame, area: Frame) -> tuple[pd.Series, pd.Series]:
    """Return each parcel's area [m², 亩], blank where it is not known or not above zero."""
    known = area
    if not area["parcel_id"].equals(parcels["parcel_id"]):
        known = beside(parcels[["parcel_id"]], area.drop_duplicates("parcel_id"), "parcel_id")
    m2, mu = (known[name].astype("float64") for name in ("area_m2", "area_mu"))
    return m2.where(m2 > 0), mu.where(mu > 0)


def measured(parcels: Frame, area: Frame, buildings: Frame, firm: Frame, ground: Frame | None = None) -> Frame:
    """Return one row a parcel (index of `parcels`): actual values per 亩, densities, and kept = actual ÷ agreed.

    `area` has parcel_id, area_m2, area_mu; `firm` has uscc, tax_per_mu, output_per_mu, staff (a year's). Investment
    intensity is fixed_invest_wan (with land price) ÷ 亩; invest_without (invest_paid_wan ÷ 亩, no land price) stands
    beside it and is compared with nothing (POLICY §10.2). jobs is the holder's staff, only where the holder holds one
    parcel. Blank agreed or actual leaves kept blank. office_share: see office. `ground` is built's frame, if at hand.
    """
    m2, mu = _land(parcels, area)
    ground = built(parcels, area, buildings) if ground is None else ground
    by_firm = firm[firm["uscc"].notna()].drop_duplicates("uscc").set_index("uscc")
    figures = ("tax_per_mu", "output_per_mu", "staff")
    own = {name: looked_up(parcels["holder_uscc"], by_firm[name]) for name in figures}
    alone = parcels.groupby("holder_uscc")["parcel_id"].transform("size").eq(1)
    stated = pd.DataFrame({name: parcels[name] for name in ("parcel_id", *STATED)}, copy=False)
    held = stated.assign(m2=m2, mu=mu, far=ground["far_actual"], density=ground["density_actual"], alone=alone, **own)
    return _held_to(held).drop(columns="parcel_id").set_axis(parcels.index)


@remembered(by=("parcel_id",))
def _held_to(parcels: Frame) -> Frame:
    """Return `measured` of parcels with m2, mu, far, density, the holder's figures and `alone` beside them."""
    m2, mu = parcels["m2"], parcels["mu"]
    actual = pd.DataFrame({
        "invest_actual": parcels["fixed_invest_wan"] / mu,
        "output_actual": parcels["output_per_mu"],
        "tax_actual": parcels["tax_per_mu"],
        "jobs_actual": parcels["staff"].where(parcels["alone"]),
        "far_actual": parcels["far"],
        "density_actual": parcels["density"],
        "coefficient_actual": parcels["footprint_m2"] / m2,
        "invest_without": parcels["invest_paid_wan"] / mu,
        "office_share": office(parcels, m2),
    })
    promised = pd.DataFrame({
        "invest_agreed": parcels["agreed_invest_per_mu"],
        "output_agreed": parcels["agreed_output_per_mu"],
        "tax_agreed": parcels["agreed_tax_per_mu"],
        "jobs_agreed": parcels["agreed_jobs"],
        "far_agreed": parcels["far_agreed"],
        "density_agreed": parcels["density_agreed"],
        "coefficient_agreed": parcels["coefficient_agreed"],
    })
    actual = actual.astype("float64").apply(half_up, decimals=DECIMALS)
    due = promised.astype("float64").where(promised > 0)
    kept = {f"{name}_kept": half_up(actual[f"{name}_actual"] / due[f"{name}_agreed"], DECIMALS) for name in ITEMS}
    return pd.concat([parcels["parcel_id"], actual, promised, pd.DataFrame(kept)], axis=1)


def far(parcels: Frame, buildings: Frame, area_m2: pd.Series) -> pd.Series:
    """Return the floor-area ratio: stated, else of the buildings drawn (storeys over 8 m twice), else floor ÷ land.

    A parcel with a building whose floor area is not known is not computed from buildings.
    """
    each = buildings[buildings["parcel_id"].notna()]
    storey = each["height_m"] / each["floors"].where(each["floors"] > 0)
    counted = each["floor_m2"] * np.where(storey > HIGH_STOREY_M, 2.0, 1.0)
    by_parcel = counted.groupby(each["parcel_id"])
    total = by_parcel.sum().where(by_parcel.count() == by_parcel.size())
    built = looked_up(parcels["parcel_id"], total) / area_m2 if len(each) else pd.Series(np.nan, index=parcels.index)
    stated = parcels["far_actual"].where(parcels["far_actual"] > 0)
    return stated.fillna(built.astype("float64")).fillna(parcels["floor_m2"] / area_m2)


def density(parcels: Frame, buildings: Frame, area_m2: pd.Series) -> pd.Series:
    """Return the building density: ground the drawn buildings cover ÷ land, blank without a drawing (建筑密度).

    Buildings of one parcel are united first, so that overlapping outlines count once; each lies on its own parcel.
    """
    none = pd.Series(np.nan, index=parcels.index)
    if not isinstance(buildings, gpd.GeoDataFrame) or buildings.crs is None:
        return none
    each = buildings[buildings["parcel_id"].notna() & buildings.geometry.notna() & ~buildings.geometry.is_empty]
    if each.empty:
        return none
    covered = _covered(each[[name for name in ("parcel_id", "geometry", drawn.AREA_M2) if name in each]])
    return looked_up(parcels["parcel_id"], covered) / area_m2


@remembered()
def _covered(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return parcel_id → ground under its buildings [m²]; only outlines that lie on one another need uniting."""
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes)
    number, parcels = pd.factorize(buildings["parcel_id"])
    same = (one < other) & (number[one] == number[other])
    one, other = one[same], other[same]
    meet = shapely.intersects(shapes[one], shapes[other])
    meet[meet] = ~shapely.touches(shapes[one[meet]], shapes[other[meet]])
    near = np.isin(number, number[one[meet]])
    apart = drawn.area_m2(buildings)[~near].groupby(number[~near]).sum()
    apart.index = parcels[apart.index]
    united = buildings[["parcel_id", "geometry"]][near].dissolve("parcel_id").geometry
    return pd.concat([apart, pd.Series(area_m2_of(united), index=united.index)])


def office(parcels: Frame, area_m2: pd.Series) -> pd.Series:
    """Return the share of office and living land: its own land ÷ land, else by floor-area share (POLICY §10.2)."""
    by_floor = parcels["office_floor_m2"] / parcels["floor_m2"].where(parcels["floor_m2"] > 0)
    return (parcels["office_land_m2"] / area_m2).fillna(by_floor).astype("float64")


@remembered()
def timing(parcels: Frame, agreed_start: pd.Series, as_of: pd.Timestamp) -> Frame:
    """Return <milestone>_late_days: negative = early; while not done, up to `as_of` once it is due."""

    def late(agreed: pd.Series, actual: pd.Series) -> pd.Series:
        done = actual.where(actual.le(as_of))
        waited = done.fillna(as_of)
        days = (waited - agreed).dt.days.astype("float64")
        return days.where(done.notna() | (days > 0))

    plan = parcels.assign(agreed_start=agreed_start)
    return pd.DataFrame({
        f"{name}_late_days": late(pd.to_datetime(plan[agreed]), pd.to_datetime(plan[actual]))
        for name, (agreed, actual) in MILESTONES.items()
    })
