"""The docket of one zone of a square kilometre: each condition met, failed and unknown, and what would cure it."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from evaluation.expansion import docket, examine, examples, explain_expansion, least_score, project
from evaluation.finding import EXPANSION_COLUMNS
from evaluation.policy import fill, load
from evaluation.policy.expansion import CONDITIONS, ExpansionPolicy
from evaluation.policy.load import shipped
from evaluation.validate import PROBLEMS, validate
from evaluation.zone import measure
from parcels.words import entry

CRS = "EPSG:4549"
EAST, NORTH = 500_000.0, 3_300_000.0
DAY = dt.date(2025, 12, 31)
DEMO, NATION = load("demo-province"), load("cn-expand-2017")
YEAR = {"A": 85.0, "A1": 8.0, "A2": 60.0, "B": 15.0, "B21": 5.0, "D": 90.0, "G": 1.8}
APPRAISED = ("zone_id", "cycle", "cycle_years", "group", "score", "rank", "zones_ranked", "result")


def square(x: float, y: float, wide: float, high: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + wide, NORTH + y + high)


def strips(scheme: str, basis: str, state: str | None, **percent: float) -> gpd.GeoDataFrame:
    rows, shapes, at = [], [], 0.0
    for code, share in percent.items():
        rows.append({"code": code[1:], "scheme": scheme, "basis": basis, "name": None, "supply_state": state})
        shapes.append(square(0, at, 1000, share * 10))
        at += share * 10
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=CRS)


PLAN = strips("ydyh-2023", "planned", None, c1001=60, c0901=20, c1207=20)
ACTUAL = strips("sandiao", "actual", "已供", c0601=60, c0701=20, c1004=20)


def zone(wide: float = 1000, boundary: str | None = "核准", approved: float = 100.0) -> gpd.GeoDataFrame:
    frame = {
        "zone_id": ["Z"],
        "name": ["一区"],
        "boundary": [boundary],
        "approved_area_ha": [approved],
        "kind": ["经济开发区"],
    }
    return gpd.GeoDataFrame(pd.DataFrame(frame), geometry=[square(0, 0, wide, 1000)], crs=CRS)


def appraised(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame([{"zone_id": "Z"} | row for row in rows], columns=APPRAISED)
    numbers = ["cycle", "cycle_years", "score", "rank", "zones_ranked"]
    return frame.assign(**{name: frame[name].astype("float64") for name in numbers})


GOOD = appraised({"cycle": 2024, "score": 91}, {"cycle": 2025, "score": 93})


def limits(*areas: tuple[str, shapely.Polygon]) -> gpd.GeoDataFrame:
    rows = {"kind": [kind for kind, _ in areas], "name": [f"{kind}一号" for kind, _ in areas]}
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=[shape for _, shape in areas], crs=CRS)


AWAY = limits(("禁止", square(9000, 0, 100, 100)))


def book(year: dict[str, float] | None = YEAR, **tables: object) -> SimpleNamespace:
    rows = [] if year is None else [{"zone_id": "Z", "year": 2025} | year]
    columns = [
        "zone_id",
        "year",
        *YEAR,
        "D22",
        "H",
        "floor_m2",
        "footprint_m2",
        "population",
        "tax_wan",
        "output_wan",
        "invest_wan",
    ]
    land = gpd.GeoDataFrame(pd.concat([PLAN, ACTUAL], ignore_index=True), geometry="geometry", crs=CRS)
    standard = {
        "zones": zone(), "zone_years": pd.DataFrame(rows, columns=columns), "landuse": land, "buildings": None,
        "appraisals": GOOD, "restricted": AWAY,
    }  # fmt: skip
    return SimpleNamespace(tables=standard | tables, crs=CRS, zones_by=None, classes={})


def said(world: SimpleNamespace, policy: ExpansionPolicy = DEMO, year: int = 2025, **more: object) -> pd.DataFrame:
    day = dt.date(year, 12, 31)
    frame, _ = docket(world, [policy], measure(world, [], day, year=year), day, year, **more)
    return frame.set_index("condition")


def outcome(world: SimpleNamespace, condition: str, policy: ExpansionPolicy = DEMO, year: int = 2025) -> str:
    return str(said(world, policy, year).loc[condition, "outcome"])


def test_a_zone_that_meets_every_figure_of_the_demo_province_may_apply() -> None:
    frame = said(book())
    assert dict(frame["outcome"]) == dict.fromkeys([*CONDITIONS, "overall"], "pass")
    assert frame["cure"].eq("").all()
    assert frame["source"].str.contains("示例").all()


def test_the_national_clause_has_no_figures_so_all_but_the_restricted_areas_are_unknown_and_say_who_may_fill_them() -> (
    None
):
    frame = said(book(), NATION)
    assert frame.loc["lawful_restricted", "outcome"] == "pass"
    rest = frame.drop(["lawful_restricted", "overall"])
    assert set(rest["outcome"]) == {"unknown"}
    assert rest["cure"].str.contains("省级规定").all()
    assert rest.loc["built_out_area", "measured"] == pytest.approx(0.9444, abs=1e-4)
    assert "数据截至 2019-12-31" in rest.loc["built_out_area", "context"]
    assert frame.loc["overall", "outcome"] == "unknown"


def test_the_frame_has_the_contracts_columns_ten_rows_a_zone_and_findings_named_by_policy_and_condition() -> None:
    world = book()
    frame, findings = docket(world, [DEMO, NATION], measure(world, [], DAY), DAY, 2025)
    assert tuple(frame.columns[: len(EXPANSION_COLUMNS)]) == EXPANSION_COLUMNS
    assert len(frame) == len(findings) == 20
    assert set(findings["rule"]) >= {"demo-province/overall", "cn-expand-2017/built_out_area"}


@pytest.mark.parametrize(
    ("condition", "figures", "words"),
    [
        ("built_out_area", {"D": 100.0}, "再建成 5 公顷"),  # 0.90 × 100 − 85
        ("intensive_industry_land", {"A2": 34.0}, "再增 8.5 公顷"),  # 0.50 × 85 − 34
        ("intensive_idle", {"G": 3.6}, "处置闲置土地 0.9 公顷"),  # 3.6 − 0.03 × 90
    ],
)
def test_a_figure_short_of_its_standard_fails_and_says_by_how_much(
    condition: str, figures: dict[str, float], words: str
) -> None:
    frame = said(book(YEAR | figures))
    assert frame.loc[condition, "outcome"] == "fail"
    assert words in frame.loc[condition, "cure"]
    assert frame.loc["overall", "outcome"] == "fail"


def test_a_missing_year_is_unknown_and_the_cure_is_the_figure() -> None:
    bare = book(None, landuse=PLAN)
    frame = said(bare)
    assert frame.loc["built_out_area", "outcome"] == frame.loc["intensive_idle", "outcome"] == "unknown"
    assert "G" in frame.loc["intensive_idle", "cure"]
    assert frame.loc["overall", "outcome"] == "unknown"


def test_built_use_other_than_planned_fails_in_mu() -> None:
    other = strips("sandiao", "actual", "已供", c0701=60, c0601=20, c1004=20)
    frame = said(book(landuse=pd.concat([PLAN, other], ignore_index=True)))
    assert frame.loc["built_out_use", "measured"] == pytest.approx(0.2, abs=1e-4)
    assert frame.loc["built_out_use", "outcome"] == "fail"
    assert outcome(book(landuse=PLAN), "built_out_use") == "unknown"


@pytest.mark.parametrize(
    ("shape", "result"),
    [
        (zone(), "pass"),
        (zone(1010), "fail"),  # 101 ha drawn on 100 approved, over the 0.5 % of the demo
        (zone(boundary=None), "unknown"),
        (zone(boundary="管理"), "unknown"),
        (zone(1010, boundary="管理"), "fail"),
        (zone(approved=np.nan), "unknown"),
    ],
)
def test_the_boundary_is_lawful_only_as_the_approved_one_within_the_approved_area(
    shape: gpd.GeoDataFrame, result: str
) -> None:
    assert outcome(book(zones=shape), "lawful_boundary") == result


def test_a_managed_boundary_beyond_the_approved_one_is_told_by_its_hectares() -> None:
    both = pd.concat([zone(), zone(1200, "管理")], ignore_index=True)
    row = said(book(zones=gpd.GeoDataFrame(both, geometry="geometry", crs=CRS))).loc["lawful_boundary"]
    assert row["outcome"] == "fail"
    assert "越出核准边界 20" in row["note"]


@pytest.mark.parametrize(
    ("kind", "demo", "nation"), [("禁止", "fail", "fail"), ("红线", "fail", "fail"), ("限制", "fail", "unknown")]
)
def test_restricted_areas_are_counted_once_and_the_nations_in_principle_is_left_to_the_authority(
    kind: str, demo: str, nation: str
) -> None:
    twice = limits((kind, square(0, 0, 100, 100)), (kind, square(50, 0, 100, 100)))
    row = said(book(restricted=twice)).loc["lawful_restricted"]
    assert row["outcome"] == demo
    assert row["measured"] == pytest.approx(22.5, abs=1e-3)  # 150 m × 100 m
    assert "调出" in row["cure"]
    assert outcome(book(restricted=twice), "lawful_restricted", NATION) == nation


def test_without_a_restricted_layer_nothing_is_known_of_it() -> None:
    empty = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[], crs=CRS)
    row = said(book(restricted=empty)).loc["lawful_restricted"]
    assert row["outcome"] == "unknown"
    assert "restricted" in row["cure"]


@pytest.mark.parametrize(("state", "result"), [("已供", "pass"), ("未批先用", "fail"), (None, "unknown")])
def test_unapproved_land_is_what_the_supply_state_says(state: str | None, result: str) -> None:
    actual = strips("sandiao", "actual", state, c0601=60, c0701=20, c1004=20)
    assert outcome(book(landuse=pd.concat([PLAN, actual], ignore_index=True)), "lawful_unapproved") == result


def test_a_blank_supply_state_on_part_of_the_zone_is_unknown_not_lawful() -> None:
    actual = ACTUAL.assign(supply_state=["已供", None, "已供"])
    assert outcome(book(landuse=pd.concat([PLAN, actual], ignore_index=True)), "lawful_unapproved") == "unknown"


GANSU, HUBEI, RANKS, TIANJIN = (load(name) for name in ("gansu-2017", "hubei-2017", "hubei-2023", "tianjin-2017"))


def judged(policy: ExpansionPolicy, *rows: dict[str, object], year: int = 2025) -> pd.Series:
    return said(book(appraisals=appraised(*rows)), policy, year).loc["appraisal"]


@pytest.mark.parametrize(
    ("scores", "result"),
    [
        ({2024: 90, 2025: 90}, "pass"),
        ({2024: 89.9999, 2025: 95}, "fail"),
        ({2024: 89.99999, 2025: 95}, "pass"),  # prints as 90.0000
        ({2023: 95, 2025: 95}, "unknown"),
        ({2024: 95}, "unknown"),
        ({2024: 95, 2025: np.nan}, "unknown"),
    ],
)
def test_gansu_asks_for_ninety_in_two_years_running_and_a_missing_year_is_unknown(
    scores: dict[int, float], result: str
) -> None:
    row = judged(GANSU, *({"cycle": cycle, "score": score} for cycle, score in scores.items()))
    assert row["outcome"] == result
    assert "优先支持" in row["note"]


def test_gansus_score_is_no_right_to_expand_and_its_absence_no_bar() -> None:
    frame = said(book(appraisals=appraised({"cycle": 2024, "score": 50}, {"cycle": 2025, "score": 50})), GANSU)
    assert frame.loc["appraisal", "outcome"] == "fail"
    assert frame.loc["overall", "outcome"] == "unknown"


def test_gansus_ninety_is_not_modelled_under_the_regulation_of_2026() -> None:
    row = judged(GANSU, {"cycle": 2025, "score": 95}, {"cycle": 2026, "score": 95}, year=2026)
    assert row["outcome"] == "unknown"
    assert "条例" in row["note"]


def biennial(rank: float, cycle: int = 2025, n: float = 30, group: str | None = None) -> dict[str, object]:
    return {"cycle": cycle, "cycle_years": 2, "rank": rank, "zones_ranked": n, "group": group}


def test_hubei_warns_after_the_last_five_in_two_biennial_appraisals() -> None:
    assert judged(HUBEI, biennial(26, 2023), biennial(30))["outcome"] == "fail"
    assert judged(HUBEI, biennial(25, 2023), biennial(30))["outcome"] == "pass"
    assert (
        judged(HUBEI, biennial(26, 2022), biennial(30, 2024))["outcome"] == "fail"
    )  # the last appraisal was last year
    assert judged(HUBEI, biennial(30))["outcome"] == "unknown"
    assert judged(HUBEI, biennial(26, 2021), biennial(30))["outcome"] == "unknown"
    assert "共 30 家，最后 5 位" in judged(HUBEI, biennial(26, 2023), biennial(30))["note"]


def test_annual_appraisals_are_not_biennial_ones() -> None:
    rows = ({"cycle": cycle, "cycle_years": 1, "rank": 30, "zones_ranked": 30} for cycle in (2023, 2025))
    row = judged(HUBEI, *rows)
    assert row["outcome"] == "unknown"
    assert "不符" in row["note"]


def test_hubei_2023_suspends_the_last_three_of_each_provincial_group() -> None:
    kept = {"n": 24, "cycle": 2024, "group": "一类"}
    assert judged(RANKS, biennial(22, **kept))["outcome"] == "fail"
    assert judged(RANKS, biennial(21, **kept))["outcome"] == "pass"
    assert judged(RANKS, biennial(21, cycle=2024, n=21, group="国家级"))["outcome"] == "pass"
    assert judged(RANKS, biennial(22, cycle=2024, n=24))["outcome"] == "unknown"
    unranked = judged(RANKS, biennial(np.nan, **kept))
    assert unranked["outcome"] == "unknown"
    assert "没有名次" in unranked["note"]


def test_a_tie_that_straddles_the_line_is_unknown_and_says_so() -> None:
    tied = [biennial(21, 2024, 24, "一类"), biennial(21, 2024, 24, "一类") | {"zone_id": "Y"}]
    row = judged(RANKS, *tied)
    assert row["outcome"] == "unknown"
    assert "跨越" in row["note"]
    assert judged(RANKS, *(one | {"group": f"组{at}"} for at, one in enumerate(tied)))["outcome"] == "pass"


def test_tianjin_asks_only_that_the_result_is_not_a_failure() -> None:
    for result, expected in (("不合格", "fail"), ("良好", "pass"), (None, "unknown")):
        assert judged(TIANJIN, {"cycle": 2025, "result": result})["outcome"] == expected


def test_an_unverified_source_decides_nothing_here_either() -> None:
    data = DEMO.model_dump(by_alias=True)
    data["sources"]["d1"]["status"] = "unverified"
    frame = said(book(), ExpansionPolicy.model_validate(data))
    assert set(frame["outcome"]) == {"unknown"}
    assert frame.drop("overall")["note"].str.contains("未核实").all()


def test_a_policy_without_a_condition_answers_unknown_for_it() -> None:
    data = DEMO.model_dump(by_alias=True)
    del data["conditions"]["rational"]
    frame = said(book(), ExpansionPolicy.model_validate(data))
    assert (frame.loc["rational", "outcome"], frame.loc["overall", "outcome"]) == ("unknown", "unknown")


def test_before_its_day_a_policy_is_not_in_force() -> None:
    world = book()
    day = dt.date(2017, 10, 8)
    frame, _ = docket(world, [DEMO], measure(world, [], day, year=2025), day, 2025)
    assert set(frame["outcome"]) == {"unknown"}
    assert frame[frame["condition"] != "overall"]["note"].str.contains("未生效").all()


def test_next_years_score_is_projected() -> None:
    scores = appraised({"cycle": 2024, "score": 60}, {"cycle": 2025, "score": 92})
    ahead = project(scores, ["Z"], [DEMO, NATION], DAY, 2025, [79, 80]).set_index("score")["outcome"]
    assert ahead.to_dict() == {79.0: "fail", 80.0: "pass"}
    assert least_score(scores, ["Z"], [DEMO], DAY, 2025)["least"].tolist() == [80.0]
    low = appraised({"cycle": 2025, "score": 60})
    assert least_score(low, ["Z"], [DEMO], DAY, 2025)["least"].isna().all()


def test_idle_parcels_from_the_reclaim_list_are_named_in_the_cure() -> None:
    parcels = pd.DataFrame({
        "parcel_id": ["p1", "p2"],
        "zone_id": "Z",
        "idle": ["clause1", "no"],
        "area_mu": [30.0, 10.0],
    })
    frame = said(book(YEAR | {"G": 9.0}), reclaim=parcels)
    assert "p1" in frame.loc["intensive_idle", "cure"]
    assert "p2" not in frame.loc["intensive_idle", "cure"]


def test_the_tree_behind_the_docket_says_what_the_rows_say() -> None:
    world = book(YEAR | {"D": 100.0})
    full = examine(world, [DEMO], measure(world, [], DAY), DAY, 2025)
    tree = explain_expansion([DEMO], full, "Z")
    failing = next(node for node in tree.walk() if node.rule == "demo-province/built_out_area")
    assert failing.outcome == "fail"
    assert [leaf.outcome for leaf in failing.children] == ["fail", "pass", ""]
    assert tree.children[0].outcome == "fail"


def test_every_measure_and_condition_has_its_chinese_words() -> None:
    from evaluation.expansion.measures import HOW

    assert set(HOW) <= set(entry("zone.measure")) & set(entry("zone.cure"))
    assert set(CONDITIONS) <= set(entry("common.condition"))


def test_lianyungang_talks_to_a_zone_that_fell_back_two_years_running() -> None:
    policy = load("lianyungang-2022")
    ranks = [{"cycle": 2023 + at, "rank": rank} for at, rank in enumerate((5, 6, 8))]
    assert judged(policy, *ranks)["outcome"] == "fail"
    assert judged(policy, *ranks[:2], {"cycle": 2025, "rank": 6})["outcome"] == "pass"
    assert judged(policy, *ranks[1:])["outcome"] == "unknown"


def test_a_policy_that_was_replaced_no_longer_decides() -> None:
    policy = load("sichuan-2019")
    assert outcome(book(), "lawful_restricted", policy) == "pass"
    later = said(book(YEAR), policy, 2026)
    assert set(later["outcome"]) == {"unknown"}
    assert "已失效" in later.loc["lawful_restricted", "note"]


SICHUAN = load("sichuan-2019")
AHEAD = [{"zone_id": "Z", "year": year, "growth_rate": 8.0, "growth_rate_mean": 7.5,
          "industrial_revenue_wan": 50.0, "county_industrial_revenue_wan": 100.0} for year in (2023, 2024, 2025)]  # fmt: skip


def sichuan(rows: list[dict[str, object]], zone_: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    world = book(zone_years=pd.DataFrame(rows), **({} if zone_ is None else {"zones": zone_}))
    full = examine(world, [SICHUAN], measure(world, [], DAY), DAY, 2025)
    return full.leaves.set_index("leaf")


def test_sichuan_2019_asks_for_three_years_above_the_mean_and_two_fifths_of_the_county() -> None:
    told = sichuan(AHEAD)
    assert told.loc[["growth_over_mean", "revenue_of_county"], "outcome"].tolist() == ["pass", "pass"]
    level = [AHEAD[0] | {"growth_rate": 7.5}, *AHEAD[1:]]
    assert sichuan(level).loc["growth_over_mean", "outcome"] == "fail", "高于 is not 不低于"
    gap = sichuan(AHEAD[1:]).loc["growth_over_mean"]
    assert gap["outcome"] == "unknown"
    assert "2023" in gap["note"]
    small = [*AHEAD[:2], AHEAD[2] | {"industrial_revenue_wan": 39.0}]
    assert sichuan(small).loc["revenue_of_county", ["outcome", "measured"]].tolist() == ["fail", 0.39]


def test_sichuans_ten_square_kilometres_are_those_applied_for_so_todays_zone_can_only_exceed_them() -> None:
    assert sichuan(AHEAD).loc["zone_km2", "outcome"] == "unknown"
    large = zone(wide=11_000, approved=1100.0)
    assert sichuan(AHEAD, large).loc["zone_km2", "outcome"] == "fail"
    asked = pd.concat([zone(), zone(wide=2000, boundary="规划")], ignore_index=True)
    told = sichuan(AHEAD, asked)
    assert told.loc["zone_km2", ["outcome", "measured"]].tolist() == ["pass", pytest.approx(2.0, abs=0.01)]
    assert told.loc["zone_blocks", "outcome"] == "pass"


def test_the_ground_behind_a_condition_is_named_and_adds_up() -> None:
    limit = limits(("禁止", square(0, 0, 100, 1000)))
    other = strips("sandiao", "actual", "未批先用", c0601=50, c0701=30, c1004=20)
    land = gpd.GeoDataFrame(pd.concat([PLAN, other], ignore_index=True), geometry="geometry", crs=CRS)
    world = book(restricted=limit, landuse=land.assign(_row=range(2, len(land) + 2)))
    full = examine(world, [DEMO], measure(world, [], DAY), DAY, 2025)
    ground = full.evidence.groupby("leaf")["area_mu"].sum()
    assert ground["forbidden_mu"] == pytest.approx(150, rel=1e-3)
    assert ground["unapproved_mu"] == pytest.approx(1500, rel=1e-3)
    assert ground["use_as_planned"] == pytest.approx(150, rel=1e-3)  # 50–60 % up: planned industry, housing today
    cure = full.expansion.set_index("condition")["cure"]
    assert "禁止一号" in cure["lawful_restricted"]
    assert "第 5 行" in cure["lawful_unapproved"]


def test_a_province_fills_the_nations_blank_with_a_number_and_then_it_decides(tmp_path: Path) -> None:
    path = "conditions.built_out_area.leaves.built_rate.at_least"
    filling = fill.Filling("张三", dt.date(2025, 3, 1), "第六条", title="某省扩区办法", values={path: 0.95})
    own = load(fill.fill(NATION, filling, "own", tmp_path))
    assert isinstance(own, ExpansionPolicy)
    full = examine(book(), [own], measure(book(), [], DAY), DAY, 2025)  # 85 ÷ 90 built
    leaf = full.leaves.set_index("leaf").loc["built_rate"]
    assert leaf[["outcome", "measured", "required"]].tolist() == ["fail", 0.9444, 0.95]
    assert "某省扩区办法" in leaf["source"]
    assert "再建成 0.5 公顷" in leaf["cure"]


def expansion_policies() -> list[str]:
    folder = Path(NATION.file).parent
    return [name for name in sorted(shipped(folder)) if isinstance(load(name), ExpansionPolicy)]


@pytest.mark.parametrize("name", expansion_policies())
def test_an_expansion_policy_does_what_its_examples_say(name: str) -> None:
    own = load(name)
    assert len(own.examples) >= 2
    assert examples.mismatches(own) == []


def test_an_expansion_example_that_lies_is_found_also_by_the_check_of_files(tmp_path: Path) -> None:
    text = Path(GANSU.file).read_text(encoding="utf-8").replace("score: 89.9}", "score: 90.0}")
    (tmp_path / "gansu-2017.yaml").write_text(text, encoding="utf-8")
    lies = [
        "样例“其中一年 89.9 分，不够”的 Z.appraisal：outcome 应为 fail，算得 pass",
        "样例“其中一年 89.9 分，不够”的 Z.appraisal：measured 应为 89.9，算得 90.0",
    ]
    assert examples.mismatches(load(tmp_path / "gansu-2017.yaml")) == lies
    checked = validate(tmp_path / "gansu-2017.yaml")
    assert (checked.code, checked.problems) == (PROBLEMS, [f"gansu-2017.yaml：{lie}" for lie in lies])


EXAMPLE = {"name": "例", "as_of": "2025-12-31", "expect": [{"condition": "overall", "outcome": "unknown"}]}


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ({"apraisals": []}, "不认识的键“apraisals”"),
        ({"appraisals": [{"cycle": 2025, "scor": 90}]}, "不认识的键“scor”"),
        ({"appraisals": [{"score": 90}]}, "缺少“cycle”"),
        ({"appraisals": [{"cycle": "去年"}]}, "“去年”与这一列的类型不符"),
        ({"appraisals": "90 分"}, "应是一行一个对象的列表"),
        ({"as_of": "去年底"}, "“去年底”不是日期"),
        ({"expect": []}, "缺少“expect”"),
        ({"expect": [{"condition": "apraisal", "outcome": "pass"}]}, "没有这一项"),
        ({"expect": [{"condition": "apraisal"}]}, "没有这一项"),
        ({"expect": [{"condition": "overall", "zone_id": "Y"}]}, "没有这一项"),
        ({"expect": [{"condition": "overall", "reading": "N1"}]}, "没有这一项"),
        ({"with": {"conditions": {"overal": {}}}}, "overal"),
    ],
)
def test_an_example_that_cannot_be_run_is_refused_with_a_sentence(
    tmp_path: Path, odd: dict[str, Any], sentence: str
) -> None:
    text = Path(GANSU.file).read_text(encoding="utf-8").split("\nexamples:")[0]
    own = tmp_path / "gansu-2017.yaml"
    own.write_text(text + "\n" + yaml.safe_dump({"examples": [EXAMPLE | odd]}, allow_unicode=True), encoding="utf-8")
    checked = validate(own)
    assert checked.code == PROBLEMS
    assert any(sentence in problem for problem in checked.problems), checked.problems
