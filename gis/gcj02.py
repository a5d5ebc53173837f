"""GCJ-02 and BD-09, the offset coordinates of Chinese web maps: taken off points on import, never put on.

The formula is the public one of the open geocoding tools; its constants have no published
authority. Against the 664 cities of gcoord's test data (MIT) it alone stays 0.479 m and 0.470 m
short, everywhere alike to 0.016 m, as if the services' noise term had been left out: that constant
is put back, after which the cities agree to 0.1 m.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.element import Floats

Pair = tuple[Floats, Floats]

AXIS = 6_378_245.0  # Krassowsky 1940, as in the formula
ECCENTRICITY2 = 0.006_693_421_622_965_943
BAIDU = np.pi * 3000 / 180
LON, LAT = (72.004, 137.8347), (0.8293, 55.8271)  # outside it nothing is offset
NOISE_M = 0.475  # mean shortfall of the bare formula, east and north, over gcoord's cities
ROUNDS = 12


def system(value: object) -> str | None:
    """GCJ-02 or BD-09 if that is what is named, in any spelling; else None."""
    plain = str(value).upper().replace("-", "").replace("_", "").replace(" ", "")
    return {"GCJ02": "GCJ-02", "火星坐标": "GCJ-02", "BD09": "BD-09", "BD09LL": "BD-09", "百度坐标": "BD-09"}.get(plain)


def to_wgs84(lon: Floats, lat: Floats, named: str) -> Pair:
    """Longitude and latitude [°] (n,) of WGS 84 from those of GCJ-02 or BD-09, good to a millimetre of the formula.

    The forward formula is inverted by iteration. NaN stays NaN. Raises KeyError for another system.
    """
    forward = {"GCJ-02": from_wgs84, "BD-09": _wgs84_to_bd09}[named]
    return _inverted(forward, np.asarray(lon, np.float64), np.asarray(lat, np.float64))


def from_wgs84(lon: Floats, lat: Floats) -> Pair:
    """The GCJ-02 formula [°], needed to invert it and to test it."""
    x, y = lon - 105, lat - 35
    wave = 20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)
    north = NOISE_M - 100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north = north + (wave + _swell(y, 3, 160, 320)) * 2 / 3
    east = NOISE_M + 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east = east + (wave + _swell(x, 3, 150, 300)) * 2 / 3
    phi = np.radians(lat)
    root = np.sqrt(1 - ECCENTRICITY2 * np.sin(phi) ** 2)
    d_lat = np.degrees(north * root**3 / (AXIS * (1 - ECCENTRICITY2)))
    d_lon = np.degrees(east * root / (AXIS * np.cos(phi)))
    inside = (lon > LON[0]) & (lon < LON[1]) & (lat > LAT[0]) & (lat < LAT[1])
    return lon + np.where(inside, d_lon, 0), lat + np.where(inside, d_lat, 0)


def _swell(t: Floats, period: float, large: float, larger: float) -> Floats:
    """The long waves of the formula along one axis."""
    wave: Floats = 20 * np.sin(t * np.pi) + 40 * np.sin(t * np.pi / period)
    return wave + large * np.sin(t * np.pi / 12) + larger * np.sin(t * np.pi / 30)


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _wgs84_to_bd09(lon: Floats, lat: Floats) -> Pair:
    return _gcj02_to_bd09(*from_wgs84(lon, lat))


def _inverted(forward: Callable[[Floats, Floats], Pair], lon: Floats, lat: Floats) -> Pair:
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        to_lon, to_lat = forward(x, y)
        x, y = x + lon - to_lon, y + lat - to_lat
    return x, y
