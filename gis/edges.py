"""Polygons as edges from left to right, those of many vertices in vertical strips: what gis.kernel reads.

A polygon is what lies under its upper edges (sign +1) less what lies under its lower ones (−1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import shapely

from gis.element import Floats, Ints, Shapes
from gis.rings import Bools, Rings, rings

F = TypeVar("F", bound=Callable[..., Any])
EDGES_PER_STRIP = 16


def compiled(function: F) -> F:
    """Machine code without the interpreter's lock, kept on disk so that only the first run compiles."""
    return cast("F", numba.njit(nogil=True, cache=True)(function))


class Edges(NamedTuple):
    """Edges of many polygons, strip by strip: rows x_left, y_left, x_right, y_right, sign."""

    row: Floats  # (entries, 5)
    strip: Ints  # (strips + 1,) first entry of a strip
    polygon: Ints  # (polygons + 1,) first strip of a polygon
    box: Floats  # (polygons, 4)


class Laid(NamedTuple):
    """The edges of a layer and the area of each polygon in square CRS units."""

    edges: Edges
    area: Floats  # (polygons,)


def laid(shapes: Shapes) -> Laid:
    """Lay out valid polygons (n,); empty polygons have no edges and no area."""
    return laid_out(rings(shapes), shapely.bounds(shapes))


def laid_out(loops: Rings, box: Floats) -> Laid:
    """The same from the rings of the polygons and their boxes (n, 4), without a shape in between."""
    rows, of, area = np.empty((len(loops.xy), 5)), np.zeros(len(box) + 1, np.int64), np.zeros(len(box))
    _orient(*loops, rows, of, area)
    return Laid(in_strips(rows[: of[-1]], of, box), area)


def in_strips(rows: Floats, of: Ints, box: Floats) -> Edges:
    """Edges that lie polygon by polygon (`of`: where each polygon's begin), cut into strips where they are many."""
    polygon = np.zeros(len(of), np.int64)
    _count(rows, of, box, polygon)
    if polygon[-1] == len(box):
        return Edges(rows, of, polygon, box)
    strip = np.zeros(polygon[-1] + 1, np.int64)
    _fill(rows, of, box, polygon, strip[1:], rows[:0])
    np.cumsum(strip, out=strip)
    out = np.empty((strip[-1], 5))
    _fill(rows, of, box, polygon, strip[:-1].copy(), out)
    return Edges(out, strip, polygon, box)


@compiled
def _orient(xy: Floats, start: Ints, owner: Ints, exterior: Bools, rows: Floats, of: Ints, area: Floats) -> None:
    """Edges left to right with their sign, vertical ones left out; `of` is where each polygon ends."""
    n = 0
    for r in range(len(owner)):
        first, last = start[r], start[r + 1] - 1
        turn = 0.0
        for i in range(first, last):
            turn += (xy[i, 0] - xy[first, 0]) * (xy[i + 1, 1] - xy[first, 1])
            turn -= (xy[i + 1, 0] - xy[first, 0]) * (xy[i, 1] - xy[first, 1])
        against = (turn < 0) == exterior[r]
        area[owner[r]] += 0.5 * abs(turn) if exterior[r] else -0.5 * abs(turn)
        for i in range(first, last):
            if xy[i, 0] == xy[i + 1, 0]:
                continue
            leftward = xy[i + 1, 0] < xy[i, 0]
            low, high = (i + 1, i) if leftward else (i, i + 1)
            rows[n, 0] = xy[low, 0]
            rows[n, 1] = xy[low, 1]
            rows[n, 2] = xy[high, 0]
            rows[n, 3] = xy[high, 1]
            rows[n, 4] = 1.0 if leftward != against else -1.0
            n += 1
        of[owner[r] + 1] = n
    for g in range(1, len(of)):
        of[g] = max(of[g], of[g - 1])


@compiled
def _strips(rows: Floats, low: int, high: int, width: float) -> int:
    """How many strips: some 16 edges each, but no more copies of edges than there are edges."""
    n = high - low
    if n <= 4 * EDGES_PER_STRIP or not width > 0:
        return 1
    across = 0.0
    for e in range(low, high):
        across += (rows[e, 2] - rows[e, 0]) / width
    return max(1, min(n // EDGES_PER_STRIP, int(n / max(across, 1.0))))


@compiled
def strip_of(x: float, left: float, step: float, count: int) -> int:
    """The strip in which x lies; a strip k runs from left + k·step to left + (k + 1)·step."""
    k = min(max(int((x - left) / step), 0), count - 1)
    while k > 0 and x < left + k * step:
        k -= 1
    while k < count - 1 and x >= left + (k + 1) * step:
        k += 1
    return k


@compiled
def _count(rows: Floats, of: Ints, box: Floats, first: Ints) -> None:
    """The first strip of each polygon."""
    for g in range(len(of) - 1):
        first[g + 1] = first[g] + _strips(rows, of[g], of[g + 1], box[g, 2] - box[g, 0])


@compiled
def _fill(rows: Floats, of: Ints, box: Floats, first: Ints, end: Ints, out: Floats) -> None:
    """Copy each edge to its strips; an edge over several is in each, and clipped there.

    `end` is where the next edge of each strip goes. With an empty `out` edges are only counted.
    """
    for g in range(len(of) - 1):
        count = first[g + 1] - first[g]
        step = (box[g, 2] - box[g, 0]) / count
        for e in range(of[g], of[g + 1]):
            k0, k1 = 0, 0
            if count > 1:
                k0 = strip_of(rows[e, 0], box[g, 0], step, count)
                k1 = strip_of(rows[e, 2], box[g, 0], step, count)
            for k in range(first[g] + k0, first[g] + k1 + 1):
                for c in range(5 if len(out) else 0):
                    out[end[k], c] = rows[e, c]
                end[k] += 1
