"""Draws parcels, outlines and the legend on the web map: each layer is one JSON object for map.js, never code.

Only numbers, validated ids and the catalog's words get in (UI.md §4); names stay in widgets beside the map.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from branca.element import MacroElement
from folium.template import Template

from gis import literal
from gis.crs import CrsMissing
from gis.element import Shapes
from gis.palette import Swatch, Table

literal.install()

MAX_ZOOM = 20
MIN_ZOOM = 4
VECTOR_FROM_ZOOM = 13  # parcels as shapes from here, as pictures below
MAX_NATIVE_ZOOM = 18
MOST_OUTLINE_VERTICES = 50_000  # more belongs into tiles: the browser and streamlit-folium both take seconds
THINNING = (1e-5, 1e-4)  # degrees, about 1 and 10 m
LONGEST_MARK = 2  # signs written on a parcel: A+, T
EDGE = "#444444"
SELECTED = "#0033ff"

_ID = re.compile(r"[0-9A-Za-z_-]+")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_URL = re.compile(r"(?:\{[zxy]\}|[0-9A-Za-z_./~-])+(?:\?[0-9A-Za-z_.,;~&=%-]*)?")
_FULL_WIDTH = str.maketrans("{}<>&", "｛｝＜＞＆")


class UnsafeText(ValueError):
    """Text that may not enter a map was given; `what` names the argument, `text` is what was refused."""

    def __init__(self, what: str, text: object) -> None:
        self.what, self.text = what, text
        super().__init__(f"{what} may not enter the map: {text!r}")


class OutlineTooLarge(ValueError):
    """An outline of more than MOST_OUTLINE_VERTICES vertices was asked for; draw it as tiles."""

    def __init__(self, vertices: int) -> None:
        self.vertices = vertices
        super().__init__(f"{vertices} vertices in an outline; the most is {MOST_OUTLINE_VERTICES}")


def safe_text(text: str) -> str:
    """Return text that can be neither markup nor a template: { } < > & full width, control characters gone."""
    return "".join(sign for sign in text.translate(_FULL_WIDTH) if sign.isprintable())


def safe_id(key: object, position: int) -> str | int:
    """Return the id as it is where it matches ^[0-9A-Za-z_-]+$, else the row's position."""
    text = str(key)
    return text if _ID.fullmatch(text) else position


class _Layer(MacroElement):
    """One call of mujian.<function>(options) in map.js, put on its parent; `call` is a plain JSON object."""

    function = ""
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = mujian.{{ this.function }}({{ this.call|tojson }});"
        "{{ this._parent.get_name() }}.addLayer({{ this.get_name() }});{% endmacro %}"
    )

    def __init__(self, call: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = type(self).__name__
        self.call = call


class ParcelTiles(_Layer):
    """Vector tiles of parcels: a click gives the parcel's pid (see `picked`), hovering shows the class.

    `url` is a path with {z}/{x}/{y}; the tiles hold a layer `p` with `pid` and the class code `colour_by`.
    `labels` are the catalog's words for the classes of `table`, in its order. Where the table's own words are short
    (grades), they are written on the parcels too. Raises UnsafeText.
    """

    function = "parcels"

    def __init__(
        self,
        url: str,
        colour_by: str,
        table: Table,
        labels: Sequence[str],
        min_zoom: int = VECTOR_FROM_ZOOM,
        max_native_zoom: int = MAX_NATIVE_ZOOM,
        opacity: float = 1.0,
    ) -> None:
        if not _WORD.fullmatch(colour_by):
            raise UnsafeText("colour_by", colour_by)
        super().__init__({
            "url": _path(url),
            "colour_by": colour_by,
            "swatches": _drawn(table.swatches),
            "labels": [safe_text(label) for _, label in zip(table.swatches, labels, strict=True)],
            "marks": [safe_text(word) if len(word) <= LONGEST_MARK else "" for word in table.words],
            "edge": EDGE,
            "min_zoom": int(min_zoom),
            "max_native_zoom": int(max_native_zoom),
            "max_zoom": MAX_ZOOM,
        })


class ImageTiles(_Layer):
    """PNG tiles: parcels seen from afar (to z12), or an own image (`max_zoom` 20). Raises UnsafeText."""

    function = "images"

    def __init__(
        self,
        url: str,
        min_zoom: int = MIN_ZOOM,
        max_zoom: int = VECTOR_FROM_ZOOM - 1,
        max_native_zoom: int | None = None,
        opacity: float = 1.0,
    ) -> None:
        super().__init__({
            "url": _path(url),
            "min_zoom": int(min_zoom),
            "max_zoom": int(max_zoom),
            "max_native_zoom": int(max_zoom if max_native_zoom is None else max_native_zoom),
            "opacity": float(opacity),
        })


class Outline(_Layer):
    """A few shapes drawn over the tiles: the chosen parcel, or the polygons a share counted.

    `shapes` may be in any stated CRS. `ids` that are not plain become the row's position. With `table` and `codes`
    each shape is filled as its class, else only its edge is drawn, in `colour`. Clicks go through to the parcels
    beneath. Beyond MOST_OUTLINE_VERTICES edges are thinned, on the picture only, by up to about 10 m.
    Raises CrsMissing, UnsafeText, OutlineTooLarge where thinning is not enough.
    """

    function = "outline"

    def __init__(
        self,
        shapes: gpd.GeoSeries,
        ids: Sequence[object] | None = None,
        table: Table | None = None,
        codes: Sequence[int] | None = None,
        weight: float = 4.0,
        colour: str = SELECTED,
    ) -> None:
        if not _COLOUR.fullmatch(colour):
            raise UnsafeText("colour", colour)
        keys = list(range(len(shapes))) if ids is None else list(ids)
        classes = [-1] * len(shapes) if codes is None else [int(code) for code in codes]
        drawn = [
            {"type": "Feature", "id": safe_id(key, row), "properties": {"code": code}, "geometry": geometry}
            for row, (key, code, geometry) in enumerate(zip(keys, classes, _geojson(shapes), strict=True))
            if geometry is not None
        ]
        super().__init__({
            "data": {"type": "FeatureCollection", "features": drawn},
            "swatches": [] if table is None else _drawn(table.swatches),
            "edge": colour if table is None else EDGE,
            "weight": float(weight),
        })


class Legend(_Layer):
    """The key of the map, always shown; entries are a swatch and the catalog's words for it."""

    function = "legend"

    def __init__(self, title: str, entries: Sequence[tuple[Swatch, str]]) -> None:
        labels = [safe_text(label) for _, label in entries]
        rows = _drawn([swatch for swatch, _ in entries])
        super().__init__({
            "title": safe_text(title),
            "entries": [{**row, "label": label} for row, label in zip(rows, labels, strict=True)],
        })


def _path(url: str) -> str:
    if not _URL.fullmatch(url) or "//" in url:
        raise UnsafeText("url", url)
    return url


def _drawn(swatches: Sequence[Swatch]) -> list[dict[str, str]]:
    for swatch in swatches:
        if not _COLOUR.fullmatch(swatch.colour):
            raise UnsafeText("colour", swatch.colour)
        if swatch.hatch not in {"", "/", "\\", "x"}:
            raise UnsafeText("hatch", swatch.hatch)
    return [{"colour": swatch.colour, "hatch": swatch.hatch} for swatch in swatches]


def _geojson(shapes: gpd.GeoSeries) -> list[dict[str, Any] | None]:
    """Return each shape's GeoJSON geometry in degrees, to 7 decimals (1 cm), None where there is none."""
    if shapes.crs is None:
        raise CrsMissing(None)
    globe = (shapes if shapes.crs.is_geographic else shapes.to_crs(4490)).to_numpy()
    globe = _thinned(globe)
    rounded = shapely.transform(shapely.force_2d(globe), lambda xy: np.round(xy, 7))
    if not np.isfinite(shapely.get_coordinates(rounded)).all():
        raise ValueError("an outline has a coordinate that is no number")
    return [json.loads(text) if text else None for text in shapely.to_geojson(rounded)]


def _thinned(shapes: Shapes) -> Shapes:
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    for degrees in THINNING:
        if vertices <= MOST_OUTLINE_VERTICES:
            break
        shapes = shapely.simplify(shapes, degrees)
        vertices = int(shapely.get_num_coordinates(shapes).sum())
    if vertices > MOST_OUTLINE_VERTICES:
        raise OutlineTooLarge(vertices)
    return shapes
