"""The area court of zones: the same share by drawn, planar, stated and approved areas, and where that decides."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from evaluation.policy.model import Policy
from evaluation.policy.zone import ShareRule, ZonePolicy
from evaluation.zone.ground import Ground
from evaluation.zone.share import MU_DECIMALS, figures, judged, readings_of, standard, tallies
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame
Found: TypeAlias = Mapping[tuple[str, str], Mapping[str, Frame]]  # (policy, rule) → kind of area → figures
MU_PER_HECTARE = 15.0
KEYS = ["zone_id", "policy", "rule", "basis", "reading"]
COLUMNS = (*KEYS, "area_kind", "numerator_mu", "denominator_mu", "unmapped_mu", "measured", "outcome", "decides")


def by_kind(ground: Ground, policies: Sequence[Policy]) -> Found:
    """Return the figures of each rule (policy, rule) by each kind of area of the ground, the one that decides first."""
    kinds = _areas(ground)
    return {
        (policy.id, rule.id): {
            kind: figures(part) for kind, part in tallies(ground, readings_of(rule), policy, kinds).items()
        }
        for policy in policies
        if isinstance(policy, ZonePolicy)
        for rule in policy.rules
    }


def by_area_kind(ground: Ground, policies: Sequence[Policy], as_of: dt.date, found: Found | None = None) -> Frame:
    """Return COLUMNS, one row a zone × rule × reading × basis × kind of area, with the outcome each kind would give.

    ellipsoidal is what decides; planar is the drawing's plane (POLICY §11); registered takes each polygon's stated
    area in proportion to the part inside the zone (ground without a stated area as drawn); approved puts 核准面积
    in the place of the drawn outline under K1. decides: the kinds disagree. `found` is `by_kind` of the same.
    """
    found, stated = by_kind(ground, policies) if found is None else found, _stated(ground)
    parts = [
        _rule(found[policy.id, rule.id], stated, policy, rule, as_of)
        for policy in policies
        if isinstance(policy, ZonePolicy)
        for rule in policy.rules
    ]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    frame["decides"] = frame.groupby(KEYS)["outcome"].transform("nunique") > 1
    return frame.sort_values([*KEYS, "area_kind"], ignore_index=True)[list(COLUMNS)]


def _areas(ground: Ground) -> Mapping[str, pd.Series]:
    pieces = ground.pieces
    drawn = pieces["area_m2"].astype("float64")
    if pieces.geometry.isna().all():
        return {"registered": drawn}
    stated = pieces["stated"].astype("float64").fillna(1.0)
    plane = pieces.crs is not None and not pieces.crs.is_geographic  # square degrees are no area
    planar = {"planar": pd.Series(pieces.geometry.area, index=pieces.index)} if plane else {}
    return {"ellipsoidal": drawn, **planar, "registered": drawn * stated}


def _rule(found: Mapping[str, Frame], stated: pd.Series, policy: ZonePolicy, rule: ShareRule, as_of: dt.date) -> Frame:
    drawn = next(iter(found.values()))
    kinds = {**found, "approved": _approved(stated, drawn)}
    each = pd.concat([part.assign(area_kind=kind) for kind, part in kinds.items()], ignore_index=True)
    return judged(each, standard(policy, rule, as_of), rule.decimals).assign(policy=policy.id, rule=rule.id)


def _stated(ground: Ground) -> pd.Series:
    """Return 核准面积 [ha] of the outlined zones."""
    outlined = ground.zones["outlined"].astype(bool)  # without any zone the column has no type
    zones = pd.DataFrame({name: ground.zones.loc[outlined, name] for name in ("zone_id", "approved_area_ha")})
    stated = zones.drop_duplicates("zone_id").set_index("zone_id")["approved_area_ha"]
    return pd.to_numeric(stated, errors="coerce").astype("float64")


def _approved(stated: pd.Series, drawn: Frame) -> Frame:
    """Return the K1 figures with 核准面积 as the whole of the zone, for outlined zones that state one."""
    rows = drawn[drawn["reading"].str.contains(".K1.", regex=False)]
    whole = rows["zone_id"].map(stated).astype("float64") * MU_PER_HECTARE
    base = half_up(whole - rows["excluded_mu"] - rows["unmapped_mu"], MU_DECIMALS)
    return rows.assign(denominator_mu=base)[whole.notna().to_numpy()]
