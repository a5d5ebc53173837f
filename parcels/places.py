"""Where a row of a table stands in its file, as faults ask for it: file, sheet, row, heading, the value there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from parcels import columns, surgeon

Frame: TypeAlias = pd.DataFrame


@dataclass(frozen=True)
class Places:
    """The sources of a book and their headings, to look rows up in."""

    sources: Frame
    headings: Frame

    def of(self, table: str, rows: Frame, column: str = "") -> Frame:
        """Return file, sheet, row, column (the heading there, else the column's name) and value of each row."""
        by = self.sources.set_index("source_id")
        heading = self._heading(table, rows, column)
        value = surgeon.text(rows[column]) if column in rows and column != "geometry" else ""
        return pd.DataFrame(
            {
                "file": rows["_source"].map(by["file"]).fillna("").astype("str"),
                "sheet": rows["_source"].map(by["sheet"]).fillna("").astype("str"),
                "row": rows["_row"].where(rows["_row"] > 0),
                "column": heading,
                "value": value,
            },
            index=rows.index,
        )

    def _heading(self, table: str, rows: Frame, column: str) -> pd.Series:
        if not column or column == "geometry":
            return pd.Series("", index=rows.index, dtype="str")
        said = self.headings[self.headings["column"].eq(column)].drop_duplicates("source_id")
        known = rows["_source"].map(said.set_index("source_id")["heading"]).astype("str")
        return known.fillna(columns.name(table, column))

    def source(self, source: int, column: str = "", table: str = "") -> dict[str, object]:
        """Return file, sheet and heading of a whole sheet, for a fault about all of it."""
        row = pd.DataFrame({"_source": [source], "_row": [0]})
        place = self.of(table, row, column).iloc[0]
        return {"file": place["file"], "sheet": place["sheet"], "column": place["column"]}
