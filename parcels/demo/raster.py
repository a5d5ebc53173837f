"""Paint a small multispectral image whose pixels agree with what stands on the ground."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from rasterio.features import rasterize

from gis.rings import outlines

BANDS = ("blue", "green", "red", "nir", "swir1")
PIXEL = 10.0  # metres, as Sentinel-2
LARGEST = 2400  # pixels a side; a bigger county gets bigger pixels
NODATA = 0
ROOF, YARD, ROAD, GRASS, TREES, WATER, FIELD, SOIL = range(1, 9)
# reflectance × 10 000 by band: what each cover looks like in early summer
COVER = {
    ROOF: (1900, 2000, 2150, 2400, 2900),
    YARD: (1300, 1450, 1600, 1900, 2500),
    ROAD: (1100, 1150, 1200, 1350, 1700),
    GRASS: (500, 800, 620, 3000, 1900),
    TREES: (300, 520, 340, 3700, 1500),
    WATER: (600, 620, 420, 260, 120),
    FIELD: (600, 900, 800, 2700, 2100),
    SOIL: (1000, 1250, 1500, 2100, 3100),
}
BY_CODE = {
    "0601": YARD, "0508": YARD, "08H2": YARD, "05H1": YARD, "08H1": YARD, "0809": YARD, "1004": ROAD, "0810": TREES,
    "1101": WATER, "1201": GRASS, "0101": FIELD, "0103": FIELD, "0301": TREES, "0201": TREES,
}  # fmt: skip


def write(
    path: Path,
    actual: gpd.GeoDataFrame,
    halls: gpd.GeoDataFrame,
    bare: gpd.GeoSeries,
    rng: np.random.Generator,
    taken: str,
) -> None:
    """Write a uint16 GeoTIFF of BANDS over the extent of `actual`: yards and roofs where built, grass where not.

    `bare` lots show soil: work began there and stopped. `taken` is the moment of the image, 2025:06:15 10:30:00.
    """
    west, south, east, north = actual.total_bounds
    pixel = max(PIXEL, float(np.ceil(max(east - west, north - south) / LARGEST)))
    height, width = int((north - south) // pixel), int((east - west) // pixel)
    transform = Affine(pixel, 0.0, west, 0.0, -pixel, north)
    grid = {"out_shape": (height, width), "transform": transform, "dtype": "uint8"}
    covers = actual["code"].map(BY_CODE).fillna(SOIL).astype(int)
    drawn = actual.geometry.notna() & ~actual.geometry.is_empty
    there = outlines(actual.geometry[drawn].to_numpy())
    cover = rasterize(zip(there, covers[drawn].tolist(), strict=True), fill=SOIL, **grid)
    if len(bare):
        cover[rasterize(outlines(bare.to_numpy()), fill=0, **grid) == 1] = SOIL
    if len(halls) and pixel == PIXEL:  # no hall fills a coarser pixel
        cover[rasterize(outlines(halls.geometry.to_numpy()), fill=0, **grid) == 1] = ROOF
    colour = np.zeros((max(COVER) + 1, len(BANDS)), dtype=np.float32)
    for kind, values in COVER.items():
        colour[kind] = values
    profile = {"driver": "GTiff", "dtype": "uint16", "count": len(BANDS), "height": height, "width": width,
               "crs": actual.crs, "transform": transform, "nodata": NODATA, "compress": "deflate", "predictor": 2,
               "tiled": True, "blockxsize": 256, "blockysize": 256}  # fmt: skip
    with rasterio.open(path, "w", **profile) as image:
        image.update_tags(TIFFTAG_DATETIME=taken)
        for band, name in enumerate(BANDS):
            noise = 1 + np.float32(0.03) * rng.standard_normal(cover.shape, dtype=np.float32)
            values = np.clip(colour[cover, band] * noise, 1, 10_000).astype("uint16")
            image.write(values // 8 * 8 + 1, band + 1)  # sensors are no finer; and the file stays small
            image.set_band_description(band + 1, name)
