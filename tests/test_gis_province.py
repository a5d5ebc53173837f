"""Parcel × class × zone over files: the whole is the sum of its rows, however small the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

import cli
from gis import engines, geoparquet, measure, province

ROOT = Path(__file__).resolve().parents[1]
EAST, NORTH = 500_000.0, 3_300_000.0


def layer(shapes: list, **columns: list) -> gpd.GeoDataFrame:
    moved = gpd.GeoSeries(shapes, crs=4549).translate(EAST, NORTH)
    return gpd.GeoDataFrame(columns, geometry=moved, crs=4549)


def tiny(folder: Path, **options: bool) -> province.Asked:
    """Two parcels of a hectare over two classes and one zone, one that is not drawn."""
    parcels = layer([shapely.box(0, 0, 100, 100), shapely.box(200, 0, 300, 100), None], parcel_id=["A", "B", "C"])
    use = layer([shapely.box(-50, -50, 400, 40), shapely.box(-50, 40, 250, 70)], code=["0601", "0701"])
    zones = layer([shapely.box(-10, -10, 30, 200)], zone_id=["Z1"])
    for name, frame in (("parcels", parcels), ("use", use), ("zones", zones)):
        geoparquet.write(folder / f"{name}.parquet", frame, **options)
    return province.Asked(*(str(folder / f"{name}.parquet") for name in ("parcels", "use", "zones")))


def answer(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("part-*.parquet"))], ignore_index=True)


def test_a_row_is_a_share_and_what_nobody_mapped_is_a_row_too(tmp_path: Path) -> None:
    counts = province.run(tiny(tmp_path), str(tmp_path / "out"))
    found = answer(tmp_path / "out").set_index(["parcel_id", "zone_id", "class"])["area_m2"]
    by_hand = {
        ("A", "Z1", "0601"): 30 * 40,
        ("A", "Z1", "0701"): 30 * 30,
        ("A", "Z1", None): 30 * 30,
        ("A", None, "0601"): 70 * 40,
        ("A", None, "0701"): 70 * 30,
        ("A", None, None): 70 * 30,
        ("B", None, "0601"): 100 * 40,
        ("B", None, "0701"): 50 * 30,
        ("B", None, None): 100 * 60 - 50 * 30,
    }
    told = {tuple(None if pd.isna(part) else part for part in key): area for key, area in found.items()}
    assert np.isnan(told.pop(("C", None, None))), "a parcel that is not drawn has a row and no area"
    assert told.keys() == by_hand.keys()
    assert list(told.values()) == pytest.approx([by_hand[key] for key in told], rel=1e-7)
    assert counts.rows == len(by_hand) + 1
    assert counts.area_m2 == pytest.approx(20_000, rel=1e-7)


def test_without_zones_the_ground_is_shared_by_class_alone(tmp_path: Path) -> None:
    asked = tiny(tmp_path)
    province.run(province.Asked(asked.parcels, asked.use), str(tmp_path / "out"))
    found = answer(tmp_path / "out")
    assert found["zone_id"].isna().all()
    assert found.groupby("parcel_id")["area_m2"].sum().to_list() == pytest.approx([1e4, 1e4, 0], rel=1e-7)


def test_every_piece_of_ground_is_drawn_and_the_pieces_are_the_parcel(tmp_path: Path) -> None:
    asked = replace(tiny(tmp_path), pieces=True)
    counts = province.run(asked, str(tmp_path / "out"))
    found = gpd.read_parquet(tmp_path / "out" / "part-00000.parquet")
    by_hand = {
        ("A", "Z1", "0601"): (0, 0, 30, 40),
        ("A", "Z1", "0701"): (0, 40, 30, 70),
        ("A", "Z1", None): (0, 70, 30, 100),
        ("A", None, "0601"): (30, 0, 100, 40),
        ("A", None, "0701"): (30, 40, 100, 70),
        ("A", None, None): (30, 70, 100, 100),
        ("B", None, "0601"): (200, 0, 300, 40),
        ("B", None, "0701"): (200, 40, 250, 70),
    }
    keys = [
        tuple(None if pd.isna(k) else k for k in key) for key in found[["parcel_id", "zone_id", "class"]].to_numpy()
    ]
    drawn = dict(zip(keys, found.geometry, strict=True))
    assert drawn.pop(("C", None, None)) is None, "a parcel that is not drawn has a row and no shape"
    bare = drawn.pop(("B", None, None))
    assert bare.bounds == (EAST + 200, NORTH + 40, EAST + 300, NORTH + 100), "an L around what is mapped"
    assert bare.area == pytest.approx(100 * 60 - 50 * 30)
    assert drawn.keys() == by_hand.keys()
    for key, box in by_hand.items():
        assert drawn[key].equals(shapely.box(*np.add(box, [EAST, NORTH, EAST, NORTH]))), key
    assert found.crs == gpd.read_parquet(asked.parcels).crs
    assert (counts.rows, counts.area_m2) == (len(found), pytest.approx(20_000, rel=1e-7))


def test_pieces_add_up_to_the_table_in_cells_however_small(tmp_path: Path) -> None:
    asked = county(tmp_path)
    province.run(asked, str(tmp_path / "table"))
    with engines.using("local", memory=600 * engines.BYTES_A_VERTEX / engines.GIB):
        counts = province.run(replace(asked, pieces=True), str(tmp_path / "pieces"))
    province.run(replace(asked, pieces=True), str(tmp_path / "whole"))
    assert counts.parts > 10
    keys = ["parcel_id", "zone_id", "class"]
    table = answer(tmp_path / "table").set_index(keys).sort_index()
    found = pd.concat([gpd.read_parquet(path) for path in sorted((tmp_path / "pieces").iterdir())], ignore_index=True)
    summed = found.groupby(keys)["area_m2"].agg(["sum", "size"]).sort_index()
    assert (summed["sum"] - table["area_m2"]).abs().max() < 1e-4 * 9, "rows are rounded, four decimals"
    assert summed["size"].equals(table["pieces"].rename("size"))
    whole = gpd.read_parquet(tmp_path / "whole" / "part-00000.parquet")
    order = [*keys, "area_m2"]
    one, other = (frame.sort_values(order, ignore_index=True) for frame in (whole, found))
    pd.testing.assert_frame_equal(one[order], other[order], check_exact=True)
    assert province.opened(tmp_path / "pieces", "class")[0].groups.shape == (1, 4), "and may be a layer again"


def county(folder: Path, across: int = 30) -> province.Asked:
    """900 lots over 12 km, land use and zones askew to them; several squares of a kilometre, astride their lines."""
    step = 400.0
    x, y = (each.ravel() for each in np.meshgrid(np.arange(across) * step, np.arange(across) * step))
    lots = layer(list(shapely.box(x, y, x + 390, y + 380)), parcel_id=[f"P{i:04}" for i in range(len(x))])
    u, v = (each.ravel() for each in np.meshgrid(np.arange(-1, 40) * 310.0, np.arange(-1, 40) * 310.0))
    use = layer(
        list(shapely.box(u, v, u + 310, v + 310)), code=[("0601", "0701", "1003")[i % 3] for i in range(len(u))]
    )
    z, w = (each.ravel() for each in np.meshgrid(np.arange(-1, 4) * 3_100.0, np.arange(-1, 4) * 3_100.0))
    zones = layer(list(shapely.box(z, w, z + 3_100, w + 3_100)), zone_id=[f"Z{i:02}" for i in range(len(z))])
    for name, frame in (("parcels", lots), ("use", use), ("zones", zones)):
        geoparquet.write(folder / f"{name}.parquet", frame, rows=100)
    return province.Asked(*(str(folder / f"{name}.parquet") for name in ("parcels", "use", "zones")))


def test_small_cells_give_the_same_rows_and_every_parcel_adds_up(tmp_path: Path) -> None:
    asked = county(tmp_path)
    province.run(asked, str(tmp_path / "whole"))
    with engines.using("local", memory=600 * engines.BYTES_A_VERTEX / engines.GIB):
        counts = province.run(asked, str(tmp_path / "parts"))
    assert counts.parts > 10
    keys = ["parcel_id", "zone_id", "class"]
    whole, parts = (answer(tmp_path / name).sort_values(keys, ignore_index=True) for name in ("whole", "parts"))
    pd.testing.assert_frame_equal(whole, parts, check_exact=True)
    lots = gpd.read_parquet(asked.parcels)
    drawn = pd.Series(measure.area_m2(lots.geometry), index=lots["parcel_id"])
    assert (whole.groupby("parcel_id")["area_m2"].sum() - drawn).abs().max() < 1e-4 * 9, (
        "rows are rounded, four decimals"
    )
    assert not whole.duplicated(keys).any()
    assert whole["class"].notna().all()


@pytest.mark.parametrize("pieces", [False, True])
def test_a_pool_writes_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, pieces: bool) -> None:
    monkeypatch.setattr(engines, "VERTICES_WORTH_A_TRIP", 1_000)
    asked = replace(county(tmp_path), pieces=pieces)
    with engines.using("processes", workers=2) as engine:
        province.run(asked, str(tmp_path / "pool"))
        engine.direct = True  # the same cells, in this process
        monkeypatch.setattr(engine, "over", map)
        monkeypatch.setattr(engines, "vertices", lambda *_: (1_000, 500_000))
        province.run(asked, str(tmp_path / "here"))
    one, other = (sorted((tmp_path / name).iterdir()) for name in ("pool", "here"))
    assert len(one) > 3
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_broken_rings_are_mended_first(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    geoparquet.write(tmp_path / "parcels.parquet", layer([bow], parcel_id=["A"]))
    geoparquet.write(tmp_path / "use.parquet", layer([shapely.box(-9, -9, 200, 200)], code=["0601"]))
    province.run(
        province.Asked(*(str(tmp_path / f"{name}.parquet") for name in ("parcels", "use"))), str(tmp_path / "out")
    )
    assert answer(tmp_path / "out")["area_m2"].to_list() == pytest.approx([5_000], rel=1e-7)


def test_the_command_tells_rows_and_mu_and_replaces_only_its_own(tmp_path: Path) -> None:
    asked = tiny(tmp_path)
    order = ["areas", asked.parcels, asked.use, "--zones", str(asked.zones), "--out", str(tmp_path / "out")]
    for _ in range(2):
        done = CliRunner().invoke(cli.app, [*order, "--json"])
        assert done.exit_code == 0, done.stderr
    body = json.loads(done.stdout)
    assert (body["rows"], body["parts"]) == (10, 1)
    assert body["area_mu"] == pytest.approx(30, rel=1e-7)
    drawn = json.loads(CliRunner().invoke(cli.app, [*order, "--pieces", "--json"]).stdout)
    assert (drawn["rows"], drawn["area_mu"]) == (10, body["area_mu"])
    assert gpd.read_parquet(tmp_path / "out" / "part-00000.parquet").geometry.notna().sum() == 9
    (tmp_path / "out" / "照片.jpg").touch()
    refused = CliRunner().invoke(cli.app, order)
    assert refused.exit_code == 2
    assert "照片.jpg" in refused.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"use": "nowhere.parquet"}, "不存在"),
        ({"use": "text.parquet"}, "GeoParquet"),
        ({"use": "points.parquet"}, "面"),
        ({"use": "degrees.parquet"}, "坐标系不同"),
        ({"class_": "DLBM"}, "DLBM"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(tmp_path: Path, change: dict, words: str) -> None:
    asked = tiny(tmp_path)
    (tmp_path / "text.parquet").write_text("text", encoding="utf-8")
    layer([shapely.Point(0, 0)], code=["1"]).to_parquet(tmp_path / "points.parquet")
    gpd.read_parquet(asked.use).to_crs(4490).to_parquet(tmp_path / "degrees.parquet")
    use = str(tmp_path / change["use"]) if "use" in change else asked.use
    order = ["areas", asked.parcels, use, "--out", str(tmp_path / "out"), "--class", change.get("class_", "code")]
    done = CliRunner().invoke(cli.app, order)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


WITHIN = """
import sys
from pathlib import Path
from gis import engines, kernel, province
import pyarrow.parquet
def peak():
    told = Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2]
    return int(told.split()[0]) / 2**20
folder, memory, pieces = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "pieces"
small = province.Asked(str(folder / "small.parquet"), str(folder / "small.parquet"), pieces=pieces)
province.run(small, str(folder / "warm"))
before = peak()
with engines.using("local", memory=memory):
    asked = province.Asked(str(folder / "lots.parquet"), str(folder / "use.parquet"), pieces=pieces)
    counts = province.run(asked, str(folder / "out"))
print(counts.rows, counts.parts, peak() - before)
"""


def discs(across: int, step: float, reach: float, vertices: int) -> np.ndarray:
    x, y = (each.ravel() * step for each in np.meshgrid(np.arange(across), np.arange(across)))
    angle = np.linspace(0, 2 * np.pi, vertices)
    ring = reach * np.column_stack([np.cos(angle), np.sin(angle)])
    ring[-1] = ring[0]
    return shapely.polygons(ring + np.column_stack([x, y])[:, None] + [EAST, NORTH])


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process's own memory is asked of /proc")
@pytest.mark.parametrize("what", ["sums", "pieces"])
def test_layers_larger_than_the_memory_run_within_it(tmp_path: Path, what: str) -> None:
    """Two layers of 1.2 million vertices each (39 MB of numbers, some 900 MB as one cell) in 0.08 GiB."""
    shapes = discs(110, 220, 100, 100)
    for name, column in (("lots", "parcel_id"), ("use", "code")):
        frame = gpd.GeoDataFrame({column: np.arange(len(shapes)).astype(str)}, geometry=shapes, crs=4549)
        geoparquet.write(tmp_path / f"{name}.parquet", frame, valid=True, rows=1_000)
    small = gpd.GeoDataFrame({"parcel_id": ["1"], "code": ["1"]}, geometry=shapes[:1], crs=4549)
    geoparquet.write(tmp_path / "small.parquet", small)
    memory = 0.08
    done = subprocess.run(
        [sys.executable, "-c", WITHIN, str(tmp_path), str(memory), what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, parts, used = done.stdout.split()
    assert int(rows) == len(shapes)
    assert int(parts) > 5
    assert 0 < float(used) <= memory, f"{used} GiB"
