"""The province on Spark, read from and written to any Hadoop path: the same cells and the same function.

Files that every machine opens by their path are not Spark's business: a worker reads its own cell. What only Hadoop
reaches is read by Spark and grouped by cell. Not by mapInArrow over hash partitions: a polygon that is copied to
several cells would meet its neighbours once in each cell of the partition, and be counted twice.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from gis import geoparquet, province, squares, threads, wkb
from gis.element import Ints
from gis.province import Asked, Counted, Work
from gis.shares import Layer
from gis.spark import quiet
from gis.squares import Cell

ROW = "layer long, file string, row long, key string, wkb binary, cell long"
SQUARE = "square long, vertices long, xmin double, ymin double, xmax double, ymax double"
PART = "cell long, content binary"
SHAPE = pa.schema([
    ("layer", pa.int64()), ("file", pa.string()), ("row", pa.int64()),
    ("key", pa.string()), ("wkb", pa.binary()), ("cell", pa.int64()),
])  # fmt: skip


class Told(NamedTuple):
    """What the footer of the first file of a path says."""

    geometry: str
    crs: CRS
    covering: dict[str, list[str]] | None
    valid: bool


def run(engine: Any, asked: Asked, out: str) -> Counted:
    """As gis.province.run; the answer goes to a Hadoop path, through the driver part by part."""
    with quiet():
        session = engine.session
        own = [_own(session, path) for path in (out, *(path for path, _ in asked.layers()))]
        if all(own):
            return province.by_path(engine, asked.at(*own[1:]), Path(own[0]))
        place = _place(session, out)
        told = [_told(session, path) for path, _ in asked.layers()]
        crs = province.one_crs([each.crs for each in told])
        tables = [_opened(session, path, key, each) for (path, key), each in zip(asked.layers(), told, strict=True)]
        found = _surveyed(tables[0], crs)
        cells = squares.planned(found, crs, province.room(engine, int(found["vertices"].sum()))[0])
        laid = [
            _spread(table, number, each, cells, crs)
            for number, (table, each) in enumerate(zip(tables, told, strict=True))
        ]
        rows = laid[0]
        for more in laid[1:]:
            rows = rows.unionByName(more)
        wkt, valid = crs.to_wkt(), [each.valid for each in told]
        parts = rows.repartition(max(1, len(cells)), "cell").groupBy("cell")
        done = parts.applyInArrow(lambda rows: _part(asked.work, wkt, valid, rows), PART)  # it refuses a partial
        return _written(place, _fetched(engine, done))


def _fetched(engine: Any, done: Any) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each part; partitions are computed side by side and held only as they are asked for."""
    rows, context = done.rdd, engine.session.sparkContext
    for lot in engine.jobs(lambda at: context.runJob(rows, list, [at]), range(rows.getNumPartitions())):
        yield from ((row.cell, bytes(row.content)) for row in lot)


def _own(session: Any, path: str) -> str:
    """The path by which every machine opens a file itself; empty where only Hadoop can."""
    jvm, conf = session._jvm, session._jsc.hadoopConfiguration()  # noqa: SLF001 - PySpark has no other way to Hadoop
    at = jvm.org.apache.hadoop.fs.Path(path)
    return str(at.toUri().getPath()) if at.getFileSystem(conf).getUri().getScheme() == "file" else ""


def _told(session: Any, path: str) -> Told:
    """The GeoParquet metadata of a path, read by Hadoop, so that any file system will do. Raises NotGeoParquet."""
    jvm, conf = session._jvm, session._jsc.hadoopConfiguration()  # noqa: SLF001
    first = _first(jvm, conf, path)
    if first is None:
        raise geoparquet.NotGeoParquet(path)
    file = jvm.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(first, conf)
    reader = jvm.org.apache.parquet.hadoop.ParquetFileReader.open(file)
    said = dict(reader.getFooter().getFileMetaData().getKeyValueMetaData())
    reader.close()
    metadata = {key.encode(): value.encode() for key, value in said.items()}
    geometry, meta = geoparquet.column_of(metadata, path)
    covering = meta.get("covering", {}).get("bbox")
    return Told(geometry, geoparquet.crs_of(meta, path), covering, metadata.get(geoparquet.VALID) == b"true")


def _first(jvm: Any, conf: Any, path: str) -> Any:
    """The first .parquet file at or below a path, in the order of names."""
    at = jvm.org.apache.hadoop.fs.Path(path)
    files = at.getFileSystem(conf)
    if not files.exists(at):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    listed = files.listFiles(at, True)
    found = []
    while listed.hasNext():
        found.append(listed.next().getPath())
    return min((one for one in found if one.getName().endswith(".parquet")), key=str, default=None)


def _opened(session: Any, path: str, key: str, told: Told) -> Any:
    """Rows of a layer: file, row, key, geometry, and the covering box where there is one."""
    table = session.read.option("recursiveFileLookup", "true").parquet(path)
    if key not in table.columns:
        raise geoparquet.NotGeoParquet(path, key)
    kept = {"file": table["_metadata.file_path"], "row": table["_metadata.row_index"]}
    box = {edge: table[".".join(told.covering[edge])] for edge in geoparquet.EDGES} if told.covering else {}
    columns = {**kept, "key": table[key].cast("string"), "geometry": table[told.geometry], **box}
    return table.select(*(column.alias(name) for name, column in columns.items()))


def _surveyed(parcels: Any, crs: CRS) -> pd.DataFrame:
    counted = parcels.select("geometry").mapInArrow(partial(_counts, crs.to_wkt()), SQUARE)
    how = {"vertices": "sum", "xmin": "min", "ymin": "min", "xmax": "max", "ymax": "max"}
    whole = counted.groupBy("square").agg(how).toArrow()
    names = {f"{what}({name})": name for name, what in how.items()}
    return squares.merged(whole.rename_columns([names.get(name, name) for name in whole.column_names]).to_pandas())


def _counts(crs: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    known = CRS.from_wkt(crs)
    for batch in batches:
        counted = squares.counted(wkb.polygons(batch.column(0)), known)
        yield pa.RecordBatch.from_pandas(counted[["square", "vertices", *squares.LIMITS]], preserve_index=False)


def _spread(table: Any, number: int, told: Told, cells: list[Cell], crs: CRS) -> Any:
    """Each parcel in its one cell; each polygon of the other layers in every cell whose parcels it may touch."""
    if number and told.covering and cells:
        low = np.fmin.reduce([cell.box[:2] for cell in cells])
        high = np.fmax.reduce([cell.box[2:] for cell in cells])
        near = (table["xmax"] >= low[0]) & (table["ymax"] >= low[1])
        table = table.where(near & (table["xmin"] <= high[0]) & (table["ymin"] <= high[1]))
    numbers = np.repeat([cell.number for cell in cells], [len(cell.squares) for cell in cells])
    known = np.concatenate([cell.squares for cell in cells]) if cells else np.zeros(0, np.int64)
    order = np.argsort(known)
    boxes = np.array([cell.box for cell in cells]).reshape(-1, 4)
    place = (
        partial(_near, boxes)
        if number
        else partial(_at_home, known[order], numbers.astype(np.int64)[order], crs.to_wkt())
    )
    return table.select("file", "row", "key", "geometry").mapInArrow(partial(_placed, number, place), ROW)


def _at_home(known: Ints, numbers: Ints, crs: str, polygons: wkb.Polygons) -> tuple[Ints, Ints]:
    square = squares.squared(polygons.box, CRS.from_wkt(crs))
    return np.arange(len(square)), numbers[np.searchsorted(known, square)]


def _near(boxes: Any, polygons: wkb.Polygons) -> tuple[Ints, Ints]:
    tree = shapely.STRtree(shapely.box(*boxes.T))
    at, cell = tree.query(shapely.box(*polygons.box.T))
    return at, cell


def _placed(
    number: int, place: Callable[[wkb.Polygons], tuple[Ints, Ints]], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Rows with the cell they belong to, once for each cell."""
    for batch in batches:
        geometry = batch.column(3)
        polygons = wkb.polygons(geometry)
        if not pa.types.is_binary(geometry.type):
            geometry = pa.array(shapely.to_wkb(wkb.shapes(polygons)), pa.binary())
        at, cell = place(polygons)
        where = pa.array(at)
        layer = pa.array(np.full(len(at), number))
        moved = [batch.column(i).take(where) for i in range(3)]
        yield pa.RecordBatch.from_arrays([layer, *moved, geometry.take(where), pa.array(cell)], schema=SHAPE)


def _part(work: Work, crs: str, valid: list[bool], rows: pa.Table) -> pa.Table:
    """One cell: the same function on the same rows in the same order as anywhere else."""
    threads.limit(1)
    rows = rows.sort_by([("layer", "ascending"), ("file", "ascending"), ("row", "ascending")])
    layers = [_layer(rows.filter(pc.equal(rows["layer"], number)), known) for number, known in enumerate(valid)]
    content = province.content([work(*province.three_of(layers), CRS.from_wkt(crs))])
    return pa.table({"cell": [rows["cell"][0].as_py()], "content": pa.array([content], pa.binary())})


def _layer(rows: pa.Table, valid: bool) -> Layer:  # noqa: FBT001
    """`row` counts within the cell: files in the order of their names, rows in that of the file."""
    return Layer(np.arange(rows.num_rows), rows["key"].combine_chunks(), wkb.polygons(rows["wkb"]), valid)


class Place(NamedTuple):
    """Where the answer goes, and where it is written until it is whole."""

    jvm: Any
    files: Any
    folder: Any
    beside: Any


def _place(session: Any, out: str) -> Place:
    """The folder of the answer on its file system. Raises Foreign."""
    jvm, conf = session._jvm, session._jsc.hadoopConfiguration()  # noqa: SLF001
    folder = jvm.org.apache.hadoop.fs.Path(out)
    files = folder.getFileSystem(conf)
    files.setWriteChecksum(False)  # no .crc beside each part: the folder is the same on every engine
    there = files.listStatus(folder) if files.exists(folder) else []
    province.refuse_foreign(out, [one.getPath().getName() for one in there])
    return Place(jvm, files, folder, jvm.org.apache.hadoop.fs.Path(folder.getParent(), f".{folder.getName()}.writing"))


def _written(place: Place, parts: Iterable[tuple[int, bytes]]) -> Counted:
    """Write the parts beside and put them in place of what was there."""
    place.files.delete(place.beside, True)
    place.files.mkdirs(place.beside)
    counts = Counted(0, 0, 0.0)
    for number, content in parts:
        stream = place.files.create(place.jvm.org.apache.hadoop.fs.Path(place.beside, province.name(number)))
        stream.write(bytearray(content))
        stream.close()
        counts = province.added(counts, content)
    place.files.delete(place.folder, True)
    place.files.rename(place.beside, place.folder)
    return counts
