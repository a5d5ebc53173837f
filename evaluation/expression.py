"""The formula language of local indicators: parsed, typed by unit, never executed as code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from parcels.words import say

Values = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Dimension = Mapping[str, int]  # exponents, e.g. 万元/亩 is {"money": 1, "area": -1}
TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/()]))")
MAX_LENGTH = 500
MAX_DEPTH = 40


class FormulaError(ValueError):
    """A formula that cannot be read, or adds what cannot be added; the text is a Chinese sentence."""


@dataclass(frozen=True)
class Number:
    """A plain number."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column of the firm's frame."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two parts joined by + - * or /."""

    sign: str
    left: Formula
    right: Formula


Formula: TypeAlias = Number | Column | Operation


def parse(text: str) -> Formula:
    """Return a formula of columns and numbers with + - * / ( ); FormulaError says where it cannot be read."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(say("evaluation.formula.too_long", limit=MAX_LENGTH))
    parser = _Parser(list(_tokens(text)), text)
    formula = parser.sum(0)
    if parser.next() is not None:
        raise FormulaError(say("evaluation.formula.left_over", text=text, rest=parser.next()))
    return formula


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = TOKEN.match(text, place)
        if found is None:
            raise FormulaError(say("evaluation.formula.sign", text=text, sign=text[place:].strip()[:1]))
        place = found.end()
        yield found.group().strip()


class _Parser:
    def __init__(self, tokens: list[str], text: str) -> None:
        self.tokens, self.text, self.place = tokens, text, 0

    def next(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        token = self.next()
        if token is None:
            raise FormulaError(say("evaluation.formula.ends", text=self.text))
        self.place += 1
        return token

    def sum(self, depth: int) -> Formula:
        return self._chain("+-", self.product, depth)

    def product(self, depth: int) -> Formula:
        return self._chain("*/", self.part, depth)

    def _chain(self, signs: str, part: Callable[[int], Formula], depth: int) -> Formula:
        left = part(depth)
        while (sign := self.next()) is not None and sign in signs:
            self.take()
            left = Operation(sign, left, part(depth))
        return left

    def part(self, depth: int) -> Formula:
        if depth > MAX_DEPTH:
            raise FormulaError(say("evaluation.formula.too_long", limit=MAX_DEPTH))
        piece = self.take()
        if piece == "(":
            inner = self.sum(depth + 1)
            if self.take() != ")":
                raise FormulaError(say("evaluation.formula.bracket", text=self.text))
            return inner
        if piece == "-":
            return Operation("-", Number("0"), self.part(depth + 1))
        if piece[0].isdigit():
            return Number(piece)
        if piece[0].isalpha() or piece[0] == "_":
            return Column(piece)
        raise FormulaError(say("evaluation.formula.sign", text=self.text, sign=piece))


def columns(formula: Formula) -> list[str]:
    """Return the columns a formula reads, in reading order, each once."""
    return list(dict.fromkeys(_names(formula)))


def _names(formula: Formula) -> Iterator[str]:
    if isinstance(formula, Column):
        yield formula.name
    elif isinstance(formula, Operation):
        yield from _names(formula.left)
        yield from _names(formula.right)


def dimension(formula: Formula, units: Mapping[str, Dimension]) -> Dimension:
    """Return the dimension of a formula; FormulaError where unlike units are added or a column is not known."""
    if isinstance(formula, Number):
        return {}
    if isinstance(formula, Column):
        if formula.name not in units:
            known = "、".join(sorted(units))
            raise FormulaError(say("evaluation.formula.column", name=formula.name, known=known))
        return units[formula.name]
    left, right = dimension(formula.left, units), dimension(formula.right, units)
    if formula.sign in "+-":
        if formula.left == Number("0"):
            return right
        if dict(left) != dict(right):
            raise FormulaError(
                say("evaluation.formula.unlike", left=spelled(formula.left), right=spelled(formula.right))
            )
        return left
    power = 1 if formula.sign == "*" else -1
    total = {name: left.get(name, 0) + power * right.get(name, 0) for name in {*left, *right}}
    return {name: exponent for name, exponent in total.items() if exponent}


Scales = tuple[Fraction | None, Fraction | None]


def scales(formula: Formula, units: Mapping[str, Fraction]) -> Scales:
    """Return the size of a formula's unit, its numbers read as plain factors and as conversions; None: neither fits.

    亩 and ㎡ have one dimension and not one size: tax_wan / rented_floor_m2 is no 万元/亩. FormulaError where a sum
    adds sizes that are unlike either way.
    """
    if isinstance(formula, Number):
        number = Fraction(formula.text)
        return Fraction(1), (1 / number if number else Fraction(1))
    if isinstance(formula, Column):
        return units[formula.name], units[formula.name]
    left, right = scales(formula.left, units), scales(formula.right, units)
    if formula.sign in "+-":
        if formula.left == Number("0"):
            return right
        same = tuple(a if a == b else None for a, b in zip(left, right, strict=True))
        if same == (None, None):
            said = {"left": spelled(formula.left), "right": spelled(formula.right)}
            raise FormulaError(say("evaluation.formula.unlike", **said))
        return same[0], same[1]
    plain, converted = (_joined(formula.sign, a, b) for a, b in zip(left, right, strict=True))
    return plain, converted


def _joined(sign: str, a: Fraction | None, b: Fraction | None) -> Fraction | None:
    if a is None or b is None:
        return None
    return a * b if sign == "*" else a / b


def measure(formula: Formula, values: Mapping[str, Values], size: int) -> tuple[Values, Truths]:
    """Return the value a row (NaN = missing or undefined), and where a known divisor was zero or negative."""
    if isinstance(formula, Number):
        return np.full(size, float(formula.text)), np.zeros(size, dtype=bool)
    if isinstance(formula, Column):
        return values[formula.name], np.zeros(size, dtype=bool)
    left, left_bad = measure(formula.left, values, size)
    right, right_bad = measure(formula.right, values, size)
    bad = left_bad | right_bad
    if formula.sign != "/":
        return OPERATIONS[formula.sign](left, right), bad
    bad = bad | (right <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(right > 0, left / right, np.nan)
    return quotient, bad


def below_zero(formula: Formula, values: Mapping[str, Values], size: int) -> Truths:
    """Return in which rows a known divisor is below zero."""
    if not isinstance(formula, Operation):
        return np.zeros(size, dtype=bool)
    below: Truths = below_zero(formula.left, values, size) | below_zero(formula.right, values, size)
    return below | (measure(formula.right, values, size)[0] < 0) if formula.sign == "/" else below


OPERATIONS: Mapping[str, Callable[[Values, Values], Values]] = {"+": np.add, "-": np.subtract, "*": np.multiply}


def spelled(formula: Formula) -> str:
    """Return a formula as text again."""
    if isinstance(formula, Number):
        return formula.text
    if isinstance(formula, Column):
        return formula.name
    return f"({spelled(formula.left)} {formula.sign} {spelled(formula.right)})"
