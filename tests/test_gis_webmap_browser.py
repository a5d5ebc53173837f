"""Opens the map in a real browser through Streamlit, with every other host cut off, and uses it as a person would."""

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MIDDLE = (27.0104, 106.0504)  # inside the parcel with pid 0
PAGE = """
    import geopandas as gpd, numpy as np, shapely, streamlit as st
    from streamlit_folium import st_folium
    from gis import palette, webmap

    hostile = "<img src=x onerror=\\"window.top.document.title='hit'\\">{{7*7}}"
    labels = [hostile, "不满足", "未知"]
    only = "?only=0" if st.toggle("只看满足") else ""
    shapes = gpd.GeoSeries([shapely.box(106.05, 27.01, 106.0508, 27.0108)], crs=4490)
    layers = [
        webmap.ParcelTiles("../../tiles/{z}/{x}/{y}.mvt" + only, "outcome", palette.OUTCOME, labels),
        webmap.ImageTiles("../../tiles/{z}/{x}/{y}.png" + only),
        webmap.Legend("图例", list(zip(palette.OUTCOME.swatches, labels))),
        webmap.Outline(shapes, ids=[hostile]),
    ]
    page = webmap.base_map((106.049, 27.009, 106.053, 27.013), controls=webmap.CONTROLS)
    wanted = ["last_object_clicked_tooltip", "last_object_clicked_count"]
    holder = webmap.group(*layers)
    returned = st_folium(page, key="map", height=500, returned_objects=wanted, feature_group_to_add=holder)
    st.text(f"PICKED {webmap.picked(returned)} DONE")
"""
DOOR = """
    import geopandas as gpd, numpy as np, shapely, streamlit as st
    from pathlib import Path
    from starlette.responses import Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles
    from gis import palette, tiles, webmap

    boxes = [shapely.box(106.05 + i * 0.001, 27.01, 106.0508 + i * 0.001, 27.0108) for i in range(3)]
    layer = tiles.Layer(gpd.GeoSeries(boxes, crs=4490), {"outcome": tiles.Attribute(np.arange(3), palette.OUTCOME)})

    def tile(request):
        at = [request.path_params[name] for name in "zxy"]
        only = {"outcome": [0]} if "only" in request.query_params else None
        if request.path_params["kind"] == "mvt":
            return Response(layer.mvt(*at, only=only), media_type="application/vnd.mapbox-vector-tile")
        return Response(layer.png(*at, "outcome", only), media_type="image/png")

    assets = Mount("/assets", StaticFiles(directory=webmap.ASSETS))
    tiles_route = Route("/tiles/{z:int}/{x:int}/{y:int}.{kind}", tile)
    app = st.App(Path(__file__).with_name("page.py"), routes=[tiles_route, assets])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("map")
    (folder / "page.py").write_text(textwrap.dedent(PAGE), encoding="utf-8")
    (folder / "door.py").write_text(textwrap.dedent(DOOR), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["--server.port", port, "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command = [sys.executable, "-m", "streamlit", "run", "door.py", *options, "--server.fileWatcherType", "none"]
    log = (folder / "log").open("w", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _await_health(int(port))
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _await_health(port: int) -> None:
    for _ in range(120):
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.5)
    pytest.fail("the page did not come up")


def _map_frame(page: Page) -> Frame:
    for _ in range(300):
        for frame in page.frames:
            if "streamlit_folium" in frame.url:
                frame.wait_for_function("() => window.map")
                return frame
        page.wait_for_timeout(100)
    return pytest.fail("no map on the page")


@pytest.mark.browser
def test_the_map_draws_answers_a_click_and_keeps_its_view_without_asking_any_other_host(address: str) -> None:
    outside: list[str] = []
    errors: list[str] = []

    def only_ours(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1000, "height": 800})
        page.route("**/*", only_ours)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("response", lambda answer: errors.append(answer.url) if answer.status >= 400 else None)
        page.goto(address)
        frame = _map_frame(page)
        frame.wait_for_selector(".mujian-legend")
        frame.wait_for_selector("canvas.leaflet-tile-loaded, .leaflet-tile-loaded canvas, canvas.leaflet-tile")
        assert frame.inner_text(".leaflet-control-attribution") == "本地地块"
        assert frame.inner_text(".leaflet-control-scale").endswith(" m")
        assert frame.get_attribute(".leaflet-control-zoom-in", "title") == "放大"
        assert frame.get_attribute(".leaflet-draw-draw-polygon", "title") == "画多边形查询"
        shown = frame.inner_text(".mujian-legend")
        assert "不满足" in shown
        assert "＜img src=x" in shown

        frame.evaluate(f"void window.map.setView({list(MIDDLE)}, 18)")
        page.wait_for_timeout(1500)
        _click(page, frame)
        page.get_by_text("PICKED 0 DONE").wait_for()
        page.get_by_text("只看满足").click()
        page.wait_for_timeout(2500)
        assert frame.evaluate("window.map.getZoom()") == 18
        assert frame.evaluate("document.querySelectorAll('.mujian-legend').length") == 1
        assert page.title() != "hit"
        chromium.close()
    assert outside == []
    assert errors == []


def _click(page: Page, frame: Frame) -> None:
    box = frame.frame_element().bounding_box()
    assert box is not None
    script = f"(() => {{ const p = window.map.latLngToContainerPoint({list(MIDDLE)}); return [p.x, p.y]; }})()"
    x, y = frame.evaluate(script)
    page.mouse.move(box["x"] + x - 5, box["y"] + y)
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + x, box["y"] + y)
