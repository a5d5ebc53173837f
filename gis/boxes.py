"""Which boxes of two layers meet: a compiled join on a grid, without a Python object per box."""

from __future__ import annotations

import numpy as np

from gis.edges import compiled
from gis.element import Floats, Ints

FINEST = 1_024  # squares across
COPIES = 4  # how often a box may lie in the grid, on average, before the grid is made coarser


def meeting(a: Floats, b: Floats) -> tuple[Ints, Ints]:
    """Positions of all pairs of boxes (n, 4) that share at least a point, sorted; a box of NaN meets none."""
    known = np.flatnonzero(~np.isnan(b[:, 0]))
    if not len(known) or np.isnan(a[:, 0]).all():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    some = np.ascontiguousarray(b[known])
    low, high = some[:, :2].min(axis=0), some[:, 2:].max(axis=0)
    across = int(min(FINEST, max(1, np.sqrt(len(some)))))
    step = np.maximum((high - low) / across, np.finfo(float).tiny)
    while across > 1 and _copies(some, low, step, across) > COPIES * len(some):
        across = max(1, across // 2)
        step = np.maximum((high - low) / across, np.finfo(float).tiny)
    start = np.zeros(across * across + 1, np.int64)
    _laid(some, low, step, across, start[1:], np.zeros(0, np.int64))
    np.cumsum(start, out=start)
    members = np.empty(start[-1], np.int64)
    _laid(some, low, step, across, start[:-1].copy(), members)
    grid = (low, step, across, start, members)
    count = _met(a, some, *grid, np.zeros((0, 2), np.int64))
    found = np.empty((count, 2), np.int64)
    _met(a, some, *grid, found)
    order = np.lexsort((known[found[:, 1]], found[:, 0]))
    return found[order, 0], known[found[order, 1]]


@compiled
def _square(value: float, low: float, step: float, across: int) -> int:
    """The column or row of a coordinate; what lies beside the grid belongs to its margin."""
    at = (value - low) / step
    if at < 0:
        return 0
    return across - 1 if at >= across else int(at)


@compiled
def _copies(boxes: Floats, low: Floats, step: Floats, across: int) -> int:
    total = 0
    for i in range(len(boxes)):
        wide = _square(boxes[i, 2], low[0], step[0], across) - _square(boxes[i, 0], low[0], step[0], across) + 1
        high = _square(boxes[i, 3], low[1], step[1], across) - _square(boxes[i, 1], low[1], step[1], across) + 1
        total += wide * high
    return total


@compiled
def _laid(boxes: Floats, low: Floats, step: Floats, across: int, end: Ints, members: Ints) -> None:
    """Each box into every square it touches; with no `members` they are only counted."""
    for i in range(len(boxes)):
        x0, x1 = (_square(boxes[i, 0], low[0], step[0], across), _square(boxes[i, 2], low[0], step[0], across))
        y0, y1 = (_square(boxes[i, 1], low[1], step[1], across), _square(boxes[i, 3], low[1], step[1], across))
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                square = x * across + y
                if len(members):
                    members[end[square]] = i
                end[square] += 1


@compiled
def _met(a: Floats, b: Floats, low: Floats, step: Floats, across: int, start: Ints, members: Ints, found: Ints) -> int:
    """Pairs that meet; each is told in the one square where the corner of their common box lies."""
    n = 0
    for i in range(len(a)):
        if np.isnan(a[i, 0]):
            continue
        x0, x1 = (_square(a[i, 0], low[0], step[0], across), _square(a[i, 2], low[0], step[0], across))
        y0, y1 = (_square(a[i, 1], low[1], step[1], across), _square(a[i, 3], low[1], step[1], across))
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                for k in range(start[x * across + y], start[x * across + y + 1]):
                    j = members[k]
                    left, bottom = max(a[i, 0], b[j, 0]), max(a[i, 1], b[j, 1])
                    if left > min(a[i, 2], b[j, 2]) or bottom > min(a[i, 3], b[j, 3]):
                        continue
                    if _square(left, low[0], step[0], across) != x or _square(bottom, low[1], step[1], across) != y:
                        continue
                    if n < len(found):
                        found[n, 0], found[n, 1] = i, j
                    n += 1
    return n
