"""Maps on paper of the land that sleeps: one parcel among its neighbours, and a plan among what it was chosen from."""

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from gis.palette import IDLE
from parcels.words import say
from reports.mapfigure import Layer, figure

TAIL = 5  # last figures of a parcel code, enough to tell neighbours apart
PARCEL_CM, PLAN_CM = (17.0, 9.6), (24.0, 14.0)
AROUND, AROUND_PLAN = 0.7, 0.08  # of the subject's own extent on every side: its neighbours show
CHOSEN, COULD, OTHER = "#e8743b", "#ffd98a", "#f2f2f2"
RIM, QUIET, ZONE = "#7b1e1e", "#bbbbbb", "#1f5fa8"


def map_of(verdicts: Verdicts, parcel_id: str) -> bytes | None:
    """Return the PNG of a parcel among its neighbours, None where it has no shape."""
    parcels = verdicts.parcels
    if "geometry" not in parcels or verdicts.crs is None:
        return None
    shapes = gpd.GeoSeries(parcels["geometry"], crs=verdicts.crs)
    mine = parcels["parcel_id"].astype(str).eq(parcel_id)
    own = shapes[mine & shapes.notna()]
    if own.empty or own.is_empty.all():
        return None
    state = str(parcels.loc[own.index[0], "idle"])
    swatch = IDLE.swatches[IDLE.code(state if state in IDLE.words else IDLE.missing)]
    tails = _tails(parcels["parcel_id"])
    layers = [
        Layer(say("notices.visit.neighbours"), shapes[~mine], OTHER, names=tails),
        *_zone_edges(verdicts),
        Layer(say("notices.visit.own"), own, swatch.colour, RIM, 3.0, swatch.hatch, tails),
    ]
    made = figure(
        layers, own, width_cm=PARCEL_CM[0], height_cm=PARCEL_CM[1], margin=AROUND, notes=[say("notices.visit.map")]
    )
    return made.png


def plan_map(verdicts: Verdicts, land: gpd.GeoDataFrame, chosen: pd.Series) -> bytes | None:
    """Return the PNG of the parcels `chosen` (ids) out of `land`, None where none of them has a shape."""
    picked = land["parcel_id"].isin(chosen)
    shapes = gpd.GeoSeries(land["geometry"], crs=land.crs)
    drawn = shapes[picked & shapes.notna() & ~shapes.is_empty]
    if drawn.empty:
        return None
    parcels = verdicts.parcels
    rest = gpd.GeoSeries(parcels["geometry"], crs=verdicts.crs)[~parcels["parcel_id"].isin(land["parcel_id"])]
    layers = [
        Layer(say("reports.plan.other"), rest, OTHER, QUIET),
        Layer(say("reports.plan.could"), shapes[~picked], COULD),
        *_zone_edges(verdicts),
        Layer(say("reports.plan.chosen"), drawn, CHOSEN, RIM, 2.0, names=_tails(land["parcel_id"])),
    ]
    return figure(layers, drawn, width_cm=PLAN_CM[0], height_cm=PLAN_CM[1], margin=AROUND_PLAN).png


def _tails(codes: pd.Series) -> pd.Series:
    return codes.astype(str).str[-TAIL:]


def _zone_edges(verdicts: Verdicts) -> list[Layer]:
    zones = verdicts.zone_shapes
    if "geometry" not in zones or zones["geometry"].isna().all():
        return []
    edges = gpd.GeoSeries(zones["geometry"], crs=verdicts.crs)
    return [Layer(say("notices.visit.zone"), edges, edge=ZONE, width=2.5)]
