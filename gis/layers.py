"""Vector files in and out: shapefiles loose or zipped, GeoPackage, file geodatabase, GeoJSON, GeoParquet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from gis import crs as systems
from gis import vector
from gis.encoding import FoundBy
from gis.vector import LayerUnreadable

__all__ = ["Facts", "Layer", "LayerUnreadable", "names", "read", "write_gpkg"]

Frame: TypeAlias = pd.DataFrame

ROW = "_row"
OUT_CRS = 4490
STAMP = "2000-01-01T00:00:00Z"  # a file that is written twice is the same file
GPKG = {"VERSION": "1.2"}  # what a QGIS of 2018 reads without a warning; nothing newer is used
WRITING = Lock()


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


def write_gpkg(path: Path, layers: Mapping[str, Frame], styles: Mapping[str, str] | None = None) -> None:
    """Write layers to a GeoPackage in EPSG:4490, with QGIS styles (QML) that open by themselves.

    The same frames make the same bytes. Rows without geometry stay; polygons become multipolygons,
    so that one layer has one type. Replaces the file. Raises CrsMissing, DatumShift.
    """
    path.unlink(missing_ok=True)
    with WRITING, _fixed_clock():
        for name, frame in layers.items():
            _write(path, name, _published(frame))
        if styles:
            table = _style_table(styles)
            options = {"dataset_options": GPKG, "layer_options": {"FID": "id"}}
            pyogrio.write_dataframe(table, path, layer="layer_styles", append=bool(layers), **options)


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


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """GDAL's clock stopped: GeoPackage writes the time of its last change into itself."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _published(frame: Frame) -> gpd.GeoDataFrame:
    """The frame in EPSG:4490, geometries of one type, flat."""
    layer = systems.to_crs(frame, OUT_CRS)
    shapes = shapely.force_2d(np.asarray(layer.geometry.array, dtype=object))
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, layer.crs))


def _write(path: Path, name: str, frame: gpd.GeoDataFrame) -> None:
    kinds = set(frame.geometry.dropna().geom_type.str.removeprefix("Multi"))
    kind = kinds.pop() if len(kinds) == 1 else "Unknown" if kinds else "Polygon"
    pyogrio.write_dataframe(
        frame,
        path,
        layer=name,
        driver="GPKG",
        append=path.exists(),
        geometry_type=kind if kind in ("Point", "Unknown") else f"Multi{kind}",
        promote_to_multi=kind not in ("Point", "Unknown"),
        dataset_options=GPKG,
    )


def _style_table(styles: Mapping[str, str]) -> Frame:
    """One row is a style as QGIS keeps it; it looks for an empty schema, not a missing one."""
    return pd.DataFrame({
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": list(styles),
        "f_geometry_column": "geom",
        "styleName": list(styles),
        "styleQML": list(styles.values()),
        "styleSLD": "",
        "useAsDefault": True,
        "description": "",
        "owner": "",
        "ui": None,
        "update_time": pd.Timestamp(STAMP),
    })
