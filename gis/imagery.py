"""Serves an own image (a local GeoTIFF) as map tiles, so that no basemap has to come from anywhere else."""

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from PIL import Image
from rasterio import Affine
from rasterio.enums import ColorInterp, Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from gis.crs import CrsMissing
from gis.raster import BandMissing, facts
from gis.tiles import EMPTY_PNG, TILE_PIXELS, tile_bounds

WEB_MERCATOR = "EPSG:3857"
SAMPLE = 512  # pixels each way that decide the stretch
DARKEST, BRIGHTEST = 2.0, 98.0  # percentiles shown as black and white
TILES_KEPT = 512

Stretch = tuple[tuple[float, float], ...]


class Imagery:
    """A GeoTIFF cut into XYZ tiles; safe between threads, as every tile opens the file anew (2 to 10 ms).

    `bands` are numbers from 1: three for red, green, blue, one for grey; by default the first three, or the first.
    Bytes are shown as they are; anything else is stretched between its 2nd and 98th percentile.
    Raises RasterUnreadable, BandMissing, CrsMissing.
    """

    def __init__(self, file: Path, bands: Sequence[int] | None = None) -> None:
        stated = facts(file)
        if stated.crs is None:
            raise CrsMissing(stated.file)
        colours = 3
        self.file = stated.file
        self.bands = tuple(bands or (range(1, colours + 1) if len(stated.bands) >= colours else (1,)))
        for band in self.bands:
            if not 1 <= band <= len(stated.bands):
                raise BandMissing(band, stated.bands)
        if len(self.bands) not in {1, colours}:
            raise ValueError(f"one band or three make a picture, not {len(self.bands)}")
        with rasterio.open(self.file) as source:
            self.bounds = transform_bounds(source.crs, WEB_MERCATOR, *source.bounds)
            self.degrees = transform_bounds(source.crs, "EPSG:4490", *source.bounds)
            self._palette = source.colormap(1) if source.colorinterp[0] == ColorInterp.palette else None
            self._stretch = None if stated.dtype == "uint8" else _stretch(source, self.bands)
        self._cut = lru_cache(maxsize=TILES_KEPT)(self._make)

    def png(self, z: int, x: int, y: int) -> bytes:
        """Return one 256-pixel PNG tile, see-through where the image has nothing; raises NoSuchTile."""
        west, south, east, north = tile_bounds(z, x, y)
        left, bottom, right, top = self.bounds
        if east <= left or west >= right or north <= bottom or south >= top:
            return EMPTY_PNG
        return self._cut(z, x, y)

    def _make(self, z: int, x: int, y: int) -> bytes:
        west, _, east, north = tile_bounds(z, x, y)
        pixel = (east - west) / TILE_PIXELS
        smooth = Resampling.nearest if self._palette else Resampling.bilinear
        view = {"crs": WEB_MERCATOR, "transform": Affine(pixel, 0, west, 0, -pixel, north), "resampling": smooth}
        size = {"width": TILE_PIXELS, "height": TILE_PIXELS}
        with rasterio.open(self.file) as source:
            own = ColorInterp.alpha in source.colorinterp  # a second alpha band is refused
            with WarpedVRT(source, **view, **size, add_alpha=not own) as warped:
                alpha = source.colorinterp.index(ColorInterp.alpha) + 1 if own else warped.count
                values, there = warped.read(self.bands), warped.read(alpha)
        out = io.BytesIO()
        Image.fromarray(self._rgba(values, there > 0)).save(out, "PNG", compress_level=3)
        return out.getvalue()

    def _rgba(self, values: npt.NDArray[np.generic], there: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        if self._palette:
            table = np.zeros((256, 4), dtype=np.uint8)
            for value, colour in self._palette.items():
                table[value] = colour
            rgba = table[values[0].astype(np.uint8)]
        else:
            seen = values if self._stretch is None else _shown(values.astype(np.float64), self._stretch)
            rgba = np.empty((*there.shape, 4), dtype=np.uint8)
            rgba[..., :3] = np.moveaxis(np.broadcast_to(seen, (3, *there.shape)), 0, -1)
            there = there & np.isfinite(values.astype(np.float64)).all(axis=0)
        rgba[..., 3] = np.where(there, 255, 0)
        return np.asarray(rgba, dtype=np.uint8)


def _stretch(source: rasterio.DatasetReader, bands: Sequence[int]) -> Stretch:
    shape = (len(bands), min(SAMPLE, source.height), min(SAMPLE, source.width))
    sample = source.read(list(bands), out_shape=shape, masked=True).astype(np.float64).filled(np.nan)
    ends = []
    for band in sample:
        known = band[np.isfinite(band)]
        low, high = np.percentile(known, [DARKEST, BRIGHTEST]) if known.size else (0.0, 1.0)
        ends.append((float(low), float(high) if high > low else math.nextafter(float(low), math.inf)))
    return tuple(ends)


def _shown(values: npt.NDArray[np.float64], stretch: Stretch) -> npt.NDArray[np.uint8]:
    low = np.array([end[0] for end in stretch])[:, None, None]
    high = np.array([end[1] for end in stretch])[:, None, None]
    scaled = np.nan_to_num((values - low) / (high - low), nan=0.0)
    return np.asarray(np.rint(np.clip(scaled, 0, 1) * 255), dtype=np.uint8)
