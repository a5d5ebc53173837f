"""Who is evaluated and who stands outside the classes: every kind of population and status, in tiny worlds."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from evaluation.grading import explain_firm
from evaluation.grading.examples import tiny
from evaluation.grading.happened import events
from tests.test_evaluation_grading import column, firm, plain, run


def populations(**tests: dict[str, Any]) -> list[dict[str, Any]]:
    first = {"id": "above", "remove": True}
    return [first, *({"id": name, "label": name, "test": test, "source": "demo"} for name, test in tests.items())]


def members(firms: list[dict[str, Any]], **tests: dict[str, Any]) -> dict[str, Any]:
    return column(run(firms, plain(populations=populations(**tests))), "population")


STICKY = {
    "above": {
        "any": [
            {"column": "scale_move", "is": "退规"},
            {
                "all": [
                    {"column": "scale_at_year_end", "is": "规上"},
                    {"not": {"column": "scale_move", "is": "小升规"}},
                ]
            },
        ]
    },
    "below": {"column": "scale_at_year_end", "in": ["规上", "规下"]},
}


def test_a_firm_that_rose_or_fell_in_the_year_stays_where_the_last_list_had_it() -> None:
    """Longyou (POLICY §1.1 R3): 退规 stays 规上 that year, 小升规 stays 规下 that year."""
    lists = {"rose": ("规下", "规上"), "fell": ("规上", "规下"), "same": ("规上", "规上"), "small": ("规下", "规下"),
             "new": (None, "规上"), "gap": (None, "规上"), "blank": ("规上", None)}  # fmt: skip
    founded = {"new": "2025-03-01", "gap": "2010-01-01"}
    firms = [
        firm(name, scale_at_year_end=now, founded_on=founded.get(name, "2010-01-01"))
        for name, (_, now) in lists.items()
    ]
    previous = [firm(name, scale_at_year_end=before) for name, (before, _) in lists.items() if before]
    result = run(firms, plain(populations=populations(**STICKY)), previous=previous)
    assert column(result, "population") == {
        "rose": "below", "fell": "above", "same": "above", "small": "below", "new": "above", "gap": None, "blank": None,
    }  # fmt: skip
    moves = result.frame["scale_move"].astype(object)
    told = {str(name): None if pd.isna(move) else move for name, move in moves.items()}
    assert told == {"rose": "小升规", "fell": "退规", "same": "未变", "small": "未变", "new": "新办",
                    "gap": None, "blank": None}  # fmt: skip
    assert "规模变动" in column(result, "reason")["gap"]


def test_small_land_tenants_without_land_and_rented_workshops_are_lists_of_their_own() -> None:
    """Cixi's four lists and city A's workshop test (POLICY §1.1 R9, R22): no schema asks for land above zero."""
    tests: dict[str, dict[str, Any]] = {
        "above": {"column": "scale", "is": "规上"},
        "large": {"column": "land_mu", "at_least": 5},
        "middle": {"column": "land_mu", "at_least": 3},
        "workshop": {"column": "rented_floor_m2", "at_least": 3000},
        "tenant": {"column": "own_mu", "at_most": 0},
        "small": {"column": "land_mu", "below": 3},
    }
    lands = {"a": (9, 9, 0), "b": (5, 5, 0), "c": (4.9999, 4, 0), "d": (3, 3, 0), "e": (0, 0, 3000),
             "f": (0, 0, 2999.9999), "g": (2.9999, 2, 0)}  # fmt: skip
    firms = [
        firm(name, scale="规上" if name == "a" else "规下", land_mu=land, own_mu=own, rented_floor_m2=floor)
        for name, (land, own, floor) in lands.items()
    ]
    assert members(firms, **tests) == {
        "a": "above", "b": "large", "c": "middle", "d": "middle", "e": "workshop", "f": "tenant", "g": "small",
    }  # fmt: skip


def test_a_landless_tenant_is_scored_by_what_has_a_denominator() -> None:
    no_land = {"column": "own_mu", "at_most": 0}
    rule = {"missing": "not_evaluable", "zero_denominator": "drop_renormalise"}
    policy = plain(populations=populations(tenant=no_land), scoring=rule)
    result = run([firm("a", land_mu=0, own_mu=0, value_added_wan=200)], policy)
    assert column(result, "score") == {"a": 50.0}  # 40 × (200/20)/20 = 20 of 40 → 50 of 100


@pytest.mark.parametrize(
    ("test", "inside", "outside"),
    [
        ({"column": "founded_on", "before": dt.date(2022, 1, 1)}, {"founded_on": "2021-12-31"}, {"founded_on": "2022-01-01"}),
        ({"column": "years_since_founding", "at_least": 4}, {"founded_on": "2021-12-31"}, {"founded_on": "2022-01-01"}),
        ({"column": "years_in_production", "at_least": 2}, {"production_on": "2023-12-31"}, {"production_on": "2024-01-01"}),
        ({"any": [{"column": "revenue_wan", "at_least": 2000}, {"column": "tax_wan", "at_least": 100}]}, {"revenue_wan": 2000, "tax_wan": 0}, {"revenue_wan": 1999.99, "tax_wan": 99.99}),
        ({"column": "industry", "between": [6, 46]}, {"industry_code": "0610"}, {"industry_code": "4710"}),
        ({"column": "industry", "between": [6, 46]}, {"industry_code": "C4610"}, {"industry_code": "I6510"}),
        ({"column": "industry_code", "starts_with": ["44", "45", "46"]}, {"industry_code": "D4411"}, {"industry_code": "C3911"}),
        ({"all": [{"column": "industry", "between": [53, 96]}, {"column": "scale", "is": "规上"}]}, {"industry_code": "G5310"}, {"industry_code": "C3911"}),
        ({"column": "zone_id", "missing": False}, {"zone_id": "Z1"}, {"zone_id": None}),
        ({"column": "zone_id", "in": ["Z1", "Z2"]}, {"zone_id": "Z2"}, {"zone_id": "Z3"}),
        ({"column": "state_mu", "above": 0}, {"state_mu": 0.5}, {"state_mu": 0}),
        ({"column": "labels", "has": "重点排污"}, {"labels": "高新技术企业；重点排污"}, {"labels": "非重点排污"}),
        ({"column": "size", "in": ["大", "中"]}, {"size": "中"}, {"size": "小"}),
    ],
)  # fmt: skip
def test_each_kind_of_population_holds_for_one_firm_and_not_for_its_neighbour(
    test: dict[str, Any], inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    result = run([firm("in", **inside), firm("out", **outside)], plain(populations=populations(only=test)))
    assert column(result, "population") == {"in": "only", "out": None}
    assert column(result, "status")["out"] == "exempt"
    assert column(result, "reason")["out"] == "不在评价范围"


# --- statuses -----------------------------------------------------------------------------------------------------


def happened(*rows: dict[str, Any], year: int, as_of: dt.date) -> list[str]:
    book, _ = tiny([firm("a")], year, [{"uscc": "a", "kind": "保护期", **row} for row in rows])
    return events(book.tables, year, as_of)["reason"].tolist()


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ({"from": "2023-07-01", "to": "2025-06-30"}, "2023-07-01", "2025-06-30"),
        ({"from": "2023-07-01", "months": 24}, "2023-07-01", "2025-06-30"),
        ({"from": "2024-02-29", "months": 12}, "2024-02-29", "2025-02-27"),
        ({"year": 2024, "months": 6}, "2024-01-01", "2024-06-30"),
        ({"year": 2024, "to": "2025-03-31"}, "2024-01-01", "2025-03-31"),
    ],
)
def test_a_status_with_dates_holds_from_its_first_to_its_last_day_over_the_years(
    said: dict[str, Any], first: str, last: str
) -> None:
    row = {"year": 2023, "reason": "新投产", **said}
    for day, wanted in ((first, True), (last, True)):
        on = dt.date.fromisoformat(day)
        assert (happened(row, year=on.year, as_of=on) == ["新投产"]) == wanted
    before = dt.date.fromisoformat(first) - dt.timedelta(days=1)
    after = dt.date.fromisoformat(last) + dt.timedelta(days=1)
    assert happened(row, year=before.year, as_of=before) == []
    assert happened(row, year=after.year, as_of=after) == []


def test_a_status_without_dates_belongs_to_its_year_and_one_without_end_goes_on() -> None:
    year_end = dt.date(2025, 12, 31)
    assert happened({"year": 2025, "reason": "当年"}, year=2025, as_of=year_end) == ["当年"]
    assert happened({"year": 2024, "reason": "去年"}, year=2025, as_of=year_end) == []
    assert happened({"year": 2020, "from": "2020-01-01", "reason": "长期"}, year=2025, as_of=year_end) == ["长期"]


STATUSES: list[dict[str, Any]] = [
    {"id": "out", "grade": "none", "label": "免评", "test": {"event": "免评"}, "counted_in_n": False, "source": "demo"},
    {"id": "later", "grade": "T", "label": "暂评", "test": {"event": "暂评", "within_months": 36}, "counted_in_n": True,
     "source": "demo"},
    {"id": "open", "grade": "不定等级", "label": "不定等级", "test": {"column": "labels", "has": "不定等级"},
     "counted_in_n": False, "scored": True, "treated_as": "B", "source": "demo"},
]  # fmt: skip


def test_each_status_has_the_effect_it_states_on_grade_score_and_n() -> None:
    firms = [firm(f"f{i}", tax_wan=100 + i) for i in range(5)]
    firms += [firm("free"), firm("wait"), firm("late"), firm("loose", labels="不定等级")]
    said = [
        {"uscc": "free", "year": 2025, "kind": "免评", "reason": "军工", "authority": "工信局"},
        {"uscc": "wait", "year": 2023, "kind": "暂评", "reason": "搬迁", "from": "2023-01-01", "to": "2030-12-31"},
        {"uscc": "late", "year": 2022, "kind": "暂评", "reason": "搬迁", "from": "2022-12-31", "to": "2030-12-31"},
    ]
    result = run(firms, plain(statuses=STATUSES), events=said)
    grades = column(result, "grade")
    assert (grades["free"], grades["wait"], grades["loose"]) == (None, "T", "不定等级")
    assert grades["late"] in {"A", "B", "C", "D"}  # thirty-six months are over on that very day
    assert (column(result, "score")["loose"], column(result, "rank")["loose"]) == (100.0, None)
    assert column(result, "score")["wait"] is None
    assert set(result.pools["n"]) == {7}  # five firms, the late one, and 暂评 counts in n; 免评 and 不定等级 do not
    assert result.members.at["loose", "treated_as"] == "B"


def test_a_status_says_in_the_tree_who_marked_it_why_and_from_when_to_when() -> None:
    said = [{"uscc": "a", "year": 2023, "kind": "暂评", "reason": "搬迁", "authority": "区工信局", "evidence": "会议纪要3号",
             "from": "2023-03-01", "months": 36}]  # fmt: skip
    result = run([firm("a"), firm("b")], plain(statuses=STATUSES), events=said)
    words = " ".join(node.words for node in explain_firm(result, "a").walk())
    assert "搬迁，区工信局，会议纪要3号（2023-03-01 至 2026-02-28）" in words
