"""Drafts of 调查通知书 and 认定书: what the data say is filled in, what people decide stays a marked blank."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.policy.model import Policy, cited
from evaluation.policy.reclaim import IdlePolicy
from parcels.words import entry, say, word
from reports.paper import Paper

WIDTHS = (4.2, 12.4)
DEED = {"investigation": "investigate", "determination": "determine"}
REPLY = "reply"


class NotDrafted(Exception):
    """No draft can be made of a parcel; the message says why and what to do instead."""


def investigation(verdicts: Verdicts, policies: Sequence[Policy], parcel_id: str) -> bytes:
    """Return the draft 闲置土地调查通知书 (Word) of a parcel with signs of idleness; raises NotDrafted, LookupError."""
    row, rule = idle_row(verdicts, policies, parcel_id)
    paper = _opened(verdicts, rule, row, "investigation")
    _holder_and_land(paper, verdicts, row)
    _facts(paper, rule, row, "investigation")
    paper.heading(say("notices.head.ask"))
    for at, line in enumerate(entry("notices.ask"), start=1):
        paper.line(f"{at}. {line}。", 1)
    within = next((deed.within_days for deed in rule.clock if deed.id == REPLY), None)
    paper.line(say("notices.deadline", days=within if within is not None else say("notices.value.fill")), 1)
    paper.heading(say("notices.head.rights"))
    _numbered(paper, entry("notices.rights"))
    paper.heading(say("notices.head.other.investigation"))
    _numbered(paper, entry("notices.other"))
    return _closed(paper, verdicts, rule, "investigation")


def determination(verdicts: Verdicts, policies: Sequence[Policy], parcel_id: str) -> bytes:
    """Return the draft 闲置土地认定书 (Word): facts and arithmetic, the conclusion blank; raises as investigation."""
    row, rule = idle_row(verdicts, policies, parcel_id)
    paper = _opened(verdicts, rule, row, "determination")
    _holder_and_land(paper, verdicts, row)
    _facts(paper, rule, row, "determination")
    paper.heading(say("notices.head.cause"))
    cause = "mixed" if row["cause"] == "mixed" else "own"
    paper.line(say(f"notices.cause.{cause}", days=_figure(row["first_excused"])), 1)
    paper.line(say("notices.conclusion"), 1, bold=True)
    paper.heading(say("notices.head.other.determination"))
    _numbered(paper, [*entry("notices.other"), say("notices.remedy")])
    return _closed(paper, verdicts, rule, "determination")


def idle_row(verdicts: Verdicts, policies: Sequence[Policy], parcel_id: str) -> tuple[Mapping[str, Any], IdlePolicy]:
    """Return a parcel's verdict and the policy that gave it; raises NotDrafted where there are no signs."""
    row = parcel_row(verdicts, parcel_id)
    rule = next((one for one in policies if isinstance(one, IdlePolicy) and one.id == row.get("policy")), None)
    if rule is None:
        raise NotDrafted(say("notices.no_policy"))
    if row["outcome"] != "fail":
        raise NotDrafted(say("notices.not_listed", parcel=parcel_id, idle=word("idle", row["idle"])))
    return row, rule


def parcel_row(verdicts: Verdicts, parcel_id: str) -> Mapping[str, Any]:
    """Return the verdict of one parcel; raises LookupError where the run has no such parcel."""
    rows = verdicts.parcels[verdicts.parcels["parcel_id"].astype(str).eq(parcel_id)]
    if rows.empty:
        raise LookupError(parcel_id)
    return dict(rows.iloc[0])


def zone_name(verdicts: Verdicts, row: Mapping[str, Any]) -> str:
    """Return the name of the zone a parcel lies in, else its code."""
    shapes = verdicts.zone_shapes
    if "name" in shapes:
        named = shapes[shapes["zone_id"].eq(row["zone_id"])]["name"].dropna()
        if len(named):
            return str(named.iloc[0])
    return text(row["zone_id"])


def text(value: Any) -> str:
    """Return a value as a line shows it: ISO days, nothing where it is missing."""
    if value is None or pd.isna(value):
        return ""
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else str(value)


def _opened(verdicts: Verdicts, rule: IdlePolicy, row: Mapping[str, Any], kind: str) -> Paper:
    paper = Paper()
    paper.line(say("notices.authority"), centred=True)
    paper.title(say(f"notices.kind.{kind}"))
    paper.line(say("notices.number"), centred=True)
    paper.line(say("notices.draft"), centred=True, bold=True)
    paper.line(say("notices.to", holder=text(row["holder"]) or say("notices.value.fill")))
    return paper


def _holder_and_land(paper: Paper, verdicts: Verdicts, row: Mapping[str, Any]) -> None:
    fill = say("notices.value.fill")
    paper.heading(say("notices.head.holder"))
    holder = {"holder": text(row["holder"]), "uscc": text(row["holder_uscc"]), "address": "", "contact": ""}
    paper.table([(say(f"notices.field.{name}"), value or fill) for name, value in holder.items()], WIDTHS, heads=(0,))
    paper.heading(say("notices.head.land"))
    land = {
        "parcel_id": text(row["parcel_id"]),
        "location": text(row["location"]),
        "zone": zone_name(verdicts, row),
        "area": area(row),
        "use": text(row.get("use_name")),
        "price": price(row),
        "contract": "",
        "delivered": "",
        "agreed_start": agreed(row),
        "start": text(row["start"]) or _unstarted(row),
        "since": text(row["since"]),
    }
    if row["idle"] == "clause1":
        del land["since"]
    paper.table([(say(f"notices.field.{name}"), value or fill) for name, value in land.items()], WIDTHS, heads=(0,))


def _unstarted(row: Mapping[str, Any]) -> str:
    """Return that the papers say work has not begun, nothing where they are silent."""
    stated = row["idle"] == "clause1" and row["stage"] == "suspected"
    return say("notices.value.unstarted") if stated else ""


def agreed(row: Mapping[str, Any]) -> str:
    """Return the agreed start and, where a supplementary agreement set it, that it did."""
    day = text(row.get("agreed_start"))
    return say("notices.value.agreement", day=day) if day and row.get("agreed_by") == "agreement" else day


def area(row: Mapping[str, Any]) -> str:
    """Return a parcel's area with its kind, to the four decimals of the sheets."""
    if pd.isna(row["area_mu"]):
        return ""
    return say("notices.value.area", mu=f"{row['area_mu']:.4f}", kind=word("area_kind", row["area_kind"]))


def price(row: Mapping[str, Any]) -> str:
    """Return the price of the land [万元], blank where it is not known."""
    known = row.get("price_wan")
    return "" if known is None or pd.isna(known) else say("notices.value.price", price=f"{known:.4f}")


def _facts(paper: Paper, rule: IdlePolicy, row: Mapping[str, Any], kind: str) -> None:
    paper.heading(say(f"notices.head.facts.{kind}"))
    paper.line(f"{text(row['idle_reason'])}。", 1)
    clause = rule.not_started if row["idle"] == "clause1" else rule.stopped
    days = {name: text(row[name]) for name in ("first_falls", "second_falls") if row["idle"] == "clause1"}
    for name, day in days.items():
        if day:
            paper.line(f"{say(f'notices.field.{name}')}：{day}", 1)
    if clause is not None:
        paper.line(_source(rule, clause.source), 1)
    if row["stage"] == "lead":
        paper.line(say("notices.lead"), 1, bold=True)
    if row["idle"] == "clause2":
        paper.line(say("notices.discretion"), 1, bold=True)


def _source(rule: IdlePolicy, source: str) -> str:
    known = rule.sources[source]
    quote = f"“{known.quote}”" if known.quote else ""
    return say("reports.card.source", source=f"{cited(rule, source)} {quote}".strip(),
               status=word("source_status", known.status))  # fmt: skip


def _closed(paper: Paper, verdicts: Verdicts, rule: IdlePolicy, kind: str) -> bytes:
    paper.line("")
    paper.line(say("notices.sign"))
    deed = next(one for one in rule.clock if one.id == DEED[kind])
    source = deed.cite.get("document", deed.source) if deed.cite else deed.source
    word_of = "verified" if rule.sources[source].decides else "unverified"
    paper.small(say(f"notices.{word_of}", article=say(f"notices.article.{kind}")))
    about = verdicts.provenance
    made = {"year": about["year"], "as_of": about["as_of"], "data": str(about["data"])[:12], "policy": rule.label}
    paper.small(say("notices.made", **made))
    return paper.bytes()


def _numbered(paper: Paper, lines: Sequence[str]) -> None:
    for at, line in enumerate(lines, start=1):
        paper.line(f"{at}. {line}", 1)


def _figure(value: Any) -> str:
    return "0" if value is None or pd.isna(value) else f"{int(value)}"
