"""Name, detect and refuse a coordinate reference system; datum shifts are never silent."""

from __future__ import annotations

from pathlib import Path

from pyproj import CRS


class CrsMissing(ValueError):
    """A layer states no CRS; `file` is the layer's file where known."""

    def __init__(self, file: str | Path | None) -> None:
        self.file = file
        super().__init__(f"no CRS stated: {file}")


class CrsDiffer(ValueError):
    """Two layers that must share a CRS do not."""

    def __init__(self, one: CRS | None, other: CRS | None) -> None:
        self.one, self.other = one, other
        super().__init__(f"CRS differ: {one and one.name} and {other and other.name}")
