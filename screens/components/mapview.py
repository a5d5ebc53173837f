"""The map of a run: tiles coloured by one theme, the chosen parcel outlined, a zone's counted land on top."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from casework.workspace import Run
from gis import palette, webmap
from parcels.words import say, word
from screens.components.tiling import Theme, codes, layer

BASE = "../../"  # seen from the component's own page
HEIGHT = 640
DEGREES = 4490  # CGCS2000, where a map's bounds are given
ZONE_EDGE = "#3d3d3d"  # blue is the parcel that was clicked


def draw(
    run: Run, theme: Theme, only: Sequence[int] | None, selected: int | None, counted: pd.DataFrame | None = None
) -> int | None:
    """Draw the map and return the position of the parcel just clicked, None where none was.

    `only` are the class codes shown; `counted` rows (role, geometry) cover the tiles with the roles of a share.
    """
    version = str(run.verdicts.provenance["data"])[:12]
    shapes = layer(run.folder.name, version)
    if shapes.degrees is None:
        st.info(say("screens.map.nothing"))
        return None
    query = f"?{theme.name}={','.join(map(str, only))}" if only is not None else ""
    root = f"{BASE}tiles/{run.folder.name}/{version}/{{z}}/{{x}}/{{y}}"
    counting = counted is not None and len(counted) > 0
    tiles = [
        webmap.ImageTiles(f"{root}.{theme.name}.png{query}"),
        webmap.ParcelTiles(f"{root}.mvt{query}", theme.name, theme.table, theme.labels()),
    ]
    layers = [
        *([] if counting else tiles),  # two sets of colours on one spot would say nothing
        *_overlays(run, selected, counted),
        _legend(run, theme, counted),
    ]
    returned = st_folium(
        webmap.base_map(shapes.degrees), key=f"map-{run.folder.name}", height=HEIGHT, use_container_width=True,
        feature_group_to_add=webmap.group(*layers),
        returned_objects=["last_object_clicked_tooltip", "last_object_clicked_count"],
    )  # fmt: skip
    pid = webmap.picked(returned)
    return None if pid is None else shapes.position(pid)


def few(
    run: Run, land: gpd.GeoDataFrame, codes_of: pd.Series, table: palette.Table, labels: Sequence[str], key: str,
    title: str = "",
) -> None:  # fmt: skip
    """Draw some parcels (their class codes, one a row of `land`) within the zones' edges, on a map of their own."""
    drawn = land[land["geometry"].notna()]
    if drawn.empty:
        return
    shapes = gpd.GeoSeries(drawn["geometry"].to_list(), crs=land.crs)
    try:
        parcels = webmap.Outline(shapes, table=table, codes=codes_of[drawn.index].tolist(), weight=1.0)
    except webmap.OutlineTooLarge:
        st.info(say("screens.map.too_many"))
        return
    legend = webmap.Legend(title or say("screens.plan.title"), _entries(table, labels))
    layers = [*_overlays(run, None, None), parcels, legend]
    west, south, east, north = shapes.to_crs(DEGREES).total_bounds
    st_folium(
        webmap.base_map((west, south, east, north)), key=f"{key}-{run.folder.name}", height=HEIGHT,
        use_container_width=True, feature_group_to_add=webmap.group(*layers), returned_objects=[],
    )  # fmt: skip


def _entries(table: palette.Table, labels: Sequence[str]) -> list[tuple[palette.Swatch, str]]:
    return list(zip(table.swatches, labels, strict=True))


def _overlays(run: Run, selected: int | None, counted: pd.DataFrame | None) -> list[webmap.Outline]:
    over = []
    if counted is not None and len(counted):
        pieces = gpd.GeoSeries(counted["geometry"].to_list(), crs=run.verdicts.crs)
        roles = palette.COUNTED_ROLE.codes(counted["role"].reset_index(drop=True))
        over.append(webmap.Outline(pieces, table=palette.COUNTED_ROLE, codes=roles.tolist(), weight=1.0))
    zones = run.verdicts.zone_shapes
    if "geometry" in zones.columns and zones["geometry"].notna().any():
        edges = gpd.GeoSeries(zones["geometry"].dropna().to_list(), crs=run.verdicts.crs)
        over.append(webmap.Outline(edges, weight=2.0, colour=ZONE_EDGE))
    if selected is not None:
        shape = run.verdicts.parcels["geometry"].iloc[[selected]]
        over.append(webmap.Outline(gpd.GeoSeries(shape.to_list(), crs=run.verdicts.crs)))
    return over


def _legend(run: Run, theme: Theme, counted: pd.DataFrame | None) -> webmap.Legend:
    if counted is not None and len(counted):
        roles = palette.COUNTED_ROLE.swatches
        return webmap.Legend(say("screens.map.role"), [(swatch, word("role", swatch.word)) for swatch in roles])
    present = set(np.unique(codes(theme, run.verdicts.parcels)).tolist())
    entries = [
        (swatch, label)
        for code, (swatch, label) in enumerate(zip(theme.table.swatches, theme.labels(), strict=True))
        if code in present or swatch.word == theme.table.missing
    ]
    return webmap.Legend(say(f"screens.map.theme.{theme.name}"), entries)
