"""verdicts.gpkg: parcels, zones and the counted land, in EPSG:4490, with QGIS styles inside."""

from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from gis import geopackage, palette
from parcels.words import word

Frame: TypeAlias = pd.DataFrame

# layer → the column its style colours by, the palette of that column's codes, and the group of their words.
STYLED = {
    "parcels": ("idle", palette.IDLE, "idle"),
    "zones": ("outcome", palette.OUTCOME, "outcome"),
    "counted": ("role", palette.COUNTED_ROLE, "role"),
}


def write_layers(verdicts: Verdicts, path: Path) -> None:
    """Write the layers of CONTRACT §4 with their attributes as in the csv and a layer_styles table; and `evidence`.

    evidence: the ground behind the conditions of expansion, where there is any.
    """
    layers = {"parcels": verdicts.parcels, "zones": zone_layer(verdicts), "counted": verdicts.counted}
    if len(verdicts.evidence):
        layers["evidence"] = verdicts.evidence
    shapes = {name: _drawn(frame, verdicts.crs) for name, frame in layers.items()}
    styles = {name: qml(*STYLED[name]) for name in shapes if name in STYLED}
    geopackage.write(path, shapes, styles, ballpark=True)  # land in an old datum is shown roughly, rather than not


def zone_layer(verdicts: Verdicts) -> Frame:
    """Return one row a zone × rule × reading (as zones.csv) with the zone's shape."""
    shapes = verdicts.zone_shapes
    if "geometry" not in shapes.columns:
        return verdicts.zones
    geometry = shapes.drop_duplicates("zone_id").set_index("zone_id")["geometry"]
    return verdicts.zones.assign(geometry=verdicts.zones["zone_id"].map(geometry))


def qml(column: str, table: palette.Table, words: str) -> str:
    """Return a QGIS style (QML) that fills by category of `column`, labelled in Chinese."""
    categories = "".join(
        f'<category value={quoteattr(swatch.word)} symbol="{at}" render="true"'
        f" label={quoteattr(word(words, swatch.word))}/>"
        for at, swatch in enumerate(table.swatches)
    )
    symbols = "".join(_symbol(at, swatch) for at, swatch in enumerate(table.swatches))
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM"><qgis version="3.22">'
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(column)} forceraster="0" symbollevels="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


PATTERNS = {"": "solid", "/": "f_diagonal", "\\": "b_diagonal", "x": "diagonal_x"}


def _symbol(at: int, swatch: palette.Swatch) -> str:
    red, green, blue = (int(swatch.colour[start : start + 2], 16) for start in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},220",
        "outline_color": "70,70,70,255",
        "outline_width": "0.2",
        "style": PATTERNS[swatch.hatch],
    }
    props = "".join(f'<Option name="{name}" type="QString" value="{value}"/>' for name, value in options.items())
    layer = f'<layer class="SimpleFill" enabled="1" pass="0" locked="0"><Option type="Map">{props}</Option></layer>'
    return f'<symbol name="{at}" type="fill" alpha="1" clip_to_extent="1">{layer}</symbol>'


def _drawn(frame: Frame, crs: Any) -> gpd.GeoDataFrame:
    """Return `frame` as a layer; rows without a shape stay, with an empty geometry."""
    if "geometry" not in frame.columns or crs is None:
        blank = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        return gpd.GeoDataFrame(blank, geometry=gpd.GeoSeries([None] * len(frame), crs=geopackage.OUT_CRS))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)
