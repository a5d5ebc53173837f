"""The five land classifications as facts: one CSV a scheme and edition, each row citing its standard (POLICY.md §6)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from parcels.words import say

Frame: TypeAlias = pd.DataFrame

FOLDER = Path(__file__).parent
SCHEMES = ("sandiao", "gbt21010-2017", "ydyh-2023", "ydyh-2020", "gb50137-2011")
CUSTOM = "custom"
UNMAPPED = "unmapped"
USE_GROUPS = (
    "industrial",
    "mining",
    "storage",
    "research",
    "residential_commercial",
    "public_service",
    "infrastructure",
    "transport",
    "green",
    "special",
    "reserved",
    "vacant",
    "agricultural_facility",
    "non_construction",
    UNMAPPED,
)


class SchemeUnknown(LookupError):
    """A scheme that is none of ours was named; `scheme` holds the word, `known` the ones there are."""

    def __init__(self, scheme: object) -> None:
        self.scheme = scheme
        self.known = (*SCHEMES, CUSTOM)
        super().__init__(say("landuse.scheme_unknown", scheme=scheme, known="、".join(self.known)))


class SchemeMissing(ValueError):
    """Codes came without their scheme; `positions` says which rows, `codes` what they hold."""

    def __init__(self, positions: list[int], codes: list[str]) -> None:
        self.positions = positions
        self.codes = codes
        shown = "、".join(dict.fromkeys(codes[:5]))
        super().__init__(say("landuse.scheme_missing", n=len(positions), codes=shown, known="、".join(SCHEMES)))


def read(name: str) -> Frame:
    """Return one CSV of this folder, every cell as text, empty cells as ''."""
    return pd.read_csv(FOLDER / name, dtype=str, encoding="utf-8", keep_default_na=False)


@cache
def _table(scheme: str) -> Frame:
    if scheme not in SCHEMES:
        raise SchemeUnknown(scheme)
    return read(f"{scheme}.csv")


def table(scheme: str) -> Frame:
    """Return a scheme's classes, one row a class: code, name, group, standard, status, note. Raises SchemeUnknown."""
    return _table(scheme).copy()


@cache
def column(scheme: str, name: str) -> Mapping[str, str]:
    """Return {code: value} of one column of a scheme's table (shared, do not change)."""
    rows = _table(scheme)
    return dict(zip(rows["code"], rows[name], strict=True))


@cache
def _contested() -> Frame:
    return read("contested.csv")


def contested(scheme: str | None = None) -> Frame:
    """Return the classes whose group is a declared choice (POLICY.md §6.4, §6.5, §8.3), of one scheme or of all.

    One row is a class: choice, scheme, code, group (what we use), alternatives (joined by ;), why, source.
    """
    rows = _contested()
    if scheme is None:
        return rows.copy()
    if scheme not in SCHEMES:
        raise SchemeUnknown(scheme)
    return rows[rows["scheme"] == scheme].reset_index(drop=True)
