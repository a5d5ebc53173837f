"""Formulas of local indicators: read without running code, typed by unit, a zero divisor is undefined."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import expression, indicators
from evaluation.expression import FormulaError


def value(text: str, **columns: float) -> float:
    arrays = {name: np.array([number], dtype=float) for name, number in columns.items()}
    return float(expression.measure(expression.parse(text), arrays, 1)[0][0])


def test_signs_bind_as_in_school() -> None:
    assert value("1 + 2 * 3 - 8 / 4 / 2") == 6.0
    assert value("(1 + 2) * -a", a=3.0) == -9.0


def test_a_divisor_of_zero_or_below_is_undefined_and_said_so() -> None:
    formula = expression.parse("tax_wan / (land_mu - 5)")
    values, undefined = expression.measure(
        formula, {"tax_wan": np.array([1.0, 1.0, 1.0, np.nan]), "land_mu": np.array([6.0, 5.0, 4.0, np.nan])}, 4
    )
    assert values[0] == 1.0
    assert np.isnan(values[1:]).all()
    assert undefined.tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tax_wan +", "没有写完"),
        ("(tax_wan", "没有写完"),
        ("(tax_wan land_mu)", "括号"),
        ("tax_wan ** 2", "不能用的符号"),
        ("tax_wan % 2", "不能用的符号"),
        ("__import__('os')", "不能用的符号"),
        ("tax_wan(1)", "读不下去"),
        ("tax_wan.values", "不能用的符号"),
        ("tax / 2", "不存在"),
        ("tax_wan + land_mu", "单位不同"),
        ("tax_wan / staff", "对不上"),
        ("tax_wan / rented_floor_m2", "不是以“万元/亩”计的"),
        ("tax_wan / (land_mu + rented_floor_m2)", "单位不同"),
        ("tax_wan ** 9999999999", "不能用的符号"),
        ("tax_wan / land_mu.__class__", "不能用的符号"),
        ("税金 / land_mu", "不能用的符号"),
        ("tax_wan / landſmu", "不存在"),
        ("exec(tax_wan)", "读不下去"),
        ("((((" * 200, "太深"),
        ("(" * 60 + "1" + ")" * 60, "太深"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    with pytest.raises(FormulaError, match=words):
        indicators.local("x", "x", text, "万元/亩")


def test_a_local_indicator_has_the_unit_it_declares() -> None:
    assessed = indicators.local("assessed_per_mu", "亩均评估价值", "assets_wan / land_mu", "万元/亩")
    assert assessed.inputs == ("assets_wan", "land_mu")
    assert indicators.local("p", "电价", "tax_wan * 10000 / electricity_kwh", "元/千瓦时").unit == "元/千瓦时"


def test_a_formula_may_convert_and_may_weigh() -> None:
    """A number in a formula is a conversion (× 10000) or a weight (× 0.5): either may give the declared unit."""
    for text, unit in (
        ("tax_wan / (rented_floor_m2 * 3 / 2000)", "万元/亩"),
        ("tax_wan / (land_mu + 0.5 * rented_in_mu)", "万元/亩"),
        ("tax_wan * 15 / land_mu", "万元/公顷"),
        ("value_added_wan / (cod_t + 0.8 * nh3n_t)", "万元/吨"),
    ):
        assert indicators.local("x", "x", text, unit).unit == unit


leaf = st.integers(1, 99).map(str) | st.sampled_from(["a", "b"])
joined = st.sampled_from([" + ", " - ", " * ", " / "])
formulas = st.recursive(leaf, lambda part: st.tuples(part, joined, part).map(lambda t: f"({''.join(t)})"), max_leaves=8)


def exact(formula: expression.Formula, known: dict[str, Fraction]) -> Fraction | None:
    if isinstance(formula, expression.Number):
        return Fraction(formula.text)
    if isinstance(formula, expression.Column):
        return known[formula.name]
    left, right = exact(formula.left, known), exact(formula.right, known)
    if left is None or right is None or (formula.sign == "/" and right <= 0):
        return None
    return {"+": left + right, "-": left - right, "*": left * right}.get(formula.sign) or (
        left / right if formula.sign == "/" else Fraction(0)
    )


@given(formulas, st.integers(0, 50), st.integers(-50, 50))
def test_a_formula_gives_what_fractions_give(text: str, a: int, b: int) -> None:
    formula = expression.parse(text)
    wanted = exact(formula, {"a": Fraction(a), "b": Fraction(b)})
    arrays = {"a": np.array([float(a)]), "b": np.array([float(b)])}
    got, undefined = expression.measure(formula, arrays, 1)
    if wanted is None:
        assert np.isnan(got[0])
        assert undefined[0]
    elif not undefined[0]:
        assert got[0] == pytest.approx(float(wanted), rel=1e-9, abs=1e-9)


@given(formulas)
def test_a_formula_spelled_out_reads_the_same(text: str) -> None:
    formula = expression.parse(text)
    assert expression.parse(expression.spelled(formula)) == formula
