"""What differs between two verdicts on the same delivery, as people read it: one cell says `before → after`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.policy.grading import GradingPolicy, labels
from parcels.words import say, word
from reports.humane import ENUMERATIONS

Frame: TypeAlias = pd.DataFrame

ARROW = " → "
NOTHING = "—"
GROUPS = {**ENUMERATIONS, "status": "firm_status"}
FAULTS = ("severity", "file", "sheet", "row", "column", "raw", "message")


@dataclass(frozen=True)
class Section:
    """What of a frame is compared: a row is listed where one of `judged` differs; `also` is told beside it."""

    keys: tuple[str, ...]
    judged: tuple[str, ...]
    also: tuple[str, ...] = ()
    named: tuple[str, ...] = ()  # columns that say what the row is, as they stand afterwards

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of the table in the order in which they are shown."""
        return (*self.named[:1], *self.keys, *self.judged, *self.also, *self.named[1:])


# In `judged` the weightiest comes first: rows in which it differs are listed before the others.
SECTIONS: Mapping[str, Section] = {
    "firms": Section(("uscc", "policy"), ("grade", "status", "score"), ("rank",), ("name", "reason")),
    "parcels": Section(
        ("parcel_id",), ("idle", "low_efficiency", "zombie", "listed", "legal_step", "fee_wan", "area_mu"),
        named=("holder", "reason"),
    ),
    "zones": Section(
        ("zone_id", "rule", "basis", "reading"), ("outcome", "measured"), ("short_mu",), ("name", "label", "note")
    ),
    "expansion": Section(("zone_id", "policy", "condition"), ("outcome", "measured"), named=("label", "note", "cure")),
}  # fmt: skip


def changed(before: Verdicts, after: Verdicts) -> dict[str, Frame]:
    """Return by section the rows that differ: those of SECTIONS, then the faults that are settled and the new ones."""
    found = {
        name: _compared(getattr(before, name), getattr(after, name), section) for name, section in SECTIONS.items()
    }
    return {
        **found,
        "settled": _only(before.faults, after.faults),
        "new": _only(after.faults, before.faults),
    }


def counts(before: Frame, after: Frame, policy: GradingPolicy) -> Frame:
    """Return how many firms each class of a policy has: grade, before, after, change; the best first, then the rest."""
    sides = [frame.loc[frame["policy"].eq(policy.id), "grade"].fillna("").value_counts() for frame in (before, after)]
    best_first = [label for plan in policy.classes or [] for label in labels(plan)]
    others = sorted({*sides[0].index, *sides[1].index} - {*best_first, ""})
    order = list(dict.fromkeys([*best_first, *others, ""]))
    one, other = (side.reindex(order, fill_value=0) for side in sides)
    named = [label or say("screens.map.not_graded") for label in order]
    return pd.DataFrame({"grade": named, "before": one, "after": other, "change": other - one}).reset_index(drop=True)


def _compared(before: Frame, after: Frame, section: Section) -> Frame:
    one, other = (_keyed(frame, section) for frame in (before, after))
    rows = other.index
    if not one.index.equals(rows):
        rows = rows.append(one.index.difference(rows))
        one, other = one.reindex(rows), other.reindex(rows)
    judged = [name for name in section.judged if name in one and name in other]
    differs = pd.DataFrame({name: _differ(one[name], other[name]) for name in judged}, index=rows)
    hit = differs.any(axis=1)
    one, other, differs = one[hit], other[hit], differs[hit]
    told = {name: _told(name, one[name], other[name]) for name in (*judged, *section.also) if name in one}
    named = {name: other[name].where(other[name].notna(), one[name]) for name in section.named if name in other}
    whole = pd.DataFrame({**told, **named}, index=one.index).reset_index()
    order = differs.reset_index(drop=True).sort_values(judged, ascending=False, kind="stable").index
    return whole.loc[order, [name for name in section.columns if name in whole]].reset_index(drop=True)


def _keyed(frame: Frame, section: Section) -> Frame:
    """Return what a section tells of a frame under its keys as text: raises ValueError where a key is there twice."""
    keys = list(section.keys)
    plain = pd.DataFrame({name: frame[name] for name in section.columns if name in frame}, copy=False)
    texts = {name: plain[name].astype(object).where(plain[name].notna(), "").astype("str") for name in keys}
    keyed = plain.assign(**texts).set_index(keys)
    if not keyed.index.is_unique:
        raise ValueError(f"duplicate keys {keys}: {keyed.index[keyed.index.duplicated()][:3].tolist()}")
    return keyed


def _differ(one: pd.Series, other: pd.Series) -> pd.Series:
    if one.equals(other):
        return pd.Series(data=False, index=one.index)
    one, other = one.astype(object), other.astype(object)
    known = one.notna() & other.notna()
    return (one.notna() != other.notna()) | (known & one.where(known, 0).ne(other.where(known, 0)))


def _told(name: str, one: pd.Series, other: pd.Series) -> list[str]:
    pairs = ((_worded(name, a), _worded(name, b)) for a, b in zip(one, other, strict=True))
    return [a if a == b else f"{a}{ARROW}{b}" for a, b in pairs]


def _worded(name: str, value: Any) -> str:
    if pd.isna(value) or value == "":
        return NOTHING
    if isinstance(value, bool):
        return word("yes_no", str(value).lower())
    if name in GROUPS:
        return word(GROUPS[name], value)
    whole = isinstance(value, float) and name == "rank"
    return str(int(value)) if whole else f"{value:.4f}" if isinstance(value, float) else str(value)


def _only(these: Frame, others: Frame) -> Frame:
    """Return the faults that `others` lacks; a fault's sentence names its file, sheet, row, column and value."""
    kept = these[~(these["code"] + these["message"]).isin(others["code"] + others["message"])]
    return kept.rename(columns={"value": "raw"}).reset_index(drop=True)
