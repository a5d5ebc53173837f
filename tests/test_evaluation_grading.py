"""Grading: tiny worlds one can add up, a second hand's arithmetic, every pool size, ties, blanks, vetoes."""

import datetime as dt
import random
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from evaluation import policy
from evaluation.grading import GradingResult, explain_firm, grade, why_not
from evaluation.grading.examples import tiny
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import variant
from tests.grading_reference import NOT, graded, scored

PLAIN: dict[str, Any] = {
    "populations": [{"id": "above", "label": "全部"}, {"id": "below", "remove": True}],
    "statuses": [],
    "indicators": [
        {"id": "tax_per_mu", "weight": 60, "benchmark": {"kind": "fixed", "value": 10}, "source": "demo"},
        {"id": "revenue_per_tce", "weight": 0},
        {"id": "revenue_per_pollutant_eq", "weight": 0},
        {"id": "rd_intensity", "weight": 0},
        {"id": "labour_productivity", "weight": 40, "benchmark": {"kind": "fixed", "value": 20}, "source": "demo"},
    ],
    "scoring": {"method": "ratio", "cap": "none", "floor": "none", "missing": NOT, "zero_denominator": NOT},
    "adjustments": [],
}


def plain(**saying: Any) -> GradingPolicy:
    """Return the demo profile with two scored indicators of fixed benchmarks, no standings, no adjustments."""
    return variant(base(), saying) if saying else base()


@cache
def base() -> GradingPolicy:
    loaded = policy.load("demo-five")
    assert isinstance(loaded, GradingPolicy)
    return variant(loaded, PLAIN)


def firm(name: str, **said: Any) -> dict[str, Any]:
    usual = {"scale": "规上", "land_mu": 10, "tax_wan": 100, "value_added_wan": 400, "staff": 20}
    return {"uscc": name, **usual, **said}


def run(firms: list[dict[str, Any]], of: GradingPolicy, **more: Any) -> GradingResult:
    book, land = tiny(firms, 2025, more.pop("events", ()), more.pop("previous", ()))
    return grade(book, of, 2025, more.pop("as_of", None), land, land)


def column(result: GradingResult, name: str) -> dict[str, Any]:
    values = result.firms.set_index("uscc")[name]
    return {str(key): None if pd.isna(value) else value for key, value in values.items()}


# --- scores -------------------------------------------------------------------------------------------------------


def test_a_score_is_value_over_benchmark_times_weight_added_up() -> None:
    result = run([firm("a"), firm("b", tax_wan=150, value_added_wan=200)], plain())
    assert column(result, "score") == {"a": 100.0, "b": 110.0}  # 60 + 40; 90 + 20
    assert column(result, "rank") == {"a": 2, "b": 1}


def test_a_firm_that_did_not_report_is_not_scored_as_zero() -> None:
    result = run([firm("a"), firm("b", tax_wan=None)], plain())
    assert column(result, "score") == {"a": 100.0, "b": None}
    assert column(result, "status") == {"a": "evaluated", "b": "not_evaluable"}
    assert column(result, "reason")["b"] == "单位用地税收缺少数据"


def test_scores_are_judged_after_rounding_so_a_thousandth_of_a_point_is_a_tie() -> None:
    result = run([firm("a"), firm("b", tax_wan=100.0001)], plain())
    assert column(result, "score") == {"a": 100.0, "b": 100.0001}
    result = run([firm("a"), firm("b", tax_wan=100.00001)], plain())
    assert column(result, "rank") == {"a": 1, "b": 1}


def test_land_is_judged_as_printed() -> None:
    of = plain(populations=[{"id": "above", "test": {"column": "land_mu", "at_least": 3}}])
    result = run([firm("a", land_mu=2.99996), firm("b", land_mu=2.99994)], of)
    assert column(result, "status") == {"a": "evaluated", "b": "exempt"}


RULES = ["zero", "full", "mean_points", "drop_renormalise", NOT, {"penalty": 3}]
NUMBERS: list[Any] = [None, 0, -5, 1, 2, 2.5, 7, 10, 33.33, 1234.5678]


def random_plan(chance: random.Random) -> dict[str, Any]:
    method = chance.choice(["ratio", "ratio", "min_max", "reverse_mean"])
    fixed = [chance.choice([8, 12.5, 24.097]), chance.choice([0.5, 3, 136.16])]
    means = [{"times": chance.choice([1, 2, 0.5])} for _ in range(2)]
    levels: list[Any] = chance.choice([fixed, means])
    weights = chance.choice([(60, 40), (30, 30), (45.5, 0.5)])
    tops, bottoms = ("tax_wan", "value_added_wan"), ("land_mu", "staff")
    items = list(zip(tops, bottoms, weights, levels, strict=True))
    rules = {"missing": chance.choice(RULES), "zero": chance.choice(RULES)}
    if chance.random() < 0.5:
        rules["negative"] = chance.choice(RULES)
    bounds = {"cap": chance.choice(["none", 1, 1.5, 2]), "floor": chance.choice(["none", 0, 0.2])}
    return {"items": items, "method": method, "lo": 20, "hi": 100, **rules, **bounds}


def as_policy(plan: dict[str, Any]) -> dict[str, Any]:
    levels = [
        {"kind": "times_mean", "times": level["times"], "over": ["population"]}
        if isinstance(level, dict)
        else {"kind": "fixed", "value": level}
        for _, _, _, level in plan["items"]
    ]
    names = ("tax_per_mu", "labour_productivity")
    indicators = [
        {"id": name, "weight": item[2], "benchmark": level, "source": "demo"}
        for name, item, level in zip(names, plan["items"], levels, strict=True)
    ]
    scoring = {name: plan[name] for name in ("method", "lo", "hi", "cap", "floor", "missing")}
    if "negative" in plan:
        scoring["negative_denominator"] = plan["negative"]
    return {"indicators": indicators, "scoring": {**scoring, "zero_denominator": plan["zero"], "total": None}}


@pytest.mark.parametrize("seed", range(40))
def test_a_second_hand_in_fractions_agrees_to_the_last_digit(seed: int) -> None:
    """5 000 random firms over 40 random rules: zeros, missing, negative, ties; score, rank and class."""
    chance = random.Random(seed)
    plan = random_plan(chance)
    firms = [
        {"uscc": f"f{i:03d}", "scale": "规上", "land_mu": chance.choice([None, 0, -2, 3, 4.5, 10, 66.6667]),
         "tax_wan": chance.choice(NUMBERS), "value_added_wan": chance.choice(NUMBERS),
         "staff": chance.choice([None, 0, -1, 1, 7, 20])}
        for i in range(125)
    ]  # fmt: skip
    cuts = chance.choice([{"A": "0.2", "B": "0.6", "C": "0.95", "D": "1"}, {"甲": "0.15", "乙": "0.9", "丙": "1"}])
    rounding, ties = chance.choice(["half_up", "floor", "ceil"]), chance.choice(["better", "worse", "manual"])
    inclusive = chance.choice([True, False])
    classes = {
        "method": "cumulative", "upper": {label: float(cut) for label, cut in cuts.items()}, "rounding": rounding,
        "ties": ties, "inclusive": inclusive, "source": "demo",
    }  # fmt: skip
    result = run(firms, plain(**as_policy(plan), classes=[classes]))
    wanted = scored(firms, plan)
    places = graded(wanted, cuts, rounding, ties, inclusive=inclusive)
    assert list(column(result, "score").values()) == [None if s is None else float(s) for s in wanted]
    assert list(column(result, "rank").values()) == [rank for rank, _ in places]
    assert list(column(result, "grade").values()) == [label for _, label in places]


# --- pools, cuts, ties --------------------------------------------------------------------------------------------


def cut_of(name: str) -> dict[str, Any]:
    return {
        "huaian": {"A": 0.20, "B": 0.60, "C": 0.95, "D": 1.00},
        "changle": {"A": 0.20, "B": 0.75, "C": 0.95, "D": 1.00},
    }[name]


@pytest.mark.parametrize("name", ["huaian", "changle"])
def test_the_cuts_hold_for_pools_of_every_size_to_200(name: str) -> None:
    """Counts worked out in whole numbers: ⌊(n × percent + 50) / 100⌋ places to each cut."""
    cuts = cut_of(name)
    of = plain(pool={"by": ["county"]}, classes={"upper": cuts})
    sizes = range(1, 201)
    firms = [firm(f"{n:03d}-{i:03d}", county=f"c{n:03d}", tax_wan=1000 - i) for n in sizes for i in range(n)]
    got = run(firms, of).firms.groupby(["pool", "grade"]).size()
    for n in sizes:
        until = [(n * round(cut * 100) + 50) // 100 for cut in cuts.values()]
        wanted = dict(zip(cuts, [until[0], *(b - a for a, b in pairwise(until))], strict=True))
        counted = got[f"c{n:03d}"].to_dict()
        assert {label: counted.get(label, 0) for label in cuts} == wanted


@pytest.mark.parametrize("ties", ["better", "worse", "manual"])
def test_equal_firms_share_a_rank_and_one_class_in_pools_of_every_size(ties: str) -> None:
    """Pairs of equal firms; a pair across a cut goes up, down, or to a person."""
    of = plain(pool={"by": ["county"]}, classes={"ties": ties})
    sizes = range(1, 101)
    firms = [firm(f"{n:03d}-{i:03d}", county=f"c{n:03d}", tax_wan=1000 - i // 2) for n in sizes for i in range(n)]
    result = run(firms, of).firms.set_index("uscc")
    for n in sizes:
        upper = {"A": "0.2", "B": "0.6", "C": "0.95", "D": "1"}
        wanted = graded([Fraction(1000 - i // 2) for i in range(n)], upper, "half_up", ties, inclusive=True)
        mine = result.loc[[f"{n:03d}-{i:03d}" for i in range(n)]]
        got = zip(mine["rank"], mine["grade"], strict=True)
        assert [(int(rank), None if pd.isna(label) else label) for rank, label in got] == wanted


def test_ties_are_parted_by_an_indicator_and_the_rest_go_to_a_person() -> None:
    firms = [
        firm("a", land_mu=20, tax_wan=200),
        firm("b", tax_wan=100),
        firm("c"),
        firm("d", tax_wan=50),
        firm("e", tax_wan=40),
    ]
    firms[1]["labels"] = "x"
    base = {"upper": {"A": 0.2, "B": 1.0}}
    of = plain(classes={**base, "ties": {"by": "rd_intensity"}})
    told = [{**f, "rd_wan": rd, "revenue_wan": 100} for f, rd in zip(firms, [1, 3, 2, 1, 1], strict=True)]
    assert column(run(told, of), "rank") == {"a": 3, "b": 1, "c": 2, "d": 4, "e": 5}
    assert column(run(told, of), "grade") == {"a": "B", "b": "A", "c": "B", "d": "B", "e": "B"}
    equal = [{**f, "rd_wan": 1, "revenue_wan": 100} for f in firms]
    assert column(run(equal, of), "grade") == {"a": None, "b": None, "c": None, "d": "B", "e": "B"}
    assert "同分" in column(run(equal, of), "reason")["a"]


def test_an_exclusive_bound_does_not_hold_the_firm_that_stands_on_it() -> None:
    firms = [firm(f"f{i}", tax_wan=100 - i) for i in range(10)]
    held = [column(run(firms, plain(classes={"inclusive": one})), "grade")["f1"] for one in (True, False)]
    assert held == ["A", "B"]


def test_a_pool_smaller_than_the_minimum_gets_ranks_and_no_classes() -> None:
    result = run([firm("a"), firm("b", tax_wan=50)], plain(pool={"minimum": 3}))
    assert column(result, "rank") == {"a": 1, "b": 2}
    assert column(result, "grade") == {"a": None, "b": None}
    assert column(result, "reason")["a"] == "排名组只有 2 家，少于口径要求的 3 家"


def test_a_firm_without_the_column_it_is_pooled_by_is_told_so() -> None:
    result = run([firm("a", county="x"), firm("b", county=None)], plain(pool={"by": ["county"]}))
    assert column(result, "status") == {"a": "evaluated", "b": "not_evaluable"}
    assert "区县" in column(result, "reason")["b"]


# --- blanks -------------------------------------------------------------------------------------------------------


def test_blank_cuts_leave_score_and_rank_and_name_the_field() -> None:
    result = run([firm("a"), firm("b", tax_wan=50)], plain(classes=None))
    assert column(result, "score") == {"a": 100.0, "b": 70.0}
    assert column(result, "rank") == {"a": 1, "b": 2}
    assert column(result, "grade") == {"a": None, "b": None}
    assert column(result, "status") == {"a": "not_evaluable", "b": "not_evaluable"}
    assert "classes" in column(result, "reason")["a"]
    assert not result.answered


def test_a_blank_weight_stops_the_score_and_leaves_the_values() -> None:
    of = plain(indicators=[{"id": "tax_per_mu", "weight": None}])
    result = run([firm("a")], of)
    assert column(result, "score") == {"a": None}
    assert "indicators.tax_per_mu.weight" in column(result, "reason")["a"]
    assert result.indicators.set_index("indicator").at["tax_per_mu", "value"] == 10.0


def test_a_blank_cap_stops_the_classes_only_of_pools_where_someone_exceeds_the_weight() -> None:
    of = plain(scoring={"cap": None}, pool={"by": ["county"]})
    firms = [
        firm("a", county="x"),
        firm("b", county="x", tax_wan=50),
        firm("c", county="y", tax_wan=101),
        firm("d", county="y"),
    ]
    result = run(firms, of)
    assert column(result, "grade") == {"a": "B", "b": "C", "c": None, "d": None}
    assert column(result, "score")["c"] == 100.6
    assert result.blanks == {"scoring.cap": 2}


def test_a_blank_rounding_stops_only_the_firm_it_decides() -> None:
    """12 firms: 20 % are 2.4 places, 60 % 7.2, 95 % 11.4: only places 3, 8 and 12 hang on the rounding."""
    firms = [firm(f"f{i:02d}", tax_wan=100 - i) for i in range(1, 13)]
    result = run(firms, plain(classes={"rounding": None}))
    open_ = [name for name, label in column(result, "grade").items() if label is None]
    assert open_ == ["f03", "f08", "f12"]
    assert result.blanks == {"classes.rounding": 3}


def test_a_blank_tie_rule_stops_only_the_pair_across_a_cut() -> None:
    firms = [firm(f"f{i}", tax_wan=tax) for i, tax in enumerate([90, 80, 80, 70, 60, 60, 50, 40, 30, 20])]
    result = run(firms, plain(classes={"ties": None}))
    assert [name for name, label in column(result, "grade").items() if label is None] == ["f1", "f2"]


def test_whether_t_counts_in_n_is_asked_only_where_it_matters() -> None:
    firms = [firm(f"f{i:02d}", tax_wan=100 - i) for i in range(1, 11)]
    firms += [firm(f"t{i}", industry_code="4411") for i in range(3)]
    test = {"column": "industry_code", "starts_with": ["44"]}
    status = {"grade": "T", "label": "暂不评价", "test": test, "source": "demo"}
    for one in firms[:10]:
        one["industry_code"] = "3911"
    grades = {
        counted: column(run(firms, plain(statuses=[{**status, "counted_in_n": counted}])), "grade")
        for counted in (True, False, None)
    }
    assert [grades[True]["f03"], grades[False]["f03"], grades[None]["f03"]] == ["A", "B", None]  # 13 or 10 × 20 %
    assert grades[None]["f01"] == "A"
    assert grades[True]["t0"] == "T"


def test_an_unverified_source_never_decides_until_someone_confirms_it() -> None:
    doubt = {"doubt": {"title": "听说的分档", "status": "unverified"}}
    result = run([firm("a")], plain(sources=doubt, classes={"source": "doubt"}))
    assert column(result, "grade") == {"a": None}
    assert "sources.doubt.confirmed" in column(result, "reason")["a"]
    sure = {
        "doubt": {
            "title": "听说的分档",
            "status": "unverified",
            "confirmed": {"by": "张三", "on": "2025-01-02", "text": "第三条"},
        }
    }
    assert column(run([firm("a")], plain(sources=sure, classes={"source": "doubt"})), "grade") == {"a": "B"}
    test = {"column": "scale", "is": "规上"}
    population = [{"id": "above", "test": test, "source": "doubt"}]
    result = run([firm("a")], plain(sources=doubt, populations=population))
    assert column(result, "status") == {"a": "not_evaluable"}
    assert "未核实" in column(result, "reason")["a"]


# --- who is evaluated ---------------------------------------------------------------------------------------------


def test_a_firm_belongs_to_the_first_population_that_holds_or_to_none() -> None:
    tests = [{"column": "land_mu", "at_least": 5}, {"column": "scale", "is": "规上"}]
    populations = [{"id": f"p{i}", "label": f"组{i}", "test": test, "source": "demo"} for i, test in enumerate(tests)]
    firms = [
        firm("a"),
        firm("b", land_mu=4),
        firm("c", land_mu=4, scale="规下"),
        firm("d", land_mu=None),
        firm("e", scale=None, land_mu=4),
    ]
    result = run(firms, plain(populations=[{"id": "above", "remove": True}, *populations]))
    assert column(result, "population") == {"a": "p0", "b": "p1", "c": None, "d": None, "e": None}
    assert [column(result, "status")[name] for name in "cde"] == ["exempt", "not_evaluable", "not_evaluable"]
    assert column(result, "reason")["c"] == "不在评价范围"
    assert "用地面积" in column(result, "reason")["d"]
    assert "企业规模类型" in column(result, "reason")["e"]


def test_ages_are_whole_years_by_the_calendar() -> None:
    young = {
        "grade": "T",
        "label": "投产不满两年",
        "test": {"column": "years_in_production", "below": 2},
        "counted_in_n": False,
        "source": "demo",
    }
    days = {"a": "2023-12-31", "b": "2024-01-01", "c": "2024-02-29", "d": None}
    firms = [firm(name, production_on=day) for name, day in days.items()]
    assert column(run(firms, plain(statuses=[young])), "grade") == {"a": "B", "b": "T", "c": "T", "d": None}
    later = column(run(firms, plain(statuses=[young]), as_of=dt.date(2026, 2, 28)), "grade")
    assert [later["b"], later["c"]] != ["T", "T"]
    assert later["c"] != "T"  # 29 February → 28 February
    assert column(run(firms, plain(statuses=[young]), as_of=dt.date(2026, 2, 27)), "grade")["c"] == "T"


def test_a_firm_without_figures_for_the_year_is_not_evaluable() -> None:
    book, land = tiny([firm("a"), firm("b")], 2025)
    years = book.tables["firm_years"]
    book.tables["firm_years"] = years[years["uscc"] == "a"]
    result = grade(book, plain(), 2025, land=land)
    assert column(result, "status") == {"a": "evaluated", "b": "not_evaluable"}
    assert column(result, "reason")["b"] == "缺少该年度的指标数据"


def test_a_firm_with_figures_but_not_in_the_register_is_listed_and_not_lost() -> None:
    book, land = tiny([firm("a"), firm("b")], 2025)
    book.tables["firms"] = book.tables["firms"].iloc[:1]
    assert column(grade(book, plain(), 2025, land=land), "status") == {"a": "evaluated", "b": "not_evaluable"}


def test_two_rows_of_one_firm_add_up() -> None:
    book, land = tiny([firm("a", tax_wan=40)], 2025)
    once = book.tables["firm_years"]
    book.tables["firm_years"] = pd.concat([once, once], ignore_index=True)
    result = grade(book, plain(), 2025, land=land)
    assert result.indicators.set_index("indicator").at["tax_per_mu", "value"] == 8.0


# --- benchmarks ---------------------------------------------------------------------------------------------------


def test_a_mean_is_over_its_group_and_twice_the_mean_is_twice_that() -> None:
    twice = {"kind": "times_mean", "times": 2, "over": "county"}
    of = plain(indicators=[{"id": "tax_per_mu", "weight": 60, "benchmark": twice}])
    firms = [firm("a", county="x", tax_wan=100), firm("b", county="x", tax_wan=300), firm("c", county="y", tax_wan=50)]
    points = run(firms, of).indicators.query("indicator == 'tax_per_mu'").set_index("uscc")
    assert points["benchmark"].to_dict() == {"a": 40.0, "b": 40.0, "c": 10.0}
    assert points["points"].to_dict() == {"a": 15.0, "b": 45.0, "c": 30.0}


def test_a_benchmark_of_last_year_is_last_years_mean() -> None:
    last = {"kind": "mean", "over": ["county"], "year": "previous"}
    of = plain(indicators=[{"id": "tax_per_mu", "weight": 60, "benchmark": last}])
    firms = [firm("a", county="x", tax_wan=100), firm("b", county="y", tax_wan=100)]
    before = [firm("a", county="x", tax_wan=50), firm("c", county="x", tax_wan=150)]
    result = run(firms, of, previous=before)
    values = result.indicators.query("indicator == 'tax_per_mu'").set_index("uscc")["benchmark"]
    assert values["a"] == 10.0
    assert column(result, "reason")["b"] == "单位用地税收没有基准值"


def test_an_industry_mean_and_a_percentile_by_hand() -> None:
    industry = {"kind": "industry_mean"}
    of = plain(indicators=[{"id": "tax_per_mu", "weight": 60, "benchmark": industry}])
    firms = [
        firm(f"f{i}", industry_code=code, tax_wan=tax)
        for i, (code, tax) in enumerate([("3911", 100), ("3922", 200), ("1310", 30)])
    ]
    got = run(firms, of).indicators.query("indicator == 'tax_per_mu'")["benchmark"].tolist()
    assert got == [15.0, 15.0, 3.0]
    for p in (75, 0.75):
        of = plain(indicators=[{"id": "tax_per_mu", "weight": 60, "benchmark": {"kind": "percentile", "p": p}}])
        values = [firm(f"f{i}", tax_wan=tax) for i, tax in enumerate([10, 20, 30, 40, 50])]
        assert run(values, of).indicators.query("indicator == 'tax_per_mu'")["benchmark"].unique().tolist() == [4.0]


def test_a_benchmark_of_another_year_is_not_used() -> None:
    of = plain(indicators=[{"id": "tax_per_mu", "weight": 60, "benchmark": {"kind": "published", "values": {2024: 5}}}])
    result = run([firm("a")], of)
    assert "indicators.tax_per_mu.benchmark.values.2025" in result.blanks


# --- order of aggregation, adjustments ----------------------------------------------------------------------------


def test_the_bonus_is_added_after_the_coefficient_and_capped_the_penalty_taken() -> None:
    more = {
        "coefficient": 1.1,
        "bonus": {"kind": "加分", "as": "points", "cap": 5},
        "penalty": {"kind": "扣分", "as": "points"},
    }
    events = [
        {"uscc": "a", "kind": "加分", "value": "4", "unit": "分"}, {"uscc": "a", "kind": "加分", "value": "4", "unit": "分"},
        {"uscc": "b", "kind": "扣分", "value": "-2", "unit": "分"}, {"uscc": "c", "kind": "加分", "value": "3%", "unit": "比例"},
        {"uscc": "d", "kind": "加分", "value": "9", "unit": "分", "year": 2024},
    ]  # fmt: skip
    result = run([firm(name) for name in "abcd"], plain(aggregate=more), events=events)
    assert column(result, "score") == {"a": 115.0, "b": 108.0, "c": 113.3, "d": 110.0}


TEN = {"upper": {"A": 0.2, "B": 0.6, "C": 0.9, "D": 1.0}}
STEPS = [
    {"kind": "cap", "at": "C", "when": {"event": "否决"}, "source": "demo"},
    {"kind": "floor", "at": "C", "when": {"event": "保护期"}, "yields_to": "cap", "source": "demo"},
]


def ten(**events: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    firms = [firm(f"f{i}", tax_wan=100 - i) for i in range(10)]
    return firms, [{"uscc": name, "kind": kind} for name, kinds in events.items() for kind in kinds.split("+")]


def test_a_veto_is_a_cap_and_a_protection_yields_to_it() -> None:
    firms, events = ten(f0="否决", f8="否决", f9="保护期")
    result = run(
        firms, plain(adjustments=STEPS, classes={"upper": {"A": 0.2, "B": 0.6, "C": 0.7, "D": 1.0}}), events=events
    )
    assert [column(result, "grade")[name] for name in ("f0", "f8", "f9")] == ["C", "D", "C"]
    assert column(result, "grade_initial")["f0"] == "A"
    assert result.log[["uscc", "kind", "before", "after"]].to_numpy().tolist() == [
        ["f0", "cap", "A", "C"], ["f8", "cap", "D", "D"], ["f9", "floor", "D", "C"],
    ]  # fmt: skip
    firms, events = ten(f9="否决+保护期")
    for steps in (STEPS, STEPS[::-1]):
        result = run(firms, plain(adjustments=steps, classes=TEN), events=events)
        assert column(result, "grade")["f9"] == "D"
        assert "不予保护" in "".join(result.log["reason"])


def test_a_shift_a_drop_and_a_persons_word_move_in_the_order_written() -> None:
    steps = [
        {"kind": "shift", "source": "demo"},
        {"kind": "drop", "by": 1, "when": {"column": "operating_state", "is": "停产"}, "source": "demo"},
        {"kind": "manual", "source": "demo"},
    ]
    firms = [firm(f"f{i}", tax_wan=100 - i, operating_state="停产" if i == 3 else "在业") for i in range(10)]
    events = [
        {"uscc": "f2", "kind": "调档", "value": "+1", "unit": "档"}, {"uscc": "f9", "kind": "调档", "value": "-1", "unit": "档"},
        {"uscc": "f5", "kind": "人工", "value": "D", "unit": "档", "reason": "会议纪要", "authority": "张三"}, {"uscc": "f0", "kind": "调档", "value": "1", "unit": "档"},
    ]  # fmt: skip
    result = run(firms, plain(adjustments=steps, classes=TEN), events=events)
    got = column(result, "grade")
    assert [got[name] for name in ("f0", "f2", "f3", "f5", "f9")] == ["A", "A", "C", "D", "D"]
    assert column(result, "grade_initial") == {f"f{i}": "AABBBBCCCD"[i] for i in range(10)}


@pytest.mark.parametrize("lacks", ["reason", "authority"])
def test_a_persons_word_without_name_or_reason_is_logged_and_not_followed(lacks: str) -> None:
    said = {"uscc": "f5", "kind": "人工", "value": "A", "unit": "档", "reason": "会议纪要", "authority": "张三"}
    firms = [firm(f"f{i}", tax_wan=100 - i) for i in range(10)]
    steps = [{"kind": "manual", "source": "demo"}]
    followed = run(firms, plain(adjustments=steps, classes=TEN), events=[said])
    refused = run(firms, plain(adjustments=steps, classes=TEN), events=[{**said, lacks: None}])
    assert column(followed, "grade")["f5"] == "A"
    assert column(refused, "grade")["f5"] == column(refused, "grade_initial")["f5"] == "B"
    assert "不予采用" in refused.log["reason"].iloc[0]
    assert "张三" in followed.log["reason"].iloc[0]


def test_an_adjustment_that_cannot_be_known_leaves_the_grade_open_only_where_it_would_move_it() -> None:
    step = {"kind": "cap", "at": "C", "when": {"column": "operating_state", "is": "停产"}, "source": "demo"}
    firms = [firm(f"f{i}", tax_wan=100 - i, operating_state=None) for i in range(10)]
    got = column(run(firms, plain(adjustments=[step], classes=TEN)), "grade")
    assert got["f0"] is None
    assert got["f9"] == "D"


# --- other classifiers --------------------------------------------------------------------------------------------


def test_thresholds_hold_the_value_that_stands_on_them() -> None:
    plan = {"method": "threshold", "lower": {"甲": 100, "乙": 70}, "rest": "丙", "source": "demo"}
    result = run([firm("a"), firm("b", tax_wan=50), firm("c", tax_wan=49.99)], plain(classes=plan))
    assert column(result, "grade") == {"a": "甲", "b": "乙", "c": "丙"}


def test_a_threshold_on_an_indicator_of_which_less_is_better() -> None:
    extra = {"id": "energy_per_value_added", "weight": 0, "source": "demo"}
    plan = {
        "method": "threshold",
        "by": "energy_per_value_added",
        "lower": {"好": 0.1, "中": 0.5},
        "rest": "差",
        "source": "demo",
    }
    firms = [firm(n, energy_tce=e) for n, e in zip("abc", [40, 200, 200.1], strict=True)]
    assert column(run(firms, plain(indicators=[extra], classes=plan)), "grade") == {"a": "好", "b": "中", "c": "差"}


def test_a_single_indicator_ranks_without_any_score() -> None:
    plan = {
        "method": "single_indicator",
        "by": "tax_per_mu",
        "upper": {"A": 0.5, "B": 1.0},
        "inclusive": True,
        "rounding": "half_up",
        "ties": "better",
        "source": "demo",
    }
    of = plain(classes=plan, indicators=[{"id": "labour_productivity", "weight": None}])
    result = run([firm("a", tax_wan=10), firm("b", tax_wan=20), firm("c", tax_wan=None)], of)
    assert column(result, "grade") == {"a": "B", "b": "A", "c": None}
    assert column(result, "status")["c"] == "not_evaluable"


TWO = {
    "method": "two_stage", "rest": "B", "rounding": "half_up", "ties": "better", "source": "demo",
    "stages": [
        {"grade": "A", "half": "upper", "rank_by": "labour_productivity", "order": "descending", "share": 0.15},
        {"grade": "C", "half": "lower", "rank_by": "labour_productivity", "order": "ascending", "share": 0.10},
    ],
}  # fmt: skip


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10, 19, 20, 21, 40])
def test_two_stages_take_quotas_of_all_from_each_half(n: int) -> None:
    """Scores fall with i, the second key rises with i: A comes from the end of the upper half, C from its beginning below."""
    firms = [firm(f"f{i:02d}", tax_wan=10_000 - 100 * i, value_added_wan=20 * (i + 1)) for i in range(n)]
    got = list(column(run(firms, plain(classes=TWO)), "grade").values())
    middle, most, least = (n + 1) // 2, (n * 15 + 50) // 100, (n * 10 + 50) // 100
    wanted = ["B"] * n
    for i in range(max(middle - most, 0), middle):
        wanted[i] = "A"
    for i in range(middle, min(middle + least, n)):
        wanted[i] = "C"
    assert got == wanted


# --- in force, determinism, explanation ---------------------------------------------------------------------------


def test_a_policy_of_another_data_year_or_not_in_force_grades_nobody() -> None:
    for saying, words in (
        ({"data_years": [2023]}, "已失效"),
        ({"in_force": {"from": "2026-01-01"}}, "未生效"),
        ({"in_force": {"to": "2025-06-30"}}, "已失效"),
    ):
        result = run([firm("a")], plain(**saying))
        assert column(result, "status") == {"a": "not_evaluable"}
        assert words in column(result, "reason")["a"]
        assert result.findings["outcome"].tolist() == ["unknown"]
    named = plain(data_years=[2025], in_force={"from": "2026-05-31"})
    assert column(run([firm("a")], named), "status") == {"a": "evaluated"}  # published after the year it names


def test_the_order_of_the_rows_changes_nothing() -> None:
    chance = random.Random(3)
    firms = [firm(f"f{i:03d}", tax_wan=chance.randint(1, 40), county=chance.choice("xyz")) for i in range(200)]
    of = plain(pool={"by": ["county"]})
    there = run(firms, of)
    chance.shuffle(firms)
    back = run(firms, of)
    pd.testing.assert_frame_equal(there.firms, back.firms)
    pd.testing.assert_frame_equal(there.indicators, back.indicators)


def test_the_tree_of_a_firm_says_why_in_sentences_with_quotes() -> None:
    firms, events = ten(f0="否决")
    result = run(firms, plain(adjustments=STEPS, classes=TEN), events=events)
    tree = explain_firm(result, "f0")
    words = " ".join(node.words for node in tree.walk())
    assert "10 ÷ 基准 10 × 权重 60 = 60 分" in words
    assert "在“规上”" not in words
    assert "在“全部”的 10 家中排第 1 名" in words
    assert "由 A 调为 C" in words
    assert all(node.source["quote"] for node in tree.walk() if node.source)
    assert tree.data()["value"] == "C"


def test_why_not_says_how_far_the_list_reaches() -> None:
    firms, events = ten(f0="否决")
    result = run(firms, plain(adjustments=STEPS, classes=TEN), events=events)
    assert why_not(result, "f5", "A").words == (
        "在“全部”的 10 家中排第 6 名（97 分），初评 B；A 档到第 2 名（99.4 分）为止"
    )
    assert why_not(result, "f1", "D").words.startswith("在“全部”的 10 家中排第 2 名（99.4 分），初评 A，好于 D 档")
    assert "后来调为 C" in why_not(result, "f0", "A").words
    assert why_not(result, "f1", "A").outcome == "pass"
    assert "没有 nobody" in why_not(result, "nobody", "A").words
    assert "没有 E 这一档" in why_not(result, "f1", "E").words


def test_an_effect_in_yuan_only_from_a_filled_and_cited_value() -> None:
    more = [
        {
            "class": "D",
            "scope": "电价",
            "value": 0.1,
            "unit": "元/千瓦时",
            "from": "2020-01-01",
            "to": "none",
            "source": "demo",
        },
        {
            "class": "C",
            "scope": "电价",
            "value": {"of": "D", "times": 0.5},
            "unit": "元/千瓦时",
            "from": "2020-01-01",
            "to": "none",
            "source": "demo",
        },
        {
            "class": "D",
            "scope": "水价",
            "value": None,
            "unit": "元/吨",
            "from": "2020-01-01",
            "to": "none",
            "source": "demo",
        },
        {
            "class": "D",
            "scope": "气价",
            "value": 9,
            "unit": "元/吨",
            "from": "2020-01-01",
            "to": "2024-12-31",
            "source": "demo",
        },
    ]
    firms = [firm(f"f{i}", tax_wan=100 - i, electricity_kwh=1000 if i != 8 else None) for i in range(10)]
    got = run(firms, plain(consequences=more, classes=TEN)).consequences
    rows = {
        (r["uscc"], r["scope"]): None if pd.isna(r["effect_yuan"]) else r["effect_yuan"] for r in got.to_dict("records")
    }
    assert rows[("f9", "电价")] == 100.0
    assert rows[("f6", "电价")] == 50.0
    assert rows[("f8", "电价")] is None
    assert rows[("f9", "水价")] is None
    assert ("f9", "气价") not in rows
