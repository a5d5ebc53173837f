"""Rasters of a delivery: listed with bands and date, their pixels left where they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import rasterio
from rasterio.errors import RasterioIOError

from parcels import columns, faults
from parcels.delivery.delivered import RawTable
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

RASTERS = frozenset({".tif", ".tiff"})
DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])(?!\d)")


def read(path: Path, name: str) -> RawTable | Frame:
    """Return a raster as one row of the table images, or the fault that it cannot be read."""
    try:
        with rasterio.open(path) as raster:
            bands = [band or str(place) for place, band in enumerate(raster.descriptions, start=1)]
            crs = raster.crs
            dated = raster.tags().get("TIFFTAG_DATETIME", "")
    except RasterioIOError as broken:
        return faults.one("file_unreadable", file=name, why=say("parcels.unread.not_raster", why=str(broken)))
    day = DAY.search(path.stem)
    date = "-".join(day.groups()) if day else dated[:10].replace(":", "-")
    said = {"file": name, "date": date or None, "bands": ";".join(bands), "kind": None}
    cells = pd.DataFrame([said], index=[1])
    names = [column.column for column in columns.columns("images")]
    mapping = pd.DataFrame({"column": names, "heading": names, "unit_from": ""}, dtype="str")
    return RawTable("images", name, "", cells, mapping, crs=crs)
