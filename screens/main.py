"""The frame of every page: which run is shown, the list of pages, and the line that says what the data are."""

import streamlit as st

from parcels.words import say
from screens import atlas, expansion, firms, health, overview, policies, reclaim, zones
from screens.components import chosen

PAGES = (
    ("overview", overview.page),
    ("atlas", atlas.page),
    ("firms", firms.page),
    ("reclaim", reclaim.page),
    ("zones", zones.page),
    ("expansion", expansion.page),
    ("health", health.page),
    ("policies", policies.page),
)
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
        st.Page(draw, title=say(f"screens.page.{name}"), url_path=name, default=name == "overview")
        for name, draw in PAGES
    ]
    page = st.navigation(pages, position="sidebar")
    chosen.sidebar()
    page.run()


main()
