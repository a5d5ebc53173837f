"""Which engine works: asked for by name, stopped on leaving, refused in words, and never seen in a digit."""

from __future__ import annotations

import multiprocessing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import cells, cutting, engines, overlay, threads


def grid(across: int, step: float, start: float) -> gpd.GeoSeries:
    corners = start + step * np.arange(across)
    x, y = (each.ravel() for each in np.meshgrid(corners, corners))
    return gpd.GeoSeries(shapely.box(x, y, x + step, y + step), crs=4549).translate(500_000, 3_300_000)


def test_this_process_works_where_nobody_chose() -> None:
    assert isinstance(engines.current(), engines.Local)


def test_an_engine_is_in_force_inside_and_gone_outside() -> None:
    with engines.using("local", memory=1.5) as engine:
        assert engines.current() is engine
        assert engine.memory == 1.5
    assert engines.current() is engines.HERE


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"name": "hadoop"}, "name"),
        ({"memory": 0}, "memory"),
        ({"memory": float("nan")}, "memory"),
        ({"name": "processes", "master": "spark://127.0.0.1:7077"}, "master"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(asked: dict, what: str) -> None:
    with pytest.raises(engines.EngineUnknown) as refused, engines.using(**asked):
        pass
    assert refused.value.what == what


def test_a_pool_is_stopped_on_leaving() -> None:
    a, b = grid(6, 100, 0), grid(6, 90, 5)
    with engines.using("processes", workers=2):
        assert len(cells.run(overlay.areas, a, b, vertices=40))
        assert multiprocessing.active_children()
    assert multiprocessing.active_children() == []


def test_a_worker_of_a_pool_keeps_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_allowed", [])
    assert threads.count() >= 1
    threads.limit(1)
    assert threads.count() == 1


def test_no_cell_is_larger_than_the_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = grid(40, 50, 0), grid(80, 25, 0)  # 1,600 and 6,400 squares of five vertices
    seen: list[int] = []

    def counted(cell: cells.Cell) -> int:
        return sum(int(shapely.get_num_coordinates(each).sum()) for each in cell.shapes)

    original = cells.in_cell
    monkeypatch.setattr(cells, "in_cell", lambda work, cell: (seen.append(counted(cell)), original(work, cell))[1])
    budget = 4_000
    with engines.using("local", memory=budget * engines.BYTES_A_VERTEX / engines.GIB):
        found = cells.areas(a, b)
    assert len(seen) > 10
    assert max(seen) <= budget
    pd.testing.assert_frame_equal(found, overlay.areas(a, b), check_exact=True)


def test_a_forest_over_everything_is_copied_to_each_cell_and_counted_once() -> None:
    forest = gpd.GeoSeries([shapely.box(499_000, 3_299_000, 510_000, 3_310_000)], crs=4549)
    lots = grid(30, 100, 0)
    with engines.using("local"):
        for one, other in ((lots, forest), (forest, lots)):
            found = cells.run(overlay.areas, one, other, vertices=200)
            assert len(found) == len(lots)
            pd.testing.assert_frame_equal(found, overlay.areas(one, other), check_exact=True)


def test_three_layers_go_cell_by_cell_too() -> None:
    """Parcel × land use × zone, parcels astride zone edges among them: every part in one row, once."""
    lots, use, zones = grid(20, 70, 0), grid(13, 110, -15), grid(3, 480, -10)
    whole = overlay.areas_by_zone(lots, use, zones)
    found = cells.run(overlay.areas_by_zone, lots, use, zones, vertices=150)
    pd.testing.assert_frame_equal(found, whole, check_exact=True)
    straddlers = whole.groupby(["a", "b"])["zone"].nunique()
    assert (straddlers > 1).any()


def test_a_zone_meets_all_its_cover_in_one_cell() -> None:
    zones, cover = grid(3, 400, 0), grid(20, 53, 10).iloc[::2]
    whole = cutting.uncovered(zones, cover)
    with engines.using("local", memory=1e-9):
        found = cells.uncovered(zones, cover)
    assert found.geom_equals_exact(whole, 0).all()
    assert len(found) == len(zones)


def test_the_door_says_in_chinese_what_an_engine_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    from typer.testing import CliRunner

    import cli

    def said(*more: str) -> str:
        order = [
            "evaluate",
            str(tmp_path / "delivery"),
            "--policy",
            "qianxi",
            "--year",
            "2025",
            "--out",
            str(tmp_path / "out"),
        ]
        done = CliRunner().invoke(cli.app, [*order, *more])
        assert done.exit_code == 2
        assert not (tmp_path / "out").exists()
        return done.stderr

    assert "hadoop" in said("--engine", "hadoop")
    assert "local、processes、spark" in said("--engine", "hadoop")
    assert "大于 0" in said("--memory", "-1")
    assert "--engine spark" in said("--master", "spark://127.0.0.1:7077")
    monkeypatch.setattr("gis.spark.java_version", lambda: 11)
    assert "Java 17" in said("--engine", "spark")
    monkeypatch.setattr("gis.spark.java_version", lambda: None)
    assert "本机：没有" in said("--engine", "spark")
    monkeypatch.setattr("gis.spark.java_version", lambda: 17)
    assert "连不上" in said("--engine", "spark", "--master", "spark://127.0.0.1:9")
    monkeypatch.setattr("gis.spark.find_spec", lambda _: None)
    assert "PySpark" in said("--engine", "spark")
