"""A value starts on a date and ends on a date: which one holds, and what is refused."""

import datetime as dt
from pathlib import Path

import pytest

from evaluation import policy
from evaluation.policy.dated import on_day
from evaluation.policy.grading import GradingPolicy
from tests.test_evaluation_grading import column, firm, plain, run

WEIGHTS = [
    {"from": "2024-01-01", "to": "2024-12-31", "value": 60, "source": "demo"},
    {"from": "2025-01-01", "to": "none", "value": 30, "source": "demo", "note": "2025年修订"},
]


def timed() -> GradingPolicy:
    item = {"id": "tax_per_mu", "weight": WEIGHTS, "benchmark": {"kind": "fixed", "value": 10}, "source": "demo"}
    labour = {"id": "labour_productivity", "weight": 0}
    return plain(indicators=[item, labour], scoring={"total": None})


@pytest.mark.parametrize(("day", "score"), [("2024-12-31", 60.0), ("2025-01-01", 30.0), ("2023-12-31", None)])
def test_the_value_in_force_on_the_day_of_judgement_decides(day: str, score: float | None) -> None:
    result = run([firm("a")], timed(), as_of=dt.date.fromisoformat(day))
    assert column(result, "score") == {"a": score}
    if score is None:
        assert "indicators.tax_per_mu.weight" in column(result, "reason")["a"]
    else:
        assert result.policy.indicators[0].cite == {"weight": "demo"}


def test_a_policy_without_dated_values_is_itself() -> None:
    same = plain()
    assert on_day(same, dt.date(2025, 12, 31)) is same


BASE = """id: timed
kind: grading
label: 分期
sources: {s1: {title: 样例, status: official}}
populations: [{id: above, label: 规上, test: {column: scale, is: 规上}, source: s1}]
indicators:
  - id: tax_per_mu
    weight:
      - {from: 2024-01-01, to: 2024-12-31, value: 90, source: s1}
      - {from: 2025-01-01, to: none, value: 100, source: s1}
    benchmark: {kind: fixed, value: 10}
    source: s1
scoring: {method: ratio, cap: none, floor: none, missing: zero, zero_denominator: zero, total: TOTAL}
aggregate: none
pool: {by: [population]}
classes: {method: cumulative, upper: {A: 0.50, B: 1.00}, inclusive: true, rounding: half_up, ties: better, source: s1}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 100, source: s1", "value: 100", "第 10 行 indicators.tax_per_mu.weight.2：缺少出处"),
        ("value: 100, source: s1", "value: 100, sorce: s1, source: s1", "不认识的键“sorce”"),
        ("to: 2024-12-31", "to: 2023-12-31", "结束日期 2023-12-31 早于起始日期 2024-01-01"),
        ("value: 100", "value: 120", "权重合计 120，与声明的总分 100 不符"),
        ("value: 100", "value: 一百", "不是数"),
        ("source: s1}\n    benchmark", "source: s9}\n    benchmark", "没有的出处：s9"),
    ],
)
def test_a_dated_value_without_source_or_against_the_total_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = BASE.replace("TOTAL", "100").replace("value: 90", "value: 100").replace(old, new)
    if old == "value: 100, source: s1":
        text = BASE.replace("TOTAL", "100").replace("value: 90", "value: 100.0").replace(old, new)
    (tmp_path / "timed.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(policy.PolicyError, match=words):
        policy.load(tmp_path / "timed.yaml")
