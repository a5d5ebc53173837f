"""Reads images as evidence: what a raster states, the mean of an index over each shape, and how much to trust it.

A raster is a lead for a field visit, never a finding (POLICY.md §13): too few pixels inside a shape mean "unknown".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import exactextract
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import rasterio.enums
import rasterio.errors
import rasterio.windows
import shapely
from exactextract.raster import NumPyRasterSource
from pyproj import CRS
from rasterio import Affine

from gis.crs import CrsMissing
from gis.element import Floats, Shapes
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame
Band: TypeAlias = tuple[Path, int]

LEAST_CORE_PIXELS = 9  # POLICY.md §13: Sentinel-2 at 10 m, after a buffer of −1 pixel
BLOCK = 2048  # pixels read at once, each way
SAME = 1e-6  # of a pixel: grids that differ by less are one grid
INDICES: Mapping[str, tuple[str, str]] = {"ndvi": ("nir", "red"), "ndbi": ("swir1", "nir")}  # (a − b) / (a + b)
ZONAL_COLUMNS = ("mean", "valid", "core", "share", "nodata_stated", "reason")


class RasterUnreadable(ValueError):
    """A file is no raster that GDAL reads; `file` names it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__(f"not a readable raster: {file}")


class RasterGrid(ValueError):
    """Two rasters that must lie on one grid do not; `differs` ⊆ crs, resolution, corner, size.

    Stacking them by position would pair pixels of different places (a 10 m with a 20 m band of the same shape).
    """

    def __init__(self, one: Path, other: Path, differs: Sequence[str]) -> None:
        self.one, self.other, self.differs = one, other, tuple(differs)
        super().__init__(f"{one} and {other} differ in {', '.join(self.differs)}")


class BandMissing(ValueError):
    """A raster has no band of that name or number; `known` lists what it has."""

    def __init__(self, band: str | int, known: Sequence[str]) -> None:
        self.band, self.known = band, tuple(known)
        super().__init__(f"no band {band}; known: {', '.join(self.known)}")


@dataclass(frozen=True)
class Facts:
    """What one raster file states about itself."""

    file: Path
    crs: CRS | None
    transform: Affine
    width: int  # pixels
    height: int  # pixels
    bands: tuple[str, ...]  # the names the file gives, else 1, 2 …
    dtype: str
    nodata: float | None
    nodata_stated: bool  # a nodata value, a mask or an alpha band says where there is nothing

    @property
    def resolution(self) -> tuple[float, float]:
        """Width and height of a pixel, in units of the CRS."""
        return abs(self.transform.a), abs(self.transform.e)


def facts(file: Path) -> Facts:
    """Return what a raster states; raises RasterUnreadable."""
    with _opened(file) as source:
        flags = {flag for band in source.mask_flag_enums for flag in band}
        return Facts(
            file=Path(file),
            crs=None if source.crs is None else CRS.from_user_input(source.crs),
            transform=source.transform,
            width=source.width,
            height=source.height,
            bands=tuple(name or str(number) for number, name in enumerate(source.descriptions, start=1)),
            dtype=source.dtypes[0],
            nodata=None if source.nodata is None else float(source.nodata),
            nodata_stated=rasterio.enums.MaskFlags.all_valid not in flags,
        )


def one_grid(files: Sequence[Path]) -> Facts:
    """Return the facts of the first raster if all lie on its grid; raises RasterGrid otherwise."""
    first, *others = [facts(file) for file in files]
    for other in others:
        if differs := _differences(first, other):
            raise RasterGrid(first.file, other.file, differs)
    return first


def zonal(
    raster: Path | Mapping[str, Path | Band],
    shapes: gpd.GeoSeries,
    index: str | int = "mean",
    least_core: float = LEAST_CORE_PIXELS,
) -> Frame:
    """Return, one row a shape, the mean of an index over it and the pixels behind that mean.

    Parameters
    ----------
    raster : a file whose bands are named, or band name → file (its first band) or (file, band number).
    shapes : polygons in any stated CRS, brought to the raster's; their index is kept.
    index : 'ndvi' = (nir − red)/(nir + red), 'ndbi' = (swir1 − nir)/(swir1 + nir), 'mean' = the first band,
        a band's name, or its number from 1. Stated scales and offsets are applied first.
    least_core : pixels that must remain after the shape is shrunk by one pixel.

    Returns
    -------
    mean (weighted by the covered part of each pixel; NaN = unknown), valid (pixels with a value in the shape, parts
    counted as parts), core (the same after −1 pixel), share (valid of all the shape's pixels), nodata_stated, and
    reason: '' or why the mean is unknown: no_shape, outside, no_data, few_pixels.

    Raises RasterUnreadable, RasterGrid, BandMissing, CrsMissing.
    """
    wanted = _wanted(raster, index)
    grid = one_grid([file for file, _ in wanted])
    if grid.crs is None:
        raise CrsMissing(grid.file)
    if shapes.crs is None:
        raise CrsMissing(None)
    placed = _in_pixels(shapes.to_crs(grid.crs), grid)
    whole, core = placed, shapely.buffer(placed, -1.0, join_style="mitre")
    sums, counts = _summed(wanted, grid, np.concatenate([whole, core]))
    valid, inner = counts[: len(shapes)], half_up(counts[len(shapes) :], 4)
    reason = _reasons(whole, grid, valid, inner, least_core)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(reason == "", sums[: len(shapes)] / valid, np.nan)
        share = np.minimum(valid / shapely.area(whole), 1.0)
    stated = all(facts(file).nodata_stated for file, _ in wanted)
    columns = (mean, valid, inner, share, np.full(len(shapes), stated), reason)
    result: Frame = pd.DataFrame(dict(zip(ZONAL_COLUMNS, columns, strict=True)), index=shapes.index)
    return result


def _opened(file: Path) -> rasterio.DatasetReader:
    try:
        return rasterio.open(file)
    except rasterio.errors.RasterioIOError as error:
        raise RasterUnreadable(Path(file)) from error


def _differences(one: Facts, other: Facts) -> list[str]:
    width, height = one.resolution
    close = (width * SAME, height * SAME)
    stretch = max(one.width, one.height)
    same = {
        "crs": one.crs == other.crs,
        "resolution": all(
            abs(getattr(one.transform, name) - getattr(other.transform, name)) * stretch <= close[name in "de"]
            for name in "abde"
        ),
        "corner": abs(one.transform.c - other.transform.c) <= close[0]
        and abs(one.transform.f - other.transform.f) <= close[1],
        "size": (one.width, one.height) == (other.width, other.height),
    }
    return [name for name, agrees in same.items() if not agrees]


def _wanted(raster: Path | Mapping[str, Path | Band], index: str | int) -> list[Band]:
    """Return the bands an index needs: two for a normalised difference, else one."""
    if isinstance(raster, Mapping):
        known = {name.lower(): (each if isinstance(each, tuple) else (each, 1)) for name, each in raster.items()}
        first = next(iter(known.values()))
    else:
        stated = facts(raster)
        known = {name.lower(): (raster, number) for number, name in enumerate(stated.bands, start=1)}
        known |= {str(number): (raster, number) for number in range(1, len(stated.bands) + 1)}
        first = (raster, 1)
    if index == "mean":
        return [first]
    needed = INDICES.get(str(index).lower(), (str(index).lower(),))
    for name in needed:
        if name not in known:
            raise BandMissing(name, list(known))
    return [known[name] for name in needed]


def _in_pixels(shapes: gpd.GeoSeries, grid: Facts) -> Shapes:
    """Return the shapes in pixels: x to the right from the left edge, y upwards from the upper edge (so ≤ 0)."""
    back = ~grid.transform

    def place(xy: Floats) -> Floats:
        column = back.a * xy[:, 0] + back.b * xy[:, 1] + back.c
        row = back.d * xy[:, 0] + back.e * xy[:, 1] + back.f
        return np.column_stack([column, -row])

    placed: Shapes = shapely.transform(shapely.force_2d(shapes.to_numpy()), place)
    return placed


def _blocks(grid: Facts) -> Iterator[rasterio.windows.Window]:
    for row in range(0, grid.height, BLOCK):
        for column in range(0, grid.width, BLOCK):
            size = min(BLOCK, grid.width - column), min(BLOCK, grid.height - row)
            yield rasterio.windows.Window(column, row, *size)


def _summed(wanted: Sequence[Band], grid: Facts, shapes: Shapes) -> tuple[Floats, Floats]:
    """Return the weighted sum and the pixel count under each shape, block by block: memory stays that of a block."""
    sums, counts = np.zeros(len(shapes)), np.zeros(len(shapes))
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    tree = shapely.STRtree(shapes[there])
    wkt = None if grid.crs is None else grid.crs.to_wkt()  # both sides are in pixels; exactextract asks for one name
    for window in _blocks(grid):
        west, north = window.col_off, -window.row_off
        east, south = west + window.width, north - window.height
        under = there[np.sort(tree.query(shapely.box(west, south, east, north)))]
        if len(under) == 0:
            continue
        values = _values(wanted, window)
        source = NumPyRasterSource(values, west, south, east, north, nodata=np.nan, srs_wkt=wkt)
        layer = gpd.GeoDataFrame({"row": under}, geometry=shapes[under], crs=grid.crs)
        found = exactextract.exact_extract(source, layer, ["sum", "count"], include_cols=["row"], output="pandas")
        row = found["row"].to_numpy(dtype=np.int64)
        sums[row] += found["sum"].fillna(0.0).to_numpy(dtype=np.float64)
        counts[row] += found["count"].fillna(0.0).to_numpy(dtype=np.float64)
    return sums, counts


def _values(wanted: Sequence[Band], window: rasterio.windows.Window) -> Floats:
    bands = [_band(file, number, window) for file, number in wanted]
    if len(bands) == 1:
        return bands[0]
    a, b = bands
    with np.errstate(invalid="ignore", divide="ignore"):
        difference: Floats = np.where(a + b == 0, np.nan, (a - b) / (a + b))
    return difference


def _band(file: Path, number: int, window: rasterio.windows.Window) -> Floats:
    """Return one band as it was measured: scale and offset applied, NaN where the file says there is nothing."""
    with _opened(file) as source:
        if not 1 <= number <= source.count:
            raise BandMissing(number, [str(each) for each in range(1, source.count + 1)])
        read = source.read(number, window=window, masked=True).astype(np.float64)
        filled: Floats = read.filled(np.nan) * source.scales[number - 1] + source.offsets[number - 1]
    return np.where(np.isfinite(filled), filled, np.nan)


def _reasons(shapes: Shapes, grid: Facts, valid: Floats, core: Floats, least_core: float) -> npt.NDArray[np.object_]:
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    outside = ~shapely.intersects(shapes, shapely.box(0, -grid.height, grid.width, 0))
    tests = [nothing, outside, valid <= 0, core < least_core]
    words = ["no_shape", "outside", "no_data", "few_pixels"]
    return np.select(tests, words, default="").astype(object)
