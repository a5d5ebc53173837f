"""The ground of each zone cut into pieces that never lie on one another, gaps and conflicts as unmapped ground."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.zone.disjoint import CLEAN, disjoint
from evaluation.zone.kinds import Kinds, kinds
from evaluation.zone.outline import Delivered, Mode, drawn, outline
from evaluation.zone.readings import APPROVED, UNMAPPED
from gis import cells, cutting, measure
from parcels.drawn import area_m2
from parcels.memory import ALL, remembered

Frame: TypeAlias = pd.DataFrame

BLANK_BASIS = ""
PIECES = ("zone_id", "extent", "basis", *CLEAN, "area_m2", "geometry")
GAP_M2 = 1e-3  # thinner uncovered ground is rounding of coordinates, not land


@dataclass(frozen=True)
class Ground:
    """The ground of every zone on every basis delivered.

    zones: one row a zone × extent (outline.ZONES and geometry). pieces: PIECES columns, areas in ellipsoidal m², or
    registered m² where the land use has no geometry. The pieces of one zone, extent and basis never overlap, and
    where the zone has an outline they add up to it.
    """

    mode: Mode
    zones: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    bases: tuple[str, ...]

    @cached_property
    def kinds(self) -> Kinds:
        """Return the kinds of its pieces: what is said of many pieces alike is worked out once a kind."""
        return kinds(self.pieces)


@remembered(zones=ALL, landuse=ALL)
def lay(book: Delivered, use_group: pd.Series | None = None) -> Ground:
    """Return the ground of a book's zones; `use_group` replaces the groups read from codes (same index as landuse)."""
    known = outline(book)
    landuse = _classified(book, use_group)
    bases = tuple(sorted(landuse["basis"].unique()))
    cut = {basis: _cut(landuse[landuse["basis"] == basis], known.mode, known.zones, known.label) for basis in bases}
    parts = [part.assign(basis=basis) for basis, part in cut.items() if part is not None]
    pieces = _stacked(parts, book.crs)
    zones = _own_shapes(known.zones, pieces) if known.mode == "label" else known.zones
    return Ground(known.mode, zones, pieces, bases)


def _classified(book: Delivered, use_group: pd.Series | None) -> Frame:
    """Return land use with use_group, a basis that is never missing, and the row it came from."""
    table: Frame = book.tables["landuse"]
    if use_group is None:
        from parcels.landuse import groups

        use_group = groups(table["code"], table["scheme"], book.classes)
    basis = table["basis"].astype(object).where(table["basis"].notna(), BLANK_BASIS).astype("str")
    row = table["_row"] if "_row" in table else pd.Series(np.arange(1, len(table) + 1), index=table.index)
    absent = {column: np.nan for column in ("name", "supply_state", "area_m2") if column not in table}
    known = table.assign(use_group=use_group.astype("str"), basis=basis, row=row, **absent)
    return known.assign(stated=_stated(known))


def _stated(table: Frame) -> pd.Series:
    """Return the stated area of each polygon ÷ its drawn one, missing where either is: what the ledger makes of it."""
    ellipsoidal = area_m2(table)
    return table["area_m2"].astype("float64") / ellipsoidal.where(ellipsoidal > 0)


def _cut(rows: Frame, mode: Mode, zones: gpd.GeoDataFrame, label: pd.Series) -> Frame | None:
    if mode == "label":
        return _labelled(rows, label[rows.index]) if drawn(rows) else _registered(rows, label[rows.index])
    if mode == "outline" and drawn(rows):
        return _overlaid(rows, zones[zones["outlined"]].reset_index(drop=True))
    return None


def _overlaid(rows: Frame, zones: gpd.GeoDataFrame) -> Frame:
    """Cut the clean land use by every zone; what no polygon covers is a piece of its own, unmapped."""
    clean = disjoint(gpd.GeoDataFrame(rows, geometry="geometry", crs=zones.crs), None)
    pairs = cells.pieces(zones.geometry, clean.geometry)
    taken = pd.DataFrame(clean.iloc[pairs["b"].to_numpy()][list(CLEAN)].reset_index(drop=True))
    taken = taken.assign(area_m2=pairs["area_m2"].to_numpy(), geometry=pairs["geometry"].to_numpy())
    keys = zones.iloc[pairs["a"].to_numpy()][["zone_id", "extent"]].reset_index(drop=True)
    return pd.concat([pd.concat([pd.DataFrame(keys), taken], axis=1), _gaps(zones, clean, pairs)], ignore_index=True)


def _gaps(zones: gpd.GeoDataFrame, clean: gpd.GeoDataFrame, pairs: Frame) -> Frame:
    """One row is the ground of a zone under no polygon: unmapped (CONTRACT §5)."""
    covered = np.bincount(pairs["a"].to_numpy(), pairs["area_m2"].to_numpy(), len(zones))
    gap = measure.area_m2(zones.geometry) - covered
    bare = gap > GAP_M2
    rows = pd.DataFrame(zones.loc[bare, ["zone_id", "extent"]]).assign(use_group=UNMAPPED, area_m2=gap[bare])
    near = clean.geometry.iloc[np.unique(pairs["b"].to_numpy()[bare[pairs["a"]]])]
    rows["geometry"] = cells.uncovered(zones.geometry[bare], near).to_numpy() if bare.any() else None
    return rows


def _labelled(rows: Frame, label: pd.Series) -> Frame:
    """Zones by attribute: each is its own rows only; their overlaps are conflicts, their gaps are unknowable."""
    clean = disjoint(gpd.GeoDataFrame(rows, geometry="geometry")[label.notna().to_numpy()], label)
    return clean.assign(extent=APPROVED, area_m2=measure.area_m2(clean.geometry)).rename(columns={"label": "zone_id"})


def _registered(rows: Frame, label: pd.Series) -> Frame:
    """Land use without geometry: its stated areas by attribute; a row without area leaves its zone's sum unknown."""
    mine = label.notna()
    kept = pd.DataFrame(rows.loc[mine, list(CLEAN)])
    return kept.assign(
        zone_id=label[mine], extent=APPROVED, geometry=None, area_m2=rows.loc[mine, "area_m2"].astype("float64")
    )


def _own_shapes(zones: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return attribute zones with the union of their own pieces as shape: for the map, not for the base."""
    known = pieces[pieces.geometry.notna()]
    shapes = {zone: cutting.united(part.to_numpy()) for zone, part in known.geometry.groupby(known["zone_id"])}
    found = [shapes.get(zone) for zone in zones["zone_id"]]
    return zones.set_geometry(gpd.GeoSeries(found, index=zones.index, crs=zones.crs))


def _stacked(parts: list[Frame], crs: Any) -> gpd.GeoDataFrame:
    blank = {
        column: pd.Series(dtype="float64" if column in {"area_m2", "row", "stated"} else "str") for column in PIECES
    }
    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True) if parts else pd.DataFrame(blank)
    text = {c: frame[c].astype("str").where(frame[c].notna()) for c in ("code", "scheme", "name", "supply_state")}
    shapes = frame["geometry"].astype(object)
    column = gpd.GeoSeries(shapes.where(shapes.notna(), None).to_numpy(), index=frame.index, crs=crs)
    return gpd.GeoDataFrame(frame.assign(**text)[[*PIECES[:-1]]], geometry=column, crs=crs)
