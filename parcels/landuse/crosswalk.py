"""The same land in another scheme or edition: 用地用海 2020 → 2023, 三调 → 用地用海 2023 (POLICY.md §6.3, §6.5)."""

from functools import cache

import pandas as pd

from parcels.landuse.classify import normalise
from parcels.landuse.tables import SCHEMES, Frame, SchemeUnknown, read


@cache
def _pairs() -> Frame:
    return read("crosswalk.csv")


def pairs(source: str, target: str) -> Frame:
    """Return the class pairs from one scheme to another: from_code, to_code, cardinality, status, note.

    cardinality 'finer' marks a class that cannot be carried over without a finer look (待细分): its to_codes are what
    it may be. Empty where no crosswalk is known. Raises SchemeUnknown.
    """
    for scheme in (source, target):
        if scheme not in SCHEMES:
            raise SchemeUnknown(scheme)
    rows = _pairs()
    wanted = rows[(rows["from_scheme"] == source) & (rows["to_scheme"] == target)]
    return wanted.drop(columns=["from_scheme", "to_scheme"]).reset_index(drop=True)


def crosswalk(code: pd.Series, source: str = "ydyh-2020", target: str = "ydyh-2023") -> pd.Series:
    """Return each code's class in the target scheme; missing where it has none or needs a finer look (待细分)."""
    rows = pairs(source, target)
    clear = rows[rows["cardinality"] == "one"]
    found = normalise(code).map(dict(zip(clear["from_code"], clear["to_code"], strict=True)))
    return found.rename(target)


def new_classes(source: str = "ydyh-2020", target: str = "ydyh-2023") -> list[str]:
    """Return the target's codes no class of the source becomes: what only the newer edition can say."""
    reached = set(pairs(source, target)["to_code"])
    return [code for code in read(f"{target}.csv")["code"] if code not in reached]
