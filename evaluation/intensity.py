"""How intensively a zone's land is used: the indicators of TD/T 1029 (POLICY §7) by formula, none weighted."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.finding import blank
from evaluation.zone.ground import Ground
from evaluation.zone.outline import Delivered, drawn
from evaluation.zone.readings import APPROVED, NOT_BUILT, NUMERATORS, UNMAPPED
from gis import cells
from gis.measure import SQUARE_METRES_PER_HECTARE, half_up
from parcels.memory import ALL, remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DECIMALS = 4
MU_PER_HECTARE = 15.0
COLUMNS = (
    "zone_id", "year", "indicator", "label", "value", "unit", "numerator", "denominator", "origin", "lacks", "note",
)  # fmt: skip
# TD/T 1029 types (POLICY §7.3): bounds on A2/A and A1/A; customs zones are industrial by decree.
INDUSTRIAL_SHARE, RESIDENTIAL_SHARE = 0.30, 0.25
CUSTOMS_ZONES = ("综合保税", "出口加工", "保税港", "保税区")


@dataclass(frozen=True)
class Indicator:
    """A ratio of sums of zone_years columns (POLICY §7.2), times `scale` to reach its unit."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    unit: str
    scale: float = 1.0


# Areas A … H are hectares; 10,000 m² are one hectare, written out so that 万m² and ha never mix.
_PER_HA = 1 / SQUARE_METRES_PER_HECTARE
_PER_MU = 1 / MU_PER_HECTARE
INDICATORS: Mapping[str, Indicator] = {
    "development_rate": Indicator(("A", "B21"), ("A", "B"), "比"),
    "supply_rate": Indicator(("D",), ("A", "B21"), "比"),
    "built_rate": Indicator(("A",), ("D",), "比"),
    "built_of_developable": Indicator(("A",), ("A", "B"), "比"),
    "industrial_rate": Indicator(("A2",), ("A",), "比"),
    "residential_rate": Indicator(("A1",), ("A",), "比"),
    "hightech_rate": Indicator(("H",), ("A2",), "比"),
    "far": Indicator(("floor_m2",), ("A",), "比", _PER_HA),
    "density": Indicator(("footprint_m2",), ("A",), "比", _PER_HA),
    "industrial_far": Indicator(("industrial_floor_m2",), ("A2",), "比", _PER_HA),
    "industrial_density": Indicator(("industrial_footprint_m2",), ("A2",), "比", _PER_HA),
    "invest_per_ha": Indicator(("invest_wan",), ("A2",), "万元/公顷"),
    "invest_per_mu": Indicator(("invest_wan",), ("A2",), "万元/亩", _PER_MU),
    "output_per_ha": Indicator(("output_wan",), ("A2",), "万元/公顷"),
    "output_per_mu": Indicator(("output_wan",), ("A2",), "万元/亩", _PER_MU),
    "industrial_tax_per_ha": Indicator(("industrial_tax_wan",), ("A2",), "万元/公顷"),
    "industrial_tax_per_mu": Indicator(("industrial_tax_wan",), ("A2",), "万元/亩", _PER_MU),
    "tax_per_ha": Indicator(("tax_wan",), ("A",), "万元/公顷"),
    "tax_per_mu": Indicator(("tax_wan",), ("A",), "万元/亩", _PER_MU),
    "population_density": Indicator(("population",), ("A",), "人/公顷"),
    "idle_rate": Indicator(("G",), ("D",), "比"),
    "expired_rate": Indicator(("D22",), ("D",), "比"),
}
# POLICY §7.3: a 产城融合 zone leaves out industrial rate and industrial tax, an industrial one the two city figures.
NOT_FOR_TYPE: Mapping[str, frozenset[str]] = {
    "产城融合": frozenset({"industrial_rate", "industrial_tax_per_ha", "industrial_tax_per_mu"}),
    "工业主导": frozenset({"tax_per_ha", "tax_per_mu", "population_density"}),
}
MEASURED = ("A", "A1", "A2", "floor_m2", "footprint_m2", "industrial_floor_m2", "industrial_footprint_m2")


@remembered(zones=ALL, zone_years=ALL, buildings=("geometry", "floor_m2"))
def measure(book: Delivered, year: int, ground: Ground | None = None) -> Frame:
    """Return COLUMNS, one row a zone × indicator, in the unit stated; values to 4 decimals, NaN with what it lacks.

    Figures of zone_years for `year` come first; where they lack A, A1, A2, floors or footprints, these are measured on
    the land use and buildings of `ground` (origin 'layers'). A zone of the other type keeps its row, with a note.
    """
    zones = _zones(book, ground)
    if zones.empty:
        return blank(COLUMNS)
    stated = _stated(book.tables["zone_years"], year).reindex(zones["zone_id"])
    base = stated.reindex(columns=sorted({*stated.columns, *MEASURED}))
    lacking = {name for name in MEASURED if base[name].isna().any()}
    figures = _measured(book, ground, lacking) if ground is not None and lacking else base * np.nan
    filled = base.where(base.notna(), figures.reindex(index=base.index, columns=base.columns))
    kinds = types(filled, zones.set_index("zone_id")["kind"])
    frame = _rows(filled, base, kinds).assign(year=year)
    by_zone = np.arange(len(frame)).reshape(len(INDICATORS), len(zones)).T.ravel()
    return frame.take(by_zone)[[*COLUMNS, "type"]].reset_index(drop=True)


def history(book: Delivered, year: int, this: Frame) -> Frame:
    """Return the indicators of every year delivered up to `year`: `this` is the judged year, layers belong to it."""
    table = book.tables["zone_years"]
    years = pd.to_numeric(table["year"], errors="coerce").dropna().astype(int)
    earlier = sorted({one for one in years if one < year})
    known = set(this["zone_id"])
    parts = [part[part["zone_id"].isin(known)] for part in (measure(book, one) for one in earlier)]
    return pd.concat([*(part for part in parts if len(part)), this], ignore_index=True)


def types(figures: Frame, kind: pd.Series) -> pd.Series:
    """Return 工业主导, 产城融合, 其他 or missing by A2/A and A1/A (POLICY §7.3); customs zones are 工业主导."""
    industrial = half_up(figures["A2"] / figures["A"].where(figures["A"] > 0), DECIMALS)
    residential = half_up(figures["A1"] / figures["A"].where(figures["A"] > 0), DECIMALS)
    unknown = industrial.isna() | residential.isna()
    named = kind.reindex(figures.index).astype("str")
    customs = named.str.contains("|".join(CUSTOMS_ZONES)).fillna(value=False).astype(bool)
    conditions = [
        customs,
        unknown,
        (industrial > INDUSTRIAL_SHARE) & (residential < RESIDENTIAL_SHARE),
        (industrial <= INDUSTRIAL_SHARE) & (residential >= RESIDENTIAL_SHARE),
    ]
    chosen = np.select(conditions, ["工业主导", "", "工业主导", "产城融合"], "其他")
    return pd.Series(chosen, index=figures.index, dtype="str").replace("", np.nan)


def _zones(book: Delivered, ground: Ground | None) -> Frame:
    table = book.tables["zones"]
    kinds = table.drop_duplicates("zone_id").set_index("zone_id")["kind"] if "kind" in table else pd.Series(dtype="str")
    ids = ground.zones["zone_id"] if ground is not None else table["zone_id"]
    frame = pd.DataFrame({"zone_id": sorted(set(ids.dropna().astype(str)))})
    return frame.assign(kind=frame["zone_id"].map(kinds))


def _stated(table: Frame, year: int) -> Frame:
    """Return the year's row of each zone; a key on several rows is added up by the book, so the first stands."""
    columns = [c for spec in INDICATORS.values() for c in (*spec.numerator, *spec.denominator)]
    rows = table[table["year"] == year].drop_duplicates("zone_id").set_index("zone_id")
    return rows.reindex(columns=list(dict.fromkeys(columns))).astype("float64")


def _measured(book: Delivered, ground: Ground, wanted: AbstractSet[str]) -> Frame:
    """Return A, A1, A2 [ha] and, of the floors and footprints [m²], those `wanted`, by zone.

    On the built basis, else the surveyed one.
    """
    basis = next((name for name in ("built", "actual") if name in ground.bases), None)
    mine = (ground.pieces["extent"] == APPROVED) & (ground.pieces["basis"] == basis)
    pieces = ground.pieces.loc[mine, ["zone_id", "code", "use_group", "area_m2", "geometry"]]
    if pieces.empty:
        return pd.DataFrame(columns=list(MEASURED), dtype="float64")
    group = pieces["use_group"]
    built = ~group.isin(NOT_BUILT | {UNMAPPED})
    industrial = group.isin(NUMERATORS["N4"])
    code = pieces["code"].fillna("")
    homes = (group == "residential_commercial") & code.str.startswith(("07", "R"))
    ha = pieces["area_m2"] / SQUARE_METRES_PER_HECTARE
    by = pieces["zone_id"]
    masks = {"A": built, "A1": homes, "A2": industrial}
    frame = pd.DataFrame({name: ha.where(mask, 0.0).groupby(by).sum() for name, mask in masks.items()})
    if wanted <= masks.keys():
        return frame
    shares = _buildings(book, pieces.loc[built, ["zone_id", "geometry"]])
    of_industry = shares[industrial[built & pieces.geometry.notna()].to_numpy()[shares["b"].to_numpy()]]
    return frame.join(_summed(shares, "")).join(_summed(of_industry, "industrial_"))


def _buildings(book: Delivered, land: gpd.GeoDataFrame) -> Frame:
    """One row is a building's part on one piece: a, b (positions), area_m2, the part's floor_m2, zone_id.

    A building's floor goes by its footprint on all built land.
    """
    table = book.tables.get("buildings")
    land = land[land.geometry.notna()]
    if table is None or not drawn(table) or land.empty:
        return pd.DataFrame({"a": [], "b": np.array([], np.int64), "area_m2": [], "floor_m2": [], "zone_id": []})
    known = table[table["geometry"].notna()]
    shapes = gpd.GeoSeries(known["geometry"].to_numpy(), crs=book.crs)
    pairs = cells.areas(shapes, gpd.GeoSeries(land.geometry.to_numpy(), crs=book.crs))
    floor = known["floor_m2"] if "floor_m2" in known else pd.Series(np.nan, index=known.index)
    part = pairs["area_m2"] / pairs.groupby("a")["area_m2"].transform("sum")
    return pairs.assign(
        floor_m2=floor.to_numpy(dtype="float64")[pairs["a"].to_numpy()] * part,
        zone_id=land["zone_id"].to_numpy()[pairs["b"].to_numpy()],
    )


def _summed(shares: Frame, prefix: str) -> Frame:
    """Return floor and footprint [m²] by zone; the floor is missing where one is unknown."""
    names = [f"{prefix}floor_m2", f"{prefix}footprint_m2"]
    if shares.empty:
        return pd.DataFrame(columns=names, dtype="float64")
    rows = pd.DataFrame({"zone_id": shares["zone_id"], names[0]: shares["floor_m2"], names[1]: shares["area_m2"]})
    summed = rows.groupby("zone_id")[names].sum()
    gaps = rows[names[0]].isna().groupby(rows["zone_id"]).any()
    return summed.assign(**{names[0]: summed[names[0]].mask(gaps)})


def _rows(filled: Frame, stated: Frame, kinds: pd.Series) -> Frame:
    """Return every indicator of every zone; a missing part makes it missing, never zero."""
    zones, count = filled.index.to_numpy(), len(INDICATORS)
    columns = {name: filled[name].to_numpy() for name in filled.columns}
    given = {name: stated[name].notna().to_numpy() for name in stated.columns}
    records = []
    for name, spec in INDICATORS.items():
        parts = (*spec.numerator, *spec.denominator)
        top = sum(columns[part] for part in spec.numerator)
        bottom = sum(columns[part] for part in spec.denominator)
        lacks = np.array([np.isnan(columns[part]) for part in parts])
        records.append((name, spec.unit, spec.scale, top, bottom, lacks, [given[part] for part in parts], parts))
    frame = pd.DataFrame({
        "zone_id": np.tile(zones, count),
        "indicator": np.repeat([r[0] for r in records], len(zones)),
        "label": np.repeat([say(f"zone.indicator.{r[0]}") for r in records], len(zones)),
        "unit": np.repeat([r[1] for r in records], len(zones)),
        "numerator": np.concatenate([r[3] for r in records]),
        "denominator": np.concatenate([r[4] for r in records]),
        "type": np.tile(kinds.to_numpy(dtype=object), count),
    })  # fmt: skip
    scale = np.repeat([r[2] for r in records], len(zones))
    base = frame["denominator"].where(frame["denominator"] > 0)
    missing = [_missing(r[5][:, at_], r[7]) for r in records for at_ in range(len(zones))]
    layers = [not all(g[at_] for g in r[6]) for r in records for at_ in range(len(zones))]
    origin = np.where(np.array(layers, dtype=bool) & frame["numerator"].notna().to_numpy(), "layers", "zone_years")
    frame = frame.assign(value=half_up(frame["numerator"] / base * scale, DECIMALS), lacks=missing, origin=origin)
    described = zip(frame["indicator"], frame["lacks"], frame["origin"], frame["type"], strict=True)
    return frame.assign(note=[_described(*row) for row in described])


def _missing(gone: Any, parts: tuple[str, ...]) -> str:
    return ";".join(part for part, lacking in zip(parts, gone, strict=True) if lacking)


def _described(indicator: str, lacks: str, origin: str, kind: Any) -> str:
    words = []
    if lacks:
        words.append(say("zone.intensity.lacks", columns="、".join(say(f"zone.column.{c}") for c in lacks.split(";"))))
    elif origin == "layers":
        words.append(say("zone.intensity.layers"))
    if indicator in NOT_FOR_TYPE.get(kind, ()):
        words.append(say("zone.intensity.other_type", kind=kind))
    return "；".join(words)
