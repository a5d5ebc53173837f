"""Make the firms: who holds which lots, and three years of figures that follow from land and one measure of quality."""

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from parcels.demo.ledger import FIRMS_LAND, MU
from parcels.demo.place import credit_code, names
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

SMALL_LOT = 34.0  # 亩: below this a firm may stay under the 2,000 万元 of a 规上 firm
SIZES = (60.0, 140.0)  # 亩 from which a firm is 中, 大
BELOW_SHARE = 0.8
QUALITY = (0.75, 1.35)  # best ordinary firm is not twice the worst: nothing ordinary is of low efficiency
PER_MU = {"规上": {"tax": 11.0, "revenue": 230.0}, "规下": {"tax": 8.0, "revenue": 53.0}}  # 万元/亩
PER_TCE = 6.0  # 万元 of revenue per 吨标煤
PER_POLLUTANT = 40.0  # 万元 of revenue per 当量
RD_SHARE = 0.026
PER_HEAD = 24.0  # 万元 of value added per head
GROWTH = 0.05  # a year
MONTHS, MONTHLY = 15, 300  # the power company delivers so many months of so many firms


def settle(parcels: gpd.GeoDataFrame, count: int, as_of: pd.Timestamp, rng: np.random.Generator) -> tuple[Frame, Frame]:
    """Return (firms, holdings): each firm owns a run of neighbouring industrial, storage or research lots whole."""
    lots = np.flatnonzero(parcels["use"].isin(FIRMS_LAND).to_numpy())
    cuts = np.sort(rng.choice(np.arange(1, len(lots)), count - 1, replace=False))
    firm = np.zeros(len(lots), dtype=int)
    firm[cuts] = 1
    firm = np.cumsum(firm)
    known = names(count, rng)
    code = pd.Series([credit_code(i) for i in range(1, count + 1)])
    mu = pd.Series(parcels["area_registered_m2"].to_numpy()[lots] / MU).groupby(firm).sum()
    below = (mu < SMALL_LOT) & (rng.random(count) < BELOW_SHARE)
    first = np.concatenate([[0], np.flatnonzero(np.diff(firm)) + 1])
    home = parcels.iloc[lots[first]].reset_index(drop=True)
    point = home.geometry.centroid.to_crs(4490)
    founded = home["contract_date"] - pd.to_timedelta(rng.integers(30, 900, count), unit="D")
    producing = np.minimum(home["actual_completion"].fillna(home["agreed_start"] - pd.Timedelta(days=1500)),
                           as_of - pd.Timedelta(days=1100))  # fmt: skip
    firms = pd.DataFrame({
        "uscc": code,
        **known,
        "industry_edition": "2017",
        "scale": np.where(below, "规下", "规上"),
        "size": np.where(below, "微", np.array(["小", "中", "大"])[np.digitize(mu, SIZES)]),
        "founded_on": np.minimum(founded, producing - pd.Timedelta(days=200)),
        "production_on": producing,
        "address": home["location"],
        "lon": point.x.round(6),
        "lat": point.y.round(6),
        "zone_id": home["zone_id"],
        "county": entry("demo.county"),
        "operating_state": "在营",
        "quality": _quality(below.to_numpy(), rng),
    })
    holdings = pd.DataFrame({
        "uscc": code.to_numpy()[firm],
        "parcel_id": parcels["parcel_id"].to_numpy()[lots],
        "kind": "自有",
        "area_m2": np.nan,
        "floor_m2": np.nan,
        "from": parcels["contract_date"].to_numpy()[lots],
        "to": pd.NaT,
    })
    parcels.loc[parcels.index[lots], "holder"] = known["name"].to_numpy()[firm]
    parcels.loc[parcels.index[lots], "holder_uscc"] = code.to_numpy()[firm]
    return firms, holdings


def _quality(below: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return qualities spread evenly over their range within 规上 and within 规下, in no order."""
    quality = np.empty(len(below))
    for group in (below, ~below):
        quality[group] = rng.permutation(np.linspace(*QUALITY, int(group.sum())))
    return quality


def figures(firms: Frame, land_mu: pd.Series, years: tuple[int, ...], rng: np.random.Generator) -> Frame:
    """Return firm_years: every figure follows from land [亩] and quality, so that a better firm is better in all.

    land_mu is indexed by uscc; a firm without land is figured on 30 亩. 万元, 吨标煤, kWh, 吨, 当量, heads.
    """
    frames = [_year(firms, land_mu, year, max(years), rng) for year in years]
    return pd.concat(frames, ignore_index=True)


def _year(firms: Frame, land_mu: pd.Series, year: int, last: int, rng: np.random.Generator) -> Frame:
    n = len(firms)
    land = firms["uscc"].map(land_mu).fillna(30.0).to_numpy()
    quality = firms["quality"].to_numpy() * (1 - GROWTH) ** (last - year)
    tax_per_mu = firms["scale"].map({k: v["tax"] for k, v in PER_MU.items()}).to_numpy()
    revenue_per_mu = firms["scale"].map({k: v["revenue"] for k, v in PER_MU.items()}).to_numpy()
    tax = np.round(tax_per_mu * quality * land * _spread(n, rng), 2)
    revenue = np.round(revenue_per_mu * land * quality**0.25 * _spread(n, rng), 2)
    value_added = np.round(revenue * 0.26, 2)
    energy = np.round(revenue / (PER_TCE * quality) * _spread(n, rng), 2)
    assets = np.round(revenue * 1.15, 2)
    liabilities = np.round(assets * rng.uniform(0.35, 0.6, n), 2)
    return pd.DataFrame({
        "uscc": firms["uscc"],
        "year": year,
        "tax_wan": tax,
        "tax_refund_wan": 0.0,
        "revenue_wan": revenue,
        "output_wan": np.round(revenue * 1.03, 2),
        "value_added_wan": value_added,
        "energy_tce": energy,
        "energy_basis": "等价",
        "electricity_kwh": np.round(energy * 2100, -1),
        "water_t": np.round(energy * rng.uniform(8, 14, n), 0),
        "pollutant_eq": np.round(revenue / (PER_POLLUTANT * quality) * _spread(n, rng), 3),
        "rd_wan": np.round(revenue * RD_SHARE * quality * _spread(n, rng), 2),
        "staff": np.maximum(1, np.round(value_added / (PER_HEAD * quality))),
        "profit_wan": np.round(revenue * 0.055 * quality, 2),
        "assets_wan": assets,
        "liabilities_wan": liabilities,
        "equity_wan": np.round(assets - liabilities, 2),
        "tech_invest_wan": np.round(revenue * 0.02 * quality, 2),
        "months_stopped": 0,
        "half_stopped_months": 0,
        "arrears_wage": 0,
        "arrears_tax": 0,
        "arrears_interest": 0,
        "arrears_fee": 0,
        "subsidy_wan": np.round(revenue * 0.001, 2),
        "rollover_loans": "否",
        "scale_at_year_end": firms["scale"],
    })


def _spread(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the small spread of measured figures about what quality alone would give."""
    spread: np.ndarray = rng.uniform(0.985, 1.015, n)
    return spread


def months(figures: Frame, last: int, rng: np.random.Generator) -> Frame:
    """Return the months of fifteen months up to December of `last` for at most MONTHLY firms: kWh, heads insured.

    A firm that stood still uses next to nothing in its last months.
    """
    mine = figures[figures["year"] == last].head(MONTHLY)
    back = np.arange(MONTHS)
    names = [(pd.Timestamp(last, 12, 1) - pd.DateOffset(months=int(b))).strftime("%Y-%m") for b in back]
    still = back[None, :] < mine["months_stopped"].to_numpy(dtype=float)[:, None]
    level = np.where(still, 0.02, 1.0) * rng.uniform(0.93, 1.07, still.shape)
    power = mine["electricity_kwh"].to_numpy()[:, None] / 12 * level
    return pd.DataFrame({
        "uscc": np.repeat(mine["uscc"].to_numpy(dtype=object), MONTHS),
        "month": np.tile(names, len(mine)),
        "electricity_kwh": np.round(power, 0).ravel(),
        "insured": np.repeat(np.round(mine["staff"].to_numpy() * 0.94), MONTHS),
    })
