"""May a zone apply to grow? Every condition met, failed or unknown, with its evidence and its cure (POLICY §9)."""

import datetime as dt
from collections.abc import Sequence
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
    parts = [_condition_leaves(scene, policy, name, as_of) for name in CONDITIONS]
    frame = pd.concat(parts, ignore_index=True).assign(policy=policy.id)
    frame = frame.assign(hi=frame["hi"].replace(np.inf, np.nan))  # no upper bound is known: nothing, not ∞
    status = {name: source.status for name, source in policy.sources.items()}
    return frame.assign(
        status=frame["source"].map(status),
        source=frame["source"].map({name: cited(policy, name) for name in policy.sources}),
    )


def _condition_leaves(scene: Scene, policy: ExpansionPolicy, name: Condition, as_of: dt.date) -> Frame:
    condition = policy.conditions.get(name)
    if condition is None:
        rows = pd.DataFrame({"zone_id": scene.zone_ids}).assign(
            leaf="",
            outcome="unknown",
            note=say("zone.docket.no_condition"),
            cure=say("zone.cure.province"),
            source=None,
            context=False,
        )
        return rows.assign(condition=name)
    if name == "appraisal":
        table = scene.book.tables["appraisals"]
        rows = appraisal.judge(table, scene.zone_ids, policy, condition, as_of, scene.year)
        return rows.assign(condition=name, leaf="appraisal", context=False, evidence=rows["note"])
    parts = [judge(scene, policy, leaf, as_of) for leaf in condition.leaves]
    return pd.concat(parts, ignore_index=True).assign(condition=name)


def _conditions(leaves: Frame, policy: ExpansionPolicy) -> Frame:
    """Return one row a zone × condition: all leaves must hold; the leaf shown is the first failing, else unknown."""
    deciding = leaves[~leaves["context"].astype(bool)]
    keys = ["zone_id", "condition"]
    order = deciding["outcome"].map(WORST)
    ranked = deciding.assign(_worst=order, _place=deciding["condition"].map(ORDER)).sort_values(
        ["zone_id", "_place", "_worst"], kind="stable"
    )
    shown = ranked.drop_duplicates(keys).copy()
    together = ranked.groupby(keys, sort=False).agg(note=("note", _joined), cure=("cure", _joined))
    index = pd.MultiIndex.from_frame(shown[keys])
    shown[["note", "cure"]] = together.reindex(index)[["note", "cure"]].to_numpy()
    said = {name: policy.conditions.get(name) for name in CONDITIONS}
    shown["words"] = shown["condition"].map({name: part.words if part else "" for name, part in said.items()})
    shown["bears"] = shown["condition"].map({name: part.bears if part else "expansion" for name, part in said.items()})
    shown["note"] = [_bearing(note, bears) for note, bears in zip(shown["note"], shown["bears"], strict=True)]
    rows = pd.concat([shown, _overall(shown, policy)], ignore_index=True)
    label = rows["condition"].map({name: say(f"common.condition.{name}") for name in ORDER})
    return rows.assign(policy=policy.id, policy_label=policy.label, label=label).drop(columns=["_worst", "_place"])


def _bearing(note: str, bears: str) -> str:
    return (
        note if bears == "expansion" else "；".join(part for part in (note, say(f"zone.docket.bears_{bears}")) if part)
    )


def _overall(rows: Frame, policy: ExpansionPolicy) -> Frame:
    """Return the overall row: pass if all pass, fail if any fails, else unknown; mere priority is apart."""
    bearing = rows[rows["bears"] == "expansion"]
    by = bearing["zone_id"]
    failed = (bearing["outcome"] == "fail").groupby(by).any()
    passed = (bearing["outcome"] == "pass").groupby(by).all()
    outcome = np.select([failed, passed], ["fail", "pass"], "unknown")
    zones = failed.index.to_list()
    tallies = {kind: (bearing["outcome"] == kind).groupby(by).sum() for kind in WORST}
    open_ = bearing[bearing["outcome"] != "pass"]
    names = {zone: part["condition"].to_list() for zone, part in open_.groupby("zone_id")}
    note = [
        say("zone.docket.overall", passed=tallies["pass"][z], failed=tallies["fail"][z], unknown=tallies["unknown"][z])
        for z in zones
    ]
    cure = [
        say("zone.cure.overall", names="、".join(say(f"common.condition.{name}") for name in names[z]))
        if names.get(z)
        else ""
        for z in zones
    ]
    first = next((part.source for name in CONDITIONS if (part := policy.conditions.get(name)) is not None), None)
    return pd.DataFrame({
        "zone_id": zones, "condition": OVERALL, "outcome": outcome, "note": note, "cure": cure, "unit": "",
        "source": cited(policy, first), "status": policy.sources[first].status if first else "", "bears": "expansion",
        "words": policy.label, "leaf": "", "measured": np.nan, "required": np.nan,
    })  # fmt: skip


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


def _joined(words: pd.Series) -> str:
    parts = [part for word in words if isinstance(word, str) for part in word.split("；") if part]
    return "；".join(dict.fromkeys(parts))


def _stacked(parts: Sequence[Frame]) -> Frame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else (parts[0] if parts else pd.DataFrame())


__all__ = ["Docket", "ExpansionCondition", "docket", "examine"]
