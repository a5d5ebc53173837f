"""The web door: one Streamlit process that serves the pages, the map's tiles and our own copies of all assets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from screens.components.routes import tile
from screens.components.runs import warm

ROOT = Path(__file__).resolve().parent


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Open the newest run beside the start of the server, not before it."""
    warming = asyncio.create_task(asyncio.to_thread(warm))
    yield {}
    warming.cancel()


app = st.App(
    ROOT / "screens" / "main.py",
    lifespan=lifespan,
    routes=[
        Route("/tiles/{run}/{version}/{z:int}/{x:int}/{y:int}.{kind}", tile),
        Mount("/assets", StaticFiles(directory=ROOT / "gis" / "assets")),
    ],
)
