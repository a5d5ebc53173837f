"""The web door: one Streamlit process that serves the pages, the map's tiles and our own copies of all assets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from screens.components.routes import tile
from screens.components.runs import warm_opened, warm_replayed

ROOT = Path(__file__).resolve().parent
HEAD_START = 10  # seconds in which a first page is drawn, before the machine is busy with the replay


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Open the newest run beside the start of the server, not before it; its replay lets the first page go ahead."""
    warming = asyncio.create_task(_warm_up())
    yield {}
    warming.cancel()


async def _warm_up() -> None:
    await asyncio.to_thread(warm_opened)
    await asyncio.sleep(HEAD_START)
    await asyncio.to_thread(warm_replayed)


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
