"""The four workbooks for people: which columns of which verdicts, in Chinese words, in the order an officer reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from parcels.words import say
from reports.humane import humane
from reports.reclaim_sheets import reclaim_tabs
from reports.workbook import Tab, write_workbook

Frame: TypeAlias = pd.DataFrame

FIRMS = tuple(
    "uscc name county zone_id population status land_mu score rank pool grade_initial grade reason policy".split()
)
INDICATORS = tuple("uscc name indicator value unit benchmark points missing policy".split())
LOG = tuple("uscc step kind before after reason source policy".split())
ZONES = tuple(
    """
    zone_id zone_name rule label reading basis numerator_mu denominator_mu measured lo hi unmapped_mu
    excluded_mu
    required outcome short_mu short_add_mu area_kind policy note
""".split()
)
ZONES_SHORT = tuple(
    "zone_name label reading basis outcome measured required short_mu numerator_mu denominator_mu note".split()
)
EXPANSION = tuple(
    "zone_id zone_name policy condition outcome measured required unit cure source source_status note".split()
)
FINDINGS = tuple(
    """
    subject_kind subject_id rule reading outcome stage measured required unit margin source source_status
    note
""".split()
)
COVERAGE = tuple("table rows_in evaluated exempt not_evaluable rejected".split())


def write_sheets(verdicts: Verdicts, folder: Path, *, filtered: str | None = None) -> list[Path]:
    """Write 企业评价, 收储清单, 开发区体检 and 扩区审查 into `folder`; each number is the csv's."""
    title = sheet_title(verdicts, filtered)
    books = {
        say("reports.book.firms"): firm_tabs(verdicts),
        say("reports.book.parcels"): reclaim_tabs(verdicts),
        say("reports.book.zones"): zone_tabs(verdicts),
        say("reports.book.expansion"): expansion_tabs(verdicts),
    }
    paths = []
    for name, tabs in books.items():
        write_workbook(folder / f"{name}.xlsx", tabs, title)
        paths.append(folder / f"{name}.xlsx")
    return paths


def sheet_title(verdicts: Verdicts, filtered: str | None = None) -> Mapping[str, Any]:
    """Return what row 1 of every sheet says: year, filter, as-of date and the version of the data."""
    about = verdicts.provenance
    return {
        "year": about["year"],
        "as_of": about["as_of"],
        "filter": filtered or say("reports.sheet.no_filter"),
        "data": str(about.get("data", ""))[:12],
    }


def firm_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 企业评价: grades, indicator by indicator, and every adjustment after ranking."""
    firms = humane(verdicts.firms)
    indicators = verdicts.indicators.merge(
        verdicts.firms[["uscc", "name"]].drop_duplicates("uscc"), on="uscc", how="left", validate="many_to_one"
    )
    return [
        Tab(say("reports.tab.firms"), firms, [name for name in FIRMS if name in firms.columns]),
        Tab(say("reports.tab.indicators"), indicators, INDICATORS),
        Tab(say("reports.tab.log"), verdicts.log, LOG),
        Tab(say("reports.tab.coverage"), humane(verdicts.coverage), COVERAGE),
    ]


def zone_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 开发区体检: every rule and reading, and the land counted for each."""
    zones = named(humane(verdicts.zones).rename(columns={"name": "zone_name"}), verdicts)
    counted = humane(verdicts.counted)
    return [
        Tab(say("reports.tab.zones"), zones, ZONES),
        Tab(
            say("reports.tab.counted"),
            counted,
            ("zone_id", "rule", "reading", "basis", "role", "code", "use_group", "area_mu"),
        ),
    ]


def expansion_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 扩区审查: every condition met, failed or unknown, with what would cure it."""
    conditions = named(humane(verdicts.expansion), verdicts)
    zones = verdicts.findings[verdicts.findings["subject_kind"] == "zone"]
    return [
        Tab(say("reports.tab.expansion"), conditions, EXPANSION),
        Tab(say("reports.tab.findings"), humane(zones), FINDINGS),
    ]


def named(frame: Frame, verdicts: Verdicts) -> Frame:
    """Return `frame` with the zone's name beside its id."""
    shapes = verdicts.zone_shapes
    if "zone_name" in frame.columns or "name" not in shapes.columns:
        return frame
    names = shapes.drop_duplicates("zone_id").set_index("zone_id")["name"]
    return frame.assign(zone_name=frame["zone_id"].map(names))
