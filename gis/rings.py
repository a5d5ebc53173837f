"""Polygons as plain arrays: their rings laid end to end, and the moments that areas are made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gis.element import Floats, Ints, Shapes

Bools = npt.NDArray[np.bool_]

GAUSS = 1 / np.sqrt(3.0)


class Rings(NamedTuple):
    """Every ring of many polygons, in order: exterior first, then its holes, then the next part."""

    xy: Floats  # (vertices, 2)
    start: Ints  # (rings + 1,) first vertex
    owner: Ints  # (rings,) position of the polygon
    exterior: Bools  # (rings,)


def rings(shapes: Shapes) -> Rings:
    """The rings of polygons and multipolygons (n,); none for a missing or empty one.

    Polygons of one ring, nearly all of a cadastre, are laid out without a Python object per ring.
    """
    vertices = shapely.get_num_coordinates(shapes)
    kind, holes = shapely.get_type_id(shapes), shapely.get_num_interior_rings(shapes)
    simple = (kind == shapely.GeometryType.POLYGON) & (holes == 0) & (vertices > 0)
    owner, length = np.flatnonzero(simple), vertices[simple]
    exterior = np.ones(len(owner), bool)
    others = np.flatnonzero(~simple & (vertices > 0))
    if len(others):
        of, length_of, first = _of_parts(shapes[others])
        owner = np.concatenate([owner, others[of]])
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        length = np.concatenate([length, length_of])[order]
        exterior = np.concatenate([exterior, first])[order]
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return Rings(shapely.get_coordinates(shapes), start, owner.astype(np.int64), exterior)


def _of_parts(shapes: Shapes) -> tuple[Ints, Ints, Bools]:
    """Owner, vertices and exterior-or-not of each ring of polygons with holes or several parts."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    loops, of_loop = shapely.get_rings(parts, return_index=True)
    first = np.concatenate([[True], of_loop[1:] != of_loop[:-1]])[: len(of_loop)]
    return of_part[of_loop], shapely.get_num_coordinates(loops), first


def outlines(shapes: Shapes) -> list[Any]:
    """What rasterio paints for each of many shapes (n,): a GeoJSON dict for a polygon of one ring, else the shape.

    rasterio asks a shapely polygon for its points one by one, which takes eight times as long as painting it.
    """
    kind, holes = shapely.get_type_id(shapes), shapely.get_num_interior_rings(shapes)
    simple = np.flatnonzero((kind == shapely.GeometryType.POLYGON) & (holes == 0) & ~shapely.is_empty(shapes))
    ends = np.cumsum(shapely.get_num_coordinates(shapes[simple])).tolist()
    points = shapely.get_coordinates(shapes[simple]).tolist()
    drawn = list(shapes)
    for at, start, end in zip(simple.tolist(), [0, *ends], ends, strict=False):
        drawn[at] = {"type": "Polygon", "coordinates": [points[start:end]]}
    return drawn


def moments(shapes: Shapes, corner: Floats) -> Floats:
    """∫∫ 1, x, y, x², xy, y² over each polygon, (n, 6), with x, y from its corner (n, 2).

    Exteriors less holes, whatever way they turn. Below each edge the integrands are cubics of x, so
    two Gauss points are exact.
    """
    return corner_moments(rings(shapes), corner)


def corner_moments(laid: Rings, corner: Floats) -> Floats:
    """The same from rings, (n, 6)."""
    if not len(laid.owner):
        return np.zeros((len(corner), 6))
    local = laid.xy - np.repeat(corner[laid.owner], np.diff(laid.start), axis=0)
    start, end = local[:-1], local[1:]
    middle, half = (start + end) / 2, (end - start) / 2
    half[laid.start[1:-1] - 1] = 0  # from the end of one ring to the start of the next is no edge
    below = _below(middle - GAUSS * half, half[:, 0]) + _below(middle + GAUSS * half, half[:, 0])
    per_ring = np.add.reduceat(below, laid.start[:-1], axis=1)
    sign = np.where(laid.exterior == (per_ring[0] > 0), 1.0, -1.0)
    return np.column_stack([np.bincount(laid.owner, sign * moment, len(corner)) for moment in per_ring])


def _below(at: Floats, width: Floats) -> Floats:
    """The six moments of the column below each point, (6, n)."""
    x, y = at.T
    column = width * y
    xy, yy = x * column, y * column
    return np.stack([column, xy, yy / 2, x * xy, x * yy / 2, y * yy / 3])


def ranges(first: Ints, counts: Ints) -> Ints:
    """The numbers first, first + 1 … of each range, end to end."""
    return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
