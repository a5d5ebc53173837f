"""What the measures of expansion look at, and the shape of what each of them answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.zone.ground import Ground
from evaluation.zone.measured import ZoneResult
from evaluation.zone.outline import Delivered
from evaluation.zone.readings import APPROVED
from gis.measure import half_up, to_mu

Frame: TypeAlias = pd.DataFrame
Seen: TypeAlias = dict[tuple[object, ...], Frame]  # what a leaf asks → what it measures
DECIMALS = 4
GROUND = ("zones", "restricted", "appraisals", "zone_years", "landuse")  # tables read whole
PARCELS = ("parcel_id", "zone_id", "construction_state", "geometry", "_source", "_row")
SLEEPING = ("parcel_id", "zone_id", "area_mu", "idle", "construction_state")  # of the reclaim list
OF_PARCELS = frozenset({"idle_rate", "idle_parcels_rate"})  # these look at parcels; all others at ground and years


@dataclass(frozen=True)
class Scene:
    """What the measures look at: the book, its zones' ground and intensity, the reclaim list if there is one."""

    book: Delivered
    result: ZoneResult
    year: int
    reclaim: Frame | None = None
    seen: Seen = field(default_factory=dict, repr=False, compare=False)  # measured once

    @property
    def ground(self) -> Ground:
        """Return the ground of the zones."""
        return self.result.ground

    @property
    def zone_ids(self) -> list[str]:
        """Return every zone once, in order."""
        return sorted(set(self.ground.zones["zone_id"]))

    def outlines(self, extent: str = APPROVED) -> gpd.GeoDataFrame:
        """Return the zones that have an outline of their own, one row a zone."""
        zones = self.ground.zones
        return zones[(zones["extent"] == extent) & zones["outlined"]].reset_index(drop=True)


def answer(scene: Scene, value: pd.Series, unit: str, otherwise: str, **more: pd.Series) -> Frame:
    """Return one row a zone: value, lo, hi, unit, top, bottom, evidence, lacks.

    lacks says why there is no value: what `more` gives, else `otherwise`.
    """
    numbers = {"value": value, "lo": value, "hi": value, "top": np.nan, "bottom": np.nan}
    frame = pd.DataFrame({"unit": unit, "evidence": "", "lacks": "", **numbers, **more}, index=scene.zone_ids)
    said = {name: frame[name].fillna("").astype(str) for name in ("evidence", "lacks")}
    missing = frame[["value", "lo", "hi"]].isna().all(axis=1) & (said["lacks"] == "")
    said["lacks"] = said["lacks"].mask(missing, otherwise)
    return frame.assign(**said)[[*numbers, "evidence", "lacks", "unit"]]


def approved_ha(scene: Scene) -> pd.Series:
    """Return the approved area of each zone [ha]."""
    zones = scene.ground.zones.drop_duplicates("zone_id").set_index("zone_id")
    return pd.to_numeric(zones["approved_area_ha"], errors="coerce").astype("float64")


def each(scene: Scene, words: Callable[[str], str], known: pd.Series) -> pd.Series:
    """Return a sentence a zone, empty where nothing was measured."""
    there = known.reindex(scene.zone_ids).notna()
    return pd.Series([words(zone) if there[zone] else "" for zone in scene.zone_ids], index=scene.zone_ids, dtype="str")


def plain(number: Any) -> str:
    """Return a number as it is read, at most four decimals, ? where unknown."""
    value = float("nan") if number is None else float(number)
    return "?" if np.isnan(value) else f"{half_up(value, DECIMALS):,.4f}".rstrip("0").rstrip(".")


def in_mu(m2: Any) -> str:
    """Return m² as 亩 in words."""
    return plain(to_mu(float(m2)))


def percent(ratio: float) -> str:
    """Return a ratio as a per cent in words."""
    return f"{half_up(ratio * 100, 2):.2f}%"
