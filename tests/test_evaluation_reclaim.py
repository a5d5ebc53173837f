"""The reclaim question as a whole: nothing is lost, every parcel is explained, and the ledgers say what the list says."""

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from evaluation import reclaim
from evaluation.finding import FINDING_COLUMNS, PARCEL_COLUMNS
from evaluation.policy.load import load
from evaluation.reclaim.examples import table
from evaluation.reclaim.sentences import text
from parcels.columns import tables

Frame = pd.DataFrame
IDLE, ZOMBIE, DONGYANG = (load(name) for name in ("cn-idle-2012", "zombie-guangdong", "dongyang"))
PARCELS = [
    {"parcel_id": "idle", "agreed_start": "2024-06-01", "construction_state": "未动工", "holder_uscc": "f1", "price_wan": 500.0},
    {"parcel_id": "lead", "agreed_start": "2022-06-01", "holder_uscc": "f1"},
    {"parcel_id": "open", "construction_state": "未动工", "holder_uscc": "f1"},
    {"parcel_id": "built", "agreed_start": "2015-01-01", "actual_start": "2015-01-01", "construction_state": "竣工", "holder_uscc": "f2"},
    {"parcel_id": "poor", "agreed_start": "2015-01-01", "actual_start": "2015-01-01", "construction_state": "竣工", "holder_uscc": "f1"},
    {"parcel_id": "village", "tenure": "集体", "agreed_start": "2015-01-01", "construction_state": "未动工"},
]  # fmt: skip
SOUND = {
    "rollover_loans": False, "subsidy_wan": 0.0, "profit_wan": 10.0, "assets_wan": 100.0, "liabilities_wan": 40.0,
    "arrears_wage": 0.0, "arrears_tax": 0.0, "arrears_interest": 0.0, "arrears_fee": 0.0, "half_stopped_months": 0.0,
    "tax_refund_wan": 0.0,
}  # fmt: skip
FIRMS = [
    {
        "uscc": "f1",
        "name": "甲厂",
        "scale": "规上",
        "industry_code": "3311",
        "county": "某县",
        "operating_state": "停产",
    },
    {
        "uscc": "f2",
        "name": "乙厂",
        "scale": "规上",
        "industry_code": "3311",
        "county": "某县",
        "operating_state": "在营",
    },
]
YEARS = [
    {"uscc": "f1", "year": 2025, "tax_wan": 20.0, "months_stopped": 7.0, **SOUND},
    {"uscc": "f2", "year": 2025, "tax_wan": 900.0, "months_stopped": 0.0, **SOUND},
    {"uscc": "f1", "year": 2024, "tax_wan": 40.0, **SOUND},
]
LAND = pd.DataFrame({"uscc": ["f1", "f2"], "land_mu": [20.0, 30.0]})


def book() -> Any:
    own: dict[str, Frame] = {name: table(name, []) for name in tables()}
    rows = [{"tenure": "国有", "use_name": "工业用地", "location": "某路", **parcel} for parcel in PARCELS]
    shapes = [box(500000 + 150 * i, 3000000, 500100 + 150 * i, 3000100) for i in range(len(rows))]
    own["parcels"] = gpd.GeoDataFrame(table("parcels", rows), geometry=shapes, crs="EPSG:4546")
    own |= {"firms": table("firms", FIRMS), "firm_years": table("firm_years", YEARS)}
    return SimpleNamespace(tables=own, origin=lambda *_: [])


def examined(*policies: Any, uses: Frame | None = None, as_of: dt.date = dt.date(2025, 12, 31)) -> Any:
    world, ids = book(), [parcel["parcel_id"] for parcel in PARCELS]
    areas = pd.DataFrame({"parcel_id": ids, "area_m2": 10000.0, "area_mu": 15.0, "area_kind": "registered"})
    areas.loc[areas["parcel_id"].eq("open"), ["area_m2", "area_mu"]] = np.nan
    plain = pd.DataFrame({"parcel_id": ids, "use_group": "industrial", "use_from": "ledger"})
    zones = pd.DataFrame({"parcel_id": ids, "zone_id": "Z1"})
    given = {"areas": areas, "land": LAND, "uses": plain if uses is None else uses, "zones": zones}
    return reclaim.examine(world, policies, as_of, 2025, **given)


ALL = examined(IDLE, ZOMBIE, DONGYANG)


def test_every_parcel_has_one_row_and_the_balance_adds_up() -> None:
    got = ALL.parcels.set_index("parcel_id")
    assert got["idle"].to_dict() == {
        "idle": "clause1", "lead": "clause1", "open": "unknown", "built": "no", "poor": "no", "village": "not_applicable",
    }  # fmt: skip
    assert list(ALL.parcels.columns[: len(PARCEL_COLUMNS)]) == list(PARCEL_COLUMNS)
    table_ = ALL.balance.set_index("idle")
    assert table_.loc["all", "parcels"] == len(PARCELS) == table_.drop("all")["parcels"].sum()
    assert table_.loc["all", "mu"] == 75.0 == table_.drop("all")["mu"].sum()
    assert table_.loc["unknown", "without_area"] == 1


def test_the_list_holds_idle_land_low_efficiency_and_the_land_of_suspected_zombies() -> None:
    on = ALL.parcels.loc[ALL.parcels["listed"], "parcel_id"].tolist()
    assert on == ["idle", "lead", "open", "poor"]  # everything f1 holds: it stood still seven months
    assert ALL.parcels.set_index("parcel_id").loc["built", ["low_efficiency", "zombie"]].tolist() == ["pass", "pass"]


def test_an_amount_is_the_same_in_list_ledger_and_import_sheet() -> None:
    row = ALL.parcels.set_index("parcel_id").loc["idle"]
    assert row["fee_wan"] == 100.0
    first, other = (sheet[sheet["企业名称"].eq("甲厂")].iloc[0] for sheet in (ALL.ledger, ALL.import_sheet))
    assert (first["上年度亩均税收"], first["上上年度亩均税收"]) == (1.0, 2.0)
    assert (first["占地面积"], other["占地面积（亩）"]) == (15.0, 15.0)
    note = next(note for note in ALL.ledger["备注"] if note.startswith("宗地代码 idle；"))
    assert "依据 《闲置土地处置办法》 国土资源部令第53号 第二条第一款（转载）" in note
    assert note.endswith("上年度、上上年度亩均税收取2025、2024年度数据")


def test_the_ledger_has_the_headings_offices_use() -> None:
    wanted = (
        "区县 年份 企业名称 开发区名称 社会统一信用代码 占地面积 坐落 上年度亩均税收 上上年度亩均税收 经营状态 现状用途 低效类型 处置方式 "
        "当前状态 详细进展 处置面积 剩余面积 计划实施单位 问题类型 问题详细描述 备注"
    )
    assert list(ALL.ledger.columns) == wanted.split()
    assert len(ALL.import_sheet.columns) == 17
    assert ALL.ledger["详细进展"].isna().all()  # people write that


@pytest.mark.shared
def test_the_import_sheet_has_the_seventeen_headings_of_a_city(shared: Path) -> None:
    known = json.loads((shared / "schemas" / "real_system_headers.json").read_text(encoding="utf-8"))
    assert list(ALL.import_sheet.columns) == known["sjz_low_efficiency_plan_import"]["headers"]


def test_contiguous_listed_land_is_one_cluster_and_earns_points() -> None:
    got = ALL.parcels.set_index("parcel_id")
    assert pd.isna(got.loc["built", "cluster"])
    assert got.loc["idle", "priority_rank"] == 1
    assert got.loc[["idle", "lead", "poor"], "priority"].gt(0).all()
    assert len(ALL.clusters) == 4  # fifty metres apart: wider than the stated road


def test_findings_have_the_common_shape_and_nothing_beyond_suspicion() -> None:
    assert list(ALL.findings.columns) == list(FINDING_COLUMNS)
    assert set(ALL.findings["stage"]) <= {"", "lead", "suspected"}
    failing = ALL.findings[ALL.findings["outcome"].eq("fail")]
    assert failing["stage"].ne("").all()
    assert ALL.findings.loc[ALL.findings["status"].eq("unverified"), "outcome"].isin(["unknown"]).all()


def test_a_use_read_off_a_map_never_takes_land_out_of_the_rule() -> None:
    ids = [parcel["parcel_id"] for parcel in PARCELS]
    fields = pd.DataFrame({"parcel_id": ids, "use_group": "non_construction", "use_from": "actual"})
    assert examined(IDLE, uses=fields).parcels.set_index("parcel_id").loc["idle", "idle"] == "clause1"
    titled = fields.assign(use_from="ledger")
    assert examined(IDLE, uses=titled).parcels.set_index("parcel_id").loc["idle", "idle"] == "not_applicable"


def test_the_rule_in_force_on_the_day_decides_and_the_other_says_it_is_not() -> None:
    old = load("cn-idle-1999")
    both = examined(old, IDLE)
    assert both.parcels.set_index("parcel_id").loc["idle", "idle"] == "clause1"
    said = both.findings[both.findings["policy"].eq("cn-idle-1999")]
    assert set(said["outcome"]) == {"unknown"}
    assert said.loc[said["subject_id"].eq("idle"), "note"].str.contains("已失效").any()


def test_without_an_idle_policy_nothing_is_said_of_idleness() -> None:
    got = examined(DONGYANG)
    assert got.parcels["idle"].isna().all()
    low = got.parcels.set_index("parcel_id")["low_efficiency"]
    assert low.to_dict() == {
        **dict.fromkeys(["idle", "lead", "open", "poor"], "fail"),
        "built": "pass",
        "village": "unknown",
    }
    assert len(got.ledger) == 4
    assert examined().parcels["low_efficiency"].eq("").all()


def leaves(node: Any) -> list[str]:
    return [part.rule for part in node.walk()]


def test_a_parcel_is_explained_to_the_clause_and_the_step() -> None:
    node = reclaim.explain_parcel(book(), [IDLE, DONGYANG], ALL, "idle")
    assert {"scope", "idle_clause1", "idle_clause2", "first_falls", "legal_step", "dongyang"} <= set(leaves(node))
    step = next(part for part in node.walk() if part.rule == "legal_step")
    assert (step.value, step.source["article"]) == ("征缴闲置费", "第十四条第（一）项")
    assert "价款500.0000万元×20%＝100.0000万元" in step.words
    assert json.dumps(node.data(), ensure_ascii=False, default=str)


def test_why_a_parcel_is_not_on_the_list_is_answered_from_what_kept_it_off() -> None:
    node = reclaim.why_not(book(), [IDLE, DONGYANG], ALL, "built")
    assert {part.outcome for part in node.walk() if part.rule.startswith("idle_clause")} == {"pass"}
    unknown = reclaim.why_not(book(), [IDLE], ALL, "open")
    assert "有偿使用合同" in unknown.words
    with pytest.raises(LookupError):
        reclaim.why_not(book(), [IDLE], ALL, "nobody")


def test_a_zombie_is_explained_route_by_route() -> None:
    trees = reclaim.explain_zombie(book(), [IDLE, ZOMBIE], ALL, "f1")
    assert [tree.outcome for tree in trees] == ["fail"]
    outcomes = {part.rule: part.outcome for part in trees[0].children}
    assert (outcomes["route4"], outcomes["route1"]) == ("fail", "pass")
    assert reclaim.explain_zombie(book(), [IDLE], ALL, "f1") == ()


def test_the_numbers_of_signals_stay_numbers_where_another_policy_has_none() -> None:
    got = examined(ZOMBIE, load("zombie-sichuan")).signals
    assert got["measured"].dtype == got["required"].dtype == "float64"
    assert set(got["signal"]) == {signal.id for signal in ZOMBIE.signals}


def test_a_whole_number_is_said_without_a_point_whatever_stands_beside_it() -> None:
    assert text(pd.Series([12.0, 2.5, None])).tolist() == ["12", "2.5", ""]
