"""Low-efficiency land by Dongyang, Hengyang, the 2008 table and the contract: facets on both sides of every bound."""

from typing import Any

import pandas as pd
import pytest

from evaluation.policy.load import load
from evaluation.reclaim import low_efficiency, performance
from parcels.columns import columns

Frame = pd.DataFrame
AS_OF = pd.Timestamp("2025-12-31")
DONGYANG, HENGYANG, CONTROL = (load(name) for name in ("dongyang", "hengyang-2022", "control-2008"))


def table(name: str, rows: list[dict[str, Any]]) -> Frame:
    made = {
        c.column: pd.Series([r.get(c.column) for r in rows], dtype=c.dtype)
        for c in columns(name)
        if c.type != "geometry"
    }
    return pd.DataFrame(made)


def judged(policy: Any, firms: list[dict[str, Any]], as_of: pd.Timestamp = AS_OF, **parcel: Any) -> tuple[Any, Frame]:
    """Judge parcel p of firm f0; a firm's land_mu, tax_wan … stand in one row with its register."""
    named = [
        {"uscc": f"f{i}", "industry_code": "3311", "industry_edition": "2002", **firm} for i, firm in enumerate(firms)
    ]
    years = table("firm_years", [{"year": 2025, "tax_refund_wan": 0.0, **firm} for firm in named])
    land = pd.DataFrame({"uscc": [f["uscc"] for f in named], "land_mu": [f.get("land_mu") for f in named]}).astype({
        "land_mu": float
    })
    figures = low_efficiency.firm_figures(table("firms", named), years, land, policy, 2025)
    parcels = table("parcels", [{"parcel_id": "p", "holder_uscc": "f0", **parcel}])
    parcels = parcels.assign(
        use_group=parcel.get("use_group", "industrial"), started=parcel.get("started", True), idle="no"
    )
    area = pd.DataFrame({"parcel_id": ["p"], "area_m2": [20000.0], "area_mu": [30.0]})
    kept = performance.measured(parcels, area, table("buildings", parcel.get("buildings", [])), figures)
    whole = pd.concat([parcels.drop(columns=[c for c in kept if c in parcels]), kept], axis=1)
    frame, found = low_efficiency.judge(whole, figures, policy, as_of)
    return frame.iloc[0], found


def said(truth: Any) -> bool | None:
    return None if pd.isna(truth) else bool(truth)


RICH = {"tax_wan": 1000.0, "land_mu": 100.0}  # 10 万元/亩


@pytest.mark.parametrize(
    ("tax", "absolute", "relative"),
    [(49.99, True, True), (49.9999, False, True), (50.0, False, True), (1000.0, False, False), (None, None, None)],
)
def test_dongyang_is_below_five_or_below_the_industry(tax: float | None, absolute: Any, relative: Any) -> None:
    got, _ = judged(DONGYANG, [{"tax_wan": tax, "land_mu": 10.0}, RICH])
    assert said(got["facet_absolute"]) is absolute
    assert said(got["facet_relative"]) is relative
    assert got["low_efficiency"] == {True: "fail", False: "pass", None: "unknown"}[relative]


@pytest.mark.parametrize(
    ("firm", "expected"),
    [
        ({"tax_wan": 14.9, "land_mu": 3.0}, True),  # 3 亩 and 4.9667
        ({"tax_wan": 14.9, "land_mu": 2.99}, False),  # below 3 亩: 4.9833
        ({"tax_wan": 50.0, "land_mu": 10.0}, True),  # 5, and under half of the industry's 11.8…
        ({"tax_wan": 65.0, "land_mu": 10.0}, False),
    ],
)
def test_dongyangs_key_list_is_a_list_within_the_list(firm: dict[str, float], expected: bool) -> None:
    got, _ = judged(DONGYANG, [firm, {"tax_wan": 1250.0, "land_mu": 100.0}])
    assert bool(got["facet_key_list"]) is expected


def test_a_tax_refund_is_added_back_and_a_blank_one_decides_only_what_it_cannot_change() -> None:
    firm = {"tax_wan": 45.0, "land_mu": 10.0}
    assert judged(DONGYANG, [{**firm, "tax_refund_wan": 5.0}])[0]["low_efficiency"] == "pass"
    assert judged(DONGYANG, [{**firm, "tax_refund_wan": None}])[0]["low_efficiency"] == "unknown"
    assert bool(judged(DONGYANG, [{**firm, "tax_wan": 50.0, "tax_refund_wan": None}])[0]["facet_absolute"]) is False


def test_only_industrial_land_is_asked_about() -> None:
    assert judged(DONGYANG, [{"tax_wan": 1.0, "land_mu": 10.0}], use_group="public_service")[0]["low_efficiency"] == ""
    assert judged(DONGYANG, [{"tax_wan": 1.0, "land_mu": 10.0}], use_group="unmapped")[0]["low_efficiency"] == "unknown"


@pytest.mark.parametrize(
    ("tier", "tax", "expected"),
    [("市本级园区", 39.999, "fail"), ("市本级园区", 40.0, "pass"), ("县级省级园区", 19.9, "fail"), ("县级省级园区", 20.0, "pass"),
     (None, 10.0, "unknown"), (None, 40.0, "pass")],
)  # fmt: skip
def test_hengyang_asks_by_tier_and_is_silent_where_the_tier_is_not_known(tier: Any, tax: float, expected: str) -> None:
    policy = HENGYANG.model_copy(update={"tiers": {"Z1": tier} if tier else {}})
    firm = {"tax_wan": tax, "land_mu": 10.0, "zone_id": "Z1"}
    day = pd.Timestamp("2022-12-31")
    assert judged(policy, [firm], day)[0]["low_efficiency"] == expected
    late, _ = judged(policy, [firm])
    assert late["low_efficiency"] == "unknown"
    assert "已失效" in late["reason"]


@pytest.mark.parametrize(
    ("code", "edition", "far", "expected"),
    [("2611", "2002", 0.59, True), ("2611", "2002", 0.6, False), ("3911", "2002", 0.69, True), ("3911", "2011", 0.69, None),
     ("3911", None, 0.69, None), ("4410", "2002", 0.1, False)],
)  # fmt: skip
def test_the_2008_table_is_read_only_with_its_own_industry_edition(
    code: str, edition: Any, far: float, expected: Any
) -> None:
    got, _ = judged(CONTROL, [{**RICH, "industry_code": code, "industry_edition": edition}], far_actual=far)
    assert said(got["facet_far"]) is expected


def test_storeys_over_eight_metres_count_twice() -> None:
    halls = [
        {"parcel_id": "p", "floors": 1.0, "height_m": 8.1, "floor_m2": 6000.0},
        {"parcel_id": "p", "floors": 2.0, "height_m": 16.0, "floor_m2": 4000.0},
    ]
    parcels = table("parcels", [{"parcel_id": "p"}])
    assert performance.far(parcels, table("buildings", halls), pd.Series([20000.0])).tolist() == [0.8]
    blank = [*halls, {"parcel_id": "p", "floors": 1.0, "height_m": 4.0}]
    assert performance.far(parcels, table("buildings", blank), pd.Series([20000.0])).isna().all()


@pytest.mark.parametrize(("footprint", "expected"), [(5998.0, True), (5999.0, False), (6000.0, False), (None, None)])
def test_the_building_coefficient_is_thirty_per_cent_as_shown(footprint: Any, expected: Any) -> None:
    got, found = judged(CONTROL, [RICH], footprint_m2=footprint)
    assert said(got["facet_coefficient"]) is expected
    disabled = found[found["reading"].eq("control-2008:coefficient_2023")].iloc[0]
    assert (disabled["outcome"], disabled["status"]) == ("unknown", "unverified")
    assert "未核实" in disabled["note"] or disabled["note"]


def test_investment_against_the_contract_counts_the_land_price_and_nothing_else_does() -> None:
    agreed = {
        "agreed_invest_per_mu": 300.0,
        "invest_paid_wan": 1.0,
        "far_actual": 1.0,
        "footprint_m2": 9000.0,
        "office_land_m2": 0.0,
    }
    full, _ = judged(CONTROL, [{**RICH, "industry_code": "2611"}], fixed_invest_wan=9000.0, **agreed)
    short, _ = judged(CONTROL, [{**RICH, "industry_code": "2611"}], fixed_invest_wan=8999.0, **agreed)
    assert bool(full["facet_invest_agreed"]) is False
    assert full["low_efficiency"] == "pass"
    assert bool(short["facet_invest_agreed"]) is True
    assert short["low_efficiency"] == "fail"


def test_land_not_built_on_is_not_asked_by_the_control_indicators() -> None:
    assert judged(CONTROL, [RICH], started=False, far_actual=0.1)[0]["low_efficiency"] == ""


def test_several_policies_together_fail_if_one_does() -> None:
    words = ["fail", "pass", "unknown", ""]
    first = pd.DataFrame({"low_efficiency": words * 4, "reason": "甲"})
    second = pd.DataFrame({"low_efficiency": [w for w in words for _ in words], "reason": "乙"})
    both = low_efficiency.together({"a": first, "b": second}, first.index)["low_efficiency"]
    pairs = dict(zip(zip(first["low_efficiency"], second["low_efficiency"], strict=True), both, strict=True))
    assert all(word == "fail" for pair, word in pairs.items() if "fail" in pair)
    assert pairs["pass", "unknown"] == "unknown"
    assert pairs["pass", "pass"] == pairs["pass", ""] == "pass"
    assert pairs["", ""] == ""


@pytest.mark.parametrize(
    ("parcel", "share", "expected"),
    [
        ({"office_land_m2": 1400.0}, 0.07, False),  # of 20 000 m²: seven per cent is allowed
        ({"office_land_m2": 1402.0}, 0.0701, True),
        ({"office_floor_m2": 700.0, "floor_m2": 10000.0}, 0.07, False),  # not separable: by floor-area share
        ({"office_floor_m2": 701.0, "floor_m2": 10000.0}, 0.0701, True),
        ({"office_land_m2": 1000.0, "office_floor_m2": 9000.0, "floor_m2": 10000.0}, 0.05, False),  # its own land first
        ({"floor_m2": 10000.0}, None, None),
    ],
)
def test_office_and_living_land_is_at_most_seven_per_cent(parcel: dict[str, float], share: Any, expected: Any) -> None:
    got, found = judged(CONTROL, [{**RICH, "industry_code": "2611"}], **parcel)
    assert said(got["facet_office"]) is expected
    row = found[found["reading"].eq("control-2008:office")].iloc[0]
    assert (None if pd.isna(row["measured"]) else row["measured"]) == share


def test_density_is_the_ground_that_buildings_cover_and_overlapping_outlines_count_once() -> None:
    import geopandas as gpd
    from shapely.geometry import box

    x, y = 500000.0, 3320000.0  # on the central meridian plane and ellipsoid agree to a few parts in a million
    halls = gpd.GeoDataFrame(
        {"parcel_id": ["p", "p", "q"]},
        geometry=[box(x, y, x + 50, y + 100), box(x + 25, y, x + 75, y + 100), box(x, y, x + 9, y + 9)],
        crs=4546,
    )
    parcels = table("parcels", [{"parcel_id": "p"}, {"parcel_id": "none"}])
    got = performance.density(parcels, halls, pd.Series([20000.0, 20000.0]))
    assert got.iloc[0] == pytest.approx(0.375, abs=1e-4)  # 75 m × 100 m of 20 000 m²
    assert pd.isna(got.iloc[1])
    beside = halls.assign(geometry=[halls.geometry[0], box(x + 50, y, x + 75, y + 100), halls.geometry[2]])
    assert performance.density(parcels, beside, pd.Series([20000.0, 20000.0])).iloc[0] == got.iloc[0]  # they only touch


ZHENBA = load("zhenba-2015")
KEPT_ALL = {"agreed_invest_per_mu": 300.0, "fixed_invest_wan": 9000.0, "far_agreed": 1.0, "far_actual": 1.0}


@pytest.mark.parametrize(
    ("firm", "parcel", "facet", "expected"),
    [
        ({"operating_state": "停产"}, {}, "running", True),
        ({"operating_state": "在营"}, {}, "running", False),
        ({}, {}, "running", None),
        ({}, {**KEPT_ALL, "far_actual": 0.9999}, "far", True),
        ({}, {**KEPT_ALL}, "far", False),
        ({}, {"far_actual": 0.1}, "far", None),  # no requirement agreed: nothing to be below
        ({}, {**KEPT_ALL, "fixed_invest_wan": 8997.0}, "input_output", True),  # 299.9 of 300
        ({}, {**KEPT_ALL}, "industry", None),  # the text gives no list
    ],
)
def test_the_five_facets_are_asked_one_by_one(
    firm: dict[str, Any], parcel: dict[str, Any], facet: str, expected: Any
) -> None:
    got, _ = judged(ZHENBA, [{**RICH, **firm}], **parcel)
    assert said(got[f"facet_{facet}"]) is expected
    assert got["low_efficiency"] == ("fail" if expected else "unknown")  # the blank facet keeps it from passing


def test_a_facet_a_bureau_fills_decides() -> None:
    filled = [
        f.model_copy(update={"test": {"column": "division", "in": ["17"]}}) if f.id == "industry" else f
        for f in ZHENBA.facets
    ]
    policy = ZHENBA.model_copy(update={"facets": filled})
    assert judged(policy, [{**RICH, "industry_code": "1711"}])[0]["low_efficiency"] == "fail"
    assert said(judged(policy, [{**RICH, "industry_code": "3311"}])[0]["facet_industry"]) is False


def test_every_milestone_agreed_is_compared_with_what_was_done() -> None:
    rows = table("parcels", [{
        "parcel_id": "p", "agreed_completion": pd.Timestamp("2024-01-31"), "actual_completion": pd.Timestamp("2024-03-01"),
        "agreed_production": pd.Timestamp("2024-12-31"), "actual_production": pd.Timestamp("2024-12-01"),
        "agreed_full_output": pd.Timestamp("2025-12-01"),
    }])  # fmt: skip
    late = performance.timing(rows, pd.Series([pd.NaT], dtype="datetime64[us]"), AS_OF).iloc[0]
    assert late["completion_late_days"] == 30  # 31 January to 1 March of a leap year
    assert late["production_late_days"] == -30
    assert late["full_output_late_days"] == 30  # not reached by 31 December, due on the 1st
    assert pd.isna(late["start_late_days"])
