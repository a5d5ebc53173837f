"""Nothing is dropped in silence: every row delivered, the firms' land and their tax, by what became of it."""

from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import COVERAGE_COLUMNS, beside
from gis.measure import half_up
from parcels import columns
from parcels.book import Book
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

FATES = ("evaluated", "exempt", "not_evaluable", "rejected")
JUDGED = ("firms", "firm_years", "parcels")
DECIMALS = 4
READ = ("_source", "_row", "uscc", "year", "parcel_id")  # what of a row decides its fate
IDLE_FATES = {"unknown": "not_evaluable", "not_applicable": "exempt"}


def coverage(book: Book, firms: Frame, parcels: Frame, land: Frame, year: int) -> Frame:
    """Return one row a table and the sums land_mu and tax_wan: rows_in = evaluated + exempt + not_evaluable + rejected.

    A firm's rows share its status; a parcel whose idleness is unknown is not evaluable, land the rule does not reach
    is exempt; a year after `year` is exempt; land and tax of nobody in the firms' register are rejected.
    """
    status = firms.drop_duplicates("uscc").set_index("uscc")["status"]
    judged = pd.DataFrame(parcels[["parcel_id", "idle"]])
    judged = judged if judged["parcel_id"].is_unique else judged.drop_duplicates("parcel_id")
    delivered = dict(zip(book.rows["table"], book.rows["rows_in"].astype(int), strict=True))
    rows = [_table(book, table, delivered[table], status, judged, year) for table in columns.tables()]
    years = book.tables["firm_years"]
    money = years.loc[years["year"] == year, ["uscc", "tax_wan"]]
    sums = [
        _sum("land_mu", land["uscc"], land["land_mu"], status),
        _sum("tax_wan", money["uscc"], money["tax_wan"], status),
    ]
    return pd.DataFrame([*rows, *sums], columns=list(COVERAGE_COLUMNS), dtype=object)


def _table(book: Book, table: str, rows_in: int, status: pd.Series, judged: Frame, year: int) -> tuple[Any, ...]:
    if rows_in == 0:  # a zone that was only assumed (ALL, zones: by) was not delivered
        return (table, 0, 0, 0, 0, 0)
    frame, members = book.tables[table], book.members.get(table)
    told = dict.fromkeys(FATES, 0)
    if table in JUDGED:
        read = frame[[name for name in READ if name in frame]]
        by_parcel = table == "parcels"
        told |= _told(read, table, members, None if by_parcel else status, judged if by_parcel else None, year)
    else:
        told["evaluated"] = int(_rows_each(frame, members).sum())
    # A row that repeats another word for word counts once (fault rows_repeated); its twin is listed as rejected.
    told["rejected"] += rows_in - sum(told.values())
    return (table, rows_in, *(told[name] for name in FATES))


@remembered()
def _told(
    frame: Frame, table: str, members: Frame | None, status: pd.Series | None, judged: Frame | None, year: int
) -> dict[str, int]:
    """Return how many delivered rows had which fate, by the firms' status or the judged parcels."""
    each = _rows_each(frame, members).groupby(_fate(frame, table, status, judged, year)).sum()
    return {name: int(each.get(name, 0)) for name in FATES}


def _fate(frame: Frame, table: str, status: pd.Series | None, judged: Frame | None, year: int) -> pd.Series:
    """Return what became of each row of a table of firms or of parcels."""
    if status is not None:
        fate = frame["uscc"].map(status).fillna("rejected")
        return fate if table == "firms" else fate.mask(frame["year"] > year, "exempt")
    idle = beside(pd.DataFrame(frame[["parcel_id"]]), judged, "parcel_id")["idle"]
    fates = {state: IDLE_FATES.get(state, "evaluated") for state in idle.dropna().unique()}
    return idle.map(fates).where(idle.notna(), "exempt").astype(object)


def _rows_each(frame: Frame, members: Frame | None) -> pd.Series:
    """Return how many delivered rows each row of the built table stands for: itself and those it was joined with."""
    if members is None or "_row" not in frame:
        return pd.Series(1, index=frame.index, dtype="int64")
    size = members.groupby(["first_source", "first_row"]).size()
    first = pd.MultiIndex.from_frame(frame[["_source", "_row"]])
    return pd.Series(size.reindex(first).fillna(1).to_numpy("int64"), index=frame.index)


def _sum(name: str, keys: pd.Series, values: pd.Series, status: pd.Series) -> tuple[Any, ...]:
    """Return one sum by fate, each part rounded in the one place, the whole being the sum of the parts shown."""
    fate = keys.map(status).fillna("rejected").to_numpy()
    total = values.astype("float64").groupby(fate).sum()
    parts = half_up(pd.Series([float(total.get(kind, 0.0)) for kind in FATES]), DECIMALS)
    whole = half_up(pd.Series([float(sum(parts))]), DECIMALS)
    return (name, float(whole.iloc[0]), *map(float, parts))


def year_end(year: int) -> date:
    """Return the day on which a data year's holdings are read."""
    return date(year, 12, 31)
