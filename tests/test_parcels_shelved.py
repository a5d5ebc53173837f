"""Cells laid away behind a book come out as they were delivered."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
from shapely.geometry import LineString, MultiPolygon, box

from parcels.delivery.delivered import MAPPING, RawTable
from parcels.delivery.shelved import shelved


def sheet(cells: pd.DataFrame) -> RawTable:
    return RawTable("firms", "企业.xlsx", "名录", cells, pd.DataFrame(columns=list(MAPPING)))


@pytest.mark.parametrize(
    "cells",
    [
        pd.DataFrame({"统一社会信用代码": ["0012", None, ""], "税金": [1.5, None, -0.0]}, index=[2, 3, 7]),
        pd.DataFrame({"日期": pd.to_datetime(["2024-02-29", None]), "序号": [1, 2]}),
        pd.DataFrame({"乱": ["甲", 1, 2.5, True, None]}),
        pd.DataFrame([[1, "a"], [2, "b"]], columns=["亩", "亩"]),
        pd.DataFrame({"空": []}),
    ],
    ids=["text and numbers", "dates", "cells of several kinds", "a heading that stands twice", "no rows"],
)
def test_what_is_taken_out_is_what_was_laid_away(cells: pd.DataFrame) -> None:
    kept = shelved(sheet(cells))
    pd.testing.assert_frame_equal(kept.cells, cells, check_exact=True)
    assert kept.table.file == "企业.xlsx"
    assert not len(kept.table.cells)
    assert list(kept.table.cells.columns) == list(cells.columns)


def test_cells_that_repeat_themselves_take_a_tenth_of_their_room() -> None:
    cells = pd.DataFrame({"用途": ["工业用地"] * 10_000, "面积": [12.5] * 10_000})
    kept = shelved(replace(sheet(cells), header_row=2))
    assert isinstance(kept.packed, bytes)
    assert len(kept.packed) < cells.memory_usage(deep=True).sum() / 10
    assert kept.table.header_row == 2


def test_a_table_laid_away_holds_nothing_of_its_cells() -> None:
    """A slice of Arrow's text holds all of it: an empty one held the cells of a whole delivery."""
    before = pa.total_allocated_bytes()
    cells = pd.DataFrame({"坐落": [f"某镇某村{number}号" for number in range(50_000)]})
    kept = shelved(sheet(cells))
    del cells
    assert pa.total_allocated_bytes() - before < 10_000
    assert len(kept.cells) == 50_000


def test_the_kind_of_a_shape_is_known_after_the_shape_has_gone() -> None:
    shapes = gpd.GeoSeries([box(0, 0, 1, 1), None, MultiPolygon([box(0, 0, 1, 1)]), LineString([(0, 0), (1, 1)])])
    kept = shelved(
        replace(sheet(pd.DataFrame({"n": range(4)}, index=[1, 2, 3, 9])), geometry=shapes.set_axis([1, 2, 3, 9]))
    )
    assert kept.table.geometry is None
    assert kept.kinds is not None
    assert kept.kinds.astype("object").fillna("").to_dict() == {1: "Polygon", 2: "", 3: "MultiPolygon", 9: "LineString"}
    assert shelved(sheet(pd.DataFrame({"n": [1]}))).kinds is None
