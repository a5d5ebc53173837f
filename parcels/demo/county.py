"""Put the county together: ground, parcels, firms and figures, all in order, before anything is planted in it."""

from dataclasses import dataclass, field
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from parcels.demo import firms as firm_book
from parcels.demo import ground as land
from parcels.demo import ledger
from parcels.demo.key import Key
from parcels.demo.layout import lay_out
from parcels.demo.place import ZONES, quarters

Frame: TypeAlias = pd.DataFrame

DELAYS = ("parcel_id", "cause", "from", "to", "document")
AGREEMENTS = ("parcel_id", "signed_on", "new_start", "new_completion")
HOMES = 0.5  # share of the shops-and-homes land that is homes
EVENTS = ("uscc", "year", "kind", "value", "unit", "reason", "authority", "evidence")


@dataclass(frozen=True)
class Pending:
    """A fault planted before the sheet was laid out: it stands in the row of the firm (and of the parcel, if named)."""

    sheet: str
    uscc: str
    parcel_id: str
    kind: str
    severity: str
    heading: str


@dataclass
class County:
    """Everything the delivery will hold, in the columns of CONTRACT §3; planting changes it row by row."""

    years: tuple[int, ...]
    as_of: pd.Timestamp  # 31 December of the last year
    rng: np.random.Generator
    ground: land.Ground
    parcels: gpd.GeoDataFrame  # with `use`; row i lies on lot i
    firms: Frame  # with `quality`
    holdings: Frame
    figures: Frame
    delays: list[dict[str, object]] = field(default_factory=list)
    agreements: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    key: Key = field(default_factory=Key)
    pending: list[Pending] = field(default_factory=list)

    def land_mu(self) -> pd.Series:
        """Return each firm's land [亩] by uscc: whole lots, parts where area_m2 is given, let lots taken off."""
        area = self.holdings["parcel_id"].map(self.parcels.set_index("parcel_id")["area_registered_m2"])
        sign = np.where(self.holdings["kind"] == "租出", -1.0, 1.0)
        signed = self.holdings["area_m2"].fillna(area) * sign
        return signed.groupby(self.holdings["uscc"]).sum() / ledger.MU

    def vacant(self) -> pd.Series:
        """Return which lots nothing has been built on."""
        return self.parcels["actual_start"].isna() & (self.parcels["construction_state"] != "竣工")


def found(parcels: int, firms: int, years: tuple[int, ...], seed: int) -> County:
    """Return the county with `parcels` lots and `firms` firms, nothing planted yet."""
    rng = np.random.default_rng(seed)
    ground = land.settle(*lay_out(quarters(parcels), rng))
    as_of = pd.Timestamp(max(years), 12, 31)
    book = ledger.ordinary(ground.lots, as_of, rng)
    people, holdings = firm_book.settle(book, firms, as_of, rng)
    return County(years, as_of, rng, ground, book, people, holdings, pd.DataFrame())


def zone_years(county: County, halls: gpd.GeoDataFrame) -> Frame:
    """Return zone_years of the last two years, counted from the ground: 公顷, ㎡, 万元, heads."""
    parcels, rest = county.parcels, county.ground.rest
    zones = county.ground.zones.set_index("zone_id")
    hectares = parcels.area / 10_000
    built, works = ~county.vacant(), parcels["use"].isin(["industrial", "storage"])
    homes = parcels["use"] == "residential_commercial"
    idle = parcels["parcel_id"].isin(idle_parcels(county))
    ground = pd.DataFrame({
        "A": hectares.where(built),
        "A1": hectares.where(built & homes) * HOMES,
        "A2": hectares.where(built & works),
        "B21": hectares.where(~built),
        "D": hectares,
        "G": hectares.where(idle),
    }).groupby(parcels["zone_id"]).sum()  # fmt: skip
    open_land = (rest.area / 10_000).groupby([rest["zone_id"], rest["use"]]).sum().unstack(fill_value=0.0)
    streets = open_land.drop(columns=["river", "reserve"]).sum(axis=1)
    floors = halls["floor_m2"].groupby(halls["parcel_id"].map(parcels.set_index("parcel_id")["zone_id"])).sum()
    ground = ground.assign(C=open_land["river"], D22=0.0, floor_m2=floors).reindex(zones.index)
    ground["A"] += streets
    ground["D"] += streets
    ground["B"] = zones["area_ha"] - ground["A"] - ground["C"]
    ground["population"] = (ground["A"] * 18).round()
    frames = [ground.assign(year=year, **_money(county, year)) for year in county.years[-2:]]
    return pd.concat(frames).rename_axis("zone_id").reset_index().round(4)


def _money(county: County, year: int) -> Frame:
    mine = county.figures[county.figures["year"] == year].merge(county.firms[["uscc", "zone_id"]], on="uscc")
    return mine.groupby("zone_id")[["tax_wan", "output_wan"]].sum()


def idle_parcels(county: County) -> list[str]:
    """Return the parcels the key calls idle (either clause)."""
    return [row[2] for row in county.key.rows if row[3] == "idle" and row[4].startswith("clause")]


__all__ = ["AGREEMENTS", "DELAYS", "EVENTS", "ZONES", "County", "found", "idle_parcels", "zone_years"]
