"""扩区审查卷: one zone under one policy as a few Word pages: conditions, maps, cures, evidence, sources, the unseen."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.policy.expansion import OVERALL, ExpansionPolicy
from parcels.words import say, word
from reports import docketmap
from reports.card import MARKS, cited, figure
from reports.paper import Paper

Frame: TypeAlias = pd.DataFrame
Row: TypeAlias = Mapping[Hashable, Any]

MOST_GROUND = 25  # polygons listed on paper; the workbook lists them all
CONDITION_CM = (3.2, 2.1, 2.2, 1.9, 7.1)
LEAF_CM = (3.5, 2.1, 6.7, 4.2)
GROUND_CM = (4.0, 3.4, 3.4, 3.4, 2.3)
READING_CM = (3.0, 1.1, 2.5, 2.6, 1.6, 2.1, 3.6)
YEARS_CM = (3.5, 2.1, 1.7, 6.8, 2.4)
SHOWN_RATES = (
    "development_rate", "supply_rate", "built_rate", "built_of_developable", "industrial_rate", "far",
    "invest_per_mu", "output_per_mu", "tax_per_mu", "idle_rate",
)  # fmt: skip


def docket_docx(verdicts: Verdicts, policy: ExpansionPolicy, zone_id: str, about: Mapping[str, Any]) -> bytes:
    """Return the docket of a zone under a policy as a Word document; `about` is the run's manifest.

    Raises LookupError where the run has no docket of that zone and policy.
    """
    rows = _of(verdicts.expansion, zone_id, policy.id)
    if rows.empty:
        raise LookupError(f"{zone_id} {policy.id}")
    leaves = _of(verdicts.leaves, zone_id, policy.id)
    paper = Paper()
    _head(paper, verdicts, policy, zone_id, about, rows)
    _pictures(paper, verdicts, zone_id, leaves)
    _conditions(paper, rows)
    _cures(paper, rows)
    _leaves(paper, leaves)
    _ground(paper, verdicts.evidence, zone_id, leaves)
    _shares(paper, verdicts.zones, zone_id)
    _years(paper, verdicts.intensity, zone_id, int(about["year"]))
    _next_score(paper, _of(verdicts.projection, zone_id, policy.id))
    _sources(paper, policy)
    _unseen(paper, policy, rows, leaves)
    paper.small(say("docket.foot"))
    return paper.bytes()


def zone_name(verdicts: Verdicts, zone_id: str) -> str:
    """Return the name of a zone, its id where it has none."""
    shapes = verdicts.zone_shapes
    names = shapes.loc[shapes["zone_id"].astype(str) == zone_id, "name"] if "name" in shapes else pd.Series(dtype="str")
    return str(names.iloc[0]) if len(names) and isinstance(names.iloc[0], str) and names.iloc[0] else zone_id


def _of(frame: Frame, zone_id: str, policy: str) -> Frame:
    if frame.empty:
        return frame
    return frame[(frame["zone_id"].astype(str) == zone_id) & (frame["policy"] == policy)]


def _head(
    paper: Paper, verdicts: Verdicts, policy: ExpansionPolicy, zone_id: str, about: Mapping[str, Any], rows: Frame
) -> None:
    overall = rows[rows["condition"] == OVERALL].iloc[0]
    paper.title(say("docket.title"))
    name = zone_name(verdicts, zone_id)
    paper.line(say("docket.of", name=name, zone=zone_id, policy=policy.label), bold=True, centred=True)
    paper.small(say("reports.card.head", year=about["year"], as_of=about["as_of"], data=str(about["data"])[:12]))
    outcome = str(overall["outcome"])
    mark = f"{MARKS[outcome]} {say(f'docket.overall.{outcome}')}"
    paper.line(say("docket.overall.line", outcome=mark, note=overall["note"]), bold=True)
    if overall["cure"]:
        paper.line(str(overall["cure"]))


def _pictures(paper: Paper, verdicts: Verdicts, zone_id: str, leaves: Frame) -> None:
    """Place the map of the zone's land and, where there is any, of the ground behind the conditions."""
    drawn = docketmap.land(verdicts, zone_id)
    if drawn is None:
        paper.line(say("docket.no_map"))
        return
    paper.heading(say("docket.maps"))
    paper.line(say("docket.map_land"))
    paper.picture(drawn.png, drawn.width_cm)
    ground = docketmap.ground(verdicts, zone_id, list(leaves["leaf"].dropna().unique()))
    if ground is None:
        paper.line(say("docket.no_ground_map"))
        return
    paper.line(say("docket.map_ground"))
    paper.picture(ground.png, ground.width_cm)


def _conditions(paper: Paper, rows: Frame) -> None:
    paper.heading(say("docket.conditions"))
    heads = (say(f"docket.head.{name}") for name in ("condition", "outcome", "measured", "required", "source"))
    table = [tuple(heads)]
    for row in rows[rows["condition"] != OVERALL].to_dict("records"):
        status = word("source_status", str(row["status"])) if isinstance(row["status"], str) else ""
        table.append((
            f"{row['label']}\n{row['words']}" if row["words"] else str(row["label"]), _outcome(row),
            _number(row["measured"], row["unit"]), _number(row["required"], row["unit"]),
            "\n".join(part for part in (f"{row['source'] or ''}（{status}）", str(row["context"] or "")) if part),
        ))  # fmt: skip
    paper.table(table, CONDITION_CM, heads=(0,))


def _cures(paper: Paper, rows: Frame) -> None:
    paper.heading(say("docket.cures"))
    open_ = rows[(rows["outcome"] != "pass") & (rows["condition"] != OVERALL)]
    if open_.empty:
        paper.line(say("docket.no_cures"))
    for row in open_.to_dict("records"):
        paper.line(f"{MARKS[str(row['outcome'])]} {row['label']}", bold=True)
        paper.line(str(row["cure"] or say("docket.no_cure")), 1)


def _leaves(paper: Paper, leaves: Frame) -> None:
    paper.heading(say("docket.leaves"))
    table = [tuple(say(f"docket.head.{name}") for name in ("leaf", "outcome", "evidence", "files"))]
    for row in leaves[leaves["leaf"].astype(str) != ""].to_dict("records"):
        seen = row["evidence"] or row["note"] or ""
        label = say(
            "docket.leaf", condition=word("condition", row["condition"]), leaf=say(f"zone.measure.{row['leaf']}")
        )
        table.append((label, _outcome(row), str(seen), str(row["files"] or "—")))
    paper.table(table, LEAF_CM)


def _ground(paper: Paper, evidence: Frame, zone_id: str, leaves: Frame) -> None:
    """List the polygons behind the leaves that are not met; the land of a share is in the table of shares."""
    if evidence.empty:
        return
    shown = set(leaves.loc[leaves["outcome"] != "pass", "leaf"]) - docketmap.SHARES
    mine = evidence[(evidence["zone_id"].astype(str) == zone_id) & evidence["leaf"].isin(shown)]
    mine = mine.sort_values(["leaf", "area_mu"], ascending=[True, False])
    if mine.empty:
        return
    paper.heading(say("docket.ground"))
    table = [tuple(say(f"docket.head.{name}") for name in ("leaf", "what", "ground", "place", "area"))]
    for row in mine.head(MOST_GROUND).to_dict("records"):
        at = say("reports.card.row", row=int(row["row"])) if pd.notna(row["row"]) else ""
        place = f"{row['file']} {at}".strip()
        name = str(row["name"] or "—")
        table.append((say(f"zone.measure.{row['leaf']}"), str(row["what"]), name, place, _number(row["area_mu"], "亩")))
    paper.table(table, GROUND_CM)
    if len(mine) > MOST_GROUND:
        paper.small(say("docket.more_ground", shown=MOST_GROUND, all=len(mine)))


def _shares(paper: Paper, zones: Frame, zone_id: str) -> None:
    rows = zones[(zones["zone_id"].astype(str) == zone_id) & (zones["reading"] != "all")]
    if rows.empty:
        return
    paper.heading(say("docket.shares"))
    heads = ("rule", "basis", "numerator", "denominator", "measured", "outcome", "short")
    table = [tuple(say(f"docket.head.{name}") for name in heads)]
    for row in rows.to_dict("records"):
        convert, add = (_number(row[name], "") for name in ("short_mu", "short_add_mu"))
        table.append((
            f"{row['label']} {row['reading']}", word("basis", row["basis"]) if row["basis"] else "—",
            _number(row["numerator_mu"], ""), _number(row["denominator_mu"], ""), _number(row["measured"], ""),
            _outcome(row), say("docket.short", convert=convert, add=add),
        ))  # fmt: skip
    paper.table(table, READING_CM)


def _years(paper: Paper, intensity: Frame, zone_id: str, year: int) -> None:
    if intensity.empty:
        return
    rows = intensity[
        (intensity["zone_id"].astype(str) == zone_id)
        & (intensity["year"] == year)
        & intensity["indicator"].isin(SHOWN_RATES)
    ]
    if rows.empty:
        return
    paper.heading(say("docket.years", year=year))
    table = [tuple(say(f"docket.head.{name}") for name in ("indicator", "value", "unit", "means", "note"))]
    for row in rows.to_dict("records"):
        shown = (row["label"], _number(row["value"], ""), row["unit"], row["means"] or "—", row["note"] or "")
        table.append(tuple(map(str, shown)))
    paper.table(table, YEARS_CM)


def _next_score(paper: Paper, rows: Frame) -> None:
    for row in rows.to_dict("records"):
        known = pd.notna(row["least"])
        paper.heading(say("docket.next"))
        key = "docket.least" if known else "docket.no_least"
        paper.line(say(key, cycle=row["cycle"], least=figure(float(row["least"])) if known else "", note=row["note"]))


def _sources(paper: Paper, policy: ExpansionPolicy) -> None:
    paper.heading(say("docket.sources"))
    for source in policy.sources.values():
        paper.small(cited(source.model_dump(mode="json")))


def _unseen(paper: Paper, policy: ExpansionPolicy, rows: Frame, leaves: Frame) -> None:
    """List what was not checked: what the policy does not model, leaves blank, and what the data lack."""
    paper.heading(say("docket.unseen"))
    lacking = leaves[(leaves["outcome"] == "unknown") & (leaves["leaf"].astype(str) != "")]
    lacks = [
        str(row["lacks"]) for row in lacking.to_dict("records") if isinstance(row.get("lacks"), str) and row["lacks"]
    ]
    unknown = [
        str(label) for label in rows.loc[(rows["outcome"] == "unknown") & (rows["condition"] != OVERALL), "label"]
    ]
    lines: Iterable[tuple[str, Sequence[str]]] = (
        (say("docket.unseen_conditions"), unknown),
        (say("docket.unseen_data"), list(dict.fromkeys(lacks))),
        (say("docket.unseen_rules"), policy.not_modelled),
    )
    for title, parts in lines:
        if parts:
            paper.line(title, bold=True)
            for part in parts:
                paper.line(f"· {part}", 1)


def _outcome(row: Row) -> str:
    if str(row.get("context")) == "True":
        return say("reports.context")
    outcome = str(row["outcome"])
    return f"{MARKS[outcome]} {word('outcome', outcome)}"


def _number(value: Any, unit: Any) -> str:
    if value is None or pd.isna(value):
        return "—"
    shown = figure(float(value))
    return f"{shown} {unit}".strip() if isinstance(unit, str) and unit not in {"比", ""} else shown
