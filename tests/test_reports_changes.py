"""What differs between two verdicts is listed row by row as before → after; what stands is not listed."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from evaluation.finding import Verdicts
from evaluation.policy.load import load
from reports.changes import changed, counts

FIRMS = {"uscc": ["a", "b", "c"], "policy": ["p"] * 3, "name": ["甲厂", "乙厂", "丙厂"], "reason": ["x", "y", "z"],
         "grade": ["A", "B", pd.NA], "status": ["evaluated", "evaluated", "not_evaluable"],
         "score": [90.0, 80.0, float("nan")], "rank": [1.0, 2.0, float("nan")]}  # fmt: skip
PARCELS = {"parcel_id": ["1", "2"], "idle": ["no", "clause1"], "low_efficiency": ["", ""], "listed": [False, True],
           "legal_step": ["none", "investigate"], "fee_wan": [float("nan")] * 2, "area_mu": [15.0, 30.0],
           "holder": ["甲", "乙"], "reason": ["", ""]}  # fmt: skip
ZONES = {"zone_id": ["Z"], "rule": ["r"], "basis": ["actual"], "reading": ["N1.K1.X0"], "outcome": ["fail"],
         "measured": [0.69], "short_mu": [12.0], "name": ["一区"], "label": ["工业用地占比"], "note": [""]}  # fmt: skip
DOCKET = {"zone_id": ["Z"], "policy": ["e"], "condition": ["appraisal"], "outcome": ["unknown"], "measured": [pd.NA],
          "label": ["考核"], "note": [""], "cure": [""]}  # fmt: skip
FAULTS = {"code": ["F011", "F015"], "severity": ["error", "error"], "file": ["a.xlsx"] * 2, "sheet": ["1"] * 2,
          "row": [2, 3], "column": ["税", "水"], "value": ["约1", "-5"], "message": ["第 2 行", "第 3 行"]}  # fmt: skip


def verdicts(**other: dict[str, list[Any]]) -> Verdicts:
    frames = {"firms": FIRMS, "parcels": PARCELS, "zones": ZONES, "expansion": DOCKET, "faults": FAULTS}
    return SimpleNamespace(**{name: pd.DataFrame({**cells, **other.get(name, {})}) for name, cells in frames.items()})


def test_the_same_verdicts_differ_in_nothing() -> None:
    assert {name: len(rows) for name, rows in changed(verdicts(), verdicts()).items()} == dict.fromkeys(
        ("firms", "parcels", "zones", "expansion", "settled", "new"), 0
    )


def test_a_firm_that_changes_class_comes_before_one_whose_score_moves_and_the_rest_is_silent() -> None:
    after = verdicts(firms={"grade": ["A", "B", "C"], "score": [91.0, 80.0, 70.0], "rank": [1.0, 2.0, 3.0],
                            "status": ["evaluated"] * 3})  # fmt: skip
    rows = changed(verdicts(), after)["firms"]
    assert rows["uscc"].tolist() == ["c", "a"]
    assert rows["grade"].tolist() == ["— → C", "A"]
    assert rows["status"].tolist() == ["无法评价 → 已评价", "已评价"]
    assert rows["score"].tolist() == ["— → 70.0000", "90.0000 → 91.0000"]
    assert rows["rank"].tolist() == ["— → 3", "1"]


def test_a_rank_alone_is_no_change() -> None:
    assert changed(verdicts(), verdicts(firms={"rank": [2.0, 1.0, float("nan")]}))["firms"].empty


def test_a_subject_that_is_gone_or_new_is_listed() -> None:
    after = verdicts()
    after.firms = after.firms.iloc[:2]
    assert changed(verdicts(), after)["firms"][["uscc", "name", "status"]].values.tolist() == [
        ["c", "丙厂", "无法评价 → —"]
    ]
    assert changed(after, verdicts())["firms"]["status"].tolist() == ["— → 无法评价"]


def test_states_of_parcels_zones_and_dockets_are_told_in_chinese() -> None:
    found = changed(
        verdicts(),
        verdicts(
            parcels={"idle": ["no", "late_start"], "listed": [False, False], "legal_step": ["none", "none"]},
            zones={"outcome": ["pass"], "measured": [0.7], "short_mu": [0.0]},
            expansion={"outcome": ["pass"], "measured": [91.0]},
        ),
    )
    [parcel] = found["parcels"].to_dict("records")
    assert parcel["parcel_id"] == "2"
    assert parcel["idle"] == "疑似闲置（未动工满一年） → 逾期动工"
    assert (parcel["listed"], parcel["legal_step"], parcel["area_mu"]) == ("是 → 否", "调查核实 → 无", "30.0000")
    [zone] = found["zones"].to_dict("records")
    assert (zone["outcome"], zone["measured"]) == ("不满足 → 满足", "0.6900 → 0.7000")
    [condition] = found["expansion"].to_dict("records")
    assert (condition["outcome"], condition["measured"]) == ("未知 → 满足", "— → 91.0000")


def test_a_settled_fault_and_a_new_one_are_told_apart() -> None:
    found = changed(verdicts(), verdicts(faults={"code": ["F059", "F015"], "message": ["已更正", "第 3 行"]}))
    assert found["settled"]["message"].tolist() == ["第 2 行"]
    assert found["new"]["code"].tolist() == ["F059"]


def test_a_key_that_is_there_twice_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="duplicate"):
        changed(verdicts(), verdicts(zones={name: values * 2 for name, values in ZONES.items()}))


def test_classes_are_counted_best_first_with_the_ungraded_last() -> None:
    policy = load("demo-five")
    sides = [pd.DataFrame({"policy": "demo-five", "grade": grades})
             for grades in (["A", "B", "T", pd.NA], ["B", "B", "T", "D"])]  # fmt: skip
    other = pd.DataFrame({"policy": ["else"], "grade": ["A"]})
    table = counts(pd.concat([sides[0], other]), pd.concat([sides[1], other]), policy)
    assert table.to_numpy().tolist() == [
        ["A", 1, 0, -1], ["B", 1, 2, 1], ["C", 0, 0, 0], ["D", 0, 1, 1], ["T", 1, 1, 0], ["未评价", 1, 0, -1],
    ]  # fmt: skip
