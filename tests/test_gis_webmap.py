"""Proves that the map asks no other host, and that text put into a map stays text, in the page and on the server."""

import copy
import json
import pickle
from collections.abc import Callable

import branca.colormap
import folium
import folium.plugins
import geopandas as gpd
import pytest
import shapely
from branca.element import Element
from streamlit_folium import _get_map_string, generate_leaflet_string

from gis import palette, webmap
from gis.crs import CrsMissing

SQUARE = {"type": "Polygon", "coordinates": [[[106, 27], [106.003, 27], [106.003, 27.003], [106, 27]]]}
HOSTILE = [
    "AA{{7*7}}BB",
    "AA{{'x'*3}}BB",
    "AA{{ cycler.__init__.__globals__.os.getpid() }}BB",
    "AA{{cycler.__init__.__globals__.os.mkdir(dict(pwned_marker=1)|first)}}BB",
    "AA{% for i in range(3) %}49{% endfor %}BB",
    "AA{{'unclosedBB",
    "AA{# 49 #}BB",
]
MARKUP = "<img src=x onerror=\"window.top.document.title+='|hit'\">"


def collection(name: str) -> dict[str, object]:
    feature = {"type": "Feature", "id": "1", "geometry": SQUARE, "properties": {"name": name}}
    return {"type": "FeatureCollection", "features": [feature]}


def empty() -> folium.Map:
    return folium.Map([27, 106], tiles=None)


def with_child(make: Callable[[str], Element]) -> Callable[[str], folium.Map]:
    def build(text: str) -> folium.Map:
        page = empty()
        make(text).add_to(page)
        return page

    return build


def polygon(**given: str) -> folium.Polygon:
    return folium.Polygon([[27, 106], [27.1, 106], [27.1, 106.1]], **given)


def with_layer_control(text: str) -> folium.Map:
    page = empty()
    folium.FeatureGroup(name=text).add_to(page)
    folium.LayerControl().add_to(page)
    return page


# Every door of UI.md §4 through which an attribute could reach folium.
DOORS: dict[str, Callable[[str], folium.Map]] = {
    "property": with_child(lambda text: folium.GeoJson(collection(text))),
    "tooltip field": with_child(lambda text: folium.GeoJson(collection(text), tooltip=folium.GeoJsonTooltip(["name"]))),
    "popup field": with_child(lambda text: folium.GeoJson(collection(text), popup=folium.GeoJsonPopup(["name"]))),
    "tooltip alias": with_child(
        lambda text: folium.GeoJson(collection("x"), tooltip=folium.GeoJsonTooltip(["name"], aliases=[text]))
    ),
    "style value": with_child(lambda text: folium.GeoJson(collection("x"), style_function=lambda _: {"color": text})),
    "tooltip": with_child(lambda text: polygon(tooltip=text)),
    "popup": with_child(lambda text: polygon(popup=text)),
    "layer name": with_layer_control,
    "div icon": with_child(lambda text: folium.Marker([27, 106], icon=folium.DivIcon(html=text))),
    "tile url": with_child(lambda text: folium.TileLayer(text, attr="a")),
    "tile attribution": with_child(lambda text: folium.TileLayer("/x/{z}", attr=text)),
    "vector grid url": with_child(lambda text: folium.plugins.VectorGridProtobuf(text, "n", {"a": 1})),
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("door", DOORS)
def test_a_template_in_a_text_is_never_evaluated_on_the_server(
    door: str, text: str, tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    page = DOORS[door](text)
    html = page.get_root().render()
    assert "AA49BB" not in html
    assert "AA494949BB" not in html
    assert "AAxxxBB" not in html
    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]
    if door not in {"layer name"}:  # a layer's name becomes a JSON key there; every other door keeps the text whole
        escaped = text.replace("'", "\\u0027")
        assert text in html or escaped in html or json.dumps(text)[1:-1] in html or text.replace("'", "&#39;") in html


def test_the_guard_holds_on_the_way_through_streamlit_folium() -> None:
    page = DOORS["property"]("AA{{7*7}}BB")
    page.get_root().render()
    assert "AA{{7*7}}BB" in _get_map_string(page)


def test_a_copied_or_unpickled_map_keeps_its_text_as_text() -> None:
    element = Element("AA{{7*7}}BB")
    for twin in (copy.deepcopy(element), pickle.loads(pickle.dumps(element))):  # noqa: S301  our own bytes
        assert twin.render() == "AA{{7*7}}BB"


def test_the_templates_of_the_library_itself_still_work() -> None:
    html = DOORS["tooltip"]("x").get_root().render()
    assert "L.map(" in html
    assert "{{" not in html


@pytest.mark.parametrize("text", [MARKUP, *HOSTILE, "</script><script>hit()</script>", "a\u202eb\u0000c"])
def test_safe_text_holds_no_markup_no_template_and_no_control_sign(text: str) -> None:
    assert not set(webmap.safe_text(text)) & set("{}<>&\u202e\u0000")


def test_safe_text_leaves_ordinary_names_alone() -> None:
    assert webmap.safe_text("贵州(七星关)某厂 A-1 号") == "贵州(七星关)某厂 A-1 号"


def parcel_tiles(label: str = "A 类") -> webmap.ParcelTiles:
    labels = [label] * len(palette.GRADE.swatches)
    return webmap.ParcelTiles("../../tiles/grade/{z}/{x}/{y}.mvt?v=1f", "grade", palette.GRADE, labels)


def full_page(label: str = "A 类", name: str = "p-1") -> folium.Map:
    page = webmap.base_map((106.0, 27.0, 106.1, 27.1), controls=webmap.CONTROLS)
    layers = webmap.group(
        parcel_tiles(label),
        webmap.ImageTiles("../../tiles/grade/{z}/{x}/{y}.png"),
        webmap.Outline(gpd.GeoSeries([shapely.box(106, 27, 106.01, 27.01)], crs=4490), ids=[name]),
        webmap.Legend(label, [(swatch, label) for swatch in palette.GRADE.swatches]),
    )
    layers.add_to(page)
    return page


def test_a_page_with_every_control_and_layer_asks_no_other_host() -> None:
    assert webmap.audit(full_page()) == []


def test_audit_finds_a_public_tile_layer_a_plugin_and_a_colour_map() -> None:
    page = webmap.base_map()
    folium.TileLayer("OpenStreetMap").add_to(page)
    assert any("openstreetmap" in link for link in webmap.audit(page))
    page = webmap.base_map()
    folium.plugins.HeatMap([[27, 106, 1]]).add_to(page)
    assert any("heat" in link for link in webmap.audit(page))
    page = webmap.base_map()
    page.add_child(branca.colormap.LinearColormap(["red", "blue"]))
    assert any("d3" in link for link in webmap.audit(page))


def test_every_file_a_page_names_is_in_our_assets() -> None:
    html = full_page().get_root().render()
    names = [part.split('"')[0] for part in html.split(webmap.BASE)[1:]]
    assert names
    assert [name for name in names if not (webmap.ASSETS / name).is_file()] == []


@pytest.mark.parametrize("text", [MARKUP, *HOSTILE, "</script><script>hit()</script>"])
def test_no_hostile_label_or_id_reaches_the_page_as_markup_or_template(text: str) -> None:
    page = full_page(label=text, name=text)
    html = page.get_root().render()
    page.get_root().render()
    for shown in (html, _get_map_string(page)):
        assert text not in shown
        assert "{{" not in shown
        assert "{%" not in shown
        assert 'onerror="' not in shown
        assert "<script>hit" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example/{z}/{x}/{y}.png",
        "//tiles.example/{z}/{x}/{y}.png",
        "../../tiles//evil/{z}",
        "javascript:alert(1)",
        "/x/{z}');window.top.document.title+='|url';//",
        "/x/{{7*7}}",
        "/x/{s}/{z}",
        "",
    ],
)
def test_a_tile_address_that_is_not_a_path_of_ours_is_refused(url: str) -> None:
    with pytest.raises(webmap.UnsafeText):
        webmap.ImageTiles(url)


def test_a_hostile_address_of_a_hundred_thousand_signs_is_refused_at_once() -> None:
    with pytest.raises(webmap.UnsafeText):
        webmap.ImageTiles("a" * 100_000 + "!")


def test_colours_and_attribute_names_are_checked_too() -> None:
    with pytest.raises(webmap.UnsafeText):
        webmap.Legend("x", [(palette.Swatch("a", "red;background:url(//evil)"), "a")])
    with pytest.raises(webmap.UnsafeText):
        webmap.ParcelTiles("t/{z}/{x}/{y}", "grade']", palette.OUTCOME, ["a", "b", "c"])
    with pytest.raises(ValueError, match="zip"):
        webmap.ParcelTiles("t/{z}/{x}/{y}", "grade", palette.OUTCOME, ["a", "b"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [("GB-01_a", "GB-01_a"), ("某宗地", 7), ("{{7*7}}", 7), ("a b", 7), ("", 7), ("a\n", 7), (12, "12"), ("１２", 7)],
)
def test_an_id_that_is_not_plain_becomes_the_row_number(given: object, kept: object) -> None:
    assert webmap.safe_id(given, 7) == kept


def test_an_outline_is_drawn_in_degrees_whatever_its_crs_and_holds_numbers_only() -> None:
    east, north = 500_000.0, 2_990_000.0
    shapes = gpd.GeoSeries([shapely.box(east, north, east + 100, north + 100), None], crs="EPSG:4545")
    call = webmap.Outline(shapes, ids=["a", "b"], table=palette.COUNTED_ROLE, codes=[0, 1]).call
    feature = call["data"]["features"][0]
    lon, lat = feature["geometry"]["coordinates"][0][0]
    assert 107.9 < lon < 108.1
    assert 27.0 < lat < 27.1
    assert feature["properties"] == {"code": 0}
    assert len(call["data"]["features"]) == 1
    with pytest.raises(CrsMissing):
        webmap.Outline(gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))


def test_a_long_outline_is_thinned_for_the_picture_and_one_of_too_many_shapes_is_refused() -> None:
    ragged = shapely.segmentize(shapely.box(106, 27, 107, 28), 1e-5)
    drawn = webmap.Outline(gpd.GeoSeries([ragged], crs=4490)).call["data"]["features"][0]["geometry"]
    assert shapely.geometry.shape(drawn).equals(shapely.box(106, 27, 107, 28))
    corners = [shapely.box(106 + i * 1e-3, 27, 106.0005 + i * 1e-3, 27.1) for i in range(10_001)]
    with pytest.raises(webmap.OutlineTooLarge) as caught:
        webmap.Outline(gpd.GeoSeries(corners, crs=4490))
    assert caught.value.vertices == 50_005


def test_an_outline_has_its_own_colour_and_it_is_checked() -> None:
    shape = gpd.GeoSeries([shapely.box(106, 27, 107, 28)], crs=4490)
    assert webmap.Outline(shape, colour="#222222").call["edge"] == "#222222"
    with pytest.raises(webmap.UnsafeText):
        webmap.Outline(shape, colour="red;x")


def test_the_base_map_is_the_same_script_each_time_so_the_browser_keeps_it() -> None:
    first, second = (generate_leaflet_string(webmap.base_map((106, 27, 107, 28))) for _ in range(2))
    assert first == second


def test_the_map_zooms_to_twenty_and_says_metres_and_chinese() -> None:
    page = webmap.base_map()
    assert page.options["max_zoom"] == 20
    script = page.get_root().render()
    assert "\\u672c\\u5730\\u5730\\u5757" in script
    assert "tileLayer" not in script
    with pytest.raises(ValueError, match="minimap"):
        webmap.base_map(controls=["minimap"])


@pytest.mark.parametrize(
    "bounds", [(107, 27, 106, 28), (106, 27, 107, 91), (float("nan"), 0, 1, 1), (500_000, 0, 1, 1)]
)
def test_bounds_that_are_no_degrees_are_refused(bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="degrees"):
        webmap.base_map(bounds)


def test_only_a_whole_number_counts_as_a_picked_parcel() -> None:
    key = "last_object_clicked_tooltip"
    assert webmap.picked({key: 0}) == 0
    assert webmap.picked({key: 12}) == 12
    for other in (None, {}, {key: None}, {key: "12"}, {key: True}, {key: -1}, {key: 1.5}):
        assert webmap.picked(other) is None
