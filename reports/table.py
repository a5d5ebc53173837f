"""CSV as CONTRACT §4 states it: BOM, LF, four decimals, ISO dates, codes as text, no cell that a sheet would run."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
# CONTRACT §4: a text cell that begins so is taken for a formula by Excel, WPS and LibreOffice.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str) -> str:
    """Return `text` with a leading apostrophe where a spreadsheet would read it as a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def cell(value: Any) -> str:
    """Return one value as CSV text: empty = unknown, true/false, ISO date, 4 decimals, lists joined by `;`."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return inert(";".join(cell(part) for part in value))
    if value is None or pd.isna(value):
        return ""
    for kinds, write in WRITE:
        if isinstance(value, kinds):
            return write(value)
    return inert(str(value))


# A bool is an int to Python: it comes first.
WRITE: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, inert),
    ((bool, np.bool_), lambda value: "true" if value else "false"),
    ((datetime, date), lambda value: str(value.strftime("%Y-%m-%d"))),
    ((int, np.integer), lambda value: str(int(value))),
    (float, f"{{:.{DECIMALS}f}}".format),
)


def texts(frame: Frame) -> Frame:
    """Return `frame` without geometry, every cell as the text that CONTRACT §4 asks for."""
    plain = pd.DataFrame(frame.drop(columns=[name for name in ("geometry",) if name in frame.columns]))
    return pd.DataFrame({name: _column(plain[name]) for name in plain.columns}, index=plain.index)


def write_csv(frame: Frame, path: Path) -> None:
    """Write `frame` as the contract's CSV (UTF-8 with BOM, LF, comma); heading row alone when empty."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        texts(frame).to_csv(file, index=False, lineterminator="\n")


def by_text(frame: Frame, keys: Iterable[str]) -> Frame:
    """Return `frame` sorted by `keys` compared as text, stable, with a fresh index."""
    return frame.sort_values(list(keys), key=lambda column: column.astype(str), kind="stable").reset_index(drop=True)


def _column(column: Any) -> Any:
    if pd.api.types.is_float_dtype(column.dtype):
        return column.map(f"{{:.{DECIMALS}f}}".format, na_action="ignore").astype(object).where(column.notna(), "")
    return column.astype(object).map(cell)
