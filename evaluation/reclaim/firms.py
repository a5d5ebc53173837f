"""One row a firm and year as zombie and low-efficiency tests read it: the year, years before, and derived figures."""

import re
from collections.abc import Collection, Sequence
from typing import TypeAlias

import pandas as pd

from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

EARLIER = re.compile(r"^(?P<column>.+)_(?P<years>[1-9])$")  # profit_wan_2: profit_wan two years before
DECIMALS = 4


@remembered(by=("uscc",))
def frame(firms: Frame, firm_years: Frame, year: int, columns: Collection[str], adds_back: Sequence[str] = ()) -> Frame:
    """Return one row a firm: the register, its figures of `year`, derived figures, `division`, and `<column>_<n>`.

    `columns` are the columns some test names; those ending in _1 … _9 are taken that many years earlier and stay
    blank where that year was not delivered. debt_ratio is 资产负债率 to 4 decimals; tax_all_wan adds the columns of
    `adds_back` to the tax paid, blank where one of them is.
    """
    wide = firms.drop_duplicates("uscc").reset_index(drop=True)
    now = _of_year(firm_years, year)
    now = now[["uscc", *(name for name in now if name not in wide)]]
    wide = wide.merge(now, on="uscc", how="left", validate="one_to_one")
    wide = wide.assign(division=division(wide["industry_code"]), **_derived(wide, list(adds_back)))
    known = set(firm_years.columns)
    for name in sorted(set(columns)):
        lag = EARLIER.match(name)
        if lag and lag["column"] in known:
            before = _of_year(firm_years, year - int(lag["years"])).set_index("uscc")[lag["column"]]
            wide[name] = wide["uscc"].map(before)
    return wide


def division(codes: pd.Series) -> pd.Series:
    """Return the two figures of the 大类 of GB/T 4754 codes (a section letter in front is dropped), else blank."""
    return codes.astype(TEXT).str.extract(r"^[A-Za-z]?(\d{2})", expand=False)


def _of_year(firm_years: Frame, year: int) -> Frame:
    rows = firm_years[firm_years["year"] == year].drop_duplicates("uscc")
    return rows.drop(columns=[name for name in ("year", "_source", "_row") if name in rows])


def _derived(wide: Frame, adds_back: list[str]) -> dict[str, pd.Series]:
    assets = wide["assets_wan"]
    ratio = (wide["liabilities_wan"] / assets.where(assets > 0)).astype("float64")
    return {
        "debt_ratio": half_up(ratio, DECIMALS),
        "profit_without_subsidy_wan": wide["profit_wan"] - wide["subsidy_wan"],
        "tax_all_wan": sum((wide[name] for name in adds_back), wide["tax_wan"]),
    }
