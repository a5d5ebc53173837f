"""Which ground and which rows of which files stand behind a condition: the polygons of the docket's map and sheet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.expansion.bounds import FORBIDDEN, comparable, surveyed
from evaluation.expansion.scene import GROUND, OF_PARCELS, Scene
from evaluation.policy.expansion import ExpansionPolicy, Leaf
from evaluation.zone.counted import counted
from evaluation.zone.measured import ZoneResult
from evaluation.zone.outline import Delivered, drawn
from evaluation.zone.readings import APPROVED, MANAGED, NOT_BUILT, Reading
from gis import cutting, overlay
from gis.measure import area_m2, half_up, to_mu
from parcels.memory import ALL, remembered
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame
COLUMNS = ("zone_id", "leaf", "what", "name", "file", "row", "area_mu", "geometry")
SLIVER_M2 = 1.0
IDLE = ("clause1", "clause2")
# leaf → the table whose files it was read from; all others are read from 开发区年度
TABLES: Mapping[str, tuple[str, ...]] = {
    "use_as_planned": ("landuse",),
    "zone_share": ("landuse", "zones"),
    "boundary_of_approved": ("zones",),
    "forbidden_mu": ("restricted", "zones"),
    "restricted_mu": ("restricted", "zones"),
    "unapproved_mu": ("landuse",),
    "idle_parcels_rate": ("parcels",),
    "built_of_approved": ("zone_years", "zones"),
    "zone_km2": ("zones",),
    "zone_blocks": ("zones",),
    "appraisal": ("appraisals",),
}


def files(book: Any, leaf: str) -> str:
    """Return the files (and sheets) a leaf was read from, joined by 、; empty where none was delivered."""
    sources = getattr(book, "sources", None)
    if sources is None or not leaf:
        return ""
    wanted = sources[sources["table"].isin(TABLES.get(leaf, ("zone_years",)))]
    named = [f"{file} {sheet}".strip() for file, sheet in zip(wanted["file"], wanted["sheet"], strict=True)]
    return "、".join(dict.fromkeys(named))


def polygons(scene: Scene, policies: Sequence[ExpansionPolicy]) -> gpd.GeoDataFrame:
    """Return COLUMNS, one row a polygon behind a leaf that any of the policies asks for, areas in 亩.

    leaf is the measure; what says in Chinese how the ground counts; name, file and row where it was delivered.
    """
    asked = [leaf for policy in policies for part in policy.conditions.values() for leaf in part.leaves]
    parts = [of(scene, leaf) for leaf in {asked_of(leaf): leaf for leaf in asked}.values()]
    full = [part for part in parts if len(part)]
    frame = pd.concat(full, ignore_index=True) if full else pd.DataFrame({name: [] for name in COLUMNS})
    kept = gpd.GeoDataFrame(frame.reindex(columns=list(COLUMNS)), geometry="geometry", crs=scene.book.crs)
    return kept.drop_duplicates([name for name in COLUMNS if name != "geometry"]).reset_index(drop=True)


def of(scene: Scene, leaf: Leaf) -> Frame:
    """Return the polygons behind one leaf in every zone, measured once a scene; none for a leaf without ground."""
    key = ("evidence", *asked_of(leaf))
    if key not in scene.seen:
        whole = leaf.id in OF_PARCELS
        scene.seen[key] = _of(scene, leaf) if whole else _of_ground(scene.book, scene.result, scene.year, leaf)
    return scene.seen[key]


def _of(scene: Scene, leaf: Leaf) -> Frame:
    found = HOW[leaf.id](scene, leaf) if leaf.id in HOW else pd.DataFrame()
    return found.assign(leaf=leaf.id)


@remembered(**dict.fromkeys(GROUND, ALL))
def _of_ground(book: Delivered, result: ZoneResult, year: int, leaf: Leaf) -> Frame:
    return _of(Scene(book, result, year), leaf)


def asked_of(leaf: Leaf) -> tuple[object, ...]:
    """Return what makes two leaves ask the same of a zone."""
    return (leaf.id, tuple(leaf.states), leaf.reading, leaf.basis)


def _rows(
    scene: Scene, table: str, rows: Frame, shapes: Any, zone: Any, what: Any, name: Any, known: Any = np.nan
) -> Frame:
    """Return evidence rows cut from rows of a table, slivers below a square metre left out.

    Their areas are measured where they are not `known` [m²].
    """
    cut = gpd.GeoSeries(shapes, crs=scene.book.crs)
    area = np.broadcast_to(np.asarray(known, dtype="float64"), len(cut)).copy()
    open_ = np.isnan(area)
    if open_.any():
        area[open_] = area_m2(cut[open_])
    frame = pd.DataFrame({"zone_id": zone, "what": what, "name": name}, index=range(len(cut)))
    frame["file"], frame["row"] = _places(scene, table, rows)
    frame = frame.assign(area_mu=half_up(to_mu(pd.Series(area)), 4), geometry=cut.to_numpy())
    return frame[area >= SLIVER_M2]


def _places(scene: Scene, table: str, rows: Frame) -> tuple[Any, Any]:
    sources = getattr(scene.book, "sources", None)
    at = rows["row"] if "row" in rows else rows["_row"] if "_row" in rows else pd.Series(np.nan, index=rows.index)
    if sources is None:
        return "", at.to_numpy()
    files_ = sources.set_index("source_id")["file"]
    if "_source" in rows:
        return rows["_source"].map(files_).fillna("").astype(str).to_numpy(), at.to_numpy()
    whole = scene.book.tables[table]
    if "basis" in rows and "_source" in whole and len(rows):  # pieces keep their basis, not their file
        whole = whole[whole["basis"].isin(rows["basis"].unique())]
    own = whole["_source"].dropna().drop_duplicates().map(files_) if "_source" in whole else pd.Series(dtype="str")
    return "、".join(dict.fromkeys(own.dropna().astype(str))), at.to_numpy()


def _restricted(scene: Scene, leaf: Leaf) -> Frame:
    table, zones = scene.book.tables["restricted"], scene.outlines()
    if not drawn(table) or zones.empty:
        return pd.DataFrame()
    rows = table[table["geometry"].notna()].reset_index(drop=True)
    wanted = rows["kind"].isin(FORBIDDEN) if leaf.id == "forbidden_mu" else rows["kind"].eq("限制").fillna(value=False)
    rows = rows[(wanted | rows["kind"].isna()).to_numpy(dtype=bool)].reset_index(drop=True)
    cut = cutting.pieces(zones.geometry, gpd.GeoSeries(rows["geometry"].to_numpy(), crs=scene.book.crs))
    of = rows.iloc[cut["b"].to_numpy()].reset_index(drop=True)
    kind = [
        say("zone.what.restricted", kind=one) if isinstance(one, str) else say("zone.what.blank") for one in of["kind"]
    ]
    name = of["name"].fillna("") if "name" in of else ""
    return _rows(scene, "restricted", of, cut.geometry.to_numpy(), zones["zone_id"].to_numpy()[cut["a"]], kind, name)


def _boundary(scene: Scene, _leaf: Leaf) -> Frame:
    """The ground of the planned or managed boundary outside the approved one."""
    managed, approved = scene.outlines(MANAGED), scene.outlines().set_index("zone_id")
    both = managed[managed["zone_id"].isin(approved.index)].reset_index(drop=True)
    beyond = [
        shape.difference(approved.geometry[zone]) for zone, shape in zip(both["zone_id"], both.geometry, strict=True)
    ]
    return _rows(
        scene, "zones", both.reindex(columns=["zone_id"]), beyond, both["zone_id"], say("zone.what.beyond"), ""
    )


def _unapproved(scene: Scene, leaf: Leaf) -> Frame:
    pieces = surveyed(scene)
    pieces = pieces[pieces.geometry.notna()]
    state = pieces["supply_state"]
    rows = pieces[(state.isin(leaf.states) | state.isna()).to_numpy(dtype=bool)].reset_index(drop=True)
    what = [one if isinstance(one, str) else say("zone.what.no_state") for one in rows["supply_state"]]
    return _rows(scene, "landuse", rows, rows.geometry.to_numpy(), rows["zone_id"], what, _class(rows))


def _as_planned(scene: Scene, _leaf: Leaf) -> Frame:
    """The built ground whose surveyed use is not the planned one."""
    actual, planned = surveyed(scene), scene.ground.pieces
    planned = planned[(planned["basis"] == "planned") & (planned["extent"] == APPROVED)]
    actual, planned = (part[part.geometry.notna()].reset_index(drop=True) for part in (actual, planned))
    built = actual[~actual["use_group"].isin(NOT_BUILT)].reset_index(drop=True)
    if built.empty or planned.empty:
        return pd.DataFrame()
    pairs = overlay.areas(built.geometry, planned.geometry)
    a, b = (part.iloc[pairs[side].to_numpy()].reset_index(drop=True) for part, side in ((built, "a"), (planned, "b")))
    clear = comparable(a, b)
    apart = (clear & (a["use_group"] != b["use_group"]) & (pairs["area_m2"] >= SLIVER_M2)).to_numpy(dtype=bool)
    a, b = a[apart].reset_index(drop=True), b[apart].reset_index(drop=True)
    shapes = a.geometry.intersection(b.geometry, align=False).to_numpy()
    what = [
        say("zone.what.other_use", actual=word("use_group", one), planned=word("use_group", other))
        for one, other in zip(a["use_group"], b["use_group"], strict=True)
    ]
    return _rows(scene, "landuse", a, shapes, a["zone_id"], what, _class(a))


def _share(scene: Scene, leaf: Leaf) -> Frame:
    """The classes of a share by their role: numerator, rest of the base, left out, unmapped."""
    reading = Reading.parse(leaf.reading or "N4.K1.X1")
    land = scene.result.land
    land = land[(land["basis"] == (leaf.basis or "planned")) & land.geometry.notna()]
    rows = counted(gpd.GeoDataFrame(land), "", reading, {}, {})
    area = land["area_m2"].reindex(rows.index)  # of the pieces: what the share was worked out from
    rows = rows.reset_index(drop=True)
    what = [word("role", role) for role in rows["role"]]
    return _rows(scene, "landuse", rows, rows.geometry.to_numpy(), rows["zone_id"], what, _class(rows), area)


def _idle(scene: Scene, _leaf: Leaf) -> Frame:
    parcels = scene.book.tables.get("parcels")
    if scene.reclaim is None or scene.reclaim.empty or parcels is None or not drawn(parcels):
        return pd.DataFrame()
    idle = scene.reclaim[scene.reclaim["idle"].isin(IDLE)][["parcel_id", "zone_id", "idle"]]
    own = parcels.drop(columns=["zone_id"], errors="ignore")
    rows = pd.DataFrame(own).merge(idle, on="parcel_id", validate="one_to_one")
    rows = rows[rows["geometry"].notna() & rows["zone_id"].notna()].reset_index(drop=True)
    what = [word("idle", state) for state in rows["idle"]]
    return _rows(scene, "parcels", rows, rows["geometry"].to_numpy(), rows["zone_id"], what, rows["parcel_id"])


def _class(rows: Frame) -> Any:
    """Return code and name of land-use rows in one text."""
    code, name = (rows[part].astype(object).where(rows[part].notna(), "").astype(str) for part in ("code", "name"))
    return (code + " " + name).str.strip()


HOW: Mapping[str, Callable[[Scene, Leaf], Frame]] = {
    "forbidden_mu": _restricted,
    "restricted_mu": _restricted,
    "boundary_of_approved": _boundary,
    "unapproved_mu": _unapproved,
    "use_as_planned": _as_planned,
    "zone_share": _share,
    "idle_rate": _idle,
    "idle_parcels_rate": _idle,
}
