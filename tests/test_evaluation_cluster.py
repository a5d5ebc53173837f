"""连片 and the smallest set: contiguity across a stated width, and exactness against counting every set."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from evaluation.reclaim.cluster import clusters, summary
from evaluation.reclaim.smallest import smallest_set

CRS = "EPSG:4546"


def row_of(*gaps: float) -> gpd.GeoSeries:
    """Return squares of 100 m in a row with these gaps between them."""
    starts = np.cumsum([0.0, *[100.0 + gap for gap in gaps]])
    return gpd.GeoSeries([box(500000 + x, 3000000, 500100 + x, 3000100) for x in starts], crs=CRS)


def numbered(shapes: gpd.GeoSeries, gap: float) -> list[float]:
    ids = pd.Series([f"p{i}" for i in range(len(shapes))])
    return clusters(ids, shapes, gap).astype("float64").tolist()


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, [1, 1, 2, 3]), (23.9, [1, 1, 2, 3]), (24.0, [1, 1, 1, 2]), (25.0, [1, 1, 1, 1])],
)
def test_parcels_across_a_road_up_to_the_stated_width_are_one(gap: float, expected: list[int]) -> None:
    assert numbered(row_of(0.0, 24.0, 25.0), gap) == expected


def test_a_parcel_without_a_drawing_is_in_no_cluster() -> None:
    shapes = row_of(0.0, 0.0)
    shapes.iloc[1] = None
    got = numbered(shapes, 10.0)
    assert got[0] == 1
    assert np.isnan(got[1])
    assert got[2] == 2
    shapes.iloc[2] = Polygon()
    assert np.isnan(numbered(shapes, 10.0)[2])


def test_degrees_are_measured_in_metres() -> None:
    shapes = row_of(24.0, 30.0).to_crs("EPSG:4490")
    assert numbered(shapes, 24.1) == [1, 1, 2]


def listed(mu: list[float], owners: list[str] | None = None, cluster: list[int] | None = None) -> pd.DataFrame:
    names = owners or [f"o{i}" for i in range(len(mu))]
    return pd.DataFrame({
        "parcel_id": [f"p{i}" for i in range(len(mu))],
        "area_mu": mu,
        "holder_uscc": names,
        "holder": names,
        "stage": "suspected",
        "cluster": pd.Series(cluster or [1] * len(mu), dtype="Int64"),
    })


def test_a_cluster_is_summed_with_its_owners() -> None:
    table = summary(listed([10.0, 5.5, 1.0], ["a", "a", "b"], [1, 1, 2]))
    assert table[["cluster", "parcels", "mu", "owners"]].to_numpy().tolist() == [[1, 2, 15.5, 1], [2, 1, 1.0, 1]]
    assert table["parcel_ids"].tolist() == ["p0;p1", "p2"]


def test_the_fewest_parcels_are_found_and_among_them_the_least_land() -> None:
    plan = smallest_set(listed([60.0, 50.0, 41.0, 10.0]), 100.0)
    assert (sorted(plan.parcels["parcel_id"]), plan.mu, plan.status) == (["p0", "p2"], 101.0, "optimal")
    assert "已证明不能更少" in plan.words


def test_land_that_just_suffices_suffices() -> None:
    plan = smallest_set(listed([0.1, 0.2, 33.3333]), 33.6333)
    assert (len(plan.parcels), plan.mu) == (3, 33.6333)
    assert smallest_set(listed([0.1, 0.2, 33.3333]), 33.6334).status == "infeasible"


def test_fewest_owners_may_mean_more_parcels() -> None:
    table = listed([60.0, 50.0, 40.0, 40.0, 30.0], ["a", "b", "c", "c", "c"])
    assert len(smallest_set(table, 100.0).parcels) == 2
    plan = smallest_set(table, 100.0, "owners")
    assert set(plan.parcels["holder_uscc"]) == {"c"}


def test_one_cluster_keeps_together() -> None:
    table = listed([60.0, 60.0, 40.0, 40.0, 40.0], cluster=[1, 2, 3, 3, 3])
    plan = smallest_set(table, 100.0, one_cluster=True)
    assert sorted(plan.parcels["parcel_id"]) == ["p2", "p3", "p4"]
    assert smallest_set(table, 121.0, one_cluster=True).status == "infeasible"


def test_out_of_time_the_number_is_still_the_least_and_the_set_enough() -> None:
    rng = np.random.default_rng(7)
    table = listed([float(mu) for mu in rng.integers(1, 4_000_000, 400) / 10_000])
    plan = smallest_set(table, 9_000.1234, seconds=0.05)
    largest = np.sort(table["area_mu"])[::-1].cumsum()
    assert len(plan.parcels) == int((largest < 9_000.1234).sum()) + 1
    assert plan.mu >= 9_000.1234
    assert plan.status in {"time", "optimal"}


def test_too_much_asked_is_said_to_be_too_much() -> None:
    plan = smallest_set(listed([1.0, 2.0]), 4.0)
    assert plan.status == "infeasible"
    assert "凑不足4.0亩" in plan.words


@settings(max_examples=25, deadline=None)
@given(mu=st.lists(st.integers(1, 400), min_size=1, max_size=8), wanted=st.integers(1, 900))
def test_no_set_is_smaller_than_the_one_found(mu: list[int], wanted: int) -> None:
    table = listed([n / 10 for n in mu])
    plan = smallest_set(table, wanted / 10)
    enough = [c for k in range(1, len(mu) + 1) for c in combinations(mu, k) if sum(c) >= wanted]
    if not enough:
        assert plan.status == "infeasible"
        return
    fewest = min(len(c) for c in enough)
    least = min(sum(c) for c in enough if len(c) == fewest)
    assert (len(plan.parcels), plan.mu) == (fewest, pytest.approx(least / 10))
