"""Say what the zones' ground makes of the 70 % and 60 % rules and of the expansion clause (place.ZONES laid it)."""

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


def plant(county: County) -> None:
    """Write the zones' answers into the key (the ground was laid out for them, see place.ZONES)."""
    for basis in BASES:
        for reading in SEVENTY:
            without_roads = reading.endswith("X2")
            county.key.zone(FIRST, f"industrial_land_70/{reading}@{basis}", "pass" if without_roads else "fail")
            county.key.zone(SECOND, f"industrial_land_70/{reading}@{basis}", "fail")
            county.key.zone(THIRD, f"industrial_land_70/{reading}@{basis}", "pass")
        for zone, outcome in ((FIRST, "unknown"), (SECOND, "fail"), (THIRD, "pass")):
            county.key.zone(zone, f"industrial_land_70/all@{basis}", outcome)
        for reading in (*SIXTY, "all"):
            for zone, outcome in ((FIRST, "pass"), (SECOND, "fail"), (THIRD, "pass")):
                county.key.zone(zone, f"industry_use_60/{reading}@{basis}", outcome)
    for policy, answers in (("demo-province", CONDITIONS), ("cn-expand-2017", NATIONAL)):
        for zone, conditions in answers.items():
            for condition, outcome in conditions.items():
                county.key.expansion(zone, f"{policy}/{condition}", outcome)
