"""The shipped grading profiles: their own examples run, nothing not seen is filled, unguarded values listed."""

from pathlib import Path

import pytest

from evaluation import policy
from evaluation.grading import examples
from evaluation.policy.grading import GradingPolicy

GRADING = (
    "template-five", "demo-five", "huaian-2024", "huangyan-2022", "sichuan-2020", "zhengzhou-2018", "jingde-2022",
    "changle-2023", "longyou-2021", "anhui-a", "gaoming-2018",
)  # fmt: skip


def grading(name: str) -> GradingPolicy:
    loaded = policy.load(name)
    assert isinstance(loaded, GradingPolicy)
    return loaded


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_does_what_its_examples_say(name: str) -> None:
    assert [str(wrong) for wrong in examples.mismatches(grading(name))] == []


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_names_what_it_does_not_model(name: str) -> None:
    assert grading(name).not_modelled


@pytest.mark.parametrize("name", GRADING)
def test_a_profile_ships_no_differential_price(name: str) -> None:
    assert [c for c in grading(name).consequences if c.value is not None] == []


def test_what_was_not_seen_stays_blank() -> None:
    """POLICY §1.11, the column `blank`."""
    huangyan = grading("huangyan-2022")
    assert huangyan.classes is None
    assert {"cap", "floor", "missing", "zero_denominator"} <= set(huangyan.scoring.blanks())
    template = grading("template-five")
    assert all(item.weight is None and item.benchmark is None for item in template.indicators)
    assert (template.populations, template.classes, template.scoring.method) == (None, None, None)
    changle = grading("changle-2023")
    assert all(item.weight is None and item.benchmark is None for item in changle.indicators)
    assert changle.classes is not None
    assert (changle.classes[0].rounding, changle.classes[0].ties) == (None, None)
    zhengzhou = grading("zhengzhou-2018")
    assert all(item.weight is None for item in zhengzhou.indicators)
    anhui = grading("anhui-a")
    assert all(item.benchmark is None for item in anhui.indicators)
    longyou = grading("longyou-2021")
    assert [item.weight for item in longyou.indicators] == [30, 25, None, None, None, None, None, None]
    assert sum(item.weight or 0 for item in grading("sichuan-2020").indicators) == 100


def test_the_published_numbers_are_the_published_numbers() -> None:
    huangyan = grading("huangyan-2022")
    published = [(i.weight, i.benchmark.values[2022]) for i in huangyan.indicators if hasattr(i.benchmark, "values")]
    assert published == [
        (30, 24.097), (20, 136.16), (20, 2.694), (10, 4929.81), (10, 18.14), (10, 0.0302), (50, 11.5932), (50, 0.2352),
    ]  # fmt: skip


def test_an_example_that_lies_is_found(tmp_path: Path) -> None:
    text = (
        (Path(policy.load("huangyan-2022").file))
        .read_text(encoding="utf-8")
        .replace("score: 112.7552", "score: 112.7553")
    )
    (tmp_path / "huangyan-2022.yaml").write_text(text, encoding="utf-8")
    liar = policy.load(tmp_path / "huangyan-2022.yaml")
    assert isinstance(liar, GradingPolicy)
    assert [str(wrong) for wrong in examples.mismatches(liar)] == [
        "样例“c1 规上（构造的输入，公布的公式）”的 c1：score 应为 112.7553，算得 112.7552"
    ]
