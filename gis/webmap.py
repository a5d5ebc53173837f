"""Builds the web map: a folium shell that asks no other host, and layers through which no text can become code.

Rules of UI.md §4 kept here: only numbers, validated ids and our own catalog's words enter folium; attributes travel in
tiles as class codes; names are shown by widgets or by `textContent`. `gis.literal` guards branca as a second wall.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import folium
import folium.plugins
from branca.colormap import ColorMap
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from gis.maplayers import (
    MAX_ZOOM,
    MIN_ZOOM,
    ImageTiles,
    Legend,
    Outline,
    OutlineTooLarge,
    ParcelTiles,
    UnsafeText,
    safe_id,
    safe_text,
)

__all__ = [
    "CONTROLS",
    "ImageTiles",
    "Legend",
    "Outline",
    "OutlineTooLarge",
    "ParcelTiles",
    "UnsafeText",
    "audit",
    "base_map",
    "group",
    "localise",
    "picked",
    "safe_id",
    "safe_text",
]

ASSETS = Path(__file__).parent / "assets"
BASE = "../../assets/"  # a component's page is <prefix>/component/streamlit_folium.st_folium/index.html
_ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>)]+""")

OUR_FILES = ("vectorgrid/Leaflet.VectorGrid.bundled.js", "mujian/map.js")
LOCAL: Mapping[type[JSCSSMixin], tuple[tuple[str, ...], tuple[str, ...]]] = {
    folium.Map: (("leaflet/leaflet.js",), ("leaflet/leaflet.css",)),
    folium.plugins.VectorGridProtobuf: (("vectorgrid/Leaflet.VectorGrid.bundled.js",), ()),
    folium.plugins.Fullscreen: (("fullscreen/Control.FullScreen.js",), ("fullscreen/Control.FullScreen.css",)),
    folium.plugins.MeasureControl: (("measure/leaflet-measure.cn.js",), ("measure/leaflet-measure.css",)),
    folium.plugins.Draw: (("draw/leaflet.draw.js",), ("draw/leaflet.draw.css",)),
    folium.plugins.MousePosition: (("mouse/L.Control.MousePosition.js",), ("mouse/L.Control.MousePosition.css",)),
}


def localise(base: str = BASE) -> None:
    """Point every folium element we use at our own copy of its files; `base` is the URL of gis/assets/."""
    for element, (scripts, styles) in LOCAL.items():
        element.default_js = [(Path(name).stem, base + name) for name in scripts]
        element.default_css = [(Path(name).stem + "_css", base + name) for name in styles]
    _Shell.default_js = [(Path(name).stem, base + name) for name in OUR_FILES]


def audit(page: folium.Map) -> list[str]:
    """Return every outside address a page with this map would ask for; it must be empty."""
    links: list[str] = []
    pending: list[Element] = [page]
    while pending:
        element = pending.pop()
        if isinstance(element, ColorMap):
            links.append("d3 (asked for by streamlit-folium for every ColorMap)")
        if isinstance(element, JSCSSMixin):
            named = [*element.default_js, *element.default_css]
            links.extend(url for _, url in named if _ADDRESS.search(url))
        pending.extend(element._children.values())  # noqa: SLF001  branca gives no other way down
    links.extend(_ADDRESS.findall(re.sub(r"^\s*//.*$", "", page.get_root().render(), flags=re.MULTILINE)))
    return list(dict.fromkeys(links))


@cache
def words() -> Mapping[str, Any]:
    """Return the map's own Chinese words (gis/assets/mujian/words.zh-CN.json)."""
    read: dict[str, Any] = json.loads((ASSETS / "mujian" / "words.zh-CN.json").read_text(encoding="utf-8"))
    return read


class _Shell(JSCSSMixin):
    """Scale in metres, Chinese words, no flag in the attribution; carries the scripts that later layers need."""

    _template = Template(
        "{% macro script(this, kwargs) %}mujian.shell({{ this._parent.get_name() }}, {{ this.words|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Shell"
        self.words = words()


def base_map(
    bounds: tuple[float, float, float, float] | None = None,
    controls: Collection[str] = ("fullscreen", "measure", "position"),
) -> folium.Map:
    """Return the empty map: no basemap, metric scale, Chinese controls, zoom 4 to 20.

    `bounds` are west, south, east, north in degrees. Keep it the same for a session: any change in it remounts the
    map in the browser; what changes goes into `feature_group_to_add` (see `group`). `controls` ⊆ CONTROLS.
    """
    page = folium.Map(location=[35.0, 105.0], zoom_start=MIN_ZOOM, tiles=None, zoom_control=False)
    page.options["max_zoom"] = MAX_ZOOM  # folium ignores max_zoom= where tiles is None
    page.options["min_zoom"] = MIN_ZOOM
    _Shell().add_to(page)
    if unknown := set(controls) - set(_CONTROLS):
        raise ValueError(f"no such control: {sorted(unknown)}; known: {CONTROLS}")
    for name, control in _CONTROLS.items():
        if name in controls:
            control().add_to(page)
    if bounds is not None:
        west, south, east, north = _degrees(bounds)
        page.fit_bounds([[south, west], [north, east]])
    return page


def group(*layers: MacroElement) -> folium.FeatureGroup:
    """Return the layers as one feature group, for st_folium's `feature_group_to_add`."""
    holder = folium.FeatureGroup(name="layers", control=False)
    for layer in layers:
        layer.add_to(holder)
    return holder


def picked(returned: Mapping[str, Any] | None) -> int | None:
    """Return the pid of the parcel last clicked, from what st_folium returned; None where none was.

    Ask st_folium for `last_object_clicked_tooltip` and `last_object_clicked_count`: the count tells a second click
    on the same parcel from a rerun.
    """
    value = (returned or {}).get("last_object_clicked_tooltip")
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _fullscreen() -> MacroElement:
    said = words()
    return folium.plugins.Fullscreen(  # type: ignore[no-untyped-call]
        title=said["fullscreen"], title_cancel=said["fullscreen_off"]
    )


def _measure() -> MacroElement:
    mu = {"factor": 0.0015, "display": words()["mu"], "decimals": 2}  # 1 ㎡ = 0.0015 亩, exactly
    return folium.plugins.MeasureControl(  # type: ignore[no-untyped-call]
        position="topleft",
        primary_length_unit="meters",
        secondary_length_unit="kilometers",
        primary_area_unit="mu",
        secondary_area_unit="sqmeters",
        units={"mu": mu},
    )


def _position() -> MacroElement:
    return folium.plugins.MousePosition(  # type: ignore[no-untyped-call]
        position="bottomleft", prefix=words()["coordinates"], lng_first=True, num_digits=6, empty_string=" "
    )


def _draw() -> MacroElement:
    shapes = {"polygon": True, "rectangle": True}
    others = dict.fromkeys(("polyline", "circle", "marker", "circlemarker"), False)
    return folium.plugins.Draw(  # type: ignore[no-untyped-call]
        show_geometry_on_click=False, draw_options={**shapes, **others}
    )


def _degrees(bounds: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = (float(edge) for edge in bounds)
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90  # noqa: PLR2004  the globe
    if not (inside and all(map(math.isfinite, (west, south, east, north)))):
        raise ValueError(f"not bounds in degrees: {bounds}")
    return west, south, east, north


_CONTROLS: Mapping[str, Callable[[], MacroElement]] = {
    "fullscreen": _fullscreen,
    "measure": _measure,
    "position": _position,
    "draw": _draw,
}
CONTROLS = tuple(_CONTROLS)

localise()
