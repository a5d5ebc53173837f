"""Tables of zones for people: readings side by side, zones and years side by side, two runs and what changed."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.zone import compare, moved
from gis.measure import half_up
from parcels.words import say, word
from reports.card import MARKS
from reports.humane import humane
from reports.sheets import named, told_intensity
from reports.workbook import Tab

Frame: TypeAlias = pd.DataFrame
ALL = "all"
# the rows of the side-by-side table: word in the catalog, column, how it is written
LINES = (
    ("outcome", "outcome", "outcome"), ("measured", "measured", "percent"), ("lo", "lo", "percent"),
    ("hi", "hi", "percent"), ("required", "required", "percent"), ("margin", "margin", "points"),
    ("margin_mu", "margin_mu", "mu"), ("short", "short_mu", "mu"), ("short_add", "short_add_mu", "mu"),
    ("numerator", "numerator_mu", "mu"), ("numerator_m2", "numerator_m2", "m2"),
    ("denominator", "denominator_mu", "mu"), ("denominator_m2", "denominator_m2", "m2"),
    ("excluded", "excluded_mu", "mu"), ("excluded_m2", "excluded_m2", "m2"),
    ("unmapped", "unmapped_mu", "mu"), ("unmapped_m2", "unmapped_m2", "m2"), ("area_kind", "area_kind", "area_kind"),
)  # fmt: skip
CHANGES = tuple(
    """
    zone_id zone_name policy label basis reading changed_how outcome_before outcome_after measured_before measured_after
    change numerator_mu_change denominator_mu_change excluded_mu_change unmapped_mu_change why
""".split()
)
MOVED = tuple("zone_id zone_name rule basis reading role land_code use_group before_mu after_mu change_mu".split())
YEARLY = tuple("zone_id zone_name indicator_name unit value_before value_after change means".split())
DOCKETS = tuple(
    "zone_id zone_name policy condition outcome_before outcome_after measured_before measured_after why".split()
)


def side_by_side(zones: Frame) -> Frame:
    """Return the readings of one zone, rule and basis as columns, what is told of each as rows, all as text."""
    rows = zones[zones["reading"] != ALL].drop_duplicates("reading")
    written = {str(row["reading"]): [_written(row, column, how) for _, column, how in LINES] for row in _records(rows)}
    lines = [say(f"zone.line.{name}") for name, _, _ in LINES]
    return pd.DataFrame(written, index=pd.Index(lines, name=say("zone.line.head")))


def sense(reading: str) -> str:
    """Return a reading N.K.X in words: what is counted ÷ which base, what is left out."""
    numerator, base, leave_out = reading.split(".")
    parts = {"numerator": numerator, "base": base, "leave_out": leave_out}
    said = {group: say(f"zone.explain.{group}.{code}") for group, code in parts.items()}
    return say("zone.line.sense", reading=reading, **said)


def zones_across(verdicts: Verdicts) -> Frame:
    """Return one row a rule × basis × reading, one column a zone: outcome with its share, as text; no mean of zones."""
    zones = verdicts.zones
    if zones.empty:
        return zones
    told = zones.assign(
        _zone=_labels(zones, verdicts), basis=zones["basis"].map(lambda b: word("basis", b) if b else "—"),
        reading=zones["reading"].map(lambda r: word("reading", r) if r == ALL else r),
        _told=[_outcome_with_share(row) for row in _records(zones)],
    )  # fmt: skip
    told = told.rename(columns={"label": "share_rule"})
    wide = told.pivot(index=["share_rule", "policy", "basis", "reading"], columns="_zone", values="_told")
    return wide.rename_axis(columns=None).reset_index()


def years_across(verdicts: Verdicts, zone_id: str) -> Frame:
    """Return one zone's indicators of intensive use, a column a year, the national means beside them."""
    return _intensity_by(verdicts.intensity[verdicts.intensity["zone_id"].astype(str) == zone_id], "year")


def intensity_across(verdicts: Verdicts, year: int) -> Frame:
    """Return a year's indicators of intensive use, a column a zone, the national means beside them."""
    rows = verdicts.intensity[verdicts.intensity["year"] == year]
    return _intensity_by(rows.assign(_zone=_labels(rows, verdicts)), "_zone")


def _intensity_by(rows: Frame, column: str) -> Frame:
    keys = ["indicator_name", "unit", "means"]
    rows = rows.rename(columns={"label": "indicator_name"})
    if rows.empty:
        return pd.DataFrame(columns=keys)
    order = {label: at for at, label in enumerate(dict.fromkeys(rows["indicator_name"]))}
    text = rows.assign(unit=rows["unit"].fillna(""), **{column: rows[column].astype(str)})
    kept = text.drop_duplicates([*keys, column])
    wide = kept.pivot(index=keys, columns=column, values="value").rename_axis(columns=None).reset_index()
    wide = wide.sort_values("indicator_name", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    return wide[[*keys[:2], *(name for name in wide.columns if name not in keys), "means"]]


def changes(before: Verdicts, after: Verdicts) -> dict[str, Frame]:
    """Return what differs between two runs of the same zones: shares with why, classes, indicators, conditions."""
    shares = compare(before.zones, after.zones)
    shares = _zone_named(shares.rename(columns={"name": "zone_name", "standing": "changed_how"}), after)
    return {
        "shares": shares,
        "moved": _zone_named(moved(before.counted, after.counted).rename(columns={"code": "land_code"}), after),
        "intensity": _zone_named(_years_changed(before, after), after),
        "expansion": _zone_named(_conditions_changed(before.expansion, after.expansion), after),
    }


def change_tabs(found: Mapping[str, Frame]) -> list[Tab]:
    """Return the comparison of two runs as the tabs of one workbook; rows that did not change stay and say so."""
    columns = {"shares": CHANGES, "moved": MOVED, "intensity": YEARLY, "expansion": DOCKETS}
    return [Tab(say(f"reports.tab.compare_{name}"), in_words(frame), columns[name]) for name, frame in found.items()]


def across_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return zones side by side and years side by side as the tabs of one workbook."""
    year = int(verdicts.provenance["year"])
    zones, by_zone = zones_across(verdicts), intensity_across(verdicts, year)
    tabs = [
        Tab(say("reports.tab.across_zones"), zones, list(zones.columns)),
        Tab(say("reports.tab.across_intensity"), by_zone, list(by_zone.columns)),
    ]
    names = dict(zip(verdicts.intensity["zone_id"].astype(str), _labels(verdicts.intensity, verdicts), strict=True))
    parts = [years_across(verdicts, zone).assign(zone_name=name) for zone, name in names.items()]
    if parts:
        years = pd.concat(parts, ignore_index=True)
        head = ["zone_name", "indicator_name", "unit"]
        rest = [name for name in years.columns if name not in {*head, "means"}]
        tabs.append(Tab(say("reports.tab.across_years"), years, [*head, *rest, "means"]))
    return tabs


def in_words(frame: Frame) -> Frame:
    """Return a comparison with outcomes and other codes in Chinese."""
    sides = {
        name: frame[name].map(lambda code: word("outcome", code), na_action="ignore")
        for name in ("outcome_before", "outcome_after")
        if name in frame
    }
    return humane(frame).assign(**sides)


def targets(verdicts: Verdicts) -> Frame:
    """Return the findings about targets of intensive use (300 万元/亩): neither shares nor conditions of expansion."""
    rows = verdicts.findings[verdicts.findings["subject_kind"] == "zone"]
    shares = set(verdicts.zones["rule"])
    own = ~rows["rule"].isin(shares) & ~rows["rule"].astype(str).str.contains("/", regex=False)
    return named(rows[own].rename(columns={"subject_id": "zone_id"}), verdicts)


def _years_changed(before: Verdicts, after: Verdicts) -> Frame:
    sides = []
    for verdicts in (before, after):
        rows = told_intensity(verdicts)
        sides.append(rows[rows["year"] == int(verdicts.provenance["year"])] if len(rows) else rows)
    keys = ["zone_id", "indicator", "label", "unit"]
    if any(side.empty for side in sides):
        return pd.DataFrame(columns=["indicator_name", *keys, "value_before", "value_after", "change", "means"])
    one, other = (side.drop_duplicates(keys) for side in sides)
    frame = one[[*keys, "value"]].merge(
        other[[*keys, "value", "means"]], on=keys, how="outer", suffixes=("_before", "_after"), validate="one_to_one"
    )
    change = frame["value_after"].astype("float64") - frame["value_before"].astype("float64")
    return frame.rename(columns={"label": "indicator_name"}).assign(change=half_up(change, 4))


def _conditions_changed(before: Frame, after: Frame) -> Frame:
    keys, told = ["zone_id", "policy", "condition"], ["outcome", "measured"]
    if before.empty or after.empty:
        return pd.DataFrame(
            columns=[*keys, *(f"{name}_{side}" for name in told for side in ("before", "after")), "why"]
        )
    this = after[[*keys, *told, "note"]].rename(columns={"note": "why"})
    return before[[*keys, *told]].merge(
        this, on=keys, how="outer", suffixes=("_before", "_after"), validate="one_to_one"
    )


def _labels(rows: Frame, verdicts: Verdicts) -> pd.Series:
    """Return a zone's name for each row, with its id where two zones share a name."""
    ids = rows["zone_id"].astype(str)
    shapes = verdicts.zone_shapes
    if "name" not in shapes or shapes.empty:
        return ids
    known = shapes.assign(zone_id=shapes["zone_id"].astype(str)).drop_duplicates("zone_id").set_index("zone_id")["name"]
    twice = set(known[known.duplicated(keep=False)])
    name = ids.map(known).where(ids.map(known).notna(), ids).astype(str)
    return name.where(~name.isin(twice), name + " " + ids)


def _zone_named(frame: Frame, verdicts: Verdicts) -> Frame:
    return frame if frame.empty else frame.assign(zone_name=_labels(frame, verdicts))


def _outcome_with_share(row: Mapping[Hashable, Any]) -> str:
    outcome = word("outcome", row["outcome"])
    return outcome if pd.isna(row["measured"]) else f"{outcome} {_percent(row['measured'])}"


def _written(row: Mapping[Hashable, Any], column: str, how: str) -> str:
    value = row.get(column)
    return "—" if value is None or pd.isna(value) else str(HOW[how](value))


def _percent(value: Any) -> str:
    return f"{float(value) * 100:.2f}%"


HOW: Mapping[str, Any] = {
    "percent": _percent,
    "points": lambda value: f"{float(value) * 100:+.2f}",
    "mu": "{:,.4f}".format,
    "m2": "{:,.2f}".format,
    "outcome": lambda value: f"{MARKS[str(value)]} {word('outcome', value)}",
    "area_kind": lambda value: word("area_kind", value),
}


def _records(frame: Frame) -> list[dict[Hashable, Any]]:
    return list(frame.to_dict("records"))
