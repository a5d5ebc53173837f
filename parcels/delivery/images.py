"""Rasters of a delivery: listed with bands and date, their pixels left where they are; what makes them no evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import rasterio
from rasterio.warp import transform_bounds

from gis import raster
from parcels import columns, faults
from parcels.delivery.delivered import RawTable
from parcels.delivery.instructions import Entry
from parcels.words import entry as words
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

RASTERS = frozenset({".tif", ".tiff"})
DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])(?!\d)")
LONGITUDES = "EPSG:4326"  # only to see whether two images meet


def read(path: Path, name: str, entry: Entry | None = None) -> Iterator[RawTable | Frame]:
    """Yield a raster as one row of the table images, with what delivery.yaml sets of it, and its faults."""
    try:
        facts = raster.facts(path)
    except raster.RasterUnreadable as broken:
        yield faults.one("file_unreadable", file=name, why=say("parcels.unread.not_raster", why=str(broken.__cause__)))
        return
    if not facts.nodata_stated:
        yield faults.one("raster_nodata", file=name)
    day = DAY.search(path.stem)
    said = {"file": name, "date": "-".join(day.groups()) if day else _tagged(path), "bands": ";".join(facts.bands)}
    told = entry.set if entry else {}
    bands = told.get("bands")
    fixed = {**told, **({"bands": ";".join(map(str, bands))} if isinstance(bands, list) else {})}
    names = [column.column for column in columns.columns("images")]
    mapping = pd.DataFrame({"column": names, "heading": names, "unit_from": ""}, dtype="str")
    cells = pd.DataFrame([{"file": None, "date": None, "bands": None, "kind": None} | said], index=[1])
    yield RawTable("images", name, "", cells, mapping, crs=facts.crs, fixed=fixed)


def _tagged(path: Path) -> str | None:
    """The day the file itself says it was taken, TIFFTAG_DATETIME."""
    with rasterio.open(path) as source:
        tag = str(source.tags().get("TIFFTAG_DATETIME", ""))
    return tag[:10].replace(":", "-") or None


def grids(root: Path, tables: Sequence[RawTable]) -> Iterator[Frame]:
    """Yield raster_grid for images of one day that meet and do not lie on one grid: stacked, pixels would mismatch."""
    images = [(raw, root / raw.file) for raw in tables if raw.table == "images" and (root / raw.file).is_file()]
    for (one, first), (other, second) in combinations(images, 2):
        if _day(one) != _day(other) or not _meet(first, second):
            continue
        try:
            raster.one_grid([first, second])
        except raster.RasterGrid as unlike:
            differs = "、".join(words("parcels.raster.differs")[part] for part in unlike.differs)
            why = say("parcels.raster.grid", other=one.file, differs=differs)
            yield faults.one("raster_grid", file=other.file, why=why)


def _day(raw: RawTable) -> str:
    return str(raw.fixed.get("date", raw.cells["date"].iloc[0]))


def _meet(one: Path, other: Path) -> bool:
    boxes = []
    for path in (one, other):
        with rasterio.open(path) as source:
            if source.crs is None:
                return False
            boxes.append(transform_bounds(source.crs, LONGITUDES, *source.bounds))
    (west, south, east, north), (left, bottom, right, top) = boxes
    return bool(west < right and left < east and south < top and bottom < north)
