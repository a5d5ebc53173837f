"""The compiled area of A∩B: no intersection is ever built, so millions of pairs take seconds.

The inside of a polygon is what lies under its upper edges less what lies under its lower ones, so

    ∫∫_{A∩B} w = Σ edges of A Σ edges of B  s_a s_b ∫ W(x, min(y_a, y_b)) dx,   W = ∫ w dy

with s = +1 for an upper edge, −1 for a lower one. On every stretch where one edge stays below the
other the integrand is a cubic, so two Gauss points are exact. Polygons of many vertices are laid
out in vertical strips, so that a ring of 100,000 vertices costs what is near, not all of it.
Input must be valid polygons (gis.repair); needs numba, without which gis.overlay uses GEOS.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import shapely

from gis.element import Floats, Ints, Shapes, Weights, flat
from gis.rings import Bools, rings
from gis.threads import count

F = TypeVar("F", bound=Callable[..., Any])
EDGES_PER_STRIP = 16
PAIRS_WORTH_THREADS = 2_000


def _compiled(function: F) -> F:
    """Machine code without the interpreter's lock, kept on disk so that only the first run compiles."""
    return cast("F", numba.njit(nogil=True, cache=True)(function))


class Edges(NamedTuple):
    """Edges of many polygons, strip by strip: rows x_left, y_left, x_right, y_right, sign."""

    row: Floats  # (entries, 5)
    strip: Ints  # (strips + 1,) first entry of a strip
    polygon: Ints  # (polygons + 1,) first strip of a polygon
    box: Floats  # (polygons, 4)


def edges(shapes: Shapes) -> Edges:
    """Lay out valid polygons (n,) for `pair_areas`; empty polygons have no edges."""
    laid, box = rings(shapes), shapely.bounds(shapes)
    rows, of = np.empty((len(laid.xy), 5)), np.zeros(len(shapes) + 1, np.int64)
    _orient(*laid, rows, of)
    polygon = np.zeros(len(shapes) + 1, np.int64)
    _count(rows, of, box, polygon)
    if polygon[-1] == len(shapes):
        return Edges(rows[: of[-1]], of, polygon, box)
    strip = np.zeros(polygon[-1] + 1, np.int64)
    _fill(rows, of, box, polygon, strip[1:], rows[:0])
    np.cumsum(strip, out=strip)
    out = np.empty((strip[-1], 5))
    _fill(rows, of, box, polygon, strip[:-1].copy(), out)
    return Edges(out, strip, polygon, box)


def warm_up() -> None:
    """Compile, or load what is compiled: some seconds the first time, which set-up may spend ahead."""
    disc = edges(np.array([shapely.Point(0, 0).buffer(1, EDGES_PER_STRIP * 4)], dtype=object))
    none = np.zeros(1, np.int64)
    pair_areas(disc, disc, none, none, flat(1))


def pair_areas(a: Edges, b: Edges, ia: Ints, ib: Ints, weights: Weights) -> Floats:
    """Weighted area of A[ia] ∩ B[ib] [m²], (pairs,); `weights` are those of A's polygons."""
    out = np.empty(len(ia))
    longest = int(np.diff(a.strip).max(initial=1))
    threads = count()
    cuts = np.linspace(0, len(ia), threads * 16 + 1).astype(np.int64)

    def run(low: int, high: int) -> None:
        _pair_areas(*a, *b, ia, ib, *weights, longest, out, low, high)

    if len(ia) < PAIRS_WORTH_THREADS:
        run(0, len(ia))
        return out
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, cuts[:-1], cuts[1:]))
    return out


@_compiled
def _orient(xy: Floats, start: Ints, owner: Ints, exterior: Bools, rows: Floats, of: Ints) -> None:
    """Edges left to right with their sign, vertical ones left out; `of` is where each polygon ends."""
    n = 0
    for r in range(len(owner)):
        first, last = start[r], start[r + 1] - 1
        turn = 0.0
        for i in range(first, last):
            turn += (xy[i, 0] - xy[first, 0]) * (xy[i + 1, 1] - xy[first, 1])
            turn -= (xy[i + 1, 0] - xy[first, 0]) * (xy[i, 1] - xy[first, 1])
        against = (turn < 0) == exterior[r]
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


@_compiled
def _strips(rows: Floats, low: int, high: int, width: float) -> int:
    """How many strips: some 16 edges each, but no more copies of edges than there are edges."""
    n = high - low
    if n <= 4 * EDGES_PER_STRIP or not width > 0:
        return 1
    across = 0.0
    for e in range(low, high):
        across += (rows[e, 2] - rows[e, 0]) / width
    return max(1, min(n // EDGES_PER_STRIP, int(n / max(across, 1.0))))


@_compiled
def _strip_of(x: float, left: float, step: float, count: int) -> int:
    """The strip in which x lies; a strip k runs from left + k·step to left + (k + 1)·step."""
    k = min(max(int((x - left) / step), 0), count - 1)
    while k > 0 and x < left + k * step:
        k -= 1
    while k < count - 1 and x >= left + (k + 1) * step:
        k += 1
    return k


@_compiled
def _count(rows: Floats, of: Ints, box: Floats, first: Ints) -> None:
    """The first strip of each polygon."""
    for g in range(len(of) - 1):
        first[g + 1] = first[g] + _strips(rows, of[g], of[g + 1], box[g, 2] - box[g, 0])


@_compiled
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
                k0 = _strip_of(rows[e, 0], box[g, 0], step, count)
                k1 = _strip_of(rows[e, 2], box[g, 0], step, count)
            for k in range(first[g] + k0, first[g] + k1 + 1):
                for c in range(5 if len(out) else 0):
                    out[end[k], c] = rows[e, c]
                end[k] += 1


@_compiled
def _clipped(row: Floats, x0: float, y0: float, left: float, right: float) -> tuple[float, float, float, float]:
    """An edge inside left ≤ x − x0 ≤ right and above y0: x_left, x_right, y at x_left, slope.

    Nothing left of it: x_left ≥ x_right. What is below y0 is below both polygons' common box, and
    there it contributes nothing.
    """
    x1, y1 = row[0] - x0, row[1] - y0
    x2, y2 = row[2] - x0, row[3] - y0
    if x2 <= left or x1 >= right or (y1 <= 0 and y2 <= 0):
        return 1.0, 0.0, 0.0, 0.0
    k = (y2 - y1) / (x2 - x1)
    if y1 < 0:
        x1, y1 = x1 - y1 / k, 0.0
    elif y2 < 0:
        x2 = x1 - y1 / k
    if x1 < left:
        x1, y1 = left, y1 + k * (left - x1)
    return x1, min(x2, right), y1, k


@_compiled
def _under(w: Floats, x1: float, y1: float, x2: float, y2: float) -> float:
    """∫∫ w between the base and the segment; exact for a quadratic w."""
    half = 0.5 * (x2 - x1)
    dx = half * 0.5773502691896257
    dy = 0.5 * (y2 - y1) * 0.5773502691896257
    mx, my = 0.5 * (x1 + x2), 0.5 * (y1 + y2)
    x, y = mx - dx, my - dy
    low = y * (w[0] + x * (w[1] + x * w[3]) + y * (w[2] + x * w[4] + y * w[5]))
    x, y = mx + dx, my + dy
    high = y * (w[0] + x * (w[1] + x * w[3]) + y * (w[2] + x * w[4] + y * w[5]))
    area: float = half * (low + high)
    return area


@_compiled
def _strip_pair(near: Floats, n: int, rows: Floats, window: tuple[float, float, float, float], w: Floats) -> float:
    """One stretch of x: A's clipped edges `near[:n]` against B's rows."""
    x0, y0, left, right = window
    total = 0.0
    for e in range(len(rows)):
        b1, b2, yb, kb = _clipped(rows[e], x0, y0, left, right)
        for m in range(n if b1 < b2 else 0):
            low, high = max(b1, near[m, 0]), min(b2, near[m, 1])
            if low >= high:
                continue
            a_low = near[m, 2] + near[m, 3] * (low - near[m, 0])
            a_high = near[m, 2] + near[m, 3] * (high - near[m, 0])
            b_low, b_high = yb + kb * (low - b1), yb + kb * (high - b1)
            gap_low, gap_high = a_low - b_low, a_high - b_high
            if gap_low <= 0 and gap_high <= 0:
                area = _under(w, low, a_low, high, a_high)
            elif gap_low >= 0 and gap_high >= 0:
                area = _under(w, low, b_low, high, b_high)
            else:
                t = gap_low / (gap_low - gap_high)
                x, y = low + t * (high - low), a_low + t * (a_high - a_low)
                area = _under(w, low, min(a_low, b_low), x, y)
                area += _under(w, x, y, high, min(a_high, b_high))
            total += rows[e, 4] * near[m, 4] * area
    return total


@_compiled
def _pair_areas(
    a_row: Floats, a_strip: Ints, a_polygon: Ints, a_box: Floats,
    b_row: Floats, b_strip: Ints, b_polygon: Ints, b_box: Floats,
    ia: Ints, ib: Ints, tile: Ints, coefs: Floats, centre: Floats,
    longest: int, out: Floats, low: int, high: int,
) -> None:  # fmt: skip
    near = np.empty((longest, 5))
    w = np.empty(6)
    for q in range(low, high):
        i, j = ia[q], ib[q]
        x0, x1 = max(a_box[i, 0], b_box[j, 0]), min(a_box[i, 2], b_box[j, 2])
        y0, y1 = max(a_box[i, 1], b_box[j, 1]), min(a_box[i, 3], b_box[j, 3])
        out[q] = 0.0
        if not (x0 < x1 and y0 < y1):
            continue
        c = coefs[tile[i]]
        u, v = x0 - centre[tile[i], 0], y0 - centre[tile[i], 1]
        w[0] = c[0] + c[1] * u + c[2] * v + c[3] * u * u + c[4] * u * v + c[5] * v * v
        w[1] = c[1] + 2 * c[3] * u + c[4] * v
        w[2] = (c[2] + c[4] * u + 2 * c[5] * v) / 2
        w[3], w[4], w[5] = c[3], c[4] / 2, c[5] / 3
        na, nb = a_polygon[i + 1] - a_polygon[i], b_polygon[j + 1] - b_polygon[j]
        step_a, step_b = (a_box[i, 2] - a_box[i, 0]) / na, (b_box[j, 2] - b_box[j, 0]) / nb
        left_a, left_b = a_box[i, 0], b_box[j, 0]
        for kb in range(_strip_of(x0, left_b, step_b, nb), _strip_of(x1, left_b, step_b, nb) + 1):
            lb = max(x0, left_b + kb * step_b) if kb else x0
            rb = min(x1, left_b + (kb + 1) * step_b) if kb < nb - 1 else x1
            rows = b_row[b_strip[b_polygon[j] + kb] : b_strip[b_polygon[j] + kb + 1]]
            ka0, ka1 = _strip_of(lb, left_a, step_a, na), _strip_of(rb, left_a, step_a, na)
            for ka in range(ka0, ka1 + 1):
                left = max(lb, left_a + ka * step_a) - x0 if ka else lb - x0
                right = min(rb, left_a + (ka + 1) * step_a) - x0 if ka < na - 1 else rb - x0
                n = 0
                for e in range(a_strip[a_polygon[i] + ka], a_strip[a_polygon[i] + ka + 1]):
                    e1, e2, y, k = _clipped(a_row[e], x0, y0, left, right)
                    if e1 < e2:
                        near[n, 0], near[n, 1], near[n, 2], near[n, 3] = e1, e2, y, k
                        near[n, 4] = a_row[e, 4]
                        n += 1
                out[q] += _strip_pair(near, n, rows, (x0, y0, left, right), w)
