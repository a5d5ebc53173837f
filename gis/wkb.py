"""Polygons straight from a column of bytes or of numbers to plain arrays: no Python object per polygon."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from gis.element import Floats, Ints, Shapes
from gis.rings import Rings, ranges, rings


class Polygons(NamedTuple):
    """Many polygons as arrays; a missing or empty one has no ring and a box of NaN."""

    rings: Rings
    box: Floats  # (polygons, 4)


class NotPolygonColumn(ValueError):
    """A geometry column that holds something else than polygons, or is written in a way that is not GeoParquet's."""


def of_shapes(shapes: Shapes) -> Polygons:
    """The arrays of shapely polygons (n,)."""
    return Polygons(rings(shapes), shapely.bounds(shapes))


def none() -> Polygons:
    """No polygons."""
    return of_shapes(np.zeros(0, object))


def polygons(column: pa.ChunkedArray | pa.Array) -> Polygons:
    """The arrays of a GeoParquet geometry column: WKB, or the native polygon and multipolygon of version 1.1.

    Raises NotPolygonColumn.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_binary(whole.type) or pa.types.is_large_binary(whole.type):
        return _of_bytes(whole)
    if pa.types.is_list(whole.type) or pa.types.is_large_list(whole.type):
        return _of_lists(whole)
    raise NotPolygonColumn(str(whole.type))


def shapes(of: Polygons) -> Shapes:
    """Shapely polygons of the arrays (n,): for the few that GEOS must cut."""
    laid = of.rings
    part = np.flatnonzero(np.r_[laid.exterior, True])
    ends = np.searchsorted(laid.owner, np.arange(len(of.box) + 1))
    offsets = laid.start, part, np.searchsorted(part, ends)
    made: Shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, laid.xy, offsets)
    alone = shapely.get_num_geometries(made) == 1
    made[alone] = shapely.get_geometry(made[alone], 0)
    return made


def _of_bytes(column: pa.Array) -> Polygons:
    """WKB by our own compiled reader; by shapely where there is no compiler or the bytes are unusual."""
    offsets, data = _buffers(column)
    if find_spec("numba"):
        from gis import wkbscan

        size = np.zeros((len(column), 2), np.int64)
        if wkbscan.measure(data, offsets, size):
            many, vertices = size.sum(axis=0)
            raw = np.empty(16 * vertices, np.uint8)
            start, owner = np.zeros(many + 1, np.int64), np.empty(many, np.int64)
            exterior = np.empty(many, np.bool_)
            box = np.full((len(column), 4), np.nan)
            wkbscan.copy(data, offsets, raw, start, owner, exterior)
            xy = raw.view(np.float64).reshape(-1, 2)
            wkbscan.bound(xy, start, owner, box)
            return Polygons(Rings(xy, start, owner, exterior), box)
    made = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    if (~np.isin(shapely.get_type_id(made), (-1, 3, 6)) & ~shapely.is_empty(made)).any():
        raise NotPolygonColumn("WKB")
    return of_shapes(shapely.force_2d(made))


def _buffers(column: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Where each value begins and ends, and all bytes."""
    wide = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    if not len(column):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, where, data = column.buffers()
    offsets = np.frombuffer(where, wide)[column.offset : column.offset + len(column) + 1]
    return offsets.astype(np.int64), np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def _of_lists(column: pa.Array) -> Polygons:
    """The native encoding: lists of rings of points, or lists of those."""
    counts = [pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)]
    inner = column.flatten()
    while pa.types.is_list(inner.type) or pa.types.is_large_list(inner.type):
        counts.append(pc.list_value_length(inner).to_numpy(zero_copy_only=False).astype(np.int64))
        inner = inner.flatten()
    if len(counts) not in (2, 3):
        raise NotPolygonColumn(str(column.type))
    if len(counts) == 2:  # noqa: PLR2004 - polygons: each is its own only part
        counts.insert(1, counts[0])
        counts[0] = (counts[0] > 0).astype(np.int64)
        counts[1] = counts[1][counts[1] > 0]
    parts, in_part, length = counts
    exterior = np.zeros(len(length), np.bool_)
    exterior[(np.cumsum(in_part) - in_part)[in_part > 0]] = True
    owner = np.repeat(np.repeat(np.arange(len(column)), parts), in_part)
    laid = Rings(_points(inner), np.r_[0, np.cumsum(length)], owner, exterior)
    return Polygons(laid, boxes(laid, len(column)))


def _points(inner: pa.Array) -> Floats:
    if pa.types.is_struct(inner.type):
        xy = [inner.field(name).to_numpy(zero_copy_only=False) for name in ("x", "y")]
        return np.column_stack(xy).astype(np.float64)
    flat: Floats = inner.flatten().to_numpy(zero_copy_only=False).reshape(-1, inner.type.list_size)
    return np.ascontiguousarray(flat[:, :2])


def boxes(laid: Rings, count: int) -> Floats:
    """The box of each polygon, NaN where it has no vertex."""
    box = np.full((count, 4), np.nan)
    if len(laid.xy):
        low = np.minimum.reduceat(laid.xy, laid.start[:-1])
        high = np.maximum.reduceat(laid.xy, laid.start[:-1])
        new = np.flatnonzero(np.r_[True, laid.owner[1:] != laid.owner[:-1]])
        box[laid.owner[new]] = np.hstack([np.minimum.reduceat(low, new), np.maximum.reduceat(high, new)])
    return box


def taken(of: Polygons, at: Ints) -> Polygons:
    """The polygons at some positions, in that order."""
    laid = of.rings
    first = np.searchsorted(laid.owner, at)
    counts = np.searchsorted(laid.owner, at, side="right") - first
    ring = ranges(first, counts)
    length = np.diff(laid.start)[ring]
    xy = laid.xy[ranges(laid.start[ring], length)]
    start = np.r_[0, np.cumsum(length)].astype(np.int64)
    return Polygons(Rings(xy, start, np.repeat(np.arange(len(at)), counts), laid.exterior[ring]), of.box[at])


def run(of: Polygons, low: int, high: int) -> Polygons:
    """The polygons from one position to another: no vertex is copied."""
    laid = of.rings
    first, last = np.searchsorted(laid.owner, [low, high])
    start = laid.start[first : last + 1]
    xy = laid.xy[start[0] : start[-1]]
    return Polygons(
        Rings(xy, start - start[0], laid.owner[first:last] - low, laid.exterior[first:last]), of.box[low:high]
    )


def together(parts: Sequence[Polygons]) -> Polygons:
    """Several lots of polygons one after the other."""
    many = np.cumsum([0, *(len(part.box) for part in parts)])
    ends = np.cumsum([0, *(len(part.rings.xy) for part in parts)])
    start = [part.rings.start[1:] + end for part, end in zip(parts, ends[:-1], strict=True)]
    owner = [part.rings.owner + first for part, first in zip(parts, many[:-1], strict=True)]
    laid = Rings(
        np.concatenate([part.rings.xy for part in parts]),
        np.concatenate([[0], *start]).astype(np.int64),
        np.concatenate(owner),
        np.concatenate([part.rings.exterior for part in parts]),
    )
    return Polygons(laid, np.concatenate([part.box for part in parts]))
