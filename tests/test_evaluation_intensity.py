"""Intensive use of land, indicator by indicator, on round figures a person can divide."""

import datetime as dt
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from evaluation import intensity, intensity_held
from evaluation.policy import load
from evaluation.policy.zone import ZonePolicy
from evaluation.zone import lay

CRS = "EPSG:4549"
DAY = dt.date(2025, 12, 31)
STATED = {
    "A": 800.0, "A1": 100.0, "A2": 500.0, "B": 200.0, "B21": 100.0, "D": 850.0, "D22": 17.0, "G": 34.0, "H": 250.0,
    "floor_m2": 8_000_000.0, "footprint_m2": 3_200_000.0, "population": 16_000.0, "tax_wan": 400_000.0,
    "industrial_tax_wan": 360_000.0, "industrial_floor_m2": 5_500_000.0, "industrial_footprint_m2": 2_500_000.0,
    "output_wan": 3_000_000.0, "invest_wan": 2_250_000.0,
}  # fmt: skip


def zones(kind: str = "经济开发区") -> gpd.GeoDataFrame:
    frame = pd.DataFrame({
        "zone_id": ["Z"],
        "name": ["Z"],
        "kind": [kind],
        "boundary": ["核准"],
        "approved_area_ha": [1000.0],
    })
    return gpd.GeoDataFrame(frame, geometry=[shapely.box(500_000, 3_300_000, 501_000, 3_301_000)], crs=CRS)


def book(stated: dict[str, float] | None = None, kind: str = "经济开发区", **tables: object) -> SimpleNamespace:
    rows = [] if stated is None else [{"zone_id": "Z", "year": 2025} | stated]
    years = pd.DataFrame(rows, columns=["zone_id", "year", *STATED])
    land = gpd.GeoDataFrame(
        pd.DataFrame({c: [] for c in ("code", "scheme", "basis", "name", "supply_state")}, dtype="str"),
        geometry=[],
        crs=CRS,
    )
    return SimpleNamespace(
        tables={"zones": zones(kind), "zone_years": years, "landuse": land, "buildings": None} | tables,
        crs=CRS, zones_by=None, classes={},
    )  # fmt: skip


def values(world: SimpleNamespace, year: int = 2025, column: str = "value") -> dict[str, float]:
    frame = intensity.measure(world, year, lay(world))
    return dict(zip(frame["indicator"], frame[column], strict=True))


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        ("development_rate", 0.9),  # (800 + 100) / 1000
        ("supply_rate", 0.9444),  # 850 / 900
        ("built_rate", 0.9412),  # 800 / 850
        ("built_of_developable", 0.8),
        ("industrial_rate", 0.625),
        ("hightech_rate", 0.5),
        ("far", 1.0),  # 8 million m² on 800 ha: not 万m² on ha
        ("density", 0.4),
        ("invest_per_ha", 4500.0),
        ("invest_per_mu", 300.0),
        ("output_per_mu", 400.0),
        ("industrial_tax_per_ha", 720.0),  # industry's own tax on its own land, not the zone's
        ("industrial_far", 1.1),
        ("industrial_density", 0.5),
        ("tax_per_ha", 500.0),
        ("population_density", 20.0),
        ("idle_rate", 0.04),
        ("expired_rate", 0.02),
    ],
)
def test_every_indicator_divides_what_its_formula_says(indicator: str, value: float) -> None:
    assert values(book(STATED))[indicator] == value


def test_the_published_identity_holds_for_the_report_of_2020() -> None:
    assert intensity_held.identity(0.8946, 0.9268, 0.9277) == 0.7692
    stated = values(book(STATED))
    rates = (stated["development_rate"], stated["supply_rate"], stated["built_rate"])
    assert intensity_held.identity(*rates) == pytest.approx(stated["built_of_developable"], abs=1e-4)


def test_a_missing_figure_is_missing_and_named_never_zero() -> None:
    world = book(STATED | {"G": np.nan})
    assert np.isnan(values(world)["idle_rate"])
    assert "闲置土地" in values(world, column="note")["idle_rate"]
    assert all(np.isnan(value) for value in values(book(None)).values())
    assert np.isnan(values(book(STATED), year=2024)["built_rate"])


@pytest.mark.parametrize(
    ("a1", "a2", "kind", "said"),
    [
        (100, 500, "经济开发区", "工业主导"),
        (200, 240, "经济开发区", "产城融合"),
        (200, 500, "经济开发区", "其他"),
        (200, 240, "综合保税区", "工业主导"),
    ],
)
def test_the_type_follows_industrial_and_residential_shares_but_customs_zones_are_industrial(
    a1: float, a2: float, kind: str, said: str
) -> None:
    assert set(values(book(STATED | {"A1": a1, "A2": a2}, kind), column="type").values()) == {said}


def test_a_type_unknown_is_missing() -> None:
    assert intensity.types(pd.DataFrame({"A": [1.0], "A1": [np.nan], "A2": [0.5]}), pd.Series(dtype="str")).isna().all()


def test_an_indicator_of_the_other_type_is_shown_for_reference_only() -> None:
    assert "仅作参考" in values(book(STATED), column="note")["population_density"]


def test_what_the_ledger_lacks_is_measured_on_the_land_and_buildings_and_says_so() -> None:
    plots = {"0601": (0, 500), "0701": (500, 750), "1201": (750, 1000)}
    shapes = [shapely.box(500_000, 3_300_000 + a, 501_000, 3_300_000 + b) for a, b in plots.values()]
    frame = pd.DataFrame({
        "code": list(plots),
        "scheme": "sandiao",
        "basis": "actual",
        "name": None,
        "supply_state": None,
    })
    hall = shapely.box(500_000, 3_300_000, 500_500, 3_300_300)
    buildings = gpd.GeoDataFrame({"building_id": ["b"], "floor_m2": [300_000.0]}, geometry=[hall], crs=CRS)
    found = book(None, landuse=gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS), buildings=buildings)
    got, origin = values(found), values(found, column="origin")
    assert got["industrial_rate"] == pytest.approx(2 / 3, abs=1e-4)  # the vacant quarter is not built-up
    assert got["far"] == pytest.approx(0.4, abs=1e-3)
    assert got["industrial_far"] == pytest.approx(0.6, abs=1e-3)
    assert got["industrial_density"] == pytest.approx(0.3, abs=1e-3)
    assert origin["industrial_rate"] == "layers"
    assert np.isnan(got["idle_rate"])


def a_hall_astride_two_uses() -> dict[str, gpd.GeoDataFrame]:
    """An industrial and a residential half of the zone, and a building of which half lies on either."""
    frame = pd.DataFrame({c: [None, None] for c in ("name", "supply_state")}).assign(
        code=["0601", "0701"], scheme="sandiao", basis="actual"
    )
    halves = [shapely.box(500_000, 3_300_000 + at, 501_000, 3_300_000 + at + 500) for at in (0, 500)]
    astride = shapely.box(500_000, 3_300_400, 500_500, 3_300_600)  # half of it on industrial land
    buildings = gpd.GeoDataFrame({"building_id": ["b"], "floor_m2": [200_000.0]}, geometry=[astride], crs=CRS)
    return {"landuse": gpd.GeoDataFrame(frame, geometry=halves, crs=CRS), "buildings": buildings}


def test_a_building_astride_two_uses_has_its_floor_on_each_by_its_footprint() -> None:
    got = values(book(None, **a_hall_astride_two_uses()))
    assert got["far"] == pytest.approx(0.2, abs=1e-3)  # 200 000 m² on a square kilometre
    assert got["industrial_far"] == pytest.approx(0.2, abs=1e-3)  # 100 000 of them on its industrial half


def test_a_stated_figure_stands_and_only_the_lacking_one_is_measured_on_the_land() -> None:
    stated = {name: value for name, value in STATED.items() if name != "industrial_footprint_m2"}
    got = values(book(stated, **a_hall_astride_two_uses()), column="numerator")
    assert got["industrial_density"] == pytest.approx(50_000.0, rel=1e-3)
    assert (got["density"], got["industrial_far"]) == (3_200_000.0, 5_500_000.0)


def target(**more: object) -> ZonePolicy:
    data = load("qianxi").model_dump(by_alias=True)
    data["intensity"] = [part | more for part in data["intensity"]]
    return ZonePolicy.model_validate(data)


def test_three_hundred_wan_a_mu_passes_when_reached_and_fails_only_once_its_year_is_known_and_come() -> None:
    low = STATED | {"invest_wan": 2_000_000.0}
    reached = intensity_held.judge(intensity.measure(book(STATED), 2025), [target()], DAY).set_index("rule")
    assert reached.loc["invest_per_mu_300", ["outcome", "measured", "required"]].tolist() == ["pass", 300.0, 300.0]
    years = intensity.measure(book(low), 2025)
    masked = intensity_held.judge(years, [target()], DAY).set_index("rule").loc["invest_per_mu_300"]
    assert masked["outcome"] == "unknown"
    assert "隐去" in masked["note"]
    for due, outcome in ((dt.date(2025, 12, 31), "fail"), (dt.date(2026, 1, 1), "unknown")):
        assert (
            intensity_held.judge(years, [target(due=due)], DAY).set_index("rule").loc["invest_per_mu_300", "outcome"]
            == outcome
        )


def test_national_means_come_with_report_year_and_data_date() -> None:
    policy = load("cn-expand-2017")
    means = intensity_held.means(policy.means, policy.sources)
    built = means[means["indicator"] == "built_rate"].set_index("report")
    assert built.loc[2020, "value"] == 0.9277
    assert built.loc[2020, "data_date"] == dt.date(2019, 12, 31)
    assert built.loc[2022, "status"] == "mirror"


def held(world: SimpleNamespace, *policies: object) -> pd.DataFrame:
    return intensity_held.compared(intensity.measure(world, 2025), policies, DAY).set_index("indicator")


def test_beside_the_indicators_stand_the_means_the_identity_and_what_has_no_seen_formula() -> None:
    rows = held(book(STATED), load("cn-expand-2017"))
    assert "全国均值 0.9277（2020 年度报告，数据截至 2019-12-31）" in rows.loc["built_rate", "means"]
    assert rows.loc["identity", "value"] == pytest.approx(0.8, abs=2e-4)
    assert "一致" in rows.loc["identity", "note"]
    assert rows.loc[list(intensity_held.UNVERIFIED), "value"].isna().all()
    assert "公式未核实" in rows.loc["paid_use_rate", "note"]
    assert np.isnan(rows.loc["total_score", "value"])
    assert "不计总分" in rows.loc["total_score", "note"]


def test_a_total_score_is_told_only_where_a_policy_brings_weights_and_ideals() -> None:
    data = load("qianxi").model_dump(by_alias=True)
    items = [
        {"indicator": "built_rate", "weight": 60, "ideal": 1.0},
        {"indicator": "far", "weight": 20, "ideal": 0.5},  # better than the ideal is no more than full marks
        {"indicator": "idle_rate", "weight": 20, "ideal": 0.0, "worst": 0.05},  # 0.04: a fifth of the way
    ]
    data["scores"] = [{"items": items, "source": "s1"}]
    own = ZonePolicy.model_validate(data)
    score = held(book(STATED), own).loc["total_score"]
    assert score["value"] == pytest.approx(60 * 0.9412 + 20 + 20 * 0.2)
    blank = held(book(STATED | {"G": np.nan}), own).loc["total_score"]
    assert np.isnan(blank["value"])
    assert "土地闲置率" in blank["note"]


def test_every_year_delivered_is_told_and_a_year_left_out_is_no_row() -> None:
    rows = [{"zone_id": "Z", "year": year} | STATED | {"A2": a2} for year, a2 in ((2023, 400.0), (2025, 500.0))]
    world = book(STATED)
    world.tables["zone_years"] = pd.DataFrame(rows)
    told = intensity.history(world, 2025, intensity.measure(world, 2025))
    rate = told[told["indicator"] == "industrial_rate"].set_index("year")["value"]
    assert rate.to_dict() == {2023: 0.5, 2025: 0.625}
