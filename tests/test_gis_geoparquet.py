"""Polygons from a column to arrays and back, and only the row groups that a box touches."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import geoparquet, wkb, wkbscan
from gis.crs import CrsMissing

RING = shapely.Point(0, 0).buffer(5).difference(shapely.Point(0, 0).buffer(2))
EVERY = [
    shapely.box(0, 0, 1, 1),
    None,
    shapely.Polygon(),
    RING,
    shapely.MultiPolygon([RING, shapely.box(9, 9, 10, 10)]),
]


def same(one: wkb.Polygons, other: wkb.Polygons) -> None:
    for mine, theirs in zip((*one.rings, one.box), (*other.rings, other.box), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def column(shapes: list, kind: pa.DataType) -> pa.Array:
    return pa.array(shapely.to_wkb(np.array(shapes, dtype=object)), kind)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_holes_parts_empty_and_missing_come_out_as_shapely_lays_them(kind: pa.DataType) -> None:
    known = wkb.of_shapes(np.array(EVERY, dtype=object))
    same(wkb.polygons(column(EVERY, kind)), known)
    same(wkb.polygons(pa.chunked_array([column(EVERY, kind), column(EVERY, kind)]).slice(5)), known)


def test_bytes_that_the_compiled_reader_refuses_are_read_by_shapely() -> None:
    flat = np.array([shapely.box(0, 0, 1, 1), RING], dtype=object)
    for bytes_ in (shapely.to_wkb(flat, byte_order=0), shapely.to_wkb(shapely.force_3d(flat, 7.0))):
        offsets, data = wkb._buffers(pa.array(bytes_, pa.binary()))
        assert not wkbscan.measure(data, offsets, np.zeros((2, 2), np.int64))
        same(wkb.polygons(pa.array(bytes_, pa.binary())), wkb.of_shapes(flat))


def test_what_is_no_polygon_is_refused() -> None:
    with pytest.raises(wkb.NotPolygonColumn):
        wkb.polygons(column([shapely.Point(0, 0)], pa.binary()))
    with pytest.raises(wkb.NotPolygonColumn):
        wkb.polygons(pa.array([1, 2]))


@given(st.binary(max_size=60))
def test_damaged_bytes_never_lead_the_reader_out_of_the_column(damage: bytes) -> None:
    whole = shapely.to_wkb(RING)
    for bytes_ in (damage, whole[: len(damage)], whole[:9] + damage, b"\x01\x06\x00\x00\x00" + damage):
        offsets, data = wkb._buffers(pa.array([bytes_], pa.binary()))
        size = np.zeros((1, 2), np.int64)
        if wkbscan.measure(data, offsets, size):
            assert 16 * size[0, 1] <= len(bytes_)


def test_without_a_compiler_the_arrays_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    known = wkb.polygons(column(EVERY, pa.binary()))
    monkeypatch.setattr(wkb, "find_spec", lambda _: None)
    same(wkb.polygons(column(EVERY, pa.binary())), known)


def test_native_coordinates_need_no_parsing(tmp_path: Path) -> None:
    for shapes in ([EVERY[0], RING], [EVERY[0], None, EVERY[4]]):
        frame = gpd.GeoDataFrame(geometry=shapes, crs=4549)
        frame.to_parquet(tmp_path / "native.parquet", geometry_encoding="geoarrow")
        native = pq.read_table(tmp_path / "native.parquet")["geometry"]
        assert pa.types.is_list(native.type)
        same(wkb.polygons(native), wkb.of_shapes(np.array(shapes, dtype=object)))


@settings(max_examples=20)
@given(st.lists(st.sampled_from(range(len(EVERY))), max_size=8), st.lists(st.integers(0, 7), max_size=8))
def test_shapes_survive_the_way_there_and_back(which: list[int], at: list[int]) -> None:
    shapes = [EVERY[i] for i in which]
    laid = wkb.polygons(column(shapes, pa.binary()))
    wanted = [i for i in at if i < len(shapes)]
    back = wkb.shapes(wkb.taken(wkb.together([laid, laid]), np.array(wanted, np.int64) + len(shapes)))
    for i, shape in zip(wanted, back, strict=True):
        known = shapes[i] or shapely.Polygon()
        assert shape.is_empty if known.is_empty else shape.equals_exact(known, 0)


def squares(across: int) -> gpd.GeoDataFrame:
    x, y = (each.ravel() for each in np.meshgrid(np.arange(across) * 100.0, np.arange(across) * 100.0))
    shapes = shapely.box(500_000 + x, 3_300_000 + y, 500_090 + x, 3_300_090 + y)
    return gpd.GeoDataFrame({"parcel_id": [f"P{i}" for i in range(len(x))]}, geometry=shapes, crs=4549)


def test_a_box_reads_only_the_groups_it_touches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = squares(40)
    geoparquet.write(tmp_path / "lots.parquet", frame, rows=100)
    source = geoparquet.opened(tmp_path / "lots.parquet")
    assert len(source.groups) == 16
    box = np.array([500_000, 3_300_000, 500_400, 3_300_400], float)
    assert len(geoparquet.needed(source, box)) <= 3
    read: list[int] = []
    original = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda self, *a, **k: (read.extend(k["row_groups"]), original(self, *a, **k))[1]
    )
    found = geoparquet.together(list(geoparquet.batches(source, ["parcel_id"], box)))
    assert read == geoparquet.needed(source, box).tolist()
    inside = frame[frame.intersects(shapely.box(*box))]["parcel_id"]
    assert sorted(found.columns["parcel_id"].to_pylist()) == sorted(inside)
    assert pq.read_table(tmp_path / "lots.parquet")["parcel_id"].take(found.row).equals(found.columns["parcel_id"])


def test_a_whole_file_is_its_batches_one_after_the_other(tmp_path: Path) -> None:
    geoparquet.write(tmp_path / "lots.parquet", squares(12), rows=50)
    source = geoparquet.opened(tmp_path / "lots.parquet")
    whole, parts = geoparquet.read(source, ["parcel_id"]), list(geoparquet.batches(source, ["parcel_id"]))
    same(whole.polygons, wkb.together([part.polygons for part in parts]))
    np.testing.assert_array_equal(whole.row, np.arange(144))
    assert whole.columns["parcel_id"].to_pylist() == pq.read_table(source.path)["parcel_id"].to_pylist()


def test_a_file_that_does_not_say_where_its_groups_lie_is_read_whole(tmp_path: Path) -> None:
    frame = squares(10)
    frame.to_parquet(tmp_path / "plain.parquet", row_group_size=20)
    source = geoparquet.opened(tmp_path / "plain.parquet")
    box = np.array([500_000, 3_300_000, 500_050, 3_300_050], float)
    assert len(geoparquet.needed(source, box)) == 5
    assert sum(len(batch.row) for batch in geoparquet.batches(source, [], box)) == 1


def test_what_is_repaired_says_so_and_reads_the_same(tmp_path: Path) -> None:
    frame = squares(5)
    for valid in (False, True):
        geoparquet.write(tmp_path / f"{valid}.parquet", frame, valid=valid, rows=10)
        assert geoparquet.opened(tmp_path / f"{valid}.parquet").valid is valid
    one, other = (gpd.read_parquet(tmp_path / f"{valid}.parquet") for valid in (False, True))
    assert one.equals(other)


def test_a_file_that_is_no_geoparquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    (tmp_path / "text.parquet").write_text("text", encoding="utf-8")
    for name in ("plain", "text"):
        with pytest.raises(geoparquet.NotGeoParquet):
            geoparquet.opened(tmp_path / f"{name}.parquet")
    squares(2).to_parquet(tmp_path / "lots.parquet")
    with pytest.raises(geoparquet.NotGeoParquet) as refused:
        geoparquet.opened(tmp_path / "lots.parquet", ["parcel_id", "nix"])
    assert refused.value.column == "nix"
    squares(2).set_crs(None, allow_override=True).to_parquet(tmp_path / "nowhere.parquet")
    with pytest.raises(CrsMissing):
        geoparquet.opened(tmp_path / "nowhere.parquet")


FLAT = shapely.box(0, 0, 1, 1)
KINDS = {
    "polygons and a gap": [FLAT, None, shapely.box(2, 2, 3, 3)],
    "both kinds of polygon": [FLAT, shapely.MultiPolygon([FLAT]), shapely.Polygon()],
    "a height": [FLAT, shapely.force_3d(FLAT, 7.0), None],
    "no shape at all": [None, None, None],
    "no row": [],
}


@pytest.mark.parametrize("shapes", KINDS.values(), ids=KINDS)
def test_rows_written_in_order_are_the_file_geopandas_writes(tmp_path: Path, shapes: list[object]) -> None:
    columns = {"geometry": gpd.GeoSeries(shapes, crs=4549), "name": pd.Series(["甲"] * len(shapes), dtype="str")}
    frame = gpd.GeoDataFrame({"n": pd.array([1] * len(shapes), "Int64"), **columns})
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    geoparquet.write_in_order(tmp_path / "b.parquet", frame)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_rows_written_a_few_at_a_time_are_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "CORNERS_AT_ONCE", 12)
    frame = squares(5).assign(name=["甲", None, *"乙" * 23])
    geoparquet.write_in_order(tmp_path / "a.parquet", frame)
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups > 5
    assert_geodataframe_equal(gpd.read_parquet(tmp_path / "a.parquet"), frame)


def test_a_shape_that_stands_in_many_rows_stays_in_one_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "CORNERS_AT_ONCE", 12)
    frame = gpd.GeoDataFrame({"n": range(9)}, geometry=[FLAT] * 9, crs=4549)
    geoparquet.write_in_order(tmp_path / "a.parquet", frame)
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 1
    assert_geodataframe_equal(gpd.read_parquet(tmp_path / "a.parquet"), frame)
