"""Policies as dated, cited data: what is refused, what is inherited, what is in force, who may decide."""

import datetime as dt
from pathlib import Path

import pytest

from evaluation import policy
from evaluation.policy import schema
from evaluation.policy.kinds import KINDS
from evaluation.policy.model import Dated, Policy

ZONE = """
id: {id}
kind: plain
label: 示例
inherits: {inherits}
sources:
  s1: {{title: 方案, status: mirror, date: 2024-01-10}}
  s2: {{title: 回忆, status: unverified}}
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "plain", Policy)


def written(folder: Path, name: str, extra: str = "", inherits: str = "none") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(ZONE.format(id=name, inherits=inherits) + extra, encoding="utf-8")
    return file


def refusal(file: Path) -> list[policy.Problem]:
    with pytest.raises(policy.PolicyError) as raised:
        policy.load(file)
    return list(raised.value.problems)


def test_a_key_written_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    problems = refusal(written(tmp_path, "a", "place: '1'\nplace: '2'\n"))
    assert [(p.line, p.path) for p in problems] == [(10, "place")]
    assert "写了两次" in problems[0].message
    assert "第 9 行" in problems[0].message


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    problems = refusal(written(tmp_path, "a", "place: 320800\nplaice: x\nin_force: {from: 2024-02-30}\nplace: '1'\n"))
    assert [p.path for p in problems] == ["place", "plaice", "in_force.from"]
    assert "place" in problems[1].message  # the keys that would be right are listed


def test_the_words_no_and_on_stay_words(tmp_path: Path) -> None:
    extra = "not_modelled: [no, on, 06]\n"
    assert policy.load(written(tmp_path, "a", extra)).not_modelled == ["no", "on", "06"]


def test_an_unverified_source_decides_only_when_someone_confirmed_it(tmp_path: Path) -> None:
    bare = policy.load(written(tmp_path, "a"))
    assert policy.source_decides(bare, "s1")
    assert not policy.source_decides(bare, "s2")
    assert not policy.source_decides(bare, "nowhere")
    (tmp_path / "b.yaml").write_text(
        "id: b\nkind: plain\nlabel: 本地\ninherits: a\n"
        "sources: {s2: {confirmed: {by: 张三, on: 2025-03-01, text: 第三条原文}}}\n",
        encoding="utf-8",
    )
    own = policy.load(tmp_path / "b.yaml")
    assert policy.source_decides(own, "s2")
    assert own.sources["s2"].title == "回忆"  # merged key by key


def test_a_child_says_what_it_overrides_and_is_hashed_by_itself(tmp_path: Path) -> None:
    written(tmp_path, "a", "place: '3208'\n")
    child = policy.load(written(tmp_path, "b", "place: '320803'\n", inherits="a"))
    assert [(o.path, o.before, o.after, o.by, o.over) for o in child.overrides] == [
        ("place", "3208", "320803", "b", "a")
    ]
    assert [origin.id for origin in child.lineage] == ["b", "a"]
    assert child.sha256 != policy.load(tmp_path / "a.yaml").sha256


def test_inheriting_in_a_circle_or_from_nothing_is_said(tmp_path: Path) -> None:
    written(tmp_path, "a", inherits="b")
    assert "绕成了圈" in refusal(written(tmp_path, "b", inherits="a"))[0].message
    assert "找不到" in refusal(written(tmp_path, "c", inherits="nowhere"))[0].message


def test_a_policy_is_in_force_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    loaded = policy.load(written(tmp_path, "a", "in_force: {from: 2024-05-31, to: 2025-12-31}\n"))
    days = [dt.date(2024, 5, 30), dt.date(2024, 5, 31), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    assert [policy.in_force(loaded, day) for day in days] == ["未生效", "生效", "生效", "已失效"]


def test_a_dated_value_is_the_one_that_began_last() -> None:
    values = [
        Dated.model_validate({"from": dt.date(1999, 4, 28), "to": dt.date(2012, 6, 30), "value": 1, "source": "s"}),
        Dated.model_validate({"from": dt.date(2012, 7, 1), "to": "none", "value": 2, "source": "s"}),
    ]
    found = [policy.at(values, day) for day in (dt.date(1998, 1, 1), dt.date(2012, 6, 30), dt.date(2012, 7, 1))]
    assert [entry.value if entry else None for entry in found] == [None, 1, 2]


def test_a_folder_is_all_its_policies_and_one_error_for_all(tmp_path: Path) -> None:
    written(tmp_path, "a")
    written(tmp_path, "b")
    assert [p.id for p in policy.load_all([tmp_path])] == ["a", "b"]
    written(tmp_path, "c", "x: 1\n")
    written(tmp_path, "d", "y: 1\n")
    with pytest.raises(policy.PolicyError) as raised:
        policy.load_all([tmp_path])
    assert [p.file for p in raised.value.problems] == ["c.yaml", "d.yaml"]


def test_a_ref_that_is_nothing_lists_what_there_is(tmp_path: Path) -> None:
    written(tmp_path, "a")
    with pytest.raises(policy.PolicyError, match="现有口径：a"):
        policy.load("zzz", library=tmp_path)


def test_the_exported_schema_is_that_of_the_models() -> None:
    """docs/policy.schema.json is made by evaluation.policy.schema.text()."""
    exported = Path(__file__).parents[1] / "docs" / "policy.schema.json"
    before = KINDS.pop("plain")
    try:
        assert exported.read_text(encoding="utf-8") == schema.text()
    finally:
        KINDS["plain"] = before
