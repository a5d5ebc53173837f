"""Idle land: 令53 art. 2 both clauses as a decision table over parcels, the unknown first (POLICY §3, CONTRACT §5)."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.model import in_force, source_decides
from evaluation.policy.reclaim import IdlePolicy, Ratio
from evaluation.reclaim import days, facts
from evaluation.reclaim.days import NEVER, Ints
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame

IDLE = ("clause1", "clause2")


def judge(parcels: Frame, agreements: Frame, delays: Frame, policy: IdlePolicy, as_of: pd.Timestamp) -> Frame:
    """Return one row a parcel (index of `parcels`): idle state, outcome, stage, days, dates, cause and what is missing.

    `parcels`, `agreements`, `delays` are tables of CONTRACT §3; `as_of` is the day judged. Columns ending in _day are
    day numbers for later steps; dates are datetimes. Nothing is decided by an unverified source (POLICY §0.2).
    """
    stops, doubtful = facts.interruptions(parcels, delays, policy, as_of)
    known = pd.concat(
        [facts.agreed(parcels, agreements, as_of), facts.ownership(parcels), facts.progress(parcels, as_of)], axis=1
    )
    known = known.assign(parcel_id=parcels["parcel_id"], doubtful=doubtful)
    first = _not_started(known, parcels, stops, policy, as_of)
    second = _stopped(known, parcels, stops, policy, as_of)
    frame = pd.concat([known, first, second], axis=1)
    frame["standing"] = in_force(policy, as_of.date())
    frame["applies"] = ~(frame["tenure"].eq("集体") | frame["not_construction"]).fillna(False).astype(bool)
    frame["missing"] = _missing(frame)
    frame["idle"] = _states(frame, policy)
    return frame.assign(**_outcome(frame), policy=policy.id)


def _not_started(known: Frame, parcels: Frame, stops: days.Spans, policy: IdlePolicy, as_of: pd.Timestamp) -> Frame:
    """Return the figures of ¶1: anchor, elapsed days, the day 満一年 falls, and the truths clause1, late."""
    clause = policy.not_started
    silent = known["agreed_start"].isna() & ~known["ambiguous"]
    fallback = _silent_start(parcels, policy).where(silent)
    decides = policy.silent is not None and source_decides(policy, policy.silent.source)
    anchored = known["agreed_start"].where(~known["ambiguous"])
    anchor = days.ordinal(anchored.fillna(fallback) if decides else anchored)
    today = _same_day(as_of, len(parcels))
    end = np.where(known["start"].notna(), days.ordinal(known["start"]), today)
    end = np.where(known["started"].fillna(False) & known["start"].isna(), NEVER, end)
    due = _due(anchor, clause.years if clause else None)
    full = facts.over(days.elapsed(stops, anchor, end), _length(anchor, due), known["doubtful"])
    may = clause is not None and (source_decides(policy, clause.source) or False)
    full = full.where(may | (silent & decides), pd.NA)
    second = days.anniversary(anchor, policy.take_back.from_years) if policy.take_back else due
    shown = days.ordinal(anchored.fillna(fallback))
    return pd.DataFrame(
        {
            "silent": silent,
            "fallback": fallback,
            "fallback_falls": days.dates(
                days.falls(stops, shown, _due(shown, clause.years if clause else None)), parcels.index
            ),
            "anchor": days.dates(anchor, parcels.index),
            "first_days": days.elapsed(stops, anchor, end),
            "first_length": _length(anchor, due),
            "first_excused": days.excused(stops, anchor, np.where(end == NEVER, today, end)),
            "first_raw": (anchor != NEVER) & (end != NEVER) & (end >= due),
            "first_due": days.dates(due, parcels.index),
            "first_falls": days.dates(days.falls(stops, anchor, due), parcels.index),
            "second_falls": days.dates(days.falls(stops, anchor, second), parcels.index),
            "full": full,
        },
        index=parcels.index,
    )


def _stopped(known: Frame, parcels: Frame, stops: days.Spans, policy: IdlePolicy, as_of: pd.Timestamp) -> Frame:
    """Return the figures of ¶2: each ratio, the suspension's days, and the truths low, paused, clause2."""
    clause, index = policy.stopped, parcels.index
    today = _same_day(as_of, len(parcels))
    since = pd.to_datetime(parcels["suspended_since"]).where(lambda s: s.le(as_of))
    anchor = days.ordinal(since)
    due = _due(anchor, clause.years if clause else None)
    passed = days.elapsed(stops, anchor, today)
    full = facts.over(passed, _length(anchor, due), known["doubtful"])
    state = parcels["construction_state"]
    paused = full.mask(since.isna() & ~state.eq(facts.STOPPED).fillna(False), False)
    paused = paused.mask(paused.fillna(False) & state.eq(facts.BUILDING).fillna(False), pd.NA).mask(
        known["finished"], False
    )
    measures = {f"ratio_{r.id}": measured(parcels, r, policy.decimals) for r in (clause.any if clause else [])}
    low = pd.Series(False, index=index, dtype="boolean")
    for ratio in clause.any if clause else []:
        low = low | below(measures[f"ratio_{ratio.id}"], ratio, policy)
    silent_state = since.isna() & state.isna() & low.fillna(False) & ~known["finished"]
    paused = paused.mask(silent_state, pd.NA)
    started = known["started"].fillna(False).astype(bool)
    verdict = (low & paused).mask(~pd.Series(started, index=index), False)
    if clause is None or not source_decides(policy, clause.source):
        verdict = verdict.mask(verdict.fillna(True), pd.NA)
    return pd.DataFrame(
        {
            **measures,
            "since": since,
            "low": low,
            "paused": paused,
            "silent_state": silent_state,
            "second_days": passed,
            "second_length": _length(anchor, due),
            "pause_raw": (anchor != NEVER) & (today >= due),
            "pause_falls": days.dates(days.falls(stops, anchor, due), index),
            "clause2": verdict,
        },
        index=index,
    )


def measured(parcels: Frame, ratio: Ratio, decimals: int) -> pd.Series:
    """Return one ¶2 ratio, rounded half-up; blank where either part is missing or nothing is due."""
    share = parcels[ratio.numerator] / parcels[ratio.denominator].where(parcels[ratio.denominator] > 0)
    return half_up(share.astype("float64"), decimals)


def below(values: pd.Series, ratio: Ratio, policy: IdlePolicy) -> pd.Series:
    """Return whether a shown ratio lies below its shown bound (不足 excludes the bound itself)."""
    bound = half_up(ratio.below, policy.decimals)
    return facts.truth(values < bound).mask(values.isna(), pd.NA)


def _silent_start(parcels: Frame, policy: IdlePolicy) -> pd.Series:
    """Return the start date of a contract that names none: delivery + 1 year (art. 22), or 令5's contract date."""
    if policy.silent is None:
        return pd.Series(pd.NaT, index=parcels.index, dtype="datetime64[s]")
    anchor = days.ordinal(parcels[policy.silent.anchor])
    return days.dates(days.anniversary(anchor, policy.silent.years), parcels.index)


def _states(frame: Frame, policy: IdlePolicy) -> pd.Series:
    """Return the idle word of every parcel: the first row of the table that holds."""
    started = frame["started"].fillna(False).astype(bool)
    yes = {name: frame[name].fillna(False).astype(bool) for name in ("full", "clause2", "low", "paused")}
    late_excuse = ~started & frame["first_raw"] & ~yes["full"]
    idle_pause = started & yes["low"] & frame["pause_raw"] & ~yes["paused"] & ~frame["finished"]
    table = [
        (~frame["applies"], "not_applicable"),
        (frame["missing"].ne(""), "unknown"),
        (~started & yes["full"], "clause1"),
        (yes["clause2"], "clause2"),
        (late_excuse | idle_pause, "excused"),
        (_soon(frame, policy, started), "watch"),
        (started & yes["full"] & frame["start"].notna(), "late_start"),
    ]
    return pd.Series(np.select([rows for rows, _ in table], [word for _, word in table], "no"), index=frame.index)


def _soon(frame: Frame, policy: IdlePolicy, started: pd.Series) -> pd.Series:
    """Return who is within the watch days before either clause's day."""

    def near(passed: pd.Series, length: pd.Series) -> pd.Series:
        left = length - passed
        return (passed != NEVER) & (left > 0) & (left <= policy.watch_days)

    first = ~started & near(frame["first_days"], frame["first_length"])
    building = started & ~frame["finished"] & frame["low"].fillna(True).astype(bool)
    return first | (building & near(frame["second_days"], frame["second_length"]))


def _missing(frame: Frame) -> pd.Series:
    """Return the first reason that leaves a parcel undecided, as a word of reclaim.unknown; '' where none does."""
    started = frame["started"].fillna(False).astype(bool)
    open_first = ~started & frame["full"].isna()
    open_second = started & frame["clause2"].isna()
    pause = frame["paused"].isna()
    table = [
        (frame["standing"].ne("生效"), "out_of_force"),
        (frame["contradiction"], "contradiction"),
        (open_first & frame["ambiguous"], "ambiguous"),
        (open_first & frame["silent"] & frame["fallback"].notna() & frame["anchor"].isna(), "silent"),
        (open_first & frame["anchor"].isna(), "agreed"),
        (open_first & frame["doubtful"], "delay"),
        (open_first, "unverified"),
        (open_second & frame["silent_state"], "state"),
        (open_second & pause & frame["since"].isna(), "suspended"),
        (open_second & pause & frame["doubtful"], "delay"),
        (open_second & pause, "resumed"),
        (open_second & frame["low"].isna(), "ratio"),
        (open_second, "unverified"),
    ]
    return pd.Series(np.select([rows for rows, _ in table], [word for _, word in table], ""), index=frame.index)


def _outcome(frame: Frame) -> dict[str, pd.Series]:
    """Return outcome, stage, cause and idle_days of every parcel."""
    idle = frame["idle"]
    stated = np.where(idle.eq("clause1"), frame["unstarted_stated"], frame["started_stated"]).astype(bool)
    suspected = stated & frame["tenure"].notna()
    fail = idle.isin(IDLE)
    second = idle.eq("clause2") | (
        frame["since"].notna() & idle.isin(["excused", "watch"]) & frame["started"].fillna(False)
    )
    passed = np.where(second, frame["second_days"], frame["first_days"])
    unsaid = idle.isin(["unknown", "not_applicable"]) | (passed == NEVER)
    return {
        "outcome": pd.Series(
            np.select([fail, idle.eq("unknown"), idle.eq("not_applicable")], ["fail", "unknown", ""], "pass"),
            index=frame.index,
        ),
        "stage": pd.Series(np.select([fail & suspected, fail], ["suspected", "lead"], ""), index=frame.index),
        "cause": pd.Series(
            np.where(frame["first_excused"].gt(0) | frame["doubtful"], "mixed", "own"), index=frame.index
        ),
        "idle_days": pd.Series(np.where(unsaid, np.nan, np.maximum(passed, 0)), index=frame.index),
    }


def _same_day(as_of: pd.Timestamp, rows: int) -> Ints:
    return np.full(rows, as_of.to_numpy().astype("datetime64[D]").astype(np.int64))


def _due(anchor: Ints, years: int | None) -> Ints:
    if years is None:
        return np.full(len(anchor), NEVER)
    return days.anniversary(anchor, years)


def _length(anchor: Ints, due: Ints) -> Ints:
    known = (anchor != NEVER) & (due != NEVER)
    return np.where(known, np.where(known, due, 0) - np.where(known, anchor, 0), NEVER)
