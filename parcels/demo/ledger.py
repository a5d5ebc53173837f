"""Write the parcels' ledger: contract, dates, areas, money and buildings of ordinary lots, all in order."""

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parcels.demo.place import COUNTY, CRS
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

MU = 2000 / 3  # m²
PRICE = {"industrial": 18.0, "storage": 20.0, "research": 35.0, "residential_commercial": 160.0, "public_service": 0.0,
         "infrastructure": 0.0}  # fmt: skip
TERM = {"industrial": 50, "storage": 50, "research": 50, "residential_commercial": 40}
FIRMS_LAND = ("industrial", "storage", "research")
BUILDING_SHARE = 0.06  # of ordinary lots still under construction


def ordinary(lots: gpd.GeoDataFrame, as_of: pd.Timestamp, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return one parcel a lot in the columns of CONTRACT §3 (m², 万元, dates): all started in time, most built."""
    n = len(lots)
    area, use = lots["area_m2"].to_numpy(), lots["use"]
    mu = area / MU
    dates = _dates(use, as_of, rng)
    built = dates["actual_completion"].notna().to_numpy()
    to_develop = np.round(area * rng.uniform(0.9, 0.98, n), 2)
    progress = np.where(built, 1.0, rng.uniform(0.45, 0.8, n))
    price = np.round(mu * use.map(PRICE).to_numpy() * rng.uniform(0.85, 1.15, n), 2)
    invest = np.round(mu * rng.uniform(220, 330, n), 1)
    paid = np.round(invest * np.where(built, rng.uniform(0.97, 1.05, n), rng.uniform(0.4, 0.75, n)), 1)
    roads = entry("demo.roads")
    places = [say("demo.location", road=roads[block % len(roads)], number=2 * i + 1)
              for i, block in enumerate(lots["block"])]  # fmt: skip
    frame = pd.DataFrame({
        "parcel_id": _codes(lots["quarter"]),
        "zone_id": lots["zone_id"],
        "location": places,
        "holder": use.map(entry("demo.holders")),
        "holder_uscc": pd.Series(np.nan, index=lots.index, dtype="str"),
        "tenure": "国有",
        "use_name": use.map(entry("demo.uses")),
        "supply_kind": np.where(use.isin(["public_service", "infrastructure"]), "划拨", "出让"),
        "area_registered_m2": area,
        "area_approved_m2": area,
        "area_contract_m2": area,
        "price_wan": price,
        **dates,
        "construction_state": np.where(built, "竣工", "在建"),
        "area_to_develop_m2": to_develop,
        "area_developed_m2": np.round(to_develop * progress, 2),
        "invest_total_wan": invest,
        "invest_paid_wan": paid,
        "fixed_invest_wan": np.round(paid + price, 1),
        "suspended_since": pd.NaT,
        "far_agreed": np.where(use.isin(FIRMS_LAND), 1.0, 1.2),
    }, index=lots.index)  # fmt: skip
    frame["supervision_no"] = [f"{COUNTY}{d:%Y}B{i:05d}" for i, d in enumerate(frame["contract_date"], 1)]
    frame["use"] = use
    return gpd.GeoDataFrame(frame, geometry=lots.geometry, crs=CRS)


def _codes(quarter: pd.Series) -> pd.Series:
    number = quarter.groupby(quarter).cumcount() + 1
    return COUNTY + "001" + (quarter + 1).astype(str).str.zfill(3) + "GB" + number.astype(str).str.zfill(5)


def _dates(use: pd.Series, as_of: pd.Timestamp, rng: np.random.Generator) -> dict[str, pd.Series]:
    """Contract → 交地 → 约定开工 → 开工 within eleven months → 竣工; lots in building started in the last 20 months."""
    n = len(use)
    young = rng.random(n) < BUILDING_SHARE
    contract = as_of - _days(rng.integers(365 * 6, 365 * 20, n))
    agreed_start = contract + _days(rng.integers(120, 330, n))
    recent = as_of - _days(rng.integers(150, 600, n))
    agreed_start = agreed_start.where(~young, recent)
    contract = contract.where(~young, recent - _days(rng.integers(120, 330, n)))
    start = agreed_start + _days(np.where(young, rng.integers(-60, 100, n), rng.integers(-60, 300, n)))
    completion = start + _days(rng.integers(380, 800, n))
    years = use.map(TERM).fillna(0).astype(int).to_numpy()
    signed = _no_leap(contract)
    end = pd.Series([day.replace(year=day.year + y) if y else pd.NaT for day, y in zip(signed, years, strict=True)])
    series = {
        "contract_date": contract,
        "delivery_date": contract + _days(rng.integers(20, 90, n)),
        "agreed_start": agreed_start,
        "agreed_completion": agreed_start + _days(np.full(n, 730)),
        "actual_start": start,
        "actual_completion": completion.where(~young),
        "term_end": end,
    }
    return {name: pd.Series(pd.DatetimeIndex(values), index=use.index) for name, values in series.items()}


def _days(count: np.ndarray) -> pd.TimedeltaIndex:
    return pd.to_timedelta(count, unit="D")


def _no_leap(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return dates.where(dates.strftime("%m%d") != "0229", dates - pd.Timedelta(days=1))


def buildings(
    lots: gpd.GeoDataFrame, parcels: Frame, standing: pd.Series, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return one to three halls a lot that stands, inside its four corners: floors, height_m, floor_m2, geometry."""
    where = np.flatnonzero(standing.to_numpy())
    halls = rng.integers(1, 4, len(where))
    lot = np.repeat(where, halls)
    turn = np.arange(len(lot)) - np.repeat(np.cumsum(halls) - halls, halls)
    many = np.repeat(halls, halls)
    left = 0.08 + 0.84 * turn / many + 0.03
    right = 0.08 + 0.84 * (turn + 1) / many - 0.03
    low, high = rng.uniform(0.12, 0.2, len(lot)), rng.uniform(0.72, 0.86, len(lot))
    corners = np.stack(lots["corners"].to_numpy())[lot]
    ring = np.stack([_at(corners, left, low), _at(corners, right, low), _at(corners, right, high),
                     _at(corners, left, high)], axis=1)  # fmt: skip
    shapes = shapely.polygons(np.round(ring, 3))
    floors = rng.integers(1, 4, len(lot))
    codes = parcels["parcel_id"].to_numpy(dtype=object)
    frame = pd.DataFrame({
        "building_id": [f"{code[-9:]}F{t + 1:02d}" for code, t in zip(codes[lot], turn, strict=True)],
        "parcel_id": codes[lot],
        "floors": floors,
        "height_m": np.round(floors * rng.uniform(4.2, 6.0, len(lot)), 1),
        "floor_m2": np.round(shapely.area(shapes) * floors, 2),
    })
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)


def _at(corners: np.ndarray, s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the point at (s, t) of a unit square stretched over four corners."""
    a, b, c, d = (corners[:, i] for i in range(4))
    s, t = s[:, None], t[:, None]
    point: np.ndarray = a * (1 - s) * (1 - t) + b * s * (1 - t) + c * s * t + d * (1 - s) * t
    return point


def built_figures(parcels: Frame, halls: gpd.GeoDataFrame) -> Frame:
    """Return footprint_m2, floor_m2 and far_actual of each parcel from the halls that stand on it."""
    sums = pd.DataFrame({
        "footprint_m2": halls.area.groupby(halls["parcel_id"]).sum().round(2),
        "floor_m2": halls.groupby("parcel_id")["floor_m2"].sum().round(2),
    }).reindex(parcels["parcel_id"]).fillna(0.0).set_axis(parcels.index)  # fmt: skip
    return sums.assign(far_actual=(sums["floor_m2"] / parcels["area_registered_m2"]).round(2))
