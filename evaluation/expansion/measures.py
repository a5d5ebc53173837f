"""What a condition of expansion measures: one number a zone, its bounds where land is unknown, and its evidence."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expansion.bounds import boundary, comparable, restricted, surveyed_basis, unapproved
from evaluation.expansion.scene import DECIMALS, Scene, answer, approved_ha, each, in_mu, plain
from evaluation.expansion.size import extent, growth, revenue
from evaluation.policy.expansion import MEASURES, Leaf
from evaluation.zone.measured import share
from evaluation.zone.readings import APPROVED, NOT_BUILT, UNMAPPED, Reading
from gis import cells
from gis.measure import half_up, to_mu
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame


def _of_intensity(scene: Scene, leaf: Leaf) -> Frame:
    """A TD/T 1029 indicator of the year (evaluation/intensity.py); bounded to 0 of unmeasured land never."""
    years = scene.result.intensity
    rows = years[years["indicator"] == leaf.id].set_index("zone_id")
    unit = str(rows["unit"].iloc[0]) if len(rows) else "比"
    evidence = [
        say(
            "zone.evidence.years",
            year=scene.year,
            top=plain(top),
            bottom=plain(bottom),
            origin=say(f"zone.origin.{origin}"),
        )
        if not np.isnan(value)
        else ""
        for top, bottom, origin, value in zip(
            rows["numerator"], rows["denominator"], rows["origin"], rows["value"], strict=True
        )
    ]
    return answer(
        scene, rows["value"].astype("float64"), unit, say("zone.docket.no_year", year=scene.year),
        top=rows["numerator"], bottom=rows["denominator"], lacks=rows["note"].where(rows["value"].isna(), ""),
        evidence=pd.Series(evidence, index=rows.index, dtype="str"),
    )  # fmt: skip


def _built_of_approved(scene: Scene, _leaf: Leaf) -> Frame:
    """已建成 A [ha] ÷ 核准面积 [ha] (POLICY §9.2: by area as approved)."""
    years = scene.result.intensity
    built = years[years["indicator"] == "industrial_rate"].set_index("zone_id")["denominator"].astype("float64")
    approved = approved_ha(scene)
    value = half_up(built / approved.where(approved > 0), DECIMALS)
    evidence = each(
        scene, lambda z: say("zone.evidence.approved", a=plain(built.get(z)), b=plain(approved.get(z))), value
    )
    return answer(scene, value, "比", say("zone.docket.no_built"), top=built, bottom=approved, evidence=evidence)


def _use_as_planned(scene: Scene, _leaf: Leaf) -> Frame:
    """Share of built ground whose surveyed use_group is the planned one; ground unmapped on either side is unknown."""
    lacks = say("zone.docket.no_plan")
    pieces = scene.ground.pieces
    there = (pieces["extent"] == APPROVED) & pieces.geometry.notna()
    built, planned = there & (pieces["basis"] == surveyed_basis(scene)), there & (pieces["basis"] == "planned")
    if not built.any() or not planned.any():
        return answer(scene, pd.Series(dtype="float64"), "比", lacks)
    built &= ~pieces["use_group"].isin(NOT_BUILT)
    mapped = pieces["use_group"] != UNMAPPED
    told, plan = (np.flatnonzero(part & mapped) for part in (built, planned))
    pairs = cells.areas(pieces.geometry.iloc[told], pieces.geometry.iloc[plan])
    kinds = scene.ground.kinds
    a, b = (kinds.rows.take(kinds.of[part[pairs[side]]]) for part, side in ((told, "a"), (plan, "b")))
    a, b = a.reset_index(drop=True), b.reset_index(drop=True)
    clear = comparable(a, b).to_numpy()
    agree = clear & (a["use_group"] == b["use_group"]).to_numpy()
    area, zone = pairs["area_m2"].to_numpy(), a["zone_id"]
    sums = {
        name: pd.Series(np.where(mask, area, 0.0)).groupby(zone).sum()
        for name, mask in (("clear", clear), ("agree", agree))
    }
    whole = pieces.loc[built, "area_m2"].groupby(pieces.loc[built, "zone_id"]).sum()
    clear_m2, agree_m2 = (sums[name].reindex(whole.index).fillna(0.0) for name in ("clear", "agree"))
    value = half_up(agree_m2 / clear_m2.where(clear_m2 > 0), DECIMALS)
    unclear = (whole - clear_m2).clip(lower=0.0)
    lo, hi = half_up(agree_m2 / whole, DECIMALS), half_up((agree_m2 + unclear) / whole, DECIMALS)
    evidence = each(
        scene,
        lambda z: say(
            "zone.evidence.as_planned",
            agree=in_mu(agree_m2.get(z)),
            clear=in_mu(clear_m2.get(z)),
            unclear=in_mu(unclear.get(z)),
        ),
        value,
    )
    return answer(scene, value, "比", lacks, lo=lo, hi=hi, top=to_mu(agree_m2), bottom=to_mu(whole), evidence=evidence)


def _zone_share(scene: Scene, leaf: Leaf) -> Frame:
    """A share of the zone's land on one reading and basis (POLICY §8), with its bounds."""
    reading = Reading.parse(leaf.reading or "N4.K1.X1")
    found = share(scene.ground, reading, leaf.basis or "planned").set_index("zone_id")
    evidence = each(
        scene,
        lambda z: say(
            "zone.evidence.share",
            reading=reading.id,
            n=plain(found["numerator_mu"].get(z)),
            d=plain(found["denominator_mu"].get(z)),
            u=plain(found["unmapped_mu"].get(z)),
        ),
        found["measured"],
    )
    lacks = say("zone.docket.no_basis", basis=word("basis", leaf.basis or "planned"))
    return answer(
        scene, found["measured"], "比", lacks,
        lo=found["lo"], hi=found["hi"], top=found["numerator_mu"], bottom=found["denominator_mu"], evidence=evidence,
    )  # fmt: skip


def _idle_parcels(scene: Scene, _leaf: Leaf) -> Frame:
    """Idle parcels ÷ parcels with a known answer, by 亩, from the reclaim list; unknown parcels widen the bounds."""
    parcels = scene.reclaim
    lacks = say("zone.docket.no_reclaim")
    if parcels is None or parcels.empty:
        return answer(scene, pd.Series(dtype="float64"), "比", lacks)
    area = pd.to_numeric(parcels["area_mu"]).astype("float64")
    by, state = parcels["zone_id"], parcels["idle"]
    idle = area.where(state.isin(["clause1", "clause2"]), 0.0).groupby(by).sum()
    unknown = area.where(state.eq("unknown"), 0.0).groupby(by).sum()
    whole = area.where(~state.eq("not_applicable")).groupby(by).sum(min_count=1)
    base = whole.where(whole > 0)
    return answer(
        scene, half_up(idle / base, DECIMALS), "比", lacks, lo=half_up(idle / base, DECIMALS),
        hi=half_up((idle + unknown) / base, DECIMALS), top=idle, bottom=whole,
        evidence=each(scene, lambda z: say("zone.evidence.idle", idle=plain(idle[z]), whole=plain(whole[z])), whole),
    )  # fmt: skip


_OWN: Mapping[str, Callable[[Scene, Leaf], Frame]] = {
    "built_of_approved": _built_of_approved,
    "boundary_of_approved": boundary,
    "forbidden_mu": restricted,
    "restricted_mu": restricted,
    "unapproved_mu": unapproved,
    "use_as_planned": _use_as_planned,
    "zone_share": _zone_share,
    "idle_parcels_rate": _idle_parcels,
    "zone_km2": extent,
    "zone_blocks": extent,
    "growth_over_mean": growth,
    "revenue_of_county": revenue,
}
HOW: Mapping[str, Callable[[Scene, Leaf], Frame]] = {name: _OWN.get(name, _of_intensity) for name in MEASURES}
