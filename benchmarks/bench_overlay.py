"""Areas by land use: our kernel against geopandas.overlay, alternated in one run; ellipsoidal area against Geod.

python benchmarks/bench_overlay.py [parcels] [rounds]; prints CPU and wall ratios and the largest difference.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gis import measure, overlay

BLOCK, ROAD, SEGMENTS = (300.0, 220.0), 20.0, 4
LOTS = (5, 2)
PATCH = (160.0, 130.0)


def lattice(rng: np.random.Generator, size: tuple[int, int], cell: tuple[float, float], corner: tuple[float, float],
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


def county(parcels: int) -> tuple[gpd.GeoSeries, gpd.GeoSeries, gpd.GeoSeries]:
    """Parcels in blocks between roads, land-use patches over everything, zones over both; EPSG:4549."""
    rng = np.random.default_rng(20261121)
    blocks = -(-parcels // (LOTS[0] * LOTS[1]))
    bx = int(np.ceil(np.sqrt(blocks)))
    by = -(-blocks // bx)
    pitch = (BLOCK[0] + ROAD, BLOCK[1] + ROAD)
    x0, y0 = 500_000 - bx * pitch[0] / 2, 3_300_000.0
    lot = (BLOCK[0] / LOTS[0], BLOCK[1] / LOTS[1])
    lots = [
        lattice(rng, LOTS, lot, (x0 + i * pitch[0], y0 + j * pitch[1]), SEGMENTS, 3)
        for i in range(bx)
        for j in range(by)
    ]
    extent = (bx * pitch[0] + 60, by * pitch[1] + 60)
    patches = (int(extent[0] // PATCH[0]) + 1, int(extent[1] // PATCH[1]) + 1)
    use = lattice(rng, patches, PATCH, (x0 - 30, y0 - 30), 6, 8)
    zones = (max(1, bx // 8), max(1, by // 8))
    zone = lattice(rng, zones, (extent[0] / zones[0], extent[1] / zones[1]), (x0 - 30, y0 - 30), 40, 15)
    made = np.concatenate(lots)[:parcels], use, zone
    return tuple(gpd.GeoSeries(shapes, crs=4549) for shapes in made)


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    """CPU seconds of this process, wall seconds, result."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def by_geopandas(a: gpd.GeoSeries, b: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """What an analyst would write."""
    one = gpd.GeoDataFrame({"a": np.arange(len(a))}, geometry=a.array)
    other = gpd.GeoDataFrame({"b": np.arange(len(b))}, geometry=b.array)
    found = gpd.overlay(one, other, keep_geom_type=True)
    return found.assign(plane_m2=found.area)


def report(title: str, ours: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> None:
    (cpu, wall), (their_cpu, their_wall) = (np.median(np.array(one), axis=0) for one in (ours, theirs))
    ratio = f"ratio {their_wall / wall:.1f} wall, {their_cpu / cpu:.1f} CPU"
    print(f"{title}: ours {wall:.2f} s, theirs {their_wall:.2f} s; {ratio}")


def main(parcels: int, rounds: int) -> None:
    lots, use, zones = county(parcels)
    print(
        platform.processor() or platform.machine(), platform.python_version(), f"{len(lots)} lots, {len(use)} patches"
    )
    overlay.areas(lots.iloc[:10], use)
    ours, theirs = [], []
    for _ in range(rounds):
        cpu, wall, mine = timed(lambda: (overlay.areas(lots, use), overlay.areas(lots, zones)))
        ours.append((cpu, wall))
        cpu, wall, peer = timed(lambda: (by_geopandas(lots, use), by_geopandas(lots, zones)))
        theirs.append((cpu, wall))
    report("area of parcel × land use and parcel × zone", ours, theirs)
    both = mine[0].merge(peer[0][["a", "b", "plane_m2"]], on=["a", "b"], how="outer").fillna(0)
    print(f"pairs {len(both)}; ellipsoidal over planar {(both.area_m2 / both.plane_m2).agg(['min', 'max']).to_list()}")
    whole = measure.area_m2(lots)
    print("max |sum of pieces - whole| m2:", np.abs(np.bincount(mine[0].a, mine[0].area_m2, len(lots)) - whole).max())
    geod, lonlat = pyproj.Geod(ellps="GRS80"), lots.to_crs(4490)
    ours, theirs = [], []
    for _ in range(rounds):
        cpu, wall, mine = timed(lambda: measure.area_m2(lots))
        ours.append((cpu, wall))
        cpu, wall, peer = timed(lambda: np.array([abs(geod.geometry_area_perimeter(p)[0]) for p in lonlat]))
        theirs.append((cpu, wall))
    report("ellipsoidal area", ours, theirs)
    print("largest relative difference from Geod:", np.abs(mine / peer - 1).max())


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [100_000, 3][len(numbers) :]))
