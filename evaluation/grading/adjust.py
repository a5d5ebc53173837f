"""After ranking, in the policy's order and logged: veto as cap, protection as floor, drop, 调档, a person's word."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import Truths
from evaluation.finding import LOG_COLUMNS, blank, shaped
from evaluation.grading.classes import UNDECIDED, Places
from evaluation.grading.frame import judged, lacking
from evaluation.logic import asked, leaves, test
from evaluation.policy.grading import Adjustment, GradingPolicy
from evaluation.policy.model import cited, source_decides
from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
EVENTS = {"shift": "调档", "manual": "人工"}


@dataclass(frozen=True)
class Adjusted:
    """Every firm's class after the adjustments, the log of what each did, and whom an unknown condition leaves open."""

    grade: Places
    log: Frame
    unknown: pd.Series  # in words, empty where nothing is unknown


def adjusted(policy: GradingPolicy, labels: list[str], grade: Places, frame: Frame, happened: Frame) -> Adjusted:
    """Return the grades moved by the adjustments in order; a floor that yields to the cap leaves the capped alone.

    grade: place in `labels` (0 best), −1 none; only graded firms move. Log: one row a firm and step that holds.
    """
    truths = [_holds(policy, step, frame) for step in policy.adjustments]
    capped = _any([t for s, t in zip(policy.adjustments, truths, strict=True) if s.kind == "cap"], len(frame))
    unknown = pd.Series("", index=frame.index, dtype=object)
    logs = []
    for step, truth in zip(policy.adjustments, truths, strict=True):
        graded = grade != UNDECIDED
        holds = truth.fillna(False).to_numpy(dtype=bool) & graded
        asked = truth.isna().to_numpy() & graded
        if not (holds | asked).any():
            continue
        would = _moved(step, grade, labels, frame.index, happened)
        yields = holds & capped if step.yields_to == "cap" else np.zeros(len(grade), dtype=bool)
        moved = np.where(holds & ~yields, would, grade)
        open_ = asked & (would != grade)
        if open_.any():
            unknown = unknown.mask(open_, _why_unknown(policy, step, frame))
        logs.append(_log(policy, step, labels, grade, moved, holds, yields, frame.index, happened))
        grade = moved
    log = pd.concat(logs, ignore_index=True) if logs else blank(LOG_COLUMNS)
    return Adjusted(grade, shaped(log, LOG_COLUMNS), unknown)


def _any(truths: list[pd.Series], size: int) -> Truths:
    some: Truths = np.zeros(size, dtype=bool)
    for truth in truths:
        some |= truth.fillna(False).to_numpy(dtype=bool)
    return some


def _tree(step: Adjustment) -> dict[str, object]:
    return step.when if step.when is not None else {"event": EVENTS.get(step.kind, "人工")}


def _read(step: Adjustment) -> list[str]:
    return asked(_tree(step))


def _holds(policy: GradingPolicy, step: Adjustment, frame: Frame) -> pd.Series:
    """Return whom an adjustment is for; of an unverified source nothing is known."""
    truth = test(_tree(step), judged(frame, _read(step)))
    return truth if source_decides(policy, step.source) else truth.mask(truth.fillna(True), pd.NA)


def _why_unknown(policy: GradingPolicy, step: Adjustment, frame: Frame) -> pd.Series:
    label = step.label or say(f"evaluation.adjustment.{step.kind}")
    if not source_decides(policy, step.source):
        words = say("evaluation.grading.unverified", label=label, title=policy.sources[step.source].title)
        return pd.Series(words, index=frame.index, dtype=object)
    return say("evaluation.grading.unknown_step", label=label) + lacking(frame, _read(step))


def _moved(step: Adjustment, grade: Places, labels: list[str], firms: pd.Index, happened: Frame) -> Places:
    """Return where a step would put every firm; −1 stays."""
    last = len(labels) - 1
    if step.kind == "cap":
        found = np.maximum(grade, labels.index(str(step.at)))
    elif step.kind == "floor":
        found = np.minimum(grade, labels.index(str(step.at)))
    elif step.kind == "drop":
        found = np.maximum(grade, labels.index(step.to)) if step.to else np.minimum(grade + (step.by or 1), last)
    else:
        found = _by_event(step, grade, labels, firms, happened)
    return np.where(grade == UNDECIDED, UNDECIDED, found)


def _by_event(step: Adjustment, grade: Places, labels: list[str], firms: pd.Index, happened: Frame) -> Places:
    """Return the class an event names (value B), or so many classes up (+1) or down (−1)."""
    mine = happened[happened["kind"] == EVENTS[step.kind]].drop_duplicates("uscc", keep="last")
    at = firms.get_indexer(pd.Index(mine["uscc"]))
    mine, at = mine[at >= 0], at[at >= 0]
    named = mine["value"].astype(TEXT).str.strip().map({label: place for place, label in enumerate(labels)})
    named = named.to_numpy(dtype=float, na_value=np.nan)
    shifted = np.clip(grade[at] - np.nan_to_num(mine["number"].to_numpy(dtype=float)), 0, len(labels) - 1)
    found = np.where(np.isnan(named), shifted, np.nan_to_num(named))
    moved = np.array(grade, dtype=np.int64)
    moved[at] = np.where(_unsigned(step, firms[at], happened), grade[at], found)
    return moved


def _unsigned(step: Adjustment, firms: pd.Index, happened: Frame) -> Truths:
    """Return whose override by a person names nobody or gives no reason: it is logged and not followed."""
    if step.kind != "manual":
        return np.zeros(len(firms), dtype=bool)
    mine = happened[happened["kind"] == EVENTS["manual"]].drop_duplicates("uscc", keep="last").set_index("uscc")
    said = mine[["reason", "authority"]].reindex(firms).fillna("").astype(str)
    return np.asarray((said["reason"].str.strip() == "") | (said["authority"].str.strip() == ""))


def _log(
    policy: GradingPolicy,
    step: Adjustment,
    labels: list[str],
    before: Places,
    after: Places,
    holds: Truths,
    yields: Truths,
    firms: pd.Index,
    happened: Frame,
) -> Frame:
    place = policy.adjustments.index(step) + 1
    names = np.array([*labels, ""], dtype=object)
    kinds = [leaf["event"] for leaf in leaves(_tree(step)) if "event" in leaf]
    mine = happened[happened["kind"].isin(kinds)].drop_duplicates("uscc", keep="last").set_index("uscc")
    firms, before, after, yields = firms[holds], before[holds], after[holds], yields[holds]
    said = mine[["reason", "authority", "evidence"]].reindex(firms).fillna("").astype(str)
    words = said["reason"] + np.where(said["authority"] != "", "，" + said["authority"], "")
    words += np.where(said["evidence"] != "", "，" + said["evidence"], "")
    label = step.label or say(f"evaluation.adjustment.{step.kind}", at=step.at or step.to or step.by or "")
    reason = label + np.where(words != "", "：" + words, "")
    reason = np.where(yields, reason + say("evaluation.grading.yields"), reason)
    reason = np.where(_unsigned(step, firms, happened), reason + say("evaluation.grading.unsigned"), reason)
    return pd.DataFrame({
        "uscc": firms,
        "step": place,
        "kind": step.kind,
        "before": names[before],
        "after": names[after],
        "reason": reason,
        "source": cited(policy, step.source),
        "policy": policy.id,
    })
