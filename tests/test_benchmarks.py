"""The page of benchmarks: a ratio says who waits, a missing peer is a line, a part run again leaves the others alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import page
from benchmarks.measuring import Row, Spent, Ticks, absent, alternated, ticked
from gis import measure


def section(part: str, *rows: Row) -> page.Section:
    return page.Section(part, "说明", rows, "0.1→0.2")


def test_ten_seconds_against_two_is_five_times() -> None:
    row = Row("面积", "甲", 1_000, Spent(2, 4), Spent(10, 10), "同", "c")
    assert "**5.0 ×** / 2.5 ×" in page.line(row)


def test_a_peer_that_is_not_installed_is_a_line_of_its_own() -> None:
    line = page.line(absent("面积", "PostGIS", 1_000, "未安装", "c"))
    assert "PostGIS" in line
    assert "未安装" in line
    assert "×" not in line


def test_a_part_run_again_leaves_the_other_parts_alone(tmp_path: Path) -> None:
    where = tmp_path / "benchmarks.md"
    row = Row("面积", "甲", 1_000, Spent(2, 4), Spent(10, 10), "同", "c")
    page.write(where, section("zones", row))
    page.write(where, section("area", row))
    page.write(where, section("zones", absent("面积", "乙", 1, "未安装", "c")))
    text = where.read_text(encoding="utf-8")
    assert text.count("## zones") == text.count("## area") == 1
    assert text.index("## area") < text.index("## zones")
    assert text.count("甲") == text.count("乙") == 1


def test_the_sides_take_turns_and_processor_time_of_both_is_seen() -> None:
    turns: list[str] = []
    costs, answers = alternated({side: lambda side=side: turns.append(side) or side for side in "ab"}, rounds=2)
    assert turns == ["a", "b", "a", "b"]
    assert answers == {"a": "a", "b": "b"}
    assert costs["a"].wall >= 0


def test_the_county_is_a_partition_and_the_same_each_time() -> None:
    from benchmarks.county import county

    one, other = county(500), county(500)
    assert one.parcels.geometry.equals(other.parcels.geometry)
    assert one.landuse.geometry.is_valid.all()
    covered = np.asarray(measure.area_m2(one.landuse.geometry)).sum()
    assert covered > measure.area_m2(one.parcels.geometry).sum()


def test_a_child_that_ends_costs_what_it_cost_whether_anybody_waited_for_it_or_not() -> None:
    before = {1: Ticks(0, 10, 0), 2: Ticks(1, 50, 0)}
    waited_for = {1: Ticks(0, 13, 52)}
    forgotten = {1: Ticks(0, 13, 0)}
    assert ticked(before, waited_for) == 3 + 2
    assert ticked(before, forgotten) == 3, "what it spent since is not known; what it had spent before is no gain"
    assert ticked(before, {**before, 3: Ticks(2, 7, 0)}) == 7
