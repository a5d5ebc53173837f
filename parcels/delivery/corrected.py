"""corrections.csv: what people corrected, signed with name, day and reason; it lies beside the files it corrects."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pandas as pd

from parcels import columns, corrections, faults, surgeon
from parcels.delivery import grids
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

NAME = "corrections.csv"
SIGNED = ("by", "on", "reason")


def read(root: Path) -> tuple[Frame, Frame]:
    """Return the corrections of a delivery (columns of corrections.COLUMNS, as text) and the faults of the file.

    Headings, tables and columns may be said in Chinese. An unsigned row, or one without a day, is refused and told.
    """
    none = pd.DataFrame({name: [] for name in corrections.COLUMNS}, dtype="str")
    path = root / NAME
    if not path.is_file():
        return none, faults.none()
    try:
        cells = grids.delimited(path).below()
    except grids.EncodingUnknown:
        return none, faults.one("encoding", file=NAME, why=say("parcels.unread.encoding"))
    except grids.Unreadable as broken:
        return none, faults.one("file_unreadable", file=NAME, why=say("parcels.unread.not_text", why=broken.why))
    if cells.empty:
        return none, faults.none()
    rows = _headed(cells)
    absent = [name for name in corrections.COLUMNS if name not in rows]
    if absent:
        what = "、".join(entry("parcels.correction_headings")[name] for name in absent)
        return none, faults.one("column_missing", file=NAME, column=what, what=what)
    rows = _named(rows[corrections.COLUMNS].fillna("").astype("str"))
    signed = rows[list(SIGNED)].ne("").all(axis=1) & surgeon.dates(rows["on"]).values.notna()
    return rows[signed].reset_index(drop=True), _unsigned(rows[~signed])


def _headed(cells: Frame) -> Frame:
    """Return the rows below the heading row, under the names of the contract."""
    known = {said: name for name, said in entry("parcels.correction_headings").items()}
    headings = [str(cell or "").strip() for cell in cells.iloc[0]]
    return cells.iloc[1:].set_axis([known.get(heading, heading) for heading in headings], axis=1)


def _named(rows: Frame) -> Frame:
    """Return the rows with tables and columns under the names of the contract, whatever language said them."""
    rows = rows.apply(lambda column: column.str.strip())
    tables = {said: name for name, said in entry("parcels.table").items()}
    table = rows["table"].replace(tables)
    names = {(one.table, one.name): one.column for name in columns.tables() for one in columns.columns(name)}
    pairs = zip(table, rows["column"], strict=True)
    return rows.assign(table=table, column=[names.get(pair, pair[1]) for pair in pairs])


def _unsigned(rows: Frame) -> Frame:
    where = pd.DataFrame({"row": rows.index, "key": rows["key"].to_numpy(), "name": rows["column"].to_numpy()})
    return faults.many("correction_unsigned", where.assign(file=NAME, sheet="", column="", value=""))
