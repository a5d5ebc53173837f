"""Every value of a policy with its words: blanks are said to be blank, conditions read as sentences."""

from pathlib import Path

import pytest

from evaluation import policy
from evaluation.policy import fill
from evaluation.policy.values import in_words, item, tree_words, values
from screens.policies import covers


def test_a_value_stands_beside_its_source_its_words_and_its_status() -> None:
    rows = values(policy.load("huangyan-2022")).set_index("path")
    weight = rows.loc["indicators.labour_productivity.weight"]
    assert (weight["item"], weight["said"], weight["source_status"]) == ("指标　全员劳动生产率　权重", "10", "转载")
    assert weight["number"] == "黄政发〔2018〕12号"
    assert "30/20/20/10/10/10" in weight["words"]
    assert rows.at["scoring.cap", "said"] == "留空（未见原文）"
    assert rows.at["pool.by", "title"] == "没有写出处"


def test_a_condition_reads_as_a_sentence() -> None:
    tree = {
        "any": [
            {"all": [{"column": "scale", "is": "规下"}, {"column": "land_mu", "at_least": 3}]},
            {"event": "保护期", "within_months": 36},
            {"not": {"column": "industry", "between": [13, 43]}},
        ]
    }
    assert tree_words(tree) == (
        "（（企业规模类型 = 规下 且 用地面积 ≥ 3） 或 有“保护期”事项且未满 36 个月 或 不是（行业门类 在 13 至 43 之间））"
    )
    assert in_words({"A": 0.2, "D": 1.0}) == "A 0.2，D 1"
    assert (in_words(None), in_words("none"), in_words("half_up")) == ("留空（未见原文）", "没有", "四舍五入")


@pytest.mark.parametrize("name", policy.shipped())
def test_every_blank_and_every_value_of_a_shipped_policy_is_told(name: str) -> None:
    loaded = policy.load(name)
    rows = values(loaded)
    assert rows["said"].map(bool).all()
    blank = set(rows.loc[rows["said"] == "留空（未见原文）", "path"])
    assert {path for path in fill.blanks(loaded) if path not in blank} == set()


def test_what_a_county_overrides_is_named_by_the_items_it_overrides(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: own\nkind: grading\nlabel: 本县\ninherits: huaian-2024\n"
        "indicators: [{id: tax_per_mu, weight: 50}, {id: tax_per_tce, weight: 15}]\n",
        encoding="utf-8",
    )
    told = [(o.path, o.before, o.after) for o in policy.load(tmp_path / "own.yaml").overrides]
    assert told == [("indicators.tax_per_mu.weight", 45, 50), ("indicators.tax_per_tce.weight", 20, 15)]
    assert item(policy.load("huaian-2024"), "scoring.cap") == "计分　封顶"


@pytest.mark.parametrize(
    ("above", "place", "wanted"),
    [("330000", "331003", True), ("331000", "331003", True), ("331003", "331003", True), ("331003", "331000", False),
     ("320800", "331003", False), (None, "331003", True), ("黔西市", "331003", False)],
)  # fmt: skip
def test_a_place_is_under_the_policies_of_the_places_above_it(above: str | None, place: str, wanted: bool) -> None:
    assert covers(above, place) == wanted


def test_four_levels_inherit_and_say_what_each_overrides(tmp_path: Path) -> None:
    """Province → city → county → zone: each says only what is its own, and every override names whom it overrides."""
    head = "kind: grading\nlabel: 样例\n"
    for name, parent, said in (
        ("province", "huaian-2024", "classes: {ties: worse}"),
        ("city", "province", "indicators: [{id: tax_per_mu, weight: 50}, {id: tax_per_tce, weight: 15}]"),
        ("county", "city", "indicators: [{id: tax_per_mu, weight: 55}, {id: tax_per_tce, weight: 10}]"),
        ("zone", "county", "classes: {ties: manual}"),
    ):
        (tmp_path / f"{name}.yaml").write_text(f"id: {name}\n{head}inherits: {parent}\n{said}\n", encoding="utf-8")
    zone = policy.load(tmp_path / "zone.yaml")
    assert [origin.id for origin in zone.lineage] == ["zone", "county", "city", "province", "huaian-2024"]
    told = [(o.by, o.over, o.path, o.before, o.after) for o in zone.overrides]
    assert told == [
        ("province", "huaian-2024", "classes.ties", "better", "worse"),
        ("city", "province", "indicators.tax_per_mu.weight", 45, 50),
        ("city", "province", "indicators.tax_per_tce.weight", 20, 15),
        ("county", "city", "indicators.tax_per_mu.weight", 50, 55),
        ("county", "city", "indicators.tax_per_tce.weight", 15, 10),
        ("zone", "county", "classes.ties", "worse", "manual"),
    ]
