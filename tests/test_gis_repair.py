"""Polygons mended in the open: what was wrong, where, and how much area it changed."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from gis import layers, repair


def here(*shapes: shapely.Geometry | None) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=4549).translate(500_000, 3_300_000)


BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def test_sound_polygons_come_back_as_they_are() -> None:
    series = here(box(0, 0, 10, 10), MultiPolygon([box(0, 0, 5, 5), box(6, 6, 9, 9)]))
    mended, changes = repair.make_valid_polygons(series)
    assert mended.geom_equals_exact(series, 0).all()
    assert changes.empty
    assert list(changes.columns) == ["position", "reason", "area_before", "area_after"]


def test_a_bow_tie_becomes_its_two_halves_and_is_named() -> None:
    mended, changes = repair.make_valid_polygons(here(box(0, 0, 5, 5), BOW_TIE))
    assert mended.is_valid.all()
    assert changes[["position", "reason"]].to_numpy().tolist() == [[1, "self_intersection"]]
    assert changes["area_before"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert changes["area_after"].iloc[0] == pytest.approx(50, rel=1e-8)


def test_parts_that_overlap_count_once() -> None:
    mended, changes = repair.make_valid_polygons(here(MultiPolygon([box(0, 0, 10, 10), box(5, 0, 15, 10)])))
    assert mended.area.iloc[0] == pytest.approx(150)
    assert changes["reason"].tolist() == ["self_intersection"]


def test_lines_in_a_collection_are_left_out_and_named() -> None:
    mixed = shapely.GeometryCollection([box(0, 0, 10, 10), shapely.LineString([(0, 0), (20, 20)])])
    mended, changes = repair.make_valid_polygons(here(mixed, Point(1, 1)))
    assert mended.iloc[0].area == pytest.approx(100)
    assert mended.iloc[1] is None
    assert sorted(changes["reason"]) == ["empty", "not_polygon", "not_polygon"]


def test_what_has_no_area_left_is_no_geometry() -> None:
    spike = Polygon([(0, 0), (10, 0), (5, 0)])
    mended, changes = repair.make_valid_polygons(here(spike, None, Polygon()))
    assert mended.isna().all()
    assert changes.groupby("position")["reason"].apply(set).to_dict() == {
        0: {"self_intersection", "empty"},
        2: {"empty"},
    }


def test_heights_are_dropped() -> None:
    flat, changes = repair.make_valid_polygons(gpd.GeoSeries([shapely.force_3d(box(0, 0, 9, 9), 5)]))
    assert not flat.has_z.any()
    assert changes.empty


def test_the_index_and_the_crs_stay() -> None:
    series = here(BOW_TIE).set_axis(["x"])
    mended, _ = repair.make_valid_polygons(series)
    assert list(mended.index) == ["x"]
    assert mended.crs == series.crs


@settings(deadline=None)
@example(seed=767)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_scribble_becomes_valid_polygons_or_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rings = [np.round(rng.uniform(0, 9, (int(rng.integers(3, 12)), 2))) for _ in range(6)]
    mended, changes = repair.make_valid_polygons(here(*(Polygon(ring) for ring in rings)))
    kept = mended.dropna()
    assert kept.is_valid.all()
    assert kept.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert set(np.flatnonzero(mended.isna())) == set(changes.loc[changes["reason"] == "empty", "position"])


@pytest.mark.shared
def test_the_invalid_polygons_of_taoyuan_are_the_seven_known(shared: Path) -> None:
    zoning = layers.read(shared / "parcels/tw_taoyuan_zoning.gpkg").frame
    mended, changes = repair.make_valid_polygons(zoning.geometry)
    assert mended.is_valid.all()
    assert (changes["reason"] == "ring_self_intersection").sum() == 7
    assert len(changes) == 7
    moved = (changes["area_after"] - changes["area_before"]).abs() / changes["area_after"]
    assert moved.max() < 1e-6
