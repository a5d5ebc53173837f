"""What leaves the house about zones: the docket in Word, the workbooks, and tables side by side."""

import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from casework.workspace import Run, open_run
from evaluation.policy.expansion import ExpansionPolicy
from parcels.words import say
from reports import docketmap
from reports.docket import docket_docx
from reports.sheets import sheet_title
from reports.zone_tables import across_tabs, change_tabs, changes, in_words, sense, side_by_side, zones_across

if TYPE_CHECKING:
    from conftest import Demo

FAILING = "S990122"  # the demo's second zone: inside a forbidden area, too little industry, low scores


@pytest.fixture(scope="module")
def run(demo: "Demo") -> Run:
    return open_run(demo.run)


def policy(run: Run, name: str) -> ExpansionPolicy:
    found = next(one for one in run.policies if one.id == name)
    assert isinstance(found, ExpansionPolicy)
    return found


def text_of(docx: bytes) -> str:
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_docket_tells_conditions_cures_evidence_sources_and_what_was_not_checked(run: Run) -> None:
    docx = docket_docx(run.verdicts, policy(run, "demo-province"), FAILING, run.manifest)
    said = text_of(docx)
    rows = run.verdicts.expansion
    mine = rows[(rows["zone_id"] == FAILING) & (rows["policy"] == "demo-province")].set_index("condition")
    for condition, row in mine.drop("overall").iterrows():
        assert say(f"common.condition.{condition}") in said
        assert row["outcome"] == "pass" or row["cure"] in said
    assert say("docket.overall.fail") in said
    evidence = run.verdicts.evidence
    red = evidence[(evidence["zone_id"] == FAILING) & (evidence["leaf"] == "forbidden_mu")].iloc[0]
    assert red["file"] in said
    assert f"{red['area_mu']:.4f}" in said
    for source in policy(run, "demo-province").sources.values():
        assert source.title in said
    for line in policy(run, "demo-province").not_modelled:
        assert line in said
    assert len(Document(io.BytesIO(docx)).inline_shapes) == 2


def test_the_docket_is_the_same_bytes_twice_and_refuses_what_was_not_examined(run: Run) -> None:
    nation = policy(run, "cn-expand-2017")
    one, other = (docket_docx(run.verdicts, nation, FAILING, run.manifest) for _ in range(2))
    assert one == other
    with pytest.raises(LookupError):
        docket_docx(run.verdicts, nation, "nowhere", run.manifest)


def test_a_zone_without_a_shape_has_no_map_but_a_docket(run: Run) -> None:
    from dataclasses import replace

    blind = replace(
        run.verdicts, zone_shapes=pd.DataFrame(run.verdicts.zone_shapes.drop(columns="geometry")),
        draw_counted=lambda: run.verdicts.counted.iloc[:0], draw_evidence=lambda: run.verdicts.evidence.iloc[:0],
    )  # fmt: skip
    assert docketmap.land(blind, FAILING) is None
    assert say("docket.no_map") in text_of(docket_docx(blind, policy(run, "demo-province"), FAILING, run.manifest))


def test_readings_stand_side_by_side_with_mu_square_metres_bounds_and_both_shortages(run: Run) -> None:
    zones = run.verdicts.zones
    mine = zones[(zones["zone_id"] == FAILING) & (zones["rule"] == "industrial_land_70") & (zones["basis"] == "actual")]
    table = side_by_side(mine)
    assert list(table.columns) == ["N1.K1.X0", "N1.K1.X1", "N1.K1.X2", "N4.K1.X0", "N4.K1.X1", "N4.K1.X2"]
    row = mine.set_index("reading").loc["N1.K1.X2"]
    told = table["N1.K1.X2"]
    assert told[say("zone.line.excluded")] == f"{row['excluded_mu']:,.4f}"
    assert told[say("zone.line.excluded_m2")] == f"{row['excluded_m2']:,.2f}"
    assert told[say("zone.line.short")] == f"{row['short_mu']:,.4f}"
    assert told[say("zone.line.short_add")] == f"{row['short_add_mu']:,.4f}"
    assert sense("N4.K1.X1") == "N4.K1.X1：工矿仓储 ÷ 核准范围全部土地，剔除基础设施和公共服务"


def test_the_workbooks_hold_intensity_areas_leaves_evidence_and_the_next_score(demo: "Demo") -> None:
    zones = CalamineWorkbook.from_path(str(demo.run / "开发区体检.xlsx")).sheet_names
    expansion = CalamineWorkbook.from_path(str(demo.run / "扩区审查.xlsx")).sheet_names
    assert zones == ["占比", "集约利用", "面积对照", "计入图斑"]
    assert expansion == ["扩区条件", "条件明细", "证据地块", "考核推算", "判断明细"]
    sheet = CalamineWorkbook.from_path(str(demo.run / "开发区体检.xlsx")).get_sheet_by_name("集约利用").to_python()
    built = [row for row in sheet if "土地建成率" in row]
    assert built
    assert any("全国均值 0.9277（2020 年度报告，数据截至 2019-12-31）" in str(cell) for cell in built[0])


def test_two_runs_side_by_side_say_which_classes_moved_and_nothing_of_what_stayed(run: Run) -> None:
    from dataclasses import replace

    counted = run.verdicts.counted.copy()
    first = counted.index[(counted["role"] == "numerator") & (counted["reading"] == "N1.K1.X0")][0]
    counted.loc[first, "area_mu"] -= 15.0
    zones = run.verdicts.zones.copy()
    at = (zones["zone_id"] == counted.loc[first, "zone_id"]) & (zones["reading"] == "N1.K1.X0")
    at &= (zones["rule"] == counted.loc[first, "rule"]) & (zones["basis"] == counted.loc[first, "basis"])
    zones.loc[at, "numerator_mu"] -= 15.0
    found = changes(replace(run.verdicts, draw_counted=lambda: counted, zones=zones), run.verdicts)
    assert found["moved"]["change_mu"].tolist() == [15.0]
    changed = found["shares"][found["shares"]["changed_how"] == "变化"]
    assert changed["why"].tolist() == ["分子 +15 亩"]
    assert in_words(found["shares"])["outcome_after"].isin(["满足", "不满足", "未知"]).all()
    tabs = [*change_tabs(found), *across_tabs(run.verdicts)]
    assert len({tab.name for tab in tabs}) == 7
    assert all(set(tab.columns) <= set(tab.frame.columns) for tab in tabs)
    assert {"满足", "不满足"} <= {str(cell).split(" ")[0] for cell in zones_across(run.verdicts).to_numpy().ravel()}
    assert sheet_title(run.verdicts)["year"] == 2025
