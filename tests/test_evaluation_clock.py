"""The statutory clock: which step comes next, who acts, by when, and what is not counted because nobody confirmed it."""

from typing import Any

import pandas as pd
import pytest

from evaluation.policy.load import load
from evaluation.reclaim import clock, consequence, disposal, examples, idle, pipeline
from evaluation.reclaim.facts import progress

Frame = pd.DataFrame
RULE = load("cn-idle-2012")
AS_OF = pd.Timestamp("2025-12-31")
UNSTARTED = {"tenure": "国有", "construction_state": "未动工"}


def judged(parcels: list[dict[str, Any]], as_of: pd.Timestamp = AS_OF, **tables: list[dict[str, Any]]) -> Frame:
    rows = examples.table("parcels", parcels)
    delays, moved = (examples.table(name, tables.get(name, [])) for name in ("delays", "agreements"))
    frame = idle.judge(rows, moved, delays, RULE, as_of)
    return pd.concat([frame, consequence.follow(frame, rows["price_wan"], RULE, as_of)], axis=1)


def steps(parcel: dict[str, Any], events: Frame | None = None, **tables: Any) -> Frame:
    frame = judged([{"parcel_id": "p", **UNSTARTED, **parcel}], **tables)
    return clock.clock(frame, RULE, AS_OF, events).set_index("step")


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def test_a_suspected_parcel_is_investigated_within_thirty_days_of_the_day_it_was_found() -> None:
    row = steps({"agreed_start": "2024-06-01"}).loc["investigate"]
    assert (row["starts"], row["due"]) == (AS_OF, day("2026-01-30"))
    assert (row["actor"], row["document"], row["status"]) == ("自然资源主管部门", "闲置土地调查通知书", "mirror")
    assert row["state"] == "before"


def test_days_people_wrote_down_move_the_clock() -> None:
    events = pd.DataFrame({
        "parcel_id": ["p", "p"], "event": ["suspicion", "notice_received"], "on": [day("2025-11-10"), day("2025-12-05")]
    })  # fmt: skip
    rows = steps({"agreed_start": "2024-06-01"}, events)
    assert rows.loc["investigate", "due"] == day("2025-12-10")
    assert rows.loc["reply", "due"] == day("2026-01-04")
    assert pd.isna(steps({"agreed_start": "2024-06-01"}).loc["reply", "due"])


def test_the_fee_is_open_for_the_year_between_the_two_anniversaries() -> None:
    rows = steps({"agreed_start": "2024-02-29", "price_wan": 100.0})
    assert (rows.loc["fee", "state"], rows.loc["fee", "starts"], rows.loc["fee", "due"]) == (
        "next", day("2025-02-28"), day("2026-02-27"),
    )  # fmt: skip
    assert (rows.loc["take_back", "state"], rows.loc["take_back", "starts"]) == ("later", day("2026-02-28"))
    assert "百分之二十以下" in rows.loc["fee", "note"]


def test_after_two_years_the_fee_is_closed_and_taking_back_comes_next() -> None:
    rows = steps({"agreed_start": "2023-12-31"})
    assert (rows.loc["fee", "state"], rows.loc["take_back", "state"]) == ("closed", "next")


def test_excused_days_move_both_anniversaries() -> None:
    delays = [{"parcel_id": "p", "cause": "政府原因", "from": "2024-02-01", "to": "2024-02-10"}]
    rows = steps({"agreed_start": "2024-01-01"}, delays=delays)
    assert (rows.loc["fee", "starts"], rows.loc["take_back", "starts"]) == (day("2025-01-11"), day("2026-01-11"))
    assert rows.loc["investigate", "state"] == "next"  # the cause is mixed: that comes first


def test_a_lead_goes_no_further_than_the_investigation() -> None:
    rows = steps({"agreed_start": "2023-01-01", "construction_state": None})
    assert rows.loc["investigate", "state"] == "next"
    assert "线索" in rows.loc["determine", "note"]
    assert "next" not in set(rows.drop("investigate")["state"])


def test_land_stopped_is_neither_charged_nor_taken_back() -> None:
    parcel = {
        "agreed_start": "2020-01-01", "actual_start": "2020-01-01", "construction_state": "停工",
        "suspended_since": "2024-01-01", "invest_paid_wan": 1.0, "invest_total_wan": 10.0,
    }  # fmt: skip
    rows = steps(parcel)
    assert (rows.loc["fee", "state"], rows.loc["take_back", "state"]) == ("closed", "closed")
    assert rows.loc["negotiate", "state"] == "next_unverified"  # what the law seems to ask, once art. 12 is confirmed


@pytest.mark.parametrize("step", ["determine", "plan", "hearing", "pay"])
def test_steps_nobody_confirmed_have_no_deadline(step: str) -> None:
    row = steps({"agreed_start": "2024-06-01"}).loc[step]
    assert (row["state"], row["status"]) == ("unverified", "unverified")
    assert pd.isna(row["due"])
    assert "未核实" in row["note"]


def test_only_listed_parcels_have_a_clock() -> None:
    frame = judged([{"parcel_id": "q", **UNSTARTED, "agreed_start": "2025-06-01"}])
    assert clock.clock(frame, RULE, AS_OF).empty


def test_mortgage_and_seizure_are_named_as_what_a_person_must_look_up() -> None:
    words = clock.restrictions(RULE)
    assert any("抵押" in word for word in words)
    assert any("查封" in word for word in words)


def opened(parcel: dict[str, Any], **more: Any) -> dict[str, str]:
    tables = {"delays": more.pop("delays", [])}
    frame = judged([{"parcel_id": "p", **UNSTARTED, **parcel}], **tables)
    known = {"low_efficiency": "pass", "zombie": "pass", "unkept": 0.0, **more}
    table = disposal.paths(frame.assign(**known), RULE)
    return dict(zip(table["path"], table["state"], strict=True))


def test_each_path_is_open_or_closed_for_its_reason() -> None:
    own = opened({"agreed_start": "2024-06-01"})
    assert own["fee"] == "open"
    assert {own[name] for name in ("take_back", "negotiate", "extend", "paid", "invest_more")} == {"closed"}
    mixed = [{"parcel_id": "p", "cause": "政府原因", "from": "2024-07-01", "to": "2024-07-31"}]
    theirs = opened({"agreed_start": "2024-06-01"}, delays=mixed)
    assert theirs["fee"] == "closed"
    assert theirs["extend"] == "unverified"  # art. 12 would open it once somebody confirms the text


def test_low_efficiency_and_zombies_open_the_working_paths() -> None:
    low = opened({"agreed_start": "2025-06-01"}, low_efficiency="fail")
    assert {low[name] for name in ("invest_more", "renovate", "cooperate")} == {"open"}
    assert low["vacate"] == "closed"
    zombie = opened({"agreed_start": "2025-06-01"}, low_efficiency="fail", zombie="fail")
    assert (zombie["invest_more"], zombie["vacate"]) == ("closed", "open")
    assert opened({"agreed_start": "2025-06-01"}, unkept=float("nan"))["clear_out"] == "unknown"
    assert opened({"agreed_start": "2025-06-01"}, unkept=1.0)["clear_out"] == "open"


def test_a_wrong_example_in_the_policy_is_told() -> None:
    first = RULE.examples[0]
    wrong = {**first, "expect": [{"parcel_id": "a", "idle": "no"}]}
    said = examples.mismatches(RULE.model_copy(update={"examples": [wrong]}))
    assert len(said) == 1
    assert "应为 no，得到 clause1" in said[0]


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("2025-12-30", "expired"),
        ("2025-12-31", "watch"),
        ("2026-12-31", "watch"),
        ("2027-01-01", "running"),
        (None, "unknown"),
    ],
)
def test_a_term_is_used_by_right_until_its_last_day(end: str | None, state: str) -> None:
    table = examples.table(
        "parcels", [{"parcel_id": "p", "term_end": end, "contract_date": "2006-02-28", "term_years": 20.0}]
    )
    row = pipeline.terms(table, AS_OF, RULE.terms).iloc[0]
    assert row["term"] == state
    assert pd.isna(row["term_end_if"]) if end else row["term_end_if"] == day("2026-02-28")


@pytest.mark.parametrize(
    ("kind", "watched"),
    [("先租后让", True), ("租赁", True), ("弹性年期出让", True), ("挂牌出让", False), (None, False)],
)
def test_leased_and_elastic_terms_are_watched_whenever_they_end(kind: str | None, watched: bool) -> None:
    table = examples.table("parcels", [{"parcel_id": "p", "supply_kind": kind, "term_end": "2045-01-01"}])
    assert bool(pipeline.terms(table, AS_OF, RULE.terms)["lease"].iloc[0]) is watched


@pytest.mark.parametrize(
    ("parcel", "low", "stage", "layer"),
    [
        ({"area_approved_m2": 100.0}, "", "approved", "批而未供"),
        ({"contract_date": "2020-01-01", "construction_state": "未动工"}, "", "supplied", "供而未用"),
        ({"contract_date": "2020-01-01"}, "", "unknown", ""),
        ({"contract_date": "2020-01-01", "construction_state": "在建"}, "pass", "building", ""),
        ({"contract_date": "2020-01-01", "construction_state": "竣工"}, "fail", "built", "用而不足"),
        ({}, "", "unknown", ""),
    ],
)
def test_land_on_its_way_has_a_working_state(parcel: dict[str, Any], low: str, stage: str, layer: str) -> None:
    table = examples.table("parcels", [{"parcel_id": "p", **parcel}])
    row = pipeline.stages(table, progress(table, AS_OF), pd.Series([low])).iloc[0]
    assert (row["stage_of_use"], row["layer"]) == (stage, layer)


@pytest.mark.parametrize(
    ("begin", "last", "state"),
    [
        ("2020-12-31", "2025-12-30", "expired"),
        ("2021-01-01", "2025-12-31", "watch"),
        ("2020-02-29", "2025-02-27", "expired"),  # 29 February → 28 February, the day before it is the last
        ("2023-01-01", "2027-12-31", "running"),
        (None, None, ""),
    ],
)
def test_keeping_the_use_runs_five_years_and_is_no_misuse_before(begin: Any, last: Any, state: str) -> None:
    table = examples.table("parcels", [{"parcel_id": "p", "keep_use_from": begin}])
    row = pipeline.terms(table, AS_OF, RULE.terms).iloc[0]
    assert row["keep"] == state
    assert pd.isna(row["keep_end"]) if last is None else row["keep_end"] == day(last)


def test_without_a_policy_no_number_of_years_is_made_up() -> None:
    table = examples.table("parcels", [{"parcel_id": "p", "keep_use_from": "2020-12-31", "term_end": "2026-01-01"}])
    row = pipeline.terms(table, AS_OF, None).iloc[0]
    assert row["keep"] == "unknown"
    assert row["term"] == "running"


def test_the_stages_of_use_add_up_to_all_parcels() -> None:
    rows = pd.DataFrame({
        "stage_of_use": ["built", "built", "supplied", "unknown"], "layer": ["用而不足", "", "供而未用", ""],
        "area_mu": [10.0, 5.0, 2.5, None],
    })  # fmt: skip
    got = pipeline.counted(rows)
    assert got["parcels"].sum() == 4
    assert got["mu"].sum() == 17.5
    assert got["without_area"].sum() == 1


def test_the_days_stand_in_the_parcels_table_and_a_served_notice_hands_the_step_to_the_holder() -> None:
    table = examples.table("parcels", [
        {"parcel_id": "p", "suspected_on": "2025-11-03", "notice_received_on": "2025-11-20"},
        {"parcel_id": "q", "notice_received_on": "2026-01-05"},
    ])  # fmt: skip
    events = clock.events_of(table, AS_OF)
    assert events["parcel_id"].tolist() == ["p", "p"]  # what happens after the day judged is not known on it
    rows = steps({"agreed_start": "2023-01-01", "construction_state": None}, events)
    assert rows.loc["investigate", "state"] == "done"
    assert rows.loc["investigate", "due"] == day("2025-12-03")
    assert (rows.loc["reply", "state"], rows.loc["reply", "due"]) == ("next", day("2025-12-20"))
