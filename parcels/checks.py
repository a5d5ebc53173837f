"""All checks of a book in one order; every finding with its file, sheet, row and column, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from parcels import drawings, faults, landcodes, links, plausible, suspects
from parcels.drawn import ALONE, AREA_M2
from parcels.places import Places

Frame: TypeAlias = pd.DataFrame


def checked(
    tables: Mapping[str, Frame], places: Places, classes: Mapping[str, str], layers: frozenset[int]
) -> tuple[dict[str, Frame], Frame]:
    """Return tables with impossible values and numbers of a doubtful unit made unknown, and all faults."""
    possible, found = plausible.values(tables, places)
    drawn_m2 = drawings.drawn_areas(possible)
    suspected = faults.stacked([suspects.areas(possible, places, drawn_m2), suspects.money(possible, places)])
    possible = suspects.withheld(possible, suspected, places)
    drawings_ = drawings.drawn(possible, places, layers, drawn_m2)
    noted = {
        "buildings": possible["buildings"].assign(**{AREA_M2: drawn_m2["buildings"]}),
        "parcels": possible["parcels"].assign(**{AREA_M2: drawn_m2["parcels"]}),
        "landuse": possible["landuse"].assign(**{AREA_M2: drawn_m2["landuse"], ALONE: drawings_.alone}),
    }
    return possible | noted, faults.stacked([
        found,
        plausible.dates(possible, places),
        plausible.bounds(possible, places),
        suspected,
        drawings_.faults,
        links.linked(possible, places),
        landcodes.coded(possible, places, classes),
    ])
