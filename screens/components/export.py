"""Download buttons: what is shown is what is carried away, and every export is logged."""

import getpass
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from casework.workspace import Run
from parcels.words import say
from reports.extract import csv_bytes, gpkg_bytes, workbook_bytes, xlsx_bytes
from reports.sheets import sheet_title
from reports.workbook import Tab
from screens.components.runs import workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def buttons(run: Run, name: str, frame: pd.DataFrame, columns: Sequence[str], filtered: str) -> None:
    """Offer the rows shown as xlsx and csv (and gpkg where they have shapes); `filtered` is the choice in words."""
    places = st.columns(3)
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    offers: list[tuple[str, str, Any]] = [
        ("xlsx", XLSX, lambda: xlsx_bytes(name, frame, columns, title)),
        ("csv", "text/csv", lambda: csv_bytes(frame)),
    ]
    if "geometry" in frame.columns and run.verdicts.crs is not None:
        offers.append(("gpkg", "application/geopackage+sqlite3", lambda: gpkg_bytes(frame, run.verdicts.crs)))
    for place, (suffix, mime, make) in zip(places, offers, strict=False):
        place.download_button(
            say(f"screens.export.{suffix}", rows=len(frame)),
            data=make,
            file_name=f"{name}.{suffix}",
            mime=mime,
            key=f"{name}-{suffix}",
            on_click=logged,
            args=(run.folder.name, name, suffix, len(frame), filtered),
        )


def one(place: Any, run: Run, name: str, frame: pd.DataFrame, filtered: str, label: str) -> None:
    """Offer a frame that is already in its people's shape as one xlsx in `place`."""
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    place.download_button(
        label, data=lambda: xlsx_bytes(name, frame, list(frame.columns), title), file_name=f"{name}.xlsx", mime=XLSX,
        key=f"{name}-own", on_click=logged, args=(run.folder.name, name, "xlsx", len(frame), filtered),
    )  # fmt: skip


def workbook(run: Run, name: str, tabs: Callable[[], Sequence[Tab]], filtered: str) -> None:
    """Offer several tables as the tabs of one xlsx, made when asked for."""
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    st.download_button(
        say("screens.export.workbook", name=name), data=lambda: workbook_bytes(tabs(), title), mime=XLSX,
        file_name=f"{name}.xlsx", key=f"{name}-workbook", on_click=logged,
        args=(run.folder.name, name, "xlsx", len(run.verdicts.zones), filtered),
    )  # fmt: skip


def logged(run: str, name: str, suffix: str, rows: int, filtered: str) -> None:
    """Append to the workspace's log who carried away which rows of which run."""
    said = {"file": f"{name}.{suffix}", "rows": rows, "filter": filtered}
    from casework.store import append  # the database loads when something is written

    append(workspace(), who=getpass.getuser(), kind="export", subject=run, said=said)
