"""What the area kernel meets at its limits: touching, identical, nested, empty, very long; no compiler; other curves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis import cutting, edges, measure, overlay, repair

ROOT = Path(__file__).resolve().parents[1]
SQUARE = shapely.box(0, 0, 100, 100)
HOLED = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
TWO = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])


def layer(*shapes: shapely.Geometry | None) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=4549).translate(500_000, 3_300_000)


@pytest.mark.parametrize("engine", ["kernel", "geos"])
@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (SQUARE, SQUARE, 10_000),
        (HOLED, HOLED, 9_600),
        (HOLED, shapely.box(40, 40, 60, 60), 0),
        (HOLED, shapely.box(30, 30, 70, 70), 1_200),
        (HOLED, shapely.box(45, 45, 55, 55), 0),
        (SQUARE, shapely.box(100, 0, 200, 100), 0),
        (SQUARE, shapely.box(100, 100, 200, 200), 0),
        (SQUARE, shapely.Polygon([(100, 50), (150, 0), (150, 100)]), 0),
        (SQUARE, shapely.box(0, 0, 100, 50), 5_000),
        (TWO, shapely.box(5, 5, 25, 15), 50),
        (TWO, shapely.box(10, 0, 20, 10), 0),
        (SQUARE, shapely.Polygon(), 0),
        (SQUARE, None, 0),
        (SQUARE, shapely.Polygon([(0, 0), (100, 1e-7), (100, 0)]), 5e-6),
    ],
)
def test_shared_ground_by_hand(
    engine: overlay.Engine, one: shapely.Geometry, other: shapely.Geometry | None, shared: float
) -> None:
    for a, b in ((one, other), (other, one)):
        found = overlay.areas(layer(a), layer(b), engine)
        assert found["area_m2"].sum() == pytest.approx(shared, rel=1e-7, abs=1e-6)
        assert len(found) == (shared > 0)


@pytest.mark.parametrize("engine", ["kernel", "geos"])
def test_three_layers_of_which_one_is_empty_share_nothing(engine: overlay.Engine) -> None:
    layers = [layer(SQUARE), layer(HOLED), layer(TWO)]
    for at in range(3):
        some = [each.iloc[:0] if i == at else each for i, each in enumerate(layers)]
        assert list(overlay.areas_by_zone(*some, engine).columns) == ["a", "b", "zone", "area_m2"]
        assert overlay.areas_by_zone(*some, engine).empty


def test_a_ring_without_ground_is_repaired_away_before_it_is_measured() -> None:
    line = shapely.Polygon([(0, 0), (10, 0), (20, 0), (0, 0)])
    mended, changes = repair.make_valid_polygons(layer(line, SQUARE))
    assert changes["reason"].tolist().count("empty") == 1
    assert overlay.areas(mended, layer(SQUARE))["a"].tolist() == [1]


def test_the_meetings_of_a_long_ring_with_itself_grow_as_its_vertices() -> None:
    """Edges meet edges of the same strip only: the number of meetings a vertex is the same at 1,000 and 100,000."""
    each = []
    for vertices in (1_000, 10_000, 100_000):
        angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
        reach = 1_000 * (1 + 0.2 * np.cos(9 * angle) + 0.05 * np.cos(101 * angle))
        ring = shapely.Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))
        made = edges.laid(np.array([ring], dtype=object)).edges
        each.append(float((np.diff(made.strip) ** 2).sum() / vertices))
    assert max(each) < 2.5 * min(each), each


WITHOUT = """
import builtins, importlib.util, json, sys
known, found = importlib.util.find_spec, builtins.__import__
def hidden(name, *rest):
    return None if name == "numba" else known(name, *rest)
def refused(name, *rest):
    if name.partition(".")[0] == "numba":
        raise ImportError(name)
    return found(name, *rest)
importlib.util.find_spec, builtins.__import__ = hidden, refused
import geopandas as gpd
from gis import cutting, overlay
a, b, z = (gpd.read_parquet(path).geometry for path in sys.argv[1:])
print(json.dumps([overlay.areas(a, b).to_dict("list"), overlay.areas_by_zone(a, b, z).to_dict("list"), len(cutting.pieces(a, b))]))
assert "numba" not in sys.modules
"""


def test_where_numba_cannot_be_had_the_numbers_are_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(0, 300, (2, 40))
    discs = [shapely.Point(*at).buffer(40, 4) for at in zip(x, y, strict=True)]
    a, b, z = (
        layer(*discs, HOLED),
        layer(*(d.buffer(-9) for d in discs[::2]), TWO),
        layer(shapely.box(0, 0, 150, 400), SQUARE),
    )
    paths = [tmp_path / f"{name}.parquet" for name in "abz"]
    for path, series in zip(paths, (a, b, z), strict=True):
        series.to_frame("geometry").to_parquet(path)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *paths], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    two, three, drawn = json.loads(done.stdout)
    for theirs, ours in ((two, overlay.areas(a, b)), (three, overlay.areas_by_zone(a, b, z))):
        keys = [name for name in ours if name != "area_m2"]
        assert {name: theirs[name] for name in keys} == ours[keys].to_dict("list")
        assert np.abs(np.array(theirs["area_m2"]) - ours["area_m2"]).max() < 1e-6
    assert drawn == len(cutting.pieces(a, b))


GRS80 = pyproj.Geod(a=6_378_137, rf=298.257222101)


def test_geodesic_edges_enclose_another_area_and_by_how_much() -> None:
    """docs/province.md §6: a straight edge in the layer's own CRS is not a geodesic."""
    for side, apart in ((1_000, 0.002), (10_000, 20.55)):
        square = layer(shapely.box(0, 0, side, side))
        geodesic = abs(GRS80.geometry_area_perimeter(square.to_crs(4490).iloc[0])[0])
        assert abs(measure.area_m2(square)[0] - geodesic) == pytest.approx(apart, rel=0.1)
    for side, apart in ((100, 0.0095), (1_000, 9.5)):
        east, north = side / 96_486, side / 110_852
        triangle = shapely.Polygon([(120, 29.8), (120 + east, 29.8), (120 + east / 2, 29.8 + north)])
        geodesic = abs(GRS80.geometry_area_perimeter(triangle)[0])
        assert abs(measure.area_m2(gpd.GeoSeries([triangle], crs=4490))[0] - geodesic) == pytest.approx(apart, rel=0.1)
