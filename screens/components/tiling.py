"""Which ways a run's parcels can be coloured, and the tile layer that holds them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import pandas as pd

from casework.workspace import Run
from gis import palette
from gis.tiles import Attribute, Layer
from parcels.words import say, word
from screens.components.runs import open_named

_one_at_a_time = threading.Lock()
TAX_BREAKS = (5.0, 10.0, 20.0, 40.0)  # 万元/亩: classes of the picture only, no rule reads them


@dataclass(frozen=True)
class Theme:
    """One way to colour the map: its column, its palette, and the word of each class."""

    name: str
    column: str
    table: palette.Table
    words: Mapping[str, str]

    def labels(self) -> list[str]:
        """Return the word of each class, in the palette's order."""
        return [self.words.get(swatch.word, swatch.word) for swatch in self.table.swatches]


def themes(run: Run) -> dict[str, Theme]:
    """Return the themes of a run by name; a theme whose column nobody filled is still there, all hatched."""
    graded = _grades(run)
    grade_words = {label: label for label in graded.words} | {"": say("screens.map.not_graded")}
    return {
        "grade": Theme("grade", "grade", graded, grade_words),
        "idle": Theme("idle", "idle", palette.IDLE, _words("idle", palette.IDLE)),
        "use": Theme("use", "use_group", palette.USE_GROUP, _words("use_group", palette.USE_GROUP)),
        "low": Theme("low", "low_efficiency", palette.OUTCOME, _words("sign", palette.OUTCOME)),
        "tax": Theme("tax", "tax_per_mu", palette.BAND, _bands()),
    }


def layer(name: str, version: str) -> Layer:
    """Return the tile layer of a run; `version` is the one in the tiles' address."""
    with _one_at_a_time:
        return _built(name, version)


@lru_cache(maxsize=3)
def _built(name: str, version: str) -> Layer:
    run = open_named(name)
    parcels = run.verdicts.parcels
    attributes = {key: Attribute(codes(theme, parcels), theme.table) for key, theme in themes(run).items()}
    shapes = gpd.GeoSeries(parcels["geometry"], crs=run.verdicts.crs)
    return Layer(shapes, attributes, version=version)


def codes(theme: Theme, parcels: pd.DataFrame) -> palette.Codes:
    """Return the class code of each parcel under a theme."""
    if theme.name == "tax":
        return palette.bands(pd.to_numeric(parcels["tax_per_mu"], errors="coerce"), TAX_BREAKS)
    return theme.table.codes(parcels[theme.column].astype(object))


def _grades(run: Run) -> palette.Table:
    """Return the classes of the run's own labels, best first: 甲 before 乙 because its firms rank before."""
    firms = run.verdicts.firms
    first = firms.assign(rank=pd.to_numeric(firms["rank"], errors="coerce")).groupby("grade_initial")["rank"].min()
    given = [str(label) for label in first.dropna().sort_values(kind="stable").index if str(label)]
    later = sorted({str(label) for label in firms["grade"].dropna() if str(label)} - set(given))
    return palette.ranked([*given, *later] or palette.GRADE.words)


def _words(group: str, table: palette.Table) -> dict[str, str]:
    return {swatch.word: word(group, swatch.word) for swatch in table.swatches}


def _bands() -> dict[str, str]:
    lower = ("", *(f"{edge:g}" for edge in TAX_BREAKS))
    upper = (*lower[1:], "")
    named = {str(at): _band(low, high) for at, (low, high) in enumerate(zip(lower, upper, strict=True))}
    return named | {"": say("screens.map.no_tax")}


def _band(low: str, high: str) -> str:
    if not low:
        return say("screens.map.below", high=high)
    return say("screens.map.between", low=low, high=high) if high else say("screens.map.from", low=low)
