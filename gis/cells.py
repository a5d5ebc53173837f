"""The same overlay cell by cell: memory bounded by the cell, work shared by processes, digits unchanged.

A polygon of A belongs to one cell, that of its centre; the polygons of B its box touches are copied
to that cell. So no pair is met twice and none is missed, and since a pair's area depends on its two
polygons alone (gis/element.py, gis/kernel.py) every engine gives the same floats.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Literal, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import measure, overlay
from gis.element import Ints, Shapes

Frame: TypeAlias = pd.DataFrame
Work: TypeAlias = Callable[[gpd.GeoSeries, gpd.GeoSeries], Frame]
EngineName = Literal["local", "processes"]

VERTICES_IN_A_CELL = 1_000_000  # some 200 MB at the peak of one cell


class Cell(NamedTuple):
    """What one worker needs, and nothing else: shapes as WKB, so that any process can read them."""

    a: Ints  # positions in the whole layer
    b: Ints
    a_wkb: list[bytes]
    b_wkb: list[bytes]
    crs: str


def run(
    work: Work,
    a: gpd.GeoSeries,
    b: gpd.GeoSeries,
    engine: EngineName = "local",
    vertices: int = VERTICES_IN_A_CELL,
    workers: int | None = None,
) -> Frame:
    """What work(a, b) gives, cell by cell: rows of positions a, b and more, sorted by a, b.

    work: a function of two layers with columns a and b in its answer, importable by name, such as
    gis.overlay.areas or pieces. vertices: of A in one cell, which bounds memory. Raises KeyError for
    an unknown engine, and what `work` raises.
    """
    made = _cells(a, b, vertices)
    parts = [part for part in ENGINES[engine](work, made, workers) if len(part)]
    if not parts:
        return work(a.iloc[:0], b.iloc[:0])
    return pd.concat(parts, ignore_index=True).sort_values(["a", "b"], ignore_index=True)


def in_cell(work: Work, cell: Cell) -> Frame:
    """The work on one cell, its answer in positions of the whole layers."""
    a, b = (gpd.GeoSeries(shapely.from_wkb(shapes), crs=cell.crs) for shapes in (cell.a_wkb, cell.b_wkb))
    found = work(a, b)
    return found.assign(a=cell.a[found["a"].to_numpy()], b=cell.b[found["b"].to_numpy()])


def _cells(a: gpd.GeoSeries, b: gpd.GeoSeries, vertices: int) -> Iterator[Cell]:
    """Runs of A's polygons along a Hilbert curve, each with the polygons of B that it may touch."""
    overlay.common_crs(a, b)
    one, other = measure.polygonal(a), measure.polygonal(b)
    tree = shapely.STRtree(other)
    for near in _runs(one, vertices):
        touched = np.unique(tree.query(one[near])[1]).astype(np.int64)
        if len(touched):
            a_wkb, b_wkb = (shapely.to_wkb(shapes).tolist() for shapes in (one[near], other[touched]))
            yield Cell(near, touched, a_wkb, b_wkb, a.crs.to_wkt())


def _runs(shapes: Shapes, vertices: int) -> Iterator[Ints]:
    """Positions of near polygons with some `vertices` together; empty ones have no pair and no cell."""
    known = np.flatnonzero(~shapely.is_empty(shapes))
    if not len(known):
        return
    box = shapely.bounds(shapes[known])
    centre = gpd.GeoSeries(shapely.points((box[:, :2] + box[:, 2:]) / 2))
    order = known[np.argsort(centre.hilbert_distance().to_numpy(), kind="stable")]
    total = np.cumsum(shapely.get_num_coordinates(shapes[order]))
    for near in np.split(order, np.flatnonzero(np.diff((total - 1) // vertices)) + 1):
        yield np.sort(near)


def _local(work: Work, cells: Iterator[Cell], workers: int | None) -> Iterator[Frame]:
    del workers
    return (in_cell(work, cell) for cell in cells)


def _processes(work: Work, cells: Iterator[Cell], workers: int | None) -> Iterator[Frame]:
    """Spawned, not forked: Windows knows no fork, and a fork copies locks that other threads hold."""
    with ProcessPoolExecutor(workers or os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for job in [pool.submit(in_cell, work, cell) for cell in cells]:
            yield job.result()


ENGINES: dict[str, Callable[[Work, Iterator[Cell], int | None], Iterator[Frame]]] = {
    "local": _local,
    "processes": _processes,
}
