"""CSV as CONTRACT §4 states it: BOM, LF, four decimals, ISO dates, codes as text, no cell that a sheet would run."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.strings import TEXT, Texts, arrow, fixed, joined, plain, run_together

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
# CONTRACT §4: a text cell that begins so is taken for a formula by Excel, WPS and LibreOffice.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_AT_ONCE = 32_768  # as text in memory; the file is the same for any number


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


def texts(values: pd.Series) -> Texts:
    """Return a column as the texts that CONTRACT §4 asks for: `cell` of every value, without a gap."""
    values = plain(values)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "floating":
        return fixed(values.to_numpy(dtype=np.float64, na_value=np.nan), DECIMALS).fill_null("")
    if kind in {"string", "empty"}:
        return _inert(arrow(values, TEXT).fill_null(""))
    if pd.api.types.is_bool_dtype(values.dtype):
        return pc.if_else(arrow(values), "true", "false").cast(TEXT).fill_null("")
    if pd.api.types.is_integer_dtype(values.dtype):
        return arrow(values).cast(TEXT).fill_null("")
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return arrow(values).cast(pa.date32(), safe=False).cast(TEXT).fill_null("")
    return pa.array(map(cell, values.astype(object)), TEXT)


def write_csv(frame: Frame, path: Path, keys: Sequence[str] = ()) -> None:
    """Write `frame`, sorted by `keys` as text, as the contract's CSV (UTF-8 with BOM, LF, comma)."""
    whole = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    heading = _quoted(pa.array([str(name) for name in whole.columns], TEXT))
    with path.open("wb") as file:
        file.write(f"\ufeff{','.join(heading.to_pylist())}\n".encode())
        for part in _parts(whole, keys):
            cells = [_quoted(texts(part[name]), alone=part.shape[1] == 1) for name in part.columns]
            file.write(run_together(joined(joined(*cells, between=","), "\n")))


def _parts(frame: Frame, keys: Sequence[str]) -> Iterator[Frame]:
    """Yield a frame some rows at a time, in order of `keys`: sorted as a whole it would lie in memory twice."""
    order = by_text(frame[[*keys]].assign(_at=np.arange(len(frame))), keys)["_at"].to_numpy() if keys else None
    in_order = order is None or bool((np.diff(order) == 1).all())
    whole = (
        frame if in_order else frame.assign(**{name: _in_one_piece(frame[name]) for name in frame.select_dtypes("str")})
    )
    for start in range(0, len(frame), ROWS_AT_ONCE):
        here = slice(start, start + ROWS_AT_ONCE)
        yield whole.iloc[here] if in_order or order is None else whole.iloc[order[here]]


def _in_one_piece(texts: pd.Series) -> pd.Series:
    """Return a column of texts that lies in one piece: to take rows from several, all are joined each time."""
    return pd.Series(pd.array(arrow(texts, TEXT), dtype=texts.dtype), texts.index)


def by_text(frame: Frame, keys: Iterable[str]) -> Frame:
    """Return `frame` sorted by `keys` compared as text, stable, with a fresh index."""
    return frame.sort_values(list(keys), key=lambda column: column.astype(str), kind="stable").reset_index(drop=True)


def _inert(cells: Texts) -> Texts:
    runs = pc.match_substring_regex(cells, f"^[{re.escape(''.join(FORMULA_STARTS))}]")
    return pc.if_else(runs, joined("'", cells), cells) if pc.any(runs).as_py() else cells


def _quoted(cells: Texts, *, alone: bool = False) -> Texts:
    """Return cells as RFC 4180 quotes them; the empty cell of a lone column too, or its row would be a blank line."""
    letters = bytes(run_together(cells))
    if not alone and not any(mark in letters for mark in b',"\r\n'):
        return cells
    needs = pc.match_substring_regex(cells, '[,"\r\n]' + ("|^$" if alone else ""))
    return pc.if_else(needs, joined('"', pc.replace_substring(cells, '"', '""'), '"'), cells)
