"""现场核查表: one page to take to a parcel, with its map, what to look at, which paper decides, and signatures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.finding import Verdicts
from parcels.words import entry, say, word
from reports.landmap import PARCEL_CM, map_of
from reports.notices import agreed, area, parcel_row, price, text, zone_name
from reports.paper import Paper
from reports.workbook import heading

FACTS = (2.6, 6.4, 2.6, 6.4)  # cm
QUESTIONS = (2.0, 16.0)
SIZE = 9.0


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
        paper.picture(picture, PARCEL_CM[0])
    paper.line(say("notices.visit.questions"), bold=True)
    paper.table([tuple(pair) for pair in entry("notices.visit.ask")], QUESTIONS, heads=(0,), tall_cm=0.85)
    paper.line("")
    paper.line(say("notices.visit.sign"))
    paper.small(say("notices.visit.foot"))
    paper.small(say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))
    return paper.bytes()


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
