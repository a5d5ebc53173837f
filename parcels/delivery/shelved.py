"""Raw tables as they lie behind a book: their cells compressed, taken out when somebody asks where one came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from parcels.delivery.delivered import Frame, RawTable

PACKED = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
KIND = "kind"
KINDS = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


@dataclass(frozen=True)
class Shelved:
    """A raw table that holds no row and no shape; its cells compressed, and what kind of shape each row had."""

    table: RawTable
    packed: bytes | Frame
    shapes: bytes = b""

    @cached_property
    def cells(self) -> Frame:
        """Return every cell as delivered (RawTable.cells); once taken out they stay out."""
        return self.packed if isinstance(self.packed, pd.DataFrame) else _unpacked(self.packed)

    @cached_property
    def kinds(self) -> pd.Series | None:
        """Return what kind of shape was delivered in each row (Polygon …), missing where none; None for a sheet."""
        return _unpacked(self.shapes)[KIND] if self.shapes else None


def shelved(raw: RawTable) -> Shelved:
    """Return a raw table with its cells compressed: about a fifth of their size, and as they were when taken out."""
    bare = replace(raw, cells=pd.DataFrame(columns=raw.cells.columns), geometry=None)
    shapes = b"" if raw.geometry is None else _packed(_kinds(raw.geometry))
    try:
        return Shelved(bare, _packed(raw.cells), shapes)
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError):  # cells of several kinds, or headings that stand twice
        return Shelved(bare, raw.cells, shapes)


def _kinds(geometry: gpd.GeoSeries) -> Frame:
    of = shapely.get_type_id(np.asarray(geometry.array, dtype=object))
    return pd.DataFrame({KIND: pd.Categorical.from_codes(of, KINDS)}, index=geometry.index)


def _packed(frame: Frame) -> bytes:
    table = pa.Table.from_pandas(frame, nthreads=1)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=PACKED) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _unpacked(packed: bytes) -> Frame:
    return pa.ipc.open_stream(packed).read_pandas(use_threads=False)
