"""A GeoPackage out, some thousand shapes at a time: a layer as large as memory need not lie in memory twice."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from pyproj import CRS

from gis import crs as systems
from gis.element import Shapes

Frame: TypeAlias = pd.DataFrame

OUT_CRS = 4490
STAMP = "2000-01-01T00:00:00Z"  # a file that is written twice is the same file
GPKG = {"VERSION": "1.2"}  # what a QGIS of 2018 reads without a warning; nothing newer is used
GEOMETRY = "geom"
POINTS_AT_ONCE = 1_000_000  # corners of the shapes that are on their way at one time
MULTI = {
    shapely.GeometryType.LINESTRING: shapely.multilinestrings,
    shapely.GeometryType.POLYGON: shapely.multipolygons,
}
WRITING = Lock()


def write(
    path: Path, layers: Mapping[str, Frame], styles: Mapping[str, str] | None = None, *, ballpark: bool = False
) -> None:
    """Write layers to a GeoPackage in EPSG:4490, with QGIS styles (QML) that open by themselves.

    The same frames make the same bytes. Rows without geometry stay; polygons become multipolygons, so that one layer
    has one type. Replaces the file. Raises CrsMissing, DatumShift unless a `ballpark` shift will do, and OSError where
    GDAL cannot write: it does not say that a disk is full.
    """
    path.unlink(missing_ok=True)
    with WRITING, _fixed_clock(), _refused(path):
        for name, frame in layers.items():
            _write(path, name, frame, ballpark=ballpark)
        if styles:
            table = _style_table(styles)
            options = {"dataset_options": GPKG, "layer_options": {"FID": "id"}}
            pyogrio.write_dataframe(table, path, layer="layer_styles", append=bool(layers), **options)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """GDAL's refusals to write as the error every other writer raises."""
    try:
        yield
    except (DataLayerError, DataSourceError, FeatureError) as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """GDAL's clock stopped: GeoPackage writes the time of its last change into itself."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write(path: Path, name: str, frame: gpd.GeoDataFrame, *, ballpark: bool) -> None:
    if frame.crs is None:
        raise systems.CrsMissing(None)
    if not ballpark and systems.shifted(frame.crs, OUT_CRS):
        raise systems.DatumShift(systems.read(frame.crs), systems.read(OUT_CRS))
    kind = _kind(frame.geometry.to_numpy())
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    mixed = [name for name, column in table.items() if pd.api.types.is_object_dtype(column)]
    table = table.astype(dict.fromkeys(mixed, "str"))
    schema = _schema(table)
    reader = pa.RecordBatchReader.from_batches(schema, _batches(table, schema, frame.geometry, kind))
    pyogrio.raw.write_arrow(
        reader,
        path,
        layer=name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type=kind,
        crs=f"EPSG:{OUT_CRS}",
        append=path.exists(),
        dataset_options=GPKG,
    )


def _kind(shapes: Shapes) -> str:
    """Return the one type of a layer, GDAL's name: the many of what its shapes are, or no type in particular."""
    kinds = {shapely.GeometryType(kind).name for kind in np.unique(shapely.get_type_id(shapes)) if kind >= 0}
    kinds = {kind.removeprefix("MULTI") for kind in kinds}
    names = {"POINT": "Point", "LINESTRING": "MultiLineString", "POLYGON": "MultiPolygon"}
    return names.get(kinds.pop(), "Unknown") if len(kinds) == 1 else "Unknown" if kinds else "MultiPolygon"


def _schema(table: Frame) -> pa.Schema:
    """Return the columns as Arrow has them; a column of which nothing is known is text."""
    fields = pa.Schema.from_pandas(table.iloc[:0], preserve_index=False).remove_metadata()
    known = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in fields]
    return pa.schema([*known, pa.field(GEOMETRY, pa.binary())])


def _batches(table: Frame, schema: pa.Schema, shapes: gpd.GeoSeries, kind: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows with their shapes as WKB; a shape that stands in several rows is worked on once."""
    own = shapes.to_numpy()
    _, first, again = np.unique([id(shape) for shape in own], return_index=True, return_inverse=True)
    once = _wkb(own[first], shapes.crs, kind)[again] if len(first) < len(own) else None
    points = np.cumsum(shapely.get_num_coordinates(own))
    for rows in np.split(np.arange(len(own)), np.flatnonzero(np.diff(points // POINTS_AT_ONCE)) + 1):
        drawn = _wkb(own[rows], shapes.crs, kind) if once is None else once[rows]
        said = pa.Table.from_pandas(table.iloc[rows].assign(**{GEOMETRY: drawn}), schema, preserve_index=False)
        yield from said.combine_chunks().to_batches()


def _wkb(shapes: Shapes, crs: CRS, kind: str) -> Shapes:
    """Return shapes in EPSG:4490, flat, of the layer's type, as WKB."""
    moved = shapely.force_2d(gpd.GeoSeries(shapes, crs=crs).to_crs(OUT_CRS).to_numpy())
    for single, many in MULTI.items() if kind.startswith("Multi") else ():
        alone = np.flatnonzero(shapely.get_type_id(moved) == single)
        moved[alone] = many(moved[alone], indices=np.arange(len(alone)))
    return np.asarray(shapely.to_wkb(moved, flavor="iso"), dtype=object)


def _style_table(styles: Mapping[str, str]) -> Frame:
    """One row is a style as QGIS keeps it; it looks for an empty schema, not a missing one."""
    return pd.DataFrame({
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": list(styles),
        "f_geometry_column": GEOMETRY,
        "styleName": list(styles),
        "styleQML": list(styles.values()),
        "styleSLD": "",
        "useAsDefault": True,
        "description": "",
        "owner": "",
        "ui": None,
        "update_time": pd.Timestamp(STAMP),
    })
