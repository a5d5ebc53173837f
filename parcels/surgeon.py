"""Cells as delivered → typed values: every change is listed and reversible, nothing is converted silently."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from parcels import units
from parcels.columns import DTYPES, TEXT, Column

Frame: TypeAlias = pd.DataFrame

NOTHING = frozenset({"", *"- / null none nan n/a na nah \\n <null> <空> #n/a #value! #ref! #div/0! #name?".split()})
MISSING = NOTHING | frozenset("\\ -- --- — —— － – 无 暂无 不详 未知 空 . *".split())
AROUND = " \t\r\n\xa0\u3000\u200b\ufeff'"
YES = frozenset({"是", "有", "true", "1", "1.0", "y", "yes", "√", "✓", "t"})
NO = frozenset({"否", "无", "没有", "false", "0", "0.0", "n", "no", "×", "x", "f"})
NUMBER = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(.*)$", re.IGNORECASE)
THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)")
DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*\d{1,2}[::时]\d{1,2}.*)?$")
DIGITS = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\.0+)?$")
MONTH = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2})(?:\.0+)?)$")
SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
EXACT = 1e15  # a spreadsheet keeps 15 digits of a number
FIRST_SERIAL, LAST_SERIAL = 14_611, 73_050  # 1940-01-01 and 2099-12-31 as spreadsheets count days
FIRST_YEAR, LAST_YEAR = 1902, 2199  # 1900, 1901 and 9999 stand for "no date" in land registers


class Cell(NamedTuple):
    """One cell read: its value (None = unknown), the kind of fault or repair it needed ('' if none)."""

    value: object
    fault: str = ""
    repair: str = ""


@dataclass(frozen=True)
class Reading:
    """A column read: its values; and of the rows that have one, the kind of their fault and of their repair."""

    values: pd.Series
    faults: pd.Series
    repairs: pd.Series = field(repr=False)


def read(raw: pd.Series, column: Column, unit: str = "") -> Reading:
    """Return a raw column (text, or numbers and dates as a layer holds them) as the contract types it.

    `unit` is what the heading or delivery.yaml states; '' means the column's own. Raises UnitUnknown.
    """
    readers: Mapping[str, Callable[[], Reading]] = {
        "text": lambda: _texts(raw),
        "number": lambda: numbers(raw, unit or column.unit, column.unit),
        "int": lambda: _whole(numbers(raw, unit or column.unit, column.unit)),
        "date": lambda: dates(raw),
        "month": lambda: _each(text(raw), month, DTYPES["month"]),
        "bool": lambda: _each(text(raw, keep=NO), flag, DTYPES["bool"]),
        "enum": lambda: _each(text(raw, keep=frozenset(column.values)), _chooser(column.values), TEXT),
    }
    return readers[column.type]()


def text(raw: pd.Series, keep: frozenset[str] = frozenset(), missing: frozenset[str] = MISSING) -> pd.Series:
    """Return cells as trimmed text, NaN where nothing is said ('', '/', '—', '无', 'Nah' … unless in `keep`)."""
    if pd.api.types.is_datetime64_any_dtype(raw):
        return raw.dt.strftime("%Y-%m-%d").astype(TEXT)
    if pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        return raw.map(digits, na_action="ignore").astype(TEXT)
    written = raw.astype(TEXT)
    cells = pa.array(written.array)
    said = pc.utf8_trim(cells, AROUND)
    silent = _among(pc.utf8_lower(said), missing)
    if pc.any(silent).as_py() and keep:
        silent = pc.and_not(silent, _among(said, keep))
    if pc.any(silent).as_py():
        said = pc.if_else(silent, None, said)
    if said.equals(cells):
        return written  # the same text lies in memory once
    return pd.Series(TEXT.__from_arrow__(said), index=raw.index, name=raw.name)


def _among(cells: pa.ChunkedArray, words: frozenset[str]) -> pa.ChunkedArray:
    return pc.is_in(cells, value_set=pa.array(sorted(words), pa.large_string()))


def digits(number: float) -> str:
    """Return a number as the digits a person typed: 330106.0 is 330106; 9.14e17 stays as it is (damaged)."""
    if isinstance(number, float) and number.is_integer() and abs(number) < EXACT:
        return str(int(number))
    return repr(float(number)) if isinstance(number, float) else str(number)


def numbers(raw: pd.Series, unit: str, wanted: str) -> Reading:
    """Return numbers in `wanted`; a unit inside a cell speaks for that cell. Raises UnitUnknown."""
    units.factor(unit, wanted) if wanted else None
    if pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        values = raw.astype(DTYPES["number"])
        return _clean(units.convert(values, unit, wanted) if wanted else values)
    said = text(raw)
    plain = said.where(said.str.fullmatch(r"[+-]?\d+(\.\d*)?", na=True))
    fast = pd.to_numeric(plain, errors="coerce").astype(DTYPES["number"])
    values = units.convert(fast, unit, wanted) if wanted else fast
    slow = said[fast.isna() & said.notna()]
    if slow.empty:
        return _clean(values)
    reading = _each(slow, lambda cell: number(cell, unit, wanted), DTYPES["number"])
    values.loc[slow.index] = reading.values
    return Reading(values, reading.faults, reading.repairs)


def number(cell: str, unit: str, wanted: str) -> Cell:
    """Return one number written by a person: `1,234.5`, `|3906平方米`, `60%`, `（12.5）`, `１００万元`."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell))
    repair = "full_width" if flat != re.sub(r"\s+", "", cell) else ""
    bare = flat.strip("|;；。、,")
    repair = "bars" if bare != flat else repair
    if THOUSANDS.match(bare):
        bare, repair = bare.replace(",", ""), "thousands"
    if bracketed := re.fullmatch(r"\((\d[\d.]*)\)", bare):
        bare, repair = f"-{bracketed.group(1)}", "negative_brackets"
    found = NUMBER.match(bare)
    if not found or not math.isfinite(float(found.group(1))):
        return Cell(None, "number_unreadable")
    return _measured(float(found.group(1)), found.group(2), unit, wanted, repair)


def _measured(value: float, tail: str, unit: str, wanted: str, repair: str) -> Cell:
    """A number with what follows it: nothing, a unit, or something that makes it no number."""
    own = units.spelled(tail).strip("()")
    if not own:
        return Cell(_in(value, unit, wanted), "", repair)
    if own == "%" and wanted in {"", "ratio"}:
        return Cell(value / 100, "", "percent")
    if wanted and units.dimensions(own) & units.dimensions(wanted):
        return Cell(_in(value, own, wanted), "", "unit_in_value")
    return Cell(None, "number_unreadable")


def _in(value: float, unit: str, wanted: str) -> float:
    if not wanted:
        return value
    size = units.factor(unit, wanted)
    return value if size == 1 else value * float(size.numerator) / float(size.denominator)


def dates(raw: pd.Series) -> Reading:
    """Return dates without time of day; placeholders (1900, 1901, 9999) are unknown and named so."""
    if pd.api.types.is_datetime64_any_dtype(raw):
        naive = raw.dt.tz_localize(None) if raw.dt.tz is not None else raw
        days = naive.dt.normalize().astype(DTYPES["date"])
        sentinel = days.dt.year.lt(FIRST_YEAR) | days.dt.year.gt(LAST_YEAR)
        return Reading(days.mask(sentinel), marked("date_sentinel", days.index[sentinel]), _unmarked())
    return _each(text(raw), date, DTYPES["date"])


def date(cell: str) -> Cell:
    """Return one date written by a person: 2021-03-05, 2021/3/5, 2021.3.5, 2021年3月5日, 20210305, 44260, 2021年3月."""
    flat = unicodedata.normalize("NFKC", cell).strip()
    if found := DAY.match(flat) or DIGITS.match(flat):
        year, month_, day = (int(part) for part in found.groups()[:3])
        iso = f"{year:04d}-{month_:02d}-{day:02d}"
        return _dated(year, month_, day, "" if flat.startswith(iso) else "date_form")
    if found := SERIAL.match(flat):
        serial = int(found.group(1))
        if FIRST_SERIAL <= serial <= LAST_SERIAL:
            return Cell(datetime(1899, 12, 30) + pd.Timedelta(days=serial), "", "excel_serial")  # noqa: DTZ001 - a date
    if found := MONTH.match(flat):
        return _dated(int(found.group(1)), int(found.group(2) or found.group(3)), 1, "month_only")
    return Cell(None, "date_sentinel" if flat in {"0", "1", "2"} or flat.startswith("0000") else "date_unreadable")


def _dated(year: int, month_: int, day: int, repair: str) -> Cell:
    if year < FIRST_YEAR or year > LAST_YEAR:
        return Cell(None, "date_sentinel")
    try:
        return Cell(datetime(year, month_, day), "", repair)  # noqa: DTZ001 - a date has no zone
    except ValueError:
        return Cell(None, "date_unreadable")


def month(cell: str) -> Cell:
    """Return the first day of a month written 2025-03, 202503, 2025年3月 or as any of its days."""
    flat = unicodedata.normalize("NFKC", cell).strip()
    if found := MONTH.match(flat):
        return _dated(int(found.group(1)), int(found.group(2) or found.group(3)), 1, "")
    whole = date(flat)
    if isinstance(whole.value, datetime):
        return Cell(whole.value.replace(day=1), "", "")
    return whole


def flag(cell: str) -> Cell:
    """Return 是/否 as a flag."""
    said = unicodedata.normalize("NFKC", cell).strip().lower()
    if said in YES or said in NO:
        return Cell(said in YES)
    return Cell(None, "word_unknown")


def _chooser(values: Mapping[str, str]) -> Callable[[str], Cell]:
    plain = {_plain(said): word for said, word in values.items()}

    def choose(cell: str) -> Cell:
        word = plain.get(_plain(cell))
        if word is None:
            return Cell(None, "word_unknown")
        return Cell(word, "", "" if word == cell else "synonym")

    return choose


def _plain(word: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", word)).lower()


def _texts(raw: pd.Series) -> Reading:
    return _clean(text(raw, missing=NOTHING))


def _whole(reading: Reading) -> Reading:
    """A whole number with a fraction is no whole number."""
    broken = reading.values.notna() & (reading.values % 1 != 0)
    if not broken.any():
        return reading
    said = marked("number_unreadable", broken.index[broken], reading.faults)
    return Reading(reading.values.mask(broken), said, reading.repairs)


def _each(said: pd.Series, one: Callable[[str], Cell], dtype: Any) -> Reading:
    """Read each different text once, and lay the results back on its rows."""
    place, texts = said.factorize()
    cells = [*(one(cell) for cell in texts), Cell(None)]  # a blank has place -1
    values = pd.Series([cell.value for cell in cells], dtype="object").astype(dtype)
    laid = values.take(place % len(cells)).set_axis(said.index)
    return Reading(
        laid,
        _marks([cell.fault for cell in cells], place, said.index),
        _marks([cell.repair for cell in cells], place, said.index),
    )


def _marks(kinds: list[str], place: npt.NDArray[np.intp], rows: pd.Index) -> pd.Series:
    if not any(kinds):
        return _unmarked()
    each = np.array(kinds)[place]
    return pd.Series(each[each != ""], index=rows[each != ""], dtype=TEXT)


def marked(kind: str, rows: pd.Index, others: pd.Series | None = None) -> pd.Series:
    """Return rows with the kind of their fault or repair, among others known before, in the order of rows."""
    fresh = pd.Series(kind, index=rows, dtype=TEXT)
    if others is None or others.empty:
        return fresh
    return pd.concat([others.drop(rows.intersection(others.index)), fresh]).sort_index()


@cache
def _unmarked() -> pd.Series:
    """No row marked (always the same one: it is not to be written to)."""
    return pd.Series("", index=pd.Index([], dtype="int64"), dtype=TEXT)


def _clean(values: pd.Series) -> Reading:
    return Reading(values, _unmarked(), _unmarked())
