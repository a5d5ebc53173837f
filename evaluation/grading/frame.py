"""The firm's frame of one data year: register, the year's figures, land, ages and events side by side."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol, TypeAlias

import numpy as np
import pandas as pd

from evaluation.grading.happened import among, marks
from evaluation.indicators import LAND
from evaluation.logic import EVENT, SINCE
from gis.measure import half_up
from parcels.columns import Column, catalog, columns
from parcels.memory import ALL, remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
JUDGED_DECIMALS = 4  # CONTRACT §4: judged after rounding
ABOVE = "规上"
SECTION_LETTER = r"^[A-Z](?=\d{2})"  # C3911 and 3911 are one class of GB/T 4754: a rule on 44 must see D4411


class Tables(Protocol):
    """What grading reads of a book: its tables."""

    @property
    def tables(self) -> "Mapping[str, Frame]":
        """Return the tables by name."""
        ...


@remembered(by=("uscc",), firms=ALL, firm_years=ALL)
def firm_frame(tables: "Tables", year: int, as_of: date, land: Frame, happened: Frame) -> Frame:
    """Return one row a firm, indexed by uscc in text order, of the register or with figures of `year`.

    Columns: those of 企业 and 年度指标 (of `year`), land_mu and its parts [亩], land_reason, has_year,
    years_in_production and years_since_founding (whole years on `as_of`), industry (2-digit division), the scale of
    the year before and its move, and for every kind of event in `happened` who has one and since when.
    """
    firms = _subjects(tables.tables["firms"], "firms")
    figures = tables.tables["firm_years"]
    figures = _subjects(figures[figures["year"] == year], "firm_years").drop(columns="year")
    reported = figures.index
    index = firms.index if firms.index.equals(reported) else firms.index.union(reported)
    index = index if index.is_monotonic_increasing else index.sort_values()
    held = land[land["uscc"].notna()].drop_duplicates("uscc").set_index("uscc")
    firms, figures = _aligned(firms, index), _aligned(figures, index)
    shared = [column for column in figures if column in firms]  # a firm's name may stand with its figures only
    firms = firms.assign(**{column: firms[column].fillna(figures[column]) for column in shared})
    frame = pd.concat([firms, figures.drop(columns=shared), _land(held, index)], axis=1)
    frame["industry_code"] = frame["industry_code"].str.replace(SECTION_LETTER, "", regex=True)
    extra = {
        "has_year": among(index, reported),
        "industry": frame["industry_code"].str[:2],
        "years_in_production": whole_years(frame["production_on"], as_of),
        "years_since_founding": whole_years(frame["founded_on"], as_of),
    }
    said = {**extra, **scale_moves(tables.tables["firm_years"], frame, year), **marks(happened, index)}
    return pd.concat([frame, pd.DataFrame(said, index=index)], axis=1).rename_axis("uscc")


def scale_moves(years: Frame, frame: Frame, year: int) -> dict[str, pd.Series]:
    """Return scale_year_before (规上/规下 on the 31 December before) and scale_move: 小升规, 退规, 未变 or 新办.

    新办: founded in the data year, so no earlier list can name it. Unknown where one of the two lists is silent.
    """
    before = years[(years["year"] == year - 1) & years["uscc"].notna()].drop_duplicates("uscc").set_index("uscc")
    earlier = before["scale_at_year_end"].reindex(frame.index).astype(object)
    now = frame["scale_at_year_end"].astype(object)
    known = earlier.notna() & now.notna()
    move = pd.Series(pd.NA, index=frame.index, dtype=object)
    move = move.mask(known & (earlier == now), "未变").mask(known & (earlier != now) & (now == ABOVE), "小升规")
    move = move.mask(known & (earlier != now) & (now != ABOVE), "退规")
    new = earlier.isna() & now.notna() & (pd.to_datetime(frame["founded_on"]).dt.year == year)
    return {"scale_year_before": earlier, "scale_move": move.mask(new, "新办")}


def _aligned(table: Frame, index: pd.Index) -> Frame:
    return table if table.index.equals(index) else table.reindex(index)


def _subjects(table: Frame, name: str) -> Frame:
    """Return one row a firm: several rows of one key are one subject, money adds up (CONTRACT §2)."""
    stated = [column for column in catalog()[name] if column in table and column != "geometry"]
    table = table.loc[table["uscc"].notna(), stated]
    if not table["uscc"].duplicated().any():
        return table.set_index("uscc")
    groups = table.groupby("uscc", sort=True)
    kept = [column for column in columns(name) if column.column in table and not column.key]
    joined = {column.column: _combined(groups[column.column], column) for column in kept}
    return pd.DataFrame(joined).assign(**({"year": table["year"].iloc[0]} if name == "firm_years" else {}))


def _combined(group: "pd.api.typing.SeriesGroupBy", column: Column) -> pd.Series:
    """Return the sum of a key's rows, unknown if one of them is; of what does not add up, the first stated."""
    return group.sum().where(group.count() == group.size()) if column.combine == "sum" else group.first()


def _land(held: Frame, index: pd.Index) -> Frame:
    held = _aligned(held, index)
    parts = {name: held[name].astype(float) for name in LAND if name in held}
    known = parts["land_mu"].notna()
    if "known" in held:
        known &= held["known"].astype("boolean").fillna(False).astype(bool)
    reason = held["reason"] if "reason" in held else pd.Series(pd.NA, index=index, dtype=object)
    parts["land_mu"] = parts["land_mu"].where(known)
    absent = {name: pd.Series(np.nan, index=index) for name in LAND if name not in parts}
    return pd.DataFrame({**parts, **absent, "land_reason": reason.where(parts["land_mu"].isna())}, index=index)


def whole_years(since: pd.Series, on: date) -> pd.Series:
    """Return whole years from a date to a day by the calendar; 29 February becomes 28 in a common year."""
    since = pd.to_datetime(since)
    leap = pd.Timestamp(on).is_leap_year
    month_day = (since.dt.month * 100 + since.dt.day).astype(float)
    if not leap:
        month_day = month_day.where(month_day != 229, 228)  # noqa: PLR2004
    early = (month_day > on.month * 100 + on.day).astype(float)
    return (on.year - since.dt.year).astype(float) - early


def judged(frame: Frame, names: Sequence[str]) -> Frame:
    """Return the named columns of a frame, its decimals rounded as they are printed: thresholds see what people see."""
    return pd.DataFrame(
        {n: half_up(frame[n], JUDGED_DECIMALS) if frame[n].dtype == np.float64 else frame[n] for n in names},
        index=frame.index,
    )


def column_name(column: str) -> str:
    """Return what people call a column of the firm's frame."""
    for table in ("firms", "firm_years"):
        if column in catalog()[table]:
            return catalog()[table][column].name
    if column.startswith(EVENT):
        return column.removeprefix(EVENT)
    if column.startswith(SINCE):
        return say("evaluation.columns.since", kind=column.removeprefix(SINCE))
    return say(f"evaluation.columns.{column}")


def lacking(frame: Frame, names: Sequence[str]) -> pd.Series:
    """Return for every firm what it lacks of the named columns, in words joined by 、; empty where nothing."""
    words = pd.Series("", index=frame.index, dtype=object)
    for name in names:
        absent = frame[name].isna()
        if not absent.any():
            continue
        why = pd.Series(column_name(name), index=frame.index, dtype=object)
        if name == "land_mu":
            stated = frame["land_reason"].notna()
            why = why.where(~stated, why + "（" + frame["land_reason"].astype(object).fillna("").astype(str) + "）")
        words = words.where(~absent, words.where(words == "", words + "、") + why)
    return words
