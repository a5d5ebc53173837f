"""End to end: the demo delivery is checked and evaluated at the command line, and its answer key comes out, whole."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from parcels.demo import POLICIES

ROOT = Path(__file__).resolve().parents[1]
YEAR = 2025
SERIOUS = ("blocking", "error", "warning")
PERCENT = {"A": (0.0, 0.20), "B": (0.20, 0.60), "C": (0.60, 0.95), "D": (0.95, 1.0)}  # demo-five
CODE = "统一社会信用代码"


def mujian(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "cli.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "delivery"
    done = mujian("demo", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def out(demo) -> Path:
    chosen = [part for policy in POLICIES for part in ("--policy", policy)]
    done = mujian("evaluate", demo, *chosen, "--year", YEAR, "--out", demo.with_name("out"))
    assert done.returncode == 0, done.stderr
    return demo.with_name("out")


@pytest.fixture(scope="module")
def key(demo) -> list[dict[str, str]]:
    with demo.with_name("delivery.key.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def tables(out) -> dict[str, pd.DataFrame]:
    names = ("firms", "parcels", "zones", "expansion", "findings", "faults")
    read = {f"{name}.csv": pd.read_csv(out / f"{name}.csv", dtype=str, encoding="utf-8-sig") for name in names}
    return {name: table.fillna("") for name, table in read.items()}


def answered(row: dict[str, str], tables: dict[str, pd.DataFrame]) -> str:
    """What came out where the key says to look, 'absent' where no row is there."""
    table, subject, rule = tables[row["file"]], row["subject_id"], row["rule"]
    if row["file"] in {"firms.csv", "parcels.csv"}:
        found = table.loc[table["uscc" if row["file"] == "firms.csv" else "parcel_id"] == subject, rule]
    elif row["file"] == "zones.csv":
        name, place = rule.split("/")
        reading, basis = place.split("@")
        mine = (table["zone_id"] == subject) & (table["rule"] == name)
        found = table.loc[mine & (table["reading"] == reading) & (table["basis"] == basis), "outcome"]
    elif row["file"] == "expansion.csv":
        policy, condition = rule.split("/")
        mine = (table["zone_id"] == subject) & (table["policy"] == policy)
        found = table.loc[mine & (table["condition"] == condition), "outcome"]
    else:
        name, _, column = rule.partition("#")
        name, _, reading = name.partition("/")
        mine = (table["subject_id"] == subject) & (table["rule"] == name) & (table["reading"] == reading)
        found = table.loc[mine, column or "outcome"]
    return str(found.iloc[0]) if len(found) == 1 else "absent" if found.empty else "several"


def test_the_delivery_has_nothing_blocking(demo):
    done = mujian("check", demo, "--json")
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert "blocking" not in {fault["severity"] for fault in said["faults"]}


def test_every_question_is_answered(out):
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["questions"]
    assert {question: answer["status"] for question, answer in said.items()} == dict.fromkeys(
        ("grading", "reclaim", "zones", "expansion"), "answered"
    )


@pytest.mark.parametrize("file", ["firms.csv", "parcels.csv", "zones.csv", "expansion.csv", "findings.csv"])
def test_each_planted_case_comes_out_as_planted(file, key, tables):
    planted = [row for row in key if row["file"] == file and row["when"] == "now"]
    assert planted
    wrong = {(row["subject_id"], row["rule"], row["expected"]): answered(row, tables) for row in planted}
    assert {case: got for case, got in wrong.items() if got != case[2]} == {}


def test_no_land_is_idle_or_doubtful_but_what_was_planted(key, tables):
    planted = {row["subject_id"]: row["expected"] for row in key if row["rule"] == "idle"}
    parcels = tables["parcels.csv"].set_index("parcel_id")["idle"]
    assert parcels[parcels != "no"].to_dict() == {parcel: idle for parcel, idle in planted.items() if idle != "no"}


def test_nobody_is_left_out_of_the_classes_but_who_was_planted(key, tables):
    planted = {row["subject_id"] for row in key if row["file"] == "firms.csv" and row["rule"] == "status"}
    firms = tables["firms.csv"]
    assert set(firms.loc[firms["status"] != "evaluated", "uscc"]) <= planted


def place(fault: pd.Series, *, cell: bool) -> str:
    sheet = f"/{fault['sheet']}" if fault["file"].endswith(".xlsx") and fault["sheet"] else ""
    row = f"#{fault['row']}" if fault["row"] else ""
    return f"{fault['file']}{sheet}{row}" + (f":{fault['column']}" if cell else "")


def test_every_planted_fault_is_found_at_its_row_and_no_other(key, tables):
    planted = sorted(
        (row["subject_id"].split(":")[0], row["rule"], row["expected"])
        for row in key
        if row["file"] == "faults.csv" and row["expected"] in SERIOUS
    )
    faults = tables["faults.csv"]
    serious = faults[faults["severity"].isin(SERIOUS)]
    found = sorted((place(row, cell=False), row["kind"], row["severity"]) for _, row in serious.iterrows())
    assert found == planted


def test_planted_cells_are_named_by_their_heading(key, tables):
    found = {(place(row, cell=True), row["kind"]) for _, row in tables["faults.csv"].iterrows()}
    cells = {(row["subject_id"], row["rule"]) for row in key if row["subject_kind"] == "cell"}
    assert cells - found == set()


def test_every_verdict_has_a_case(key):
    now = {(row["rule"].split("/")[0].split("#")[0], row["expected"]) for row in key}
    idle = ("clause1", "clause2", "watch", "late_start", "excused", "unknown", "not_applicable", "no")
    assert {("idle", word) for word in idle} <= now
    assert {("grade", grade) for grade in "ABCDT"} | {("grade", "")} <= now
    assert {("industrial_land_70", word) for word in ("pass", "fail", "unknown")} <= now
    assert {("industry_use_60", word) for word in ("pass", "fail")} <= now
    overall = {row["expected"] for row in key if row["rule"] == "demo-province/overall"}
    assert overall == {"pass", "fail", "unknown"}
    stages = {row["expected"] for row in key if row["rule"].endswith("#stage")}
    assert stages == {"lead", "suspected"}


def sheet_of(demo: Path, name: str, heading_row: int) -> pd.DataFrame:
    parts = {CODE: str, "宗地代码": str}
    return pd.read_excel(demo / "企业.xlsx", name, header=heading_row, dtype=parts, engine="openpyxl")


def land_by_hand(demo: Path) -> pd.Series:
    """Whole lots, shares and stated parts in force at the end of the year, [亩] by credit code."""
    lots = gpd.read_file(demo / "宗地.shp", ignore_geometry=True).drop_duplicates("宗地代码").set_index("宗地代码")
    held = sheet_of(demo, "用地关系", 2)
    held = held[~(held["结束日期"] < f"{YEAR}-12-31")]
    whole = held["宗地代码"].map(lots["登记面积"].astype(float)) * held["份额"].fillna(1)
    part = held["用地面积"].fillna(whole) * np.where(held["用地方式"] == "租出", -1, 1)
    return part.groupby(held[CODE]).sum() * 3 / 2000


def five_by_hand(demo: Path) -> pd.DataFrame:
    """The five indicators of every firm, from the sheet of the year."""
    sheet = sheet_of(demo, f"{YEAR}年指标", 2).drop(index=0).set_index(CODE)  # 0 is the row of units
    headings = ["实缴税金", "营业收入", "综合能耗", "主要污染物排放当量", "研发经费", "工业增加值", "年平均职工人数"]
    tax, revenue, energy, pollution, research, added, staff = (sheet[heading].astype(float) for heading in headings)
    ratios = [tax / land_by_hand(demo), revenue / energy, revenue / pollution, research / revenue, added / staff]
    return pd.concat(ratios, axis=1).reindex(sheet.index)


def test_planted_classes_hold_whatever_the_weights(demo, key, tables):
    """A firm better in all five indicators ranks before, one worse in all five behind: that alone settles the class."""
    five = five_by_hand(demo)
    result = tables["firms.csv"].set_index("uscc")
    classes = {row["subject_id"]: row["expected"] for row in key if row["rule"] == "grade_initial"}
    assert len(classes) >= 15
    for firm, expected in classes.items():
        rivals = (result["status"] == "evaluated") & (result["population"] == result.at[firm, "population"])
        pool = five.loc[result.index[rivals]]
        before = int((pool > five.loc[firm]).all(axis=1).sum())
        behind = int((pool < five.loc[firm]).all(axis=1).sum())
        over, upto = (round(bound * len(pool)) for bound in PERCENT[expected])
        assert before >= over or expected == "A", (firm, expected, before, over)
        assert len(pool) - behind <= upto, (firm, expected, behind, upto)
