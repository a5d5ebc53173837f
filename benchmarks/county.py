"""A county made of random numbers, the same each time: parcels in blocks, land use over all, zones over both."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

SEED = 20261121
BLOCK, ROAD, SEGMENTS = (300.0, 220.0), 20.0, 4
LOTS = (5, 2)
PATCH = (160.0, 130.0)
CLASSES = ("0601", "0602", "0701", "0809", "1003", "0303", "1107")
CRS = 4549


class County(NamedTuple):
    """Three layers in EPSG:4549; parcels of a block share their wiggly edges, as land-use patches and zones do."""

    parcels: gpd.GeoDataFrame  # pid
    landuse: gpd.GeoDataFrame  # lid, cls; four for ten parcels
    zones: gpd.GeoDataFrame  # zid; one for some 640 parcels


def county(parcels: int) -> County:
    """So many parcels on a square piece of ground."""
    rng = np.random.default_rng(SEED)
    blocks = -(-parcels // (LOTS[0] * LOTS[1]))
    bx = int(np.ceil(np.sqrt(blocks)))
    by = -(-blocks // bx)
    pitch = (BLOCK[0] + ROAD, BLOCK[1] + ROAD)
    x0, y0 = 500_000 - bx * pitch[0] / 2, 3_300_000.0
    lot = (BLOCK[0] / LOTS[0], BLOCK[1] / LOTS[1])
    lots = [
        _lattice(rng, LOTS, lot, (x0 + i * pitch[0], y0 + j * pitch[1]), SEGMENTS, 3)
        for i in range(bx)
        for j in range(by)
    ]
    extent = (bx * pitch[0] + 60, by * pitch[1] + 60)
    patches = (int(extent[0] // PATCH[0]) + 1, int(extent[1] // PATCH[1]) + 1)
    use = _lattice(rng, patches, PATCH, (x0 - 30, y0 - 30), 6, 8)
    across = (max(1, bx // 8), max(1, by // 8))
    zone = _lattice(rng, across, (extent[0] / across[0], extent[1] / across[1]), (x0 - 30, y0 - 30), 40, 15)
    return County(
        _frame("pid", np.concatenate(lots)[:parcels]),
        _frame("lid", use).assign(cls=rng.choice(CLASSES, len(use))),
        _frame("zid", zone),
    )


def _frame(name: str, shapes: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: np.arange(len(shapes))}, geometry=gpd.GeoSeries(shapes, crs=CRS))


def _lattice(rng: np.random.Generator, size: tuple[int, int], cell: tuple[float, float], corner: tuple[float, float],
            segments: int, jitter: float) -> np.ndarray:  # fmt: skip
    """Cells of a jittered grid that share their wiggly edges, so that they partition the ground."""
    nx, ny = size
    x = corner[0] + np.arange(nx * segments + 1) * cell[0] / segments
    y = corner[1] + np.arange(ny * segments + 1) * cell[1] / segments
    nodes = np.stack(np.meshgrid(x, y, indexing="ij"), -1)
    nodes += rng.uniform(-jitter, jitter, nodes.shape)
    i, j = (grid.ravel() * segments for grid in np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij"))
    along = np.arange(segments)
    ring_i = np.concatenate([along, np.full(segments, segments), segments - along, np.zeros(segments, int), [0]])
    ring_j = np.concatenate([np.zeros(segments, int), along, np.full(segments, segments), segments - along, [0]])
    return shapely.polygons(nodes[i[:, None] + ring_i, j[:, None] + ring_j])
