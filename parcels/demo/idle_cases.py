"""Plant every idle verdict of 53号令 once, and the near misses that must stay out: dates to the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from parcels.demo.county import County
from parcels.demo.place import ZONES
from parcels.words import entry

Day: TypeAlias = tuple[int, int, int]  # years before the evaluated year, month, day

FIRST, SECOND, THIRD = (zone.zone_id for zone in ZONES)
# what the ledger says of land on which work has not begun
UNTOUCHED = {
    "actual_start": None, "actual_completion": None, "suspended_since": None, "area_developed_m2": 0.0,
    "invest_paid_wan": 0.0,
}  # fmt: skip
SILENT = {**UNTOUCHED, "construction_state": None}  # nobody reported
UNSTARTED = {**UNTOUCHED, "construction_state": "未动工"}
FEE_SHARE = 0.2
FEE_DECIMALS = 4


@dataclass(frozen=True)
class Case:
    """One planted parcel: where, what must come out, and what the papers say."""

    zone: str
    idle: str
    says: Mapping[str, object]  # fixed values of the ledger
    dates: Mapping[str, Day] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)  # developed and paid, as shares of what is due
    delay: tuple[str, Day, Day | None] | None = None  # cause, from, to
    agreement: tuple[Day, Day] | None = None  # signed, new start
    step: str = "none"
    stage: str = ""  # of the finding, where idle by a clause
    fee: bool = False


STOPPED = {"construction_state": "停工", "actual_completion": None}
BUILT = {"construction_state": "竣工"}
BEGUN = {"construction_state": "在建", "actual_completion": None}

CASES = (
    # art. 2 ¶1, from the absence of a report: a lead, and a lead never goes past investigation
    Case(FIRST, "clause1", SILENT, {"agreed_start": (2, 6, 15)}, step="investigate", stage="lead"),
    Case(SECOND, "clause1", SILENT, {"agreed_start": (3, 3, 10)}, step="investigate", stage="lead"),
    # art. 2 ¶1, stated: one to two years a fee, from two years on free take-back
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (1, 5, 20)}, step="fee", stage="suspected", fee=True),
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (1, 12, 31)}, step="fee", stage="suspected", fee=True),
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (3, 11, 11)}, step="take_back", stage="suspected"),
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (2, 12, 31)}, step="take_back", stage="suspected"),
    # another cause stops no clock; sixty days of the government's are too few, but mix the causes
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (1, 3, 1)}, step="fee", stage="suspected", fee=True,
         delay=("其他", (1, 3, 1), (0, 6, 30))),
    Case(SECOND, "clause1", UNSTARTED, {"agreed_start": (1, 1, 15)}, step="investigate", stage="suspected",
         delay=("政府原因", (1, 2, 1), (1, 3, 31))),
    # art. 2 ¶2 by land and by money; a started parcel is negotiated about, never charged
    Case(FIRST, "clause2", STOPPED,
         {"agreed_start": (4, 4, 1), "actual_start": (4, 6, 1), "suspended_since": (1, 6, 1)},
         {"land": 0.2, "money": 0.5}, step="unverified", stage="suspected"),
    Case(SECOND, "clause2", STOPPED,
         {"agreed_start": (5, 4, 1), "actual_start": (5, 9, 1), "suspended_since": (2, 10, 10)},
         {"land": 0.6, "money": 0.18}, step="unverified", stage="suspected"),
    # exactly one third and exactly a quarter are not 不足
    Case(SECOND, "no", STOPPED, {"agreed_start": (4, 4, 1), "actual_start": (4, 5, 1), "suspended_since": (2, 1, 1)},
         {"land": 1 / 3, "money": 0.25}),
    # within ninety days of the anniversary of either clause; the ninetieth day counts, the ninety-first does not
    Case(FIRST, "watch", UNSTARTED, {"agreed_start": (0, 2, 10)}),
    Case(THIRD, "watch", UNSTARTED, {"agreed_start": (0, 3, 31)}),
    Case(SECOND, "no", UNSTARTED, {"agreed_start": (0, 4, 1)}),
    Case(SECOND, "watch", STOPPED,
         {"agreed_start": (3, 4, 1), "actual_start": (3, 8, 1), "suspended_since": (0, 2, 20)},
         {"land": 0.2, "money": 0.4}),
    # started late: by months, on the very anniversary, on the anniversary of 29 February; and a day early
    Case(FIRST, "late_start", BUILT,
         {"agreed_start": (4, 5, 1), "actual_start": (3, 9, 10), "actual_completion": (1, 8, 1)}),
    Case(THIRD, "late_start", BUILT,
         {"agreed_start": (3, 3, 1), "actual_start": (2, 3, 1), "actual_completion": (0, 3, 5)}),
    Case(THIRD, "no", BUILT,
         {"agreed_start": (3, 3, 1), "actual_start": (2, 2, 28), "actual_completion": (0, 3, 5)}),
    # the clock stood still
    Case(SECOND, "excused", UNSTARTED, {"agreed_start": (2, 9, 1)}, delay=("政府原因", (2, 8, 1), None)),
    Case(FIRST, "excused", UNSTARTED, {"agreed_start": (1, 6, 1)}, delay=("不可抗力", (1, 8, 1), (0, 6, 30))),
    Case(SECOND, "excused", UNSTARTED, {"agreed_start": (1, 4, 1)}, delay=("前期工作", (1, 4, 1), (0, 5, 31))),
    # a supplementary agreement sets a new start
    Case(FIRST, "no", UNSTARTED, {"agreed_start": (4, 6, 1)}, agreement=((1, 12, 15), (0, 8, 1))),
    # unknown: no agreed start; stopped on a day nobody wrote down
    Case(SECOND, "unknown", {**UNSTARTED, "agreed_start": None}),
    Case(FIRST, "unknown", {**STOPPED, "suspended_since": None}, {"agreed_start": (4, 4, 1), "actual_start": (4, 5, 1)},
         {"land": 0.2, "money": 0.2}),
    # collective land is outside the rule
    Case(SECOND, "not_applicable", {**UNSTARTED, "tenure": "集体"}, {"agreed_start": (4, 6, 1)}),
)  # fmt: skip


def plant(county: County, taken: set[str]) -> None:
    """Write CASES into the ledger, delays and agreements, each on an industrial lot of a firm not in `taken` (uscc)."""
    book = county.parcels
    free = book[
        (book["use"] == "industrial") & (book["construction_state"] == "竣工") & ~book["holder_uscc"].isin(taken)
    ]
    chosen = {zone: iter(county.rng.permutation(rows.index.to_numpy())) for zone, rows in free.groupby("zone_id")}
    for case in CASES:
        _write(county, case, next(chosen[case.zone]))


def _write(county: County, case: Case, row: int) -> None:
    book, year = county.parcels, county.as_of.year
    if case.says.get("tenure") == "集体":
        _rename(county, row, str(book.at[row, "parcel_id"]).replace("GB", "JB"))
    for column, value in case.says.items():
        book.at[row, column] = np.nan if value is None and column == "construction_state" else value
    for column, when in case.dates.items():
        book.at[row, column] = _day(year, when)
    start = book.at[row, "agreed_start"]
    anchor = start if not pd.isna(start) else _day(year, (3, 5, 1))
    book.at[row, "contract_date"] = anchor - pd.Timedelta(days=240)
    book.at[row, "delivery_date"] = anchor - pd.Timedelta(days=200)
    book.at[row, "agreed_completion"] = anchor + pd.Timedelta(days=730)
    book.at[row, "term_end"] = book.at[row, "contract_date"] + pd.DateOffset(years=50)
    if case.shares:
        _share(county, row, case.shares)
    parcel = str(book.at[row, "parcel_id"])
    if case.delay:
        cause, begin, end = case.delay
        county.delays.append({"parcel_id": parcel, "cause": cause, "from": _day(year, begin),
                              "to": _day(year, end) if end else pd.NaT,
                              "document": entry("demo.documents")[cause]})  # fmt: skip
    if case.agreement:
        signed, start = (_day(year, day) for day in case.agreement)
        county.agreements.append({"parcel_id": parcel, "signed_on": signed, "new_start": start,
                                  "new_completion": start + pd.Timedelta(days=730)})  # fmt: skip
    _answer(county, case, row)


def _rename(county: County, row: int, code: str) -> None:
    old = county.parcels.at[row, "parcel_id"]
    county.parcels.at[row, "parcel_id"] = code
    county.holdings.loc[county.holdings["parcel_id"] == old, "parcel_id"] = code


def _share(county: County, row: int, shares: Mapping[str, float]) -> None:
    """Write whole hectares and wholes of money, so that a third and a quarter are exact."""
    book = county.parcels
    due, total = (
        round(book.at[row, "area_to_develop_m2"] / 300) * 300.0,
        round(book.at[row, "invest_total_wan"] / 400) * 400.0,
    )
    book.at[row, "area_to_develop_m2"], book.at[row, "invest_total_wan"] = due, total
    book.at[row, "area_developed_m2"] = round(due * shares["land"], 2)
    book.at[row, "invest_paid_wan"] = round(total * shares["money"], 2)


def _answer(county: County, case: Case, row: int) -> None:
    book, key = county.parcels, county.key
    parcel = str(book.at[row, "parcel_id"])
    key.parcel(parcel, "idle", case.idle)
    key.parcel(parcel, "legal_step", case.step)
    if case.fee:
        key.parcel(parcel, "fee_wan", f"{round(book.at[row, 'price_wan'] * FEE_SHARE, FEE_DECIMALS):.4f}")
    if case.stage:
        key.add("findings.csv", "parcel", parcel, f"idle_{case.idle}", "fail")
        key.add("findings.csv", "parcel", parcel, f"idle_{case.idle}#stage", case.stage)


def _day(year: int, when: Day) -> pd.Timestamp:
    back, month, day = when
    return pd.Timestamp(year - back, month, day)
