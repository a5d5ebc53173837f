"""The web door: one Streamlit process that serves the pages, the map's tiles and our own copies of all assets."""

from pathlib import Path

import streamlit as st
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from screens.components.routes import tile

ROOT = Path(__file__).resolve().parent

app = st.App(
    ROOT / "screens" / "main.py",
    routes=[
        Route("/tiles/{run}/{version}/{z:int}/{x:int}/{y:int}.{kind}", tile),
        Mount("/assets", StaticFiles(directory=ROOT / "gis" / "assets")),
    ],
)
