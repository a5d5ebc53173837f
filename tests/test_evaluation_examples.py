"""Every shipped policy's worked examples come true; one that lies is told, one that cannot run is refused in words."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluation.policy.load import load, shipped
from evaluation.validate import EXAMPLES, PROBLEMS, SOUND, validate

SHIPPED = {name: load(name) for name in shipped()}
WITH_EXAMPLES = [name for name, policy in SHIPPED.items() if policy.kind in EXAMPLES]
BY_TABLES = [name for name in WITH_EXAMPLES if SHIPPED[name].kind in {"idle", "zombie", "low_efficiency", "zone"}]


def copied(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """Write a shipped policy with one piece of its examples said otherwise; each piece must be there."""
    text = SHIPPED[name].file.read_text(encoding="utf-8")
    head, tail = text[: text.index("\nexamples:")], text[text.index("\nexamples:") :]
    for before, after in changes:
        assert before in tail
        tail = tail.replace(before, after, 1)
    path = folder / f"{name}.yaml"
    path.write_text(head + tail, encoding="utf-8")
    return path


def test_every_kind_that_decides_land_or_firms_has_its_examples_run() -> None:
    assert {"grading", "idle", "zombie", "low_efficiency", "zone"} <= set(EXAMPLES)
    assert {SHIPPED[name].kind for name in WITH_EXAMPLES} >= {"grading", "idle", "zombie", "low_efficiency", "zone"}


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_a_shipped_policy_does_what_its_examples_say(name: str) -> None:
    policy = SHIPPED[name]
    assert policy.examples
    assert [str(wrong) for wrong in EXAMPLES[policy.kind](policy)] == []


@pytest.mark.parametrize("name", BY_TABLES)
def test_a_shipped_policy_has_examples_on_both_sides_of_a_bound(name: str) -> None:
    policy = SHIPPED[name]
    assert len(policy.examples) >= 2
    word = {"zone": "outcome", "idle": "idle"}.get(policy.kind, policy.kind)
    said = {row[word] for example in policy.examples for row in example["expect"] if row.get(word)}
    assert len(said) >= 2, said


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        ("zombie-guangdong", "{uscc: f5, zombie: pass}", "{uscc: f5, zombie: fail}", "zombie 应为 fail，得到 pass"),
        ("zombie-guangdong", "{uscc: f5, year: 2025, months_stopped: 5", "{uscc: f5, year: 2025, months_stopped: 6",
         "zombie 应为 pass，得到 fail"),
        ("dongyang", "facet_key_list: true}", "facet_key_list: false}", "facet_key_list 应为 False，得到 True"),
        ("hengyang-2022", "tax_wan: 40}", "tax_wan: 39.9}", "low_efficiency 应为 pass，得到 fail"),
        ("control-2008", "far_actual: 0.60", "far_actual: 0.59", "low_efficiency 应为 pass，得到 fail"),
        ("zombie-guangdong", "{uscc: f5, zombie: pass}", "{uscc: f9, zombie: null}", "没有这一项"),
        ("zombie-guangdong", "{uscc: f5, zombie: pass}", "{uscc: f5, zombi: pass}", "没有这一项"),
        ("qinshui", "measured: 0.40", "measured: 0.41", "measured 应为 0.41，算得 0.4"),
        ("qianxi", "rule: industrial_land_70, reading: N1.K1.X0", "rule: industrial_land, reading: N1.K1.X0",
         "没有这一项"),
    ],
)  # fmt: skip
def test_an_example_that_lies_is_told_by_validate(
    tmp_path: Path, name: str, before: str, after: str, sentence: str
) -> None:
    found = validate(copied(tmp_path, name, (before, after)))
    assert found.code == PROBLEMS
    assert sentence in found.problems[0]


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("zombie-guangdong", {"yeers": []}, "不认识的键“yeers”"),
        ("zombie-guangdong", {"expect": None}, "缺少“expect”"),
        ("zombie-guangdong", {"as_of": None}, "缺少“as_of”"),
        ("zombie-guangdong", {"as_of": "去年"}, "“去年”不是日期"),
        ("zombie-guangdong", {"firms": {"uscc": "f"}}, "应是一行一个对象的列表"),
        ("zombie-guangdong", {"expect": [{"zombie": "fail"}]}, "缺少“uscc”"),
        ("zombie-guangdong", {"years": [{"uscc": "f6"}]}, "缺少“year”"),
        ("zombie-guangdong", {"years": [{"uscc": "f6", "year": 2025, "month_stopped": 6}]}, "不认识的键“month_stopped”"),
        ("zombie-guangdong", {"years": [{"uscc": "f6", "year": 2025, "months_stopped": "六"}]}, "“六”与这一列的类型不符"),
        ("zombie-guangdong", {"parcels": []}, "不认识的键“parcels”"),
        ("hengyang-2022", {"with": ["Z1"]}, "样例的“with”应是键和值"),
        ("hengyang-2022", {"with": {"tier": {"Z1": "市本级园区"}}}, "不认识的键“tier”"),
        ("dongyang", {"areas": [{"parcel_id": "p1", "mu": 3}]}, "不认识的键“mu”"),
        ("cn-idle-2012", {"parcels": [{"parcel_id": "a", "contract_date": "2009-02-30"}]}, "“2009-02-30”与这一列的类型不符"),
        ("qianxi", {"land": [{"code": "1001"}]}, "缺少“mu”"),
        ("qianxi", {"expect": None}, "缺少“expect”"),
        ("qianxi", {"scheme": None}, "缺少“scheme”"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_run_is_refused_in_words(
    tmp_path: Path, name: str, changes: dict[str, Any], sentence: str
) -> None:
    text = SHIPPED[name].file.read_text(encoding="utf-8")
    head = text[: text.index("\nexamples:") + 1]
    first = {key: value for key, value in {**SHIPPED[name].examples[0], **changes}.items() if value is not None}
    (tmp_path / f"{name}.yaml").write_text(head + yaml.safe_dump({"examples": [first]}, allow_unicode=True), "utf-8")
    found = validate(tmp_path / f"{name}.yaml")
    assert found.code == PROBLEMS
    assert any(sentence in problem for problem in found.problems), found.problems


def test_validate_counts_the_examples_it_ran() -> None:
    found = validate(SHIPPED["zombie-sichuan"].file)
    assert (found.code, found.problems) == (SOUND, [])
    assert "算例 4 个" in found.lines[0]
