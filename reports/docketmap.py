"""The two maps of a docket: the land of a zone by use, and the ground that stands in the way of its expansion."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from gis import palette
from parcels.words import say, word
from reports.mapfigure import Figure, Layer, figure

WIDTH_CM, HEIGHT_CM = 16.0, 8.6
MARGIN = 0.06
EDGE = "#1f5fa8"
THIN, THICK = 0.4, 3.0
SHARES = frozenset({"zone_share"})  # its ground is the whole zone, drawn by the first map
# leaf → colour and hatch of the ground behind it
LOOKS: Mapping[str, tuple[str, palette.Hatch]] = {
    "forbidden_mu": ("#8f1d14", ""),
    "restricted_mu": ("#e8743b", ""),
    "boundary_of_approved": ("#6a3d9a", ""),
    "unapproved_mu": ("#c9a400", ""),
    "use_as_planned": ("#2c6fb8", "/"),
    "idle_rate": ("#5c5c5c", "\\"),
    "idle_parcels_rate": ("#5c5c5c", "\\"),
}


COLOURS = palette.Table(tuple(palette.Swatch(leaf, colour, hatch) for leaf, (colour, hatch) in LOOKS.items()))


def land(verdicts: Verdicts, zone_id: str) -> Figure | None:
    """Return the zone's land by use (现状 where delivered), None where the zone has no shape."""
    edge = outline(verdicts, zone_id)
    if edge is None:
        return None
    rows = _classes(verdicts, zone_id)
    layers = [
        Layer(word("use_group", swatch.word), part.geometry, swatch.colour, "#777777", THIN, swatch.hatch)
        for swatch in palette.USE_GROUP.swatches
        if len(part := rows[rows["use_group"] == swatch.word])
    ]
    notes = [say("docket.map_basis", basis=word("basis", str(rows["basis"].iloc[0])))] if len(rows) else []
    return _drawn([*layers, *_edges(edge)], edge, notes)


def ground(verdicts: Verdicts, zone_id: str, leaves: Sequence[str]) -> Figure | None:
    """Return the ground behind the leaves, None where there is none or the zone has no shape."""
    edge, evidence = outline(verdicts, zone_id), verdicts.evidence
    if edge is None or evidence.empty:
        return None
    mine = evidence[(evidence["zone_id"].astype(str) == zone_id) & evidence["leaf"].isin(set(leaves) - SHARES)]
    layers = [
        Layer(
            say(f"docket.ground_of.{leaf}"),
            _series(mine[mine["leaf"] == leaf], verdicts),
            colour,
            "#222222",
            1.0,
            hatch,
        )
        for leaf, (colour, hatch) in LOOKS.items()
        if (mine["leaf"] == leaf).any()
    ]
    return _drawn([*layers, *_edges(edge)], edge, [say("docket.map_lead")]) if layers else None


def outline(verdicts: Verdicts, zone_id: str) -> gpd.GeoSeries | None:
    """Return the shape of a zone: its delivered outline, else the ground that was counted as it; None without any."""
    shapes = verdicts.zone_shapes
    if "geometry" in shapes and verdicts.crs is not None:
        own = shapes[(shapes["zone_id"].astype(str) == zone_id) & shapes["geometry"].notna()]
        if len(own):
            return _series(own, verdicts)
    rows = _classes(verdicts, zone_id)
    return gpd.GeoSeries([rows.geometry.union_all()], crs=verdicts.crs) if len(rows) else None


def _classes(verdicts: Verdicts, zone_id: str) -> gpd.GeoDataFrame:
    """Return the classes of a zone's land on one basis, 现状 first, from the land counted for any one reading."""
    counted = verdicts.counted
    mine = counted[(counted["zone_id"].astype(str) == zone_id) & counted["geometry"].notna()]
    for basis in ("actual", "built", "planned", "titled", ""):
        part = mine[mine["basis"] == basis]
        if len(part):
            first = part[["rule", "reading"]].iloc[0]
            same = (part["rule"] == first["rule"]) & (part["reading"] == first["reading"])
            return gpd.GeoDataFrame(part[same], geometry="geometry", crs=verdicts.crs)
    return gpd.GeoDataFrame(mine, geometry="geometry", crs=verdicts.crs)


def _series(rows: pd.DataFrame, verdicts: Verdicts) -> gpd.GeoSeries:
    return gpd.GeoSeries(rows["geometry"].to_list(), crs=verdicts.crs)


def _edges(edge: gpd.GeoSeries) -> list[Layer]:
    return [Layer(say("docket.edge"), edge, edge=EDGE, width=THICK)]


def _drawn(layers: Sequence[Layer], edge: gpd.GeoSeries, notes: Sequence[str]) -> Figure:
    return figure(layers, edge, width_cm=WIDTH_CM, height_cm=HEIGHT_CM, margin=MARGIN, notes=notes)
