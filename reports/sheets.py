"""The four workbooks for people: which columns of which verdicts, in Chinese words, in the order an officer reads."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from evaluation.edges import edges
from evaluation.finding import Verdicts
from parcels.words import entry, say
from reports.humane import humane
from reports.reclaim_sheets import reclaim_tabs
from reports.workbook import Tab, write_workbook

Frame: TypeAlias = pd.DataFrame

FIRMS = tuple(
    """
    uscc name county zone_id grade score rank pool land_mu population_label status grade_initial reason policy_label
""".split()
)
INDICATORS = tuple("uscc name indicator value unit benchmark points missing policy".split())
LOG = tuple("uscc step kind before after reason source policy".split())
ZONES = tuple(
    """
    zone_id zone_name rule label reading basis outcome measured lo hi required margin margin_mu short_mu short_add_mu
    numerator_mu denominator_mu excluded_mu unmapped_mu numerator_m2 denominator_m2 excluded_m2 unmapped_m2
    area_kind note words source source_status policy
""".split()
)
ZONES_SHORT = tuple(
    "zone_name label reading basis outcome measured required short_mu numerator_mu denominator_mu note".split()
)
COUNTED = tuple("zone_id rule reading basis role land_code land_name use_group pieces area_mu area_m2".split())
INTENSITY = tuple(
    "zone_id zone_name year type indicator_name value unit means note origin_words numerator denominator".split()
)
COURT = tuple(
    "zone_id zone_name rule reading basis area_kind numerator_mu denominator_mu measured outcome decides".split()
)
EXPANSION = tuple(
    """
    zone_id zone_name policy condition outcome measured required unit cure words source source_status note context
    files
""".split()
)
LEAVES = tuple(
    """
    zone_id zone_name policy condition leaf_words outcome measured lo hi required unit evidence cure files source
    source_status note
""".split()
)
EVIDENCE = tuple("zone_id zone_name leaf_words what ground file row area_mu".split())
PROJECTION = tuple("zone_id zone_name policy cycle required least note".split())
FINDINGS = tuple(
    """
    subject_kind subject_id rule reading outcome stage measured required unit margin source source_status
    note
""".split()
)
STANDINGS = tuple("uscc name standing grade counted_in_n treated_as start end reason policy".split())
CLIFFS = tuple("uscc pool score rank grade side other_grade edge gap gap_percent policy".split())
TIES = tuple("pool score first last firms across_a_cut policy".split())
CONSEQUENCES = tuple("uscc grade scope value unit amount effect_yuan source policy".split())
VALUES = tuple("policy item said title number article words source_status checked_on confirmed note".split())
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
    firms, indicators = verdicts.firms, verdicts.indicators
    named_indicators = partial(told_indicators, verdicts=verdicts)
    return [
        Tab(say("reports.tab.firms"), firms, [name for name in FIRMS if name in firms], humane, "firms.csv"),
        Tab(say("reports.tab.indicators"), indicators, INDICATORS, named_indicators, "indicators.csv"),
        Tab(say("reports.tab.log"), verdicts.log, LOG, told_log, "frames/log.parquet"),
        *_edge_tabs(verdicts),
        Tab(say("reports.tab.coverage"), humane(verdicts.coverage), COVERAGE),
    ]


def told_indicators(indicators: Frame, verdicts: Verdicts) -> Frame:
    """Return firms' indicators under their labels, with the firm's name beside the code."""
    names = verdicts.firms[["uscc", "name"]].drop_duplicates("uscc")
    told = indicators.merge(names, on="uscc", how="left", validate="many_to_one")
    return told.assign(indicator=told.get("label", told["indicator"]).fillna(told["indicator"]))


def told_log(log: Frame) -> Frame:
    """Return adjustments with their kind in words."""
    return log.assign(kind=log["kind"].map(entry("common.adjustment")))


def _edge_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return who stands at a cut, who is equal, who stands outside, what classes mean, and every value and choice."""
    found = edges(verdicts.parts.get("grading", []))
    shown = {"standings": STANDINGS, "cliffs": CLIFFS, "ties": TIES, "consequences": CONSEQUENCES, "values": VALUES}
    files = {"standings": "firms.csv", "values": ""}
    return [
        Tab(say(f"reports.tab.{name}"), found[name], columns, humane, files.get(name, f"{name}.csv"))
        for name, columns in shown.items()
    ]


def zone_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 开发区体检: every rule and reading, the land counted, intensive use, and areas compared."""
    zones = named(humane(verdicts.zones).rename(columns={"name": "zone_name"}), verdicts)
    return [
        Tab(say("reports.tab.zones"), zones, ZONES),
        Tab(say("reports.tab.intensity"), told_intensity(verdicts), INTENSITY),
        Tab(say("reports.tab.court"), named(humane(verdicts.court), verdicts), COURT),
        Tab(say("reports.tab.counted"), verdicts.counted, COUNTED, told_counted, "verdicts.gpkg"),
    ]


def expansion_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 扩区审查: conditions, their leaves, the ground behind them, the next score, the unseen."""
    zones = verdicts.findings[verdicts.findings["subject_kind"] == "zone"]
    told = partial(told_evidence, verdicts=verdicts)
    return [
        Tab(say("reports.tab.expansion"), named(humane(verdicts.expansion), verdicts), EXPANSION),
        Tab(say("reports.tab.leaves"), told_leaves(verdicts.leaves, verdicts), LEAVES),
        Tab(say("reports.tab.evidence"), verdicts.evidence, EVIDENCE, told, "verdicts.gpkg"),
        Tab(say("reports.tab.projection"), named(humane(verdicts.projection), verdicts), PROJECTION),
        Tab(say("reports.tab.findings"), humane(zones), FINDINGS),
    ]


def told_counted(counted: Frame) -> Frame:
    """Return the land counted in words, its codes and names as those of land."""
    shapes = {"geometry": counted["geometry"].to_numpy()} if "geometry" in counted.columns else {}
    return humane(counted).rename(columns={"code": "land_code", "name": "land_name"}).assign(**shapes)


def told_intensity(verdicts: Verdicts) -> Frame:
    """Return the indicators of intensive use with the words for where each came from."""
    frame = named(verdicts.intensity, verdicts).assign(indicator_name=verdicts.intensity.get("label"))
    if frame.empty:
        return frame
    words = frame["origin"].map(lambda origin: say(f"zone.origin.{origin}") if origin else "", na_action="ignore")
    return frame.assign(origin_words=words.where(frame["value"].notna(), ""))


def told_leaves(leaves: Frame, verdicts: Verdicts) -> Frame:
    """Return the leaves of the docket in words; a leaf shown for comparison has no outcome of its own."""
    if leaves.empty:
        return leaves
    frame = named(humane(leaves), verdicts)
    context = leaves["context"].astype(str).eq("True")
    outcome = frame["outcome"].mask(context, say("reports.context"))
    return frame.assign(outcome=outcome, leaf_words=_leaf_words(leaves["leaf"]))


def told_evidence(evidence: Frame, verdicts: Verdicts) -> Frame:
    """Return the ground behind the leaves in words, without its shapes."""
    if evidence.empty:
        return evidence
    return named(humane(evidence).rename(columns={"name": "ground"}), verdicts).assign(
        leaf_words=_leaf_words(evidence["leaf"])
    )


def _leaf_words(leaf: pd.Series) -> pd.Series:
    return leaf.map(lambda name: say(f"zone.measure.{name}") if isinstance(name, str) and name else "")


def named(frame: Frame, verdicts: Verdicts) -> Frame:
    """Return `frame` with the zone's name beside its id."""
    shapes = verdicts.zone_shapes
    if "zone_name" in frame.columns or "name" not in shapes.columns or "zone_id" not in frame.columns:
        return frame
    names = shapes.drop_duplicates("zone_id").set_index("zone_id")["name"]
    return frame.assign(zone_name=frame["zone_id"].map(names))
