"""Columns as text, a whole column at a time: Arrow writes thirty cells in the time Python takes for one."""

from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Texts: TypeAlias = Any  # an Arrow array of texts, pa.large_string()

TEXT = pa.large_string()
EXACT_TO = 2.0**50  # in units of the last place: up to here a double beside a decimal leaves no doubt about it


def arrow(values: pd.Series, kind: Any = None) -> Any:
    """Return a column of one kind as one Arrow array; gaps are null."""
    found = pa.array(values, kind, from_pandas=True)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def plain(values: pd.Series) -> pd.Series:
    """Return a column, one of categories as what they stand for."""
    return values.astype(values.cat.categories.dtype) if isinstance(values.dtype, pd.CategoricalDtype) else values


def joined(*parts: Any, between: str = "", gap: str | None = None) -> Texts:
    """Return texts joined row by row; a plain str stands in every row. A gap makes a gap, or is read as `gap`."""
    rows = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts]
    if gap is None:
        return pc.binary_join_element_wise(*rows, pa.scalar(between, TEXT))
    how = {"null_handling": "replace", "null_replacement": gap}
    return pc.binary_join_element_wise(*rows, pa.scalar(between, TEXT), **how)


def run_together(rows: Texts) -> memoryview:
    """Return texts one behind the other, as they lie in memory."""
    if not len(rows):
        return memoryview(b"")
    _, offsets, letters = rows.buffers()
    first, last = np.frombuffer(offsets, np.int64)[[rows.offset, rows.offset + len(rows)]]
    return memoryview(letters or b"")[first:last]


def fixed(numbers: npt.NDArray[np.float64], decimals: int) -> Texts:
    """Return numbers with so many decimals, as Python prints them; NaN is a gap.

    A double that is the nearest to a decimal of so many places is printed as that decimal; the rest, one by one.
    """
    unit, gap = 10.0**decimals, np.isnan(numbers)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(numbers * unit)
        sure = (scaled / unit == numbers) & (np.abs(scaled) < EXACT_TO)
    sure &= ~(np.signbit(numbers) & (scaled == 0))  # -0.0 keeps its sign
    whole = pa.array(np.where(sure, scaled, 0).astype(np.int64), mask=gap).cast(pa.decimal128(19, 0))
    found = pc.multiply(whole, pa.scalar(Decimal(1).scaleb(-decimals))).cast(TEXT)
    rest = ~(sure | gap)
    if not rest.any():
        return found
    written = [f"{number:.{decimals}f}" for number in numbers[rest].tolist()]
    return pc.replace_with_mask(found, pa.array(rest), pa.array(written, TEXT))
