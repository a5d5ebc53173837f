"""Which area counts, how the four differ, and which zone a parcel is counted in, on squares one can add up."""

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from parcels import areas

CRS = "EPSG:4549"  # CGCS2000 3° Gauss-Krüger, 120°E: on the central meridian metres are metres
X, Y = 500_000.0, 3_300_000.0
PARCEL = ["parcel_id", "zone_id", "area_registered_m2", "area_approved_m2", "area_contract_m2"]


def square(x: float, y: float, width: float, height: float) -> Polygon:
    return box(X + x, Y + y, X + x + width, Y + y + height)


def layer(rows: list[dict[str, Any]], columns: list[str]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows).reindex(columns=[*columns, "geometry"])
    text = {c: "str" for c in columns if not c.startswith("area")}
    numbers = {c: "float64" for c in columns if c.startswith("area")}
    frame = frame.astype(text | numbers).astype({"geometry": "object"})
    shapes = frame["geometry"].where(frame["geometry"].notna(), None)
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


def book(parcels: list[dict[str, Any]], zones: list[dict[str, Any]] | None = None) -> Any:
    return SimpleNamespace(
        tables={"parcels": layer(parcels, PARCEL), "zones": layer(zones or [], ["zone_id", "boundary"])}
    )


def test_the_first_known_of_registered_approved_contract_and_drawn_counts() -> None:
    shape = square(0, 0, 100, 100)
    found = areas.parcel_area(
        book([
            {"parcel_id": "p1", "area_registered_m2": 2000 / 3, "area_approved_m2": 5.0, "geometry": shape},
            {"parcel_id": "p2", "area_registered_m2": 0.0, "area_approved_m2": 5.0, "area_contract_m2": 7.0},
            {"parcel_id": "p3", "area_registered_m2": -4.0, "area_contract_m2": 7.0},
            {"parcel_id": "p4", "geometry": shape},
            {"parcel_id": "p5"},
        ])
    )
    assert list(found["parcel_id"]) == ["p1", "p2", "p3", "p4", "p5"]
    assert list(found["area_kind"].fillna("-")) == ["registered", "approved", "contract", "ellipsoidal", "-"]
    assert found["area_mu"][0] == pytest.approx(1.0, abs=1e-12)
    assert found["area_m2"][1:3].tolist() == [5.0, 7.0]
    assert found["area_m2"][3] == pytest.approx(10_000, rel=1e-6)
    assert found["area_m2"].isna().tolist() == [False] * 4 + [True]
    assert found["difference"][0] == pytest.approx(14.0, rel=1e-5)
    assert found["difference"].isna().tolist() == [False, True, True, True, True]


def test_without_a_crs_or_a_drawing_nothing_is_measured() -> None:
    bare = SimpleNamespace(tables={"parcels": pd.DataFrame(book([{"parcel_id": "p1"}]).tables["parcels"])})
    assert areas.parcel_area(bare)["drawn_m2"].isna().all()
    empty = areas.parcel_area(book([]))
    assert empty.empty
    assert list(empty.columns) == areas.AREA_COLUMNS


def test_all_areas_stand_side_by_side_and_five_per_cent_is_not_yet_more_than_five_per_cent() -> None:
    found = areas.reconcile(
        book([
            {"parcel_id": "p1", "area_registered_m2": 1000.0, "area_approved_m2": 1050.0},
            {"parcel_id": "p2", "area_registered_m2": 1000.0, "area_contract_m2": 1051.0},
            {"parcel_id": "p3", "area_registered_m2": 1000.0},
            {"parcel_id": "p4", "area_registered_m2": 9000.0, "geometry": square(0, 0, 100, 100)},
        ])
    )
    assert found["differs"].astype("object").fillna("?").tolist() == [False, True, "?", True]
    assert found["spread"][:2].tolist() == [0.05, 0.051]
    assert found["furthest"].fillna("-").tolist() == ["approved", "contract", "-", "ellipsoidal"]
    assert found["registered_to_drawn"][3] == pytest.approx(1 / 9, rel=1e-5)
    assert found["planar_m2"][3] == pytest.approx(10_000.0, abs=1e-6)


ZONES = [
    {"zone_id": "Z1", "geometry": square(0, 0, 1000, 1000)},
    {"zone_id": "Z2", "geometry": square(1000, 0, 1000, 1000)},
]


def test_a_parcel_is_counted_in_the_zone_that_holds_most_of_it_and_its_shares_are_told() -> None:
    found = areas.parcel_zone(
        book(
            [
                {"parcel_id": "inside", "geometry": square(10, 10, 10, 10)},
                {"parcel_id": "over the line", "geometry": square(940, 0, 100, 100)},
                {"parcel_id": "half out", "geometry": square(-75, 0, 100, 100)},
                {"parcel_id": "far out", "geometry": square(5000, 0, 10, 10)},
                {"parcel_id": "not drawn"},
                {"parcel_id": "even", "geometry": square(950, 0, 100, 100)},
            ],
            ZONES,
        )
    ).set_index("parcel_id")
    assert found["zone_id"].fillna("-").tolist() == ["Z1", "Z1", "Z1", "-", "-", "Z1"]
    assert found["how"].tolist() == ["overlay", "overlay", "overlay", "outside", "unknown", "overlay"]
    assert found["straddles"].tolist() == [False, True, True, False, False, True]
    assert found.loc["over the line", "shares"] == "Z1:0.6000;Z2:0.4000"
    assert found.loc["half out", "shares"] == "outside:0.7500;Z1:0.2500"
    assert found.loc["half out", "share"] == pytest.approx(0.25, rel=1e-6)
    assert np.isnan(found.loc["not drawn", "share"])


def test_what_the_ledger_names_goes_before_the_drawing_which_is_still_told() -> None:
    found = areas.parcel_zone(
        book(
            [
                {"parcel_id": "p1", "zone_id": "Z2", "geometry": square(10, 10, 10, 10)},
                {"parcel_id": "p2", "zone_id": "Z9", "geometry": square(10, 10, 10, 10)},
                {"parcel_id": "p3", "zone_id": "Z2"},
            ],
            ZONES,
        )
    )
    assert found["zone_id"].tolist() == ["Z2", "Z9", "Z2"]
    assert set(found["how"]) == {"attribute"}
    assert found["drawn_zone_id"].fillna("-").tolist() == ["Z1", "Z1", "-"]
    assert found["share"][0] == 0.0
    assert found["share"][1:].isna().all()


def test_blocks_of_one_zone_add_up_and_only_its_approved_boundary_counts() -> None:
    zones = [
        {"zone_id": "Z1", "boundary": "核准", "geometry": square(0, 0, 50, 100)},
        {"zone_id": "Z1", "boundary": "核准", "geometry": square(50, 0, 25, 100)},
        {"zone_id": "Z1", "boundary": "规划", "geometry": square(0, 0, 500, 500)},
        {"zone_id": "Z2", "boundary": "管理", "geometry": square(75, 0, 5, 100)},
    ]
    found = areas.parcel_zone(book([{"parcel_id": "p", "geometry": square(0, 0, 100, 100)}], zones))
    assert found["shares"][0] == "Z1:0.7500;outside:0.2000;Z2:0.0500"


def test_one_zone_that_is_not_drawn_holds_every_parcel() -> None:
    found = areas.parcel_zone(book([{"parcel_id": "p", "geometry": square(0, 0, 9, 9)}], [{"zone_id": "ALL"}]))
    assert found[["zone_id", "how"]].iloc[0].tolist() == ["ALL", "only"]
    assert areas.parcel_zone(book([{"parcel_id": "p"}]))["how"].tolist() == ["unknown"]
    assert areas.parcel_zone(book([], ZONES)).empty


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-40, 240)] * 2, *[st.integers(1, 90)] * 2), min_size=1, max_size=6))
def test_the_shares_of_a_drawn_parcel_add_up_to_the_parcel(boxes: list[tuple[int, int, int, int]]) -> None:
    zones = [
        {"zone_id": f"Z{i}{j}", "geometry": square(100 * i, 100 * j, 100, 100)} for i in range(2) for j in range(2)
    ]
    given_book = book([{"parcel_id": f"p{i}", "geometry": square(*b)} for i, b in enumerate(boxes)], zones)
    shares = areas.zone_shares(given_book)
    assert shares.groupby("parcel")["share"].sum().tolist() == pytest.approx([1.0] * len(boxes), abs=1e-6)
    whole = areas.parcel_area(given_book)["drawn_m2"]
    assert shares.groupby("parcel")["area_m2"].sum().tolist() == pytest.approx(whole.tolist(), abs=2e-3)
