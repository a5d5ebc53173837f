"""Download buttons: what is shown is what is carried away, and every export is logged."""

import getpass
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd
import streamlit as st

from casework.workspace import Run
from parcels.words import say
from reports.extract import csv_bytes, gpkg_bytes, workbook_bytes, xlsx_bytes
from reports.sheets import sheet_title
from reports.workbook import Tab
from screens.components.runs import workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Kind = Literal["primary", "secondary", "tertiary"]


class Exported(NamedTuple):
    """Which file of which run is carried away, how many rows it has, and by which choice (in words)."""

    run: str
    file: str
    rows: int
    filtered: str


def buttons(run: Run, name: str, frame: pd.DataFrame, columns: Sequence[str], filtered: str) -> None:
    """Offer the rows shown as xlsx and csv (and gpkg where they have shapes); `filtered` is the choice in words."""
    places = st.columns(3)
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    offers: list[tuple[str, str, Callable[[], bytes]]] = [
        ("xlsx", XLSX, lambda: xlsx_bytes(name, frame, columns, title)),
        ("csv", "text/csv", lambda: csv_bytes(frame)),
    ]
    if "geometry" in frame.columns and run.verdicts.crs is not None:
        offers.append(("gpkg", "application/geopackage+sqlite3", lambda: gpkg_bytes(frame, run.verdicts.crs)))
    for place, (suffix, mime, make) in zip(places, offers, strict=False):
        label = say(f"screens.export.{suffix}", rows=len(frame))
        offer(place, label, make, mime, Exported(run.folder.name, f"{name}.{suffix}", len(frame), filtered))


def one(place: Any, run: Run, name: str, frame: pd.DataFrame, filtered: str, label: str) -> None:
    """Offer a frame that is already in its people's shape as one xlsx in `place`."""
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    told = Exported(run.folder.name, f"{name}.xlsx", len(frame), filtered)
    offer(place, label, lambda: xlsx_bytes(name, frame, list(frame.columns), title), XLSX, told)


def workbook(run: Run, name: str, tabs: Callable[[], Sequence[Tab]], filtered: str) -> None:
    """Offer several tables as the tabs of one xlsx, made when asked for."""
    title = {**sheet_title(run.verdicts, filtered), "title": name}
    told = Exported(run.folder.name, f"{name}.xlsx", len(run.verdicts.zones), filtered)
    offer(st, say("screens.export.workbook", name=name), lambda: workbook_bytes(tabs(), title), XLSX, told)


def offer(
    place: Any, label: str, make: Callable[[], bytes], mime: str, told: Exported, kind: Kind = "secondary"
) -> None:
    """Draw a button in `place` that makes a file when clicked, logs it as `told`, and hands it over.

    The page is not run again by the click: Streamlit takes a made file away when a page has run, so a second run
    could take it before the browser fetched it.
    """

    def made() -> bytes:
        content = make()
        _log(told)
        return content

    place.download_button(
        label, data=made, file_name=told.file, mime=mime, key=f"{told.file}-{label}", type=kind, on_click="ignore"
    )  # fmt: skip


def _log(told: Exported) -> None:
    from casework.store import append  # the database loads when something is written

    said = {"file": told.file, "rows": told.rows, "filter": told.filtered}
    append(workspace(), who=getpass.getuser(), kind="export", subject=told.run, said=said)
