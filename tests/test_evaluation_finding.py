"""Findings of all questions lie in one table: every text as it was said, every number rounded once."""

from typing import TYPE_CHECKING

import pandas as pd

from evaluation.finding import CODED, FINDING_COLUMNS, piled
from evaluation.run import _found

if TYPE_CHECKING:
    from conftest import Demo

IDLE = pd.DataFrame({
    "subject_kind": "parcel", "subject_id": ["1", "2"], "rule": "idle_clause1", "outcome": ["fail", "pass"],
    "measured": [401.0, None], "required": 365.0, "source": "53号令 第二条", "stage": ["lead", None],
})  # fmt: skip
GRADED = pd.DataFrame({"subject_kind": ["firm"], "subject_id": ["9"], "rule": ["grading"], "outcome": ["unknown"]})


def test_what_two_questions_said_stands_one_below_the_other() -> None:
    both = piled([IDLE, GRADED, IDLE.iloc[:0]])
    assert list(both.columns) == list(FINDING_COLUMNS)
    assert both["subject_id"].to_list() == ["1", "2", "9"]
    assert both["rule"].to_list() == ["idle_clause1", "idle_clause1", "grading"]
    assert both["outcome"].to_list() == ["fail", "pass", "unknown"]
    assert both["measured"].isna().to_list() == [False, True, True]
    assert both["stage"].isna().to_list() == [False, True, True]
    assert both["source"].isna().to_list() == [False, False, True]


def test_piling_what_was_piled_changes_nothing() -> None:
    once = piled([IDLE, GRADED])
    pd.testing.assert_frame_equal(piled([once]), once)
    pd.testing.assert_frame_equal(piled([piled([IDLE]), piled([GRADED])]), once)


def test_a_text_that_a_thousand_findings_say_is_kept_once() -> None:
    many = piled([IDLE.loc[[0] * 1000]])
    assert all(len(many[name].cat.categories) <= 1 for name in CODED)


def test_a_margin_is_rounded_whatever_stands_beside_it() -> None:
    third = IDLE.assign(margin=1 / 3)
    without = GRADED.assign(margin=pd.Series([pd.NA], dtype=object))
    assert _found([third, without])["margin"].dropna().to_list() == [0.3333, 0.3333]


def test_without_a_finding_the_headings_stand() -> None:
    assert list(piled([]).columns) == list(FINDING_COLUMNS)


def test_no_finding_of_the_demo_has_more_than_four_decimals(demo: "Demo") -> None:
    found = pd.read_parquet(demo.run / "frames" / "findings.parquet")
    numbers = found[["measured", "required", "margin"]]
    assert len(found)
    assert (numbers.round(4) - numbers).abs().max().max() < 1e-12
