"""Two evaluations of the same zones, or the zones of one, side by side: what changed and by which 亩."""

from typing import TypeAlias

import pandas as pd

from gis.measure import half_up
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame
KEYS = ["zone_id", "policy", "rule", "basis", "reading"]
CHANGED = ("numerator_mu", "denominator_mu", "unmapped_mu", "excluded_mu")
DECIMALS = 4


def compare(earlier: Frame, later: Frame) -> Frame:
    """Return one row a zone × rule × basis × reading of either frame: measured and outcome before and after.

    change = measured after less before, *_change in 亩, standing = 新增 / 取消 / 变化 / 不变, why in words. The row
    `all` has outcomes only.
    """
    columns = [*KEYS, "name", "label", "required", "measured", "outcome", *CHANGED]
    frame = earlier[columns].merge(
        later[columns], on=KEYS, how="outer", suffixes=("_before", "_after"), validate="one_to_one", indicator="side"
    )
    frame["change"] = half_up(
        frame["measured_after"].astype("float64") - frame["measured_before"].astype("float64"), DECIMALS
    )
    for name in CHANGED:
        after, before = frame[f"{name}_after"].astype("float64"), frame[f"{name}_before"].astype("float64")
        frame[f"{name}_change"] = half_up(after - before, DECIMALS)
    moved = [f"{name}_change" for name in CHANGED]
    before_, after_ = (frame[f"required_{side}"].astype("float64").fillna(-1) for side in ("before", "after"))
    asked = before_ == after_
    still = (frame[moved].fillna(0) == 0).all(axis=1) & asked
    same = (frame["outcome_before"] == frame["outcome_after"]) & still
    for name in ("name", "label"):
        frame[name] = frame[f"{name}_after"].where(frame[f"{name}_after"].notna(), frame[f"{name}_before"])
    side = frame["side"].map({"left_only": "gone", "right_only": "new"}).astype(object)
    standing = side.where(side.notna(), same.map({True: "same", False: "changed"}))
    frame["standing"] = standing.map(lambda code: say(f"zone.compare.{code}"))
    frame["why"] = [_why(row, kind) for row, kind in zip(frame.to_dict("records"), standing, strict=True)]
    return frame.drop(columns="side").sort_values(KEYS, ignore_index=True)


def moved(earlier: Frame, later: Frame) -> Frame:
    """Return which classes of land moved between two evaluations: one row a zone × rule × basis × reading × class.

    earlier, later: COUNTED_COLUMNS. role_before, role_after, before_mu, after_mu, change_mu; classes that stand as they
    stood are left out. Rows come largest change first within a reading.
    """
    keys = ["zone_id", "rule", "basis", "reading", "code", "use_group", "role"]
    sums = [_by_class(frame, keys) for frame in (earlier, later)]
    frame = sums[0].merge(sums[1], on=keys, how="outer", suffixes=("_before", "_after"), validate="one_to_one")
    before, after = (frame[f"area_mu_{side}"].astype("float64").fillna(0.0) for side in ("before", "after"))
    told = frame[keys].assign(before_mu=before, after_mu=after, change_mu=half_up(after - before, DECIMALS))
    told = told.assign(_size=told["change_mu"].abs())[told["change_mu"] != 0]
    ordered = told.sort_values([*keys[:4], "_size", "code"], ascending=[True] * 4 + [False, True], kind="stable")
    return ordered.drop(columns="_size").reset_index(drop=True)


def _by_class(counted: Frame, keys: list[str]) -> Frame:
    text = {name: counted[name].astype(object).where(counted[name].notna(), "").astype(str) for name in keys}
    plain = pd.DataFrame(text).assign(area_mu=counted["area_mu"].astype("float64"))
    return plain.groupby(keys, as_index=False)["area_mu"].sum()


def across(zones: Frame, column: str = "measured") -> Frame:
    """Return one row a zone, one column a rule × basis × reading, of `column` (measured, outcome, short_mu …)."""
    wide = zones.pivot(index=["zone_id", "name"], columns=["rule", "basis", "reading"], values=column)
    return wide.sort_index(axis=1).reset_index()


def _why(row: dict[str, object], standing: str) -> str:
    if standing != "changed":
        return ""
    parts = []
    was, now = (float(str(row[f"required_{side}"])) for side in ("before", "after"))
    if was == was and now == now and was != now:  # noqa: PLR0124 - NaN is not itself
        parts.append(say("zone.compare.required", before=f"{was:.4f}", after=f"{now:.4f}"))
    for name in CHANGED:
        change = float(str(row[f"{name}_change"]))
        if change == change and change != 0:  # noqa: PLR0124 - NaN is not itself
            parts.append(say(f"zone.compare.{name}", change=f"{change:+,.4f}".rstrip("0").rstrip(".")))
    if row["outcome_before"] != row["outcome_after"]:
        before, after = (word("outcome", row[f"outcome_{side}"]) for side in ("before", "after"))
        parts.append(say("zone.compare.outcome", before=before, after=after))
    return "；".join(parts)
