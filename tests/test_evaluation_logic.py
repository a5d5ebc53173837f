"""Three-valued tests: what is not known neither passes nor fails."""

import pandas as pd
import pytest

from evaluation import logic


def truth(tree: dict[str, object], **columns: list[object]) -> list[object]:
    values = logic.test(tree, pd.DataFrame(columns))
    return [None if pd.isna(value) else bool(value) for value in values]


def test_a_missing_number_is_unknown_not_false() -> None:
    assert truth({"column": "land_mu", "at_least": 3}, land_mu=[2.0, 3.0, None]) == [False, True, None]


def test_any_is_true_as_soon_as_one_is_and_unknown_while_one_could_be() -> None:
    tree = {"any": [{"column": "a", "is": 1}, {"column": "b", "is": 1}]}
    assert truth(tree, a=[1.0, 0.0, 0.0], b=[None, None, 0.0]) == [True, None, False]


def test_all_is_false_as_soon_as_one_is() -> None:
    tree = {"all": [{"column": "a", "is": 1}, {"column": "b", "is": 1}]}
    assert truth(tree, a=[0.0, 1.0, 1.0], b=[None, None, 1.0]) == [False, None, True]


def test_two_of_four_is_unknown_while_the_missing_could_make_two() -> None:
    tree = {"at_least": {"n": 2, "of": [{"column": c, "is": 1} for c in "abcd"]}}
    got = truth(tree, a=[1.0, 1.0, 1.0, 0.0], b=[1.0, None, 0.0, None], c=[None, 0.0, 0.0, 0.0], d=[0.0] * 4)
    assert got == [True, None, False, False]


def test_the_words_that_include_the_number_include_it() -> None:
    assert truth({"column": "x", "at_least": 85}, x=[85.0]) == [True]
    assert truth({"column": "x", "above": 85}, x=[85.0]) == [False]
    assert truth({"column": "x", "between": [6, 46]}, x=[6.0, 46.0, 47.0]) == [True, True, False]


def test_codes_start_with_text_and_dates_lie_before_or_after() -> None:
    assert truth({"column": "code", "starts_with": ["44", "45"]}, code=["4411", "3921", None]) == [True, False, None]
    days = [pd.Timestamp("2020-01-01"), pd.NaT]
    assert truth({"column": "d", "before": "2020-01-02"}, d=days) == [True, None]


def test_missing_itself_can_be_asked_for() -> None:
    assert truth({"column": "x", "missing": True}, x=[None, 1.0]) == [True, False]


def test_an_unknown_column_says_which_ones_there_are() -> None:
    with pytest.raises(logic.UnknownColumn) as raised:
        logic.test({"column": "税收", "is": 1}, pd.DataFrame({"tax_wan": [1.0]}))
    assert raised.value.column == "税收"
    assert raised.value.present == ["tax_wan"]
