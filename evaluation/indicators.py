"""The per-mu indicators of the regimes (POLICY §1): one function each, its parameters are the columns it reads."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from evaluation.expression import (
    Dimension,
    Formula,
    FormulaError,
    Truths,
    Values,
    below_zero,
    columns,
    dimension,
    measure,
    parse,
    scales,
)
from parcels.columns import catalog
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
Direction = Literal["higher", "lower"]
LAND = ("land_mu", "own_mu", "rented_in_mu", "rented_out_mu", "occupied_mu", "state_mu", "rented_floor_m2")
KWH_PER_10_MWH = 10_000.0  # 万千瓦时
AGES = ("years_in_production", "years_since_founding")
DIMENSIONS: Mapping[str, Dimension] = {
    "wan": {"money": 1}, "mu": {"area": 1}, "m2": {"area": 1}, "ha": {"area": 1}, "tce": {"energy": 1},
    "kwh": {"electricity": 1}, "t": {"mass": 1}, "当量": {"pollution": 1}, "人": {"people": 1}, "月": {"time": 1},
    "年": {"time": 1},
}  # fmt: skip
UNIT_WORDS: Mapping[str, Dimension] = {
    "万元": {"money": 1}, "元": {"money": 1}, "亿元": {"money": 1}, "亩": {"area": 1}, "公顷": {"area": 1},
    "㎡": {"area": 1}, "平方公里": {"area": 1}, "吨标煤": {"energy": 1}, "千瓦时": {"electricity": 1},
    "万千瓦时": {"electricity": 1},
    "吨": {"mass": 1}, "千克": {"mass": 1}, "立方米": {"mass": 1}, "当量吨": {"pollution": 1}, "人": {"people": 1},
    "月": {"time": 1}, "年": {"time": 1}, "天": {"time": 1},
}  # fmt: skip


MU = Fraction(2000, 3)
SIZES: Mapping[str, Fraction] = {
    "wan": Fraction(10_000), "万元": Fraction(10_000), "元": Fraction(1), "亿元": Fraction(10**8),
    "mu": MU, "亩": MU, "m2": Fraction(1), "㎡": Fraction(1), "ha": Fraction(10_000), "公顷": Fraction(10_000),
    "平方公里": Fraction(10**6), "tce": Fraction(1), "吨标煤": Fraction(1), "kwh": Fraction(1), "千瓦时": Fraction(1),
    "万千瓦时": Fraction(10_000), "t": Fraction(1), "吨": Fraction(1), "立方米": Fraction(1),
    "千克": Fraction(1, 1000), "当量": Fraction(1), "当量吨": Fraction(1), "人": Fraction(1), "月": Fraction(1),
    "年": Fraction(12),
}  # fmt: skip


@dataclass(frozen=True)
class Quotient:
    """An indicator as numerator over denominator, a value a row each."""

    top: Values
    bottom: Values


Measure = Callable[..., Quotient]


@dataclass(frozen=True)
class Indicator:
    """What an indicator is called, its unit, which way is better, the columns it reads, and how it is measured."""

    id: str
    label: str
    unit: str
    direction: Direction
    inputs: tuple[str, ...]
    words: str
    formula: Formula | None = None
    function: Measure | None = None

    def values(self, frame: Frame) -> tuple[Values, Truths]:
        """Return the value a row (NaN = missing or undefined), and where a known denominator is zero or negative.

        `frame` must carry every column of `inputs`.
        """
        known = {name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in self.inputs}
        if self.formula is not None:
            return measure(self.formula, known, len(frame))
        if self.function is None:
            raise TypeError(f"indicator {self.id} has neither a formula nor a function")
        quotient = self.function(**known)
        undefined = quotient.bottom <= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(undefined, np.nan, quotient.top / quotient.bottom), undefined

    def negative(self, frame: Frame) -> Truths:
        """Return where a known denominator is below zero: a policy may rule on it apart from zero."""
        known = {name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in self.inputs}
        if self.formula is not None:
            return below_zero(self.formula, known, len(frame))
        return np.asarray(self.function(**known).bottom < 0) if self.function else np.zeros(len(frame), dtype=bool)


INDICATORS: dict[str, Indicator] = {}


def indicator(label: str, unit: str, direction: Direction = "higher") -> Callable[[Measure], Measure]:
    """Register a function under its own name; its parameter names are the columns it reads."""

    def register(function: Measure) -> Measure:
        name, inputs = function.__name__, tuple(inspect.signature(function).parameters)
        INDICATORS[name] = Indicator(
            name, label, unit, direction, inputs, say(f"evaluation.indicator.{name}"), function=function
        )
        return function

    return register


@indicator("亩均税收", "万元/亩")
def tax_per_mu(tax_wan: Values, land_mu: Values) -> Quotient:
    """Tax paid over land used (R1-R30, all regimes)."""
    return Quotient(tax_wan, land_mu)


@indicator("亩均增加值", "万元/亩")
def value_added_per_mu(value_added_wan: Values, land_mu: Values) -> Quotient:
    """Industrial value added over land used (R1, R2)."""
    return Quotient(value_added_wan, land_mu)


@indicator("亩均营业收入", "万元/亩")
def revenue_per_mu(revenue_wan: Values, land_mu: Values) -> Quotient:
    """Revenue over land used, 亩均销售 (R5, R15, R23, R27)."""
    return Quotient(revenue_wan, land_mu)


@indicator("亩均产值", "万元/亩")
def output_per_mu(output_wan: Values, land_mu: Values) -> Quotient:
    """Gross output over land used."""
    return Quotient(output_wan, land_mu)


@indicator("亩均利润", "万元/亩")
def profit_per_mu(profit_wan: Values, land_mu: Values) -> Quotient:
    """Profit over land used (R26)."""
    return Quotient(profit_wan, land_mu)


@indicator("亩均技改投资", "万元/亩")
def tech_invest_per_mu(tech_invest_wan: Values, land_mu: Values) -> Quotient:
    """Technical-upgrade investment over land used (R21)."""
    return Quotient(tech_invest_wan, land_mu)


@indicator("单位能耗税收", "万元/吨标煤")
def tax_per_tce(tax_wan: Values, energy_tce: Values) -> Quotient:
    """Tax over energy used (R15, R16)."""
    return Quotient(tax_wan, energy_tce)


@indicator("单位能耗增加值", "万元/吨标煤")
def value_added_per_tce(value_added_wan: Values, energy_tce: Values) -> Quotient:
    """Value added over energy used (R1, R2)."""
    return Quotient(value_added_wan, energy_tce)


@indicator("单位能耗营业收入", "万元/吨标煤")
def revenue_per_tce(revenue_wan: Values, energy_tce: Values) -> Quotient:
    """Revenue over energy used (R10, R23, seed 002:257)."""
    return Quotient(revenue_wan, energy_tce)


@indicator("单位能耗总产值", "万元/吨标煤")
def output_per_tce(output_wan: Values, energy_tce: Values) -> Quotient:
    """Gross output over energy used (R26)."""
    return Quotient(output_wan, energy_tce)


@indicator("单位电耗税收", "万元/万千瓦时")
def tax_per_kwh(tax_wan: Values, electricity_kwh: Values) -> Quotient:
    """Tax over electricity used, as 万元/万千瓦时 = 元/千瓦时 (R2, R15)."""
    return Quotient(tax_wan, electricity_kwh / KWH_PER_10_MWH)


@indicator("单位电耗营业收入", "万元/万千瓦时")
def revenue_per_kwh(revenue_wan: Values, electricity_kwh: Values) -> Quotient:
    """Revenue over electricity used (R6)."""
    return Quotient(revenue_wan, electricity_kwh / KWH_PER_10_MWH)


@indicator("单位排放税收", "万元/当量吨")
def tax_per_pollutant_eq(tax_wan: Values, pollutant_eq: Values) -> Quotient:
    """Tax over pollutant equivalents (R16, R26)."""
    return Quotient(tax_wan, pollutant_eq)


@indicator("单位排放增加值", "万元/当量吨")
def value_added_per_pollutant_eq(value_added_wan: Values, pollutant_eq: Values) -> Quotient:
    """Value added over pollutant equivalents (R1)."""
    return Quotient(value_added_wan, pollutant_eq)


@indicator("单位污染物排放营业收入", "万元/当量吨")
def revenue_per_pollutant_eq(revenue_wan: Values, pollutant_eq: Values) -> Quotient:
    """Revenue over pollutant equivalents (R10, seed 002:257)."""
    return Quotient(revenue_wan, pollutant_eq)


@indicator("全员劳动生产率", "万元/人")
def labour_productivity(value_added_wan: Values, staff: Values) -> Quotient:
    """Value added over average staff (R1, R2, R10)."""
    return Quotient(value_added_wan, staff)


@indicator("人均营业收入", "万元/人")
def revenue_per_staff(revenue_wan: Values, staff: Values) -> Quotient:
    """Revenue over average staff (R27)."""
    return Quotient(revenue_wan, staff)


@indicator("研发经费投入强度", "比")
def rd_intensity(rd_wan: Values, revenue_wan: Values) -> Quotient:
    """R&D spending over revenue, a ratio (R1, R2, R10)."""
    return Quotient(rd_wan, revenue_wan)


@indicator("净资产收益率", "比")
def roe(profit_wan: Values, equity_wan: Values) -> Quotient:
    """Profit over equity; negative equity is undefined, not a gain (R30)."""
    return Quotient(profit_wan, equity_wan)


@indicator("单位增加值主要污染物排放当量", "当量吨/万元", "lower")
def pollutant_per_value_added(pollutant_eq: Values, value_added_wan: Values) -> Quotient:
    """Pollutant equivalents over value added: lower is better (R30)."""
    return Quotient(pollutant_eq, value_added_wan)


@indicator("单位增加值能耗", "吨标煤/万元", "lower")
def energy_per_value_added(energy_tce: Values, value_added_wan: Values) -> Quotient:
    """Energy over value added: lower is better."""
    return Quotient(energy_tce, value_added_wan)


@indicator("单位排放增加值（吨）", "万元/吨")
def value_added_per_pollutant_t(
    value_added_wan: Values, cod_t: Values, nh3n_t: Values, so2_t: Values, nox_t: Values
) -> Quotient:
    """Value added over tonnes of the four main pollutants COD, NH3-N, SO2, NOx (R2; the set is an inference)."""
    return Quotient(value_added_wan, cod_t + nh3n_t + so2_t + nox_t)


def known_units() -> dict[str, Dimension]:
    """Return the dimension of every number a formula may use: 企业 and 年度指标 columns, land, ages."""
    numbers = {
        c.column: c.unit for table in ("firms", "firm_years") for c in catalog()[table].values() if c.type == "number"
    }
    land = {name: name.rpartition("_")[2] for name in LAND}
    units = {name: DIMENSIONS.get(unit, {}) for name, unit in {**numbers, **land}.items()}
    return {**units, **dict.fromkeys(AGES, DIMENSIONS["年"])}


def known_columns() -> set[str]:
    """Return the columns a test of a grading policy may ask: those of 企业 and 年度指标, land and ages."""
    stated = {column for table in ("firms", "firm_years") for column in catalog()[table]}
    derived = {"industry", "scale_year_before", "scale_move"}
    return (stated - {"geometry", "uscc", "year"}) | set(LAND) | set(AGES) | derived


@cache
def local(name: str, label: str, formula: str, unit: str, direction: Direction = "higher") -> Indicator:
    """Return a policy's own indicator from its formula; FormulaError where it cannot be read or its unit is another."""
    parsed = parse(formula)
    if dict(dimension(parsed, known_units())) != unit_dimension(unit):
        raise FormulaError(say("evaluation.formula.unit", text=formula, unit=unit))
    declared = unit_size(unit)
    sizes = scales(parsed, known_sizes())
    if unit_dimension(unit) and declared is not None and declared not in sizes:
        known = next((size for size in sizes if size is not None), declared)
        raise FormulaError(
            say("evaluation.formula.scale", text=formula, unit=unit, times=f"{float(known / declared):g}")
        )
    return Indicator(name, label, unit, direction, tuple(columns(parsed)), formula, parsed)


def known_sizes() -> dict[str, Fraction]:
    """Return the size of the unit of every number a formula may use, in 元, ㎡, 吨, 千瓦时, 月 …"""
    numbers = {
        c.column: c.unit for table in ("firms", "firm_years") for c in catalog()[table].values() if c.type == "number"
    }
    units = {**numbers, **{name: name.rpartition("_")[2] for name in LAND}, **dict.fromkeys(AGES, "年")}
    return {name: SIZES.get(unit, Fraction(1)) for name, unit in units.items()}


def unit_size(unit: str) -> Fraction | None:
    """Return the size of a unit in words: 万元/亩 is 10000 元 over 2000/3 ㎡; None for a unit of no known size."""
    top, _, bottom = unit.partition("/")
    sizes = [SIZES.get(part) for part in (top, bottom) if part]
    if any(size is None for size in sizes):
        return None
    first, *rest = [size for size in sizes if size is not None]
    return first / rest[0] if rest else first


def unit_dimension(unit: str) -> dict[str, int]:
    """Return the dimension of a unit in words: 万元/亩 → {money: 1, area: -1}; 比, %, 倍 and the like have none."""
    top, _, bottom = unit.partition("/")
    total = dict(UNIT_WORDS.get(top, {}))
    for name, exponent in UNIT_WORDS.get(bottom, {}).items():
        total[name] = total.get(name, 0) - exponent
    return {name: exponent for name, exponent in total.items() if exponent}
