"""Rows, 亩 and 万元 that come in are evaluated, exempt, not evaluable or rejected, and nothing else."""

from types import SimpleNamespace

import pandas as pd
import pytest

from evaluation.coverage import coverage
from evaluation.finding import beside
from parcels import columns


def book(**tables: pd.DataFrame) -> SimpleNamespace:
    every = {name: tables.get(name, columns.typed(name, pd.DataFrame())) for name in columns.tables()}
    rows = pd.DataFrame(
        [
            (name, len(frame) + (2 if name == "firms" else 0), 1 if name == "firms" else 0)
            for name, frame in every.items()
        ],
        columns=["table", "rows_in", "rejected"],
    )
    return SimpleNamespace(tables=every, rows=rows, members={})


def test_a_firm_takes_its_rows_its_land_and_its_tax_with_it() -> None:
    register = columns.typed("firms", pd.DataFrame({"uscc": ["a", "b", "c"]}))
    years = columns.typed(
        "firm_years",
        pd.DataFrame({
            "uscc": ["a", "b", "a", "x"],
            "year": [2025, 2025, 2026, 2025],
            "tax_wan": [10.0, 5.0, 99.0, 1.0],
        }),
    )
    firms = pd.DataFrame({"uscc": ["a", "b", "c"], "status": ["evaluated", "exempt", "not_evaluable"]})
    land = pd.DataFrame({"uscc": ["a", "b", "c", "x"], "land_mu": [30.0, 20.0, float("nan"), 7.0]})
    parcels = pd.DataFrame({"parcel_id": [], "idle": []})
    got = coverage(book(firms=register, firm_years=years), firms, parcels, land, 2025).set_index("table")
    assert got.loc["firms"].tolist() == [5, 1, 1, 1, 2], "one row without a key, one that repeats another: both listed"
    assert got.loc["firm_years"].tolist() == [4, 1, 2, 0, 1], "a later year is exempt, a firm of no register rejected"
    assert got.loc["land_mu"].tolist() == [57.0, 30.0, 20.0, 0.0, 7.0]
    assert got.loc["tax_wan"].tolist() == [16.0, 10.0, 5.0, 0.0, 1.0]


def test_every_table_of_the_contract_has_its_row() -> None:
    firms = pd.DataFrame({"uscc": [], "status": []})
    empty = pd.DataFrame({"uscc": [], "land_mu": []})
    got = coverage(book(), firms, pd.DataFrame({"parcel_id": [], "idle": []}), empty, 2025)
    assert got["table"].tolist() == [*columns.tables(), "land_mu", "tax_wan"]


def test_columns_put_beside_a_frame_follow_its_keys_and_a_row_unknown_there_stays_blank() -> None:
    frame = pd.DataFrame({"parcel_id": ["b", "a", "c"], "own": [1, 2, 3]}, index=[7, 8, 9])
    part = pd.DataFrame({"parcel_id": ["a", "b"], "own": [0, 0], "mu": [10.0, 20.0]})
    got = beside(frame, part, "parcel_id")
    assert (got["own"].tolist(), got["mu"].tolist()[:2], got.index.tolist()) == ([1, 2, 3], [20.0, 10.0], [7, 8, 9])
    assert pd.isna(got["mu"].iloc[2])
    assert beside(got, got.assign(same=got["mu"]), "parcel_id")["same"].tolist()[:2] == [20.0, 10.0]
    with pytest.raises(ValueError, match="duplicate"):
        beside(frame, pd.concat([part, part]), "parcel_id")
