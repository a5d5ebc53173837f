"""What rasterio is handed to paint: plain points for a polygon of one ring, the shape itself for all else."""

import numpy as np
import shapely
from rasterio.features import rasterize

from gis.rings import outlines

SQUARE = shapely.box(1, 1, 4, 4)
YARD = shapely.box(5, 5, 12, 12).difference(shapely.box(7, 7, 10, 10))
ISLANDS = shapely.MultiPolygon([shapely.box(0, 13, 3, 16), shapely.box(13, 0, 16, 3)])


def test_the_same_pixels_are_painted_with_holes_and_islands_among_the_plain_ones():
    shapes = np.array([SQUARE, YARD, ISLANDS, shapely.box(9, 1, 12, 3)], dtype=object)
    numbers = range(1, 5)
    painted = rasterize(zip(outlines(shapes), numbers, strict=True), out_shape=(16, 16))
    assert (painted == rasterize(zip(shapes, numbers, strict=True), out_shape=(16, 16))).all()
    assert np.bincount(painted.ravel()).tolist() == [256 - 9 - 40 - 18 - 6, 9, 40, 18, 6]


def test_a_polygon_of_one_ring_is_its_points():
    (drawn,) = outlines(np.array([SQUARE], dtype=object))
    assert drawn == {"type": "Polygon", "coordinates": [shapely.get_coordinates(SQUARE).tolist()]}
    assert outlines(np.array([], dtype=object)) == []
