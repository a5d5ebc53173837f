"""The command line as a script of another office uses it: exit codes, words on stderr, JSON on stdout."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

import cli

if TYPE_CHECKING:
    from conftest import Demo

RUNNER = CliRunner()


def said(*arguments: object) -> tuple[int, str, str]:
    done = RUNNER.invoke(cli.app, [str(part) for part in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_check_of_the_demo_finds_nothing_blocking(demo: "Demo") -> None:
    code, out, _ = said("check", demo.delivery, "--json")
    body = json.loads(out)
    assert code == 0
    assert {"faults", "tables", "questions"} <= set(body)
    assert {table["table"] for table in body["tables"]} >= {"parcels", "firms", "firm_years", "landuse", "zones"}
    assert all(fault["severity"] != "blocking" for fault in body["faults"])


def test_evaluate_of_the_demo_answers_everything(demo: "Demo", tmp_path: Path) -> None:
    code, out, _ = said(
        "evaluate", demo.delivery, "--policy", "qianxi", "--year", 2025, "--out", tmp_path / "out", "--json"
    )
    assert code == 0
    assert json.loads(out)["questions"]["zones"]["status"] == "answered"
    assert (tmp_path / "out" / "zones.csv").is_file()


def test_explain_tells_a_firm_a_parcel_and_a_zone_as_data(demo: "Demo") -> None:
    import pandas as pd

    firms = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig")
    worst = firms.loc[firms["grade"] == "D", "uscc"].iloc[0]
    code, out, _ = said("explain", demo.run, "firm", worst, "--json")
    assert code == 0
    assert "D" in out
    assert "origin" in out, "a tree ends in cells of the delivery"


def test_what_is_not_there_is_said_without_a_traceback(tmp_path: Path) -> None:
    code, _, err = said("check", tmp_path / "nowhere")
    assert code == 2
    code, _, err = said("evaluate", tmp_path, "--policy", "no-such", "--year", 2025, "--out", tmp_path / "out")
    assert code == 2
    assert "no-such" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["house", ""])
def test_a_kind_of_subject_that_is_none_is_refused(demo: "Demo", kind: str) -> None:
    code, _, err = said("explain", demo.run, kind, "x")
    assert code == 2
    assert "firm" in err


def test_a_subject_that_is_not_there_is_refused_with_examples(demo: "Demo") -> None:
    code, _, err = said("explain", demo.run, "firm", "x")
    assert code == 2
    assert "没有企业 x" in err


def test_policies_are_listed_shown_and_validated(tmp_path: Path) -> None:
    code, out, _ = said("policies", "list")
    assert code == 0
    assert "demo-five" in out
    code, out, _ = said("policies", "show", "qianxi")
    assert code == 0
    assert "industrial_land_70" in out
    code, out, _ = said("policies", "validate", Path(cli.__file__).parent / "evaluation" / "policies")
    assert code == 0, out
    (tmp_path / "bad.yaml").write_text("id: bad\nkind: zone\nlabel: 坏\ncolour: 红\n", encoding="utf-8")
    code, _, err = said("policies", "validate", tmp_path / "bad.yaml")
    assert code == 1
    assert "colour" in err
    (tmp_path / "worse.yaml").write_text("id: [", encoding="utf-8")
    assert said("policies", "validate", tmp_path / "worse.yaml")[0] == 2


def test_an_engine_that_is_none_is_refused(demo: "Demo", tmp_path: Path) -> None:
    code, _, err = said(
        "evaluate", demo.delivery, "--policy", "qianxi", "--year", 2025, "--out", tmp_path / "o", "--engine", "abacus"
    )
    assert code == 2
    assert "abacus" in err


def test_a_plan_frees_what_was_asked_and_draws_itself(demo: "Demo", tmp_path: Path) -> None:
    code, out, _ = said("plan", demo.run, "--mu", 100, "--json", "--out", tmp_path / "plan.png")
    body = json.loads(out)
    assert code == 0
    assert body["found"] is True
    assert sum(row["area_mu"] for row in body["parcels"]) >= 100
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
    fewest, _, _ = said("plan", demo.run, "--mu", 100, "--owners", "--gap", 50, "--zone", "S990122")
    assert fewest == 0


def test_a_plan_that_cannot_be_says_so_and_ends_with_one(demo: "Demo") -> None:
    code, out, _ = said("plan", demo.run, "--mu", 1_000_000)
    assert code == 1
    assert "凑不足1000000亩" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "请给出 --mu 或 --share 之一"),
        (["--mu", "1", "--share", "x"], "请给出 --mu 或 --share 之一"),
        (["--share", "x"], "结果里没有占比 x"),
        (["--mu", "1", "--kind", "rumour"], "没有用地类别 rumour"),
        (["--mu", "1", "--zone", "nowhere"], "所选范围没有这些沉睡用地"),
    ],
)
def test_a_plan_asked_wrongly_is_refused_in_one_line(demo: "Demo", arguments: list[str], words: str) -> None:
    code, out, err = said("plan", demo.run, *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_share_is_lifted_or_the_plan_says_why_not(demo: "Demo") -> None:
    code, out, _ = said("plan", demo.run, "--share", "S990122/industrial_land_70/N4.K1.X2@planned")
    assert code == 1  # what sleeps there is industrial land already
    assert "已计入分子的宗地收回不改变占比" in out


def test_drafts_are_written_or_refused_with_the_reason(demo: "Demo", tmp_path: Path) -> None:
    import pandas as pd

    parcels = pd.read_csv(demo.run / "parcels.csv", dtype=str, encoding="utf-8-sig").set_index("parcel_id")
    idle, off = parcels.index[parcels["idle"].eq("clause1")][0], parcels.index[parcels["idle"].eq("no")][0]
    for kind, parcel in (("visit", off), ("investigation", idle), ("determination", idle)):
        code, out, _ = said("draft", demo.run, parcel, "--kind", kind, "--out", tmp_path / f"{kind}.docx")
        assert code == 0
        assert f"{kind}.docx" in out
        assert (tmp_path / f"{kind}.docx").read_bytes().startswith(b"PK")
    code, _, err = said("draft", demo.run, off, "--kind", "determination", "--out", tmp_path / "no.docx")
    assert code == 2
    assert "没有闲置迹象" in err
    assert not (tmp_path / "no.docx").exists()
    assert said("draft", demo.run, "nowhere", "--out", tmp_path / "no.docx")[0] == 2
    assert "没有文书 decision" in said("draft", demo.run, idle, "--kind", "decision")[2]


def test_what_a_bureau_looks_at_before_publication_is_data_and_lines(demo: "Demo") -> None:
    body = json.loads(said("edges", demo.run, "--within", "5", "--json")[1])
    written = pd.read_csv(demo.run / "cliffs.csv", dtype={"uscc": str})
    close = [row for row in body["cliffs"] if abs(row["gap_percent"]) <= 2]
    assert sorted(row["uscc"] for row in close) == sorted(written["uscc"])
    assert all(abs(row["gap_percent"]) <= 5 for row in body["cliffs"])
    assert "离分档线 ±5% 以内" in said("edges", str(demo.run), "--within", "5")[1]
    assert said("edges", demo.run, "--firm", "nobody")[0] == 2


def test_why_a_firm_is_not_of_a_class_is_told(demo: "Demo") -> None:
    firms = pd.read_csv(demo.run / "firms.csv", dtype=str)
    uscc = firms.loc[firms["grade"] == "B", "uscc"].iloc[0]
    told = said("explain", str(demo.run), "firm", uscc, "--not-in", "A")[1]
    assert "为什么不是 A 档" in told
    assert "A 档到第" in told


def test_show_says_what_a_policy_overrides() -> None:
    told = said("policies", "show", "demo-five")[1]
    assert "# 继承：template-five → demo-five" in told
    assert "# 改写上级口径 template-five：indicators.tax_per_mu.weight　留空（未见原文） → 35（demo-five）" in told


def test_the_sheet_of_firms_prints_the_choices_the_statuses_and_the_cliffs(demo: "Demo") -> None:
    sheets = pd.read_excel(demo.run / "企业评价.xlsx", sheet_name=None, header=1, dtype=str, engine="calamine")
    assert {"不参评与暂评", "临界企业", "同分企业", "差别化政策", "口径取值与依据"} <= set(sheets)
    values = sheets["口径取值与依据"].set_index("项目")["内容"]
    assert values[["分档　取整", "分档　同分", "分档　含本数", "排名组　最少家数"]].tolist() == [
        "四舍五入",
        "从优",
        "是",
        "1",
    ]
    assert values["评价状态　免评　计入总数"] == "否"
