"""Cuts map tiles of a layer of parcels in memory: vector tiles near, pictures far, and the parcel under a click.

Nothing but a whole number and class codes is in a tile: names never leave the server this way. One `Layer` serves many
threads; its shapes are never handed to `shapely.prepare`, which crashes when threads share them.
"""

import io
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gis import mvt, tilepaint
from gis.crs import CrsMissing
from gis.element import Floats, Ints, Shapes
from gis.palette import MOST_CLASSES, Codes, Table

HALF_WORLD = math.pi * 6_378_137.0  # metres of web mercator from its middle to its edge
NORTHMOST = 85.051128779806604  # degrees; there the mercator map is square
DEEPEST_ZOOM = 22
TILE_PIXELS = 256
BUFFER = 64 / mvt.EXTENT  # of a tile's width: outlines run on past the edge, so no seam shows
LEAST_PIXELS = 0.3  # shapes smaller than this many square pixels are left out of a vector tile
CACHE_BYTES = 48 * 1024 * 1024
LAYER = "p"

Filter = Mapping[str, Collection[int]]
_Key = tuple[str, int, int, int, str, tuple[tuple[str, tuple[int, ...]], ...]]


class NoSuchTile(ValueError):
    """A tile address is outside the tile pyramid: z 0 to 22, x and y 0 to 2^z − 1."""

    def __init__(self, z: object, x: object, y: object) -> None:
        self.z, self.x, self.y = z, x, y
        super().__init__(f"no such tile: {z}/{x}/{y}")


class NoSuchAttribute(KeyError):
    """A layer has no attribute of that name; `known` lists what it has."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"no attribute {name}; known: {', '.join(self.known)}")


class Attribute(NamedTuple):
    """One way to colour or filter a layer: a class code a shape, and the table the codes belong to."""

    codes: Codes
    table: Table


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a tile in web mercator metres; raises NoSuchTile."""
    whole = all(isinstance(number, int) and not isinstance(number, bool) for number in (z, x, y))
    if not (whole and 0 <= z <= DEEPEST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile(z, x, y)
    side = 2 * HALF_WORLD / 2**z
    west, north = -HALF_WORLD + x * side, HALF_WORLD - y * side
    return west, north - side, west + side, north


def mercator(lonlat: Floats) -> Floats:
    """Return web mercator metres of (n, 2) degrees; beyond 85.05° N or S it is cut off.

    For drawing only: areas are 1.2 to 2 times too large there and never measured.
    """
    lat = np.clip(lonlat[:, 1], -NORTHMOST, NORTHMOST)
    y = np.log(np.tan(np.radians(90 + lat) / 2)) * HALF_WORLD / math.pi
    return np.column_stack([lonlat[:, 0] * HALF_WORLD / 180, y])


class Layer:
    """Shapes with class codes, ready to be cut into tiles.

    Parameters
    ----------
    shapes : any stated CRS (CrsMissing otherwise); a missing or empty shape is never drawn.
    attributes : name → Attribute; names are [a-z][a-z0-9_]*, codes below 250 and inside their table.
    pids : whole numbers ≥ 0 shown in the tiles, by default the positions 0 … n−1.
    version : goes into the cache key; put it into the tile URLs too, then browsers never show old tiles.
    """

    def __init__(
        self,
        shapes: gpd.GeoSeries,
        attributes: Mapping[str, Attribute],
        pids: Sequence[int] | Ints | None = None,
        version: str = "",
    ) -> None:
        if shapes.crs is None:
            raise CrsMissing(None)
        degrees = (shapes if shapes.crs.is_geographic else shapes.to_crs(4490)).to_numpy()
        self.version = version
        self.attributes = {name: _checked(name, each, len(shapes)) for name, each in attributes.items()}
        self.pids = np.arange(len(shapes)) if pids is None else np.asarray(pids, dtype=np.int64)
        if len(self.pids) != len(shapes) or (self.pids < 0).any():
            raise ValueError("pids must be one whole number ≥ 0 a shape")
        there = ~(shapely.is_missing(degrees) | shapely.is_empty(degrees))
        self.degrees = _box(degrees[there])
        self._position = np.flatnonzero(there)
        self._shapes: Shapes = shapely.transform(shapely.force_2d(degrees[there]), mercator)
        self._area: Floats = shapely.area(self._shapes)
        self._bounds: Floats = shapely.bounds(self._shapes)
        self._centre: Floats = shapely.get_coordinates(shapely.centroid(self._shapes))
        self._tree = shapely.STRtree(self._shapes)
        self._cache = _Cache(CACHE_BYTES)

    def mvt(self, z: int, x: int, y: int, only: Filter | None = None) -> bytes:
        """Return the vector tile: layer `p`, features with pid and class codes, nothing else; b"" where empty."""
        bounds = tile_bounds(z, x, y)
        return self._cache.get(self._key(z, x, y, "", only), lambda: self._vectors(bounds, only))

    def png(self, z: int, x: int, y: int, colour_by: str, only: Filter | None = None) -> bytes:
        """Return the tile as a 256-pixel PNG coloured by one attribute, classes without an answer hatched."""
        bounds = tile_bounds(z, x, y)
        table = self._attribute(colour_by).table
        key = self._key(z, x, y, colour_by, only)
        return self._cache.get(key, lambda: self._picture(bounds, colour_by, table, only))

    def pick(self, lon: float, lat: float, only: Filter | None = None) -> int | None:
        """Return the position of the shape at a point in degrees, the smallest where several lie; None where none."""
        if not (math.isfinite(lon) and math.isfinite(lat)):
            return None
        point = shapely.points(mercator(np.array([[lon, lat]])))[0]
        found = self._tree.query(point, predicate="intersects")
        found = found[self._kept(found, only)]
        if len(found) == 0:
            return None
        return int(self._position[found[np.lexsort((found, self._area[found]))[0]]])

    def position(self, pid: int) -> int | None:
        """Return the position of a pid (what a click gives), None where the layer has no such pid."""
        at = np.flatnonzero(self.pids == pid)
        return int(at[0]) if len(at) else None

    def count(self, only: Filter | None = None) -> int:
        """Return how many drawn shapes pass the filter."""
        return int(self._kept(np.arange(len(self._shapes)), only).sum())

    def _attribute(self, name: str) -> Attribute:
        if name not in self.attributes:
            raise NoSuchAttribute(name, self.attributes)
        return self.attributes[name]

    def _kept(self, found: Ints, only: Filter | None) -> npt.NDArray[np.bool_]:
        kept = np.ones(len(found), dtype=bool)
        for name, codes in (only or {}).items():
            kept &= np.isin(self._attribute(name).codes[self._position[found]], list(codes))
        return kept

    def _key(self, z: int, x: int, y: int, colour: str, only: Filter | None) -> _Key:
        kept = sorted((name, tuple(sorted(set(codes)))) for name, codes in (only or {}).items())
        return self.version, z, x, y, colour, tuple(kept)

    def _within(self, bounds: tuple[float, float, float, float], only: Filter | None) -> Ints:
        """Return the shapes near a box, the largest first: the smallest lies on top, as `pick` has it."""
        found = np.sort(self._tree.query(shapely.box(*bounds)))
        found = found[self._kept(found, only)]
        return found[np.argsort(-self._area[found], kind="stable")]

    def _vectors(self, bounds: tuple[float, float, float, float], only: Filter | None) -> bytes:
        west, south, east, north = bounds
        pixel = (east - west) / TILE_PIXELS
        margin = (east - west) * BUFFER
        frame = (west - margin, south - margin, east + margin, north + margin)
        found = self._within(frame, only)
        found = found[self._area[found] >= LEAST_PIXELS * pixel**2]
        if len(found) == 0:
            return b""
        shapes = shapely.simplify(self._shapes[found], pixel / 4)
        box = self._bounds[found]
        crossing = ((box[:, :2] < frame[:2]) | (box[:, 2:] > frame[2:])).any(axis=1)
        shapes[crossing] = shapely.clip_by_rect(shapes[crossing], *frame)
        rows = self._position[found]
        values = {name: each.codes[rows].astype(np.int64) for name, each in self.attributes.items()}
        return mvt.encode(shapes, {"pid": self.pids[rows], **values}, bounds, LAYER)

    def _picture(
        self, bounds: tuple[float, float, float, float], colour_by: str, table: Table, only: Filter | None
    ) -> bytes:
        frame = tilepaint.framed(bounds)
        found = self._within(frame, only)
        if len(found) == 0:
            return EMPTY_PNG
        codes = self.attributes[colour_by].codes[self._position[found]]
        heap = tilepaint.Heap(self._shapes[found], self._area[found], self._centre[found], codes)
        return tilepaint.paint(heap, table, bounds)


class _Cache:
    """The most recently used tiles, up to so many bytes; safe between threads."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._tiles: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key, make: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        tile = make()  # outside the lock: two threads may cut the same tile, none waits for another's
        with self._lock:
            if key not in self._tiles:
                self._held += len(tile)
            self._tiles[key] = tile
            while self._held > self._most and len(self._tiles) > 1:
                self._held -= len(self._tiles.popitem(last=False)[1])
        return tile


def _checked(name: str, attribute: Attribute, size: int) -> Attribute:
    codes = np.asarray(attribute.codes)
    classes = len(attribute.table.swatches)
    plain = name.isascii() and name.isidentifier() and name.islower() and name != "pid"
    if not plain or codes.shape != (size,) or not np.issubdtype(codes.dtype, np.integer) or classes > MOST_CLASSES:
        raise ValueError(f"attribute {name!r} must be lower case, with one whole-number code a shape")
    if size and (codes.min() < 0 or codes.max() >= classes):
        raise ValueError(f"attribute {name!r} has codes outside its table of {classes} classes")
    return Attribute(codes.astype(np.uint8), attribute.table)


def _box(shapes: Shapes) -> tuple[float, float, float, float] | None:
    if len(shapes) == 0:
        return None
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    return west, south, east, north


def _empty_png() -> bytes:
    out = io.BytesIO()
    tilepaint.transparent().save(out, "PNG")
    return out.getvalue()


EMPTY_PNG = _empty_png()
