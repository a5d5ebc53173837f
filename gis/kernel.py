"""The compiled area of A∩B: no intersection is ever built, so millions of pairs take seconds.

The inside of a polygon is what lies under its upper edges less what lies under its lower ones, so

    ∫∫_{A∩B} w = Σ edges of A Σ edges of B  s_a s_b ∫ W(x, min(y_a, y_b)) dx,   W = ∫ w dy

with s = +1 for an upper edge, −1 for a lower one. On every stretch where one edge stays below the
other the integrand is a cubic, so two Gauss points are exact. The lower edges min(y_a, y_b) with
their signs s_a s_b are themselves a polygon in this sense, A∩B, though they close no ring: so the
area of A∩B∩C needs no geometry either.
Input must be valid polygons (gis.repair); needs numba, without which gis.overlay uses GEOS.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
import shapely

from gis import clip
from gis.edges import EDGES_PER_STRIP, Edges, compiled, in_strips, laid, strip_of
from gis.element import Floats, Ints, Weights, flat
from gis.rings import rings

Window: TypeAlias = tuple[float, float, float, float]  # x and y of the origin, then from and to, in x from the origin
Near: TypeAlias = tuple[Floats, Floats]  # (edges, 5) of A and of B in one window: x_left, x_right, y, slope, sign

PAIRS_WORTH_THREADS = 2_000


def warm_up() -> None:
    """Compile, or load what is compiled: some seconds the first time, which set-up may spend ahead."""
    shape = np.array([shapely.Point(0, 0).buffer(1, EDGES_PER_STRIP * 4)], dtype=object)
    disc, loop, none = laid(shape).edges, clip.loops(rings(shape), 1), np.zeros(1, np.int64)
    pair_areas(disc, disc, none, none, flat(1))
    meets(disc, disc, none, none)
    clip.clipped(loop, loop, none, none, np.zeros(1))


def pair_areas(a: Edges, b: Edges, ia: Ints, ib: Ints, weights: Weights, threads: int = 1) -> Floats:
    """Weighted area of A[ia] ∩ B[ib] [m²], (pairs,); `weights` are those of A's polygons."""
    out = np.empty(len(ia))
    if not len(ia):
        return out

    def run(low: int, high: int) -> None:
        _pair_areas(a, b, ia, ib, weights, _longest(a, b), out, low, high)

    if threads == 1 or len(ia) < PAIRS_WORTH_THREADS:
        run(0, len(ia))
        return out
    cuts = np.linspace(0, len(ia), threads * 16 + 1).astype(np.int64)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, cuts[:-1], cuts[1:]))
    return out


def meets(a: Edges, b: Edges, ia: Ints, ib: Ints) -> Edges:
    """A[ia] ∩ B[ib] as edges, (pairs,) polygons, each in the box that A's and B's boxes share."""
    of, box = np.zeros(len(ia) + 1, np.int64), np.empty((len(ia), 4))
    _pair_meets(a, b, ia, ib, _longest(a, b), np.empty((0, 5)), of, box)  # only counts
    rows = np.empty((of[-1], 5))
    _pair_meets(a, b, ia, ib, _longest(a, b), rows, of, box)
    return in_strips(rows, of, box)


def _longest(a: Edges, b: Edges) -> tuple[int, int]:
    """Room for the edges of one strip of either."""
    return int(np.diff(a.strip).max(initial=0)) + 1, int(np.diff(b.strip).max(initial=0)) + 1


@compiled
def _clipped(row: Floats, window: Window) -> tuple[float, float, float, float]:
    """An edge inside a window and above its y: x_left, x_right, y at x_left, slope; from the window's origin.

    Nothing left of it: x_left ≥ x_right. What is below y is below both polygons' common box, and
    there it contributes nothing.
    """
    x0, y0, left, right = window
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


@compiled
def _put(near: Floats, n: int, x1: float, x2: float, y: float, k: float, sign: float) -> int:
    """One more edge in `near`, if it has any width; how many there are."""
    if x1 >= x2:
        return n
    near[n, 0], near[n, 1], near[n, 2], near[n, 3], near[n, 4] = x1, x2, y, k, sign
    return n + 1


@compiled
def _near(rows: Floats, window: Window, top: float, near: Floats) -> int:
    """The edges that count inside a window, clipped, into `near`; how many.

    Only one of two polygons reaches above their common box, and there it matters only from where to
    where: so a run of edges above `top` becomes one level edge from its first end to its last.
    """
    x0, y0, left, right = window
    n, begin, end = 0, 0.0, 0.0
    for e in range(len(rows)):
        sign = rows[e, 4]
        if rows[e, 1] - y0 < top or rows[e, 3] - y0 < top:
            x1, x2, y, k = _clipped(rows[e], window)
            n = _put(near, n, x1, x2, y, k, sign)
            continue
        x1, x2 = min(max(rows[e, 0] - x0, left), right), min(max(rows[e, 2] - x0, left), right)
        if x1 == x2:
            continue
        first, last = (x2, x1) if sign > 0 else (x1, x2)
        if first == end:
            end = last
        elif last == begin:
            begin = first
        else:
            n = _put(near, n, min(begin, end), max(begin, end), top, 0.0, 1.0 if end < begin else -1.0)
            begin, end = first, last
    return _put(near, n, min(begin, end), max(begin, end), top, 0.0, 1.0 if end < begin else -1.0)


@compiled
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


@compiled
def _added(
    total: float, sign: float, x1: float, y1: float, x2: float, y2: float,
    window: Window, w: Floats, found: Floats | None,
) -> float:  # fmt: skip
    """`total` and the signed area under a segment; or, with `found`, one more edge there (counted where it is full).

    numba leaves out the branch that the type of `found` rules out.
    """
    if found is None:
        return total + sign * _under(w, x1, y1, x2, y2)
    x1, x2 = window[0] + x1, window[0] + x2
    if x1 >= x2:
        return total
    k = int(total)
    if k < len(found):
        found[k, 0], found[k, 1], found[k, 2], found[k, 3] = x1, window[1] + y1, x2, window[1] + y2
        found[k, 4] = sign
    return total + 1


@compiled
def _stretch(total: float, a: Floats, b: Floats, window: Window, w: Floats, found: Floats | None) -> float:
    """One stretch of x: every edge of A against every one of B, the lower of the two added to `total`."""
    for e in range(len(b)):
        for m in range(len(a)):
            low, high = max(b[e, 0], a[m, 0]), min(b[e, 1], a[m, 1])
            if low >= high:
                continue
            a_low, a_high = a[m, 2] + a[m, 3] * (low - a[m, 0]), a[m, 2] + a[m, 3] * (high - a[m, 0])
            b_low, b_high = b[e, 2] + b[e, 3] * (low - b[e, 0]), b[e, 2] + b[e, 3] * (high - b[e, 0])
            gap_low, gap_high = a_low - b_low, a_high - b_high
            sign = b[e, 4] * a[m, 4]
            if gap_low <= 0 and gap_high <= 0:
                total = _added(total, sign, low, a_low, high, a_high, window, w, found)
            elif gap_low >= 0 and gap_high >= 0:
                total = _added(total, sign, low, b_low, high, b_high, window, w, found)
            else:
                t = gap_low / (gap_low - gap_high)
                x, y = low + t * (high - low), a_low + t * (a_high - a_low)
                total = _added(total, sign, low, min(a_low, b_low), x, y, window, w, found)
                total = _added(total, sign, x, y, high, min(a_high, b_high), window, w, found)
    return total


@compiled
def _shared(a: Floats, b: Floats) -> tuple[float, float, float, float]:
    """The box two boxes share: x0 < x1 and y0 < y1 if there is one."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


@compiled
def _pair(
    a: Edges, b: Edges, i: int, j: int, near: Near, w: Floats, found: Floats | None, total: float
) -> float:  # fmt: skip
    """`total` and the weighted area of A[i] ∩ B[j]; or, with `found`, its edges there, from number `total` on."""
    x0, y0, x1, y1 = _shared(a.box[i], b.box[j])
    if not (x0 < x1 and y0 < y1):
        return total
    first_a, first_b = a.polygon[i], b.polygon[j]
    na, nb = a.polygon[i + 1] - first_a, b.polygon[j + 1] - first_b
    left_a, left_b = a.box[i, 0], b.box[j, 0]
    step_a, step_b = (a.box[i, 2] - left_a) / na, (b.box[j, 2] - left_b) / nb
    near_a, near_b = near
    for kb in range(strip_of(x0, left_b, step_b, nb), strip_of(x1, left_b, step_b, nb) + 1):
        lb = max(x0, left_b + kb * step_b) if kb else x0
        rb = min(x1, left_b + (kb + 1) * step_b) if kb < nb - 1 else x1
        for ka in range(strip_of(lb, left_a, step_a, na), strip_of(rb, left_a, step_a, na) + 1):
            left = max(lb, left_a + ka * step_a) - x0 if ka else lb - x0
            right = min(rb, left_a + (ka + 1) * step_a) - x0 if ka < na - 1 else rb - x0
            window = (x0, y0, left, right)
            n = _near(a.row[a.strip[first_a + ka] : a.strip[first_a + ka + 1]], window, y1 - y0, near_a)
            m = _near(b.row[b.strip[first_b + kb] : b.strip[first_b + kb + 1]], window, y1 - y0, near_b) if n else 0
            total = _stretch(total, near_a[:n], near_b[:m], window, w, found)
    return total


@compiled
def _pair_areas(
    a: Edges, b: Edges, ia: Ints, ib: Ints, weights: Weights, longest: tuple[int, int], out: Floats, low: int, high: int
) -> None:
    near = np.empty((longest[0], 5)), np.empty((longest[1], 5))
    w = np.empty(6)
    for q in range(low, high):
        i, j = ia[q], ib[q]
        x0, y0, _, _ = _shared(a.box[i], b.box[j])
        tile = weights.tile[i]
        c = weights.coefs[tile]
        u, v = x0 - weights.centre[tile, 0], y0 - weights.centre[tile, 1]
        w[0] = c[0] + c[1] * u + c[2] * v + c[3] * u * u + c[4] * u * v + c[5] * v * v
        w[1] = c[1] + 2 * c[3] * u + c[4] * v
        w[2] = (c[2] + c[4] * u + 2 * c[5] * v) / 2
        w[3], w[4], w[5] = c[3], c[4] / 2, c[5] / 3
        out[q] = _pair(a, b, i, j, near, w, None, 0.0)


@compiled
def _pair_meets(
    a: Edges, b: Edges, ia: Ints, ib: Ints, longest: tuple[int, int], found: Floats, of: Ints, box: Floats
) -> None:
    """The edges of every A[ia] ∩ B[ib] into `found`, or as far as it goes; where each ends into `of`."""
    near = np.empty((longest[0], 5)), np.empty((longest[1], 5))
    w = np.empty(6)
    total = 0.0
    for q in range(len(ia)):
        i, j = ia[q], ib[q]
        box[q, 0], box[q, 1], box[q, 2], box[q, 3] = _shared(a.box[i], b.box[j])
        total = _pair(a, b, i, j, near, w, found, total)
        of[q + 1] = int(total)
