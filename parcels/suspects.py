"""Units that cannot be meant: 亩 in a ㎡ column, 元 in a 万元 column. Suspects are said, never converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from parcels import columns, faults
from parcels.memory import ALL, remembered
from parcels.places import Places
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

# drawn ㎡ over stated ㎡ → what the stated number probably was
FACTORS: Mapping[str, float] = {
    "亩": 2000 / 3,
    "公顷": 10_000.0,
    "平方公里": 1e6,
    "㎡": 3 / 2000,
    "平方英尺": 0.3048**2,
    "亩（误作公顷）": 1 / 15,
    "公顷（误作亩）": 15.0,
    "万㎡": 10_000.0,
}
NEAR = 0.05
MISMATCH = 0.05
HALF, FEW = 0.5, 5
DRAWN: Mapping[str, tuple[str, ...]] = {
    "parcels": ("area_registered_m2", "area_approved_m2", "area_contract_m2"),
    "landuse": ("area_m2",),
}
SMALL_PARCELS, HUGE_PARCELS = 50.0, 5e7  # median ㎡ of a whole sheet that states no unit
MONEY = (
    "tax_wan",
    "revenue_wan",
    "output_wan",
    "value_added_wan",
    "profit_wan",
    "assets_wan",
    "liabilities_wan",
    "equity_wan",
    "rd_wan",
)
TEN_THOUSAND = (3_000.0, 30_000.0)
AGAINST_REVENUE = ("tax_wan", "output_wan", "value_added_wan", "rd_wan")
FEWEST_PEERS = 8
PAIR = 2
HUGE_MEDIAN_WAN = 1_000_000.0  # a sheet whose median firm pays or earns 100 亿元 is in 元


@remembered(parcels=(*DRAWN["parcels"], "_source", "_row"), landuse=(*DRAWN["landuse"], "_source", "_row"))
def areas(tables: Mapping[str, Frame], places: Places, drawn_m2: Mapping[str, pd.Series]) -> Frame:
    """Return unit_suspect and area_mismatch of stated areas against the drawn ones, and of sheets without a unit."""
    found = []
    for table, names in DRAWN.items():
        frame = tables[table]
        if frame.empty:
            continue
        drawn = drawn_m2[table]
        for name in names:
            found += _against(table, name, frame, drawn, places)
            if table == "parcels":
                found += _unstated(table, name, frame[drawn.isna()], places)
    return faults.gather(found)


def _against(table: str, name: str, frame: Frame, drawn: pd.Series, places: Places) -> list[Frame]:
    stated = frame[name]
    both = stated.notna() & (drawn >= 1)
    ratio = (drawn / stated)[both]
    off = ratio[(1 / ratio - 1).abs() > MISMATCH]
    meant = _meant(off)
    found = []
    for (source, unit), rows in frame.loc[meant.dropna().index].groupby(["_source", meant.dropna()]):
        whole = int((both & frame["_source"].eq(source)).sum())
        if len(rows) >= FEW and len(rows) > HALF * whole:
            words = {"label": columns.name(table, name), "unit": unit}
            why = say("parcels.unit_suspect.column", count=len(rows), of=whole, **words)
            found.append(faults.one("unit_suspect", **places.source(int(source), name, table), why=why))
            continue
        pairs = zip(stated[rows.index], drawn[rows.index], strict=True)
        label = columns.name(table, name)
        why_each = [
            say("parcels.unit_suspect.row", label=label, stated=f"{s:.2f}", drawn=f"{d:.2f}", unit=unit)
            for s, d in pairs
        ]
        found.append(faults.many("unit_suspect", places.of(table, rows, name).assign(why=why_each)))
    rest = meant.index[meant.isna()]
    where = places.of(table, frame.loc[rest], name).assign(
        stated=stated[rest].map("{:.2f}".format),
        drawn=drawn[rest].map("{:.2f}".format),
        difference=(1 / off[rest] - 1).map("{:+.1%}".format),
    )
    found.append(faults.many("area_mismatch", where, label=columns.name(table, name)))
    return found


def _meant(ratio: pd.Series) -> pd.Series:
    """The unit a stated number was probably in, by how far the drawing exceeds it; missing where none fits."""
    meant = pd.Series(None, index=ratio.index, dtype="str")
    for unit, factor in FACTORS.items():
        meant = meant.mask(meant.isna() & ((ratio / factor - 1).abs() <= NEAR), unit)
    return meant


def _unstated(table: str, name: str, frame: Frame, places: Places) -> list[Frame]:
    """A sheet that states no unit and draws nothing: its median parcel may not be a room or a county."""
    stated = places.headings[places.headings["column"].eq(name) & places.headings["unit_from"].ne("")]["source_id"]
    found = []
    for source, rows in frame[~frame["_source"].isin(stated)].groupby("_source"):
        median = rows[name].median()
        if median < SMALL_PARCELS or median > HUGE_PARCELS:
            why = say("parcels.unit_suspect.unstated", label=columns.name(table, name), median=f"{median:.4f}")
            found.append(faults.one("unit_suspect", **places.source(int(str(source)), name, table), why=why))
    return found


def withheld(tables: Mapping[str, Frame], suspected: Frame, places: Places) -> dict[str, Frame]:
    """Return the tables with every number whose unit is in doubt made unknown: a unit is stated, never assumed.

    A fault without a row is about a whole column of its sheet.
    """
    doubtful = suspected[suspected["kind"].eq("unit_suspect")]
    if doubtful.empty:
        return dict(tables)
    at = places.sources[["source_id", "table", "file", "sheet"]].fillna("").astype({"file": str, "sheet": str})
    headed = places.headings[["source_id", "column", "heading"]].rename(columns={"column": "name", "heading": "column"})
    cells = doubtful[["file", "sheet", "row", "column"]].fillna({"file": "", "sheet": ""})
    cells = cells.merge(at, on=["file", "sheet"]).merge(headed, on=["source_id", "column"])
    by = dict(iter(cells.groupby("table")))
    return {table: _unknown(frame, by[table]) if table in by else frame for table, frame in tables.items()}


@remembered()
def _unknown(frame: Frame, cells: Frame) -> Frame:
    for (source, name), rows in cells.groupby(["source_id", "name"]):
        if name not in frame:
            continue
        mine = frame["_source"].eq(source)
        if rows["row"].notna().all():
            mine &= frame["_row"].isin(rows["row"].astype("int64"))
        frame = frame.assign(**{str(name): frame[name].mask(mine)})
    return frame


@remembered(firm_years=ALL)
def money(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Return unit_suspect where money is off by ten thousand: against the firm's other years, peers, or all sense."""
    frame = tables["firm_years"]
    found: list[Frame] = []
    if frame.empty:
        return faults.none()
    peers = frame["revenue_wan"].where(frame["revenue_wan"] > 0)
    for name in MONEY:
        values = frame[name].where(frame[name] > 0)
        flagged, why = _off_over_years(frame, values)
        if name in AGAINST_REVENUE:
            other, why_other = _off_against(values, peers, columns.name("firm_years", name))
            why = why.where(flagged, why_other)
            flagged |= other
        found += _huge(frame, name, places)
        rows = frame[flagged]
        found.append(faults.many("unit_suspect", places.of("firm_years", rows, name).assign(why=why[flagged])))
    return faults.gather(found)


def _off_over_years(frame: Frame, values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """A year ten thousand times the firm's median year, or a ten-thousandth; of two years the greater."""
    groups = values.groupby(frame["uscc"])
    years, median = groups.transform("count"), groups.transform("median")
    ratio = values / median
    two = (years == PAIR) & (values / groups.transform("min")).between(*TEN_THOUSAND)
    off = (years > PAIR) & (ratio.between(*TEN_THOUSAND) | (1 / ratio).between(*TEN_THOUSAND))
    flagged = (off | two).fillna(value=False).astype("bool")
    other = median.where(years > PAIR, groups.transform("min"))
    why = pd.Series("", index=values.index, dtype="str")
    pairs = zip(values[flagged], other[flagged], strict=True)
    why[flagged] = [say("parcels.unit_suspect.years", value=f"{v:.2f}", other=f"{o:.2f}") for v, o in pairs]
    return flagged, why


def _off_against(values: pd.Series, revenue: pd.Series, label: str) -> tuple[pd.Series, pd.Series]:
    """A share of revenue ten thousand times that of the peers."""
    share = values / revenue
    median = share.median()
    flagged = pd.Series(data=False, index=values.index)
    why = pd.Series("", index=values.index, dtype="str")
    if share.count() < FEWEST_PEERS:
        return flagged, why
    flagged = ((share / median).between(*TEN_THOUSAND) & (share > 1)).fillna(value=False).astype("bool")
    why[flagged] = [
        say("parcels.unit_suspect.revenue", label=label, value=f"{v:.2f}", revenue=f"{r:.2f}")
        for v, r in zip(values[flagged], revenue[flagged], strict=True)
    ]
    return flagged, why


def _huge(frame: Frame, name: str, places: Places) -> list[Frame]:
    found = []
    for source, rows in frame.groupby("_source"):
        median = rows[name].abs().median()
        if len(rows) >= FEW and median > HUGE_MEDIAN_WAN:
            why = say("parcels.unit_suspect.huge", label=columns.name("firm_years", name), median=f"{median:.0f}")
            found.append(faults.one("unit_suspect", **places.source(int(str(source)), name, "firm_years"), why=why))
    return found
