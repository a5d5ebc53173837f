"""The web door: one Streamlit process that serves the pages, the map's tiles and our own copies of all assets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).resolve().parent
HEAD_START = 10  # seconds in which a first page is drawn, before the machine is busy with the replay


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Load the rooms and open the newest run while the browser loads the page, not before the server answers."""
    warming = asyncio.create_task(_warm_up())
    yield {}
    warming.cancel()


async def _warm_up() -> None:
    await asyncio.to_thread(_opened)
    await asyncio.sleep(HEAD_START)
    await asyncio.to_thread(_replayed)


def _opened() -> None:
    from screens.components.runs import warm_opened

    warm_opened()


def _replayed() -> None:
    from screens.components.runs import warm_replayed

    warm_replayed()


def tile(request: Request) -> Response:
    """Answer a tile of one run's parcels (screens.components.routes)."""
    from screens.components import routes

    return routes.tile(request)


def to_first_page(request: Request) -> RedirectResponse:
    """Send /overview to "/", the first page's own address: Streamlit would say "Page not found" to a saved link."""
    return RedirectResponse(request.url.replace(path=f"{request.scope.get('root_path', '')}/"))


app = st.App(
    ROOT / "screens" / "main.py",
    lifespan=lifespan,
    routes=[
        Route("/overview", to_first_page),
        Route("/tiles/{run}/{version}/{z:int}/{x:int}/{y:int}.{kind}", tile),
        Mount("/assets", StaticFiles(directory=ROOT / "gis" / "assets")),
    ],
)
