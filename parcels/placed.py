"""Drawn rows brought into one work CRS: refused without a CRS, doubted, repaired, and every change said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis import crs as systems
from gis import repair
from parcels import columns, faults
from parcels.cells import REPAIR_COLUMNS, Typed
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

BLOCKING = frozenset({"degrees_in_plane", "metres_in_degrees", "axes_swapped", "zone_prefix"})
POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Placed:
    """All tables with their geometry in one CRS (None: nothing is drawn), and what was found on the way."""

    tables: list[Typed]
    crs: CRS | None
    faults: list[Frame]
    repairs: list[Frame]


def placed(tables: list[Typed]) -> Placed:
    """Return tables whose geometries are valid polygons in one work CRS; what cannot be placed is missing and said."""
    found: list[Frame] = []
    kept = []
    for one in tables:
        drawable, said = _refused(one)
        kept.append(drawable)
        found += said
    kept, apart = _far_apart(kept)
    drawn = [one for one in kept if "geometry" in one.frame and columns.has_geometry(one.raw.table)]
    work = systems.choose_work_crs([one.raw.crs for one in drawn if one.raw.crs is not None]) if drawn else None
    out, repairs = [], []
    for one in kept:
        moved, said, changed = _mended(one, work)
        out.append(moved)
        found += said
        repairs += changed
    return Placed(out, work, [*found, *apart], repairs)


def _refused(one: Typed) -> tuple[Typed, list[Frame]]:
    """A layer without a CRS, or with one its numbers contradict, keeps its rows and loses its shapes."""
    if "geometry" not in one.frame or not one.frame["geometry"].notna().any():
        return _without_shapes(one), []
    raw = one.raw
    place = {"file": raw.file, "sheet": raw.sheet}
    if raw.crs is None:
        return _without_shapes(one), [faults.one("crs_missing", **place)]
    doubts = systems.suspect(raw.crs, _bounds(one))
    found = [
        faults.one(
            "crs_wrong_zone" if doubt.kind in BLOCKING else "crs_suspect",
            **place,
            crs=systems.name(raw.crs),
            why=_why(doubt),
        )
        for doubt in doubts
    ]
    return (_without_shapes(one) if any(doubt.kind in BLOCKING for doubt in doubts) else one), found


def _why(doubt: systems.Suspicion) -> str:
    fitting = "、".join(systems.name(crs) for crs in doubt.candidates[:3])
    lands = say("parcels.crs.lands", west=doubt.lands[0], south=doubt.lands[1]) if doubt.lands else ""
    may = say("parcels.crs.may", candidates=fitting) if fitting else ""
    return say(f"parcels.crs.{doubt.kind}", crs=systems.name(doubt.crs)) + lands + may


def _bounds(one: Typed) -> systems.Bounds:
    west, south, east, north = (float(value) for value in shapely.total_bounds(_shapes(one)))
    return west, south, east, north


def _shapes(one: Typed) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.asarray(gpd.GeoSeries(one.frame["geometry"]).array, dtype=object)


def _without_shapes(one: Typed) -> Typed:
    return replace(one, frame=one.frame.drop(columns="geometry", errors="ignore"))


def _far_apart(tables: list[Typed]) -> tuple[list[Typed], list[Frame]]:
    """Layers that land a degree from the others: a zone off, which no number of their own shows."""
    drawn = [place for place, one in enumerate(tables) if "geometry" in one.frame and one.raw.crs is not None]
    layers = [(tables[place].raw.crs, _bounds(tables[place])) for place in drawn]
    far = systems.far_apart([(crs, box) for crs, box in layers if crs is not None])
    kept = list(tables)
    found = []
    sure = len(layers) > len(("one", "other"))
    for position, doubt in far:
        one = tables[drawn[position]]
        place = {"file": one.raw.file, "sheet": one.raw.sheet}
        kind = "crs_wrong_zone" if sure else "crs_suspect"
        found.append(faults.one(kind, **place, crs=systems.name(doubt.crs), why=_why(doubt)))
        if sure:
            kept[drawn[position]] = _without_shapes(one)
    return kept, found


def _mended(one: Typed, work: CRS | None) -> tuple[Typed, list[Frame], list[Frame]]:
    """One table's shapes valid and in the work CRS."""
    if "geometry" not in one.frame or one.raw.crs is None:
        return one, [], []
    if not columns.has_geometry(one.raw.table):
        return replace(one, frame=_with_points(one)), [], []
    own = gpd.GeoSeries(one.frame["geometry"], crs=one.raw.crs)
    valid, changes = repair.make_valid_polygons(own)
    found, repairs = _changes(one, changes)
    if work is None:
        return _without_shapes(one), found, repairs
    try:
        moved = systems.to_crs(gpd.GeoDataFrame(geometry=valid), work, keep_edges=one.raw.crs != work)
    except systems.DatumShift as shift:
        place = {"file": one.raw.file, "sheet": one.raw.sheet}
        said = faults.one("datum_shift", **place, source=systems.name(shift.source), target=systems.name(shift.target))
        return _without_shapes(one), [*found, said], repairs
    return replace(one, frame=one.frame.assign(geometry=moved.geometry)), found, repairs


def _with_points(one: Typed) -> Frame:
    """A point layer of firms: longitude and latitude from the points, where no column says them."""
    frame = one.frame.drop(columns="geometry")
    points = gpd.GeoSeries(one.frame["geometry"], crs=one.raw.crs)
    if one.raw.table != "firms" or one.raw.crs is None or systems.shifted(one.raw.crs, systems.CGCS2000):
        return frame
    there = points.to_crs(systems.CGCS2000).representative_point()
    for name, values in (("lon", there.x), ("lat", there.y)):
        frame[name] = frame[name].fillna(values) if name in frame else values
    return frame


def _changes(one: Typed, changes: Frame) -> tuple[list[Frame], list[Frame]]:
    """Faults and repairs of what make_valid_polygons changed."""
    if changes.empty:
        return [], []
    words = entry("parcels.geometry")
    rows = one.frame.index[changes["position"].to_numpy()]
    why = changes["reason"].map(words).fillna(changes["reason"])
    difference = changes["area_after"] - changes["area_before"]
    where = pd.DataFrame({
        "file": one.raw.file,
        "sheet": one.raw.sheet,
        "row": rows,
        "column": "",
        "value": "",
        "why": why.to_numpy(),
        "change": difference.map("{:.4f}".format).to_numpy(),
    })
    other = changes["reason"].isin({"not_polygon", "empty"}).to_numpy()
    repairs = pd.DataFrame({
        "file": one.raw.file,
        "sheet": one.raw.sheet,
        "row": rows,
        "column": columns.name(one.raw.table, "geometry"),
        "before": why.to_numpy(),
        "after": where["change"],
        "kind": words["repair"],
    })
    found = [faults.many("geometry_invalid", where[~other]), faults.many("geometry_kind", where[other])]
    return found, [repairs[REPAIR_COLUMNS]]
