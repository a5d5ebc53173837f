"""Lay out the demo's ground: street grids of blocks, lots, roads and a river that tile each zone without a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, pi, sqrt

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parcels.demo.place import CRS, ORIGIN, Quarter

Points = list[tuple[float, float]]
Numbers = npt.NDArray[np.float64]

TWO_ROWS = 4  # a block of fewer lots has a single row
LOTS_PER_BLOCK = 5.8  # lots a street block holds on average where blocks of green or reserve are counted in
BLOCK_WIDTH, BLOCK_DEPTH = 520.0, 300.0  # metres between streets; two rows of lots of about 36 亩 each
NARROWEST_LOT = 62.0  # metres of street front: no lot falls below about 12 亩
RIVER_STEP = 90.0  # metres between the nodes of the river's banks
GAP = 900.0  # metres of fields between two quarters


@dataclass
class Block:
    """One street block in the quarter's own metres: its streets' inner edges, and how it is cut into lots."""

    u0: float
    u1: float
    v0: float
    v1: float
    south: list[float]  # street-front nodes along v0, ends included
    north: list[float]  # the same along v1
    middle: float | None  # where the two rows of lots meet; None for a single row
    use: str = "lot"


@dataclass
class Drawing:
    """Rings drawn so far, each with its kind and the block it belongs to (-1 for roads and river)."""

    kinds: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    rings: list[Points] = field(default_factory=list)
    corners: list[Points] = field(default_factory=list)

    def add(self, kind: str, block: int, ring: Points, corners: Points | None = None) -> None:
        """Add one ring (not closed), counter-clockwise."""
        self.kinds.append(kind)
        self.blocks.append(block)
        self.rings.append(ring)
        self.corners.append(corners or ring[:4])


def lay_out(quarters: Sequence[Quarter], rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return (pieces, quarters): every piece of ground of every quarter, and the quarters' outlines.

    pieces: zone_id, quarter (position), kind lot / road / bank / river / park, block, corners (4 × 2 metres), geometry.
    Neighbours share their nodes exactly (coordinates to the millimetre), so pieces tile the outline [m²].
    """
    pieces, outlines = [], []
    corner = np.array(ORIGIN)
    reach = 0.0
    for position, quarter in enumerate(quarters):
        drawing, outline = _quarter(quarter, rng)
        shape = _bend(outline, quarter)
        if position and position % 2 == 0:
            corner = np.array([ORIGIN[0], reach + GAP])
        shift = corner - shape.min(axis=0)
        pieces.append(_frame(drawing, quarter, position, shift))
        ring = shapely.polygons(_grid(shape + shift))
        outlines.append({"zone_id": quarter.zone_id, "quarter": position, "geometry": ring})
        top = (shape + shift).max(axis=0)
        reach = max(reach, float(top[1]))
        corner = np.array([top[0] + GAP, corner[1]])
    ground = gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), geometry="geometry", crs=CRS)
    return ground, gpd.GeoDataFrame(outlines, geometry="geometry", crs=CRS)


def _frame(drawing: Drawing, quarter: Quarter, position: int, shift: Numbers) -> pd.DataFrame:
    lengths = [len(ring) for ring in drawing.rings]
    flat = _grid(_bend([point for ring in drawing.rings for point in ring], quarter) + shift)
    corners = _grid(_bend([point for ring in drawing.corners for point in ring], quarter) + shift)
    return pd.DataFrame({
        "zone_id": quarter.zone_id,
        "quarter": position,
        "kind": drawing.kinds,
        "block": [block + 100_000 * position if block >= 0 else -1 for block in drawing.blocks],
        "corners": list(corners.reshape(-1, 4, 2)),
        "geometry": shapely.polygons(shapely.linearrings(flat, indices=np.repeat(np.arange(len(lengths)), lengths))),
    })


def _grid(points: Numbers) -> Numbers:
    return np.round(points, 3)


def _bend(points: Points, quarter: Quarter) -> Numbers:
    """Turn and gently bend the quarter's own metres, as surveyed streets bend; neighbours' nodes stay common."""
    u, v = np.asarray(points, dtype=float).T
    x = u + quarter.bend * np.sin(2 * pi * v / 4200.0)
    y = v + quarter.bend * np.sin(2 * pi * u / 5100.0)
    turn = np.deg2rad(quarter.turn)
    bent: Numbers = np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])
    return bent


def _quarter(quarter: Quarter, rng: np.random.Generator) -> tuple[Drawing, Points]:
    columns, rows = _grid_size(quarter)
    counts = _lot_counts(quarter, columns * rows, rng)
    widths = BLOCK_WIDTH + rng.uniform(-60, 60, columns)
    depths = BLOCK_DEPTH + rng.uniform(-25, 25, rows)
    lefts = quarter.road + np.concatenate([[0.0], np.cumsum(widths + quarter.road)[:-1]])
    width = float(lefts[-1] + widths[-1] + quarter.road)
    drawing = Drawing()
    west: list[tuple[float, float]] = []
    east: list[tuple[float, float]] = []
    below: list[float] | None = None
    v = 0.0
    for row in range(rows):
        blocks = [
            _block((left, left + wide), (v + quarter.road, v + quarter.road + depths[row]), int(lots), rng)
            for left, wide, lots in zip(lefts, widths, counts[row], strict=True)
        ]
        fronts = sorted({0.0, width, *(u for block in blocks for u in block.south)})
        bottom = [(u, v) for u in (below or fronts)]
        _strip(drawing, "road", bottom, [(u, v + quarter.road) for u in fronts])
        west += [(0.0, v), (0.0, v + quarter.road)]
        east += [(width, v), (width, v + quarter.road)]
        _row(drawing, blocks, row * columns, width)
        v += quarter.road + float(depths[row])
        below = sorted({0.0, width, *(u for block in blocks for u in block.north)})
        if quarter.river_after == row:
            v, below = _river(drawing, quarter, v, below, width, (west, east))
    _strip(drawing, "road", [(u, v) for u in below or []], [(u, v + quarter.road) for u in below or []])
    west += [(0.0, v), (0.0, v + quarter.road)]
    east += [(width, v), (width, v + quarter.road)]
    south = [point for point in drawing.rings[0] if point[1] == 0.0]
    north = [(u, v + quarter.road) for u in below or []]
    outline = [*south, *_between(east, south[-1], north[-1]), *north[::-1], *_between(west, south[0], north[0])[::-1]]
    return drawing, outline


def _between(points: Points, *ends: tuple[float, float]) -> Points:
    return [point for point in dict.fromkeys(points) if point not in ends]


def _grid_size(quarter: Quarter) -> tuple[int, int]:
    wanted = max(2, ceil(quarter.lots / LOTS_PER_BLOCK))
    columns = max(2, round(sqrt(wanted * (BLOCK_DEPTH + 30) / (BLOCK_WIDTH + 30) * quarter.aspect)))
    return columns, ceil(wanted / columns)


def _lot_counts(quarter: Quarter, blocks: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return lots a block (rows × columns), zero where the block is green; they add up to the quarter's lots."""
    columns, rows = _grid_size(quarter)
    open_blocks = max(1, round(quarter.open_share * blocks))
    counts = np.ones(blocks, dtype=np.int64)
    counts[rng.choice(blocks, open_blocks, replace=False)] = 0
    built = np.flatnonzero(counts)
    counts[built] = quarter.lots // len(built)
    counts[rng.choice(built, quarter.lots - int(counts.sum()), replace=False)] += 1
    half = rng.permutation(built)[: len(built) // 2 * 2].reshape(2, -1)
    moved = np.clip(rng.integers(0, 4, half.shape[1]), 0, np.maximum(counts[half[0]] - 2, 0))
    counts[half[0]] -= moved
    counts[half[1]] += moved
    return counts.reshape(rows, columns)


def _block(us: tuple[float, float], vs: tuple[float, float], lots: int, rng: np.random.Generator) -> Block:
    (u0, u1), (v0, v1) = us, vs
    if lots < TWO_ROWS:
        nodes = _cuts(u0, u1, max(lots, 1), rng)
        return Block(u0, u1, v0, v1, nodes, nodes, None, "lot" if lots else "park")
    south = int(lots) // 2
    middle = v0 + (v1 - v0) * float(rng.uniform(0.44, 0.56))
    return Block(u0, u1, v0, v1, _cuts(u0, u1, south, rng), _cuts(u0, u1, int(lots) - south, rng), middle)


def _cuts(u0: float, u1: float, lots: int, rng: np.random.Generator) -> list[float]:
    free = (u1 - u0) - NARROWEST_LOT * lots
    parts = NARROWEST_LOT + free * rng.dirichlet(np.full(lots, 16.0 if lots < TWO_ROWS else 4.0))
    return [float(u) for u in [u0, *(u0 + np.cumsum(parts))[:-1], u1]]


def _strip(drawing: Drawing, kind: str, lower: Points, upper: Points) -> None:
    drawing.add(kind, -1, [*lower, *upper[::-1]], [lower[0], lower[-1], upper[-1], upper[0]])


def _row(drawing: Drawing, blocks: list[Block], first: int, width: float) -> None:
    for i, block in enumerate(blocks):
        for ring, corners in _lots(block):
            drawing.add(block.use, first + i, ring, corners)
    sides: list[Block | None] = [None, *blocks, None]
    for left, right in pairwise(sides):
        v0, v1 = blocks[0].v0, blocks[0].v1
        u0, u1 = (left.u1 if left else 0.0), (right.u0 if right else width)
        up = [(u1, right.middle)] if right and right.middle else []
        down = [(u0, left.middle)] if left and left.middle else []
        drawing.add("road", -1, [(u0, v0), (u1, v0), *up, (u1, v1), (u0, v1), *down],
                    [(u0, v0), (u1, v0), (u1, v1), (u0, v1)])  # fmt: skip


def _lots(block: Block) -> Iterator[tuple[Points, Points]]:
    """Yield (ring, four corners) of each lot: nodes of neighbours across the middle line are in both rings."""
    if block.middle is None:
        for a, b in pairwise(block.south):
            ring = [(a, block.v0), (b, block.v0), (b, block.v1), (a, block.v1)]
            yield ring, ring
        return
    m = block.middle
    for a, b in pairwise(block.south):
        between = [(u, m) for u in block.north if a < u < b]
        corners = [(a, block.v0), (b, block.v0), (b, m), (a, m)]
        yield [*corners[:3], *between[::-1], corners[3]], corners
    for a, b in pairwise(block.north):
        between = [(u, m) for u in block.south if a < u < b]
        corners = [(a, m), (b, m), (b, block.v1), (a, block.v1)]
        yield [corners[0], *between, *corners[1:]], corners


def _river(
    drawing: Drawing, quarter: Quarter, v: float, below: list[float], width: float, sides: tuple[Points, Points]
) -> tuple[float, list[float]]:
    """Draw quay road, bank, river and bank above `v`; return where they end and the nodes there."""
    nodes = [float(u) for u in np.linspace(0.0, width, max(3, round(width / RIVER_STEP)))]
    quay = [(u, v + quarter.road) for u in nodes]
    swing = 26.0 * np.sin(2 * pi * np.array(nodes) / 1900.0)
    right = [(u, v + quarter.road + 42.0 + float(s)) for u, s in zip(nodes, swing, strict=True)]
    left = [(u, w + quarter.river) for u, w in right]
    far = v + quarter.road + 84.0 + quarter.river
    end = [(u, far) for u in nodes]
    _strip(drawing, "road", [(u, v) for u in below], quay)
    _strip(drawing, "bank", quay, right)
    _strip(drawing, "river", right, left)
    _strip(drawing, "bank", left, end)
    for side, pick in zip(sides, (0, -1), strict=True):
        side += [(pick and width, v), quay[pick], right[pick], left[pick]]
    return far, nodes
