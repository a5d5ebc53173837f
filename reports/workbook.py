"""Sheets for people: title row with filter and date, Chinese headings, units, data from row 4; codes stay text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from parcels.words import entry, say, word

Frame: TypeAlias = pd.DataFrame

LIMIT = 100_000  # rows of one sheet for people; the csv beside it holds them all
FIXED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # a creation date of its own would change every byte
# Cells are written as what they are: no text becomes a formula, a link or a number.
INERT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FIRST_ROW = 3


@dataclass(frozen=True)
class Tab:
    """One sheet: its name, its frame, and the columns shown in order."""

    name: str
    frame: Frame
    columns: Sequence[str]


def heading(column: str) -> tuple[str, str]:
    """Return the Chinese heading and the unit of an output column; a column without an entry keeps its own name."""
    known = entry("reports.heading")
    title, unit = known.get(column, [column, "—"])
    return str(title), str(unit)


def write_workbook(path: Path, tabs: Sequence[Tab], title: Mapping[str, Any]) -> None:
    """Write the tabs as one xlsx, byte-identical for the same frames; `title` has title, year, filter, as_of, data."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), INERT)
    book.set_properties({"created": FIXED, "author": "亩鉴 Mujian"})
    look = _formats(book)
    for tab in tabs:
        _write_tab(book.add_worksheet(tab.name), tab, title, look)
    book.close()


def _formats(book: Any) -> dict[str, Any]:
    head = {"bold": True, "bg_color": "#E8EEF2", "border": 1, "text_wrap": True, "valign": "vcenter"}
    return {
        "title": book.add_format({"bold": True, "font_size": 12}),
        "head": book.add_format(head),
        "unit": book.add_format({"font_color": "#666666", "border": 1, "align": "center"}),
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "wrap": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
        "number": book.add_format({"num_format": "#,##0.0000", "valign": "top"}),
        "whole": book.add_format({"num_format": "0", "valign": "top"}),
    }


def _write_tab(sheet: Any, tab: Tab, title: Mapping[str, Any], look: Mapping[str, Any]) -> None:
    shown = tab.frame.head(LIMIT)
    line = say("reports.sheet.title", **{**title, "title": tab.name})
    sheet.write_string(0, 0, line, look["title"])
    if len(tab.frame) > LIMIT:
        sheet.write_string(0, len(tab.columns), say("reports.sheet.cut", limit=LIMIT), look["title"])
    for at, column in enumerate(tab.columns):
        name, unit = heading(column)
        sheet.write_string(1, at, name, look["head"])
        sheet.write_string(2, at, unit, look["unit"])
        values = shown[column].astype(object).tolist() if column in shown else [None] * len(shown)
        wide = _write_column(sheet, at, values, look)
        sheet.set_column(at, at, min(60, max(wide, 2 * len(name) + 2)))
    sheet.freeze_panes(FIRST_ROW, 1)
    if len(shown):
        sheet.autofilter(1, 0, FIRST_ROW - 1 + len(shown), len(tab.columns) - 1)


def _write_column(sheet: Any, at: int, values: Sequence[Any], look: Mapping[str, Any]) -> int:
    """Write one column from row 4 on and return the width its longest cell asks for (Chinese counts double)."""
    wide = 8
    for row, value in enumerate(values, FIRST_ROW):
        if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):
            continue
        if isinstance(value, (bool, np.bool_)):
            sheet.write_string(row, at, word("yes_no", str(bool(value)).lower()), look["text"])
        elif isinstance(value, (int, np.integer)):
            sheet.write_number(row, at, int(value), look["whole"])
        elif isinstance(value, float):
            sheet.write_number(row, at, value, look["number"])
        else:
            text = _text(value)
            wide = max(wide, sum(2 if ord(letter) > 255 else 1 for letter in text) + 2)  # noqa: PLR2004
            sheet.write_string(row, at, text[:32767], look["text"])
    return wide


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "；".join(map(str, value))
    if isinstance(value, (datetime, pd.Timestamp)):
        return value.strftime("%Y-%m-%d")
    return str(value)
