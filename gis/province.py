"""A province by cells: parcel × class × zone over GeoParquet that need not fit the memory.

Parcels are counted by squares of a kilometre; near squares make a cell until it is full. A parcel belongs to
the square of its centre. For each cell the row groups that touch it are read from every layer, and one function
(gis/shares.py) does the rest, so that a part of the answer is the same file whoever computed it.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from gis import engines, geoparquet, wkb
from gis.crs import CrsDiffer
from gis.element import Floats, Ints
from gis.geoparquet import Batch, Source
from gis.shares import Layer, shares

Frame: TypeAlias = pd.DataFrame

SQUARE_METRES_SIDE, SQUARE_DEGREES_SIDE = 1_000.0, 0.01
COLUMNS = 1 << 31  # more than there are squares across: one number names a square
UNDRAWN = np.iinfo(np.int64).min  # the square of parcels without a drawing
PART = re.compile(r"part-\d{5,}\.parquet")
LOTS = 4  # of row groups for each lane to count: enough that none is idle at the end
LIMITS = ["xmin", "ymin", "xmax", "ymax"]


class Foreign(ValueError):
    """The folder to be replaced holds a file that is no part of an earlier answer."""

    def __init__(self, path: object, name: str) -> None:
        self.path, self.name = path, name
        super().__init__(f"not ours: {path}: {name}")


@dataclass(frozen=True)
class Asked:
    """The three layers and the column that names each row; `zones` may be left out."""

    parcels: str
    use: str
    zones: str | None = None
    parcel_id: str = "parcel_id"
    class_: str = "code"
    zone_id: str = "zone_id"

    def layers(self) -> list[tuple[str, str]]:
        """Path and key column of each layer there is."""
        known = [(self.parcels, self.parcel_id), (self.use, self.class_)]
        return known if self.zones is None else [*known, (self.zones, self.zone_id)]

    def at(self, parcels: str, use: str, zones: str | None = None) -> Asked:
        """The same of layers that lie elsewhere."""
        return replace(self, parcels=parcels, use=use, zones=zones)


class Cell(NamedTuple):
    """One part of the answer: its number, its squares (sorted), the box of its parcels, and what it may hold."""

    number: int
    squares: Ints
    box: Floats
    vertices: int


class Counted(NamedTuple):
    """What was written: parts, rows, and the ground in them [m²]."""

    parts: int
    rows: int
    area_m2: float


def run(asked: Asked, out: str) -> Counted:
    """Write part-00000.parquet … of gis.shares.SCHEMA into a folder that is replaced whole or not at all.

    By the engine in force; Spark reads and writes any Hadoop path. Raises NotGeoParquet, CrsMissing, CrsDiffer,
    NotPolygonColumn, Foreign, OSError.
    """
    engine = engines.current()
    if isinstance(engine, engines.Local | engines.Processes):
        return by_path(engine, asked, Path(out))
    from gis.province_spark import run as on_spark

    return on_spark(engine, asked, out)


def by_path(engine: engines.Engine, asked: Asked, out: Path) -> Counted:
    """The same where every worker opens the files itself: a cell goes out as its squares and comes back as a part."""
    refuse_foreign(out, [path.name for path in out.iterdir()] if out.exists() else [])
    layers = [(opened(Path(path), key), key) for path, key in asked.layers()]
    crs = one_crs([source[0].crs for source, _ in layers])
    squares = _surveyed(engine, layers[0][0], crs)
    whole = int(squares["vertices"].sum())
    usual, most = room(engine, whole)
    cells = planned(squares, crs, usual)
    beside = out.with_name(f".{out.name}.writing")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    counts = Counted(0, 0, 0.0)
    for number, content in engine.over(partial(_part, layers, most), cells):
        (beside / name(number)).write_bytes(content)
        counts = added(counts, content)
    shutil.rmtree(out, ignore_errors=True)
    beside.rename(out)
    return counts


def room(engine: engines.Engine, whole: int) -> tuple[int, int]:
    """Vertices of parcels that a cell should have, and of all layers that it may have: half is for what lies under."""
    usual, most = engines.vertices(engine, whole)
    if engine.memory is None:
        most = 2 * engines.VERTICES_IN_A_CELL
    return max(1, min(usual, most // 2)), most


def refuse_foreign(out: object, names: Sequence[str]) -> None:
    """A folder is replaced only if it is an earlier answer. Raises Foreign."""
    for one in names:
        if not PART.fullmatch(one):
            raise Foreign(out, one)


def name(number: int) -> str:
    """The file of a part."""
    return f"part-{number:05}.parquet"


def added(counts: Counted, content: bytes) -> Counted:
    """The counts with one more part."""
    with pq.ParquetFile(pa.BufferReader(content)) as file:
        table = file.read(["area_m2"], use_threads=False)  # a scan in threads may abort the process as it ends
    area = pc.sum(table["area_m2"]).as_py() or 0.0
    whole = round(counts.area_m2 + area, 4)  # parts come in any order
    return Counted(counts.parts + 1, counts.rows + table.num_rows, whole)


def content(table: pa.Table) -> bytes:
    """A part as the bytes of its file."""
    out = io.BytesIO()
    pq.write_table(table.drop_columns(["row"]), out, compression="zstd")
    return out.getvalue()


def opened(path: Path, key: str) -> list[Source]:
    """The file, or every .parquet file of a folder in the order of their names. Raises NotGeoParquet, OSError."""
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise geoparquet.NotGeoParquet(path)
    return [geoparquet.opened(file, [key]) for file in files]


def one_crs(known: Sequence[CRS]) -> CRS:
    """The CRS of all layers. Raises CrsDiffer."""
    for other in known[1:]:
        if other != known[0]:
            raise CrsDiffer(known[0], other)
    return known[0]


def squared(box: Floats, crs: CRS) -> Ints:
    """The square in which the centre of each box (n, 4) lies; UNDRAWN for a box of NaN."""
    side = SQUARE_DEGREES_SIDE if crs.is_geographic else SQUARE_METRES_SIDE
    known = ~np.isnan(box[:, 0])
    out = np.full(len(box), UNDRAWN)
    x, y = np.floor((box[known, :2] + box[known, 2:]) / 2 / side).astype(np.int64).T
    out[known] = x * COLUMNS + y
    return out


def counted(polygons: wkb.Polygons, crs: CRS) -> Frame:
    """One row is a square of some polygons: square, vertices, LIMITS of their boxes."""
    laid = polygons.rings
    vertices = np.bincount(laid.owner, np.diff(laid.start), len(polygons.box)).astype(np.int64)
    frame = pd.DataFrame(polygons.box, columns=LIMITS).assign(square=squared(polygons.box, crs), vertices=vertices)
    return merged(frame)


def merged(frame: Frame) -> Frame:
    """The counts of equal squares as one, in the order of squares."""
    how = {"vertices": "sum", "xmin": "min", "ymin": "min", "xmax": "max", "ymax": "max"}
    return frame.groupby("square", as_index=False).agg(how)


def _surveyed(engine: engines.Engine, sources: list[Source], crs: CRS) -> Frame:
    groups = [(source, group) for source in sources for group in range(len(source.groups))]
    cuts = np.linspace(0, len(groups), min(len(groups), LOTS * engine.lanes) + 1).astype(int)
    found = engine.over(partial(_counted, crs), [groups[low:high] for low, high in pairwise(cuts.tolist())])
    return merged(pd.concat([counted(wkb.none(), crs), *found], ignore_index=True))


def _counted(crs: CRS, lot: list[tuple[Source, int]]) -> Frame:
    """The squares of some row groups."""
    read = (batch for source, group in lot for batch in geoparquet.batches(source, [], groups=[group]))
    found = [counted(batch.polygons, crs) for batch in read]
    return merged(pd.concat([counted(wkb.none(), crs), *found], ignore_index=True))


def planned(squares: Frame, crs: CRS, vertices: int) -> list[Cell]:
    """Near squares together along a Hilbert curve until a cell has its vertices; undrawn parcels are in the first."""
    if squares.empty:
        return []
    x, y = squares["square"].to_numpy() // COLUMNS, squares["square"].to_numpy() % COLUMNS
    drawn = squares["square"].to_numpy() != UNDRAWN
    order = np.flatnonzero(drawn)
    if len(order):
        centre = gpd.GeoSeries(shapely.points(x[order], y[order]))
        order = order[np.argsort(centre.hilbert_distance().to_numpy(), kind="stable")]
    order = np.r_[np.flatnonzero(~drawn), order]
    total = np.cumsum(squares["vertices"].to_numpy()[order])
    cuts = np.flatnonzero(np.diff((np.maximum(total, 1) - 1) // vertices)) + 1
    return [_cell(n, squares.iloc[np.sort(at)]) for n, at in enumerate(np.split(order, cuts))]


def _cell(number: int, squares: Frame) -> Cell:
    box = np.r_[squares[LIMITS[:2]].min().to_numpy(), squares[LIMITS[2:]].max().to_numpy()]
    return Cell(number, squares["square"].to_numpy(), box, int(squares["vertices"].sum()))


def _part(layers: list[tuple[list[Source], str]], most: int, cell: Cell) -> tuple[int, bytes]:
    """One part of the answer, read and computed."""
    crs = layers[0][0][0].crs
    tables = [shares(*three, crs) for three in _read(layers, most, cell, crs)]
    return cell.number, content(in_order(pa.concat_tables(tables)))


def in_order(table: pa.Table) -> pa.Table:
    """The rows of a part in the order in which every engine writes them."""
    return table.sort_by([(key, "ascending") for key in ("row", "zone_id", "class")])


def _read(
    layers: list[tuple[list[Source], str]], most: int, cell: Cell, crs: CRS
) -> Iterator[tuple[Layer, Layer, Layer]]:
    """The three layers of a cell; of its two halves, and so on, where together they are more than allowed."""
    parcels = _layer(*layers[0], cell.box, crs, cell.squares)
    box = parcels.polygons.box
    around = np.r_[np.fmin.reduce(box[:, :2], initial=np.inf), np.fmax.reduce(box[:, 2:], initial=-np.inf)]
    three, room = [parcels], most - len(parcels.polygons.rings.xy)
    for sources, key in layers[1:]:
        layer = _layer(sources, key, around, crs, room=room if len(cell.squares) > 1 else None)
        room -= len(layer.polygons.rings.xy)
        if room < 0 and len(cell.squares) > 1:
            for half in np.array_split(cell.squares, 2):
                yield from _read(layers, most, cell._replace(squares=half), crs)
            return
        three.append(layer)
    yield three_of(three)


def three_of(layers: list[Layer]) -> tuple[Layer, Layer, Layer]:
    """Parcels, use and zones; no zones where none were given."""
    parcels, use, *zones = layers
    return parcels, use, zones[0] if zones else NO_ZONES


def _layer(
    sources: list[Source], key: str, box: Floats, crs: CRS, squares: Ints | None = None, room: int | None = None
) -> Layer:
    """The rows of a layer that meet a box, or lie in some squares; reading stops where there is no more room."""
    start = np.cumsum([0, *(source.rows for source in sources)])
    found: list[Batch] = []
    for first, source in zip(start, sources, strict=False):
        undrawn = squares is not None and squares[0] == UNDRAWN
        for batch in geoparquet.batches(source, [key], None if undrawn else box):
            mine = batch
            if squares is not None:
                mine = geoparquet.taken(batch, np.flatnonzero(np.isin(squared(batch.polygons.box, crs), squares)))
            found.append(mine._replace(row=mine.row + first))
            if room is not None:
                room -= len(mine.polygons.rings.xy)
                if room < 0:
                    break
    valid = all(source.valid for source in sources)
    if not found:
        return NO_ZONES._replace(valid=valid)
    whole = geoparquet.together(found)
    return Layer(whole.row, keyed(whole.columns[key]), whole.polygons, valid)


def keyed(column: pa.ChunkedArray) -> pa.Array:
    """Keys as text, whatever they are in the file."""
    text: pa.Array = column.cast(pa.string()).combine_chunks()
    return text


NO_ZONES = Layer(np.zeros(0, np.int64), pa.array([], pa.string()), wkb.none(), valid=True)
