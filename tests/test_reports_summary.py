"""The first page adds up: every firm and parcel stands in one line, 亩 are sums of known areas, unknown ones are counted."""

from types import SimpleNamespace

import pandas as pd
import pytest

from reports import summary


def firms(*rows: tuple[str, str | None, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["uscc", "grade", "land_mu"])
    return frame.assign(policy="p", zone_id="Z")


def test_a_grade_is_counted_with_its_land_and_the_ungraded_come_last() -> None:
    lines = summary.by_grade(firms(("a", "B", 10.0), ("b", None, 3.0), ("c", "A", 1.5), ("d", "B", None)))
    assert lines["grade"].to_list() == ["A", "B", ""]
    assert lines["count"].to_list() == [1, 2, 1]
    assert lines["mu"].to_list() == [1.5, 10.0, 3.0]
    assert lines["mu_unknown"].to_list() == [0, 1, 0]


def test_land_of_which_nothing_is_known_is_no_zero() -> None:
    lines = summary.by_grade(firms(("a", "D", None)))
    assert lines["mu"].isna().all()
    assert lines["mu_unknown"].to_list() == [1]


def test_idleness_that_needs_a_hand_is_listed_first_and_every_parcel_once() -> None:
    parcels = pd.DataFrame({"idle": ["no", "clause2", "clause1", "no"], "area_mu": [5.0, 2.0, 1.0, 7.0]})
    lines = summary.by_idle(parcels)
    assert lines["idle"].to_list() == ["clause1", "clause2", "no"]
    assert lines["mu"].to_list() == [1.0, 2.0, 12.0]
    assert lines["count"].sum() == len(parcels)


def test_outcomes_stand_in_the_order_met_failed_unknown() -> None:
    lines = summary.by_outcome(pd.DataFrame({"outcome": ["unknown", "pass", "unknown"]}))
    assert lines.to_dict("list") == {"outcome": ["pass", "unknown"], "count": [1, 2]}


@pytest.mark.parametrize(
    ("areas", "mu", "unknown"),
    [([2.0, 3.0], 5.0, 0), ([2.0, None], 2.0, 1), ([None], None, 1), ([], 0.0, 0)],
)
def test_a_zone_tells_idle_land_of_unknown_size_apart_from_none(
    areas: list[float | None], mu: float | None, unknown: int
) -> None:
    none = pd.DataFrame(columns=["zone_id", "reading", "condition"])
    world = SimpleNamespace(
        zone_shapes=pd.DataFrame({"zone_id": ["Z"], "name": ["一区"]}), firms=firms(("a", "A", 1.0)), zones=none,
        parcels=pd.DataFrame({"zone_id": "Z", "idle": "clause1", "area_mu": areas}), expansion=none,
    )  # fmt: skip
    row = summary.by_zone(world).iloc[0]  # type: ignore[arg-type]
    assert (None if pd.isna(row["idle_mu"]) else row["idle_mu"]) == mu
    assert row["idle_unknown"] == unknown
