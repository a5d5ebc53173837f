"""The order of work: declared points that add up, nothing hidden, and what is missing is named."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.policy.load import load
from evaluation.reclaim.priority import points

Frame = pd.DataFrame
RULE = load("cn-idle-2012").priority
COLUMNS = ("area_mu", "legal_step", "stage", "cluster_mu")


def ranked(*rows: tuple[float | None, str | None, str | None, float | None]) -> Frame:
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"area_mu": float, "cluster_mu": float})
    assert RULE is not None
    return points(table, RULE)


def test_points_add_up_from_the_table_in_the_policy() -> None:
    row = ranked((50.0, "take_back", "suspected", 150.0)).iloc[0]
    parts = row[["points_area", "points_law", "points_evidence", "points_contiguity"]].tolist()
    assert parts == [15.0, 30.0, 20.0, 10.0]
    assert row["priority"] == 75.0


def test_more_than_the_full_mark_earns_the_full_mark() -> None:
    assert ranked((5000.0, "take_back", "suspected", 9000.0)).iloc[0]["priority"] == 100.0


def test_what_is_missing_earns_nothing_and_is_named() -> None:
    row = ranked((None, "fee", "lead", None)).iloc[0]
    assert (row["points_area"], row["points_contiguity"]) == (0.0, 0.0)
    assert "面积" in row["priority_gaps"]
    assert "连片面积" in row["priority_gaps"]


def test_equal_points_share_a_rank() -> None:
    rows = ranked((10.0, "fee", "lead", 10.0), (10.0, "fee", "lead", 10.0), (20.0, "fee", "lead", 20.0))
    assert rows["priority_rank"].tolist() == [2, 2, 1]


@settings(max_examples=25, deadline=None)
@given(
    area=st.floats(0, 1000), more=st.floats(0, 1000), step=st.sampled_from(["take_back", "fee", "investigate", "none"])
)
def test_more_land_never_moves_a_parcel_down(area: float, more: float, step: str) -> None:
    rows = ranked((area, step, "lead", area), (area + more, step, "lead", area + more))
    assert rows["priority"].iloc[1] >= rows["priority"].iloc[0]
    assert rows["priority"].between(0, 100).all()
