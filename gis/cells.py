"""The same overlay cell by cell: memory bounded by the cell, work shared by processes or Spark, digits unchanged.

A polygon of the layer with the most rows belongs to one cell, that of its centre; the polygons of the other
layers that it may meet (gis/candidates.py) are copied to that cell. So no pair is met twice and none is missed,
and since a pair's area depends on its two polygons alone (gis/element.py, gis/kernel.py) every engine gives the
same floats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import cutting, engines, measure, overlay
from gis.candidates import Near
from gis.element import Ints, Shapes

Frame: TypeAlias = pd.DataFrame
Work: TypeAlias = Callable[..., Frame]

POSITIONS = ("a", "b", "zone")  # what the layers of a work are called in its answer


@dataclass
class Cell:
    """What one worker needs, and nothing else; it travels to another process as WKB."""

    positions: tuple[Ints, ...]  # of each layer, in the whole layer
    shapes: tuple[Shapes, ...]
    crs: str

    def __getstate__(self) -> tuple[Any, ...]:
        """Positions, WKB, CRS."""
        return self.positions, [shapely.to_wkb(each).tolist() for each in self.shapes], self.crs

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Back from WKB, vertex for vertex."""
        self.positions, wkb, self.crs = state
        self.shapes = tuple(shapely.from_wkb(np.array(each, dtype=object)) for each in wkb)


def areas(a: gpd.GeoSeries, b: gpd.GeoSeries) -> Frame:
    """gis.overlay.areas by the engine in force."""
    return run(overlay.areas, a, b)


def areas_by_zone(a: gpd.GeoSeries, b: gpd.GeoSeries, zones: gpd.GeoSeries) -> Frame:
    """gis.overlay.areas_by_zone by the engine in force."""
    return run(overlay.areas_by_zone, a, b, zones)


def pieces(a: gpd.GeoSeries, b: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """gis.cutting.pieces by the engine in force."""
    return gpd.GeoDataFrame(run(cutting.pieces, a, b))


def self_overlaps(a: gpd.GeoSeries) -> Frame:
    """gis.overlay.self_overlaps by the engine in force."""
    layer = a.reset_index(drop=True)
    return run(overlay.areas_met_once, layer, layer)


def uncovered(zones: gpd.GeoSeries, cover: gpd.GeoSeries) -> gpd.GeoSeries:
    """gis.cutting.uncovered by the engine in force: a zone meets all its cover in one cell."""
    left = measure.polygonal(zones).copy()
    found = run(_uncovered, zones, cover, owner=0)
    left[found["a"].to_numpy()] = found["geometry"].to_numpy()
    return gpd.GeoSeries(left, index=zones.index, crs=zones.crs)


def _uncovered(zones: gpd.GeoSeries, cover: gpd.GeoSeries) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"a": np.arange(len(zones))}, geometry=cutting.uncovered(zones, cover).array, crs=zones.crs)


def run(work: Work, *layers: gpd.GeoSeries, owner: int | None = None, vertices: int | None = None) -> Frame:
    """What work(*layers) gives, cell by cell: rows of positions a, b … and more, sorted by them.

    work: a function importable by name, such as gis.overlay.areas or pieces, with the columns of POSITIONS in
    its answer. owner: the layer whose polygons are never in two cells; the one with the most rows unless the
    work looks at all that touches one polygon at once. vertices: in one cell, instead of what the engine's
    memory allows. Raises CrsMissing, CrsDiffer, NotPolygons, and what `work` raises.
    """
    engine = engines.current()
    shapes = [measure.polygonal(layer) for layer in layers]
    crs = _common_crs(layers)
    if owner is None:
        owner = max(range(len(layers)), key=lambda at: len(layers[at]))
    counts = [shapely.get_num_coordinates(each) for each in shapes]
    total = sum(int(count.sum()) for count in counts)
    usual, most = engines.vertices(engine, total) if vertices is None else (vertices, vertices)
    if engine.direct and total <= most:
        return work(*layers)
    made = _cells(shapes, counts, owner, crs.to_wkt(), min(usual, max(1, most // len(layers))), most)
    parts = [part for part in engine.over(partial(in_cell, work), made) if len(part)]
    if not parts:
        return work(*(layer.iloc[:0] for layer in layers))
    keys = [name for name in POSITIONS if name in parts[0]]
    return pd.concat(parts, ignore_index=True).sort_values(keys, ignore_index=True)


def in_cell(work: Work, cell: Cell) -> Frame:
    """The work on one cell, its answer in positions of the whole layers, which are the index of what it is given."""
    parts = zip(cell.shapes, cell.positions, strict=True)
    found = work(*(gpd.GeoSeries(shapes, index=positions, crs=cell.crs) for shapes, positions in parts))
    whole = {
        name: positions[found[name].to_numpy()]
        for name, positions in zip(POSITIONS, cell.positions, strict=False)
        if name in found
    }
    return found.assign(**whole)


def _common_crs(layers: tuple[gpd.GeoSeries, ...]) -> Any:
    for one, other in pairwise(layers):
        overlay.common_crs(one, other)
    return layers[0].crs


def _cells(shapes: list[Shapes], counts: list[Ints], owner: int, crs: str, usual: int, most: int) -> Iterator[Cell]:
    """Runs of the owner's polygons along a Hilbert curve, each with the others' polygons that it may touch."""
    others = {at: Near(shapes[owner], other) for at, other in enumerate(shapes) if at != owner}
    for near in runs(shapes[owner], counts[owner], usual):
        for positions in _fitting(near, owner, others, counts, most):
            if all(len(each) for each in positions):
                yield Cell(positions, tuple(each[at] for each, at in zip(shapes, positions, strict=True)), crs)


def _fitting(
    near: Ints, owner: int, others: dict[int, Near], counts: list[Ints], most: int
) -> Iterator[tuple[Ints, ...]]:
    """The positions of one cell, or of its two halves, and so on, until what they touch fits the memory too."""
    own = np.sort(near)
    positions = tuple(own if at == owner else others[at].touched(own) for at in range(len(counts)))
    size = sum(int(count[at].sum()) for count, at in zip(counts, positions, strict=True))
    if size <= most or len(near) == 1:
        yield positions
        return
    for half in np.array_split(near, 2):
        yield from _fitting(half, owner, others, counts, most)


def runs(shapes: Shapes, counts: Ints, vertices: int) -> Iterator[Ints]:
    """Positions of near polygons with some `vertices` together, along a Hilbert curve; empty ones have no pair."""
    known = np.flatnonzero(counts)
    if not len(known):
        return
    order = known[np.argsort(gpd.GeoSeries(shapes[known]).hilbert_distance().to_numpy(), kind="stable")]
    total = np.cumsum(counts[order])
    yield from np.split(order, np.flatnonzero(np.diff((total - 1) // vertices)) + 1)
