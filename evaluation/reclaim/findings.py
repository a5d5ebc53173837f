"""Judgements in the one shape of evaluation.finding: rows a clause, a ratio, a route or a facet."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.finding import piled
from evaluation.policy.model import Policy, cited
from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim.days import NEVER
from evaluation.reclaim.sentences import joined, reasons
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import remembered
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame


def finding(
    policy: Policy,
    source: str,
    subject_kind: str,
    subject_id: pd.Series,
    rule: str,
    reading: str,
    outcome: pd.Series,
    **columns: object,
) -> Frame:
    """Return finding rows of one rule and reading: `columns` may give stage, measured, required, unit, note."""
    frame = pd.DataFrame({"subject_id": subject_id, "outcome": outcome, **columns})
    blank_number = pd.Series(np.nan, index=frame.index)
    measured, required = (frame.get(name, blank_number).astype("float64") for name in ("measured", "required"))
    status = policy.sources[source].status
    undecided = say("reclaim.idle.unverified") if not policy.sources[source].decides else ""
    note = frame["note"].fillna("") if "note" in frame else pd.Series("", index=frame.index)
    return frame.assign(
        subject_kind=subject_kind, rule=rule, reading=reading, policy=policy.id, source=cited(policy, source),
        status=status, measured=measured, required=required, margin=measured - required,
        note=note.mask(note.eq(""), undecided),
    )  # fmt: skip


def ordered(found: Frame) -> Frame:
    """Return findings sorted by subject, rule, policy and reading as text."""
    keys = ["subject_kind", "subject_id", "rule", "policy", "reading"]
    return found.sort_values(keys, ignore_index=True, kind="stable")


@remembered(by=("subject_id",))
def cited_by(found: Frame) -> Frame:
    """Return subject_kind, subject_id, text: the sources, with status, of the verdicts a subject is listed for."""
    whole = found["reading"].eq("") | found["reading"].astype(TEXT).eq(found["policy"].astype(TEXT))
    fails = found[found["outcome"].eq("fail") & whole & found["source"].ne("")]
    status = fails["status"].map(lambda code: word("source_status", code)).astype(TEXT)
    text = fails["source"].astype(TEXT) + "（" + status + "）"
    said = fails.assign(text=text).drop_duplicates(["subject_kind", "subject_id", "text"])
    by = said.groupby(["subject_kind", "subject_id"], observed=True)["text"].agg(say("reclaim.join").join)
    return by.reset_index().astype(TEXT)


def basis(cited: Frame, parcel_id: pd.Series, holder: pd.Series) -> pd.Series:
    """Return the sources (cited_by) a parcel is listed under, its own and its holder's."""

    def of(kind: str, subjects: pd.Series) -> pd.Series:
        own = cited[cited["subject_kind"].eq(kind)].set_index("subject_id")["text"]
        return subjects.map(own).astype(TEXT).fillna("")

    return joined([of("parcel", parcel_id), of("firm", holder)])


def of_idle(idle: Frame, policy: IdlePolicy, as_of: pd.Timestamp) -> Frame:
    """Return the findings of one idle policy: idle_clause1, idle_clause2 and ¶2's readings, for land it applies to."""
    applies = idle[idle["applies"]]
    said = idle["reason"] if "reason" in idle else reasons(idle, policy, as_of)
    note = said.loc[applies.index]
    return piled([*_first(applies, policy, note), *_second(applies, policy, note)])


def _first(rows: Frame, policy: IdlePolicy, note: pd.Series) -> list[Frame]:
    started = rows["started"].fillna(False).astype(bool)
    full = rows["full"].where(~started, False)
    source = policy.not_started.source if policy.not_started else policy.scope.source
    outcome = _outcome(full, rows)
    return [
        finding(
            policy, source, "parcel", rows["parcel_id"], "idle_clause1", "", outcome,
            stage=rows["stage"].where(outcome.eq("fail"), ""), measured=_days(rows["first_days"]),
            required=_days(rows["first_length"]), unit="天", note=note.where(~started | outcome.eq("unknown"), ""),
        )
    ]  # fmt: skip


def _second(rows: Frame, policy: IdlePolicy, note: pd.Series) -> list[Frame]:
    clause = policy.stopped
    if clause is None:
        return []
    outcome = _outcome(rows["clause2"], rows)
    started = rows["started"].fillna(False).astype(bool)
    said = note.where(started & outcome.ne("pass"), "")
    whole = finding(
        policy, clause.source, "parcel", rows["parcel_id"], "idle_clause2", "", outcome,
        stage=rows["stage"].where(outcome.eq("fail"), ""), note=said,
    )  # fmt: skip
    some = rows[
        started
        & ~rows["finished"]
        & (rows[[f"ratio_{r.id}" for r in clause.any]].notna().any(axis=1) | rows["since"].notna())
    ]
    parts = [whole]
    for ratio in clause.any:
        values = some[f"ratio_{ratio.id}"]
        bound = half_up(ratio.below, policy.decimals)
        low = (values < bound).astype("boolean").mask(values.isna(), pd.NA)
        parts.append(
            finding(
                policy, ratio.source, "parcel", some["parcel_id"], "idle_clause2", ratio.id, signs(low),
                stage=signs(low).map({"fail": "suspected"}).fillna(""), measured=values, required=bound, unit="比",
            )
        )  # fmt: skip
    parts.append(
        finding(
            policy, clause.source, "parcel", some["parcel_id"], "idle_clause2", "suspension", signs(some["paused"]),
            stage=signs(some["paused"]).map({"fail": "suspected"}).fillna(""), measured=_days(some["second_days"]),
            required=_days(some["second_length"]), unit="天",
        )
    )  # fmt: skip
    return parts


def signs(there: pd.Series) -> pd.Series:
    """Return fail where the signs are there, pass where they are not, unknown else (CONTRACT §5)."""
    return there.map({True: "fail", False: "pass"}).astype(object).where(there.notna(), "unknown")


def _outcome(there: pd.Series, rows: Frame) -> pd.Series:
    blocked = rows["standing"].ne("生效") | rows["contradiction"]
    return signs(there).mask(blocked, "unknown")


def _days(values: pd.Series) -> pd.Series:
    return values.astype("float64").where(values.ne(NEVER))
