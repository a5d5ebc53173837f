"""One leaf of a condition: a measured number against a dated threshold, judged after rounding, or why it is not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expansion.measures import HOW
from evaluation.expansion.scene import GROUND, OF_PARCELS, Scene, Seen
from evaluation.expansion.which import which
from evaluation.policy.expansion import ExpansionPolicy, Leaf
from evaluation.policy.model import at, in_force, source_decides
from evaluation.policy.zone import Threshold
from evaluation.zone.measured import ZoneResult
from evaluation.zone.outline import Delivered
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


def judge(scene: Scene, policy: ExpansionPolicy, leaf: Leaf, as_of: dt.date) -> Frame:
    """Return one row a zone: outcome, measured, lo, hi, required, unit, note, cure, evidence, source, leaf, context.

    At least t: lo ≥ t passes, hi < t fails; at most t: hi ≤ t passes, lo > t fails; else unknown; a strict bound
    (高于) is not met by t itself. A soft bound (原则上) that is not kept is unknown: the approving authority weighs it.
    """
    found = _measured(scene, leaf)
    upper = leaf.at_most is not None
    stop = blocked(policy, leaf.at_most if upper else leaf.at_least, leaf.source, as_of)
    t = stop.required
    lo, hi = found["lo"].astype("float64"), found["hi"].astype("float64")
    at_most, under = (np.less, np.less_equal) if leaf.strict else (np.less_equal, np.less)
    kept, broken = (at_most(hi, t), ~at_most(lo, t)) if upper else (~under(lo, t), under(hi, t))
    outcome = np.select([bool(stop.why) | lo.isna() | hi.isna(), kept, broken], ["unknown", "pass", "fail"], "unknown")
    soft = leaf.softness != NONE
    softened = soft & (outcome == "fail")
    outcome = np.where(softened, "unknown", outcome)
    frame = found.reset_index(names="zone_id").assign(
        outcome=outcome, measured=found["value"].to_numpy(), required=t, leaf=leaf.id, source=stop.source,
        context=leaf.context, upper=upper, blocked=stop.why, fillable=stop.fillable,
    )  # fmt: skip
    notes = [
        _note(row, soft=bool(gone), words=leaf.softness)
        for row, gone in zip(frame.to_dict("records"), softened, strict=True)
    ]
    cures = [
        _cure(scene, leaf, row, soft=bool(gone)) for row, gone in zip(frame.to_dict("records"), softened, strict=True)
    ]
    return frame.assign(note=notes, cure=cures)


@tidy
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


def _note(row: dict[str, object], *, soft: bool, words: str) -> str:
    evidence = say("zone.docket.evidence", measure=say(f"zone.measure.{row['leaf']}"), words=row["evidence"])
    parts = [str(row["blocked"]), str(row["lacks"]), evidence if row["evidence"] else ""]
    if soft:
        parts.append(say("zone.docket.soft", words=words))
    straddles = row["outcome"] == "unknown" and not row["blocked"] and not row["lacks"] and not soft
    if straddles and row["lo"] != row["hi"]:
        parts.append(say("zone.docket.bounds", lo=_plain(row["lo"]), hi=_plain(row["hi"])))
    return "；".join(part for part in parts if part)


def _cure(scene: Scene, leaf: Leaf, row: dict[str, object], *, soft: bool) -> str:
    """Return what would make the leaf met: how much of what, which parcels, which data, which figure to fill in."""
    if row["outcome"] == "pass" or row["context"]:
        return ""
    words = []
    if row["fillable"]:
        words.append(say("zone.cure.province"))
    if row["lacks"]:
        words.append(say("zone.cure.data", lacks=row["lacks"]))
    if row["outcome"] == "fail" or soft:
        words.append(_amount(scene, leaf, row))
    elif not words and not row["blocked"]:
        named = which(scene, leaf, str(row["zone_id"]))
        words.append(say("zone.cure.clear_up") + (say("zone.cure.parcels", ids=named) if named else ""))
    return "；".join(words)


def _amount(scene: Scene, leaf: Leaf, row: dict[str, object]) -> str:
    t, measured = (float(str(row[name])) for name in ("required", "measured"))
    top, bottom = (float(str(row[name])) for name in ("top", "bottom"))
    shares = top - t * bottom if row["upper"] else t * bottom - top
    short = abs(measured - t) if row["unit"] in PLAIN_UNITS else shares
    text = say(f"zone.cure.{leaf.id}", short=_plain(half_up(short, DECIMALS)), required=_plain(t))
    named = which(scene, leaf, str(row["zone_id"]))
    return text + (say("zone.cure.parcels", ids=named) if named else "")


def _plain(number: object) -> str:
    value = float(str(number))
    return "?" if np.isnan(value) else "∞" if np.isinf(value) else f"{value:,.4f}".rstrip("0").rstrip(".")
