"""The tree behind any judgement, rebuilt on demand from the book, the policies and the verdicts (CONTRACT §1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluation import expansion, grading, imagery, reclaim, zone
from evaluation.finding import Node, Verdicts
from evaluation.policy.model import Policy
from gis.measure import half_up, to_mu
from parcels.book import Book
from parcels.words import say


class NoSuchSubject(LookupError):
    """A run has no firm, parcel or zone of that id."""

    def __init__(self, kind: str, subject: str, known: Sequence[str]) -> None:
        super().__init__(say(f"verdicts.no_such_{kind}", subject=subject, known="、".join(known)))


def explain(book: Book, policies: Sequence[Policy], verdicts: Verdicts, kind: str, subject: str) -> Node:
    """Return the tree of one firm, parcel or zone; raises NoSuchSubject, KeyError for a kind that is none."""
    return SUBJECTS[kind](book, policies, verdicts, subject)


def _firm(book: Book, policies: Sequence[Policy], verdicts: Verdicts, uscc: str) -> Node:
    row = _row(verdicts.firms, "uscc", "firm", uscc)
    graded = tuple(grading.explain_firm(result, uscc, book) for result in verdicts.parts["grading"])
    zombies = reclaim.explain_zombie(book, policies, verdicts.parts["reclaim"], uscc)
    land = _land(book, verdicts, uscc)
    words = say("verdicts.firm", name=row["name"], grade=_or_dash(row["grade"]), reason=_or_dash(row["reason"]))
    return Node(label=_or_dash(row["name"]), words=words, children=(*graded, *land, *zombies), rule="firm")


def _parcel(book: Book, policies: Sequence[Policy], verdicts: Verdicts, parcel: str) -> Node:
    _row(verdicts.parcels, "parcel_id", "parcel", parcel)
    whole = reclaim.explain_parcel(book, policies, verdicts.parts["reclaim"], parcel)
    seen = imagery.explain(policies, verdicts.parts["imagery"], parcel)
    return replace(whole, children=(*whole.children, *seen))


def _zone(book: Book, policies: Sequence[Policy], verdicts: Verdicts, zone_id: str) -> Node:
    shapes = verdicts.zone_shapes
    row = _row(shapes, "zone_id", "zone", zone_id)
    shares = zone.explain_zone(policies, verdicts.parts["zone"], zone_id)
    docket = expansion.explain_expansion(policies, verdicts.parts["expansion"], zone_id)
    name = row.get("name")
    return Node(label=str(name) if isinstance(name, str) else zone_id, children=(shares, docket), rule="zone")


def why_not(book: Book, policies: Sequence[Policy], verdicts: Verdicts, kind: str, subject: str, listed: str) -> Node:
    """Return why a firm is not of a class, or a parcel not on the list of sleeping land; raises NoSuchSubject."""
    if kind == "parcel":
        _row(verdicts.parcels, "parcel_id", "parcel", subject)
        return reclaim.why_not(book, policies, verdicts.parts["reclaim"], subject)
    row = _row(verdicts.firms, "uscc", "firm", subject)
    told = tuple(grading.why_not(result, subject, listed) for result in verdicts.parts["grading"])
    return Node(
        label=_or_dash(row["name"]), words=say("verdicts.why_not", listed=listed), children=told, rule="why_not"
    )


SUBJECTS: Mapping[str, Callable[[Book, Sequence[Policy], Verdicts, str], Node]] = {
    "firm": _firm,
    "parcel": _parcel,
    "zone": _zone,
}


def _row(frame: Any, column: str, kind: str, subject: str) -> Mapping[str, Any]:
    found = frame[frame[column].astype(str) == subject]
    if found.empty:
        raise NoSuchSubject(kind, subject, frame[column].astype(str).head(3).tolist())
    return dict(found.iloc[0])


def _land(book: Book, verdicts: Verdicts, uscc: str) -> tuple[Node, ...]:
    """Return the firm's land: each holding with its area and the cells it was read from."""
    held = verdicts.parts["shares"]
    mine = held[held["uscc"] == uscc]
    rows = [
        Node(
            label=say("verdicts.holding", kind=row["kind"], parcel=row["parcel_id"]),
            value=None if row["area_m2"] != row["area_m2"] else row["area_m2"],
            unit="㎡",
            words=_or_dash(row["reason"]) if row["area_m2"] != row["area_m2"] else "",
            origin=tuple(book.origin("parcels", row["parcel_id"], "area_registered_m2")),
        )
        for row in mine.to_dict("records")
    ]
    if not rows:
        return ()
    total = float(mine["area_m2"].sum()) if mine["area_m2"].notna().all() else None
    words = "" if total is None else say("verdicts.land_sum", m2=half_up(total, 2), mu=half_up(to_mu(total), 4))
    return (Node(label=say("verdicts.land"), words=words, children=tuple(rows)),)


def _or_dash(value: object) -> str:
    return str(value) if isinstance(value, str) and value else "—"
