"""Whole columns of Chinese sentences from the catalog, and the reason printed behind every idle state."""

from string import Formatter
from typing import TypeAlias

import pandas as pd

from evaluation.policy.model import cited
from evaluation.policy.reclaim import IdlePolicy
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame


def sentence(key: str, index: pd.Index, **values: object) -> pd.Series:
    """Return the catalog text `key` for every row of `index`; a value is one for all or a Series (dates as ISO).

    A value may also be a function of no argument: it is called where the text names it.
    """
    result = pd.Series("", index=index, dtype=TEXT)
    for literal, field, _, _ in Formatter().parse(say(key)):
        result = result + literal
        if field is not None:
            value = values[field]
            value = value() if callable(value) else value
            result = result + (text(value.loc[index]) if isinstance(value, pd.Series) else str(value))
    return result


def text(values: pd.Series) -> pd.Series:
    """Return values as a reader wants them: ISO dates, whole days without a dot, blanks empty."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("").astype(TEXT)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        rounded = half_up(values.astype("float64"), 4)
        return rounded.astype(TEXT).str.removesuffix(".0").where(values.notna(), "")
    return values.astype(TEXT).where(values.notna(), "")


def percent(values: pd.Series) -> pd.Series:
    """Return a share as per cent text with two decimals, empty where missing."""
    said = pd.Series("", index=values.index, dtype=TEXT)
    known = values.notna()
    said[known] = half_up(values[known] * 100, 2).map("{:.2f}%".format).astype(TEXT)
    return said


def joined(parts: list[pd.Series]) -> pd.Series:
    """Return the parts of each row joined by ；, empty ones left out."""
    mark = say("reclaim.join")
    result = parts[0]
    for part in parts[1:]:
        said = part.ne("")
        if not said.any():
            continue
        both = result.ne("") & said
        result = result + both.map({True: mark, False: ""}).astype(TEXT) + part
    return result


def reasons(idle: Frame, policy: IdlePolicy, as_of: pd.Timestamp) -> pd.Series:
    """Return the one sentence a row of idle.judge (with consequence.follow beside it) is explained by."""
    day = as_of.strftime("%Y-%m-%d")
    idle = idle.assign(end=idle["start"].fillna(as_of))
    main = pd.Series("", index=idle.index, dtype=TEXT)
    for state, rows in idle.groupby("idle").groups.items():
        main.loc[rows] = _main(str(state), idle.loc[rows], policy, day)
    return joined([main, *_notes(idle)])


def _main(state: str, rows: Frame, policy: IdlePolicy, day: str) -> pd.Series:
    if state == "unknown":
        return _undecided(rows, policy, day)
    if state == "not_applicable":
        collective = rows["tenure"].eq("集体").fillna(False).astype(bool)
        other = sentence("reclaim.idle.not_construction", rows.index)
        return other.mask(collective, say("reclaim.idle.not_applicable"))
    second = rows["since"].notna() & rows["started"].fillna(False).astype(bool) & rows["idle"].ne("late_start")
    first_left, second_left = (rows[f"{clause}_length"] - rows[f"{clause}_days"] for clause in ("first", "second"))
    values: dict[str, object] = {
        "anchor": rows["anchor"], "start": rows["start"], "since": rows["since"], "end": rows["end"],
        "days": rows["idle_days"], "excused": rows["first_excused"], "unstarted": lambda: _unstarted(rows),
        "years": (policy.not_started.years if policy.not_started else None) or "",
        "due": rows["first_falls"].mask(second, rows["pause_falls"]), "left": first_left.mask(second, second_left),
        "ratios": lambda: _ratios(rows, policy),
    }  # fmt: skip
    if state == "clause2":
        values["end"] = day
    begun = rows["started"].fillna(False).astype(bool)
    said = sentence(f"reclaim.idle.{state}", rows.index, **values)
    return said.mask(begun, say("reclaim.idle.started")) if state == "no" else said


def _undecided(rows: Frame, policy: IdlePolicy, day: str) -> pd.Series:
    source = cited(policy, policy.silent.source) if policy.silent else ""
    said = pd.Series("", index=rows.index, dtype=TEXT)
    for missing, part in rows.groupby("missing").groups.items():
        one = rows.loc[part]
        if missing in {"out_of_force", "unverified"}:
            said.loc[part] = sentence(
                f"reclaim.idle.{missing}", part, policy=policy.label, as_of=day, standing=one["standing"]
            )
            continue
        because = sentence(
            f"reclaim.unknown.{missing}", part, source=source, anchor=one["fallback"], due=one["fallback_falls"],
            years=(policy.not_started.years if policy.not_started else None) or "",
        )  # fmt: skip
        paper = say("reclaim.paper." + ("agreed" if missing == "silent" else str(missing)))
        said.loc[part] = joined([because, sentence("reclaim.paper.needed", part, paper=paper)])
    return said


def _unstarted(rows: Frame) -> pd.Series:
    later = sentence("reclaim.idle.later_start", rows.index, start=rows["later_start"])
    stated = later.mask(rows["later_start"].isna(), say("reclaim.idle.stated_unstarted"))
    return stated.where(rows["unstarted_stated"], say("reclaim.idle.unreported"))


def _ratios(rows: Frame, policy: IdlePolicy) -> pd.Series:
    parts = []
    for ratio in policy.stopped.any if policy.stopped else []:
        values = rows[f"ratio_{ratio.id}"]
        words = ratio.label + percent(values)
        parts.append(words.where(values.notna(), ""))
    return joined(parts) if parts else pd.Series("", index=rows.index, dtype=TEXT)


def _notes(idle: Frame) -> list[pd.Series]:
    """Return the notes that go behind the reason, one Series a note."""
    started = idle["started"].fillna(False).astype(bool)
    fail, no = idle["stage"].ne(""), idle["idle"].eq("no")
    tests = {
        "tenure": fail & idle["tenure"].isna(),
        "inferred_start": idle["idle"].eq("clause2") & ~idle["started_stated"],
        "no_agreed": no & started & idle["anchor"].isna(),
        "no_start_date": no & started & idle["anchor"].notna() & idle["start"].isna(),
        "late_unknown": no & started & idle["full"].isna() & idle["doubtful"] & idle["start"].notna(),
        "mixed": idle["idle"].eq("clause1") & idle["cause"].eq("mixed"),
        "price": idle["legal_step"].eq("fee") & idle["fee_wan"].isna(),
    }
    notes = [
        pd.Series("", index=idle.index, dtype=TEXT).mask(rows, say(f"reclaim.note.{name}"))
        for name, rows in tests.items()
    ]
    discretion = idle["idle"].eq("clause2")
    return [*notes, pd.Series("", index=idle.index, dtype=TEXT).mask(discretion, say("reclaim.idle.discretion"))]
