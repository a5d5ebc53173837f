"""The numbers of a grading policy that a trial may move, and what the policy itself says against it."""

from datetime import date

import pytest

from casework.levers import levers, moved
from evaluation.policy.load import load, rebuilt, shipped
from evaluation.policy.read import PolicyError

DAY = date(2025, 12, 31)


def test_weights_cuts_and_bounds_can_be_moved_and_the_last_class_cannot() -> None:
    known = {
        lever.label: (lever.group, lever.value, lever.least, lever.most) for lever in levers(load("demo-five"), DAY)
    }
    assert known["单位用地税收　权重"] == ("weights", 35.0, 0.0, 100.0)
    assert known["累计比例　A"] == ("cuts", 0.2, 0.0, 1.0)
    assert known["单位用地税收　基准　数值"] == ("bounds", 20.0, None, None)
    assert known["封顶"] == ("bounds", 1.5, None, None)
    assert "累计比例　D" not in known
    assert not [label for label in known if "总分" in label or "小数" in label]


@pytest.mark.parametrize("name", [name for name in shipped() if load(name).kind == "grading"])
def test_every_lever_of_a_shipped_policy_has_a_name_of_its_own_in_chinese(name: str) -> None:
    names = [lever.label for lever in levers(load(name), DAY)]
    assert len(set(names)) == len(names)
    assert not [label for label in names if "_" in label]


def test_a_moved_weight_is_the_policys_and_the_file_stays_as_it_is() -> None:
    policy = load("demo-five")
    tried = moved(policy, {("indicators", 0, "weight"): 30.0, ("indicators", 1, "weight"): 20.0}, DAY)
    assert [one.weight for one in tried.indicators] == [30, 20, 15, 15, 20]
    assert [one.weight for one in policy.indicators] == [35, 15, 15, 15, 20]
    assert tried.id == policy.id


def test_weights_that_do_not_add_up_are_refused_in_the_policys_own_words() -> None:
    with pytest.raises(PolicyError, match="“规上”的权重合计 125，与声明的总分 100 不符"):
        moved(load("demo-five"), {("indicators", 0, "weight"): 60.0}, DAY)


def test_cuts_out_of_order_are_refused_in_the_policys_own_words() -> None:
    with pytest.raises(PolicyError, match="分档的累计比例应逐档增大"):
        moved(load("demo-five"), {("classes", "upper", "A"): 0.7}, DAY)


def test_of_a_dated_value_the_one_in_force_is_moved() -> None:
    policy = load("demo-five")
    entries = [{"from": "none", "to": date(2024, 12, 31), "value": 25, "source": "demo"},
               {"from": date(2025, 1, 1), "to": "none", "value": 35, "source": "demo"}]  # fmt: skip
    data = {**policy.data, "scoring": {**policy.data["scoring"], "total": None}}
    data["indicators"] = [{**data["indicators"][0], "weight": entries}, *data["indicators"][1:]]
    dated = rebuilt(policy, data)
    first = next(lever for lever in levers(dated, DAY) if lever.group == "weights")
    assert first.value == 35.0
    assert moved(dated, {first.where: 40.0}, DAY).indicators[0].weight == 40
