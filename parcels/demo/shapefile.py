"""Write a shapefile as a bureau's GIS of ten years ago does: Chinese headings of ten bytes at most, GBK text.

A DBF heading holds ten bytes: five Chinese characters in GB18030. GDAL cuts longer ones and renames collisions without
an error (or writes a file nobody can read back), so the headings are a dictionary, checked here, and the table is
written byte by byte: fixed widths, and a date of change that does not depend on the clock.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

Frame: TypeAlias = pd.DataFrame

ENCODING = "gb18030"
CODE_PAGE = "GBK"  # what the .cpg says; GB18030 is its superset
HEADING_BYTES = 10
CHANGED = bytes([126, 1, 5])  # DBF date of last change: 2026-01-05
RECORD_LIMIT = 254  # widest text field


@dataclass(frozen=True)
class Field:
    """One DBF field: the table's column, its heading, kind text / number / date, decimals of a number."""

    column: str
    heading: str
    kind: Literal["C", "N", "D"] = "C"
    decimals: int = 2


class HeadingTooLong(ValueError):
    """A heading takes more than the ten bytes a DBF gives it; `heading` names it."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        super().__init__(f"{heading!r} takes {len(heading.encode(ENCODING))} bytes in {ENCODING}, a DBF holds 10")


def write(layer: gpd.GeoDataFrame, fields: tuple[Field, ...], path: Path) -> None:
    """Write .shp .shx .prj .dbf .cpg of `layer` to `path`; raises HeadingTooLong before anything is written."""
    for field in fields:
        if len(field.heading.encode(ENCODING)) > HEADING_BYTES:
            raise HeadingTooLong(field.heading)
    shapes = gpd.GeoDataFrame({"n": np.arange(len(layer), dtype="int32")}, geometry=layer.geometry.to_numpy(),
                              crs=layer.crs)  # fmt: skip
    pyogrio.write_dataframe(shapes, path, driver="ESRI Shapefile", geometry_type="Polygon")
    path.with_suffix(".dbf").write_bytes(table(layer, fields))
    path.with_suffix(".cpg").write_text(CODE_PAGE, encoding="ascii")


def table(frame: Frame, fields: tuple[Field, ...]) -> bytes:
    """Return the bytes of a DBF with one record a row."""
    columns = [_cells(frame[field.column], field) for field in fields]
    width = [cells.dtype.itemsize for cells in columns]
    header = b"\x03" + CHANGED + len(frame).to_bytes(4, "little")
    header += (32 + 32 * len(fields) + 1).to_bytes(2, "little") + (1 + sum(width)).to_bytes(2, "little") + bytes(20)
    for field, size in zip(fields, width, strict=True):
        name = field.heading.encode(ENCODING).ljust(11, b"\x00")
        decimals = field.decimals if field.kind == "N" else 0
        header += name + field.kind.encode() + bytes(4) + bytes([size, decimals]) + bytes(14)
    parts = [("deleted", "S1"), *((f"f{i}", f"S{size}") for i, size in enumerate(width))]
    records = np.zeros(len(frame), dtype=parts)
    records["deleted"] = b" "
    for i, cells in enumerate(columns):
        records[f"f{i}"] = cells
    return header + b"\r" + records.tobytes() + b"\x1a"


def _cells(values: pd.Series, field: Field) -> np.ndarray:
    if field.kind == "D":
        texts = pd.to_datetime(values).dt.strftime("%Y%m%d")
    elif field.kind == "N":
        texts = pd.to_numeric(values).map(f"{{:.{field.decimals}f}}".format, na_action="ignore")
    else:
        texts = values.astype("str")
    raw = [text.encode(ENCODING) for text in texts.fillna("").astype("object").tolist()]
    size = 8 if field.kind == "D" else max(1, *map(len, raw)) if raw else 1
    size = min(size, RECORD_LIMIT)
    padded = [part[:size].rjust(size) if field.kind == "N" else part[:size].ljust(size) for part in raw]
    return np.array(padded, dtype=f"S{size}")
