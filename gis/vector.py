"""One layer out of a file: which reader, which encoding, which features could not be read."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.compute as pc
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from gis import archive, dbf
from gis.encoding import Encoding, detect

Frame: TypeAlias = pd.DataFrame
Reason = Literal["absent", "format", "no_layer", "several_layers", "incomplete", "damaged", "encoding", "zip"]

FORMAT = Encoding("utf-8", "format")
ARROW_TYPES = {"OFTString", "OFTInteger", "OFTInteger64", "OFTReal"}
READING = Lock()  # whose warnings are whose: Python catches those of all threads
ANY_BYTES = "ISO-8859-1"  # GDAL looks at headings even where none is asked for; this one never fails
UNNAMED = "wkb_geometry"  # what Arrow calls a geometry column that has no name
ONE_PART = bytes([1, 6, 0, 0, 0, 1, 0, 0, 0])  # so begins the WKB of a multipolygon of one part, which follows
MOST_BYTES = 2**31 - 1  # of one shape
CONTAINERS = (".gdb", ".shp", ".gpkg", ".geojson", ".json", ".parquet", ".geoparquet", ".fgb", ".gml", ".tab", ".mif")


class LayerUnreadable(ValueError):
    """A file, or a layer of it, that cannot be read.

    reason: absent, format (no driver knows it), no_layer (`detail` is the name asked for),
    several_layers (`detail` lists them; say which), incomplete (`detail` is the missing part, e.g.
    .shx or .dbf), damaged, encoding (unknown name), zip (`detail` says why).
    """

    def __init__(self, path: Path, reason: Reason, detail: str = "") -> None:
        self.path, self.reason, self.detail = path, reason, detail
        super().__init__(f"layer unreadable ({reason}): {path} {detail}")


class Read(NamedTuple):
    """What a reader gives: rows in file order, encoding, positions whose geometry or record is broken, warnings."""

    frame: Frame
    encoding: Encoding
    broken: tuple[int, ...] = ()
    damaged: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()


def layer_names(source: Path) -> tuple[str, ...]:
    """Layers with geometry in one unzipped source. Raises LayerUnreadable."""
    if reader_of(source) in (_shapefile, _parquet, _geojson):
        return (source.stem,)  # one layer each, and GDAL would read the whole of a GeoJSON to name it
    try:
        listed = pyogrio.list_layers(source)
    except DataSourceError as error:
        raise LayerUnreadable(source, "format") from error
    return tuple(str(name) for name, kind in listed if kind is not None)


def reader_of(source: Path) -> Callable[[Path, str, str | None], Read]:
    """The reader for a suffix; GDAL for every suffix not named."""
    return READERS.get(source.suffix.lower(), _gdal)


def _shapefile(source: Path, layer: str, encoding: str | None) -> Read:
    """Shapes by GDAL, attributes from the bytes of the .dbf."""
    for part in (".shx", ".dbf"):
        if not any(other.suffix.lower() == part for other in source.parent.glob(f"{_literal(source.stem)}.*")):
            raise LayerUnreadable(source, "incomplete", part)
    shapes = _shapes(source, layer)
    beside = next(p for p in source.parent.glob(f"{_literal(source.stem)}.*") if p.suffix.lower() == ".dbf")
    try:
        table = dbf.read(beside, encoding)
    except dbf.DbfDamaged as error:
        raise LayerUnreadable(source, "damaged", beside.name) from error
    drawn = shapes.frame.index
    rows = drawn.union(table.frame.index)
    lost = rows.difference(table.frame.index).union(rows.difference(drawn)).union(pd.Index(table.damaged, dtype=int))
    cells = _with_gaps(table.frame, rows)
    frame = gpd.GeoDataFrame(cells, geometry=shapes.frame.geometry.reindex(rows), crs=shapes.frame.crs)
    damaged = tuple(rows.get_indexer(lost).tolist())
    return shapes._replace(frame=frame.reset_index(drop=True), encoding=table.encoding, damaged=damaged)


def _shapes(source: Path, layer: str) -> Read:
    """The shapes alone; GDAL refuses them where the table beside them is cut short, so it is not shown that."""
    asked: dict[str, Any] = {"columns": [], "fid_as_index": True}
    try:
        return _gdal(source, layer, ANY_BYTES, **asked)
    except LayerUnreadable:
        with tempfile.TemporaryDirectory() as folder:
            for part in source.parent.glob(f"{_literal(source.stem)}.*"):
                if part.suffix.lower() in {".shp", ".shx", ".prj"}:
                    shutil.copyfile(part, Path(folder) / part.name)
            return _gdal(Path(folder) / source.name, layer, ANY_BYTES, **asked)


def _with_gaps(table: Frame, rows: pd.Index) -> Frame:
    """The records by row; whole numbers become text beside a gap, where pandas would round the long ones."""
    if rows.equals(table.index):
        return table
    return table.astype(dict.fromkeys(table.select_dtypes("integer"), "str")).reindex(rows)


def _geojson(source: Path, layer: str, encoding: str | None) -> Read:
    """GeoJSON is UTF-8 by its standard; one written in GB18030 is read as such, and it is reported."""
    del layer
    content = source.read_bytes()
    known = detect({(content, len(content) + 1)}, stated=encoding)
    if known.name == "utf-8":
        read = _gdal(source, None, None, DATE_AS_STRING="YES")
        return read._replace(encoding=known if encoding else FORMAT)
    text = content.decode(known.name, "replace").encode()
    return _gdal(text, None, None, DATE_AS_STRING="YES")._replace(encoding=known)


def _database(source: Path, layer: str, encoding: str | None) -> Read:
    """GeoPackage, geodatabase, FlatGeobuf: through Arrow, twice as fast, where it makes the same columns.

    That is, where all columns are text and numbers: dates and true-or-false come out otherwise.
    """
    try:
        info = pyogrio.read_info(source, layer=layer)
    except DataSourceError as error:
        raise LayerUnreadable(source, "format", str(error)) from error
    except DataLayerError as error:
        raise LayerUnreadable(source, "no_layer", layer) from error
    types = {kind.partition(":")[0] for kind in info["ogr_types"]}
    return _gdal(source, layer, encoding, arrow=types <= ARROW_TYPES and "OFSTJSON" not in info["ogr_subtypes"])


def _parquet(source: Path, layer: str, encoding: str | None) -> Read:
    del layer, encoding
    try:
        return Read(gpd.read_parquet(source, use_threads=False), FORMAT)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, ValueError) as error:
        raise LayerUnreadable(source, "format", str(error)) from error


def _gdal(
    source: Path | bytes, layer: str | None, encoding: str | None, *, arrow: bool = False, **options: Any
) -> Read:
    """Any format GDAL knows; features whose geometry GEOS refuses keep their row and lose the geometry."""
    asked = {"layer": layer, "encoding": encoding, **options}
    path = source if isinstance(source, Path) else Path("memory")
    with READING, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            by = _streamed if arrow else pyogrio.read_dataframe
            read = Read(by(source, **asked), FORMAT)
        except DataLayerError as error:
            raise LayerUnreadable(path, "no_layer", layer or "") from error
        except DataSourceError as error:
            raise LayerUnreadable(path, "format", str(error)) from error
        except shapely.errors.GEOSException:
            read = _without_broken(source, asked)
    return read._replace(remarks=tuple(dict.fromkeys(str(one.message) for one in said)))


def _streamed(source: Path | bytes, **asked: Any) -> Frame:
    """What pyogrio.read_dataframe reads through Arrow, lot by lot: the bytes of all shapes never lie there at once.

    Of a multipolygon of one part, as which GeoPackage keeps every polygon, only the part becomes a shape.
    """
    cells, shapes = [], [np.empty(0, object)]
    with pyogrio.raw.open_arrow(source, use_pyarrow=True, **asked) as (meta, lots):
        name = meta["geometry_name"] or UNNAMED
        for lot in lots:
            wkb = lot.column(name)
            part = pc.binary_slice(wkb, len(ONE_PART), MOST_BYTES)
            lone = pc.if_else(pc.starts_with(wkb, ONE_PART), part, wkb)
            shapes.append(shapely.from_wkb(lone.to_numpy(zero_copy_only=False)))
            cells.append(lot.drop_columns([name]))
        schema = lots.schema.remove(lots.schema.get_field_index(name))
    # Several lots (an empty one makes several) are put together as a copy: a lot of GDAL's holds the bytes of its
    # shapes as long as any cell of it is used.
    whole = pyarrow.concat_tables([schema.empty_table(), pyarrow.Table.from_batches(cells, schema)])
    frame = whole.combine_chunks().to_pandas()
    return gpd.GeoDataFrame(frame, geometry=np.concatenate(shapes), crs=meta["crs"])


def _without_broken(source: Path | bytes, asked: dict[str, Any]) -> Read:
    """Read again past the broken features; which they are is told by their bytes being there."""
    frame = pyogrio.read_dataframe(source, on_invalid="ignore", **asked)
    raw = pyogrio.raw.read(source, layer=asked["layer"], columns=[])[2]
    there = np.array([wkb is not None for wkb in raw])
    lost = there & shapely.is_missing(np.asarray(frame.geometry.array, dtype=object))
    return Read(frame, FORMAT, tuple(int(i) for i in np.flatnonzero(lost)))


def _literal(stem: str) -> str:
    """A file stem with glob's special characters taken literally."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in stem)


def unzipped(path: Path, into: Path) -> list[Path]:
    """The vector sources in a zip, unpacked below `into`; a .gdb folder is one. Raises LayerUnreadable."""
    try:
        files = archive.unpack(path, into)
    except archive.ZipUnsafe as error:
        raise LayerUnreadable(path, "zip", error.reason) from error
    databases = {parent for file in files for parent in file.parents if parent.suffix.lower() == ".gdb"}
    loose = [f for f in files if f.suffix.lower() in CONTAINERS and not databases.intersection(f.parents)]
    return [*sorted(databases), *loose]


READERS: dict[str, Callable[[Path, str, str | None], Read]] = {
    ".shp": _shapefile,
    ".gpkg": _database,
    ".gdb": _database,
    ".fgb": _database,
    ".geojson": _geojson,
    ".json": _geojson,
    ".parquet": _parquet,
    ".geoparquet": _parquet,
}
