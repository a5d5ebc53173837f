"""Paints shapes into a picture tile: solid classes, hatched classes, and an edge between neighbours when near.

Hatches are laid out in the world's pixels, so lines run on from tile to tile.
"""

import io
import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.features
from PIL import Image

from gis.element import Floats, Shapes
from gis.palette import Codes, Hatch, Table
from gis.rings import outlines

TILE_PIXELS = 256
MARGIN = 1  # pixels painted around the tile and cut off, so that edges meet over the seam
SMALL = 2.0  # square pixels; a smaller shape is one dot, or it would fall between pixel centres and vanish
EDGE_BELOW = 5.0  # metres a pixel; coarser, edges would cover the colours
ALPHA = 255  # what the legend shows; a map over an image thins the whole layer instead
TINT = 56  # opacity between the lines of a hatch: a parcel without an answer is faint, never invisible
EDGE_RGBA = (68, 68, 68, 255)

# rasterize silences a warning of its own through warnings.catch_warnings, which is not safe between threads: two at
# once let it out (measured with rasterio 1.4.4, eight threads). Most of its time it holds the interpreter anyway.
_ONE_AT_A_TIME = threading.Lock()

Box = tuple[float, float, float, float]
_Grid = npt.NDArray[np.int32]


class Heap(NamedTuple):
    """Shapes lying on each other, the lowest first."""

    shapes: Shapes
    areas: Floats  # square metres of web mercator
    centres: Floats  # (n, 2)
    codes: Codes


def framed(bounds: Box) -> Box:
    """Return the tile's bounds with the painted margin around it."""
    west, south, east, north = bounds
    margin = (east - west) / TILE_PIXELS * MARGIN
    return west - margin, south - margin, east + margin, north + margin


def transparent() -> Image.Image:
    """Return a picture tile with nothing on it."""
    return Image.new("LA", (TILE_PIXELS, TILE_PIXELS), (0, 0))


def paint(heap: Heap, table: Table, bounds: Box) -> bytes:
    """Return the PNG of a web mercator tile."""
    pixel = (bounds[2] - bounds[0]) / TILE_PIXELS
    grid = _shape_of_pixel(heap, framed(bounds))
    rgba = _coloured(grid, heap.codes, table, coarse=pixel > EDGE_BELOW)
    if pixel <= EDGE_BELOW:
        rgba[_edges(grid)] = EDGE_RGBA
    inner = slice(MARGIN, MARGIN + TILE_PIXELS)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgba[inner, inner])).save(out, "PNG", compress_level=3)
    return out.getvalue()


def _shape_of_pixel(heap: Heap, frame: Box) -> _Grid:
    """Return, for each pixel, the position of the uppermost shape over its centre, −1 where none."""
    pixels = TILE_PIXELS + 2 * MARGIN
    side = (frame[2] - frame[0]) / pixels
    grid = np.full((pixels, pixels), -1, dtype=np.int32)
    is_large = heap.areas >= SMALL * side**2
    large, small = np.flatnonzero(is_large), np.flatnonzero(~is_large)
    if len(large):
        transform = rasterio.Affine(side, 0.0, frame[0], 0.0, -side, frame[3])
        pairs = zip(outlines(heap.shapes[large]), large.tolist(), strict=True)
        with _ONE_AT_A_TIME:
            rasterio.features.rasterize(pairs, out=grid, transform=transform)
    column = np.floor((heap.centres[small, 0] - frame[0]) / side).astype(np.int64)
    row = np.floor((frame[3] - heap.centres[small, 1]) / side).astype(np.int64)
    inside = (column >= 0) & (column < pixels) & (row >= 0) & (row < pixels)
    grid[row[inside], column[inside]] = small[inside]
    return grid


def _coloured(grid: _Grid, codes: Codes, table: Table, *, coarse: bool) -> npt.NDArray[np.uint8]:
    solid = np.array([[*_rgb(swatch.colour), TINT if swatch.hatched else ALPHA] for swatch in table.swatches])
    code = codes[grid]
    rgba = solid[code].astype(np.uint8)
    rgba[grid < 0] = 0
    for hatch in {swatch.hatch for swatch in table.swatches if swatch.hatched}:
        classes = [number for number, swatch in enumerate(table.swatches) if swatch.hatch == hatch]
        lines = (grid >= 0) & np.isin(code, classes) & _lines(hatch, grid.shape[0], 4 if coarse else 8)
        rgba[lines, 3] = 255
    return rgba


def _lines(hatch: Hatch, pixels: int, spacing: int) -> npt.NDArray[np.bool_]:
    row, column = np.indices((pixels, pixels)) - MARGIN
    rising, falling = (row + column) % spacing == 0, (row - column) % spacing == 0
    lines: npt.NDArray[np.bool_] = {"/": rising, "\\": falling, "x": rising | falling}[hatch]
    return lines


def _edges(grid: _Grid) -> npt.NDArray[np.bool_]:
    """Return the pixels whose neighbour above or to the left is another shape."""
    edge = np.zeros(grid.shape, dtype=bool)
    edge[1:] |= grid[1:] != grid[:-1]
    edge[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    return edge


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
