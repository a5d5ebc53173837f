"""GeoParquet by the row group: where each group lies, which groups a box needs, and their polygons as arrays.

A file larger than memory is read in batches, and a box reads only the groups that touch it, where the file
says where its groups lie (a `bbox` covering of GeoParquet 1.1 with statistics; `write` makes one).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from gis import crs as systems
from gis import wkb
from gis.element import Floats, Ints, Shapes
from gis.threads import count

ROWS_AT_ONCE = 8_192
ROWS_IN_A_GROUP = 20_000
PAGE_BYTES = 1 << 20
CORNERS_AT_ONCE = 4_000_000
EDGES = ("xmin", "ymin", "xmax", "ymax")
VALID = b"mujian.valid"  # written by us after repair: no need to look again


class NotGeoParquet(ValueError):
    """A Parquet file without GeoParquet's metadata, or with a column asked for that it lacks (`column`)."""

    def __init__(self, path: object, column: str = "") -> None:
        self.path, self.column = path, column
        super().__init__(f"not GeoParquet: {path} {column}".strip())


@dataclass(frozen=True)
class Source:
    """A GeoParquet file as far as its footer tells."""

    path: Path
    geometry: str
    crs: CRS
    rows: int
    groups: Floats  # (row groups, 4) the box of each; NaN where the file does not say
    valid: bool


class Batch(NamedTuple):
    """Some rows: where they are in the file, their columns, their polygons."""

    row: Ints
    columns: pa.Table
    polygons: wkb.Polygons


def opened(path: Path, columns: Sequence[str] = ()) -> Source:
    """What the footer of a file says; no row is read. Raises NotGeoParquet, CrsMissing, OSError."""
    try:
        footer = pq.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise NotGeoParquet(path) from error
    for column in columns:
        if column not in footer.schema.to_arrow_schema().names:
            raise NotGeoParquet(path, column)
    geometry, meta = column_of(footer.metadata, path)
    groups = np.array([_box(footer.row_group(i), meta.get("covering")) for i in range(footer.num_row_groups)])
    valid = (footer.metadata or {}).get(VALID) == b"true"
    return Source(path, geometry, crs_of(meta, path), footer.num_rows, groups.reshape(-1, 4), valid)


def column_of(metadata: dict[bytes, bytes] | None, path: object) -> tuple[str, dict[str, Any]]:
    """The name of the geometry column and what the metadata says of it. Raises NotGeoParquet."""
    said = json.loads((metadata or {}).get(b"geo", b"{}"))
    name = said.get("primary_column")
    if name is None or name not in said.get("columns", {}):
        raise NotGeoParquet(path)
    return str(name), said["columns"][name]


def crs_of(meta: dict[str, Any], path: object) -> CRS:
    """The CRS of a column; none said is lon/lat by GeoParquet's own rule, null is unknown. Raises CrsMissing."""
    said = meta.get("crs", "OGC:CRS84")
    if said is None:
        raise systems.CrsMissing(Path(str(path)))
    return systems.read(CRS.from_user_input(said))


def read(source: Source, columns: Sequence[str]) -> Batch:
    """All rows, for a file that fits the memory: bytes become polygons while the next ones are being read."""
    with ThreadPoolExecutor(count()) as pool:
        parts = [pool.submit(_batch, *lot, source.geometry) for lot in _tables(source, columns, needed(source, None))]
        return together([part.result() for part in parts])


def batches(
    source: Source, columns: Sequence[str], box: Floats | None = None, groups: Sequence[int] | None = None
) -> Iterator[Batch]:
    """The rows of the file, or of some row groups, some thousand at once; with a box only those whose own meets it."""
    for at, table in _tables(source, columns, needed(source, box) if groups is None else groups):
        batch = _batch(at, table, source.geometry)
        yield batch if box is None else taken(batch, np.flatnonzero(meets(batch.polygons.box, box)))


def _tables(source: Source, columns: Sequence[str], groups: Sequence[int] | Ints) -> Iterator[tuple[int, pa.Table]]:
    """The columns and the geometry of some row groups, some thousand rows at once, and where these begin.

    Never by pyarrow's own threads, which may abort the process as it ends.
    """
    wanted = [*dict.fromkeys(columns), source.geometry]
    with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=PAGE_BYTES) as file:
        start = np.cumsum([0, *(file.metadata.row_group(i).num_rows for i in range(file.num_row_groups))])
        for group in groups:
            at = int(start[group])
            for part in file.iter_batches(ROWS_AT_ONCE, row_groups=[int(group)], columns=wanted, use_threads=False):
                yield at, pa.Table.from_batches([part])
                at += part.num_rows


def needed(source: Source, box: Floats | None) -> Ints:
    """The row groups that may hold something in the box: those that meet it, and those that do not say."""
    if box is None:
        return np.arange(len(source.groups))
    return np.flatnonzero(np.isnan(source.groups[:, 0]) | meets(source.groups, box))


def meets(boxes: Floats, box: Floats) -> Any:
    """Which boxes (n, 4) touch a box (4,); one of NaN touches nothing."""
    low = (boxes[:, :2] <= box[2:]).all(axis=1)
    return low & (boxes[:, 2:] >= box[:2]).all(axis=1)


def taken(batch: Batch, at: Ints) -> Batch:
    """The rows of a batch at some positions."""
    if len(at) == len(batch.row):
        return batch
    return Batch(batch.row[at], batch.columns.take(at), wkb.taken(batch.polygons, at))


def together(parts: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    row = np.concatenate([part.row for part in parts])
    return Batch(row, pa.concat_tables(part.columns for part in parts), wkb.together([part.polygons for part in parts]))


def write(path: Path, frame: gpd.GeoDataFrame, *, valid: bool = False, rows: int = ROWS_IN_A_GROUP) -> None:
    """Write near polygons near each other, with the box of each row and group beside them.

    valid: the polygons have been through gis.repair, and nobody needs to look again.
    """
    drawn = (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy()
    along = np.full(len(frame), np.inf)
    along[drawn] = frame.geometry[drawn].hilbert_distance()
    near = frame.iloc[np.argsort(along, kind="stable")]
    near.to_parquet(path, index=False, write_covering_bbox=True, schema_version="1.1.0", row_group_size=rows)
    if valid:
        _marked(path)


def table(columns: dict[str, Any], shapes: Shapes, crs: CRS) -> pa.Table:
    """Columns and polygons (n,) as a table that is GeoParquet 1.1 once it is written, with the box of each row."""
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    edges = [pa.array(side) for side in shapely.bounds(shapes).T]
    box = pa.StructArray.from_arrays(edges, names=list(EDGES), mask=pa.array(~drawn))
    geometry = pa.array(shapely.to_wkb(shapes), pa.binary(), mask=~drawn)
    said = {
        "encoding": "WKB",
        "geometry_types": ["Polygon", "MultiPolygon"],
        "crs": crs.to_json_dict(),
        "covering": {"bbox": {edge: ["bbox", edge] for edge in EDGES}},
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": said}}
    made = pa.table({**columns, "geometry": geometry, "bbox": box})
    return made.replace_schema_metadata({b"geo": json.dumps(geo, ensure_ascii=False).encode()})


def write_in_order(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write rows as they come, a few million corners at a time: all shapes as WKB beside the shapes is too much.

    A shape that stands in many rows counts once, and its rows stay in one row group, which stores it once.
    """
    name, shapes = frame.geometry.name, frame.geometry.to_numpy()
    table = pd.DataFrame(frame).assign(**{name: None})
    schema = pa.Schema.from_pandas(table, preserve_index=False)
    field, said = _as_geopandas(frame)
    schema = schema.set(schema.get_field_index(name), field).with_metadata({**schema.metadata, b"geo": said})
    _, first, shape = np.unique([id(one) for one in shapes], return_index=True, return_inverse=True)
    corners = np.zeros(len(frame), dtype=np.int64)
    corners[first] = shapely.get_num_coordinates(shapes[first])
    groups = np.cumsum(corners) // CORNERS_AT_ONCE
    with pq.ParquetWriter(path, schema) as out:
        for rows in np.split(np.arange(len(frame)), np.flatnonzero(np.diff(groups)) + 1):
            _, at, again = np.unique(shape[rows], return_index=True, return_inverse=True)
            drawn = shapely.to_wkb(shapes[rows[at]], flavor="iso")[again]
            out.write_table(pa.Table.from_pandas(table.iloc[rows].assign(**{name: drawn}), schema))


def _as_geopandas(frame: gpd.GeoDataFrame) -> tuple[pa.Field, bytes]:
    """Return the field and metadata of the shapes as geopandas writes them, who is shown one shape of each type."""
    shapes = frame.geometry.to_numpy()
    _, first = np.unique(shapely.get_type_id(shapes) + 8 * shapely.has_z(shapes), return_index=True)
    beside = io.BytesIO()
    frame[[frame.geometry.name]].iloc[np.sort(first)].to_parquet(beside, index=False)
    schema = pq.read_schema(beside)
    said = json.loads(schema.metadata[b"geo"])
    column = said["columns"][said["primary_column"]]
    if "bbox" in column:
        column["bbox"] = frame.total_bounds.tolist()
    return schema.field(frame.geometry.name), json.dumps(said).encode()


def _marked(path: Path) -> None:
    """Say in the footer that the polygons are valid, group by group."""
    beside = path.with_suffix(".marking")
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow.with_metadata({**file.schema_arrow.metadata, VALID: b"true"})
        with pq.ParquetWriter(beside, schema) as out:
            for group in range(file.num_row_groups):
                out.write_table(file.read_row_group(group).cast(schema), row_group_size=file.metadata.num_rows)
    beside.replace(path)


def _batch(at: int, table: pa.Table, geometry: str) -> Batch:
    row = np.arange(at, at + table.num_rows)
    return Batch(row, table.drop_columns([geometry]), wkb.polygons(table[geometry]))


def _box(group: Any, covering: dict[str, Any] | None) -> list[float]:
    """The box of a row group by the statistics of its covering columns; NaN where there are none."""
    if not covering:
        return [np.nan] * 4
    paths = {".".join(covering["bbox"][edge]): edge for edge in EDGES}
    found = {}
    for i in range(group.num_columns):
        column = group.column(i)
        edge = paths.get(column.path_in_schema)
        if edge and column.statistics is not None and column.statistics.has_min_max:
            found[edge] = column.statistics.min if edge.endswith("min") else column.statistics.max
    return [found.get(edge, np.nan) for edge in EDGES]
