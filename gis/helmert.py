"""A stated datum shift: the seven parameters a bureau holds, applied as they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyproj
from pyproj import CRS

from gis.element import Floats

Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]


def shift(source: CRS, goal: CRS, numbers: Sequence[float]) -> Shift:
    """Source x, y to goal x, y over dx, dy, dz [m], rx, ry, rz [″], ds [ppm].

    Position-vector convention, the 布尔莎 model as Chinese surveys write it. Ellipsoidal height 0,
    as parcel maps have none.
    """
    down = pyproj.Transformer.from_crs(source, source.geodetic_crs, always_xy=True)
    across = pyproj.Transformer.from_pipeline(_pipeline(source, goal, numbers))
    up = pyproj.Transformer.from_crs(goal.geodetic_crs, goal, always_xy=True)

    def shifted(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        moved: tuple[Floats, Floats] = up.transform(*across.transform(*down.transform(x, y)))
        return moved

    return shifted


def _pipeline(source: CRS, goal: CRS, numbers: Sequence[float]) -> str:
    """Degrees on one ellipsoid to degrees on the other, by way of the geocentre."""
    keys = ("x", "y", "z", "rx", "ry", "rz", "s")
    parameters = " ".join(f"+{key}={value}" for key, value in zip(keys, numbers, strict=True))
    return " +step ".join([
        "+proj=pipeline",
        "+proj=unitconvert +xy_in=deg +xy_out=rad",
        f"+proj=cart {_ellipsoid(source)}",
        f"+proj=helmert {parameters} +convention=position_vector",
        f"+inv +proj=cart {_ellipsoid(goal)}",
        "+proj=unitconvert +xy_in=rad +xy_out=deg",
    ])


def _ellipsoid(crs: CRS) -> str:
    ellipsoid: Any = crs.ellipsoid
    return f"+a={ellipsoid.semi_major_metre} +rf={ellipsoid.inverse_flattening}"
