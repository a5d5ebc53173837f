"""The statutory clock of every listed parcel: which step, who acts, by when, on which article (POLICY §3.3, §14.12)."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.model import cited, source_decides
from evaluation.policy.reclaim import Deed, IdlePolicy
from evaluation.reclaim.consequence import arithmetic
from evaluation.reclaim.sentences import joined
from parcels.columns import TEXT
from parcels.memory import remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

CLOCK_COLUMNS = (
    "parcel_id", "order", "step", "label", "actor", "state", "starts", "due", "document", "source", "status", "note",
)  # fmt: skip
# event → the column of the parcels table that says when
EVENTS = {"suspicion": "suspected_on", "notice_received": "notice_received_on", "decision": "decision_received_on"}
# a deed of art. 14 belongs to clause 1 only, art. 12's to land started and stopped
ONLY = {"fee": "clause1", "take_back": "clause1", "negotiate": "clause2"}


@remembered(by=("parcel_id",))
def clock(judged: Frame, policy: IdlePolicy, as_of: pd.Timestamp, events: Frame | None = None) -> Frame:
    """Return one row a listed parcel and step of the policy's procedure (CLOCK_COLUMNS).

    `judged` is idle.judge's frame with consequence.follow's columns; `events` (parcel_id, event, on) are days people
    wrote down: suspicion (else `as_of`, the day it was found), notice_received, decision. state: before (must come
    first), next, later, done, closed (not for this parcel), unverified, or next_unverified. `due` is blank where its
    event has no day or its article is unverified: art. 5's thirty days and art. 14's years alone are counted.
    """
    listed = judged[judged["outcome"].eq("fail")]
    known = _events(listed, as_of, events)
    parts = [_deed(order, deed, listed, known, policy) for order, deed in enumerate(policy.clock, start=1)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CLOCK_COLUMNS))
    return whole.sort_values(["parcel_id", "order"], ignore_index=True)[list(CLOCK_COLUMNS)]


@remembered(by=("parcel_id",))
def events_of(parcels: Frame, as_of: pd.Timestamp) -> Frame:
    """Return the days a parcels table says something happened, up to `as_of`: parcel_id, event, on."""
    parts = [
        pd.DataFrame({"parcel_id": parcels["parcel_id"], "event": event, "on": pd.to_datetime(parcels[column])})
        for event, column in EVENTS.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["on"].le(as_of)]


def _events(listed: Frame, as_of: pd.Timestamp, events: Frame | None) -> Frame:
    """Return the day of each event a parcel, index of `listed`; suspicion falls back on the day of the examination."""
    known = pd.DataFrame(index=listed.index)
    for name in ("suspicion", "notice_received", "decision"):
        days = pd.Series(pd.NaT, index=listed.index, dtype="datetime64[us]")
        if events is not None and len(events):
            last = events[events["event"].eq(name)].groupby("parcel_id")["on"].max()
            days = pd.to_datetime(last.reindex(listed["parcel_id"]).set_axis(listed.index))
        known[name] = days
    return known.assign(suspicion=known["suspicion"].fillna(as_of))


def _deed(order: int, deed: Deed, listed: Frame, known: Frame, policy: IdlePolicy) -> Frame:
    decides = source_decides(policy, deed.source)
    starts, due = _days(deed, listed, known)
    other = listed["idle"].ne(ONLY.get(deed.id, "")) if deed.id in ONLY else pd.Series(False, index=listed.index)
    lead = listed["stage"].eq("lead") & (deed.id not in {"investigate", "reply"})
    served = known["notice_received"].notna()  # the notice is out: the holder's answer comes next
    done = served & (deed.id == "investigate")
    here = listed["legal_step"].mask(served & listed["legal_step"].eq("investigate"), "reply").eq(deed.id)
    closed = other | (deed.id == "fee") & listed["legal_step"].eq("take_back")
    number = {one.id: place for place, one in enumerate(policy.clock, start=1)}
    first = listed["legal_step"].map(number).fillna(0).gt(order)
    table = [closed, done, here, _would_be(deed, listed, policy), pd.Series(not decides, index=listed.index), first]
    state = np.select(table, ["closed", "done", "next", "next_unverified", "unverified", "before"], "later")
    note = _note(deed, policy, lead, closed, decides=decides)
    if deed.id == "fee":
        note = note.mask(listed["fee_wan"].notna(), _sums(listed, policy))
    return pd.DataFrame({
        "parcel_id": listed["parcel_id"],
        "order": order,
        "step": deed.id,
        "label": deed.label,
        "actor": deed.actor,
        "state": state,
        "starts": starts.where(decides & ~closed),
        "due": due.where(decides & ~closed),
        "document": deed.document or "",
        "source": cited(policy, deed.source),
        "status": policy.sources[deed.source].status,
        "note": note,
    })


def _would_be(deed: Deed, listed: Frame, policy: IdlePolicy) -> pd.Series:
    """Return where a deed is what the law seems to ask for next, but its article is unverified."""
    waits = listed["legal_step"].eq("unverified") & listed["idle"].eq(ONLY.get(deed.id, ""))
    if deed.id == "negotiate" or policy.take_back is None:
        return waits
    over = listed["years"] >= policy.take_back.from_years
    return waits & (over if deed.id == "take_back" else ~over)


def _days(deed: Deed, listed: Frame, known: Frame) -> tuple[pd.Series, pd.Series]:
    """Return the day a deed may begin and the day it ends."""
    none = pd.Series(pd.NaT, index=listed.index, dtype="datetime64[us]")
    if deed.of == "anniversary":
        first, second = listed["first_falls"], listed["second_falls"]
        return (second, none) if deed.id == "take_back" else (first, second - pd.Timedelta(days=1))
    if deed.of in {"suspicion", "notice_received", "decision"}:
        event = known[deed.of]
        return event, event + pd.Timedelta(days=deed.within_days) if deed.within_days is not None else none
    return none, none


def _note(deed: Deed, policy: IdlePolicy, lead: pd.Series, closed: pd.Series, *, decides: bool) -> pd.Series:
    plain = deed.note or (policy.fee.note if deed.id == "fee" and policy.fee else None) or ""
    note = pd.Series(plain, index=lead.index, dtype=TEXT)
    if not decides:
        note = pd.Series(say("reclaim.clock.unverified"), index=lead.index, dtype=TEXT)
    elif deed.within_days is not None and deed.of == "notice_received":
        note = pd.Series(say("reclaim.clock.from_receipt", days=deed.within_days), index=lead.index, dtype=TEXT)
    return note.mask(lead, say("reclaim.clock.lead")).mask(closed, say("reclaim.clock.closed"))


def _sums(listed: Frame, policy: IdlePolicy) -> pd.Series:
    """Return the arithmetic of each fee and the law's 以下, blank where there is no fee."""
    said = [
        say("reclaim.clock.fee", **arithmetic(row, policy)) if pd.notna(row["fee_wan"]) else ""
        for row in listed[["price_wan", "fee_wan"]].to_dict("records")
    ]
    below = policy.fee.note if policy.fee and policy.fee.note else ""
    return joined([pd.Series(said, index=listed.index, dtype=TEXT), pd.Series(below, index=listed.index, dtype=TEXT)])


def restrictions(policy: IdlePolicy) -> list[str]:
    """Return what a person must look up before any step: the parcels table holds no mortgage or seizure."""
    return [say("reclaim.clock.mortgage"), say("reclaim.clock.seizure"), *policy.not_modelled]
