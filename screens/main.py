"""The frame of every page: which run is shown, the list of pages, and the line that says what the data are."""

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from parcels.words import say
from screens.components import chosen

PAGES = ("overview", "atlas", "firms", "reclaim", "zones", "expansion", "health", "policies")  # screens/<name>.py
# Streamlit's own English words and its Deploy button have no place on a Chinese screen without internet.
STYLE = """<style>
[data-testid="stAppDeployButton"], [data-testid="stMainMenu"] {display: none;}
[data-testid="stFileUploaderDropzoneInstructions"] {display: none;}
.block-container {padding-top: 2.2rem; padding-bottom: 2rem; max-width: 1500px;}
[data-testid="stMetricValue"] {font-size: 1.6rem;}
</style>"""


def main() -> None:
    """Lay out the sidebar and run the page that was chosen."""
    st.set_page_config(page_title=say("screens.title"), page_icon="🗺", layout="wide")
    st.html(STYLE)
    pages = [
        st.Page(_drawn(name), title=say(f"screens.page.{name}"), url_path=name, default=name == "overview")
        for name in PAGES
    ]
    page = st.navigation(pages, position="sidebar")
    chosen.sidebar()
    page.run()


def _drawn(name: str) -> Callable[[], None]:
    """Return what draws a page; its libraries load when it is first opened, so that the first page does not wait."""

    def draw() -> None:
        import_module(f"screens.{name}").page()

    return draw


main()
