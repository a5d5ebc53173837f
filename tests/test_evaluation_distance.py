"""Distance to the next class: the change found does move the class when graded anew, and a step less does not."""

from typing import Any

import pandas as pd
import pytest

from evaluation import policy
from evaluation.distance import cliffs, distance, ties
from evaluation.grading import GradingResult, grade
from evaluation.grading.examples import tiny
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.load import variant

STEP = 1e-4


def demo(**saying: Any) -> GradingPolicy:
    loaded = policy.load("demo-five")
    assert isinstance(loaded, GradingPolicy)
    return variant(loaded, saying) if saying else loaded


def ten() -> list[dict[str, Any]]:
    usual = {
        "scale": "规上",
        "industry_code": "3911",
        "production_on": "2010-01-01",
        "land_mu": 10.0,
        "revenue_wan": 1000.0,
    }
    more = {"energy_tce": 50.0, "pollutant_eq": 2.0, "rd_wan": 30.0, "value_added_wan": 400.0, "staff": 20.0}
    return [{"uscc": f"f{i}", **usual, **more, "tax_wan": 200.0 - 10 * i} for i in range(10)]


def run(firms: list[dict[str, Any]], of: GradingPolicy) -> GradingResult:
    book, land = tiny(firms, 2025)
    return grade(book, of, 2025, land=land)


def class_of(firms: list[dict[str, Any]], of: GradingPolicy, uscc: str) -> str:
    return str(run(firms, of).firms.set_index("uscc").at[uscc, "grade_initial"])


@pytest.fixture(scope="module")
def moved() -> pd.DataFrame:
    return distance(run(ten(), demo()), "f5")  # sixth of ten: B, two classes within reach


def test_every_input_of_the_scored_indicators_is_tried_both_ways(moved: pd.DataFrame) -> None:
    assert moved["direction"].value_counts().to_dict() == {"up": 8, "down": 8}
    assert set(moved["to_grade"]) == {"A", "C"}


def test_the_change_found_moves_the_class_and_a_step_less_does_not(moved: pd.DataFrame) -> None:
    """Graded anew with the whole pool: the means move too."""
    for row in moved[moved["needed"].notna() & moved["column"].isin(["tax_wan", "energy_tce", "staff"])].to_dict(
        "records"
    ):
        at, just_short = ten(), ten()
        back = -STEP if row["change"] > 0 else STEP
        at[5][row["column"]], just_short[5][row["column"]] = row["needed"], row["needed"] + back
        assert class_of(at, demo(), "f5") == row["to_grade"], row
        if row["needed"] > 0:
            assert class_of(just_short, demo(), "f5") == "B", row


def test_the_tax_that_makes_an_a_is_the_second_firms_tax_by_hand(moved: pd.DataFrame) -> None:
    """Second of ten has 190: equal after rounding is A, so 189.9998 (65 + 35 × 18.99998 ÷ 20 = 98.2500)."""
    up = moved[(moved["direction"] == "up") & (moved["column"] == "tax_wan")].iloc[0]
    assert (up["value"], up["needed"], up["change"]) == (150.0, 189.9998, 39.9998)


def test_a_change_that_puts_the_firm_out_of_its_population_is_no_way_up() -> None:
    below = [{**firm, "scale": "规下", "land_mu": 3.2, "tax_wan": firm["tax_wan"] / 5} for firm in ten()]
    found = distance(run(below, demo()), "f5").set_index(["direction", "column"])
    needed = found.at[("up", "land_mu"), "needed"]
    assert pd.isna(needed)  # 2.4 亩 would do, but below 3 亩 it is not evaluated


def test_the_best_class_has_no_way_up_and_the_unclassed_none_at_all() -> None:
    result = run(ten(), demo())
    assert set(distance(result, "f0")["direction"]) == {"down"}
    assert distance(run(ten(), demo(classes=None)), "f0").empty


def test_cliffs_are_the_firms_on_either_side_of_a_cut() -> None:
    """Scores fall by 1.75 a place from 100: the second (A, 98.25) and the third (B, 96.5) face one another."""
    near = cliffs(run(ten(), demo()), 1.82).set_index("uscc")
    assert near.loc["f1", ["side", "other_grade", "edge", "gap"]].tolist() == ["above", "B", 96.5, 1.75]
    assert near.loc["f2", ["side", "other_grade", "edge", "gap"]].tolist() == ["below", "A", 98.25, -1.75]
    assert near.loc["f2", "gap_percent"] == -1.7812
    assert "f3" not in near.index
    assert cliffs(run(ten(), demo()), 0.1).empty


def test_exact_ties_say_whether_a_cut_lies_among_them() -> None:
    firms = ten()
    firms[2]["tax_wan"] = firms[1]["tax_wan"]
    firms[8]["tax_wan"] = firms[7]["tax_wan"]
    told = ties(run(firms, demo()))
    assert told[["first", "last", "firms", "across_a_cut"]].to_numpy().tolist() == [[2, 3, 2, True], [8, 9, 2, False]]
