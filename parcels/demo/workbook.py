"""Write workbooks as people make them: a title over the sheet, a line of remarks, headings, a row of units, data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import xlsxwriter

Frame: TypeAlias = pd.DataFrame

CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).replace(tzinfo=None)  # the same bytes on every run


@dataclass
class Sheet:
    """One sheet: its rows under Chinese headings, and what stands above and below them."""

    name: str
    rows: Frame  # headings are the columns; cells are what is written
    title: str = ""
    remark: str = ""
    units: dict[str, str] = field(default_factory=dict)  # heading → unit; no units row where empty
    footer: dict[str, Any] = field(default_factory=dict)  # a last row (合计), heading → cell

    @property
    def heading_row(self) -> int:
        """Return the sheet row (from 1) of the headings."""
        return 1 + bool(self.title) + bool(self.remark)

    @property
    def first_row(self) -> int:
        """Return the sheet row (from 1) of the first line of data."""
        return self.heading_row + 1 + bool(self.units)


def write(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the sheets to an .xlsx: text stays text (no formula is ever made), dates are dates."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "nan_inf_to_errors": False, "default_date_format": "yyyy-mm-dd"}  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": CREATED})
        bold = book.add_format({"bold": True, "border": 1, "align": "center", "bg_color": "#e8eef4"})
        title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, bold, title)


def _write(page: Any, sheet: Sheet, bold: Any, title: Any) -> None:
    headings = list(sheet.rows.columns)
    if sheet.title:
        page.merge_range(0, 0, 0, len(headings) - 1, sheet.title, title)
    if sheet.remark:
        page.write_string(1, 0, sheet.remark)
    page.write_row(sheet.heading_row - 1, 0, headings, bold)
    if sheet.units:
        page.write_row(sheet.heading_row, 0, [sheet.units.get(heading, "") for heading in headings], bold)
    for position, heading in enumerate(headings):
        page.set_column(position, position, 20 if "代码" in heading or "名称" in heading else 12)
        page.write_column(sheet.first_row - 1, position, cells(sheet.rows[heading]))
    below = sheet.first_row - 1 + len(sheet.rows)
    for heading, cell in sheet.footer.items():
        page.write(below, headings.index(heading), cell)
    page.freeze_panes(sheet.first_row - 1, 2)


def cells(values: pd.Series) -> list[Any]:
    """Return a column as cells: missing is an empty cell, a date is a date, all else as it is."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(day) else day.to_pydatetime() for day in values]
    return [None if cell is None or cell is pd.NaT or cell != cell else cell for cell in values.tolist()]  # noqa: PLR0124 NaN
