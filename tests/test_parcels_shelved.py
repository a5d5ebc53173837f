"""Cells laid away behind a book come out as they were delivered."""

from dataclasses import replace

import pandas as pd
import pytest

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
