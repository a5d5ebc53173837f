"""Idle land by 令53 art. 2: hand cases on both sides of every date and ratio, and what must never happen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.policy.load import load
from evaluation.reclaim.consequence import follow
from evaluation.reclaim.findings import of_idle
from evaluation.reclaim.idle import judge
from evaluation.reclaim.sentences import reasons

Frame = pd.DataFrame
TEXT = ("parcel_id", "tenure", "construction_state", "use_group", "cause")
DATES = (
    "agreed_start", "actual_start", "actual_completion", "suspended_since", "delivery_date", "contract_date",
    "signed_on", "new_start", "new_completion", "from", "to",
)  # fmt: skip
NUMBERS = ("area_to_develop_m2", "area_developed_m2", "invest_total_wan", "invest_paid_wan", "price_wan")
PARCEL = ("parcel_id", "tenure", "construction_state", "use_group", *DATES[:6], *NUMBERS)
DELAY = ("parcel_id", "cause", "from", "to")
AGREEMENT = ("parcel_id", "signed_on", "new_start")
RULE = load("cn-idle-2012")


def table(rows: list[Mapping[str, Any]], columns: tuple[str, ...]) -> Frame:
    frame = pd.DataFrame({column: [row.get(column) for row in rows] for column in columns})
    for column in columns:
        kind = "datetime64[s]" if column in DATES else "float64" if column in NUMBERS else "str"
        frame[column] = pd.to_datetime(frame[column]).astype(kind) if column in DATES else frame[column].astype(kind)
    return frame


def judged(as_of: str, cases: list[dict[str, Any]], rule: Any = RULE) -> Frame:
    """Judge state-owned parcels p0, p1 … at once; delays are (cause, from, to), agreements (signed_on, new_start)."""
    own = [{"parcel_id": f"p{i}", "tenure": "国有", **case} for i, case in enumerate(cases)]
    stops = [
        {"parcel_id": c["parcel_id"], "cause": w, "from": f, "to": t} for c in own for w, f, t in c.get("delays", [])
    ]
    moved = [
        {"parcel_id": c["parcel_id"], "signed_on": s, "new_start": n} for c in own for s, n in c.get("agreements", [])
    ]
    parcels, day = table(own, PARCEL), pd.Timestamp(as_of)
    idle = judge(parcels, table(moved, AGREEMENT), table(stops, DELAY), rule, day)
    frame = pd.concat([idle, follow(idle, parcels["price_wan"], rule, day)], axis=1)
    return frame.assign(reason=reasons(frame, rule, day))


def verdict(as_of: str, rule: Any = RULE, **parcel: Any) -> Any:
    """Judge one state-owned parcel."""
    return judged(as_of, [parcel], rule).iloc[0]


@pytest.mark.parametrize(
    ("agreed", "as_of", "idle", "days"),
    [
        ("2023-03-01", "2023-02-01", "no", 0),
        ("2023-03-01", "2023-12-01", "no", 275),  # 91 days before
        ("2023-03-01", "2023-12-02", "watch", 276),  # 90 days before
        ("2023-03-01", "2024-02-29", "watch", 365),
        ("2023-03-01", "2024-03-01", "clause1", 366),  # the same calendar day, that day included
        ("2024-02-29", "2025-02-27", "watch", 364),
        ("2024-02-29", "2025-02-28", "clause1", 365),  # 29 February becomes 28 February
        ("2023-02-28", "2024-02-28", "clause1", 365),
        ("2023-01-31", "2024-01-30", "watch", 364),
        ("2023-01-31", "2024-01-31", "clause1", 365),
        ("2023-12-31", "2024-12-31", "clause1", 366),
    ],
)
def test_a_year_is_full_on_the_same_calendar_day(agreed: str, as_of: str, idle: str, days: int) -> None:
    got = verdict(as_of, agreed_start=agreed, construction_state="未动工")
    assert (got["idle"], got["idle_days"]) == (idle, days)


@pytest.mark.parametrize(
    ("start", "idle", "days"),
    [
        ("2022-12-01", "no", 0),
        ("2024-02-29", "no", 365),
        ("2024-03-01", "late_start", 366),
        ("2025-03-01", "late_start", 731),
    ],
)
def test_a_start_on_the_very_day_is_a_late_start(start: str, idle: str, days: int) -> None:
    got = verdict("2025-12-31", agreed_start="2023-03-01", actual_start=start)
    assert (got["idle"], got["idle_days"], got["outcome"], got["legal_step"]) == (idle, days, "pass", "none")


@pytest.mark.parametrize(
    ("as_of", "step", "fee"),
    [
        ("2024-02-29", "none", None),
        ("2024-03-01", "fee", 200.0246),
        ("2025-02-28", "fee", 200.0246),
        ("2025-03-01", "take_back", None),  # 满两年
    ],
)
def test_the_fee_is_a_fifth_of_the_price_between_one_and_two_years(as_of: str, step: str, fee: float | None) -> None:
    got = verdict(as_of, agreed_start="2023-03-01", construction_state="未动工", price_wan=1000.123)
    assert got["legal_step"] == step
    assert (got["fee_wan"] == fee) if fee else pd.isna(got["fee_wan"])


def test_no_report_of_a_start_is_a_lead_and_goes_no_further_than_an_investigation() -> None:
    got = verdict("2025-12-31", agreed_start="2023-03-01", price_wan=1000)
    assert (got["idle"], got["outcome"], got["stage"], got["legal_step"]) == ("clause1", "fail", "lead", "investigate")
    assert pd.isna(got["fee_wan"])
    assert "未报实际动工" in got["reason"]


def test_unstarted_as_stated_is_suspected() -> None:
    got = verdict("2025-12-31", agreed_start="2023-03-01", construction_state="未动工")
    assert (got["idle"], got["stage"], got["legal_step"]) == ("clause1", "suspected", "take_back")


def test_a_start_after_the_day_judged_states_that_nothing_had_begun() -> None:
    got = verdict(
        "2024-06-01", agreed_start="2023-03-01", actual_start="2024-07-01", construction_state="竣工", price_wan=100
    )
    assert (got["idle"], got["stage"], got["fee_wan"], got["idle_days"]) == ("clause1", "suspected", 20.0, 458)


def test_a_blank_tenure_keeps_a_parcel_a_lead() -> None:
    got = verdict("2024-06-01", agreed_start="2023-03-01", construction_state="未动工", price_wan=100, tenure=None)
    assert (got["idle"], got["stage"], got["legal_step"]) == ("clause1", "lead", "investigate")


@pytest.mark.parametrize(("letter", "idle"), [("G", "clause1"), ("J", "not_applicable")])
def test_a_parcel_code_tells_the_tenure_the_column_leaves_blank(letter: str, idle: str) -> None:
    code = f"330102001001{letter}B00001"
    assert verdict("2024-06-01", agreed_start="2023-03-01", tenure=None, parcel_id=code)["idle"] == idle


@pytest.mark.parametrize("facts", [{"tenure": "集体"}, {"use_group": "non_construction"}])
def test_only_state_owned_construction_land_can_be_idle(facts: dict[str, str]) -> None:
    got = verdict("2025-12-31", agreed_start="2023-03-01", construction_state="未动工", **facts)
    assert (got["idle"], got["outcome"], got["legal_step"]) == ("not_applicable", "", "none")
    assert pd.isna(got["idle_days"])
    assert got["reason"]


def test_a_silent_contract_is_unknown_and_shows_the_unverified_date() -> None:
    got = verdict("2025-12-31", delivery_date="2022-05-10", construction_state="未动工", price_wan=100)
    assert (got["idle"], got["outcome"], got["legal_step"]) == ("unknown", "unknown", "none")
    assert pd.isna(got["fee_wan"])
    assert "2023-05-10" in got["reason"]
    assert "2024-05-10" in got["reason"]
    assert "未核实" in got["reason"]


def test_a_silent_contract_without_delivery_date_names_the_paper_that_would_decide() -> None:
    got = verdict("2025-12-31", construction_state="未动工")
    assert got["idle"] == "unknown"
    assert "有偿使用合同或划拨决定书" in got["reason"]


def test_a_confirmed_article_22_decides_a_silent_contract() -> None:
    confirmed = RULE.sources["a22"].model_copy(update={"confirmed": {"by": "甲", "on": "2026-01-01", "text": "…"}})
    rule = RULE.model_copy(update={"sources": {**RULE.sources, "a22": confirmed}})
    facts = {"delivery_date": "2022-05-10", "construction_state": "未动工", "rule": rule}
    assert verdict("2024-05-09", **facts)["idle"] == "watch"
    got = verdict("2024-05-10", **facts)
    assert (got["idle"], got["idle_days"]) == ("clause1", 366)


def test_a_started_parcel_without_agreed_date_is_not_idle_and_says_what_is_not_known() -> None:
    got = verdict("2025-12-31", actual_start="2023-03-01", construction_state="竣工")
    assert (got["idle"], got["outcome"]) == ("no", "pass")
    assert "逾期动工不能判断" in got["reason"]


@pytest.mark.parametrize(
    "trace",
    [
        {"actual_start": "2023-05-01"},
        {"area_developed_m2": 10.0},
        {"suspended_since": "2024-01-01"},
        {"actual_completion": "2024-01-01"},
    ],
)
def test_papers_that_contradict_each_other_leave_it_unknown(trace: dict[str, Any]) -> None:
    got = verdict("2025-12-31", agreed_start="2023-03-01", construction_state="未动工", **trace)
    assert (got["idle"], got["outcome"], got["stage"], got["legal_step"]) == ("unknown", "unknown", "", "none")
    assert "互相矛盾" in got["reason"]


# clause 2 ------------------------------------------------------------------------------------------------------------
STARTED = {"agreed_start": "2019-06-01", "actual_start": "2019-06-01", "construction_state": "停工"}


@pytest.mark.parametrize(
    ("ratio", "idle"),
    [
        ({"area_developed_m2": 3333.0, "area_to_develop_m2": 10000.0}, "no"),  # shown 0.3333 against 0.3333
        ({"area_developed_m2": 5000.0, "area_to_develop_m2": 15000.0}, "no"),  # exactly a third
        ({"area_developed_m2": 3332.0, "area_to_develop_m2": 10000.0}, "clause2"),
        ({"area_developed_m2": 0.0, "area_to_develop_m2": 10000.0}, "clause2"),
        ({"invest_paid_wan": 250.0, "invest_total_wan": 1000.0}, "no"),
        ({"invest_paid_wan": 249.9, "invest_total_wan": 1000.0}, "clause2"),
    ],
)
def test_the_ratios_are_below_and_not_at_their_bounds(ratio: dict[str, float], idle: str) -> None:
    other = {
        "invest_paid_wan": 900.0,
        "invest_total_wan": 1000.0,
        "area_developed_m2": 9000.0,
        "area_to_develop_m2": 10000.0,
    }
    got = verdict("2025-12-31", suspended_since="2024-01-01", **STARTED, **{**other, **ratio})
    assert got["idle"] == idle


@pytest.mark.parametrize(
    ("as_of", "idle", "days"),
    [
        ("2024-12-31", "watch", 365),
        ("2025-01-01", "clause2", 366),
        ("2024-10-02", "no", 0),
        ("2024-10-03", "watch", 276),
    ],
)
def test_a_suspension_is_full_on_the_same_calendar_day(as_of: str, idle: str, days: int) -> None:
    got = verdict(as_of, suspended_since="2024-01-01", area_developed_m2=100.0, area_to_develop_m2=1000.0, **STARTED)
    assert got["idle"] == idle
    assert got["idle_days"] == days


def test_clause_2_is_never_charged_and_its_next_step_is_unverified() -> None:
    got = verdict(
        "2025-12-31",
        suspended_since="2023-01-01",
        area_developed_m2=1.0,
        area_to_develop_m2=9.0,
        price_wan=1000.0,
        **STARTED,
    )
    assert (got["idle"], got["stage"], got["legal_step"]) == ("clause2", "suspected", "unverified")
    assert pd.isna(got["fee_wan"])
    assert "可以认定" in got["reason"]


LOW = {"area_developed_m2": 1.0, "area_to_develop_m2": 9.0}
HIGH = {"area_developed_m2": 8.0, "area_to_develop_m2": 9.0, "invest_paid_wan": 9.0, "invest_total_wan": 9.0}


@pytest.mark.parametrize(
    ("facts", "idle", "word"),
    [
        ({**STARTED, "suspended_since": "2023-01-01"}, "unknown", "总投资"),  # no ratio
        ({**STARTED, "suspended_since": "2025-06-01"}, "no", ""),  # under a year: false whatever the ratio
        (
            {**STARTED, "suspended_since": "2023-01-01", "area_developed_m2": 8.0, "area_to_develop_m2": 9.0},
            "unknown",
            "",
        ),
        (
            {**STARTED, "suspended_since": "2023-01-01", "area_developed_m2": 1.0, "area_to_develop_m2": 0.0},
            "unknown",
            "",
        ),
        (
            {**STARTED, "suspended_since": "2023-01-01", **LOW, "invest_paid_wan": None},
            "clause2",
            "",
        ),  # one true is enough
        ({**STARTED, **LOW}, "unknown", "中止日期"),
        ({**STARTED, **HIGH}, "no", ""),
        ({**STARTED, **LOW, "construction_state": None}, "unknown", "是否停工"),
        ({**STARTED, **LOW, "construction_state": "在建"}, "no", ""),
        ({**STARTED, **LOW, "construction_state": "竣工"}, "no", ""),
        ({**STARTED, **LOW, "construction_state": "在建", "suspended_since": "2023-01-01"}, "unknown", "复工"),
        ({**STARTED, **LOW, "construction_state": "竣工", "suspended_since": "2023-01-01"}, "no", ""),
        ({"agreed_start": "2019-06-01", "actual_start": "2019-06-01"}, "no", ""),  # nothing points at a suspension
    ],
)
def test_clause_2_follows_kleene(facts: dict[str, Any], idle: str, word: str) -> None:
    got = verdict("2025-12-31", **facts)
    assert got["idle"] == idle
    assert word in got["reason"]


def test_a_start_that_is_only_inferred_keeps_clause_2_a_lead() -> None:
    got = verdict("2025-12-31", agreed_start="2019-06-01", suspended_since="2023-01-01", **LOW)
    assert (got["idle"], got["stage"], got["legal_step"]) == ("clause2", "lead", "investigate")


# delays and agreements -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cause", ["政府原因", "不可抗力", "前期工作"])
def test_named_causes_take_their_days_out_both_ends_counted(cause: str) -> None:
    delay = [(cause, "2023-05-01", "2023-05-10")]  # ten days: 2024-03-01 moves to 2024-03-11
    facts = {"agreed_start": "2023-03-01", "construction_state": "未动工", "price_wan": 10.0, "delays": delay}
    before, after = verdict("2024-03-10", **facts), verdict("2024-03-11", **facts)
    assert (before["idle"], before["idle_days"]) == ("excused", 365)
    assert (after["idle"], after["idle_days"]) == ("clause1", 366)
    assert (after["cause"], after["legal_step"]) == ("mixed", "investigate")
    assert pd.isna(after["fee_wan"])


def test_other_causes_do_not_stop_the_clock() -> None:
    got = verdict(
        "2024-03-01",
        agreed_start="2023-03-01",
        construction_state="未动工",
        price_wan=10.0,
        delays=[("其他", "2023-05-01", None)],
    )
    assert (got["idle"], got["fee_wan"]) == ("clause1", 2.0)


def test_overlapping_delays_count_once() -> None:
    delays = [
        ("政府原因", "2023-05-01", "2023-05-10"),
        ("不可抗力", "2023-05-06", "2023-05-15"),
        ("前期工作", "2023-05-07", "2023-05-08"),
    ]
    facts = {"agreed_start": "2023-03-01", "construction_state": "未动工", "delays": delays}
    assert verdict("2024-03-15", **facts)["idle"] == "excused"
    assert verdict("2024-03-16", **facts)["idle"] == "clause1"


def test_a_delay_without_end_is_still_running() -> None:
    facts = {"agreed_start": "2023-03-01", "construction_state": "未动工", "delays": [("政府原因", "2024-01-01", None)]}
    got = verdict("2030-01-01", **facts)
    assert (got["idle"], got["idle_days"]) == ("excused", 305)


def test_a_delay_that_begins_after_the_year_was_full_excuses_nothing() -> None:
    facts = {"agreed_start": "2023-03-01", "construction_state": "未动工", "delays": [("政府原因", "2024-03-02", None)]}
    assert verdict("2024-03-01", **facts)["idle"] == "clause1"
    assert verdict("2025-01-01", **facts)["idle"] == "clause1"


def test_a_delay_before_the_agreed_start_excuses_nothing() -> None:
    facts = {
        "agreed_start": "2023-03-01",
        "construction_state": "未动工",
        "delays": [("政府原因", "2022-01-01", "2023-02-28")],
    }
    assert verdict("2024-03-01", **facts)["idle"] == "clause1"


@pytest.mark.parametrize(
    "delay", [("政府原因", None, "2023-05-10"), ("政府原因", "2023-05-10", "2023-05-01"), (None, "2023-05-01", None)]
)
def test_a_delay_that_cannot_be_counted_leaves_only_a_full_year_unknown(delay: Any) -> None:
    facts = {"agreed_start": "2023-03-01", "construction_state": "未动工", "delays": [delay]}
    assert verdict("2023-06-01", **facts)["idle"] == "no"
    assert verdict("2024-03-01", **facts)["idle"] == "unknown"


def test_a_delay_excuses_a_suspension_too() -> None:
    delay = [("不可抗力", "2024-02-01", "2024-02-29")]
    facts = {**STARTED, **LOW, "suspended_since": "2024-01-01", "delays": delay}
    assert verdict("2025-01-29", **facts)["idle"] == "excused"
    assert verdict("2025-01-30", **facts)["idle"] == "clause2"


def test_a_supplementary_agreement_resets_the_start() -> None:
    facts = {"agreed_start": "2020-01-01", "construction_state": "未动工"}
    moved = [("2020-12-01", "2022-01-01"), ("2022-12-01", "2024-06-01")]
    assert verdict("2022-11-30", **facts, agreements=moved)["idle_days"] == 333  # the second was not signed yet
    assert verdict("2025-05-31", **facts, agreements=moved)["idle"] == "watch"
    assert verdict("2025-06-01", **facts, agreements=moved)["idle"] == "clause1"


@pytest.mark.parametrize(
    "moved", [[(None, "2024-06-01")], [("2023-01-01", "2024-06-01"), ("2023-01-01", "2024-07-01")]]
)
def test_agreements_that_cannot_be_ordered_leave_it_unknown(moved: Any) -> None:
    got = verdict("2025-12-31", agreed_start="2020-01-01", construction_state="未动工", agreements=moved)
    assert got["idle"] == "unknown"
    assert "补充协议" in got["reason"]


# rules in time -------------------------------------------------------------------------------------------------------
def test_a_rule_not_in_force_answers_nothing() -> None:
    got = verdict("2012-06-30", agreed_start="2010-01-01", construction_state="未动工")
    assert got["idle"] == "unknown"
    assert "未生效" in got["reason"]


def test_the_old_rule_judges_silent_contracts_from_the_contract_on() -> None:
    old = load("cn-idle-1999")
    facts = {"contract_date": "2009-06-01", "construction_state": "未动工", "rule": old}
    assert verdict("2010-05-31", **facts)["idle"] == "watch"
    assert verdict("2010-06-01", **facts)["idle"] == "clause1"
    assert verdict("2012-07-01", **facts)["idle"] == "unknown"
    stated = verdict("2010-06-01", agreed_start="2009-01-01", construction_state="未动工", rule=old)
    assert stated["idle"] == "unknown"
    assert "未核实" in stated["reason"]


def test_findings_carry_both_clauses_and_their_readings() -> None:
    idle = judged("2025-12-31", [{"suspended_since": "2024-01-01", **STARTED, **LOW}])
    found = of_idle(idle, RULE, pd.Timestamp("2025-12-31"))
    columns = found[["rule", "reading", "outcome", "stage"]]
    assert {(rule, reading): (outcome, stage) for rule, reading, outcome, stage in columns.to_numpy()} == {
        ("idle_clause1", ""): ("pass", ""),
        ("idle_clause2", ""): ("fail", "suspected"),
        ("idle_clause2", "area"): ("fail", "suspected"),
        ("idle_clause2", "investment"): ("unknown", ""),
        ("idle_clause2", "suspension"): ("fail", "suspected"),
    }
    assert set(found["status"]) == {"mirror"}


@pytest.mark.parametrize("policy", ["cn-idle-2012", "cn-idle-1999"])
def test_the_worked_examples_of_the_policies_hold(policy: str) -> None:
    rule = load(policy)
    assert rule.examples
    for example in rule.examples:
        for parcel, expected in zip(example["parcels"], example["expect"], strict=True):
            got = verdict(str(example["as_of"]), rule=rule, **parcel)
            assert {key: got[key] for key in expected} == expected, example["name"]


# properties ----------------------------------------------------------------------------------------------------------
DAYS = st.integers(0, 1500).map(lambda n: pd.Timestamp("2020-01-01") + pd.Timedelta(days=n))
SEED = st.integers(0, 2**32 - 1)  # of a world of many parcels: one call judges them all
QUICK = settings(max_examples=6, deadline=None)
IDLE_NOW = ["clause1", "clause2"]


def day(rng: np.random.Generator) -> pd.Timestamp:
    return pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(rng.integers(0, 1500)))


def waiting(seed: int, longer: int = 0) -> list[dict[str, Any]]:
    """Return unstarted parcels with up to four delays each; the last delay of each lasts `longer` days more."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(60):
        spans = [(str(rng.choice(CAUSES)), day(rng), int(rng.integers(0, 400))) for _ in range(int(rng.integers(0, 5)))]
        lengths = [n for *_, n in spans[:-1]] + [n + longer for *_, n in spans[-1:]]
        delays = [(c, b, b + pd.Timedelta(days=n)) for (c, b, _), n in zip(spans, lengths, strict=True)]
        rows.append({"agreed_start": day(rng), "construction_state": "未动工", "delays": delays})
    return rows


CAUSES = ["政府原因", "不可抗力", "前期工作", "其他"]


@QUICK
@given(seed=SEED, as_of=DAYS, later=st.integers(0, 800))
def test_a_later_day_never_un_idles(seed: int, as_of: pd.Timestamp, later: int) -> None:
    now = judged(str(as_of), waiting(seed))["idle"].isin(IDLE_NOW)
    then = judged(str(as_of + pd.Timedelta(days=later)), waiting(seed))["idle"].isin(IDLE_NOW)
    assert not (now & ~then).any()


@QUICK
@given(seed=SEED, as_of=DAYS, longer=st.integers(1, 300))
def test_a_longer_excuse_never_makes_it_idle_sooner(seed: int, as_of: pd.Timestamp, longer: int) -> None:
    short, long = (judged(str(as_of), waiting(seed, more)) for more in (0, longer))
    assert (long["idle_days"] <= short["idle_days"]).all()
    assert (long["first_falls"] >= short["first_falls"]).all()
    assert not (long["idle"].isin(IDLE_NOW) & ~short["idle"].isin(IDLE_NOW)).any()


@settings(max_examples=10, deadline=None)
@given(seed=SEED)
def test_the_day_a_year_falls_is_the_first_day_judged_idle(seed: int) -> None:
    case = waiting(seed)[:1]
    falls = judged("2029-01-01", case)["first_falls"].iloc[0]
    assert judged(str(falls), case)["idle"].tolist() == ["clause1"]
    assert judged(str(falls - pd.Timedelta(days=1)), case)["idle"].tolist() != ["clause1"]


@QUICK
@given(seed=SEED)
def test_excused_days_agree_with_counting_them_one_by_one(seed: int) -> None:
    case = next(row for row in waiting(seed) if row["delays"])
    as_of = pd.Timestamp("2024-06-30")
    stopped = {
        d for cause, first, last in case["delays"] if cause != "其他" for d in pd.date_range(first, last)
    }  # fmt: skip
    counted = [d for d in pd.date_range(case["agreed_start"], as_of) if d in stopped]
    row = judged(str(as_of), [case]).iloc[0]
    assert row["first_excused"] == len(counted)
    assert row["idle_days"] == max(0, (as_of - case["agreed_start"]).days - len(counted))


MEASURES = {"area_developed_m2": [0.0, 2.0, 8.0], "area_to_develop_m2": [9.0], "invest_paid_wan": [0.0, 2.0, 8.0]}
MEASURES |= {"invest_total_wan": [9.0]}
PLACED = ("agreed_start", "actual_start", "suspended_since", "actual_completion")


def anything(seed: int) -> list[dict[str, Any]]:
    """Return parcels of which any fact may be blank."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(300):
        known: dict[str, Any] = {name: day(rng) for name in PLACED if rng.random() < 0.5}
        known |= {name: float(rng.choice(values)) for name, values in MEASURES.items() if rng.random() < 0.5}
        state = rng.choice(["未动工", "在建", "停工", "竣工", ""])
        rows.append({**known, "construction_state": str(state) or None})
    return rows


@QUICK
@given(seed=SEED, as_of=DAYS)
def test_one_more_measure_alone_never_turns_a_known_side_into_the_other(seed: int, as_of: pd.Timestamp) -> None:
    rng = np.random.default_rng(seed)
    cases = anything(seed)
    added = [rng.choice(sorted(set(MEASURES) - set(case)) or ["price_wan"]) for case in cases]
    more = [
        {**case, str(n): float(rng.choice(MEASURES.get(str(n), [5.0])))} for case, n in zip(cases, added, strict=True)
    ]
    before, after = judged(str(as_of), cases), judged(str(as_of), more)
    cleared = before["stage"].eq("suspected") & after["outcome"].eq("pass")
    accused = before["outcome"].eq("pass") & after["outcome"].eq("fail")
    assert not (cleared | accused).any()


# real records --------------------------------------------------------------------------------------------------------
@pytest.mark.shared
def test_the_guangdong_supplies_of_2020_04_20(shared: Path) -> None:
    raw = pd.read_csv(shared / "landtx" / "gd_supply_result_dev_gbk.csv", encoding="gbk", dtype=str)
    rows = raw[raw["landPurpose"].isin(["工业用地", "仓储用地"])].reset_index(drop=True)
    assert len(rows) == 302
    parcels = table([{"parcel_id": key} for key in rows["md5Mark"]], PARCEL)
    headings = {"agreed_start": "agreedStartTime", "actual_start": "actualStartTime", "contract_date": "contractTime"}
    headings |= {"actual_completion": "actualCompletionTime", "delivery_date": "agreedDeliveryTime"}
    parcels = parcels.assign(**{
        ours: pd.to_datetime(rows[theirs]).astype("datetime64[s]") for ours, theirs in headings.items()
    })
    day = pd.Timestamp("2020-04-20")
    idle = judge(parcels, table([], AGREEMENT), table([], DELAY), RULE, day)
    idle = pd.concat([idle, follow(idle, pd.to_numeric(rows["transferPrice"]), RULE, day)], axis=1)
    overdue = idle[idle["start"].isna() & (idle["anchor"] < day)]
    assert overdue["years"].value_counts().to_dict() == {0: 26, 1: 11, 2: 6}
    assert set(idle.loc[idle["idle"].eq("clause1"), "stage"]) == {"lead"}
    assert set(idle.loc[idle["idle"].eq("clause1"), "legal_step"]) == {"investigate"}
    assert idle["idle"].value_counts().to_dict() == {
        "no": 252,
        "late_start": 22,
        "clause1": 17,
        "unknown": 7,
        "watch": 4,
    }
    assert idle["fee_wan"].isna().all()
