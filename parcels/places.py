"""Where a row of a table stands in its file, as faults ask for it: file, sheet, row, heading, the value there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import pandas as pd

from parcels import columns, surgeon
from parcels.columns import TEXT

Frame: TypeAlias = pd.DataFrame

HEADING = ("source_id", "column", "heading")
NOWHERE = ("", "")


@dataclass(frozen=True)
class Places:
    """The sources of a book and their headings, to look rows up in."""

    sources: Frame
    headings: Frame

    @cached_property
    def _sheets(self) -> Mapping[int, tuple[str, str]]:
        """File and sheet of each source."""
        at = self.sources[["file", "sheet"]].fillna("")
        return dict(zip(self.sources["source_id"], zip(at["file"], at["sheet"], strict=True), strict=True))

    @cached_property
    def _headed(self) -> Mapping[tuple[int, str], str]:
        """The heading that speaks for a column in each source; of several the first."""
        said = self.headings.drop_duplicates(["source_id", "column"])
        return {(source, column): heading for source, column, heading in said[list(HEADING)].itertuples(index=False)}

    def of(self, table: str, rows: Frame, column: str = "") -> Frame:
        """Return file, sheet, row, column (the heading there, else the column's name) and value of each row."""
        sources = rows["_source"].tolist()
        sheets = [self._sheets.get(source, NOWHERE) for source in sources]
        drawn = column == "geometry"
        name = columns.name(table, column) if column and not drawn else ""
        headings = [self._headed.get((source, column), name) for source in sources] if name else [""] * len(rows)
        return pd.DataFrame(
            {
                "file": pd.array([file for file, _ in sheets], dtype=TEXT),
                "sheet": pd.array([sheet for _, sheet in sheets], dtype=TEXT),
                "row": rows["_row"].where(rows["_row"] > 0).array,
                "column": pd.array(headings, dtype=TEXT),
                "value": surgeon.text(rows[column]).array if column in rows and not drawn else "",
            },
            index=rows.index,
        )

    def source(self, source: int, column: str = "", table: str = "") -> dict[str, object]:
        """Return file, sheet and heading of a whole sheet, for a fault about all of it."""
        row = pd.DataFrame({"_source": [source], "_row": [0]})
        place = self.of(table, row, column).iloc[0]
        return {"file": place["file"], "sheet": place["sheet"], "column": place["column"]}
