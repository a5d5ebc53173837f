"""Zones drawn by hand on squared paper: every reading's share, its bounds, and what was counted."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.finding import COUNTED_COLUMNS, FINDING_COLUMNS, ZONE_COLUMNS
from evaluation.policy import PolicyError, fill, load
from evaluation.policy.zone import ZonePolicy
from evaluation.zone import across, by_area_kind, compare, examples, explain_zone, lay, measure
from evaluation.zone.share import figures, readings_of, tally
from gis.measure import area_m2
from gis.repair import make_valid_polygons

CRS = "EPSG:4549"
EAST, NORTH = 500_000.0, 3_300_000.0
DAY = dt.date(2025, 12, 31)
POLICIES = [load("qianxi"), load("qinshui")]
CODES = {
    "1001": "industrial", "1002": "mining", "1101": "storage", "0802": "research", "0901": "residential_commercial",
    "0803": "public_service", "1301": "infrastructure", "1207": "transport", "1401": "green", "16": "reserved",
    "2301": "vacant", "0601": "agricultural_facility", "01": "non_construction", "99": "unmapped",
}  # fmt: skip


def square(x: float, y: float, wide: float, high: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + wide, NORTH + y + high)


def landuse(
    *plots: tuple[str, shapely.Geometry], basis: str = "planned", scheme: str = "ydyh-2023"
) -> gpd.GeoDataFrame:
    rows = {"code": [code for code, _ in plots], "scheme": scheme, "basis": basis, "name": None, "supply_state": None}
    frame = pd.DataFrame(rows).assign(area_m2=np.nan, _row=range(1, len(plots) + 1))
    return gpd.GeoDataFrame(frame, geometry=[shape for _, shape in plots], crs=CRS)


def zones(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    rows = {"zone_id": list(shapes), "name": list(shapes), "boundary": "核准", "approved_area_ha": np.nan, "kind": None}
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=list(shapes.values()), crs=CRS)


def book(land: pd.DataFrame, zone: pd.DataFrame | None = None, zones_by: str | None = None) -> SimpleNamespace:
    none = gpd.GeoDataFrame(
        pd.DataFrame({"zone_id": [], "name": [], "boundary": []}, dtype="str"), geometry=[], crs=CRS
    )
    tables = {"landuse": land, "zones": none if zone is None else zone, "zone_years": years(), "buildings": None}
    return SimpleNamespace(tables=tables, crs=CRS, zones_by=zones_by, classes={})


def years(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": [], "year": []} | columns)


def row(result: pd.DataFrame, reading: str, rule: str = "industrial_land_70", basis: str = "planned") -> pd.Series:
    found = result[(result["reading"] == reading) & (result["rule"] == rule) & (result["basis"] == basis)]
    assert len(found) == 1, found
    return found.iloc[0]


def asked(
    land: pd.DataFrame, zone: pd.DataFrame | None = None, zones_by: str | None = None, **more: object
) -> pd.DataFrame:
    return measure(book(land, zone, zones_by), POLICIES, DAY, **more).zones


# A zone of 100 × 100 tiles of 10 m: one row of tiles (100 000 m²/10) is 1 % of it, 15 亩.
def strips(**percent: float) -> list[tuple[str, shapely.Geometry]]:
    """Return strips of a 1 km² zone, each as many per cent high as named by its code (with a leading c)."""
    plots, at = [], 0.0
    for code, share in percent.items():
        plots.append((code.removeprefix("c"), square(0, at, 1000, share * 10)))
        at += share * 10
    return plots


KM2 = square(0, 0, 1000, 1000)


@pytest.mark.parametrize(
    ("reading", "share"),
    [
        ("N1.K1.X0", 0.5000),  # 50 / 100
        ("N4.K1.X0", 0.6000),  # 50 + 6 + 4
        ("N1.K1.X1", 0.6250),  # 50 / (100 - 5 - 8 - 7)
        ("N4.K1.X1", 0.7500),  # 60 / 80
        ("N1.K1.X2", 0.7143),  # 50 / (80 - 10)
        ("N4.K1.X2", 0.8571),  # 60 / 70
    ],
)
def test_each_reading_of_the_seventy_per_cent_rule_counts_its_own_strips(reading: str, share: float) -> None:
    land = landuse(*strips(c1001=50, c1101=6, c1002=4, c0802=7, c0803=5, c1301=8, c1207=10, c0901=10))
    result = row(asked(land, zones(Z=KM2)), reading)
    assert result["measured"] == share
    assert result["outcome"] == ("pass" if share >= 0.7 else "fail")
    assert result["unmapped_mu"] == 0


def test_the_sixty_per_cent_rule_leaves_nothing_out_and_takes_research_in_on_its_broad_reading() -> None:
    land = landuse(*strips(c1001=50, c1101=6, c1002=4, c0802=7, c0601=3, c0901=30))
    result = asked(land, zones(Z=KM2))
    shares = {r: row(result, r, "industry_use_60")["measured"] for r in ("N1.K1.X0", "N4.K1.X0", "N5.K1.X0")}
    assert shares == {"N1.K1.X0": 0.5, "N4.K1.X0": 0.6, "N5.K1.X0": 0.67}
    assert row(result, "all", "industry_use_60")["outcome"] == "unknown"
    assert "各读法不一致" in row(result, "all", "industry_use_60")["note"]


def test_shortage_is_told_by_conversion_and_by_addition() -> None:
    result = row(asked(landuse(*strips(c1001=50, c0901=50)), zones(Z=KM2)), "N1.K1.X0")
    base = result["denominator_mu"]
    assert base == pytest.approx(1500, rel=1e-5)
    assert result["short_mu"] == round(0.7 * base - result["numerator_mu"], 4) == pytest.approx(300, rel=1e-4)
    assert result["short_add_mu"] == pytest.approx(result["short_mu"] / 0.3, abs=1e-3)
    passing = row(asked(landuse(*strips(c1001=80, c0901=20)), zones(Z=KM2)), "N1.K1.X0")
    assert (passing["short_mu"], passing["short_add_mu"], passing["outcome"]) == (0, 0, "pass")


def test_13999_of_20000_passes_as_0_7000_and_the_note_says_so() -> None:
    land = landuse(("1001", square(0, 0, 1399.9, 100)), ("0901", square(1399.9, 0, 600.1, 100)))
    result = row(asked(land, zones(Z=square(0, 0, 2000, 100))), "N1.K1.X0")
    assert (result["measured"], result["outcome"], result["short_mu"]) == (0.7, "pass", 0)
    assert "四舍五入" in result["note"]
    assert "0.69995" in result["note"]


def test_unmapped_land_gives_bounds_and_an_outcome_only_where_they_agree() -> None:
    straddles = row(asked(landuse(*strips(c1001=65, c0901=25, c99=10)), zones(Z=KM2)), "N1.K1.X0")
    assert (straddles["measured"], straddles["lo"], straddles["hi"]) == (0.7222, 0.65, 0.75)
    assert straddles["outcome"] == "unknown"
    assert row(asked(landuse(*strips(c1001=75, c0901=15, c99=10)), zones(Z=KM2)), "N1.K1.X0")["outcome"] == "pass"
    assert row(asked(landuse(*strips(c1001=55, c0901=35, c99=10)), zones(Z=KM2)), "N1.K1.X0")["outcome"] == "fail"


def test_ground_under_no_polygon_is_unmapped() -> None:
    result = row(asked(landuse(*strips(c1001=60, c0901=20)), zones(Z=KM2)), "N1.K1.X0")
    assert result["unmapped_mu"] == pytest.approx(300, rel=1e-4)
    assert (result["lo"], result["hi"]) == (0.6, 0.8)


def test_polygons_of_different_use_on_one_spot_are_unmapped_once_and_of_one_use_count_once() -> None:
    land = landuse(
        ("1001", square(0, 0, 1000, 600)), ("0901", square(0, 500, 1000, 500)),  # 100 m apart on each other
        ("1001", square(0, 100, 1000, 100)), ("99", square(0, 550, 1000, 30)),
    )  # fmt: skip
    result = row(asked(land, zones(Z=KM2)), "N1.K1.X0")
    assert result["unmapped_mu"] == pytest.approx(150, rel=1e-4)
    assert result["numerator_mu"] == pytest.approx(750, rel=1e-4)
    assert result["denominator_mu"] == pytest.approx(1350, rel=1e-4)


def test_a_straddling_polygon_counts_only_inside_and_overlapping_zones_each_count_all_of_theirs() -> None:
    land = landuse(("1001", square(-500, 0, 1000, 1000)), ("0901", square(500, 0, 1500, 1000)))
    found = asked(land, zones(A=KM2, B=square(400, 0, 1000, 1000)))
    shares = (
        found[found["reading"] == "N1.K1.X0"].query("rule == 'industrial_land_70'").set_index("zone_id")["measured"]
    )
    assert shares.to_dict() == {"A": 0.5, "B": 0.1}


def test_blocks_of_one_zone_are_one_zone_and_an_enclave_is_no_part_of_it() -> None:
    ring = shapely.difference(KM2, square(400, 400, 200, 200))
    blocks = zones(A=ring, B=square(3000, 0, 1000, 1000)).assign(zone_id="Z")
    land = landuse(("1001", KM2), ("0901", square(3000, 0, 1000, 1000)))
    result = row(asked(land, blocks), "N1.K1.X0")
    assert result["measured"] == round(0.96 / 1.96, 4)
    assert result["unmapped_mu"] == 0


def test_farm_buildings_are_left_out_of_the_seventy_per_cent_base_and_the_note_says_so() -> None:
    result = row(asked(landuse(*strips(c1001=60, c0901=20, c0601=20)), zones(Z=KM2)), "N1.K1.X0")
    assert result["measured"] == 0.75
    assert "农业设施建设用地" in result["note"]
    assert (
        row(asked(landuse(*strips(c1001=60, c0901=20, c0601=20)), zones(Z=KM2)), "N1.K1.X0", "industry_use_60")[
            "measured"
        ]
        == 0.6
    )


def test_zones_by_attribute_are_their_own_rows_only() -> None:
    land = landuse(
        ("1001", square(0, 0, 100, 100)), ("0901", square(100, 0, 100, 100)), ("1001", square(5000, 0, 100, 100)),
        ("0901", square(0, 0, 100, 100)),
    )  # fmt: skip
    land["計畫名稱"] = ["甲", "甲", "乙", "乙"]
    found = asked(land, zones_by="landuse.計畫名稱")
    shares = (
        found[found["reading"] == "N1.K1.X0"].query("rule == 'industrial_land_70'").set_index("zone_id")["measured"]
    )
    assert shares.to_dict() == {"甲": 0.5, "乙": 0.5}
    assert (found["unmapped_mu"].dropna() == 0).all()


def test_land_use_without_zones_is_the_one_zone_all_and_without_geometry_goes_by_its_stated_areas() -> None:
    land = landuse(("1001", square(0, 0, 100, 100)), ("0901", square(100, 0, 100, 100)))
    assert set(asked(land)["zone_id"]) == {"ALL"}
    flat = pd.DataFrame(land.drop(columns="geometry")).assign(area_m2=[7000.0, 3000.0], zone_id="Z")
    result = row(asked(flat), "N1.K1.X0")
    assert (result["zone_id"], result["measured"], result["area_kind"]) == ("Z", 0.7, "registered")
    unknown = row(asked(flat.assign(area_m2=[7000.0, np.nan])), "N1.K1.X0")
    assert unknown["outcome"] == "unknown"
    assert "没有面积" in unknown["note"]


def test_without_land_use_or_outline_the_rows_are_there_and_say_what_is_lacking() -> None:
    empty = landuse()
    result = row(asked(empty, zones(Z=KM2)), "N1.K1.X0", basis="")
    assert (result["outcome"], np.isnan(result["measured"])) == ("unknown", True)
    assert "landuse" in result["note"]
    assert row(asked(empty, zones(Z=KM2)), "all", basis="")["outcome"] == "unknown"
    bare = zones(Z=KM2).set_geometry(gpd.GeoSeries([None], crs=CRS))
    assert "zones.geometry" in row(asked(landuse(*strips(c1001=50)), bare), "N1.K1.X0")["note"]


@pytest.mark.parametrize(("day", "words"), [(dt.date(2024, 1, 9), "未生效"), (dt.date(2030, 1, 2), "已失效")])
def test_a_rule_not_in_force_says_so_and_decides_nothing(day: dt.date, words: str) -> None:
    ended = load("qianxi").model_dump(by_alias=True) | {"in_force": {"from": "2024-01-10", "to": "2030-01-01"}}
    ended["in_force"] = {"from": dt.date(2024, 1, 10), "to": dt.date(2030, 1, 1)}
    policy = ZonePolicy.model_validate(ended)
    result = measure(book(landuse(*strips(c1001=90, c0901=10)), zones(Z=KM2)), [policy], day).zones
    assert set(result["outcome"]) == {"unknown"}
    assert result.loc[result["reading"] == "N1.K1.X0", "note"].str.contains(words).all()
    assert result.loc[result["reading"] == "N1.K1.X0", "measured"].tolist() == [0.9]


def test_an_unverified_source_never_decides() -> None:
    data = load("qianxi").model_dump(by_alias=True)
    data["sources"]["s1"]["status"] = "unverified"
    result = measure(
        book(landuse(*strips(c1001=90, c0901=10)), zones(Z=KM2)), [ZonePolicy.model_validate(data)], DAY
    ).zones
    assert set(result["outcome"]) == {"unknown"}
    assert result.loc[result["reading"] == "N4.K1.X1", "note"].str.contains("未核实").all()


def test_research_is_refused_where_public_service_is_left_out_unless_it_is_taken_back_in() -> None:
    land = landuse(*strips(c1001=60, c0802=10, c0803=10, c0901=20))
    data = load("qinshui").model_dump(by_alias=True)
    data["rules"][0]["leave_out"] = ["X0", "X1"]
    refused = row(
        measure(book(land, zones(Z=KM2)), [ZonePolicy.model_validate(data)], DAY).zones, "N5.K1.X1", "industry_use_60"
    )
    assert (refused["outcome"], np.isnan(refused["numerator_mu"])) == ("unknown", True)
    assert "科研" in refused["note"]
    data["rules"][0]["research_back_in"] = True
    allowed = row(
        measure(book(land, zones(Z=KM2)), [ZonePolicy.model_validate(data)], DAY).zones, "N5.K1.X1", "industry_use_60"
    )
    assert allowed["measured"] == round(70 / 90, 4)


def test_each_basis_delivered_is_judged_by_itself() -> None:
    land = pd.concat([
        landuse(*strips(c1001=80, c0901=20)),
        landuse(*strips(c0601=40, c0701=60), basis="actual", scheme="sandiao"),
    ], ignore_index=True)  # fmt: skip
    result = asked(gpd.GeoDataFrame(land, geometry="geometry", crs=CRS), zones(Z=KM2))
    assert row(result, "N1.K1.X0")["measured"] == 0.8
    assert row(result, "N1.K1.X0", basis="actual")["measured"] == 0.4
    assert len(result) == 2 * (6 + 1 + 3 + 1)


def test_a_contested_class_goes_where_the_bureau_declares_and_the_note_says_so(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "id: own\nkind: zone\nlabel: 本单位\ninherits: qianxi\n"
        "contested: {salt: {group: non_construction, source: s1, note: 盐田不计工矿}}\n",
        encoding="utf-8",
    )
    declared = load(own)
    land = landuse(*strips(c1001=60, c1003=10, c0901=30))
    world = book(land, zones(Z=KM2))
    shipped, ours = (row(measure(world, [one], DAY).zones, "N4.K1.X0") for one in (POLICIES[0], declared))
    assert (shipped["measured"], ours["measured"]) == (0.7, 0.6)
    assert "1003" in ours["note"]
    counted = measure(world, [declared], DAY).counted
    assert set(counted.loc[counted["code"] == "1003", "use_group"]) == {"non_construction"}
    own.write_text(own.read_text(encoding="utf-8").replace("non_construction", "green"), encoding="utf-8")
    with pytest.raises(PolicyError):
        load(own)


def test_land_of_a_class_nobody_has_seen_in_its_standard_is_named() -> None:
    land = landuse(*strips(c0601=60, c0604=20, c0701=20), scheme="gbt21010-2017", basis="actual")
    note = row(asked(land, zones(Z=KM2)), "N4.K1.X0", basis="actual")["note"]
    assert "0604" in note
    assert "未核对标准文本" in note
    assert "0601" not in note


@pytest.mark.parametrize("base", ["K4", "K5", "K6", "K7"])
def test_a_base_of_supply_states_without_them_is_unknown_and_says_what_is_lacking(base: str) -> None:
    data = POLICIES[0].model_dump(by_alias=True)
    data["rules"][0] |= {"numerators": ["N1"], "bases": [base], "leave_out": ["X0"]}
    world = book(landuse(*strips(c1001=80, c0901=20)), zones(Z=KM2))
    silent = row(measure(world, [ZonePolicy.model_validate(data)], DAY).zones, f"N1.{base}.X0")
    assert silent["outcome"] == "unknown"
    assert "口径没有写明哪些词" in silent["note"]
    data["states"] = {"built": ["已建"], "ready": ["已达"], "supplied": ["已供"], "undevelopable": ["不可"]}
    stateless = row(measure(world, [ZonePolicy.model_validate(data)], DAY).zones, f"N1.{base}.X0")
    assert stateless["outcome"] == "unknown"
    assert "landuse.supply_state" in stateless["note"]


def test_the_approved_area_as_the_whole_of_the_zone_may_decide_and_the_note_says_so() -> None:
    zone = zones(Z=KM2).assign(approved_area_ha=101.0)
    result = measure(book(landuse(*strips(c1001=70, c0901=30)), zone), POLICIES[:1], DAY)
    court = result.court[(result.court["reading"] == "N1.K1.X0")].set_index("area_kind")
    assert court.loc["ellipsoidal", "outcome"] == "pass"
    assert court.loc["approved", ["measured", "outcome"]].tolist() == [0.6931, "fail"]  # 70 of 101 ha
    note = row(result.zones, "N1.K1.X0")["note"]
    assert "面积来源不同结论不同" in note
    assert "按批准面积 69.31% 不满足" in note


def test_a_zone_example_that_lies_is_found(tmp_path: Path) -> None:
    text = Path(load("qinshui").file).read_text(encoding="utf-8").replace("measured: 0.40", "measured: 0.41")
    (tmp_path / "qinshui.yaml").write_text(text, encoding="utf-8")
    assert examples.mismatches(load(tmp_path / "qinshui.yaml")) == [
        "样例“同一代码 0601 在用地用海里是农村道路，不是工业”的 industry_use_60.N1.K1.X0：measured 应为 0.41，算得 0.4"
    ]


def test_a_bureau_declares_tolerance_and_contested_land_in_a_file_of_its_own_by_name(tmp_path: Path) -> None:
    filling = fill.Filling("张三", dt.date(2025, 3, 1), "会议纪要第二条")

    def saying(source: str) -> dict[str, object]:
        soft = {"value": 0.01, "by": "张三", "on": dt.date(2025, 3, 1), "text": "会议纪要第二条"}
        return {
            "rules": [{"id": "industrial_land_70", "tolerance": soft}],
            "choices": {"vacant": {"put": "out", "source": source}},
            "contested": {"salt": {"group": "non_construction", "source": source}},
        }

    own = load(fill.declare(POLICIES[0], filling, saying, "own", tmp_path))
    land = landuse(*strips(c1001=62, c2301=10, c1003=3, c0901=25))  # 62 of 90 without vacant land: 68.89 %
    told = row(measure(book(land, zones(Z=KM2)), [own], DAY).zones, "N4.K1.X0")
    assert (told["measured"], told["outcome"]) == (0.6889, "fail")
    assert "容差 1.00% 由 张三 写入" in told["note"]
    land = landuse(*strips(c1001=62.1, c2301=10, c0901=27.9))  # 69.00 %
    assert row(measure(book(land, zones(Z=KM2)), [own], DAY).zones, "N4.K1.X0")["outcome"] == "pass"
    assert own.sources["own1"].confirmed is not None


def test_a_named_tolerance_softens_and_is_shown() -> None:
    data = load("qianxi").model_dump(by_alias=True)
    data["rules"][0]["tolerance"] = {"value": 0.02, "by": "王某", "on": dt.date(2025, 1, 1)}
    result = row(
        measure(book(landuse(*strips(c1001=69, c0901=31)), zones(Z=KM2)), [ZonePolicy.model_validate(data)], DAY).zones,
        "N1.K1.X0",
    )
    assert (result["outcome"], result["required"]) == ("pass", 0.7)
    assert "王某" in result["note"]


def test_counted_ground_is_the_ground_of_the_figures_and_never_twice_on_one_spot() -> None:
    land = landuse(
        ("1001", square(0, 0, 1000, 600)), ("0901", square(0, 500, 1000, 300)), ("1301", square(0, 800, 1000, 100)),
    )  # fmt: skip
    result = measure(book(land, zones(Z=KM2)), POLICIES, DAY)
    assert set(COUNTED_COLUMNS) <= set(result.counted.columns)
    one = result.counted[(result.counted["reading"] == "N1.K1.X1") & (result.counted["rule"] == "industrial_land_70")]
    by_role = one.groupby("role")["area_mu"].sum()
    figures = row(result.zones, "N1.K1.X1")
    assert by_role["numerator"] == pytest.approx(figures["numerator_mu"], abs=1e-3)
    assert by_role["numerator"] + by_role["denominator"] == pytest.approx(figures["denominator_mu"], abs=1e-3)
    assert by_role["excluded"] == pytest.approx(figures["excluded_mu"], abs=1e-3)
    assert by_role["unmapped"] == pytest.approx(figures["unmapped_mu"], abs=1e-3)
    assert shapely.union_all(one.geometry.to_numpy()).area == pytest.approx(one.geometry.area.sum())
    assert one.geometry.area.sum() == pytest.approx(1_000_000)


def test_frames_have_the_columns_of_the_contract_and_findings_name_reading_and_basis() -> None:
    result = measure(book(landuse(*strips(c1001=50, c0901=50)), zones(Z=KM2)), POLICIES, DAY)
    assert tuple(result.zones.columns[: len(ZONE_COLUMNS)]) == ZONE_COLUMNS
    assert tuple(result.findings.columns[: len(FINDING_COLUMNS)]) == FINDING_COLUMNS
    shares = result.findings[result.findings["rule"] == "industrial_land_70"]
    assert set(shares["reading"]) >= {"N1.K1.X0@planned", "all@planned"}
    assert set(shares.loc[shares["outcome"] == "fail", "stage"]) == {"suspected"}


def test_the_tree_behind_a_zone_says_what_the_row_says() -> None:
    result = measure(book(landuse(*strips(c1001=50, c0901=50)), zones(Z=KM2)), POLICIES, DAY)
    nodes = list(explain_zone(POLICIES, result, "Z").walk())
    assert any("50.00%" in node.label for node in nodes)
    assert any(node.source and "70%" in node.source["quote"] for node in nodes)
    leaf = next(node for node in nodes if "1001" in node.label)
    assert leaf.value == pytest.approx(750, rel=1e-4)


def test_two_years_of_a_zone_compared_say_which_ground_moved_the_share() -> None:
    before = asked(landuse(*strips(c1001=60, c0901=40)), zones(Z=KM2))
    after = asked(landuse(*strips(c1001=75, c0901=25)), zones(Z=KM2))
    changed = row(compare(before, after), "N1.K1.X0")
    assert changed["change"] == 0.15
    assert changed["standing"] == "变化"
    assert "由不满足变为满足" in changed["why"]


def test_where_the_stated_areas_would_decide_otherwise_the_court_says_so() -> None:
    land = landuse(*strips(c1001=69, c0901=31)).assign(area_m2=[720_000.0, 280_000.0])
    world = book(land, zones(Z=KM2))
    kinds = row_of_kinds(by_area_kind(lay(world), POLICIES, DAY))
    assert kinds["measured"].to_dict() == {"ellipsoidal": 0.69, "planar": 0.69, "registered": 0.72}
    assert kinds["outcome"].to_dict() == {"ellipsoidal": "fail", "planar": "fail", "registered": "pass"}
    assert kinds["decides"].all()
    agreed = row_of_kinds(by_area_kind(lay(book(landuse(*strips(c1001=69, c0901=31)), zones(Z=KM2))), POLICIES, DAY))
    assert not agreed["decides"].any()


def row_of_kinds(frame: pd.DataFrame) -> pd.DataFrame:
    mine = (frame["reading"] == "N1.K1.X0") & (frame["rule"] == "industrial_land_70")
    return frame[mine].set_index("area_kind")


def test_zones_side_by_side_are_one_row_each() -> None:
    land = landuse(("1001", KM2), ("0901", square(2000, 0, 1000, 1000)))
    wide = across(asked(land, zones(A=KM2, B=square(2000, 0, 1000, 1000))))
    assert wide["zone_id"].tolist() == ["A", "B"]
    assert wide["industrial_land_70", "planned", "N1.K1.X0"].tolist() == [1.0, 0.0]


def test_supplied_land_as_the_base_follows_the_supply_state_and_a_blank_state_is_unknown() -> None:
    data = load("qinshui").model_dump(by_alias=True)
    data["states"] = {"supplied": ["已供"], "built": ["已建成"]}
    data["rules"][0] |= {"bases": ["K7", "K3"], "numerators": ["N1"]}
    policy = ZonePolicy.model_validate(data)
    land = landuse(*strips(c1001=60, c0901=20, c01=20)).assign(supply_state=["已供", "已供", "未供"])
    full = measure(book(land, zones(Z=KM2)), [policy], DAY).zones
    assert row(full, "N1.K7.X0", "industry_use_60")["measured"] == 0.75
    assert row(full, "N1.K3.X0", "industry_use_60")["measured"] == 0.75
    blank = measure(book(land.assign(supply_state=["已供", None, "未供"]), zones(Z=KM2)), [policy], DAY).zones
    assert row(blank, "N1.K7.X0", "industry_use_60")[["measured", "lo", "hi"]].tolist() == [1.0, 0.75, 1.0]


def test_the_planned_boundary_is_its_own_base_and_its_absence_is_said() -> None:
    data = load("qinshui").model_dump(by_alias=True)
    data["rules"][0] |= {"bases": ["K1", "K2"], "numerators": ["N1"]}
    policy = ZonePolicy.model_validate(data)
    land = landuse(("1001", KM2), ("0901", square(1000, 0, 1000, 1000)))
    both = pd.concat([zones(Z=KM2), zones(Z=square(0, 0, 2000, 1000)).assign(boundary="规划")], ignore_index=True)
    found = measure(book(land, gpd.GeoDataFrame(both, geometry="geometry", crs=CRS)), [policy], DAY).zones
    assert row(found, "N1.K1.X0", "industry_use_60")["measured"] == 1.0
    assert row(found, "N1.K2.X0", "industry_use_60")["measured"] == 0.5
    only = measure(book(land, zones(Z=KM2)), [policy], DAY).zones
    assert "K2" in row(only, "N1.K2.X0", "industry_use_60")["note"]


TILES = st.lists(st.sampled_from(sorted(CODES)), min_size=16, max_size=16)


def tiled(codes: list[str]) -> gpd.GeoDataFrame:
    return landuse(*[(code, square(25 * (i % 4), 25 * (i // 4), 25, 25)) for i, code in enumerate(codes)])


SQUARE = zones(Z=square(0, 0, 100, 100))


def figures_of(land: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the figures of every default reading of the hand-drawn square, unjudged."""
    readings = {r.id: r for policy in POLICIES for rule in policy.rules for r in readings_of(rule)}
    return figures(tally(lay(book(land, SQUARE)), list(readings.values()), None)).set_index("reading")


@settings(max_examples=20, deadline=None)
@given(TILES)
def test_whatever_the_land_use_numerator_rest_excluded_and_unmapped_add_up_to_the_zone(codes: list[str]) -> None:
    result = figures_of(tiled(codes))
    whole = result["denominator_m2"] + result["excluded_m2"] + result["unmapped_m2"]
    assert np.allclose(whole, area_m2(SQUARE.geometry)[0], atol=0.02)
    assert (result["numerator_mu"] <= result["denominator_mu"]).all()


@settings(max_examples=15, deadline=None)
@given(TILES, st.integers(0, 15))
def test_turning_industrial_land_to_other_use_never_raises_a_share(codes: list[str], at: int) -> None:
    codes = [*codes[:at], "1001", *codes[at + 1 :]]
    turned = [*codes[:at], "0901", *codes[at + 1 :]]
    before, after = (figures_of(tiled(c)) for c in (codes, turned))
    assert (after["numerator_m2"] < before["numerator_m2"]).all()
    assert (after["denominator_m2"] - before["denominator_m2"]).abs().max() <= 0.02


@settings(max_examples=15, deadline=None)
@given(TILES, st.integers(0, 15))
def test_splitting_a_polygon_changes_nothing(codes: list[str], at: int) -> None:
    whole = tiled(codes)
    x, y, *_ = whole.geometry.iloc[at].bounds
    halves = [shapely.box(x, y, x + 10, y + 25), shapely.box(x + 10, y, x + 25, y + 25)]
    rest = whole.drop(index=at)
    split = landuse(*zip(rest["code"], rest.geometry, strict=True), *((codes[at], half) for half in halves))
    pd.testing.assert_frame_equal(figures_of(whole), figures_of(split), rtol=0, atol=0.011)


@settings(max_examples=15, deadline=None)
@given(TILES, st.sampled_from(sorted(CODES)), st.integers(0, 60), st.integers(0, 60))
def test_laying_more_polygons_on_covered_ground_never_adds_area(codes: list[str], code: str, x: int, y: int) -> None:
    plain = tiled(codes)
    more = pd.concat([plain, landuse((code, square(x, y, 40, 40)))], ignore_index=True)
    before, after = figures_of(plain), figures_of(more)
    assert (after["denominator_m2"] <= before["denominator_m2"] + 0.02).all()
    assert (after["numerator_m2"] <= before["numerator_m2"] + 0.02).all()
    assert (after["unmapped_m2"] + 0.02 >= before["unmapped_m2"]).all()


@pytest.mark.shared
def test_taoyuan_industrial_share_per_plan_equals_geos_and_areas_are_conserved(shared: Path) -> None:
    raw = gpd.read_file(shared / "parcels" / "tw_taoyuan_zoning.gpkg")
    mended, _ = make_valid_polygons(raw.geometry)
    land = raw.set_geometry(mended).assign(
        code=raw["分區類"], name=None, scheme="custom", basis="planned", supply_state=None, zone_id=raw["計畫_1"]
    )
    group = raw["分區類"].map({"工業區": "industrial"}).fillna("residential_commercial")
    world = book(land)
    world.crs = land.crs
    result = measure(world, [load("qinshui")], DAY, use_group=group).zones
    found = result[(result["reading"] == "N1.K1.X0") & (result["rule"] == "industry_use_60")].set_index("zone_id")
    assert len(found) == raw["計畫_1"].nunique() == 28
    for plan, part in land.groupby("zone_id"):
        works = group[part.index] == "industrial"
        industrial, other = (shapely.union_all(part.geometry[mask].to_numpy()) for mask in (works, ~works))
        whole = shapely.union_all([industrial, other])
        clear = whole.area - shapely.intersection(industrial, other).area
        assert found.loc[plan, "measured"] == pytest.approx(
            shapely.difference(industrial, other).area / clear, abs=1e-4
        )
        ours = found.loc[plan, ["denominator_m2", "excluded_m2", "unmapped_m2"]].sum()
        assert ours == pytest.approx(area_m2(gpd.GeoSeries([whole], crs=land.crs))[0], rel=1e-8, abs=0.05)
