"""The compiled shape of A∩B for two plain rings that cross cleanly; every other pair is left to GEOS.

Where no vertex of one lies on the other's boundary the crossings alternate, in and out, along both
rings: walk A from where it enters B to where it leaves, then B until it meets A again. Each closed
walk is a piece, and two rings without holes have pieces without holes. A walk counts only if its area
is the one that gis.kernel has integrated without it; so a wrong shape cannot leave this file.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gis.edges import compiled
from gis.element import Floats, Ints, Shapes
from gis.rings import Rings

MOST_VERTICES = 200  # of both rings: the work is the product of the two, where GEOS indexes
CLEAN = 1e-8  # of the extent: nearer to a boundary than this, a vertex lies on it
ULPS = 64 * 2.0**-52
SAME_AREA = 1e-11  # of the extent squared, beside what coordinates far from zero have lost


class Loops(NamedTuple):
    """The one ring of each plain polygon."""

    xy: Floats  # (vertices, 2)
    first: Ints  # (polygons,) first vertex; −1 for a polygon with holes or parts, or none
    last: Ints  # (polygons,) its repetition at the end


def loops(laid: Rings, count: int) -> Loops:
    """Where the rings of those of `count` polygons that are plain begin and end."""
    many = np.bincount(laid.owner, minlength=count)
    at = np.cumsum(many) - many
    plain = many == 1
    first, last = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    first[plain], last[plain] = laid.start[at[plain]], laid.start[at[plain] + 1] - 1
    return Loops(laid.xy, first, last)


def clipped(a: Loops, b: Loops, ia: Ints, ib: Ints, area: Floats) -> Shapes:
    """A[ia] ∩ B[ib] (pairs,), None where GEOS must say; `area`: what each should have, in square CRS units."""
    room = 3 * int(np.sum(a.last[ia] - a.first[ia] + b.last[ib] - b.first[ib] + 2))
    xy, end, of = np.empty((room, 2)), np.empty(room // 4 + 1, np.int64), np.empty(room // 4 + 1, np.int64)
    count = _clip(a, b, ia, ib, area, xy, end, of)
    out: Shapes = np.full(len(ia), None, dtype=object)
    if not count:
        return out
    end, of = end[:count], of[:count]
    ring = np.repeat(np.arange(count), np.diff(end, prepend=0))
    made = shapely.polygons(shapely.linearrings(xy[: end[-1]], indices=ring))
    parts = np.bincount(of, minlength=len(ia))
    single = parts[of] == 1
    out[of[single]] = made[single]
    for pair in np.flatnonzero(parts > 1):
        out[pair] = shapely.multipolygons(made[of == pair])
    return out


@compiled
def _local(loops: Loops, i: int, x0: float, y0: float, out: Floats) -> int:
    """A ring into `out` from a nearer origin, counter-clockwise, its first vertex repeated; how many vertices."""
    first, n = int(loops.first[i]), int(loops.last[i] - loops.first[i])
    turn = 0.0
    for k in range(n):
        out[k, 0], out[k, 1] = loops.xy[first + k, 0] - x0, loops.xy[first + k, 1] - y0
    for k in range(n):
        m = k + 1 if k + 1 < n else 0
        turn += out[k, 0] * out[m, 1] - out[m, 0] * out[k, 1]
    if turn < 0:
        for k in range(n // 2):
            m = n - 1 - k
            for c in range(2):
                out[k, c], out[m, c] = out[m, c], out[k, c]
    out[n, 0], out[n, 1] = out[0, 0], out[0, 1]
    return n


@compiled
def _crossings(p: Floats, n: int, q: Floats, m: int, near: float, found: Floats) -> int:
    """Where the rings cross: rows place along p, place along q, x, y, 1 if p enters q; −1 if not all is clean."""
    count = 0
    for i in range(n):
        ax, ay = p[i, 0], p[i, 1]
        ux, uy = p[i + 1, 0] - ax, p[i + 1, 1] - ay
        left, right = min(ax, ax + ux) - near, max(ax, ax + ux) + near
        low, high = min(ay, ay + uy) - near, max(ay, ay + uy) + near
        for j in range(m):
            bx, by, cx, cy = q[j, 0], q[j, 1], q[j + 1, 0], q[j + 1, 1]
            if max(bx, cx) < left or min(bx, cx) > right or max(by, cy) < low or min(by, cy) > high:
                continue
            vx, vy = cx - bx, cy - by
            margin_a, margin_b = near * np.sqrt(ux * ux + uy * uy), near * np.sqrt(vx * vx + vy * vy)
            from_a, to_a = ux * (by - ay) - uy * (bx - ax), ux * (cy - ay) - uy * (cx - ax)
            if (from_a > margin_a and to_a > margin_a) or (from_a < -margin_a and to_a < -margin_a):
                continue
            from_b, to_b = vx * (ay - by) - vy * (ax - bx), vx * (ay + uy - by) - vy * (ax + ux - bx)
            if (from_b > margin_b and to_b > margin_b) or (from_b < -margin_b and to_b < -margin_b):
                continue
            if min(abs(from_a), abs(to_a)) <= margin_a or min(abs(from_b), abs(to_b)) <= margin_b:
                return -1
            if count == len(found):
                return -1
            s, t = from_b / (from_b - to_b), from_a / (from_a - to_a)
            found[count, 0], found[count, 1] = i + s, j + t
            found[count, 2], found[count, 3] = ax + s * ux, ay + s * uy
            found[count, 4] = 1.0 if to_b > from_b else 0.0
            count += 1
    return count


@compiled
def _walk(p: Floats, n: int, q: Floats, m: int, found: Floats, count: int, xy: Floats, end: Ints, made: int) -> int:
    """All pieces of two crossing rings into `xy` and `end`, from number `made` on.

    How many there are now; −1 if crossings do not alternate or a walk does not close.
    """
    along_p, along_q = np.argsort(found[:count, 0]), np.argsort(found[:count, 1])
    place_p, place_q = np.empty(count, np.int64), np.empty(count, np.int64)
    for k in range(count):
        place_p[along_p[k]], place_q[along_q[k]] = k, k
        follow_p, follow_q = along_p[(k + 1) % count], along_q[(k + 1) % count]
        if found[along_p[k], 4] == found[follow_p, 4] or found[along_q[k], 4] == found[follow_q, 4]:
            return -1
    used = np.zeros(count, np.bool_)
    at = end[made - 1] if made else 0
    for start in range(count):
        if used[start] or found[start, 4] == 0.0:
            continue
        k, first = start, at
        while not used[k]:
            used[k] = True
            leave = along_p[(place_p[k] + 1) % count]
            at = _follow(p, n, found, k, leave, 0, xy, at)
            k = along_q[(place_q[leave] + 1) % count]
            at = _follow(q, m, found, leave, k, 1, xy, at)
        if k != start:
            return -1
        xy[at] = xy[first]
        at += 1
        end[made] = at
        made += 1
    return made


@compiled
def _follow(ring: Floats, n: int, found: Floats, k: int, to: int, side: int, xy: Floats, at: int) -> int:
    """A crossing and the vertices of a ring from there to the next crossing; where `xy` goes on."""
    xy[at, 0], xy[at, 1] = found[k, 2], found[k, 3]
    at += 1
    i, last = int(found[k, side]), int(found[to, side])
    around = found[to, side] <= found[k, side]
    while i != last or around:
        around = around and i + 1 < n
        i = i + 1 if i + 1 < n else 0
        xy[at, 0], xy[at, 1] = ring[i, 0], ring[i, 1]
        at += 1
    return at


@compiled
def _clip(a: Loops, b: Loops, ia: Ints, ib: Ints, area: Floats, xy: Floats, end: Ints, of: Ints) -> int:
    """The pieces of all pairs that are clean, ring after ring: where each ends, which pair it is of; how many."""
    p, q = np.empty((MOST_VERTICES + 1, 2)), np.empty((MOST_VERTICES + 1, 2))
    found = np.empty((MOST_VERTICES, 5))
    made = 0
    for pair in range(len(ia)):
        i, j = ia[pair], ib[pair]
        size = a.last[i] - a.first[i] + b.last[j] - b.first[j]
        if a.first[i] < 0 or b.first[j] < 0 or size > MOST_VERTICES:
            continue
        x0, y0 = a.xy[a.first[i], 0], a.xy[a.first[i], 1]
        n, m = _local(a, i, x0, y0, p), _local(b, j, x0, y0, q)
        extent = max(np.max(np.abs(p[:n])), np.max(np.abs(q[:m])))
        lost = ULPS * max(abs(x0), abs(y0))
        near = CLEAN * extent + lost
        count = _crossings(p, n, q, m, near, found[:size])
        if count <= 0:
            continue
        begin = end[made - 1] if made else 0
        now = _walk(p, n, q, m, found, count, xy, end, made)
        if now < 0:
            continue
        total, start = 0.0, begin
        for ring in range(made, now):
            for k in range(start, end[ring] - 1):
                total += 0.5 * (xy[k, 0] * xy[k + 1, 1] - xy[k + 1, 0] * xy[k, 1])
            start = end[ring]
        if abs(total - area[pair]) > (SAME_AREA * extent + lost / 16) * extent:
            continue
        for k in range(begin, start):
            xy[k, 0] += x0
            xy[k, 1] += y0
        of[made:now] = pair
        made = now
    return made
