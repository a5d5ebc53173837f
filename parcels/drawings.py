"""What drawings say against each other: missing, tiny, twice drawn, overlapping, outside every zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import cells
from gis.rings import Bools
from parcels import faults
from parcels.drawn import area_m2
from parcels.memory import remembered
from parcels.places import Places
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

TABLES = ("zones", "landuse", "parcels", "buildings", "restricted")
ONCE = ("zones", "landuse", "parcels")  # no two of these lie on one spot
SLIVER_M2 = 1.0
OVERLAP_M2 = 1.0
OUTSIDE = 0.05
TOLD_BY = np.array([1.0, 1.7, 2.3, 3.1])  # equal boxes have equal sums; of others hardly any, even on a lattice


@remembered(**dict.fromkeys(TABLES, ("geometry",)))
def drawn_areas(tables: Mapping[str, Frame]) -> dict[str, pd.Series]:
    """Return table → ellipsoidal area of each row [㎡], NaN where it is not drawn."""
    return {table: area_m2(tables[table]) for table in TABLES}


class Drawn(NamedTuple):
    """What is wrong with the drawings, and which of the land use share no ground with another row of their layer."""

    faults: Frame
    alone: pd.Series  # index of landuse


@remembered(**dict.fromkeys(TABLES, ("geometry", "basis", "parcel_id", "_source", "_row")))
def drawn(
    tables: Mapping[str, Frame], places: Places, layers: frozenset[int], drawn_m2: Mapping[str, pd.Series]
) -> Drawn:
    """Return the faults of all drawings; `layers` are the sources that were placed with their geometry."""
    found: list[Frame] = []
    alone = {table: pd.Series(data=True, index=tables[table].index) for table in ONCE}
    for table in TABLES:
        frame = tables[table]
        if frame.empty or frame.crs is None:
            continue
        found.append(_missing(table, frame, places, layers))
        there = frame[frame["geometry"].notna()]
        found.append(_slivers(table, there, drawn_m2[table], places))
        alike, twice, said = _twice(table, there, places)
        found.append(said)
        if table in ONCE:
            met, said = _overlaps(table, there[~twice], places)
            alone[table][there.index[alike].union(met)] = False
            found.append(said)
    found.append(_outside(tables["parcels"], tables["zones"], drawn_m2["parcels"], places))
    return Drawn(faults.gather(found), alone["landuse"])


def _missing(table: str, frame: Frame, places: Places, layers: frozenset[int]) -> Frame:
    rows = frame[frame["geometry"].isna() & frame["_source"].isin(layers)]
    return faults.many("geometry_missing", places.of(table, rows))


def _slivers(table: str, frame: Frame, area: pd.Series, places: Places) -> Frame:
    tiny = frame[area[frame.index] < SLIVER_M2]
    where = places.of(table, tiny).assign(area=area[tiny.index].map("{:.4f}".format))
    return faults.many("sliver", where)


def _layer(table: str, frame: Frame) -> pd.Series:
    """Drawings that must not coincide: of one table, and of one basis in landuse."""
    return frame["basis"].fillna("") if table == "landuse" else pd.Series("", index=frame.index, dtype="str")


def _twice(table: str, frame: Frame, places: Places) -> tuple[Bools, Bools, Frame]:
    """Which drawings another one repeats or is repeated by, which repeat one before them, and a fault for each such."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    box = shapely.bounds(shapes)
    maybe = np.flatnonzero(pd.Series((box * TOLD_BY).sum(axis=1)).duplicated(keep=False))
    alike = pd.DataFrame(box[maybe], index=frame.index[maybe]).assign(layer=_layer(table, frame.iloc[maybe]), at=maybe)
    alike = alike[alike.drop(columns="at").duplicated(keep=False)]
    alike["shape"] = list(shapely.to_wkb(shapely.normalize(shapes[alike["at"]])))
    alike["row"] = frame["_row"].to_numpy()[alike["at"]]
    same = ["layer", "shape"]
    repeats = frame.index.isin(alike.index[alike.duplicated(same)])
    several = frame.index.isin(alike.index[alike.duplicated(same, keep=False)])
    first = alike.groupby(same)["row"].transform("first")
    where = places.of(table, frame[repeats]).assign(other=first[frame.index[repeats]])
    return several, repeats, faults.many("duplicate_geometry", where)


def _overlaps(table: str, frame: Frame, places: Places) -> tuple[pd.Index, Frame]:
    """Which drawings lie on another one at all, and a fault for each pair that does by more than a square metre."""
    found, met = [], frame.index[:0]
    for _, part in frame.groupby(_layer(table, frame)):
        pairs = cells.self_overlaps(part.geometry)
        met = met.union(part.index[np.union1d(pairs["a"], pairs["b"])])
        pairs = pairs[pairs["area_m2"] > OVERLAP_M2]
        if pairs.empty:
            continue
        one, other = part.iloc[pairs["b"]], part.iloc[pairs["a"]]
        where = places.of(table, one).assign(
            other=_named(other, one), area=[f"{area:.2f}" for area in pairs["area_m2"]]
        )
        found.append(faults.many("overlap", where))
    return met, faults.gather(found)


def _named(other: Frame, one: Frame) -> list[str]:
    """The row of the other; its file's place where that is another one."""
    same = (other["_source"].to_numpy() == one["_source"].to_numpy()).tolist()
    rows = other["_row"].tolist()
    return [str(row) if here else say("parcels.other_layer", row=row) for row, here in zip(rows, same, strict=True)]


def _outside(parcels: Frame, zones: Frame, drawn_m2: pd.Series, places: Places) -> Frame:
    """Parcels that lie outside every drawn zone, by more than a twentieth of their land."""
    if parcels.empty or zones.empty or parcels.crs is None or zones.crs is None:
        return faults.none()
    land, ground = parcels[parcels["geometry"].notna()], zones[zones["geometry"].notna()]
    if land.empty or ground.empty:
        return faults.none()
    area = drawn_m2[land.index].to_numpy()
    whole = gpd.GeoSeries([shapely.union_all(np.asarray(ground.geometry.array, dtype=object))], crs=zones.crs)
    pairs = cells.areas(land.geometry, whole)
    inside = np.bincount(pairs["a"], pairs["area_m2"], minlength=len(land))
    outside = 1 - np.divide(inside, area, out=np.ones(len(land)), where=area > 0)
    off = outside > OUTSIDE
    why = [say("parcels.outside", share=f"{share:.1%}") for share in outside[off]]
    return faults.many("outside_zone", places.of("parcels", land[off], "parcel_id").assign(why=why))
