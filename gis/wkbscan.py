"""The compiled reader of WKB polygons: little-endian, flat, Polygon or MultiPolygon; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from gis.element import Floats, Ints
from gis.rings import Bools

F = TypeVar("F", bound=Callable[..., Any])

Bytes = npt.NDArray[np.uint8]
POLYGON, MULTIPOLYGON = 3, 6
HEAD = 5  # byte order and type
POINT = 16


def compiled(function: F) -> F:
    """Machine code, kept on disk, as in gis/kernel.py."""
    return cast("F", numba.njit(nogil=True, cache=True)(function))


@compiled
def _number(data: Bytes, at: int) -> int:
    """A little-endian unsigned number of four bytes."""
    return int(data[at]) | int(data[at + 1]) << 8 | int(data[at + 2]) << 16 | int(data[at + 3]) << 24


@compiled
def _kind(data: Bytes, at: int, end: int) -> int:
    """The type that begins here; 0 where there is no room for one or its bytes run the other way."""
    return _number(data, at + 1) if at + HEAD + 4 <= end and data[at] == 1 else 0


@compiled
def _polygon(data: Bytes, at: int, end: int, size: Ints) -> int:
    """Count the rings and vertices of one polygon; where it ends, or -1 where it does not fit."""
    rings = _number(data, at + HEAD)
    at += HEAD + 4
    for _ in range(rings):
        if at + 4 > end:
            return -1
        vertices = _number(data, at)
        at += 4 + POINT * vertices
        if at > end:
            return -1
        size[0] += 1 if vertices else 0
        size[1] += vertices
    return at


@compiled
def measure(data: Bytes, offsets: Ints, size: Ints) -> bool:
    """Rings and vertices of each value (n, 2); False if any is not a flat little-endian polygon."""
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        if at == end:
            continue
        kind, parts = _kind(data, at, end), 1
        if kind == MULTIPOLYGON:
            parts = _number(data, at + HEAD)
            at += HEAD + 4
        elif kind != POLYGON:
            return False
        for _ in range(parts):
            if _kind(data, at, end) != POLYGON:
                return False
            at = _polygon(data, at, end, size[row])
            if at < 0:
                return False
    return True


@compiled
def copy(data: Bytes, offsets: Ints, raw: Bytes, start: Ints, owner: Ints, exterior: Bools) -> None:
    """Lay the vertices of all rings end to end as bytes of `raw`; what `measure` found fits."""
    ring, to = 0, 0
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        if at == end:
            continue
        parts = 1
        if _number(data, at + 1) == MULTIPOLYGON:
            parts = _number(data, at + HEAD)
            at += HEAD + 4
        for _ in range(parts):
            loops = _number(data, at + HEAD)
            at += HEAD + 4
            for loop in range(loops):
                vertices = _number(data, at)
                at += 4
                for byte in range(POINT * vertices):
                    raw[to + byte] = data[at + byte]
                at += POINT * vertices
                to += POINT * vertices
                if vertices:
                    start[ring + 1] = to // POINT
                    owner[ring] = row
                    exterior[ring] = loop == 0
                    ring += 1


@compiled
def bound(xy: Floats, start: Ints, owner: Ints, box: Floats) -> None:
    """The box of each polygon, one pass over its vertices."""
    for ring in range(len(owner)):
        row = owner[ring]
        for i in range(start[ring], start[ring + 1]):
            x, y = xy[i, 0], xy[i, 1]
            if not box[row, 0] <= x:
                box[row, 0] = x
            if not box[row, 1] <= y:
                box[row, 1] = y
            if not box[row, 2] >= x:
                box[row, 2] = x
            if not box[row, 3] >= y:
                box[row, 3] = y
