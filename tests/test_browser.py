"""The journeys of an officer in a real browser, with every other host cut off: that is the proof of offline."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from playwright.sync_api import Browser, Frame, Page, Route, sync_playwright

from casework.store import events

if TYPE_CHECKING:
    from conftest import Demo

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE = 120_000
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def address(demo: "Demo", tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = (tmp_path_factory.mktemp("serve") / "log").open("w", encoding="utf-8")
    command = [sys.executable, "cli.py", "serve", "--workspace", str(demo.workspace), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until and not _healthy(port):
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)
        log.close()


def _healthy(port: int) -> bool:
    try:
        ask = HTTPConnection("127.0.0.1", port, timeout=2)
        ask.request("GET", "/_stcore/health")
        return ask.getresponse().status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1500, "height": 950}, locale="zh-CN")
    outside: list[str] = []

    def gate(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert outside == [], "the page asked another host"
    assert faults == [], "a script of the page failed"


def at_rest(page: Page) -> None:
    """Wait until the page has been drawn to its end: a click between two drawings may meet a button that is going."""
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=PATIENCE)
    page.wait_for_timeout(500)


def map_frame(page: Page) -> Frame:
    page.wait_for_selector("iframe", timeout=PATIENCE)
    for _ in range(240):
        for frame in page.frames:
            if "streamlit_folium" in frame.url and frame.evaluate("() => !!window.map"):
                return frame
        page.wait_for_timeout(500)
    raise AssertionError("the map did not come")


def click_parcel(page: Page, frame: Frame, lon: float, lat: float) -> None:
    frame.evaluate(f"() => window.map.setView([{lat}, {lon}], 16, {{animate: false}})")
    page.wait_for_timeout(4000)
    at = frame.evaluate(f"() => {{const p = window.map.latLngToContainerPoint([{lat}, {lon}]); return [p.x, p.y];}}")
    box = page.query_selector("iframe").bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])


def a_parcel(demo: "Demo", grade: str) -> tuple[str, str, float, float]:
    """Return id, firm and a point inside of a parcel used by a firm of that grade."""
    import geopandas as gpd

    parcels = gpd.read_file(demo.run / "verdicts.gpkg", layer="parcels")
    mine = parcels[(parcels["grade"] == grade) & parcels.geometry.notna()].iloc[0]
    point = mine.geometry.representative_point()
    return str(mine["parcel_id"]), str(mine["firm_uscc"]), point.x, point.y


def test_a_click_on_a_parcel_shows_why_its_firm_is_d(page: Page, address: str, demo: "Demo") -> None:
    parcel, _, lon, lat = a_parcel(demo, "D")
    page.goto(f"{address}/atlas")
    frame = map_frame(page)
    click_parcel(page, frame, lon, lat)
    page.wait_for_selector("text=等级 D", timeout=PATIENCE)
    page.wait_for_selector("text=宗地判定卡", timeout=PATIENCE)
    page.wait_for_selector(f"text={parcel}", state="attached", timeout=PATIENCE)
    page.wait_for_timeout(3000)
    said = page.inner_text("section.stMain, [data-testid='stMain']")
    assert "等级 D" in said
    assert parcel in said
    assert "依据" in said, "a judgement without a citation"
    assert "企业.xlsx" in said, "a judgement without the cell it came from"


def test_a_reading_shows_the_land_it_counts_and_the_land_it_leaves_out(page: Page, address: str) -> None:
    page.goto(f"{address}/zones")
    page.wait_for_selector("text=工业用地性质不少于70%左右", timeout=PATIENCE)
    assert "分子" in map_frame(page).evaluate("() => document.body.innerText")
    page.click("label:has-text('N1.K1.X2')")
    page.wait_for_selector("[data-testid='stMain'] >> text=再剔除道路交通", timeout=PATIENCE)
    page.wait_for_timeout(5000)
    legend = map_frame(page).evaluate("() => document.body.innerText")
    assert "分子" in legend
    assert "剔除" in legend


def test_what_is_downloaded_is_what_is_shown(page: Page, address: str, demo: "Demo", tmp_path: Path) -> None:
    page.goto(f"{address}/firms")
    page.wait_for_selector("text=导出 csv", timeout=PATIENCE)
    at_rest(page)
    path = tmp_path / "firms.csv"
    for _ in range(2):  # a second click gives it again
        with page.expect_download(timeout=PATIENCE) as got:
            page.click("text=导出 csv")
        got.value.save_as(path)
    kept = events(demo.workspace, kind="export")
    assert list(kept["subject"]) == [demo.run.name] * 2
    assert list(kept["said"].map(json.loads).map(lambda said: said["file"])) == ["企业评价.csv"] * 2
    shown = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    whole = pd.read_csv(demo.run / "firms.csv", dtype=str, encoding="utf-8-sig")
    assert sorted(shown["uscc"]) == sorted(whole["uscc"])
    assert set(shown["score"].dropna()) == set(whole["score"].dropna())


def test_the_first_page_answers_to_its_name_with_the_choice_kept(page: Page, address: str) -> None:
    page.goto(f"{address}/overview?zone=S990121")
    page.wait_for_selector("text=答到哪一步", timeout=PATIENCE)
    assert page.url.startswith(f"{address}/?zone=S990121")
    assert page.query_selector("text=Page not found") is None


def test_a_fault_that_is_clicked_leads_to_its_cell_and_a_correction_is_tried(page: Page, address: str) -> None:
    page.goto(f"{address}/health")
    page.wait_for_selector("h3:has-text('更正与试算')", timeout=PATIENCE)
    at_rest(page)
    page.click("label:has-text('我要更正某一格')")
    at_rest(page)
    before_the_third_fault = {"x": 15.0, "y": 3.5 * 35}  # 停产月数 13
    page.locator("[data-testid='stDataFrame']").first.click(position=before_the_third_fault)
    page.wait_for_selector("text=停产月数 “13”", timeout=PATIENCE)
    at_rest(page)
    assert page.get_by_label("改哪一列").input_value() == "停产月数"
    for label, text in (("更正为", "3"), ("更正人", "王芳"), ("理由", "核对原件")):
        page.get_by_label(label).fill(text)
    page.click("button:has-text('加入更正')")
    page.wait_for_selector("text=停产月数 → 3 月", timeout=PATIENCE)
    at_rest(page)
    page.get_by_role("button", name="试算", exact=True).click()
    page.wait_for_selector("text=步中只重新计算了", timeout=PATIENCE)
    assert "消除问题 1 个" in page.inner_text("[data-testid='stMain']")
