"""The words and numbers of a coordinate reference system: read one, name one, refuse what is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pyproj import CRS
from pyproj.exceptions import CRSError

Bounds = tuple[float, float, float, float]

CGCS2000 = 4490
WGS84 = 4326
WEB_MERCATOR = 3857
DATUMS = {4490: "CGCS2000", 4610: "西安80", 4214: "北京54", 4326: "WGS 84", 3824: "TWD97"}
LEGACY = {"西安80": "Xian 1980", "北京54": "Beijing 1954"}
PREFIX = 1_000_000.0
FALSE_EASTING = 500_000.0
THREE, SIX = 3, 6
ZONES = {THREE: range(25, 46), SIX: range(13, 24)}  # zone numbers over China (POLICY §11)
FIRST_EPSG = {(THREE, True): 4513, (THREE, False): 4534, (SIX, True): 4491, (SIX, False): 4502}
WORDS = re.compile(
    r"(?P<width>[36])\s*度.*?(?:第?\s*(?P<zone>\d{1,2})\s*带|中央(?:经线|子午线)\s*(?P<meridian>\d{2,3}))"
)


class CrsMissing(ValueError):
    """A layer states no CRS; `file` where known, `bounds` and `candidates` to ask a person with."""

    def __init__(self, file: str | Path | None, bounds: Bounds | None = None, candidates: Sequence[CRS] = ()) -> None:
        self.file, self.bounds, self.candidates = file, bounds, tuple(candidates)
        super().__init__(f"no CRS stated: {file}")


class CrsDiffer(ValueError):
    """Two layers that must share a CRS do not."""

    def __init__(self, one: CRS | None, other: CRS | None) -> None:
        self.one, self.other = one, other
        super().__init__(f"CRS differ: {one and one.name} and {other and other.name}")


class CrsUnreadable(ValueError):
    """What was given as a CRS is none."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"not a CRS: {value!r}")


class DatumShift(ValueError):
    """Between these two lies a datum shift of some 100 m that nobody has stated (POLICY §11)."""

    def __init__(self, source: CRS, target: CRS) -> None:
        self.source, self.target = source, target
        super().__init__(f"datum shift not stated: {source.name} to {target.name}")


class GaussKruger(NamedTuple):
    """A Gauss-Krüger plane: width 3 or 6 degrees, central meridian, zone number if it is in x."""

    width: int
    meridian: float
    prefix: int | None


def read(value: object) -> CRS:
    """The CRS meant by a CRS, an EPSG number or code, WKT, or Chinese words such as 3度带 第40带.

    A CRS that is an EPSG one in all but axis order and name (ESRI .prj) becomes the EPSG one, so
    that equal planes compare equal. Words mean CGCS2000 unless they name 西安80 or 北京54. Raises
    CrsUnreadable.
    """
    if isinstance(value, str) and (worded := _worded(value.strip())):
        return worded
    try:
        text = value.strip() if isinstance(value, str) else value
        crs = CRS.from_user_input(int(text) if isinstance(text, str) and text.isdigit() else text)
    except (CRSError, TypeError) as error:
        raise CrsUnreadable(value) from error
    flat = crs if len(crs.axis_info) == len("xy") else crs.to_2d()
    epsg = flat.to_epsg()
    return CRS.from_epsg(epsg) if epsg else _by_parameters(flat)


def _by_parameters(crs: CRS) -> CRS:
    """The EPSG plane of a CGCS2000 Gauss-Krüger CRS whose name says otherwise; any other CRS as it is."""
    gk = gauss_kruger(crs)
    if gk is None or datum(crs) != DATUMS[CGCS2000]:
        return crs
    width = SIX if gk.prefix in ZONES[SIX] else THREE
    if gk.prefix and central_meridian(width, gk.prefix) != gk.meridian:
        return crs
    try:
        return plane(width, int(gk.meridian), prefixed=gk.prefix is not None) if gk.meridian.is_integer() else crs
    except CrsUnreadable:
        return crs


def datum(crs: CRS) -> str | None:
    """CGCS2000, 西安80, 北京54, WGS 84 or TWD97, whatever the CRS is called; None for another datum."""
    if crs.datum is None:
        return None
    same = (code for code in DATUMS if str(crs.datum.name) in _datum_names(code))
    return next((DATUMS[code] for code in same), None)


@cache
def _datum_names(code: int) -> tuple[str, ...]:
    known = CRS.from_epsg(code).datum
    return (known.name if known else "", *(["World Geodetic System 1984"] if code == WGS84 else []))


def gauss_kruger(crs: CRS) -> GaussKruger | None:
    """Width, central meridian and zone prefix of a Gauss-Krüger CRS; None for any other."""
    operation = crs.coordinate_operation
    if operation is None or operation.method_name not in ("Transverse Mercator", "Gauss-Kruger"):
        return None
    value = {p.name: float(p.value) for p in operation.params}
    if value.get("Scale factor at natural origin") != 1 or value.get("Latitude of natural origin"):
        return None
    prefix, rest = divmod(value["False easting"], PREFIX)
    if rest != FALSE_EASTING:
        return None
    three = int(prefix) in ZONES[THREE] or "3-degree" in crs.name or "3_Degree" in crs.name
    return GaussKruger(THREE if three else SIX, value["Longitude of natural origin"], int(prefix) or None)


def central_meridian(width: int, zone: int) -> int:
    """The central meridian [°E] of a zone number: 3n, or 6n − 3."""
    return width * zone - (THREE if width == SIX else 0)


def plane(width: int, meridian: int, *, prefixed: bool = False) -> CRS:
    """The CGCS2000 Gauss-Krüger plane of a central meridian; EPSG numbers by POLICY §11.

    Raises CrsUnreadable where there is no such zone.
    """
    zones = [zone for zone in ZONES.get(width, ()) if central_meridian(width, zone) == meridian]
    if not zones:
        raise CrsUnreadable(f"CGCS2000 {width}° {meridian}°E")
    return CRS.from_epsg(FIRST_EPSG[width, prefixed] + zones[0] - ZONES[width][0])


def name(crs: CRS) -> str:
    """The CRS as an officer says it, e.g. CGCS2000 / 3度带 中央经线 120°E; `read` reads it back."""
    if crs.is_geographic:
        return f"{datum(crs) or crs.name} 经纬度"
    if crs.to_epsg() == WEB_MERCATOR:
        return "WGS 84 / 网络墨卡托"
    gk = gauss_kruger(crs)
    if gk is None or datum(crs) is None:
        return str(crs.name)
    zone = f"第{gk.prefix}带(横坐标含带号)" if gk.prefix else ""
    return f"{datum(crs)} / {gk.width}度带 {zone}中央经线 {gk.meridian:g}°E"


def _worded(text: str) -> CRS | None:
    """A CRS in Chinese words; None for words that say nothing of a zone."""
    plain = {f"{word} 经纬度": code for code, word in DATUMS.items()} | {"WGS 84 / 网络墨卡托": WEB_MERCATOR}
    if text in plain:
        return CRS.from_epsg(plain[text])
    found = WORDS.search(text)
    if not found:
        return None
    width, zone = int(found["width"]), found["zone"]
    meridian = int(found["meridian"]) if zone is None else central_meridian(width, int(zone))
    modern = plane(width, meridian, prefixed=zone is not None)
    legacy = next((english for word, english in LEGACY.items() if word in text), None)
    return _on_datum(modern, legacy) if legacy else modern


def _on_datum(modern: CRS, legacy: str) -> CRS:
    """The same plane on a legacy datum, by its EPSG name."""
    try:
        return CRS.from_user_input(modern.name.replace("CGCS2000", legacy))
    except CRSError as error:
        raise CrsUnreadable(f"{legacy} {modern.name}") from error
