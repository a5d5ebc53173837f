"""Every page opens, empty and with the demo, and says what the csv says."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from parcels.words import say, word
from screens.components.runs import VARIABLE

if TYPE_CHECKING:
    from conftest import Demo

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "atlas", "firms", "reclaim", "zones", "expansion", "health", "policies")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def opened(name: str) -> AppTest:
    """Run one page alone, as the navigation would."""
    script = f"from screens.components import chosen\nfrom screens import {name}\nchosen.sidebar()\n{name}.page()\n"
    return AppTest.from_string(script, default_timeout=120).run()


def texts(page: AppTest) -> str:
    parts = [*page.title, *page.markdown, *page.text, *page.caption, *page.info, *page.warning, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_any_run_says_what_to_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    page = opened(name)
    assert not page.exception
    assert say("screens.empty.how") in texts(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_with_the_demo(name: str, demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened(name)
    assert not page.exception, page.exception
    assert say(f"screens.page.{name}") in texts(page)


def test_the_overview_counts_what_the_csv_holds(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    said = texts(opened("overview"))
    firms = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig")
    parcels = pd.read_csv(demo.run / "parcels.csv", dtype=str, encoding="utf-8-sig")
    for grade, count in firms["grade"].value_counts().items():
        assert f"{grade}　{count}" in said
    for state, count in parcels["idle"].value_counts().items():
        assert f"{word('idle', state)}　{count}" in said


def test_the_table_of_firms_shows_the_digits_of_the_csv(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    shown = opened("firms").dataframe[0].value
    firms = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig").set_index("uscc")
    assert len(shown) == len(firms)
    for uscc, score in zip(shown["统一社会信用代码"], shown["得分（分）"], strict=True):
        wanted = firms.at[uscc, "score"]
        assert (pd.isna(score) and pd.isna(wanted)) or f"{score:.4f}" == wanted


def test_the_list_for_reclaim_balances_its_mu(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened("reclaim")
    shown = page.dataframe[0].value
    total = f"{shown['面积（亩）'].sum():.4f}"
    assert total in texts(page)


def test_firms_at_a_cliff_are_told_before_publication(demo: "Demo", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened("firms")
    page.toggle(key="cliffs").set_value(True).run(timeout=300)
    assert not page.exception, page.exception
    assert "离分档线这么近的" in texts(page)


def test_a_bureau_fills_a_blank_in_a_file_of_its_own(
    demo: "Demo", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.policy.load import load
    from screens.components import filling

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    policy = load("huangyan-2022")
    empty = filling.blanks(policy)
    assert any(path.startswith("classes") or path == "classes" for path in empty)
    page = AppTest.from_string("from screens.components import filling\nfilling.draw()\n", default_timeout=120).run()
    page.selectbox[0].set_value("huangyan-2022").run(timeout=120)
    given = next(one for one in page.text_input if one.key == "value-huangyan-2022-scoring.cap")
    given.set_value("1.5")
    for label, value in (
        (say("screens.filling.text"), "本县办法第八条"),
        (say("screens.filling.by"), "张三"),
        (say("screens.filling.title"), "某县办法"),
    ):
        next(one for one in page.text_input if one.label == label).set_value(value)
    page.button[0].click().run(timeout=120)
    assert not page.exception, page.exception
    assert [message.value for message in page.error] == []
    own = load(tmp_path / "policies" / "my-huangyan-2022.yaml")
    assert own.inherits == "huangyan-2022"
    assert own.data["scoring"]["cap"] == 1.5
    assert policy.data["scoring"]["cap"] is None, "the shipped policy stays as it was"


def test_the_best_class_of_a_policy_with_its_own_labels_has_the_best_colour() -> None:
    from types import SimpleNamespace

    from gis import palette
    from screens.components.tiling import themes

    firms = pd.DataFrame({
        "grade_initial": ["丁", "甲", "乙", "丙"],
        "grade": ["丁", "甲", "乙", "T"],
        "rank": [4, 1, 2, 3],
    })
    table = themes(SimpleNamespace(verdicts=SimpleNamespace(firms=firms)))["grade"].table
    assert [swatch.word for swatch in table.swatches[:4]] == ["甲", "乙", "丙", "丁"]
    assert table.swatches[0].colour == palette.GRADE.swatches[palette.GRADE.code("A")].colour
    with pytest.raises(palette.WordWithoutColour):
        table.codes(pd.Series(["戊"]))


SLEEPING_POLICIES = (
    "demo-five cn-idle-2012 zombie-guangdong zombie-sichuan dongyang control-2008 qianxi qinshui cn-expand-2017".split()
)


@pytest.fixture(scope="module")
def sleeping(demo: "Demo", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose run also asks for zombies and low efficiency."""
    from datetime import date

    from reports.produce import produce

    workspace = tmp_path_factory.mktemp("sleeping")
    (workspace / "runs").mkdir()
    produce(demo.delivery, SLEEPING_POLICIES, 2025, date(2025, 12, 31), workspace / "runs" / "demo")
    return workspace


def test_the_list_says_how_all_examined_land_divides(sleeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(sleeping))
    page = opened("reclaim")
    parcels = pd.read_csv(sleeping / "runs/demo/parcels.csv", dtype={"area_mu": float}, encoding="utf-8-sig")
    said = texts(page)
    assert f"检查 {len(parcels)} 宗" in said
    for state, rows in parcels.groupby("idle"):
        assert f"{word('idle', state)} {len(rows)} 宗 {rows['area_mu'].sum():.4f} 亩" in said
    balance = next(
        table.value for table in page.dataframe if "其中面积未知（宗）" in table.value and "闲置判断" in table.value
    )
    whole = balance.set_index("闲置判断")
    assert whole.loc["合计", "宗数（宗）"] == whole.drop("合计")["宗数（宗）"].sum() == len(parcels)
    assert whole.loc["合计", "面积合计（亩）"] == pytest.approx(whole.drop("合计")["面积合计（亩）"].sum(), abs=1e-9)
    assert whole.loc["合计", "面积合计（亩）"] == pytest.approx(parcels["area_mu"].sum(), abs=1e-9)


def test_the_clock_shows_one_next_step_for_every_idle_parcel(sleeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(sleeping))
    page = opened("reclaim")
    clock = next(table.value for table in page.dataframe if "谁办" in table.value)
    parcels = pd.read_csv(sleeping / "runs/demo/parcels.csv", dtype=str, encoding="utf-8-sig")
    assert sorted(clock["宗地代码"]) == sorted(parcels.loc[parcels["idle"].isin(["clause1", "clause2"]), "parcel_id"])
    assert clock["谁办"].notna().all()


def test_the_planner_answers_and_its_set_frees_what_was_asked(sleeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(sleeping))
    page = opened("reclaim")
    next(box for box in page.number_input if box.label == say("screens.plan.mu")).set_value(100.0)
    next(button for button in page.button if button.label == say("screens.plan.go")).click().run(timeout=120)
    assert not page.exception, page.exception
    assert "已证明不能更少" in page.success[0].value
    plan = next(
        table.value
        for table in page.dataframe
        if list(table.value.columns[:2]) == ["宗地代码", "土地使用权人"] and "连片编号" in table.value
    )
    parcels = pd.read_csv(sleeping / "runs/demo/parcels.csv", encoding="utf-8-sig")
    idle = parcels.loc[parcels["idle"].isin(["clause1", "clause2"]), "area_mu"].sort_values(ascending=False)
    assert plan["面积（亩）"].sum() >= 100
    assert idle.head(len(plan) - 1).sum() < 100  # even the largest, one fewer, would not do


def test_the_planner_says_what_a_share_would_take(sleeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(sleeping))
    page = opened("reclaim")
    next(radio for radio in page.radio if radio.label == say("screens.plan.aim")).set_value("share")
    next(button for button in page.button if button.label == say("screens.plan.go")).click().run(timeout=120)
    assert not page.exception, page.exception
    said = [part.value for part in (*page.success, *page.warning)]
    assert any("还差" in text and "占比" in text for text in said)


def test_why_a_parcel_is_not_on_the_list_is_answered_on_the_page(
    sleeping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(sleeping))
    parcels = pd.read_csv(sleeping / "runs/demo/parcels.csv", dtype=str, encoding="utf-8-sig")
    off = parcels[parcels["listed"].eq("false") & parcels["idle"].eq("watch")]["parcel_id"]
    page = opened("reclaim")
    page.text_input(key="why-not").set_value(str(off.iloc[0])).run(timeout=300)
    assert not page.exception, page.exception
    assert "为什么不在名单上" in texts(page)
    assert say("reclaim.node.idle_clause1") in texts(page)


def test_the_ledger_carried_away_is_the_filter_shown(sleeping: Path) -> None:
    from casework.workspace import open_run
    from reports.reclaim_sheets import ledger_of

    verdicts = open_run(sleeping / "runs/demo").verdicts
    shown = verdicts.parcels.loc[verdicts.parcels["idle"].eq("clause1"), "parcel_id"]
    for sheet, area in ((verdicts.ledger, "占地面积"), (verdicts.sleeping["import_sheet"], "占地面积（亩）")):
        rows = ledger_of(verdicts, sheet, shown)
        assert len(rows) == len(shown)
        mine = verdicts.parcels.set_index("parcel_id").loc[shown, "area_mu"]
        assert sorted(rows[area]) == sorted(mine)
    note = ledger_of(verdicts, verdicts.ledger, shown)["备注"]
    assert sorted(text.split("；")[0].removeprefix("宗地代码 ") for text in note) == sorted(shown)
    assert note.str.contains("第二条第一款（转载）").all()
    assert note.str.contains("资料 宗地").all()


def test_every_amount_is_the_same_on_csv_sheet_card_and_draft(sleeping: Path) -> None:
    import io

    from docx import Document

    from casework.workspace import open_run
    from evaluation.explain import explain
    from reports.notices import determination
    from screens.components.runs import behind_of

    run = open_run(sleeping / "runs/demo")
    parcels = pd.read_csv(sleeping / "runs/demo/parcels.csv", dtype=str, encoding="utf-8-sig")
    row = parcels[parcels["legal_step"].eq("fee")].iloc[0]
    sheet = pd.read_excel(sleeping / "runs/demo/收储清单.xlsx", sheet_name=None, header=1, dtype=str, engine="calamine")
    every = sheet["全部宗地"].set_index("宗地代码").loc[row["parcel_id"]]
    assert float(every["闲置费测算"]) == float(row["fee_wan"])
    assert float(every["面积"]) == float(row["area_mu"])
    assert float(row["fee_wan"]) == pytest.approx(float(row["price_wan"]) * 0.2, abs=5e-5)
    clock = sheet["程序与期限"]
    mine = clock[clock["宗地代码"].eq(row["parcel_id"])]
    assert f"价款{row['price_wan']}万元×20%＝{row['fee_wan']}万元" in "".join(mine["说明"].fillna(""))
    os_environ = pytest.MonkeyPatch()
    os_environ.setenv(VARIABLE, str(sleeping))
    try:
        behind = behind_of("demo")
    finally:
        os_environ.undo()
    node = explain(behind.book, behind.policies, behind.verdicts, "parcel", row["parcel_id"])
    assert any(f"＝{row['fee_wan']}万元" in part.words for part in node.walk())
    draft = Document(io.BytesIO(determination(run.verdicts, run.policies, row["parcel_id"])))
    cells = {cell.text for table in draft.tables for line in table.rows for cell in line.cells}
    assert f"{row['area_mu']} 亩（{word('area_kind', row['area_kind'])}）" in cells
    assert f"{row['price_wan']} 万元" in cells


def test_every_view_of_the_zones_opens_and_the_next_score_is_told(
    demo: "Demo", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    page = opened("zones")
    for view in ("intensity", "compare", "court", "all", "choices"):
        page.radio(key="zones-view").set_value(view).run(timeout=120)
        assert not page.exception, (view, page.exception)
    docket = opened("expansion")
    docket.selectbox(key="docket-policy").set_value("demo-province").run(timeout=120)
    docket.number_input[0].set_value(85.0)
    docket.run(timeout=300)
    assert not docket.exception, docket.exception
    assert "得 85 分时，考核条件满足" in texts(docket)


def test_the_firms_page_names_the_population_and_the_policy_in_words(
    demo: "Demo", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(demo.workspace))
    table = opened("firms").dataframe[0].value
    assert {"规上", "规下3亩以上"} >= set(table["评价类别"].dropna())
    assert set(table["口径"].dropna()) == {"五指标评价（示例口径）"}
