"""Coordinate reference systems by name, by doubt and by refusal; web-map offsets taken off."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis import crs, gcj02

ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_120E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",%s],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
HERE = (540_000.0, 3_300_000.0, 560_000.0, 3_320_000.0)


def moved(bounds: crs.Bounds, east: float) -> crs.Bounds:
    return bounds[0] + east, bounds[1], bounds[2] + east, bounds[3]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4549, "CGCS2000 / 3度带 中央经线 120°E"),
        (4528, "CGCS2000 / 3度带 第40带(横坐标含带号)中央经线 120°E"),
        (4507, "CGCS2000 / 6度带 中央经线 105°E"),
        (4496, "CGCS2000 / 6度带 第18带(横坐标含带号)中央经线 105°E"),
        (2385, "西安80 / 3度带 中央经线 120°E"),
        (2437, "北京54 / 3度带 中央经线 120°E"),
        (4490, "CGCS2000 经纬度"),
        (4610, "西安80 经纬度"),
        (3857, "WGS 84 / 网络墨卡托"),
        (3826, "TWD97 / TM2 zone 121"),
    ],
)
def test_a_crs_has_words_and_the_words_read_back(code: int, words: str) -> None:
    assert crs.name(crs.read(code)) == words
    assert crs.read(words) == crs.read(code)


@pytest.mark.parametrize(("meridian", "bare", "prefixed"), [(75, 4534, 4513), (120, 4549, 4528), (135, 4554, 4533)])
def test_epsg_numbers_follow_the_meridian(meridian: int, bare: int, prefixed: int) -> None:
    assert crs.plane(3, meridian).to_epsg() == bare
    assert crs.plane(3, meridian, prefixed=True).to_epsg() == prefixed


def test_an_esri_projection_file_is_the_epsg_plane_and_a_moved_one_is_not() -> None:
    assert crs.read(ESRI % "500000.0") == crs.read("EPSG:4549")
    assert crs.read(ESRI % "40500000.0") == crs.read(4528)
    assert crs.read(ESRI % "600000.0").to_epsg() is None


@pytest.mark.parametrize("value", ["EPSG:0", "城建坐标系", "", None, "3度带 第99带"])
def test_what_is_no_crs_is_refused(value: object) -> None:
    with pytest.raises(crs.CrsUnreadable):
        crs.read(value)


@pytest.mark.parametrize(
    ("stated", "bounds", "kind", "candidate"),
    [
        (4549, (119.9, 30.1, 120.2, 30.3), "degrees_in_plane", 4490),
        (4326, (13_350_000, 3_500_000, 13_370_000, 3_520_000), "metres_in_degrees", 3857),
        (4490, moved(HERE, 40e6), "metres_in_degrees", 4528),
        (4490, HERE, "metres_in_degrees", 4549),
        (4549, moved(HERE, 40e6), "zone_prefix", 4528),
        (4528, moved(HERE, 39e6), "zone_prefix", 4527),
        (4528, HERE, "zone_prefix", 4549),
        (4501, moved(HERE, 20e6), "zone_prefix", 4498),
        (4549, (3_300_000, 540_000, 3_320_000, 560_000), "axes_swapped", None),
        (4490, (30.1, 119.9, 30.3, 120.2), "axes_swapped", None),
        (4549, (860_000, 3_300_000, 880_000, 3_310_000), "outside_area", 4550),
        (3826, (900_000, 2_700_000, 910_000, 2_710_000), "outside_area", None),
    ],
)
def test_numbers_that_cannot_be_the_stated_crs_are_named(
    stated: int, bounds: crs.Bounds, kind: str, candidate: int | None
) -> None:
    (found,) = crs.suspect(crs.read(stated), bounds)
    assert found.kind == kind
    assert candidate is None or candidate in [c.to_epsg() for c in found.candidates]
    assert crs.read(stated) not in found.candidates


@pytest.mark.parametrize(
    ("stated", "bounds"),
    [
        (4549, HERE),
        (4528, moved(HERE, 40e6)),
        (4490, (119.9, 30.1, 120.2, 30.3)),
        (4326, (-71.2, 42.3, -71.0, 42.4)),
        (3857, (13_350_000, 3_500_000, 13_370_000, 3_520_000)),
        (32651, (230_000, 3_300_000, 240_000, 3_310_000)),
        (4549, (690_000, 3_300_000, 700_000, 3_310_000)),
    ],
)
def test_sound_layers_are_left_alone(stated: int, bounds: crs.Bounds) -> None:
    assert crs.suspect(crs.read(stated), bounds) == []


def test_an_empty_layer_is_not_suspected() -> None:
    assert crs.suspect(crs.read(4549), (np.nan,) * 4) == []


def test_without_a_prefix_every_meridian_is_a_candidate_and_the_near_one_first() -> None:
    found = crs.candidates(HERE, crs.read(4528))
    assert len(found) == 21
    assert found[0] == crs.read(4549)


def test_only_the_other_layers_can_tell_a_zone_off() -> None:
    sound, off = (crs.read(4549), HERE), (crs.read(4548), HERE)
    ((position, found),) = crs.far_apart([sound, sound, off])
    assert position == 2
    assert found.candidates == (crs.read(4549),)
    assert len(crs.far_apart([sound, off])) == 2
    assert crs.far_apart([sound, sound]) == []


def frame(code: int, *shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=list(shapes), crs=code)


@pytest.mark.parametrize("legacy", [4610, 4214, 2385, 2437])
def test_a_legacy_datum_is_never_shifted_in_silence(legacy: int) -> None:
    with pytest.raises(crs.DatumShift):
        crs.to_crs(frame(legacy, shapely.Point(0, 0)), 4490)


def test_wgs84_and_cgcs2000_are_one_datum_for_a_parcel() -> None:
    moved_points = crs.to_crs(frame(4326, shapely.Point(120, 30)), 4490)
    assert moved_points.crs.to_epsg() == 4490
    assert moved_points.geometry.iloc[0].equals_exact(shapely.Point(120, 30), 1e-9)


def test_stated_parameters_shift_a_legacy_plane() -> None:
    """By hand: at 0°N 120°E a geocentric dx of −100 m is +100·sin120° m to the east, dz northward."""
    origin = frame(4490, shapely.Point(120, 30)).to_crs(4549).geometry.iloc[0]
    same = crs.to_crs(frame(2385, origin), 4549, helmert=(0, 0, 0, 0, 0, 0, 0)).geometry.iloc[0]
    east = crs.to_crs(frame(2385, origin), 4549, helmert=(-100, 0, 0, 0, 0, 0, 0)).geometry.iloc[0]
    assert east.x - same.x == pytest.approx(100 * np.sin(np.radians(120)), abs=1e-3)


def test_a_long_edge_brought_into_another_plane_keeps_its_place_if_asked() -> None:
    edge = frame(4549, shapely.LineString([(500_000, 3_300_000), (502_000, 3_300_000)]))
    middle = frame(4549, shapely.Point(501_000, 3_300_000)).to_crs(4490).geometry.iloc[0]
    bent, kept = (
        crs.to_crs(edge, 4490, keep_edges=keep).geometry.iloc[0].distance(middle) * 111_000 for keep in (False, True)
    )
    assert bent > 0.04
    assert kept < 0.0002


def test_the_layers_own_plane_is_the_work_crs() -> None:
    assert crs.choose_work_crs([crs.read(4490), crs.read(4549), crs.read(4326)]) == crs.read(4549)
    assert crs.choose_work_crs([crs.read(4548), crs.read(4549), crs.read(4549)]) == crs.read(4549)
    assert crs.choose_work_crs([crs.read(3857), crs.read(3826)]) == crs.read(3826)
    assert crs.choose_work_crs([crs.read(2385), crs.read(2385), crs.read(4549)]) == crs.read(4549)
    assert crs.choose_work_crs([crs.read(4326)]) == crs.read(4490)
    with pytest.raises(crs.CrsMissing):
        crs.choose_work_crs([])


@pytest.mark.shared
def test_published_vectors_of_gauss_krueger(shared: Path) -> None:
    vectors = json.loads((shared / "oracle/std/cgcs2000_gk_vectors.json").read_text(encoding="utf-8"))["vectors"]
    for vector in vectors:
        lon, lat = (degrees(vector[axis]) for axis in ("lon", "lat"))
        point = crs.to_crs(frame(4490, shapely.Point(lon, lat)), 4546).geometry.iloc[0]
        assert (point.x, point.y) == pytest.approx((vector["easting"], vector["northing"]), abs=2e-4)


def degrees(text: str) -> float:
    d, m, s = (float(part) for part in re.findall(r"[\d.]+", text))
    return d + m / 60 + s / 3600


@pytest.mark.shared
@pytest.mark.parametrize(("system", "key"), [("GCJ-02", "GCJ02"), ("BD-09", "BD09")])
def test_web_map_offsets_come_off_664_cities(shared: Path, system: str, key: str) -> None:
    cities = json.loads((shared / "oracle/std/gcoord_china-cities.json").read_text(encoding="utf-8"))
    true, offset = (np.array([city["coords"][k] for city in cities], float) for k in ("WGS84", key))
    lon, lat = gcj02.to_wgs84(offset[:, 0], offset[:, 1], system)
    metres = pyproj.Geod(ellps="WGS84").inv(lon, lat, true[:, 0], true[:, 1])[2]
    assert len(metres) == 664
    assert metres.max() < 0.1


@given(st.floats(73.5, 134.5), st.floats(4, 53))
def test_taking_the_offset_off_undoes_putting_it_on(lon: float, lat: float) -> None:
    there = gcj02.from_wgs84(np.array([lon]), np.array([lat]))
    back = gcj02.to_wgs84(*there, "GCJ-02")
    assert np.abs(np.array(back).ravel() - [lon, lat]).max() < 1e-8


def test_the_offset_systems_are_known_by_their_names() -> None:
    assert gcj02.system("gcj02") == "GCJ-02"
    assert gcj02.system("BD-09") == "BD-09"
    assert gcj02.system("EPSG:4490") is None
