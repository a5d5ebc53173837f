"""A second evaluate of the same delivery takes the run over; whatever changed is evaluated again."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evaluation.finding import Verdicts
from reports.produce import produce

FIRM = "91350100M000100Y43"
POLICIES = ["qianxi", "demo-five"]


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    text = f"统一社会信用代码,企业名称,规上规下,投产日期\n{FIRM},甲厂,规上,2010-01-01\n"
    (folder / "企业.csv").write_text(text, encoding="utf-8")
    return folder


def again(delivery: Path, out: Path, policies: list[str] = POLICIES, year: int = 2025, **more: Any) -> Verdicts:
    return produce(delivery, policies, year, date(year, 12, 31), out, **more)


def test_nothing_changed_so_the_run_is_taken_over_and_says_the_same(delivery: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = again(delivery, out), again(delivery, out)
    assert (first.taken_over, second.taken_over) == (False, True)
    assert second.firms["uscc"].tolist() == first.firms["uscc"].tolist() == [FIRM]
    assert second.questions == first.questions
    assert second.provenance["unanswered"] == first.provenance["unanswered"]
    assert not again(delivery, out, again=True).taken_over


def change_cell(delivery: Path, out: Path) -> None:
    path = delivery / "企业.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("甲厂", "乙厂"), encoding="utf-8")


def add_file(delivery: Path, out: Path) -> None:
    (delivery / "说明.txt").write_text("x", encoding="utf-8")


def touch_result(delivery: Path, out: Path) -> None:
    (out / "firms.csv").write_text("改过", encoding="utf-8")


def lose_result(delivery: Path, out: Path) -> None:
    (out / "zones.csv").unlink()


def spoil_kept_input(delivery: Path, out: Path) -> None:
    (out / "inputs" / "企业.csv").write_text("改过", encoding="utf-8")


@pytest.mark.parametrize("happened", [change_cell, add_file, touch_result, lose_result, spoil_kept_input])
def test_a_changed_input_or_a_touched_result_is_evaluated_again(delivery: Path, tmp_path: Path, happened: Any) -> None:
    out = tmp_path / "out"
    again(delivery, out)
    happened(delivery, out)
    fresh = again(delivery, out)
    assert not fresh.taken_over
    assert again(delivery, out).taken_over


def test_other_policies_another_year_or_day_are_evaluated_again(delivery: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    again(delivery, out)
    assert not again(delivery, out, ["demo-five"]).taken_over
    assert not again(delivery, out, ["demo-five"], 2024).taken_over
    assert not again(delivery, out, ["demo-five"], 2024, keep_inputs=False).taken_over


def test_a_policy_whose_parent_changed_is_evaluated_again(delivery: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "own"
    folder.mkdir()
    source = Path(__file__).parents[1] / "evaluation" / "policies" / "qianxi.yaml"
    parent, child = folder / "parent.yaml", folder / "child.yaml"
    parent.write_text(source.read_text(encoding="utf-8").replace("id: qianxi", "id: parent", 1), encoding="utf-8")
    child.write_text("id: child\nkind: zone\nlabel: 本县\ninherits: parent\n", encoding="utf-8")
    again(delivery, out, [str(child)])
    assert again(delivery, out, [str(child)]).taken_over
    parent.write_text(parent.read_text(encoding="utf-8").replace("黔西）", "黔西市）", 1), encoding="utf-8")
    assert not again(delivery, out, [str(child)]).taken_over
    shutil.rmtree(folder)
