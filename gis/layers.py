"""Vector files as they are delivered: shapefiles loose or zipped, GeoPackage, file geodatabase, GeoJSON, GeoParquet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis import crs as systems
from gis import vector
from gis.encoding import FoundBy
from gis.vector import LayerUnreadable

__all__ = ["Facts", "Layer", "LayerUnreadable", "names", "read"]

Frame: TypeAlias = pd.DataFrame

ROW = "_row"


@dataclass(frozen=True)
class Facts:
    """How a layer was read: what a bureau is told about its file."""

    path: Path
    source: str  # the file, or the member of the zip
    layer: str
    layers: tuple[str, ...]  # every layer with geometry in the file
    encoding: str
    encoding_by: FoundBy
    undecodable: int  # distinct texts with bytes the encoding does not know
    crs: CRS | None
    crs_in_file: CRS | None
    crs_by: str  # file, stated or none
    features: int
    unreadable: tuple[int, ...]  # feature numbers whose geometry is broken; their rows are kept
    damaged: tuple[int, ...]  # feature numbers whose attribute record is damaged or missing, or has no shape
    remarks: tuple[str, ...]  # GDAL's own warnings


@dataclass(frozen=True)
class Layer:
    """A layer's features, one a row, with `_row` the feature number from 1, and the facts beside."""

    frame: gpd.GeoDataFrame
    facts: Facts


def names(path: Path) -> tuple[str, ...]:
    """The layers with geometry in a file or zip. Raises LayerUnreadable."""
    with _sources(path) as sources:
        return tuple(layer for _, layer in _all(sources))


def read(
    path: Path,
    layer: str | None = None,
    encoding: str | None = None,
    crs: object = None,
    *,
    require_crs: bool = True,
) -> Layer:
    """One layer of a file or zip, as it is: text stays text, headings come as they are written.

    A multipolygon of one part, as which GeoPackage keeps every polygon, is that polygon.

    layer: may be left out where there is one. encoding, crs: stated by a person, they overrule the
    file, and the facts say so. Raises LayerUnreadable; CrsMissing where neither file nor person
    states a CRS, unless require_crs is off (then frame.crs is None); CrsUnreadable.
    """
    with _sources(path) as sources:
        found = _all(sources)
        source, name = _chosen(path, found, layer)
        try:
            rows = vector.reader_of(source)(source, name, encoding)
        except LookupError as error:
            raise LayerUnreadable(path, "encoding", str(encoding)) from error
        except LayerUnreadable as error:
            raise LayerUnreadable(path, error.reason, error.detail) from error
    frame = rows.frame if isinstance(rows.frame, gpd.GeoDataFrame) else _without_geometry(rows.frame)
    in_file = systems.read(frame.crs) if frame.crs is not None else None
    known = systems.read(crs) if crs is not None else in_file
    if known is None and require_crs and not frame.geometry.isna().all():
        raise _missing(path, frame)
    frame = _single(frame).set_crs(known, allow_override=True).assign(**{ROW: np.arange(1, len(frame) + 1)})
    facts = Facts(
        path=path,
        source=source.name,
        layer=name,
        layers=tuple(layer for _, layer in found),
        encoding=rows.encoding.name,
        encoding_by=rows.encoding.by,
        undecodable=rows.encoding.undecodable,
        crs=known,
        crs_in_file=in_file,
        crs_by="stated" if crs is not None else "file" if in_file else "none",
        features=len(frame),
        unreadable=tuple(position + 1 for position in rows.broken),
        damaged=tuple(position + 1 for position in rows.damaged),
        remarks=rows.remarks,
    )
    return Layer(frame, facts)


@contextmanager
def _sources(path: Path) -> Iterator[list[Path]]:
    """The vector sources behind a path: itself, or what a zip holds while it is unpacked."""
    if not path.exists():
        raise LayerUnreadable(path, "absent")
    if path.suffix.lower() != ".zip":
        yield [path]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield vector.unzipped(path, Path(folder))


def _all(sources: list[Path]) -> list[tuple[Path, str]]:
    return [(source, layer) for source in sources for layer in vector.layer_names(source)]


def _chosen(path: Path, found: list[tuple[Path, str]], layer: str | None) -> tuple[Path, str]:
    """The one layer asked for, or the only one there is."""
    fitting = [one for one in found if layer in (None, one[1])]
    if not fitting:
        raise LayerUnreadable(path, "no_layer", layer or "")
    if len(fitting) > 1:
        raise LayerUnreadable(path, "several_layers", ", ".join(name for _, name in fitting))
    return fitting[0]


def _single(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The only part of a multipolygon in its place: half the objects, and every step after it is quicker."""
    shapes = np.asarray(frame.geometry.array, dtype=object).copy()
    several = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON)
    one = several[shapely.get_num_geometries(shapes[several]) == 1]
    if not len(one):
        return frame
    shapes[one] = shapely.get_geometry(shapes[one], 0)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs, name=frame.geometry.name))


def _without_geometry(frame: Frame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([None] * len(frame), index=frame.index))


def _missing(path: Path, frame: gpd.GeoDataFrame) -> systems.CrsMissing:
    west, south, east, north = (float(value) for value in frame.total_bounds)
    bounds = (west, south, east, north)
    return systems.CrsMissing(path, bounds, systems.candidates(bounds))
