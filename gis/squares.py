"""How a province falls into cells: parcels counted by squares of a kilometre, near squares together until full."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis import wkb
from gis.element import Floats, Ints

Frame: TypeAlias = pd.DataFrame

SQUARE_METRES_SIDE, SQUARE_DEGREES_SIDE = 1_000.0, 0.01
COLUMNS = 1 << 31  # more than there are squares across: one number names a square
UNDRAWN = np.iinfo(np.int64).min  # the square of parcels without a drawing
LIMITS = ["xmin", "ymin", "xmax", "ymax"]


class Cell(NamedTuple):
    """One part of the answer: its number, its squares (sorted), the box of its parcels, and what it may hold."""

    number: int
    squares: Ints
    box: Floats
    vertices: int


def squared(box: Floats, crs: CRS) -> Ints:
    """The square in which the centre of each box (n, 4) lies; UNDRAWN for a box of NaN."""
    side = SQUARE_DEGREES_SIDE if crs.is_geographic else SQUARE_METRES_SIDE
    known = ~np.isnan(box[:, 0])
    out = np.full(len(box), UNDRAWN)
    x, y = np.floor((box[known, :2] + box[known, 2:]) / 2 / side).astype(np.int64).T
    out[known] = x * COLUMNS + y
    return out


def counted(polygons: wkb.Polygons, crs: CRS) -> Frame:
    """One row is a square of some polygons: square, vertices, LIMITS of their boxes."""
    laid = polygons.rings
    vertices = np.bincount(laid.owner, np.diff(laid.start), len(polygons.box)).astype(np.int64)
    frame = pd.DataFrame(polygons.box, columns=LIMITS).assign(square=squared(polygons.box, crs), vertices=vertices)
    return merged(frame)


def merged(frame: Frame) -> Frame:
    """The counts of equal squares as one, in the order of squares."""
    how = {"vertices": "sum", "xmin": "min", "ymin": "min", "xmax": "max", "ymax": "max"}
    return frame.groupby("square", as_index=False).agg(how)


def planned(squares: Frame, crs: CRS, vertices: int) -> list[Cell]:
    """Near squares together along a Hilbert curve until a cell has its vertices; undrawn parcels are in the first."""
    if squares.empty:
        return []
    x, y = squares["square"].to_numpy() // COLUMNS, squares["square"].to_numpy() % COLUMNS
    drawn = squares["square"].to_numpy() != UNDRAWN
    order = np.flatnonzero(drawn)
    if len(order):
        centre = gpd.GeoSeries(shapely.points(x[order], y[order]))
        order = order[np.argsort(centre.hilbert_distance().to_numpy(), kind="stable")]
    order = np.r_[np.flatnonzero(~drawn), order]
    total = np.cumsum(squares["vertices"].to_numpy()[order])
    cuts = np.flatnonzero(np.diff((np.maximum(total, 1) - 1) // vertices)) + 1
    return [_cell(n, squares.iloc[np.sort(at)]) for n, at in enumerate(np.split(order, cuts))]


def _cell(number: int, squares: Frame) -> Cell:
    box = np.r_[squares[LIMITS[:2]].min().to_numpy(), squares[LIMITS[2:]].max().to_numpy()]
    return Cell(number, squares["square"].to_numpy(), box, int(squares["vertices"].sum()))
