"""Which polygons of two layers may share ground: long ones are looked for slab by slab, not by their whole box.

A road across a county has a box that meets every parcel of it; its slabs meet those beside it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.element import Floats, Ints, Shapes
from gis.rings import Rings, ranges, rings

FEWEST_SLABS = 8  # fewer are not worth a second look at the rings
VERTICES_PER_SLAB = 8
SQUARES = 512  # across
ROUNDING = 1e-9  # of a slab's width: an edge that ends on a slab's border counts on both sides


def candidates(a: Shapes, b: Shapes, order: tuple[Ints, Ints] | None = None) -> tuple[Ints, Ints]:
    """Positions of all pairs that share ground and of some that do not, each once, sorted.

    order: where each A and each B stands in one layer; then only pairs whose A stands before their B.
    The tree is built on the larger layer, never prepared: shapely.prepare on shapes that another thread holds
    crashes the process. The tree's own order changes with its company, and so would sums.
    """
    box_a, box_b = shapely.bounds(a), shapely.bounds(b)
    (some, of_a), (others, of_b) = _looked_for(a, box_a, _usual(box_b)), _looked_for(b, box_b, _usual(box_a))
    if len(others) >= len(some):
        ia, ib = shapely.STRtree(others).query(some)
    else:
        ib, ia = shapely.STRtree(some).query(others)
    ia, ib = of_a[ia], of_b[ib]
    if order is not None:
        first = order[0][ia] < order[1][ib]
        ia, ib = ia[first], ib[first]
    pair = np.sort(ia * len(b) + ib)
    if len(some) > len(a) or len(others) > len(b):
        pair = pair[np.r_[True, pair[1:] != pair[:-1]][: len(pair)]]
    first = pair // max(len(b), 1)
    return first, pair - first * len(b)


class Near:
    """What polygons of a layer B may share ground with some of a layer A, asked again and again.

    Told by the squares of a grid that their boxes (of long ones the slabs) touch, so some more are told than have a
    box in common. Its lines stand where B's boxes stand: one polygon far off does not coarsen it for the others.
    """

    def __init__(self, a: Shapes, b: Shapes) -> None:
        box_a, box_b = shapely.bounds(a), shapely.bounds(b)
        some, of = _slabbed(a, box_a, _usual(box_b))
        others, of_b = _slabbed(b, box_b, _usual(box_a))
        there = ~np.isnan(others[:, 0])
        others, self._of_b, self._count = others[there], of_b[there], len(b)
        middle = np.sort((others[:, :2] + others[:, 2:]).T / 2)
        lines = middle[:, np.arange(1, SQUARES) * len(others) // SQUARES] if len(others) else middle
        order = np.argsort(of, kind="stable")
        self._of, self._some, self._others = of[order], _squares(some[order], lines), _squares(others, lines)

    def touched(self, at: Ints) -> Ints:
        """Positions of B that A[at] may share ground with, sorted."""
        low, high = (np.searchsorted(self._of, at, side=side) for side in ("left", "right"))
        left, bottom, right, top = self._some[ranges(low, high - low)].T
        begin = np.zeros((SQUARES + 1, SQUARES + 1), np.int64)
        for x, y, sign in ((left, bottom, 1), (left, top + 1, -1), (right + 1, bottom, -1), (right + 1, top + 1, 1)):
            np.add.at(begin, (x, y), sign)
        taken = begin.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
        below = np.zeros_like(begin)  # how many squares left of and under a corner are taken
        below[1:, 1:] = taken.cumsum(axis=0).cumsum(axis=1)
        left, bottom, right, top = self._others.T
        many = below[right + 1, top + 1] - below[left, top + 1] - below[right + 1, bottom] + below[left, bottom]
        found = np.zeros(self._count, bool)
        found[self._of_b[many > 0]] = True
        return np.flatnonzero(found)


def _squares(box: Floats, lines: Floats) -> npt.NDArray[np.int16]:
    """First column and row and last column and row of the squares that each box touches, (n, 4)."""
    return np.stack([np.searchsorted(lines[side % 2], box[:, side], "right") for side in range(4)], 1).astype(np.int16)


def _usual(box: Floats) -> float:
    """The longer side of a usual box (n, 4); 0 where there is none."""
    sides = _sides(box)
    known = sides[~np.isnan(sides)]
    return float(np.median(known)) if len(known) else 0.0


def _sides(box: Floats) -> Floats:
    return np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])


def _looked_for(shapes: Shapes, box: Floats, width: float) -> tuple[Shapes, Ints]:
    """Shapes with the long ones as boxes of slabs of some width, and which shape each stands for."""
    long, slab, owner = _long(shapes, box, width)
    if not len(long):
        return shapes, np.arange(len(shapes), dtype=np.int64)
    short = np.delete(np.arange(len(shapes), dtype=np.int64), long)
    return np.concatenate([shapes[short], shapely.box(*slab.T)]), np.concatenate([short, owner])


def _slabbed(shapes: Shapes, box: Floats, width: float) -> tuple[Floats, Ints]:
    """The same as boxes (m, 4)."""
    long, slab, owner = _long(shapes, box, width)
    short = np.delete(np.arange(len(shapes), dtype=np.int64), long)
    return np.concatenate([box[short], slab]), np.concatenate([short, owner])


def _long(shapes: Shapes, box: Floats, width: float) -> tuple[Ints, Floats, Ints]:
    """Which shapes are long, the boxes (m, 4) of their slabs of some width, and whose each is."""
    wide = np.flatnonzero(_sides(box) >= FEWEST_SLABS * width) if width > 0 else np.zeros(0, np.int64)
    count = _sides(box[wide]) / width
    count = np.minimum(count, shapely.get_num_coordinates(shapes[wide]) // VERTICES_PER_SLAB).astype(np.int64)
    wide, count = wide[count >= FEWEST_SLABS], count[count >= FEWEST_SLABS]
    slab, owner = slabs(rings(shapes[wide]), box[wide], count)
    return wide, slab, wide[owner]


def slabs(laid: Rings, box: Floats, count: Ints) -> tuple[Floats, Ints]:
    """Boxes (m, 4) that together cover polygons given by their rings and boxes (n, 4), and the polygon of each.

    A polygon is cut across its longer side into so many slabs (n,); within a slab it lies between the lowest and
    the highest of the edges that reach into the slab.
    """
    start = np.delete(np.arange(len(laid.xy)), laid.start[1:] - 1)
    owner = np.repeat(laid.owner, np.diff(laid.start) - 1)
    upright = (box[:, 3] - box[:, 1]) > (box[:, 2] - box[:, 0])
    turned = upright[owner]
    one, other = (_along(laid.xy[at], turned) for at in (start, start + 1))
    left = np.where(upright, box[:, 1], box[:, 0])
    width = _sides(box) / count
    low, high = np.minimum(one, other), np.maximum(one, other)
    from_ = _slab(low[:, 0], -ROUNDING, left, width, count, owner)
    to = _slab(high[:, 0], ROUNDING, left, width, count, owner)
    times = to - from_ + 1
    edge = np.repeat(np.arange(len(owner)), times)
    slab = ranges(from_, times)
    first = np.cumsum(count) - count
    key = first[owner[edge]] + slab
    order = np.argsort(key, kind="stable")
    key, edge = key[order], edge[order]
    begin = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    bottom, top = (
        op.reduceat(values[edge], begin) for op, values in ((np.minimum, low[:, 1]), (np.maximum, high[:, 1]))
    )
    of = owner[edge[begin]]
    near = left[of] + (key[begin] - first[of]) * width[of]
    pad = ROUNDING * width[of]
    made = np.column_stack([near - pad, bottom, near + width[of] + pad, top])
    made[upright[of]] = made[upright[of]][:, [1, 0, 3, 2]]
    return made, of


def _along(xy: Floats, turned: np.ndarray) -> Floats:
    """Points with the coordinate along the longer side of their polygon first."""
    return np.where(turned[:, None], xy[:, ::-1], xy)


def _slab(at: Floats, rounding: float, left: Floats, width: Floats, count: Ints, owner: Ints) -> Ints:
    """In which slab of its polygon a coordinate lies."""
    with np.errstate(invalid="ignore", divide="ignore"):
        place = np.floor((at - left[owner]) / width[owner] + rounding)
    inside: Ints = np.clip(np.nan_to_num(place), 0, count[owner] - 1).astype(np.int64)
    return inside
