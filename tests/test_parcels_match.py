"""Firms and parcels whose keys fail: candidates with reasons, nothing joined but by code, everything in balance."""

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from parcels import likeness, match

MU = 2000 / 3
COLUMNS = {
    "parcels": ["parcel_id", "holder", "holder_uscc", "location", "area_registered_m2", "area_approved_m2"],
    "firms": ["uscc", "name", "address", "lon", "lat"],
    "firm_years": ["uscc", "year", "tax_wan", "revenue_wan"],
    "holdings": ["uscc", "parcel_id"],
}
NUMBERS = {"area_registered_m2", "area_approved_m2", "area_contract_m2", "lon", "lat", "year", "tax_wan", "revenue_wan"}


def book(**rows: list[dict[str, Any]]) -> Any:
    tables = {}
    for name, columns in COLUMNS.items():
        frame = pd.DataFrame(rows.get(name, [])).reindex(columns=[*columns, "area_contract_m2"])
        tables[name] = frame.astype({c: "float64" if c in NUMBERS else "str" for c in frame.columns})
    return SimpleNamespace(tables=tables)


def firm(uscc: str, name: str, **more: Any) -> dict[str, Any]:
    return {"uscc": uscc, "name": name, **more}


def parcel(key: str, holder: str | None = None, **more: Any) -> dict[str, Any]:
    return {"parcel_id": key, "holder": holder, **more}


def ways(world: Any) -> dict[tuple[str, str], str]:
    found = match.candidates(world)
    return {(p, u): how for p, u, how in zip(found["parcel_id"], found["uscc"], found["how"], strict=True)}


def test_only_equal_codes_join() -> None:
    world = book(
        firms=[firm("u1", "甲机械有限公司"), firm("u2", "乙机械有限公司")],
        parcels=[parcel("p1", "不同的名字", holder_uscc="u1"), parcel("p2", "乙机械有限公司"), parcel("p3", "路人")],
        holdings=[{"uscc": "u1", "parcel_id": "p9"}, {"uscc": "u9", "parcel_id": "p3"}],
    )
    found = match.candidates(world)
    assert ways(world) == {("p1", "u1"): "uscc", ("p2", "u2"): "name"}
    assert found["joined"].tolist() == [True, False]
    assert found["confidence"].tolist() == [1.0, 0.95]
    assert match.joined(world).to_numpy().tolist() == [["p1", "u1"]]


@pytest.mark.parametrize(
    ("holder", "name", "how"),
    [
        ("淮安 华新（集团）有限公司", "淮安华新(集团)有限公司", "name"),
        ("Ａ１电子有限公司", "A1电子有限公司", "name"),
        ("淮安华新机械有限责任公司", "淮安华新机械有限公司", "core"),
        ("淮安华新机械股份有限公司", "淮安华新机械", "core"),
        ("华新精密机械（淮安）有限公司", "淮安华新精密机械有限公司", "similar"),
        ("江苏省淮安市华新精密机械厂", "华新精密机械有限公司", "similar"),
        ("淮安华新精密机诫有限公司", "淮安华新精密机械有限公司", "similar"),
        ("淮安恒泰纺织有限公司", "苏州精达电子有限公司", None),
        ("华新有限公司淮安分公司", "华新有限公司", "branch"),
        ("华新有限公司", "华新有限公司 淮安分公司", "branch"),
    ],
)
def test_names_meet_in_spite_of_how_they_are_written(holder: str, name: str, how: str | None) -> None:
    world = book(firms=[firm("u", name)], parcels=[parcel("p", holder)])
    assert ways(world).get(("p", "u")) == how


def test_a_branch_is_not_taken_for_its_company() -> None:
    assert likeness.core(pd.Series(["华新有限公司淮安分公司", "华新集团", "公司"])).tolist() == [
        "华新有限公司淮安分公司",
        "华新",
        "公司",
    ]


def test_a_code_one_character_away_is_proposed() -> None:
    right, wrong = "91350100M000100Y43", "91350100M000100Y48"
    world = book(firms=[firm(right, "甲")], parcels=[parcel("p", "乙", holder_uscc=wrong)])
    assert ways(world) == {("p", right): "near_uscc"}


def test_a_firm_without_land_is_sought_where_it_stands() -> None:
    world = book(
        firms=[firm("u1", "甲", lon=120.0, lat=30.0), firm("u2", "乙", address="工业园区 云台路8号"), firm("u3", "丙")],
        parcels=[parcel("p1", location="工业园区云台路８号"), parcel("p2", location="云台路")],
    )
    shapes = gpd.GeoSeries([box(119.999, 29.999, 120.001, 30.001), None], crs="EPSG:4490").to_crs("EPSG:4549")
    world.tables["parcels"] = gpd.GeoDataFrame(world.tables["parcels"], geometry=shapes)
    found = match.candidates(world).set_index("uscc")
    assert found["how"].to_dict() == {"u1": "location", "u2": "address"}
    assert found["rivals"].tolist() == [2, 2]
    assert "坐标" in found.loc["u1", "reason"]


def test_both_sides_list_what_is_in_limbo_with_mu_and_money() -> None:
    world = book(
        firms=[firm("u1", "甲机械有限公司"), firm("u2", "乙机械有限公司"), firm("u3", "丙")],
        parcels=[
            parcel("p1", holder_uscc="u1", area_registered_m2=30 * MU),
            parcel("p2", "乙机械有限责任公司", area_registered_m2=12 * MU),
            parcel("p3", "无名", area_registered_m2=3 * MU),
            parcel("p4"),
        ],
        firm_years=[
            {"uscc": "u1", "year": 2025, "tax_wan": 100.0},
            {"uscc": "u2", "year": 2025, "tax_wan": 40.0, "revenue_wan": 900.0},
            {"uscc": "u2", "year": 2024, "tax_wan": 7.0},
            {"uscc": "u9", "year": 2025, "tax_wan": 5.0},
        ],
    )
    land = match.unmatched_parcels(world)
    assert land["parcel_id"].tolist() == ["p2", "p3", "p4"]
    assert land["area_mu"].fillna(-1).round(9).tolist() == [12, 3, -1]
    assert land["candidates"].tolist() == [1, 0, 0]
    assert land["best_uscc"].fillna("-").tolist() == ["u2", "-", "-"]
    firms = match.unmatched_firms(world, 2025)
    assert firms["uscc"].tolist() == ["u2", "u3"]
    assert firms["tax_wan"].fillna(-1).tolist() == [40.0, -1]
    assert firms["best_parcel_id"].fillna("-").tolist() == ["p2", "-"]
    sums = match.balance(world, 2025).set_index("sum")
    assert sums.loc["land_mu"].round(9).tolist() == [45, 30, 15, 0, 1]
    assert sums.loc["tax_wan"].tolist() == [145, 100, 40, 5, 0]
    assert sums.loc["parcels"].tolist() == [4, 1, 3, 0, 0]
    assert sums.loc["firms"].tolist() == [3, 1, 2, 0, 0]


def test_an_empty_delivery_proposes_nothing() -> None:
    world = book()
    assert match.candidates(world).empty
    assert match.unmatched_parcels(world).empty
    assert match.unmatched_firms(world, 2025).empty
    assert match.balance(world, 2025)["total"].eq(0).all()


keys = st.sampled_from(["u1", "u2", "u3", "u4", None])
names = st.sampled_from(["甲机械有限公司", "甲机械公司", "乙电子", None])
areas = st.one_of(st.none(), st.integers(1, 99).map(float))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(names, keys, areas), max_size=5),
    st.lists(names, max_size=3),
    st.lists(st.tuples(st.sampled_from(["u1", "u2", "u7"]), st.integers(0, 50).map(float)), max_size=4),
    st.lists(st.tuples(keys, st.sampled_from(["p0", "p1", "p9"])), max_size=3),
)
def test_nothing_is_lost_between_matched_and_unmatched(land: Any, firms: Any, years: Any, held: Any) -> None:
    world = book(
        parcels=[parcel(f"p{i}", n, holder_uscc=u, area_registered_m2=a) for i, (n, u, a) in enumerate(land)],
        firms=[firm(f"u{i + 1}", n) for i, n in enumerate(firms)],
        firm_years=[{"uscc": u, "year": 2025, "tax_wan": t} for u, t in years],
        holdings=[{"uscc": u, "parcel_id": p} for u, p in held],
    )
    sums = match.balance(world, 2025).set_index("sum")
    parts = sums[["matched", "unmatched", "unregistered"]].sum(axis=1)
    assert parts.tolist() == pytest.approx(sums["total"].tolist())
    assert sums.loc["land_mu", "total"] * MU == pytest.approx(sum(a for _, _, a in land if a))
    assert sums.loc["tax_wan", "total"] == pytest.approx(sum(t for _, t in years))
    assert match.unmatched_parcels(world)["area_mu"].sum() == pytest.approx(sums.loc["land_mu", "unmatched"])
    assert len(match.unmatched_firms(world, 2025)) == sums.loc["firms", "unmatched"]
    found = match.candidates(world)
    assert not found.duplicated(["parcel_id", "uscc"]).any()
    assert found["joined"].equals(found["how"] == "uscc")
