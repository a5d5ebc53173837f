"""A province by cells: parcel × class × zone over GeoParquet that need not fit the memory.

A parcel belongs to the square of its centre, near squares to a cell (gis/squares.py). For each cell the row groups
that touch it are read from every layer, and one function (gis/shares.py, gis/drawn.py) does the rest, so that a part
of the answer is the same file whoever computed it.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyproj import CRS

from gis import drawn, engines, geoparquet, shares, wkb
from gis.crs import CrsDiffer
from gis.element import Floats, Ints
from gis.geoparquet import Batch, Source
from gis.shares import Layer
from gis.squares import UNDRAWN, Cell, counted, merged, planned, squared

Frame: TypeAlias = pd.DataFrame
Work: TypeAlias = Callable[[Layer, Layer, Layer, CRS], pa.Table]
Layers: TypeAlias = list[tuple[list[Source], str]]  # the files of each and the column of its keys

PART = re.compile(r"part-\d{5,}\.parquet")
LOTS = 4  # of row groups for each lane to count: enough that none is idle at the end


class Foreign(ValueError):
    """The folder to be replaced holds a file that is no part of an earlier answer."""

    def __init__(self, path: object, name: str) -> None:
        self.path, self.name = path, name
        super().__init__(f"not ours: {path}: {name}")


@dataclass(frozen=True)
class Asked:
    """The three layers and the column that names each row; `zones` may be left out.

    pieces: every piece of ground as a shape, instead of their sums.
    """

    parcels: str
    use: str
    zones: str | None = None
    parcel_id: str = "parcel_id"
    class_: str = "code"
    zone_id: str = "zone_id"
    pieces: bool = False

    @property
    def work(self) -> Work:
        """What is done with the three layers of a cell."""
        return drawn.pieces if self.pieces else shares.shares

    def layers(self) -> list[tuple[str, str]]:
        """Path and key column of each layer there is."""
        known = [(self.parcels, self.parcel_id), (self.use, self.class_)]
        return known if self.zones is None else [*known, (self.zones, self.zone_id)]

    def at(self, parcels: str, use: str, zones: str | None = None) -> Asked:
        """The same of layers that lie elsewhere."""
        return replace(self, parcels=parcels, use=use, zones=zones)


class Counted(NamedTuple):
    """What was written: parts, rows, and the ground in them [m²]."""

    parts: int
    rows: int
    area_m2: float


def run(asked: Asked, out: str) -> Counted:
    """Write part-00000.parquet … of the schema of `asked.work` into a folder that is replaced whole or not at all.

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
    for number, content in engine.over(partial(_part, asked.work, layers, most), cells):
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


def content(tables: Sequence[pa.Table]) -> bytes:
    """A part as the bytes of its file; its rows in the order in which every engine writes them."""
    table = pa.concat_tables(tables).sort_by([(key, "ascending") for key in ("row", "zone_id", "class")])
    out = io.BytesIO()
    pq.write_table(table.drop_columns(["row"]), out, compression="zstd", row_group_size=geoparquet.ROWS_IN_A_GROUP)
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


def _part(work: Work, layers: Layers, most: int, cell: Cell) -> tuple[int, bytes]:
    """One part of the answer, read and computed."""
    crs = layers[0][0][0].crs
    return cell.number, content([work(*three, crs) for three in _read(layers, most, cell, crs)])


def _read(layers: Layers, most: int, cell: Cell, crs: CRS) -> Iterator[tuple[Layer, Layer, Layer]]:
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
