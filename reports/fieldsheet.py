"""现场核查表: one page to take to a parcel, with its map, what to look at, which paper decides, and signatures."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from gis.palette import IDLE
from parcels.words import entry, say, word
from reports.mapfigure import Layer, figure
from reports.notices import agreed, area, parcel_row, price, text, zone_name
from reports.paper import Paper
from reports.workbook import heading

FACTS = (2.6, 6.4, 2.6, 6.4)  # cm
QUESTIONS = (2.0, 16.0)
MAP_CM = (17.0, 9.6)
SIZE = 9.0
TAIL = 5  # last figures of a parcel code, enough to tell neighbours apart
AROUND = 0.7  # of the parcel's own extent on every side: its neighbours show


def visit(verdicts: Verdicts, parcel_id: str) -> bytes:
    """Return the field sheet (Word, one A4 page) of any parcel; raises LookupError where the run has none such."""
    row = parcel_row(verdicts, parcel_id)
    about = verdicts.provenance
    paper = Paper(size=SIZE, margins_cm=(1.5, 1.2))
    paper.title(say("notices.visit.title"), 15)
    paper.table(_facts(verdicts, row), FACTS, heads=(0, 2))
    paper.line(f"{say('notices.visit.reason')}：{text(row['reason'])}", bold=True)
    needed = _paper(row)
    if needed:
        paper.line(say("notices.visit.paper", paper=needed))
    picture = map_of(verdicts, parcel_id)
    if picture is None:
        paper.line(say("notices.visit.no_map"))
    else:
        paper.picture(picture, MAP_CM[0])
    paper.line(say("notices.visit.questions"), bold=True)
    paper.table([tuple(pair) for pair in entry("notices.visit.ask")], QUESTIONS, heads=(0,), tall_cm=0.85)
    paper.line("")
    paper.line(say("notices.visit.sign"))
    paper.small(say("notices.visit.foot"))
    paper.small(say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))
    return paper.bytes()


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
    others = shapes[~mine]
    tails = parcels.loc[~mine, "parcel_id"].astype(str).str[-TAIL:]
    layers = [
        Layer(say("notices.visit.neighbours"), others, "#f2f2f2", names=tails),
        *_zone_edges(verdicts),
        Layer(say("notices.visit.own"), own, swatch.colour, "#7b1e1e", 3.0, swatch.hatch,
              parcels.loc[own.index, "parcel_id"].astype(str).str[-TAIL:]),
    ]  # fmt: skip
    made = figure(
        layers, own, width_cm=MAP_CM[0], height_cm=MAP_CM[1], margin=AROUND, notes=[say("notices.visit.map")]
    )
    return made.png


def _zone_edges(verdicts: Verdicts) -> list[Layer]:
    zones = verdicts.zone_shapes
    if "geometry" not in zones or zones["geometry"].isna().all():
        return []
    edges = gpd.GeoSeries(zones["geometry"], crs=verdicts.crs)
    return [Layer(say("notices.visit.zone"), edges, edge="#1f5fa8", width=2.5)]


def _facts(verdicts: Verdicts, row: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    values = {
        "parcel_id": text(row["parcel_id"]),
        "holder": text(row["holder"]),
        "location": text(row["location"]),
        "zone": zone_name(verdicts, row),
        "area": area(row),
        "use": text(row.get("use_name")),
        "agreed_start": agreed(row),
        "start": text(row.get("start")),
        "since": text(row.get("since")),
        "first_falls": text(row.get("first_falls")),
        "second_falls": text(row.get("second_falls")),
        "price": price(row),
        "idle": _verdict(row),
        "step": word("legal_step", row["legal_step"]) if text(row["legal_step"]) else "",
    }
    pairs = [(_label(name), value or "—") for name, value in values.items()]
    return [(*pairs[at], *pairs[at + 1]) for at in range(0, len(pairs), 2)]


def _label(name: str) -> str:
    return heading("holder")[0] if name == "holder" else say(f"notices.field.{name}")


def _verdict(row: Mapping[str, Any]) -> str:
    if not text(row["idle"]):
        return ""
    stage = word("stage", row["stage"]) if text(row["stage"]) else ""
    return "　".join(part for part in (word("idle", row["idle"]), stage) if part)


def _paper(row: Mapping[str, Any]) -> str:
    """Return which papers would decide an undecided parcel, or would confirm a listed one."""
    papers = entry("reclaim.paper")
    missing = text(row.get("missing"))
    if missing in papers:
        return str(papers[missing])
    if missing == "silent":
        return str(papers["agreed"])
    listed = text(row.get("outcome")) == "fail"
    return "、".join(dict.fromkeys([papers["agreed"], papers["contradiction"]])) if listed and pd.notna(missing) else ""
