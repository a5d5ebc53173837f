"""Zombie firms by the Guangdong, Sichuan and State Council texts: always suspected, never from a missing figure."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.policy.load import load
from evaluation.reclaim import signals, zombie
from parcels.columns import columns

Frame = pd.DataFrame
AS_OF = pd.Timestamp("2025-12-31")
GUANGDONG, SICHUAN, COUNCIL = (load(f"zombie-{place}") for place in ("guangdong", "sichuan", "state-council"))
# a sound firm: nothing missing, nothing wrong
SOUND: dict[str, Any] = {
    "rollover_loans": False, "subsidy_wan": 0.0, "profit_wan": 10.0, "assets_wan": 100.0, "liabilities_wan": 40.0,
    "arrears_wage": 0.0, "arrears_tax": 0.0, "arrears_interest": 0.0, "arrears_fee": 0.0, "months_stopped": 0.0,
    "half_stopped_months": 0.0,
}  # fmt: skip


def table(name: str, rows: list[dict[str, Any]]) -> Frame:
    return pd.DataFrame({c.column: pd.Series([r.get(c.column) for r in rows], dtype=c.dtype) for c in columns(name)})


def judged(policy: Any, firm: dict[str, Any], *earlier: dict[str, Any], **now: Any) -> Any:
    """Judge one firm: `now` over a sound 2025, `earlier` over a sound 2024, 2023 …; None for a year not delivered."""
    register = {"uscc": "f", "name": "甲厂", "scale": "规上", "size": "中", "industry_code": "C3311", **firm}
    past = [{**SOUND, **year, "year": 2024 - i} for i, year in enumerate(earlier) if year is not None]
    years = table("firm_years", [{"uscc": "f", **row} for row in [{**SOUND, **now, "year": 2025}, *past]])
    return zombie.judge(table("firms", [register]), years, policy, 2025, AS_OF)


def outcome(policy: Any, *earlier: Any, firm: dict[str, Any] | None = None, **now: Any) -> str:
    frame = judged(policy, firm or {}, *(earlier or ({}, {})), **now)
    return str(frame["zombie"].iloc[0]) if len(frame) else "outside"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({}, "pass"),
        ({"months_stopped": 5.0}, "pass"),
        ({"months_stopped": 6.0}, "fail"),  # 半年以上 includes the half year
        ({"half_stopped_months": 11.0}, "pass"),
        ({"half_stopped_months": 12.0}, "fail"),
        ({"arrears_wage": 2.0}, "pass"),
        ({"arrears_wage": 3.0}, "fail"),
        ({"arrears_tax": 3.0}, "fail"),
        ({"arrears_interest": 3.0}, "fail"),
        ({"arrears_fee": 3.0}, "fail"),
        ({"rollover_loans": True}, "fail"),
        ({"subsidy_wan": 10.0}, "pass"),  # without the subsidy it breaks even
        ({"subsidy_wan": 10.1}, "fail"),  # without it it loses money
        ({"months_stopped": None}, "unknown"),
        ({"months_stopped": None, "arrears_fee": 3.0}, "fail"),  # one route is enough, whatever is missing elsewhere
        ({"rollover_loans": None}, "unknown"),
    ],
)
def test_guangdong_needs_any_one_of_four(now: dict[str, Any], expected: str) -> None:
    assert outcome(GUANGDONG, **now) == expected


LOSS = {"profit_wan": -1.0}


@pytest.mark.parametrize(
    ("earlier", "debt", "expected"),
    [
        ((LOSS, LOSS), 85.01, "fail"),
        ((LOSS, LOSS), 85.0, "pass"),  # 超过 excludes the number
        ((LOSS, {}), 92.0, "pass"),  # two years only
        ((LOSS, None), 92.0, "unknown"),  # the year before was not delivered
        ((LOSS, {"profit_wan": None}), 92.0, "unknown"),
        ((LOSS, None), 60.0, "pass"),  # the leverage alone rules it out
        ((LOSS, {"profit_wan": 0.0}), 92.0, "pass"),  # no loss is no loss
    ],
)
def test_high_leverage_counts_with_losses_in_three_consecutive_years(earlier: Any, debt: float, expected: str) -> None:
    assert outcome(GUANGDONG, *earlier, profit_wan=-1.0, liabilities_wan=debt) == expected


def test_a_gap_year_does_not_make_three_losses_consecutive() -> None:
    assert outcome(GUANGDONG, LOSS, None, LOSS, profit_wan=-1.0, liabilities_wan=92.0) == "unknown"


@pytest.mark.parametrize(
    ("firm", "expected"),
    [
        ({"scale": "规下"}, "outside"),
        ({"industry_code": "5110"}, "outside"),
        ({"industry_code": "4620"}, "fail"),
        ({"scale": None}, "unknown"),
        ({"industry_code": None}, "unknown"),
    ],
)
def test_guangdong_is_about_industry_above_scale(firm: dict[str, Any], expected: str) -> None:
    assert outcome(GUANGDONG, firm=firm, months_stopped=7.0) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"months_stopped": 6.0}, "pass"),  # one of four
        ({"months_stopped": 6.0, "rollover_loans": True}, "fail"),
        ({"months_stopped": 6.0, "arrears_tax": 3.0}, "fail"),  # three years are 长期 on any reading
        ({"months_stopped": 6.0, "arrears_tax": 1.0}, "unknown"),  # 长期 has no number
        ({"rollover_loans": True, "months_stopped": None}, "unknown"),
        ({"months_stopped": None}, "pass"),  # even so one of four at most
    ],
)
def test_sichuan_needs_two_of_four(now: dict[str, Any], expected: str) -> None:
    assert outcome(SICHUAN, **now) == expected


@pytest.mark.parametrize(("debt", "expected"), [(92.0, "unknown"), (100.0, "unknown"), (100.1, "fail")])
def test_a_high_debt_ratio_without_a_number_counts_only_beyond_dispute(debt: float, expected: str) -> None:
    assert outcome(SICHUAN, LOSS, LOSS, months_stopped=6.0, liabilities_wan=debt, **LOSS) == expected


@pytest.mark.parametrize(("size", "expected"), [("大", "fail"), ("中", "fail"), ("小", "outside"), (None, "unknown")])
def test_sichuan_is_about_medium_size_and_above(size: str | None, expected: str) -> None:
    assert outcome(SICHUAN, firm={"size": size}, months_stopped=6.0, rollover_loans=True) == expected


def test_the_state_council_line_can_only_be_ruled_out_or_left_open() -> None:
    assert outcome(COUNCIL, LOSS, LOSS, **LOSS) == "unknown"
    assert outcome(COUNCIL, LOSS, {}, **LOSS) == "pass"


def test_every_zombie_is_suspected_and_never_more() -> None:
    frame = judged(GUANGDONG, {}, {}, {}, months_stopped=8.0, rollover_loans=True)
    found = zombie.findings(frame, GUANGDONG)
    rows = found.set_index("reading")
    assert set(found.loc[found["outcome"].eq("fail"), "stage"]) == {"suspected"}
    assert rows.loc["", "outcome"] == "fail"
    assert "疑似" in rows.loc["", "note"]
    assert rows["outcome"].to_dict() == {
        "": "fail",
        "route1": "fail",
        "route2": "pass",
        "route3": "pass",
        "route4": "fail",
    }
    assert set(found["rule"]) == {"zombie-guangdong"}


def test_an_unknown_route_names_the_figures_it_lacks() -> None:
    frame = judged(GUANGDONG, {}, LOSS, None, profit_wan=-1.0, liabilities_wan=92.0)
    note = zombie.findings(frame, GUANGDONG).set_index("reading").loc["route2", "note"]
    assert "缺少：2年前的利润总额" in note


def test_the_policy_judges_nothing_before_it_is_in_force() -> None:
    firms = table("firms", [{"uscc": "f", "scale": "规上", "industry_code": "3311"}])
    years = table("firm_years", [{"uscc": "f", "year": 2015, **SOUND, "months_stopped": 9.0}])
    frame = zombie.judge(firms, years, GUANGDONG, 2015, pd.Timestamp("2015-12-31"))
    assert frame["zombie"].tolist() == ["unknown"]
    assert "未生效" in frame["reason"].iloc[0]


def months(kwh: list[float | None], end: str = "2025-12") -> Frame:
    periods = pd.period_range(end=end, periods=len(kwh), freq="M")
    rows = [{"uscc": "f", "month": p.start_time, "electricity_kwh": v} for p, v in zip(periods, kwh, strict=True)]
    return table("months", rows)


@pytest.mark.parametrize(
    ("recent", "expected"),
    [([29.0] * 3, "fail"), ([30.0] * 3, "pass"), ([0.0] * 3, "fail"), ([None, 0.0, 0.0], "unknown")],
)
def test_a_signal_compares_a_firm_with_its_own_baseline(recent: list[float | None], expected: str) -> None:
    got = signals.judge(pd.Series(["f"]), months([*[100.0] * 12, *recent]), GUANGDONG, AS_OF)
    row = got.set_index("signal").loc["electricity"]
    assert row["outcome"] == expected
    found = signals.findings(got, GUANGDONG)
    shown = found[found["reading"].eq("electricity")].iloc[0]
    assert (shown["rule"], shown["stage"]) == ("screening", "lead" if expected == "fail" else "")
    assert not found["rule"].str.startswith("zombie").any()


def test_a_signal_never_turns_into_the_verdict() -> None:
    register = table("firms", [{"uscc": "f", "scale": "规上", "industry_code": "3311"}])
    years = table("firm_years", [{"uscc": "f", "year": y, **SOUND} for y in (2023, 2024, 2025)])
    assert zombie.judge(register, years, GUANGDONG, 2025, AS_OF)["zombie"].tolist() == ["pass"]
    got = signals.judge(register["uscc"], months([*[100.0] * 12, 0.0, 0.0, 0.0]), GUANGDONG, AS_OF)
    assert got.set_index("signal").loc["electricity", "outcome"] == "fail"


def test_a_month_that_has_not_ended_is_not_looked_at() -> None:
    series = months([*[100.0] * 12, 10.0, 10.0, 10.0, 100.0], end="2026-01")
    day = pd.Timestamp("2026-01-30")
    got = signals.judge(pd.Series(["f"]), series, GUANGDONG, day).set_index("signal").loc["electricity"]
    assert (got["recent_to"], got["outcome"]) == ("2025-12", "fail")
    assert got["measured"] == pytest.approx(0.1)


def test_a_firm_without_months_has_unknown_signals() -> None:
    got = signals.judge(pd.Series(["f"]), table("months", []), GUANGDONG, AS_OF)
    assert set(got["outcome"]) == {"unknown"}
    assert np.isnan(got["measured"]).all()
