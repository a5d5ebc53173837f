"""连片 and the smallest set: contiguity across a stated width, and exactness against counting every set."""

from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from evaluation.policy.load import load
from evaluation.reclaim.cluster import clusters, summary
from evaluation.reclaim.planner import candidates, groups, lift
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
    rows = listed([10.0, 5.5, 1.0], ["a", "a", "b"], [1, 1, 2]).assign(cause="own")
    rows["stage"] = ["suspected", "lead", ""]
    table = summary(rows)
    assert table[["cluster", "parcels", "mu", "owners"]].to_numpy().tolist() == [[1, 2, 15.5, 1], [2, 1, 1.0, 1]]
    assert table["parcel_ids"].tolist() == ["p0;p1", "p2"]
    assert table["suspected_share"].tolist() == [0.6452, 0.0]  # 10 of 15.5 亩
    assert table["own_share"].tolist() == [1.0, 0.0]  # the last is not idle at all: no cause to speak of


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
    assert "凑不足4亩" in plan.words


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


# One zone of 1 000 亩 base: 690 counted as industrial, 310 not; three sleeping parcels lie on what is not counted.
SHARE = {"rule": "industrial_land_70", "label": "工业用地占比", "required": 0.7, "numerator_mu": 690.0,
         "denominator_mu": 1000.0, "unmapped_mu": 0.0}  # fmt: skip
MU = 10_000 / 15
EAST, NORTH = 500_000.0, 3_320_000.0


def strip(at: float, mu: float) -> Any:
    """Return a rectangle 100 m high of so many 亩, `at` metres east of the central meridian."""
    return box(EAST + at, NORTH, EAST + at + mu * MU / 100, NORTH + 100)


def world(strips: list[tuple[float, float]], role: str = "denominator") -> tuple[Any, Any]:
    parcels = gpd.GeoDataFrame(
        {"parcel_id": [f"p{i}" for i in range(len(strips))], "holder_uscc": "u", "cluster": 1},
        geometry=[strip(*one) for one in strips], crs=4546,
    )  # fmt: skip
    counted = gpd.GeoDataFrame(
        {"role": [role]}, geometry=[box(EAST - 10, NORTH - 10, EAST + 5000, NORTH + 110)], crs=4546
    )
    return parcels, counted


def test_ground_in_the_rest_of_the_base_lifts_a_share_by_its_whole_area() -> None:
    parcels, counted = world([(0, 4.0), (200, 7.0), (400, 5.9)])
    got = lift(parcels, SHARE, counted)
    assert got.need == 10.0  # 0.7 × 1000 − 690
    assert sorted(got.plan.parcels["parcel_id"]) == ["p0", "p1"]  # 4 + 7: the fewest, and the least beyond 10
    assert got.after == 0.701
    assert "还差10.0000亩" in got.words


def test_ground_left_out_of_the_base_enters_it_and_gains_only_its_part() -> None:
    parcels, counted = world([(0, 20.0)], "excluded")
    assert lift(parcels, SHARE, counted).plan.status == "infeasible"  # 20 × 0.3 = 6 of 10
    assert lift(parcels, {**SHARE, "numerator_mu": 694.0}, counted).after == 0.7  # 714 of 1020


def test_ground_that_counts_already_gains_nothing_and_the_answer_says_so() -> None:
    parcels, counted = world([(0, 500.0)], "numerator")
    got = lift(parcels, SHARE, counted)
    assert (got.plan.status, got.after) == ("infeasible", None)
    assert "已计入分子的宗地收回不改变占比" in got.words


def test_unmapped_ground_weighs_on_the_lower_bound_and_gains_whole() -> None:
    parcels, counted = world([(0, 24.1)], "unmapped")
    got = lift(parcels, {**SHARE, "unmapped_mu": 20.0}, counted)
    assert got.need == 24.0  # 0.7 × 1020 − 690
    assert got.before == 0.6765
    assert got.after == 0.7001


def test_parcels_drawn_over_each_other_do_not_lift_twice() -> None:
    parcels, counted = world([(0, 6.0), (0, 6.0)])
    got = lift(parcels, SHARE, counted)
    assert got.after == 0.696
    assert "图形互相重叠" in got.words


def test_only_what_is_listed_for_a_kind_may_be_chosen() -> None:
    rows = pd.DataFrame({
        "parcel_id": list("abcd"), "idle": ["clause1", "no", "no", "watch"],
        "low_efficiency": ["pass", "fail", "unknown", None], "zombie": ["pass", None, "fail", "unknown"],
    })  # fmt: skip
    assert candidates(rows, ["idle"])["parcel_id"].tolist() == ["a"]
    assert candidates(rows, ["low", "zombie"])["parcel_id"].tolist() == ["b", "c"]
    assert candidates(rows, []).empty


def test_one_owner_and_sure_evidence_make_a_cluster_easier() -> None:
    rows = listed([10.0, 10.0, 30.0], ["a", "b", "c"], [1, 1, 2]).assign(cause="own", stage="suspected")
    rows.loc[0, "stage"] = "lead"
    got = groups(rows, load("cn-idle-2012").ease).set_index("cluster")
    assert got.loc[2, "ease"] == 100.0
    assert got.loc[1, "ease"] == 20 + 15 + 30  # two owners: half of 40; half the land suspected: 15 of 30; own cause
    assert got.loc[2, "ease_rank"] == 1
