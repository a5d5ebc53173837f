"""Indicators: one function each, against its formula in words; unit and direction; missing is not zero."""

import numpy as np
import pandas as pd
import pytest

from evaluation import expression, indicators
from evaluation.indicators import INDICATORS

FORMULAS = {
    "tax_per_mu": "tax_wan / land_mu",
    "value_added_per_mu": "value_added_wan / land_mu",
    "revenue_per_mu": "revenue_wan / land_mu",
    "output_per_mu": "output_wan / land_mu",
    "profit_per_mu": "profit_wan / land_mu",
    "tech_invest_per_mu": "tech_invest_wan / land_mu",
    "tax_per_tce": "tax_wan / energy_tce",
    "value_added_per_tce": "value_added_wan / energy_tce",
    "revenue_per_tce": "revenue_wan / energy_tce",
    "output_per_tce": "output_wan / energy_tce",
    "tax_per_kwh": "tax_wan / (electricity_kwh / 10000)",
    "revenue_per_kwh": "revenue_wan / (electricity_kwh / 10000)",
    "tax_per_pollutant_eq": "tax_wan / pollutant_eq",
    "value_added_per_pollutant_eq": "value_added_wan / pollutant_eq",
    "revenue_per_pollutant_eq": "revenue_wan / pollutant_eq",
    "labour_productivity": "value_added_wan / staff",
    "revenue_per_staff": "revenue_wan / staff",
    "rd_intensity": "rd_wan / revenue_wan",
    "roe": "profit_wan / equity_wan",
    "pollutant_per_value_added": "pollutant_eq / value_added_wan",
    "energy_per_value_added": "energy_tce / value_added_wan",
    "value_added_per_pollutant_t": "value_added_wan / (cod_t + nh3n_t + so2_t + nox_t)",
}


def test_every_indicator_has_a_formula_here() -> None:
    assert set(FORMULAS) == set(INDICATORS)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_an_indicator_is_its_formula_in_unit_and_value(name: str) -> None:
    random = np.random.default_rng(7)
    known = INDICATORS[name]
    frame = pd.DataFrame({column: random.choice([0.0, -3.0, 2.5, 40.0, np.nan], 200) for column in known.inputs})
    formula = expression.parse(FORMULAS[name])
    assert expression.dimension(formula, indicators.known_units()) == indicators.unit_dimension(known.unit)
    wanted, wanted_undefined = expression.measure(formula, {c: frame[c].to_numpy() for c in known.inputs}, 200)
    got, undefined = known.values(frame)
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(undefined, wanted_undefined)


def test_tax_per_mu_by_hand() -> None:
    frame = pd.DataFrame({"tax_wan": [100.0, np.nan, 5.0, 0.0], "land_mu": [10.0, 10.0, 0.0, 4.0]})
    values, undefined = INDICATORS["tax_per_mu"].values(frame)
    np.testing.assert_array_equal(values, [10.0, np.nan, np.nan, 0.0])
    assert undefined.tolist() == [False, False, True, False]


def test_a_loss_over_negative_equity_is_no_return() -> None:
    values, undefined = INDICATORS["roe"].values(pd.DataFrame({"profit_wan": [-10.0], "equity_wan": [-5.0]}))
    assert np.isnan(values[0])
    assert undefined[0]


def test_pollution_per_value_added_is_better_when_lower() -> None:
    lower = {name for name, known in INDICATORS.items() if known.direction == "lower"}
    assert lower == {"pollutant_per_value_added", "energy_per_value_added"}
