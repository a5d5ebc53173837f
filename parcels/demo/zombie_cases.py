"""Plant a firm for each route of the Guangdong and Sichuan zombie tests, and the near misses that must stay out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parcels.demo.county import County

GUANGDONG, SICHUAN = "zombie-guangdong", "zombie-sichuan"
LOSS = -80.0  # 万元
DEBT = 0.92  # liabilities over assets; the test is above 0.85
INSOLVENT = 1.08  # high by any reading: Sichuan names no number
LINE = 0.85


@dataclass(frozen=True)
class Case:
    """One planted firm: figures of the last year, losses in how many years, leverage, and which tests it meets."""

    routes: tuple[str, ...]  # rules that must say `fail`
    size: str = "小"
    figures: Mapping[str, object] | None = None
    losses: int = 0  # years running
    leverage: float | None = None


CASES = (
    # Guangdong: any one of four, of 规上 firms
    Case((GUANGDONG,), figures={"rollover_loans": "是"}),
    Case((GUANGDONG,), losses=3, leverage=DEBT),
    Case((GUANGDONG,), figures={"arrears_wage": 3}),
    Case((GUANGDONG,), figures={"arrears_tax": 4}),
    Case((GUANGDONG,), figures={"arrears_interest": 3}),
    Case((GUANGDONG,), figures={"arrears_fee": 3}),
    Case((GUANGDONG,), figures={"months_stopped": 6}),
    Case((GUANGDONG,), figures={"half_stopped_months": 12}),
    # Sichuan: two of four, of 中型以上 firms; one alone is Guangdong's only
    Case((GUANGDONG, SICHUAN), "中", {"months_stopped": 8}, 3, INSOLVENT),
    Case((GUANGDONG, SICHUAN), "中", {"rollover_loans": "是", "arrears_wage": 4}),
    Case((GUANGDONG,), "中", {"months_stopped": 7}),
    # near misses: two years of losses, leverage at the line, two years of arrears, five months' standstill
    Case((), losses=2, leverage=DEBT),
    Case((), losses=3, leverage=LINE),
    Case((), figures={"arrears_wage": 2, "arrears_tax": 2}),
    Case((), figures={"months_stopped": 5, "half_stopped_months": 11}),
)


def plant(county: County, firms: Iterator[str]) -> set[str]:
    """Write CASES into the figures, one 规上 firm of `firms` each; return the uscc used. Answered by later rules."""
    used = set()
    for case in CASES:
        uscc = next(firms)
        used.add(uscc)
        county.firms.loc[county.firms["uscc"] == uscc, "size"] = case.size
        _write(county, case, uscc)
        for rule in (GUANGDONG, SICHUAN):
            expected = "fail" if rule in case.routes else "pass"
            if case.size == "中" or rule == GUANGDONG:
                county.key.add("findings.csv", "firm", uscc, rule, expected, when="later")
    return used


def _write(county: County, case: Case, uscc: str) -> None:
    table = county.figures
    mine = table["uscc"] == uscc
    last = mine & (table["year"] == county.as_of.year)
    for column, value in (case.figures or {}).items():
        table.loc[last, column] = value
    losing = mine & (table["year"] > county.as_of.year - case.losses)
    table.loc[losing, "profit_wan"] = LOSS
    if case.leverage is not None:
        exact = (table.loc[mine, "assets_wan"] // 100) * 100  # whole hundreds, so that the line itself is exact
        table.loc[mine, "assets_wan"], table.loc[mine, "liabilities_wan"] = exact, (exact * case.leverage).round(2)
        table.loc[mine, "equity_wan"] = (exact * (1 - case.leverage)).round(2)
