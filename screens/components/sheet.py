"""A table as people read it: Chinese headings with units, words for codes, at most a page's worth of rows at once."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from parcels.words import say
from reports.humane import humane
from reports.workbook import heading

ROW_PIXELS = 35  # of Streamlit's own grid: a short table leaves no empty rows under it
MOST_ROWS = 5000  # more than this over the websocket is seconds of waiting (UI.md §2); downloads hold all rows


def show(
    frame: pd.DataFrame, columns: Sequence[str], key: str, *, signs: bool = False, height: int = 420
) -> int | None:
    """Draw `frame` and return the position of the row that was clicked, None where none was."""
    if len(frame) > MOST_ROWS:
        st.caption(say("screens.table.cut", shown=MOST_ROWS, rows=len(frame)))
    shown = humane(frame.head(MOST_ROWS), signs=signs)
    there = [name for name in columns if name in shown.columns]
    view = shown[there].rename(columns=headings(there))
    event = st.dataframe(
        view, key=key, hide_index=True, height=min(height, ROW_PIXELS * (len(view) + 1) + 2), on_select="rerun",
        selection_mode="single-row", column_config=formats(view), placeholder="—",
    )  # fmt: skip
    rows = event["selection"]["rows"] if event else []
    return int(rows[0]) if rows else None


def headings(columns: Sequence[str]) -> dict[str, str]:
    """Return column → Chinese heading with its unit in brackets; two columns never get one heading."""
    named: dict[str, str] = {}
    for column in columns:
        title, unit = heading(column)
        text = title if unit == "—" else f"{title}（{unit}）"
        named[column] = text if text not in named.values() else f"{text}·{column}"
    return named


def formats(view: pd.DataFrame) -> dict[str, Any]:
    """Return column formats: numbers with the four decimals they were judged with, whole numbers without, ISO days."""
    numbers = {
        name: st.column_config.NumberColumn(format="%.4f")
        for name in view.columns
        if pd.api.types.is_float_dtype(view[name].dtype)
    }
    days = {
        name: st.column_config.DateColumn(format="YYYY-MM-DD", width=100)
        for name in view.columns
        if pd.api.types.is_datetime64_any_dtype(view[name].dtype)
    }
    return numbers | days
