"""The forms of corrections and of moved policy values: what an officer types, what is said, what is kept."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from casework.store import events
from parcels.words import say
from screens.components import runs
from screens.components.correcting import free_name

if TYPE_CHECKING:
    from conftest import Demo

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def workspace(demo: "Demo", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of its own with the demo's run: corrected runs are added to it."""
    place = tmp_path_factory.mktemp("correct")
    shutil.copytree(demo.run, place / "runs" / demo.run.name)
    return place


def opened(name: str) -> AppTest:
    script = f"from screens.components import chosen\nfrom screens import {name}\nchosen.sidebar()\n{name}.page()\n"
    return AppTest.from_string(script, default_timeout=300).run()


def click(page: AppTest, key: str) -> AppTest:
    return next(one for one in page.button if one.label == say(key)).click().run(timeout=300)


def a_firm(run: Path) -> str:
    firms = pd.read_csv(run / "firms.csv", dtype=str, encoding="utf-8-sig")
    return str(firms[firms["grade"].eq("D")].iloc[0]["uscc"])


def chosen_cell(run: str, firm: str) -> AppTest:
    page = opened("health")
    page.selectbox(key="pick-run").set_value(run).run(timeout=300)
    page.toggle(key="correcting").set_value(True).run(timeout=300)
    page.selectbox(key="correct-table").set_value("firm_years").run(timeout=300)
    page.text_input(key="correct-firm_years-uscc").set_value(firm)
    page.text_input(key="correct-firm_years-year").set_value("2025")
    page.selectbox(key="correct-firm_years-column").set_value("tax_wan").run(timeout=300)
    assert not page.exception, page.exception
    return page


def filled(page: AppTest, value: str, by: str = "王芳", reason: str = "税务局复函,第 1 页") -> AppTest:
    next(one for one in page.text_input if one.label.startswith("更正为")).set_value(value)
    page.text_input(key="correct-by").set_value(by)
    page.text_input(key="correct-reason").set_value(reason)
    page.date_input(key="correct-on").set_value(date(2026, 3, 1))
    return click(page, "screens.correct.add")


def test_a_correction_is_tried_and_kept_as_a_new_run_with_its_signature(
    workspace: Path, demo: "Demo", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(workspace))
    run = workspace / "runs" / demo.run.name
    firm = a_firm(run)
    page = chosen_cell(demo.run.name, firm)
    said = "\n".join(one.value for one in page.text)
    assert "交来的是：企业.xlsx 2025年指标 第" in said
    assert "现在取用：" in said
    assert "（单位 万元" in next(one.label for one in page.text_input if one.label.startswith("更正为"))
    page = filled(page, "约三万")
    assert "为“约三万”没有采用" in page.error[0].value
    assert next(one for one in page.text_input if one.label.startswith("更正为")).value == "约三万", "nothing is lost"
    page = filled(page, "99999", by="")
    assert page.error[0].value == say("screens.correct.lacks")
    page = filled(page, "999990000元")
    page = click(page, "screens.correct.go")
    assert not page.exception, page.exception
    [told] = [one.value for one in page.info]
    assert "换档" in told
    assert "全部 " in told
    table = next(
        one.value for one in page.dataframe if "最终等级" in one.value and "→" in "".join(one.value["最终等级"])
    )
    assert table.set_index("统一社会信用代码").loc[firm, "最终等级"].startswith("D → ")
    page = click(page, "screens.correct.keep_go")
    assert not page.exception, page.exception
    new = workspace / "runs" / f"{demo.run.name}-c1"
    assert page.query_params["run"] == new.name
    assert new.name in page.success[0].value
    assert not page.toggle(key="correcting").value, "the new run is not read again before it is asked for"
    firms = pd.read_csv(new / "firms.csv", dtype=str, encoding="utf-8-sig").set_index("uscc")
    assert firms.loc[firm, "grade"] == table.set_index("统一社会信用代码").loc[firm, "最终等级"][-1]
    kept = (new / "inputs" / "corrections.csv").read_text(encoding="utf-8-sig").splitlines()
    assert kept[1] == f'firm_years,{firm}|2025,tax_wan,999990000元,王芳,2026-03-01,"税务局复函,第 1 页"'
    [event] = events(workspace, kind="correction").to_dict("records")
    assert (event["who"], event["subject"], event["reason"]) == ("王芳", new.name, "税务局复函,第 1 页")
    assert json.loads(event["said"])["from"] == demo.run.name
    assert runs.names() == [demo.run.name, new.name]


def test_corrections_are_collected_replaced_and_removed_and_a_stale_trial_is_not_shown(
    workspace: Path, demo: "Demo", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(workspace))
    firm = a_firm(workspace / "runs" / demo.run.name)
    page = chosen_cell(demo.run.name, firm)
    page = filled(filled(page, "1"), "2")
    page.selectbox(key="correct-firm_years-column").set_value("staff").run(timeout=300)
    page = filled(page, "7")
    listed = [one.value for one in page.text if "王芳" in one.value]
    assert ["实缴税金 → 2 万元" in listed[0], "→ 7" in listed[1], len(listed)] == [True, True, 2]
    page = click(page, "screens.correct.go")
    assert page.info
    page.button(key="correct-remove-0").click().run(timeout=300)
    assert [one.value for one in page.warning] == [say("screens.correct.stale")]
    assert not page.info


def test_only_one_session_is_alive(workspace: Path, demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(workspace))
    for name in runs.names():
        with runs.held(name) as one:
            assert len(runs._alive) == 1
        assert runs.behind_of(name) is one.replay


def test_a_moved_weight_shows_who_changes_class_and_says_that_it_is_a_trial(
    workspace: Path, demo: "Demo", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(workspace))
    page, run = opened("policies"), runs.names()[-1]
    first, second = (page.number_input(key=f"moving-{run}-demo-five-indicators.{at}.weight") for at in (0, 1))
    first.set_value(60.0)
    page = click(page, "screens.correct.go")
    assert page.error[0].value == "改动后口径不成立：“规上”的权重合计 125，与声明的总分 100 不符。"
    first, second = (page.number_input(key=f"moving-{run}-demo-five-indicators.{at}.weight") for at in (0, 1))
    first.set_value(50.0)
    second.set_value(0.0)
    before = len(runs.names())
    page = click(page, "screens.correct.go")
    assert not page.exception, page.exception
    told = page.warning[0].value
    assert told.startswith("试算，不是评价结果：单位用地税收　权重 35 → 50；单位能耗销售收入　权重 15 → 0")
    counts = next(one.value for one in page.dataframe if "增减（家）" in one.value)
    assert counts["增减（家）"].sum() == 0
    assert len(runs.names()) == before, "a trial is not kept"


def test_a_run_without_its_inputs_says_that_it_cannot_be_corrected(
    demo: "Demo", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(tmp_path))
    shutil.copytree(demo.run, tmp_path / "runs" / "bare", ignore=shutil.ignore_patterns("inputs"))
    page = opened("health")
    page.toggle(key="correcting").set_value(True).run(timeout=300)
    assert not page.exception, page.exception
    assert "没有保存原始数据" in page.warning[0].value


def test_the_name_of_a_corrected_run_is_the_next_that_is_free() -> None:
    assert free_name("zone-2025", {"zone-2025"}) == "zone-2025-c1"
    assert free_name("zone-2025-c1", {"zone-2025", "zone-2025-c1"}) == "zone-2025-c2"
    assert free_name("plan-c", {"plan-c", "plan-c-c1"}) == "plan-c-c2"
