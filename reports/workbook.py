"""Sheets for people: title row with filter and date, Chinese headings, units, data from row 4; codes stay text."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from parcels.words import entry, say, word
from reports.rows import Column, Sheet, width
from reports.strings import TEXT, arrow, plain

Frame: TypeAlias = pd.DataFrame

LIMIT = 100_000  # rows of one sheet for people; the file it names holds them all
FIXED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # a creation date of its own would change every byte
# Cells are written as what they are: no text becomes a formula, a link or a number.
INERT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FIRST_ROW = 3


@dataclass(frozen=True)
class Tab:
    """One sheet: its name, its frame, the columns shown in order, and what puts the rows shown into words.

    file: of the same folder, where all rows are; by default the csv that is saved beside the sheet.
    """

    name: str
    frame: Frame
    columns: Sequence[str]
    words: Callable[[Frame], Frame] = lambda rows: rows
    file: str = ""


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
        _write_tab(book.add_worksheet(tab.name, Sheet), tab, title, look)
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


def _write_tab(sheet: Sheet, tab: Tab, title: Mapping[str, Any], look: Mapping[str, Any]) -> None:
    shown = tab.words(tab.frame.head(LIMIT))
    line = say("reports.sheet.title", **{**title, "title": tab.name})
    sheet.write_string(0, 0, line, look["title"])
    if len(tab.frame) > LIMIT:
        cut = say("reports.sheet.cut", limit=LIMIT, file=f" {tab.file} " if tab.file else say("reports.sheet.cut_file"))
        sheet.write_string(0, len(tab.columns), cut, look["title"])
    laid = [cells(shown[name]) if name in shown else {} for name in tab.columns]
    for at, (column, parts) in enumerate(zip(tab.columns, laid, strict=True)):
        name, unit = heading(column)
        sheet.write_string(1, at, name, look["head"])
        sheet.write_string(2, at, unit, look["unit"])
        wide = max(8, width(parts["text"]) + 2) if "text" in parts else 8
        sheet.set_column(at, at, min(60, max(wide, 2 * len(name) + 2)))
    sheet.lay(FIRST_ROW, laid, look)
    sheet.freeze_panes(FIRST_ROW, 1)
    if len(shown):
        sheet.autofilter(1, 0, FIRST_ROW - 1 + len(shown), len(tab.columns) - 1)


def cells(values: pd.Series) -> Column:
    """Return a column as cells of one or several kinds: text (dates and 是/否 too), whole, number; unknown is a gap."""
    values = plain(values)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "floating":
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return _mixed(values) if np.isinf(numbers).any() else {"number": pa.array(numbers, mask=np.isnan(numbers))}
    if kind in {"string", "empty"}:
        return {"text": arrow(values, TEXT)}
    if pd.api.types.is_bool_dtype(values.dtype):
        return {"text": pc.if_else(arrow(values), word("yes_no", "true"), word("yes_no", "false")).cast(TEXT)}
    if pd.api.types.is_integer_dtype(values.dtype):
        return {"whole": arrow(values)}
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return {"text": arrow(values).cast(pa.date32(), safe=False).cast(TEXT)}
    return _mixed(values)


def _mixed(values: pd.Series) -> Column:
    """Return a column that holds several kinds of things, each where it stands."""
    kinds = {"text": TEXT, "whole": pa.int64(), "number": pa.float64()}
    parts: dict[str, list[Any]] = {kind: [None] * len(values) for kind in kinds}
    for at, value in enumerate(values.astype(object)):
        if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):
            continue
        parts[_kind(value)][at] = value if _kind(value) != "text" else _text(value)
    return {
        kind: pa.array(parts[kind], of) for kind, of in kinds.items() if any(one is not None for one in parts[kind])
    }


def _kind(value: Any) -> str:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return "whole"
    return "number" if isinstance(value, float) and math.isfinite(value) else "text"


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return word("yes_no", str(bool(value)).lower())
    if isinstance(value, (list, tuple)):
        return "；".join(map(str, value))
    if isinstance(value, (datetime, pd.Timestamp)):
        return value.strftime("%Y-%m-%d")
    return str(value)
