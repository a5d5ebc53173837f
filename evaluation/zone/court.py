"""The area court of zones: the same share by drawn, planar and stated areas, and where that decides (POLICY §11)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from evaluation.policy.model import Policy
from evaluation.policy.zone import ShareRule, ZonePolicy
from evaluation.zone.ground import Ground
from evaluation.zone.share import figures, judged, readings_of, standard, tally

Frame: TypeAlias = pd.DataFrame
KEYS = ["zone_id", "policy", "rule", "basis", "reading"]
COLUMNS = (*KEYS, "area_kind", "numerator_mu", "denominator_mu", "unmapped_mu", "measured", "outcome", "decides")


def by_area_kind(ground: Ground, policies: Sequence[Policy], as_of: dt.date) -> Frame:
    """Return COLUMNS, one row a zone × rule × reading × basis × kind of area, with the outcome each kind would give.

    ellipsoidal is what decides; planar is the drawing's plane; registered takes each polygon's stated area in
    proportion to the part inside the zone (ground without a stated area as drawn). decides: the kinds disagree.
    """
    kinds = _areas(ground)
    rules = [(policy, rule) for policy in policies if isinstance(policy, ZonePolicy) for rule in policy.rules]
    parts = [_rule(ground, kinds, policy, rule, as_of) for policy, rule in rules]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    frame["decides"] = frame.groupby(KEYS)["outcome"].transform("nunique") > 1
    return frame.sort_values([*KEYS, "area_kind"], ignore_index=True)[list(COLUMNS)]


def _areas(ground: Ground) -> Mapping[str, pd.Series]:
    pieces = ground.pieces
    drawn = pieces["area_m2"].astype("float64")
    if pieces.geometry.isna().all():
        return {"registered": drawn}
    stated = pieces["stated"].astype("float64").fillna(1.0)
    return {"ellipsoidal": drawn, "planar": pieces.geometry.area, "registered": drawn * stated}


def _rule(ground: Ground, kinds: Mapping[str, pd.Series], policy: ZonePolicy, rule: ShareRule, as_of: dt.date) -> Frame:
    asked = standard(policy, rule, as_of)
    each = [
        judged(figures(tally(ground, readings_of(rule), policy, area)), asked, rule.decimals).assign(area_kind=kind)
        for kind, area in kinds.items()
    ]
    return pd.concat(each, ignore_index=True).assign(policy=policy.id, rule=rule.id)
