"""A run on disk: whole or not at all, the same bytes twice, and one number everywhere."""

import errno
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from parcels.demo import POLICIES
from reports import run_folder
from reports.produce import IntakeRefused, NothingDelivered, add_run, produce
from reports.run_folder import EDGES, TABLES, NotARun, NotWritten, refuse_foreign

if TYPE_CHECKING:
    from conftest import Demo

WORKBOOKS = ("企业评价.xlsx", "收储清单.xlsx", "开发区体检.xlsx", "扩区审查.xlsx")
KEYS = {"firms.csv": "uscc", "parcels.csv": "parcel_id"}


def table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / name, dtype=str, encoding="utf-8-sig", keep_default_na=False)


def test_every_file_of_the_contract_is_written(demo: "Demo") -> None:
    tables = {*TABLES, *(f"{name}.csv" for name in EDGES), "faults.csv"}
    wanted = {*tables, "verdicts.gpkg", "manifest.json", *WORKBOOKS, "inputs", "policies", "frames"}
    assert wanted == {path.name for path in demo.run.iterdir()}


def test_a_second_run_writes_the_same_bytes(demo: "Demo", tmp_path: Path) -> None:
    again = tmp_path / "again"
    produce(demo.delivery, POLICIES, 2025, date(2025, 12, 31), again)
    different = [
        path.relative_to(again).as_posix()
        for path in sorted(again.rglob("*"))
        if path.is_file() and path.read_bytes() != (demo.run / path.relative_to(again)).read_bytes()
    ]
    assert different == []


def test_rows_are_sorted_by_key_as_text(demo: "Demo") -> None:
    for name, (_, keys) in TABLES.items():
        rows = table(demo.run, name)[list(keys)].to_numpy().tolist()
        assert rows == sorted(rows), name


def test_rows_in_equal_rows_accounted_for(demo: "Demo") -> None:
    rows = table(demo.run, "coverage.csv").set_index("table").astype(float)
    parts = rows[["evaluated", "exempt", "not_evaluable", "rejected"]].sum(axis=1)
    assert ((rows["rows_in"] - parts).abs() < 1e-3).all(), rows
    assert {"land_mu", "tax_wan", "firms", "parcels"} <= set(rows.index)


@pytest.mark.parametrize(("book", "tab", "csv", "key", "heading", "column"), [
    ("企业评价.xlsx", "企业评价", "firms.csv", "统一社会信用代码", "用地面积", "land_mu"),
    ("企业评价.xlsx", "企业评价", "firms.csv", "统一社会信用代码", "得分", "score"),
    ("收储清单.xlsx", "全部宗地", "parcels.csv", "宗地代码", "面积", "area_mu"),
])  # fmt: skip
def test_a_sheet_shows_the_number_of_the_csv(
    demo: "Demo", book: str, tab: str, csv: str, key: str, heading: str, column: str
) -> None:
    sheet = openpyxl.load_workbook(demo.run / book)[tab]
    heads = [cell.value for cell in sheet[2]]
    shown = {row[heads.index(key)].value: row[heads.index(heading)].value for row in sheet.iter_rows(min_row=4)}
    rows = table(demo.run, csv)
    for subject, number in zip(rows[KEYS[csv]], rows[column], strict=True):
        assert ("" if shown[subject] is None else f"{shown[subject]:.4f}") == number


def test_no_sheet_holds_a_formula_and_codes_are_text(demo: "Demo") -> None:
    for name in WORKBOOKS:
        for sheet in openpyxl.load_workbook(demo.run / name):
            kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
            assert kinds <= {"s", "n", "inlineStr"}, (name, sheet.title)
            assert sheet["A1"].value
            assert "截至 2025-12-31" in str(sheet["A1"].value)


def test_the_layers_open_with_their_style_and_the_numbers_of_the_csv(demo: "Demo") -> None:
    path = demo.run / "verdicts.gpkg"
    parcels = gpd.read_file(path, layer="parcels").set_index("parcel_id")
    assert parcels.crs.to_epsg() == 4490
    rows = table(demo.run, "parcels.csv").set_index("parcel_id")
    known = rows["area_mu"] != ""
    assert [f"{area:.4f}" for area in parcels.loc[rows.index[known], "area_mu"]] == rows.loc[known, "area_mu"].tolist()
    with sqlite3.connect(path) as base:
        styled = {row[0] for row in base.execute("select f_table_name from layer_styles")}
    assert styled == {"parcels", "zones", "counted"}


def test_counted_land_of_one_reading_lies_on_no_spot_twice(demo: "Demo") -> None:
    counted = gpd.read_file(demo.run / "verdicts.gpkg", layer="counted").to_crs("EPSG:4549")
    for _, land in counted.groupby(["zone_id", "rule", "reading", "basis"]):
        assert land.area.sum() == pytest.approx(land.union_all().area, rel=1e-6)


def test_the_manifest_names_inputs_and_policies_by_hash(demo: "Demo") -> None:
    about = json.loads((demo.run / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["id"] for entry in about["policies"]} == set(POLICIES)
    assert all((demo.run / entry["path"]).is_file() and len(entry["sha256"]) == 64 for entry in about["inputs"])
    assert set(about["questions"]) == {"grading", "reclaim", "zones", "expansion"}


def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(NotARun):
        refuse_foreign(tmp_path)
    assert (tmp_path / "letter.txt").exists()


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "所在的盘满了"), (errno.EACCES, "原因：.*不能写")])
def test_a_disk_that_refuses_is_told_of_and_the_former_run_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("以前的", encoding="utf-8")

    def refuses(*_: object, **__: object) -> None:
        raise OSError(number, "不能写")

    monkeypatch.setattr(run_folder, "_write_all", refuses)
    with pytest.raises(NotWritten, match=said):
        run_folder.write_run(None, [], out, delivery=tmp_path)
    assert (out / "manifest.json").read_text(encoding="utf-8") == "以前的"
    assert list(tmp_path.iterdir()) == [out]


def test_a_delivery_without_tables_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("x", encoding="utf-8")
    with pytest.raises(NothingDelivered):
        produce(tmp_path / "in", ["qianxi"], 2025, date(2025, 12, 31), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_upload_with_a_bad_name_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(IntakeRefused) as refused:
        add_run(tmp_path, [("a.csv", b"x")], ["qianxi"], 2025, name="../x", tell=lambda _: None)
    assert "字母" in refused.value.lines[0]
