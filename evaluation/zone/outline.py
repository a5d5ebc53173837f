"""Which zones there are, by whose boundary, or by which attribute of the land use (CONTRACT §2, zones.by)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.zone.readings import APPROVED, MANAGED

Frame: TypeAlias = pd.DataFrame
Mode = Literal["outline", "label", "none"]

ALL = "ALL"  # the one zone of a delivery that has neither a zone layer nor zones by attribute (CONTRACT §2)
MANAGED_WORDS = ("规划", "管理")
ZONES = ("zone_id", "extent", "name", "boundary", "approved_area_ha", "area_kind", "outlined")


class Delivered(Protocol):
    """What this room reads of a book."""

    @property
    def tables(self) -> Mapping[str, Any]:
        """Return every table by name."""
        ...

    @property
    def crs(self) -> Any:
        """Return the one CRS of all layers."""
        ...

    @property
    def zones_by(self) -> str | None:
        """Return the land-use column that names the zone, if the delivery says so."""
        ...

    @property
    def classes(self) -> Mapping[str, str]:
        """Return the delivery's own code → group table."""
        ...


@dataclass(frozen=True)
class Outline:
    """How zones are known: zones (ZONES columns, geometry; one row a zone × extent), label (zone of a land-use row)."""

    mode: Mode
    zones: gpd.GeoDataFrame
    label: pd.Series


def outline(book: Delivered) -> Outline:
    """Return the zones of a book: by their outlines, else by an attribute of the land use, else the one zone ALL."""
    table, landuse = book.tables["zones"], book.tables["landuse"]
    label = _label(landuse, book.zones_by, zones_known=len(table) > 0)
    if drawn(table):
        return Outline("outline", _outlined(table, book.crs), pd.Series(pd.NA, index=landuse.index, dtype="str"))
    if label is None:
        zones = _outlined(table, book.crs)
        return Outline("none", zones, pd.Series(pd.NA, index=landuse.index, dtype="str"))
    codes = _ids(table)
    label = label.map(lambda said: codes.get(said, said), na_action="ignore").astype("str").where(label.notna())
    return Outline("label", _named(table, label, drawn(landuse), book.crs), label)


def drawn(table: Frame) -> bool:
    """Return whether any row of a table has a geometry."""
    return "geometry" in table and bool(table["geometry"].notna().any())


def _label(landuse: Frame, zones_by: str | None, *, zones_known: bool) -> pd.Series | None:
    column = zones_by.split(".", 1)[-1] if zones_by is not None else "zone_id"
    if column in landuse and landuse[column].notna().any():
        return landuse[column].astype("str").where(landuse[column].notna())
    if zones_known or landuse.empty:
        return None
    return pd.Series(ALL, index=landuse.index, dtype="str")


def _ids(table: Frame) -> dict[str, str]:
    """Return name → zone_id of the zones table, so that land use may name a zone by either."""
    if table.empty or "name" not in table:
        return {}
    named = table.dropna(subset=["name", "zone_id"]).drop_duplicates("name", keep=False)
    return dict(zip(named["name"].astype(str), named["zone_id"].astype(str), strict=True))


def _named(table: Frame, label: pd.Series, landuse_drawn: bool, crs: Any) -> gpd.GeoDataFrame:  # noqa: FBT001
    known = table.drop_duplicates("zone_id").set_index("zone_id") if len(table) else pd.DataFrame()
    ids = sorted({*label.dropna().astype(str), *map(str, known.index)})
    frame = pd.DataFrame({"zone_id": pd.Series(ids, dtype="str"), "extent": APPROVED})
    for column in ("name", "boundary", "approved_area_ha"):
        frame[column] = frame["zone_id"].map(known[column]) if column in known else pd.NA
    frame["name"] = frame["name"].where(frame["name"].notna(), frame["zone_id"])
    frame["area_kind"] = "ellipsoidal" if landuse_drawn else "registered"
    frame["outlined"] = False
    shapes = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=crs)
    return gpd.GeoDataFrame(frame[list(ZONES)], geometry=shapes, crs=crs)


def _outlined(table: Frame, crs: Any) -> gpd.GeoDataFrame:
    """Unite a zone's blocks; where only a planned or managed boundary is delivered, it also stands for the approved."""
    boundary = table["boundary"] if "boundary" in table else pd.Series(pd.NA, index=table.index)
    extent = boundary.isin(MANAGED_WORDS).map({True: MANAGED, False: APPROVED})
    rows = pd.DataFrame(table).assign(extent=extent, boundary=boundary)
    alone = rows.groupby("zone_id")["extent"].transform(lambda kinds: (kinds == MANAGED).all())
    rows = pd.concat([rows, rows[alone.astype(bool)].assign(extent=APPROVED)], ignore_index=True)
    keys = ["zone_id", "extent"]
    columns = [c for c in ("name", "boundary", "approved_area_ha") if c in rows]
    frame = rows.groupby(keys, sort=True)[columns].first().reset_index()
    united = rows.dropna(subset=["geometry"]).groupby(keys)["geometry"].agg(_union) if "geometry" in rows else {}
    shapes = [united.get(key) for key in zip(frame["zone_id"], frame["extent"], strict=True)]
    for column in ("name", "approved_area_ha"):
        frame[column] = frame.get(column, np.nan)
    frame["name"] = frame["name"].where(frame["name"].notna(), frame["zone_id"])
    frame["outlined"] = [shape is not None for shape in shapes]
    frame["area_kind"] = "ellipsoidal"
    return gpd.GeoDataFrame(frame[list(ZONES)], geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs), crs=crs)


def _union(shapes: pd.Series) -> Any:
    return shapely.union_all(shapes.to_numpy()) if len(shapes) > 1 else shapes.iloc[0]
