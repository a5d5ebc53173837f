"""Layers of vector files as delivered: attributes under their own headings, geometry untouched, CRS as stated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from gis import layers
from parcels.delivery.grids import Unreadable

Frame: TypeAlias = pd.DataFrame

VECTORS = frozenset({".shp", ".gpkg", ".geojson", ".json", ".gdb", ".parquet", ".geoparquet", ".fgb", ".gml"})
SIDE_FILES = frozenset({".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix", ".xml", ".qml", ".sld", ".atx"})


@dataclass(frozen=True)
class Layer:
    """One layer: attributes by feature number, geometry, CRS if stated, DBF encoding, cut headings, lost rows."""

    name: str
    cells: Frame
    geometry: gpd.GeoSeries
    crs: CRS | None
    encoding: str
    undecodable: int
    truncated: bool
    damaged: tuple[int, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it has no feature."""
        return not len(self.geometry)


def read(path: Path, encoding: str = "") -> list[Layer]:
    """Return every layer of a file. Raises Unreadable."""
    return [read_() for _, read_ in parts(path, encoding)]


def parts(path: Path, encoding: str = "") -> list[tuple[str, Callable[[], Layer]]]:
    """Return the name of every layer of a file, and how it is read. Raises Unreadable, then and now."""
    with _told():
        return [(name, partial(_layer, path, name, encoding)) for name in layers.names(path)]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except layers.LayerUnreadable as broken:
        raise Unreadable(f"{broken.reason} {broken.detail}".strip()) from broken


def _layer(path: Path, name: str, encoding: str) -> Layer:
    with _told():
        read_ = layers.read(path, name, encoding or None, require_crs=False)
    frame = read_.frame.set_index("_row")
    frame.index.name = None
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    facts = read_.facts
    shapefile = path.suffix.lower() == ".shp"
    return Layer(name, cells, frame.geometry, facts.crs, facts.encoding, facts.undecodable, shapefile, facts.damaged)
