"""The first page's figures: how many and how much 亩 by answer, and one row a zone; counted from the Verdicts alone."""

from typing import TypeAlias

import pandas as pd

from evaluation.finding import OUTCOMES, Verdicts
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame

SLEEP_ORDER = ("clause1", "clause2", "watch", "late_start", "excused", "unknown", "no", "not_applicable")
OPEN_IDLE = ("clause1", "clause2")
ZONE_COLUMNS = tuple("zone_id zone_name firms grades idle_mu idle_unknown shares expansion".split())


def by_grade(firms: Frame) -> Frame:
    """Return one row a grade (blank last): policy, grade, count, mu (known land), mu_unknown (firms without it)."""
    frame = firms.assign(grade=firms["grade"].fillna("").astype(str), policy=firms["policy"].fillna("").astype(str))
    counted = _tally(frame, ["policy", "grade"], "land_mu")
    blank_last = counted.assign(_blank=counted["grade"] == "").sort_values(["policy", "_blank", "grade"], kind="stable")
    return blank_last.drop(columns="_blank").reset_index(drop=True)


def by_idle(parcels: Frame) -> Frame:
    """Return one row a state of idleness, what needs a hand first: idle, count, mu, mu_unknown."""
    counted = _tally(parcels[parcels["idle"].notna()], ["idle"], "area_mu").set_index("idle")
    order = [state for state in SLEEP_ORDER if state in counted.index]
    return counted.loc[order].reset_index()


def by_outcome(frame: Frame) -> Frame:
    """Return one row an outcome, 满足 不满足 未知 in this order: outcome, count."""
    counts = frame["outcome"].value_counts()
    there = [code for code in OUTCOMES if code in counts.index]
    return pd.DataFrame({"outcome": there, "count": [int(counts[code]) for code in there]})


def by_zone(verdicts: Verdicts) -> Frame:
    """Return one row a zone: ZONE_COLUMNS, idle_mu of known areas, idle_unknown without one."""
    shapes = verdicts.zone_shapes
    if shapes.empty:
        return pd.DataFrame(columns=list(ZONE_COLUMNS))
    names = shapes["name"] if "name" in shapes.columns else shapes["zone_id"]
    rows = [
        (str(zone), name, *_zone_row(verdicts, str(zone)))
        for zone, name in zip(shapes["zone_id"], names.fillna(shapes["zone_id"]), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(ZONE_COLUMNS))


def _zone_row(verdicts: Verdicts, zone: str) -> tuple[int, str, float, int, str, str]:
    firms = _of(verdicts.firms, zone)
    idle = _of(verdicts.parcels, zone)
    asleep = idle[idle["idle"].isin(OPEN_IDLE)]
    whole = _of(verdicts.zones, zone)
    whole = whole[whole["reading"] == "all"]
    overall = _of(verdicts.expansion, zone)
    overall = overall[overall["condition"] == "overall"]
    grades = by_grade(firms)
    counts = grades.groupby("grade", sort=False)["count"].sum()
    said = "　".join(f"{grade or say('screens.map.not_graded')} {count}" for grade, count in counts.items())
    return (
        int(firms["uscc"].nunique()),
        said,
        *_land(asleep["area_mu"]),
        _outcomes(whole, "label", "basis"),
        _outcomes(overall, "policy_label"),
    )


def _land(areas: pd.Series) -> tuple[float, int]:
    """Return the 亩 of known areas (missing where parcels are there and none is known) and how many are unknown."""
    known = pd.to_numeric(areas, errors="coerce")
    return float(known.sum(min_count=min(1, len(known)))), int(known.isna().sum())


def _outcomes(frame: Frame, label: str, group: str = "") -> str:
    """Return the outcomes of a zone as words, one a rule (and basis)."""
    parts = []
    for row in frame.to_dict("records"):
        basis = f"（{word(group, row[group])}）" if group else ""
        parts.append(f"{row[label]}{basis} {word('outcome', row['outcome'])}")
    return "；".join(parts)


def _of(frame: Frame, zone: str) -> Frame:
    return frame[frame["zone_id"].astype(str) == zone]


def _tally(frame: Frame, keys: list[str], amount: str) -> Frame:
    """Return count, sum and number of unknowns of `amount` by `keys`."""
    numbers = frame.assign(_mu=pd.to_numeric(frame[amount], errors="coerce"))
    grouped = numbers.groupby(keys, sort=False)["_mu"]
    counted = pd.DataFrame({"count": grouped.size(), "mu": grouped.sum(min_count=1)})
    return counted.assign(mu_unknown=counted["count"] - grouped.count()).reset_index()
