"""Units that cannot be meant: 亩 in a ㎡ column, 元 in a 万元 column. Suspects are said, never converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from parcels import columns, faults
from parcels.columns import TEXT
from parcels.memory import remembered
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
AT = ("_source", "_row")
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
                found += _unstated(table, name, frame.loc[drawn.isna(), [name, *AT]], places)
    return faults.stacked(found)


def _against(table: str, name: str, frame: Frame, drawn: pd.Series, places: Places) -> list[Frame]:
    stated = frame[name]
    both = stated.notna() & (drawn >= 1)
    ratio = (drawn / stated)[both]
    off = ratio[(1 / ratio - 1).abs() > MISMATCH]
    if off.empty:
        return []
    rows, meant, label = frame.loc[off.index, [name, *AT]], _meant(off), columns.name(table, name)
    found = []
    for (source, unit), part in rows.groupby(["_source", meant]):
        whole = int((both & frame["_source"].eq(source)).sum())
        if len(part) >= FEW and len(part) > HALF * whole:
            why = say("parcels.unit_suspect.column", count=len(part), of=whole, label=label, unit=unit)
            found.append(faults.one("unit_suspect", **places.source(int(source), name, table), why=why))
            continue
        pairs = zip(part[name], drawn[part.index], strict=True)
        why_each = [
            say("parcels.unit_suspect.row", label=label, stated=f"{s:.2f}", drawn=f"{d:.2f}", unit=unit)
            for s, d in pairs
        ]
        found.append(faults.many("unit_suspect", places.of(table, part, name).assign(why=why_each)))
    rest = rows[meant.isna()]
    where = places.of(table, rest, name).assign(
        stated=rest[name].map("{:.2f}".format),
        drawn=drawn[rest.index].map("{:.2f}".format),
        difference=(1 / off[rest.index] - 1).map("{:+.1%}".format),
    )
    found.append(faults.many("area_mismatch", where, label=label))
    return found


def _meant(ratio: pd.Series) -> pd.Series:
    """The unit a stated number was probably in, by how far the drawing exceeds it; missing where none fits."""
    near = [((ratio / factor - 1).abs() <= NEAR).to_numpy() for factor in FACTORS.values()]
    meant = np.select(near, list(FACTORS), "")
    return pd.Series(meant, index=ratio.index, dtype=TEXT).where(meant != "")


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


def money(tables: Mapping[str, Frame], places: Places) -> Frame:
    """Return unit_suspect where money is off by ten thousand: against the firm's other years, peers, or all sense."""
    frame = tables["firm_years"]
    if frame.empty:
        return faults.none()
    firm = pd.Series(pd.factorize(frame["uscc"])[0], frame.index)  # a firm without a code is -1, and nobody's year
    firm = firm.where(firm >= 0)
    against = {name: ["revenue_wan"] if name in AGAINST_REVENUE else [] for name in MONEY}
    return faults.stacked([_amounts(frame[[*against[name], name, *AT]], firm, name, places) for name in MONEY])


@remembered()
def _amounts(frame: Frame, firm: pd.Series, name: str, places: Places) -> Frame:
    """Return what `money` says of one column, revenue beside it where it is held to that; firm: a number a firm."""
    positive = frame[name].where(frame[name] > 0)
    by_firm = positive.groupby(firm)
    why = _off_over_years(positive, *(by_firm.transform(how) for how in ("count", "median", "min")))
    if name in AGAINST_REVENUE:
        revenue = frame["revenue_wan"].where(frame["revenue_wan"] > 0)
        other = _off_against(positive, revenue, columns.name("firm_years", name))
        why = pd.concat([why, other[other.index.difference(why.index)]]).sort_index()
    where = places.of("firm_years", frame.loc[why.index], name) if len(why) else None
    found = [] if where is None else [faults.many("unit_suspect", where.assign(why=why))]
    return faults.stacked([*_huge(frame, name, places), *found])


def _off_over_years(values: pd.Series, years: pd.Series, median: pd.Series, least: pd.Series) -> pd.Series:
    """Why of a year ten thousand times the firm's median year, or a ten-thousandth; of two years the greater."""
    ratio = values / median
    two = (years == PAIR) & (values / least).between(*TEN_THOUSAND)
    off = (years > PAIR) & (ratio.between(*TEN_THOUSAND) | (1 / ratio).between(*TEN_THOUSAND))
    flagged = off | two
    other = median.where(years > PAIR, least)
    pairs = zip(values[flagged], other[flagged], strict=True)
    why = [say("parcels.unit_suspect.years", value=f"{v:.2f}", other=f"{o:.2f}") for v, o in pairs]
    return pd.Series(why, index=values.index[flagged], dtype=TEXT)


def _off_against(values: pd.Series, revenue: pd.Series, label: str) -> pd.Series:
    """Why of a share of revenue ten thousand times that of the peers."""
    share = values / revenue
    enough = share.count() >= FEWEST_PEERS
    flagged = (share / share.median()).between(*TEN_THOUSAND) & (share > 1) & enough
    why = [
        say("parcels.unit_suspect.revenue", label=label, value=f"{v:.2f}", revenue=f"{r:.2f}")
        for v, r in zip(values[flagged], revenue[flagged], strict=True)
    ]
    return pd.Series(why, index=values.index[flagged], dtype=TEXT)


def _huge(frame: Frame, name: str, places: Places) -> list[Frame]:
    by_source = frame[name].abs().groupby(frame["_source"])
    medians = by_source.median()[by_source.size() >= FEW]
    found = []
    for source, median in medians[medians > HUGE_MEDIAN_WAN].items():
        why = say("parcels.unit_suspect.huge", label=columns.name("firm_years", name), median=f"{median:.0f}")
        found.append(faults.one("unit_suspect", **places.source(int(str(source)), name, "firm_years"), why=why))
    return found
