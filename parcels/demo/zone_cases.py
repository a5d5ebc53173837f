"""Say what the zones' ground makes of the 70 % and 60 % rules and of the expansion clause (place.ZONES laid it)."""

import pandas as pd

from parcels.demo.county import County
from parcels.demo.place import ZONES

FIRST, SECOND, THIRD = (zone.zone_id for zone in ZONES)
BASES = ("planned", "actual")
SEVENTY = [f"{n}.K1.{x}" for x in ("X0", "X1", "X2") for n in ("N1", "N4")]
SIXTY = [f"{n}.K1.X0" for n in ("N1", "N4", "N5")]
CONDITIONS = {
    # 示例省: the first zone lacks an appraisal, the second fails, the third may apply
    FIRST: {"built_out_area": "pass", "built_out_use": "pass", "lawful_boundary": "pass", "lawful_restricted": "pass",
            "lawful_unapproved": "pass", "rational": "pass", "intensive_industry_land": "pass",
            "intensive_idle": "pass", "appraisal": "unknown", "overall": "unknown"},
    SECOND: {"lawful_restricted": "fail", "rational": "fail", "intensive_industry_land": "fail", "appraisal": "fail",
             "overall": "fail"},
    THIRD: {"built_out_area": "pass", "built_out_use": "pass", "lawful_boundary": "pass", "lawful_restricted": "pass",
            "lawful_unapproved": "pass", "rational": "pass", "intensive_industry_land": "pass",
            "intensive_idle": "pass", "appraisal": "pass", "overall": "pass"},
}  # fmt: skip
NATIONAL = {
    FIRST: {"built_out_area": "unknown", "overall": "unknown"},
    SECOND: {"lawful_restricted": "fail", "overall": "fail"},
    THIRD: {"built_out_area": "unknown", "lawful_restricted": "pass", "overall": "unknown"},
}


IN_FORCE = {"industrial_land_70": pd.Timestamp(2024, 1, 10), "industry_use_60": pd.Timestamp(2020, 8, 20)}


def plant(county: County) -> None:
    """Write the zones' answers into the key (the ground was laid out for them, see place.ZONES)."""
    for basis in BASES:
        for reading in SEVENTY:
            mixed = "pass" if reading.endswith("X2") else "fail"
            _zones(county, f"industrial_land_70/{reading}@{basis}", (mixed, "fail", "pass"))
        _zones(county, f"industrial_land_70/all@{basis}", ("unknown", "fail", "pass"))
        for reading in (*SIXTY, "all"):
            _zones(county, f"industry_use_60/{reading}@{basis}", ("pass", "fail", "pass"))
    for policy, answers in (("demo-province", CONDITIONS), ("cn-expand-2017", NATIONAL)):
        for zone, conditions in answers.items():
            for condition, outcome in conditions.items():
                county.key.expansion(zone, f"{policy}/{condition}", outcome)


def _zones(county: County, rule: str, outcomes: tuple[str, str, str]) -> None:
    """Write one rule's outcome of the three zones: unknown before the rule was in force."""
    early = county.as_of < IN_FORCE[rule.split("/", maxsplit=1)[0]]
    for zone, outcome in zip((FIRST, SECOND, THIRD), outcomes, strict=True):
        county.key.zone(zone, rule, "unknown" if early else outcome)
