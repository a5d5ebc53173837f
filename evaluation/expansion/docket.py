"""May a zone apply to grow? Every condition met, failed or unknown, with its evidence and its cure (POLICY §9)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation import intensity_held
from evaluation.expansion import appraisal, evidence
from evaluation.expansion.leaf import judge
from evaluation.expansion.scene import GROUND, PARCELS, Scene, Seen
from evaluation.finding import EXPANSION_COLUMNS, FINDING_COLUMNS, blank, shaped
from evaluation.policy.expansion import CONDITIONS, OVERALL, Condition, ExpansionCondition, ExpansionPolicy
from evaluation.policy.model import Policy, cited
from evaluation.zone.measured import ZoneResult
from evaluation.zone.outline import Delivered
from gis.measure import half_up
from parcels.memory import ALL, remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
ORDER = {condition: place for place, condition in enumerate((*CONDITIONS, OVERALL))}
APPRAISAL: Condition = "appraisal"
KEYS = ["zone_id", "condition"]
WORST = {"fail": 0, "unknown": 1, "pass": 2}
LEAF_COLUMNS = (
    "zone_id", "policy", "condition", "leaf", "outcome", "measured", "lo", "hi", "required", "unit", "note", "cure",
    "evidence", "source", "status", "context",
)  # fmt: skip


@dataclass(frozen=True)
class Docket:
    """Everything behind the docket.

    expansion: EXPANSION_COLUMNS and label, words, bears, context, leaf; findings: FINDING_COLUMNS; leaves:
    LEAF_COLUMNS, one row a zone × policy × condition × leaf; means: published national means (context only);
    scene, policies: what the evidence is drawn from (evaluation/expansion/evidence.py).
    """

    expansion: Frame
    findings: Frame
    leaves: Frame
    means: Frame
    scene: Scene
    policies: Sequence[ExpansionPolicy]

    @cached_property
    def evidence(self) -> gpd.GeoDataFrame:
        """Return the polygons behind the leaves, drawn when first asked for."""
        return evidence.polygons(self.scene, self.policies)


def docket(
    book: Delivered,
    policies: Sequence[Policy],
    zone_result: ZoneResult,
    as_of: dt.date,
    year: int,
    reclaim: Frame | None = None,
) -> tuple[Frame, Frame]:
    """Return the expansion frame (EXPANSION_COLUMNS) and its findings: ten rows a zone × expansion policy."""
    full = examine(book, policies, zone_result, as_of, year, reclaim)
    return full.expansion, full.findings


@remembered(**dict.fromkeys(GROUND, ALL), parcels=PARCELS)
def examine(
    book: Delivered,
    policies: Sequence[Policy],
    zone_result: ZoneResult,
    as_of: dt.date,
    year: int,
    reclaim: Frame | None = None,
    seen: Seen | None = None,
) -> Docket:
    """Return the docket with every leaf behind it.

    `reclaim` is the parcels frame of evaluation.reclaim, `seen` what leaf.ahead has measured of the same zones.
    """
    scene = Scene(book, zone_result, year, reclaim, dict(seen or {}))
    own = [policy for policy in policies if isinstance(policy, ExpansionPolicy)]
    leaves = [_policy_leaves(scene, policy, as_of) for policy in own]
    means = [intensity_held.means(policy.means, policy.sources) for policy in own]
    conditions = [_conditions(part, policy) for part, policy in zip(leaves, own, strict=True)]
    expansion = shaped(_stacked(conditions), EXPANSION_COLUMNS)
    if len(expansion):
        order = expansion["condition"].map(ORDER)
        expansion = expansion.assign(_order=order).sort_values(["zone_id", "policy", "_order"], kind="stable")
        expansion = _with_means(expansion.drop(columns="_order").reset_index(drop=True), _stacked(means))
    told = shaped(_stacked(leaves), LEAF_COLUMNS)
    read_from = {leaf: evidence.files(book, leaf) for leaf in set(told["leaf"].dropna().astype(str))}
    return Docket(
        expansion.assign(files=expansion["leaf"].map(read_from)) if len(expansion) else expansion,
        _findings(expansion),
        told.assign(files=told["leaf"].map(read_from)),
        _stacked(means).drop_duplicates(ignore_index=True),
        scene,
        own,
    )


def _policy_leaves(scene: Scene, policy: ExpansionPolicy, as_of: dt.date) -> Frame:
    held = [(name, part) for name in CONDITIONS if (part := policy.conditions.get(name)) is not None]
    asked = [(name, leaf) for name, condition in held if name != APPRAISAL for leaf in condition.leaves]
    parts = [judge(scene, policy, asked, as_of)] if asked else []
    parts += [_no_condition(scene, name) for name in CONDITIONS if policy.conditions.get(name) is None]
    parts += [_appraised(scene, policy, condition, as_of) for name, condition in held if name == APPRAISAL]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.take(np.argsort(frame["condition"].map(ORDER).to_numpy(), kind="stable")).reset_index(drop=True)
    status = {name: source.status for name, source in policy.sources.items()}
    return frame.assign(
        policy=policy.id,
        hi=frame["hi"].replace(np.inf, np.nan),  # no upper bound is known: nothing, not ∞
        status=frame["source"].map(status),
        source=frame["source"].map({name: cited(policy, name) for name in policy.sources}),
    )


def _no_condition(scene: Scene, name: Condition) -> Frame:
    return pd.DataFrame({"zone_id": scene.zone_ids}).assign(
        condition=name,
        leaf="",
        outcome="unknown",
        note=say("zone.docket.no_condition"),
        cure=say("zone.cure.province"),
        source=None,
        context=False,
    )


def _appraised(scene: Scene, policy: ExpansionPolicy, condition: ExpansionCondition, as_of: dt.date) -> Frame:
    rows = appraisal.judge(scene.book.tables["appraisals"], scene.zone_ids, policy, condition, as_of, scene.year)
    return rows.assign(condition=APPRAISAL, leaf=APPRAISAL, context=False, evidence=rows["note"])


def _conditions(leaves: Frame, policy: ExpansionPolicy) -> Frame:
    """Return one row a zone × condition: all leaves must hold; the leaf shown is the first failing, else unknown."""
    deciding = leaves[~leaves["context"].astype(bool)]
    ranked = deciding.assign(
        _worst=deciding["outcome"].map(WORST), _place=deciding["condition"].map(ORDER)
    ).sort_values(["zone_id", "_place", "_worst"], kind="stable")
    told: dict[tuple[str, str], list[tuple[object, object]]] = {}
    for zone, condition, *words in zip(*(ranked[name] for name in (*KEYS, "note", "cure")), strict=True):
        told.setdefault((zone, condition), []).append((words[0], words[1]))
    shown = ranked.drop(columns=["_worst", "_place"]).drop_duplicates(KEYS)
    said = {name: policy.conditions.get(name) for name in CONDITIONS}
    bears = [part.bears if (part := said[name]) else "expansion" for name in shown["condition"]]
    parts = [tuple(zip(*each, strict=True)) for each in told.values()]  # in the order of `shown`
    shown = shown.assign(
        note=[_bearing(_joined(notes), what) for (notes, _), what in zip(parts, bears, strict=True)],
        cure=[_joined(cures) for _, cures in parts],
        words=[part.words if (part := said[name]) else "" for name in shown["condition"]],
        bears=bears,
    )
    rows = pd.concat([shown, _overall(shown, policy)], ignore_index=True)
    label = rows["condition"].map({name: say(f"common.condition.{name}") for name in ORDER})
    return rows.assign(policy=policy.id, policy_label=policy.label, label=label)


def _bearing(note: str, bears: str) -> str:
    return (
        note if bears == "expansion" else "；".join(part for part in (note, say(f"zone.docket.bears_{bears}")) if part)
    )


def _overall(rows: Frame, policy: ExpansionPolicy) -> Frame:
    """Return the overall row: pass if all pass, fail if any fails, else unknown; mere priority is apart."""
    bearing = rows[rows["bears"] == "expansion"]
    by: dict[str, dict[str, str]] = {}
    for zone, condition, outcome in zip(*(bearing[name] for name in (*KEYS, "outcome")), strict=True):
        by.setdefault(zone, {})[condition] = outcome
    tallies = {zone: Counter(by[zone].values()) for zone in sorted(by)}
    first = next((part.source for name in CONDITIONS if (part := policy.conditions.get(name)) is not None), None)
    return pd.DataFrame({
        "zone_id": list(tallies), "condition": OVERALL,
        "outcome": [next((kind for kind in WORST if tally[kind]), "unknown") for tally in tallies.values()],
        "note": [
            say("zone.docket.overall", passed=tally["pass"], failed=tally["fail"], unknown=tally["unknown"])
            for tally in tallies.values()
        ],
        "cure": [_overall_cure(by[zone]) for zone in tallies], "unit": "",
        "source": cited(policy, first), "status": policy.sources[first].status if first else "", "bears": "expansion",
        "words": policy.label, "leaf": "", "measured": np.nan, "required": np.nan,
    })  # fmt: skip


def _overall_cure(outcomes: Mapping[str, str]) -> str:
    names = [say(f"common.condition.{name}") for name, outcome in outcomes.items() if outcome != "pass"]
    return say("zone.cure.overall", names="、".join(names)) if names else ""


def _with_means(expansion: Frame, means: Frame) -> Frame:
    """Return the frame with `context`: the national means of the leaf's indicator, with report year and data date."""
    words = {
        indicator: "；".join(
            say(
                "zone.docket.mean",
                report=row["report"],
                date=row["data_date"] or say("zone.docket.no_date"),
                value=f"{row['value']:g}",
            )
            for row in part.to_dict("records")
        )
        for indicator, part in means.drop_duplicates(["indicator", "report"]).groupby("indicator")
    }
    return expansion.assign(context=expansion["leaf"].map(words).fillna(""))


def _findings(expansion: Frame) -> Frame:
    if expansion.empty:
        return blank(FINDING_COLUMNS)
    measured, required = (
        pd.to_numeric(expansion[name], errors="coerce").astype("float64") for name in ("measured", "required")
    )
    frame = expansion[["outcome", "unit", "policy", "source", "status", "note"]].assign(
        subject_kind="zone", subject_id=expansion["zone_id"], reading="", measured=measured, required=required,
        rule=expansion["policy"] + "/" + expansion["condition"], margin=half_up(measured - required, 4),
        stage=expansion["outcome"].map({"fail": "suspected"}),
    )  # fmt: skip
    return shaped(frame, FINDING_COLUMNS)


def _joined(words: Iterable[object]) -> str:
    parts = [part for word in words if isinstance(word, str) for part in word.split("；") if part]
    return "；".join(dict.fromkeys(parts))


def _stacked(parts: Sequence[Frame]) -> Frame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else (parts[0] if parts else pd.DataFrame())


__all__ = ["Docket", "ExpansionCondition", "docket", "examine"]
