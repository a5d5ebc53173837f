"""Who holds how much on a day: tiny parcels of whole numbers, and the balance of every one of them."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parcels import holdings

ON = date(2025, 12, 31)
MU = 2000 / 3
TEXT = ["uscc", "parcel_id", "kind", "holder_uscc", "zone_id", "holder", "name"]
DAYS = ["from", "to"]
TABLES = {
    "firms": ["uscc", "name"],
    "parcels": ["parcel_id", "holder_uscc", "area_registered_m2", "area_approved_m2", "area_contract_m2", "floor_m2"],
    "buildings": ["parcel_id", "floor_m2"],
    "holdings": ["uscc", "parcel_id", "kind", "area_m2", "floor_m2", "share", "from", "to"],
}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).reindex(columns=TABLES[name])
    for column in frame.columns:
        kind = "datetime64[s]" if column in DAYS else "str" if column in TEXT else "float64"
        frame[column] = frame[column].astype(kind)
    return frame.assign(_source=1, _row=range(2, len(frame) + 2))


def book(faults: list[dict[str, Any]] | None = None, **rows: list[dict[str, Any]]) -> Any:
    return SimpleNamespace(
        tables={name: table(name, rows.get(name, [])) for name in TABLES},
        sources=pd.DataFrame({"source_id": [1], "file": ["企业.xlsx"], "sheet": ["用地"]}),
        faults=pd.DataFrame(faults or [], columns=["kind", "file", "sheet", "row", "column"]),
    )


def parcel(key: str, mu: float = 30, holder: str | None = None, **more: Any) -> dict[str, Any]:
    return {"parcel_id": key, "area_registered_m2": mu * MU, "holder_uscc": holder, **more}


def hold(
    firm: str | None, key: str | None, kind: str | None = "自有", mu: float | None = None, **more: Any
) -> dict[str, Any]:
    return {"uscc": firm, "parcel_id": key, "kind": kind, "area_m2": None if mu is None else mu * MU, **more}


def land(given_book: Any, **choice: Any) -> pd.DataFrame:
    return holdings.firm_land(given_book, ON, **choice).set_index("uscc")


def mu_of(given_book: Any, **choice: Any) -> dict[str, float | None]:
    found = land(given_book, **choice)["land_mu"]
    return {str(k): None if pd.isna(v) else round(v, 9) for k, v in found.items()}


def test_own_rented_and_occupied_add_and_let_subtracts() -> None:
    world = book(
        firms=[{"uscc": "a"}, {"uscc": "b"}],
        parcels=[parcel("p1"), parcel("p2", 9)],
        holdings=[
            hold("a", "p1", mu=30),
            hold("a", "p1", "租出", 10),
            hold("b", "p1", "租入", 10, floor_m2=500.0),
            hold("b", "p2", "占用", 4),
        ],
    )
    found = land(world)
    assert found.loc["a", ["land_mu", "own_mu", "rented_out_mu", "rented_in_mu"]].round(9).tolist() == [20, 30, 10, 0]
    assert found.loc["b", ["land_mu", "rented_in_mu", "occupied_mu"]].round(9).tolist() == [14, 10, 4]
    assert found["rented_floor_m2"].tolist() == [0.0, 500.0]
    assert found["known"].all()
    assert found["reason"].isna().all()


def test_land_on_state_parcels_is_told_apart_and_an_unknown_tenure_makes_it_unknown() -> None:
    world = book(
        firms=[{"uscc": "a"}, {"uscc": "b"}],
        parcels=[parcel("p1", 30, "a"), parcel("p2", 9, "a"), parcel("p3", 6, "b")],
    )
    world.tables["parcels"]["tenure"] = pd.Series(["国有", "集体", None], dtype="str")
    found = land(world)
    assert found["land_mu"].round(9).tolist() == [39, 6]
    assert [None if pd.isna(v) else round(v, 9) for v in found["state_mu"]] == [30, None]


def test_only_rows_in_force_on_the_day_count_and_both_end_days_do() -> None:
    rows = [
        hold("a", "p", mu=1, to=pd.Timestamp("2025-12-30")),
        hold("a", "p", mu=2, to=pd.Timestamp("2025-12-31")),
        hold("a", "p", mu=4, **{"from": pd.Timestamp("2025-12-31")}),
        hold("a", "p", mu=8, **{"from": pd.Timestamp("2026-01-01")}),
        hold("a", "p", mu=16),
    ]
    assert mu_of(book(parcels=[parcel("p")], holdings=rows)) == {"a": 22.0}


def test_without_holdings_the_holder_owns_the_whole_parcel() -> None:
    world = book(firms=[{"uscc": "a"}, {"uscc": "b"}], parcels=[parcel("p1", 30, "a"), parcel("p2", 5, "a")])
    assert mu_of(world) == {"a": 35.0, "b": None}
    assert holdings.shares(world, ON)["basis"].tolist() == ["holder", "holder"]
    assert "没有该企业的用地记录" in land(world).loc["b", "reason"]
    assert not land(world).loc["b", "known"]


def test_holdings_that_name_an_owner_go_before_the_holder_of_the_ledger() -> None:
    world = book(
        parcels=[parcel("p1", 30, "a"), parcel("p2", 5, "a"), parcel("p3", 8, "a")],
        holdings=[hold("b", "p1", mu=10), hold("t", "p3", "租入", 3), hold("a", "p3", "租出", 3)],
    )
    assert mu_of(world) == {"b": 10.0, "t": 3.0, "a": 10.0}  # a: all of p2, and p3 (its title) less what it lets
    assert land(world).loc["a", "own_mu"] == pytest.approx(13)


def test_a_row_without_area_and_share_is_the_whole_parcel() -> None:
    world = book(parcels=[parcel("p", 30)], holdings=[hold("a", "p"), hold("a", "p")])
    assert mu_of(world) == {"a": 30.0}
    assert holdings.shares(world, ON)["basis"].tolist() == ["whole", "whole"]


def test_several_firms_that_hold_the_whole_of_one_parcel_have_unknown_land_and_a_fault() -> None:
    world = book(
        parcels=[parcel("p", 30), parcel("q", 6)],
        holdings=[hold("a", "p"), hold("b", "p"), hold("b", "q"), hold("c", "q", mu=1)],
    )
    assert mu_of(world) == {"a": None, "b": None, "c": 1.0}
    assert "整宗" in land(world).loc["a", "reason"]
    assert "p" in land(world).loc["b", "reason"]
    found = holdings.faults(world)
    assert found[found["kind"] == "holding_contested"]["row"].tolist() == [2, 3]
    assert found["file"].eq("企业.xlsx").all()


def test_an_owner_that_lets_the_whole_parcel_leaves_it_to_the_tenant() -> None:
    rows = [hold("a", "p"), hold("a", "p", "租出"), hold("b", "p", "租入")]
    world = book(parcels=[parcel("p", 30)], holdings=rows)
    assert mu_of(world) == {"a": 0.0, "b": 30.0}
    assert holdings.faults(world).empty
    chain = [*rows, hold("b", "p", "租出"), hold("c", "p", "租入")]
    assert mu_of(book(parcels=[parcel("p", 30)], holdings=chain)) == {"a": 0.0, "b": 0.0, "c": 30.0}


def test_a_share_is_a_fraction_of_the_parcel() -> None:
    world = book(parcels=[parcel("p", 30)], holdings=[hold("a", "p", share=0.25), hold("b", "p", "租入", share=0.5)])
    assert mu_of(world) == {"a": 7.5, "b": 15.0}


def test_floors_are_apportioned_over_all_floors_of_the_parcel() -> None:
    rows = [hold("a", "p", "租入", floor_m2=1000.0), hold("b", "p", "租入", floor_m2=3000.0)]
    stated = book(parcels=[parcel("p", 30, floor_m2=8000.0)], holdings=rows)
    assert mu_of(stated) == {"a": 3.75, "b": 11.25}
    built = book(
        parcels=[parcel("p", 30, floor_m2=8000.0)],
        holdings=rows,
        buildings=[{"parcel_id": "p", "floor_m2": 1500.0}, {"parcel_id": "p", "floor_m2": 4500.0}],
    )
    assert mu_of(built) == {"a": 5.0, "b": 15.0}
    partly = book(
        parcels=[parcel("p", 30, floor_m2=8000.0)],
        holdings=rows,
        buildings=[{"parcel_id": "p", "floor_m2": 1500.0}, {"parcel_id": "p"}],
    )
    assert mu_of(partly) == mu_of(stated)


def test_floors_without_the_parcels_total_are_unknown_and_never_shared_evenly() -> None:
    rows = [hold("a", "p", "租入", floor_m2=1000.0), hold("b", "p", "租入", floor_m2=1000.0)]
    world = book(parcels=[parcel("p", 30)], holdings=rows)
    assert mu_of(world) == {"a": None, "b": None}
    assert "总建筑面积未知" in land(world).loc["a", "reason"]
    alone = book(parcels=[parcel("p", 30)], holdings=[hold("a", "p", "自有", floor_m2=1000.0)])
    assert mu_of(alone) == {"a": 30.0}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (hold("a", "zzz"), "不在宗地台账中"),
        (hold("a", None), "没有宗地代码"),
        (hold("a", "bare"), "宗地面积未知"),
        (hold("a", "p", mu=1, to=pd.Timestamp("2020-01-01"), **{"from": pd.Timestamp("2021-01-01")}), "颠倒"),
        (hold("a", "p", "租出", 1), "租出多于"),
    ],
)
def test_what_cannot_be_known_is_unknown_with_its_reason(row: dict[str, Any], words: str) -> None:
    world = book(parcels=[parcel("p"), {"parcel_id": "bare"}, parcel("q")], holdings=[row, hold("a", "q", mu=5)])
    found = land(world).loc["a"]
    assert pd.isna(found["land_mu"])
    assert not found["known"]
    assert words in found["reason"]


def test_an_area_stated_for_a_parcel_that_is_not_delivered_counts_as_stated() -> None:
    world = book(parcels=[parcel("p")], holdings=[hold("a", "zzz", mu=5)])
    assert mu_of(world) == {"a": 5.0}
    assert holdings.faults(world)["kind"].tolist() == ["unmatched_parcel"]
    assert "zzz" in holdings.faults(world)["message"].iloc[0]


def test_an_area_that_was_refused_does_not_become_the_whole_parcel() -> None:
    refused = [{"kind": "area_nonpositive", "file": "企业.xlsx", "sheet": "用地", "row": 2, "column": "用地面积"}]
    world = book(parcels=[parcel("p"), parcel("q", 9)], holdings=[hold("a", "p"), hold("b", "q")], faults=refused)
    assert mu_of(world) == {"a": None, "b": 9.0}
    assert "不可用" in land(world).loc["a", "reason"]


def test_a_list_of_holders_without_kinds_is_owned_but_a_blank_among_kinds_is_unknown() -> None:
    plain = book(parcels=[parcel("p", 3)], holdings=[hold("a", "p", None)])
    assert mu_of(plain) == {"a": 3.0}
    mixed = book(parcels=[parcel("p", 3)], holdings=[hold("a", "p", None, 1), hold("b", "p", mu=2)])
    assert mu_of(mixed) == {"a": None, "b": 2.0}


def test_the_missing_side_of_a_lease_is_listed_and_counted_as_declared() -> None:
    world = book(
        parcels=[parcel("p", 30, "o")],
        holdings=[hold("o", "p", mu=30), hold("t", "p", "租入", 10)],
    )
    assert mu_of(world) == {"o": 30.0, "t": 10.0}
    assert mu_of(world, one_sided="mirror") == {"o": 20.0, "t": 10.0}
    found = holdings.faults(world)
    assert found["kind"].tolist() == ["lease_one_sided"]
    assert found["row"].tolist() == [3]
    balance = holdings.land_balance(world, ON).iloc[0]
    assert balance["over_m2"] == pytest.approx(10 * MU)
    assert holdings.land_balance(world, ON, "mirror").iloc[0]["over_m2"] == pytest.approx(0, abs=1e-9)
    assert holdings.shares(world, ON, "mirror")["mirrored"].tolist() == [False, False, True]


def test_a_lease_is_one_sided_too_when_its_sides_never_meet_in_time_or_in_firm() -> None:
    rows = [
        hold("o", "p", mu=30),
        hold("o", "p", "租出", 5, to=pd.Timestamp("2020-12-31")),
        hold("t", "p", "租入", 5, **{"from": pd.Timestamp("2021-01-01")}),
    ]
    world = book(parcels=[parcel("p", 30)], holdings=rows)
    assert holdings.faults(world)["row"].tolist() == [3, 4]
    assert holdings.faults(world, ON)["row"].tolist() == [4]
    one_day = pd.Timestamp("2020-12-31")
    touching = [*rows[:2], hold("t", "p", "租入", 5, to=one_day, **{"from": one_day})]
    assert holdings.faults(book(parcels=[parcel("p", 30)], holdings=touching)).empty
    itself = [hold("o", "p", mu=9), hold("o", "p", "租出", 5), hold("o", "p", "租入", 5)]
    assert len(holdings.faults(book(parcels=[parcel("p", 30)], holdings=itself))) == 2


def test_the_title_of_a_parcel_only_leases_speak_of_comes_from_the_ledger() -> None:
    world = book(parcels=[parcel("p", 30, "o")], holdings=[hold("t", "p", "租入", 10)])
    assert mu_of(world) == {"t": 10.0, "o": 30.0}
    assert mu_of(world, one_sided="mirror") == {"t": 10.0, "o": 20.0}


def test_a_parcel_held_beyond_its_area_is_a_fault_on_the_day_it_is() -> None:
    world = book(
        parcels=[parcel("p", 10), parcel("q", 10)],
        holdings=[
            hold("a", "p", mu=6, to=pd.Timestamp("2020-12-31")),
            hold("b", "p", mu=6, **{"from": pd.Timestamp("2021-01-01")}),
            hold("a", "q", mu=6),
            hold("b", "q", mu=5, **{"from": pd.Timestamp("2021-01-01")}),
        ],
    )
    found = holdings.faults(world)
    assert found["kind"].tolist() == ["parcel_overheld"]
    assert "11.0000 亩，多于宗地面积 10.0000 亩" in found["message"].iloc[0]
    assert found["value"].tolist() == ["q"]
    assert holdings.faults(world, date(2020, 1, 1)).empty


def test_an_empty_delivery_has_no_land_and_no_faults() -> None:
    world = book()
    assert holdings.firm_land(world, ON).empty
    assert holdings.land_balance(world, ON).empty
    assert holdings.shares(world, ON).empty
    assert holdings.faults(world).empty


def test_a_parcel_with_an_unknown_holding_tells_no_rest() -> None:
    world = book(parcels=[parcel("p", 30)], holdings=[hold("a", "p", mu=5), hold("b", "p", "租入", floor_m2=9.0)])
    row = holdings.land_balance(world, ON).iloc[0]
    assert not row["known"]
    assert row["held_m2"] == pytest.approx(5 * MU)
    assert pd.isna(row["unheld_m2"])
    assert row["firms"] == 2


firms = st.sampled_from(["a", "b", "c"])
parcels = st.sampled_from(["p", "q", "r", "nowhere"])
kinds = st.sampled_from(["自有", "租入", "租出", "占用"])
sizes = st.one_of(st.none(), st.integers(1, 40).map(float))
holding = st.builds(
    lambda f, p, k, a, s, fl: hold(f, p, k, a, share=s, floor_m2=fl),
    firms,
    parcels,
    kinds,
    sizes,
    st.one_of(st.none(), st.sampled_from([0.1, 0.5, 1.0])),
    st.one_of(st.none(), st.integers(1, 5000).map(float)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(holding, max_size=8), st.sampled_from(["as_stated", "mirror"]), st.booleans())
def test_the_area_of_a_parcel_is_what_is_held_and_what_is_not(
    rows: list[dict[str, Any]], choice: Any, floor: bool
) -> None:
    world = book(
        firms=[{"uscc": "a"}],
        parcels=[parcel("p", 30, "c", floor_m2=4000.0 if floor else None), parcel("q", 7, "b"), {"parcel_id": "r"}],
        holdings=rows,
    )
    balance = holdings.land_balance(world, ON, choice)
    known = balance[balance["known"]]
    assert (known["area_m2"] + known["over_m2"]).tolist() == pytest.approx(
        (known["held_m2"] + known["unheld_m2"]).tolist(), abs=1e-6
    )
    parts = balance["own_m2"] + balance["rented_in_m2"] + balance["occupied_m2"] - balance["rented_out_m2"]
    assert parts.tolist() == pytest.approx(balance["held_m2"].tolist(), abs=1e-6)
    held = holdings.shares(world, ON, choice)
    land_of = holdings.firm_land(world, ON, choice)
    assert set(land_of["uscc"]) == {"a"} | set(held["uscc"])
    assert held["area_m2"].isna().equals(held["reason"].notna())
    if land_of["known"].all():
        here = held[held["parcel_id"] != "nowhere"]["area_m2"].sum()
        elsewhere = held[held["parcel_id"] == "nowhere"]["area_m2"].sum()
        assert land_of["land_mu"].sum() * MU == pytest.approx(here + elsewhere, abs=1e-6)
        assert balance["held_m2"].sum() == pytest.approx(here, abs=1e-6)
    assert land_of["reason"].notna().equals(~land_of["known"])
    holdings.faults(world)
