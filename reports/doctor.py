"""What this machine has and lacks, in the words of the person who would have to mend it."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from parcels.words import say

ROOMS = ("gis", "parcels", "evaluation", "casework", "reports", "screens")
MANDATED = ("geopandas", "shapely", "rasterio", "folium", "streamlit", "pyproj")
BROWSERS = ("chromium", "google-chrome", "chrome", "msedge")


@dataclass(frozen=True)
class Line:
    """One thing looked at: well or not, what, and what to do about it."""

    well: bool
    what: str
    detail: str


def findings(root: Path) -> list[Line]:
    """Return one line a thing looked at; `root` is the checkout the packages must come from."""
    return [
        Line(well=True, what="Python", detail=sys.version.split()[0]),
        *_versions(),
        *_rooms(root),
        _kernel(),
        *_tools(),
    ]


def _versions() -> Iterator[Line]:
    for name in MANDATED:
        yield Line(well=True, what=name, detail=version(name))


def _rooms(root: Path) -> Iterator[Line]:
    for name in ROOMS:
        place = Path(str(import_module(name).__file__)).parent
        rivals = set(packages_distributions().get(name, [])) - {"mujian"}
        if place != root / name or rivals:
            yield Line(
                well=False, what=name, detail=say("reports.doctor.shadowed", place=place, rivals="、".join(rivals))
            )


def _kernel() -> Line:
    well = find_spec("numba") is not None
    return Line(
        well=well, what=say("reports.doctor.kernel"), detail=say(f"reports.doctor.kernel_{'yes' if well else 'no'}")
    )


def _tools() -> Iterator[Line]:
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    yield Line(well=True, what=say("reports.doctor.browser"), detail=browser or say("reports.doctor.browser_no"))
