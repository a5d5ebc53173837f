"""What a book finds out about its drawings once, for every step behind it: their areas, and which lie alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Polygon, box

from evaluation.zone import lay
from parcels.book import Book, build
from parcels.delivery import read
from parcels.drawn import ALONE, AREA_M2

EAST, NORTH = 500_000.0, 3_300_000.0


def square(x: float, side: float = 100.0) -> Polygon:
    return box(EAST + x, NORTH, EAST + x + side, NORTH + side)


def delivered(folder: Path, **layers: list[Polygon | None]) -> Book:
    """Land use by basis, its rows in the order of the polygons, and a zone that holds them all."""
    names = {"actual": "现状", "planned": "规划"}
    for basis, shapes in layers.items():
        rows = {"地类编码": ["0601"] * len(shapes), "地类名称": ["工业用地"] * len(shapes)}
        frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=4549)
        frame.to_file(folder / f"{names[basis]}.gpkg")
    zone = gpd.GeoDataFrame(
        {"开发区代码": ["Z"], "开发区名称": ["东区"], "级别": ["省级"]}, geometry=[square(0, 1_000)], crs=4549
    )
    zone.to_file(folder / "开发区.gpkg")
    return build(read(folder))


def told(book: Book) -> dict[str, list[bool]]:
    frame = book.tables["landuse"]
    return {basis: part[ALONE].tolist() for basis, part in frame.groupby("basis")}


def test_a_row_is_alone_if_none_of_its_layer_lies_on_it_by_however_little(tmp_path: Path) -> None:
    thin, apart, under_another_layer = square(99.999), square(300), square(0)
    book = delivered(tmp_path, actual=[square(0), thin, apart, None], planned=[under_another_layer])
    assert told(book) == {"actual": [False, False, True, True], "planned": [True]}
    assert "overlap" not in book.faults["kind"].tolist(), "a tenth of a square metre is no fault"


def test_what_is_drawn_twice_is_not_alone_neither_the_first_nor_the_second(tmp_path: Path) -> None:
    assert told(delivered(tmp_path, actual=[square(0), square(200), square(0)])) == {"actual": [False, True, False]}


def test_the_area_of_a_drawing_stands_in_its_row_and_is_missing_where_nothing_is_drawn(tmp_path: Path) -> None:
    area = delivered(tmp_path, actual=[square(0), square(200, 10), None]).tables["landuse"][AREA_M2]
    assert area.tolist() == [
        pytest.approx(10_000, rel=1e-3),
        pytest.approx(100, rel=1e-3),
        pytest.approx(float("nan"), nan_ok=True),
    ]


def test_the_ground_is_the_same_whether_the_book_says_who_is_alone_or_not(tmp_path: Path) -> None:
    book = delivered(tmp_path, actual=[square(0), square(60), square(300), square(60), square(380), square(700)])
    untold = {name: frame.drop(columns=[ALONE, AREA_M2], errors="ignore") for name, frame in book.tables.items()}
    uses = pd.Series(["industrial", "green"] * 3)
    one, other = lay(book, uses).pieces, lay(replace(book, tables=untold), uses).pieces
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True)
    assert (one["use_group"] == "unmapped").sum() == 2, "a conflict, and the ground that nobody draws"
