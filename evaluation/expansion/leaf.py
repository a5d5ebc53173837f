"""One leaf of a condition: a measured number against a dated threshold, judged after rounding, or why it is not."""

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation.expansion.measures import HOW
from evaluation.expansion.scene import GROUND, OF_PARCELS, Scene, Seen
from evaluation.expansion.which import which
from evaluation.policy.expansion import Condition, ExpansionPolicy, Leaf
from evaluation.policy.model import at, in_force, source_decides
from evaluation.policy.zone import Threshold
from evaluation.zone.measured import ZoneResult
from evaluation.zone.outline import Delivered
from evaluation.zone.readings import Flags, Texts
from gis.heap import tidy
from gis.measure import half_up
from parcels.memory import ALL, remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DECIMALS = 4
NONE = "none"
PLAIN_UNITS = ("亩", "平方公里", "块", "百分点")  # measured themselves, no share of anything


@dataclass(frozen=True)
class Blocked:
    """What a dated threshold asks on a day, or why it decides nothing; `fillable`: a bureau's own file can say it."""

    required: float
    why: str
    source: str
    fillable: bool = False


def blocked(
    policy: ExpansionPolicy, dated: Sequence[Threshold] | None, source: str, as_of: dt.date, *, needed: bool = True
) -> Blocked:
    """Return the threshold in force, or 未生效, 已失效, 未核实, or that the policy leaves it blank."""
    entry = at(dated or [], as_of)
    source_id = entry.source if entry is not None else source
    required = float(entry.value) if entry is not None and entry.value is not None else np.nan
    whole = in_force(policy, as_of)
    if whole != "生效":
        return Blocked(required, whole, source_id)
    if dated is None:
        return (
            Blocked(required, say("zone.docket.no_figure"), source_id, fillable=True)
            if needed
            else Blocked(required, "", source_id)
        )
    if entry is None:
        began = [part.start for part in dated if isinstance(part.start, dt.date)]
        return Blocked(required, "已失效" if began and min(began) <= as_of else "未生效", source_id)
    if entry.value is None:
        return Blocked(required, entry.note or say("zone.docket.no_figure"), source_id, fillable=True)
    if not source_decides(policy, source_id):
        return Blocked(required, "未核实", source_id)
    return Blocked(required, "", source_id)


def judge(scene: Scene, policy: ExpansionPolicy, asked: Sequence[tuple[Condition, Leaf]], as_of: dt.date) -> Frame:
    """Return one row a leaf (of a condition) × zone: condition, leaf, outcome, measured, lo, hi, required, unit, note.

    Also cure, evidence, source, context.
    At least t: lo ≥ t passes, hi < t fails; at most t: hi ≤ t passes, lo > t fails; else unknown; a strict bound
    (高于) is not met by t itself. A soft bound (原则上) that is not kept is unknown: the approving authority weighs it.
    """
    leaves, bounds = [leaf for _, leaf in asked], _bounds(policy, asked, as_of)
    found = [_measured(scene, leaf) for leaf in leaves]
    of = np.repeat(np.arange(len(leaves)), [len(part) for part in found])
    whole = pd.concat(found).reset_index(names="zone_id")
    frame = pd.concat([whole, bounds.take(of).reset_index(drop=True)], axis=1)
    outcome = _outcome(frame, np.array([leaf.strict for leaf in leaves])[of])
    soft = np.array([leaf.softness != NONE for leaf in leaves])[of] & (outcome == "fail")
    frame = frame.assign(outcome=np.where(soft, "unknown", outcome), measured=frame["value"])

    @cache
    def by_zone(place: int) -> dict[str, str]:
        return which(scene, leaves[place])

    def named(place: int, zone: str) -> str:
        return by_zone(place).get(zone, "")

    notes, cures = [], []
    for row, place, gone in zip(frame.to_dict("records"), of.tolist(), soft.tolist(), strict=True):
        notes.append(_note(row, soft=gone, words=leaves[place].softness))
        cures.append(_cure(row, partial(named, place), soft=gone))
    return frame.assign(note=notes, cure=cures)


def _bounds(policy: ExpansionPolicy, asked: Sequence[tuple[Condition, Leaf]], as_of: dt.date) -> Frame:
    """Return one row a leaf: what is required of it, from which source, or why nothing is."""
    rows = []
    for condition, leaf in asked:
        upper = leaf.at_most is not None
        stop = blocked(policy, leaf.at_most if upper else leaf.at_least, leaf.source, as_of)
        rows.append((condition, leaf.id, stop.required, stop.source, leaf.context, upper, stop.why, stop.fillable))
    names = ["condition", "leaf", "required", "source", "context", "upper", "blocked", "fillable"]
    return pd.DataFrame(rows, columns=names)


def _outcome(frame: Frame, strict: Flags) -> Texts:
    """Return pass, fail or unknown of each row: its bounds lo, hi against `required`, the most (`upper`) or least."""
    lo, hi, t = (frame[name].to_numpy(dtype="float64") for name in ("lo", "hi", "required"))
    upper = frame["upper"].to_numpy(dtype=bool)
    (lo_within, lo_under), (hi_within, hi_under) = (
        (np.where(strict, one < t, one <= t), np.where(strict, one <= t, one < t)) for one in (lo, hi)
    )
    unclear = frame["blocked"].ne("").to_numpy(dtype=bool) | np.isnan(lo) | np.isnan(hi)
    kept, broken = np.where(upper, hi_within, ~lo_under), np.where(upper, ~lo_within, hi_under)
    return np.select([unclear, kept, broken], ["unknown", "pass", "fail"], "unknown")


@tidy
@remembered(**dict.fromkeys(GROUND, ALL))
def ahead(book: Delivered, policies: Sequence[ExpansionPolicy], result: ZoneResult, year: int) -> Seen:
    """Return what the leaves measure on the ground, for Scene.seen: overlays, best made before memory fills."""
    scene = Scene(book, result, year)
    asked = [leaf for policy in policies for condition in policy.conditions.values() for leaf in condition.leaves]
    for leaf in asked:
        if leaf.id not in OF_PARCELS:
            _measured(scene, leaf)
    return scene.seen


def _measured(scene: Scene, leaf: Leaf) -> Frame:
    """Return what a leaf measures; policies that ask the same of the same scene share one answer."""
    key = (leaf.id, tuple(leaf.states), leaf.reading, leaf.basis, leaf.years)
    if key not in scene.seen:
        scene.seen[key] = (
            HOW[leaf.id](scene, leaf)
            if leaf.id in OF_PARCELS
            else _of_ground(scene.book, scene.result, scene.year, leaf)
        )
    return scene.seen[key]


@remembered(**dict.fromkeys(GROUND, ALL))
def _of_ground(book: Delivered, result: ZoneResult, year: int, leaf: Leaf) -> Frame:
    return HOW[leaf.id](Scene(book, result, year), leaf)


def _note(row: dict[Hashable, Any], *, soft: bool, words: str) -> str:
    evidence = say("zone.docket.evidence", measure=say(f"zone.measure.{row['leaf']}"), words=row["evidence"])
    parts = [str(row["blocked"]), str(row["lacks"]), evidence if row["evidence"] else ""]
    if soft:
        parts.append(say("zone.docket.soft", words=words))
    straddles = row["outcome"] == "unknown" and not row["blocked"] and not row["lacks"] and not soft
    if straddles and row["lo"] != row["hi"]:
        parts.append(say("zone.docket.bounds", lo=_plain(row["lo"]), hi=_plain(row["hi"])))
    return "；".join(part for part in parts if part)


def _cure(row: dict[Hashable, Any], named: Callable[[str], str], *, soft: bool) -> str:
    """Return what would make the leaf met: how much of what, which parcels, which data, which figure to fill in."""
    if row["outcome"] == "pass" or row["context"]:
        return ""
    words = []
    if row["fillable"]:
        words.append(say("zone.cure.province"))
    if row["lacks"]:
        words.append(say("zone.cure.data", lacks=row["lacks"]))
    if row["outcome"] == "fail" or soft:
        words.append(_amount(row, named))
    elif not words and not row["blocked"]:
        words.append(say("zone.cure.clear_up") + _parcels(row, named))
    return "；".join(words)


def _amount(row: dict[Hashable, Any], named: Callable[[str], str]) -> str:
    t, measured = (float(str(row[name])) for name in ("required", "measured"))
    top, bottom = (float(str(row[name])) for name in ("top", "bottom"))
    shares = top - t * bottom if row["upper"] else t * bottom - top
    short = abs(measured - t) if row["unit"] in PLAIN_UNITS else shares
    return say(f"zone.cure.{row['leaf']}", short=_plain(half_up(short, DECIMALS)), required=_plain(t)) + _parcels(
        row, named
    )


def _parcels(row: dict[Hashable, Any], named: Callable[[str], str]) -> str:
    ids = named(str(row["zone_id"]))
    return say("zone.cure.parcels", ids=ids) if ids else ""


def _plain(number: object) -> str:
    value = float(str(number))
    return "?" if np.isnan(value) else "∞" if np.isinf(value) else f"{value:,.4f}".rstrip("0").rstrip(".")
