"""What a delivery is once read: raw tables with where each cell came from, the files, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
from pyproj import CRS

Frame: TypeAlias = pd.DataFrame

MAPPING = ("column", "heading", "unit_from")


@dataclass(frozen=True)
class InputFile:
    """A file as delivered: path within the delivery, SHA-256, bytes; `location` is where it lies now."""

    path: str
    sha256: str
    bytes: int
    location: Path = field(compare=False, repr=False)


@dataclass(frozen=True)
class RawTable:
    """One sheet or layer, read as one table of the contract and not judged.

    `cells` holds every column as delivered under its own heading, its index is the sheet's row (or the
    feature number) from 1; `mapping` says which heading speaks for which column (the first that is filled
    in a row counts); `fixed` holds values said in delivery.yaml.
    """

    table: str
    file: str
    sheet: str
    cells: Frame
    mapping: Frame
    encoding: str = ""
    header_row: int = 1
    crs: CRS | None = None
    crs_asserted: bool = False
    geometry: gpd.GeoSeries | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)
    scheme: str = ""
    local: bool = False
    web_map: str = ""  # the web map's system its longitudes and latitudes are in
    derived: bool = False


@dataclass(frozen=True)
class Delivery:
    """A folder or zip as read: raw tables, faults so far, the files, what delivery.yaml says, people's corrections."""

    root: Path
    tables: tuple[RawTable, ...]
    faults: Frame
    inputs: tuple[InputFile, ...]
    zones_by: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    corrections: Frame = field(default_factory=pd.DataFrame)
    keep: object = field(default=None, repr=False, compare=False)
