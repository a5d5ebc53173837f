"""What is shown on a screen as a file: the same rows, the same digits, the filter written into it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

from gis import geopackage
from reports.humane import humane
from reports.table import write_csv
from reports.workbook import Tab, write_workbook

Frame: TypeAlias = pd.DataFrame


def xlsx_bytes(name: str, frame: Frame, columns: Sequence[str], title: Mapping[str, Any]) -> bytes:
    """Return the rows as one sheet for people: Chinese words, title with filter, units, codes as text."""
    return workbook_bytes([Tab(name, humane(frame), columns)], title)


def workbook_bytes(tabs: Sequence[Tab], title: Mapping[str, Any]) -> bytes:
    """Return several sheets for people as one xlsx."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write_workbook(path, tabs, title)
        return path.read_bytes()


def csv_bytes(frame: Frame) -> bytes:
    """Return the rows as the contract's CSV."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write_csv(frame, path)
        return path.read_bytes()


def gpkg_bytes(frame: Frame, crs: Any) -> bytes:
    """Return the rows that have a shape as a GeoPackage in EPSG:4490."""
    drawn = gpd.GeoDataFrame(frame[frame["geometry"].notna()], geometry="geometry", crs=crs).to_crs("EPSG:4490")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.gpkg"
        geopackage.write(path, {"rows": drawn}, {})
        return path.read_bytes()
