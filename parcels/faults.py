"""Numbered faults: one code a kind (faults.csv), one row a place, worded in Chinese, all of them at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from parcels.columns import TEXT
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

SOURCE = Path(__file__).parent / "faults.csv"
COLUMNS = ("code", "kind", "severity", "file", "sheet", "row", "column", "value", "message", "fixable_by_data")
PLACE = ("file", "sheet", "row", "column", "value")
ORDER = ["file", "sheet", "row", "column", "kind"]
SEVERITIES = ("blocking", "error", "warning", "info")
LONGEST_VALUE = 80


@cache
def catalog() -> Mapping[str, Mapping[str, str]]:
    """Return kind → its row of faults.csv (code, severity, title, what, fix, fixable_by_data)."""
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        return {row["kind"]: row for row in csv.DictReader(lines)}


@cache
def none() -> Frame:
    """Return a faults frame without rows (always the same one: it is not to be written to)."""
    return _framed({column: [] for column in COLUMNS})


def one(kind: str, **said: object) -> Frame:
    """Return one fault as a frame of one row: file, sheet, row, column, value where known, and the template's words.

    KeyError for an unknown kind.
    """
    return _worded(kind, {key: [value] for key, value in said.items()}, {}, 1)


def many(kind: str, places: Frame, **said: object) -> Frame:
    """Return one fault a row of `places` (file, sheet, row, column, value, and what the template asks for)."""
    if places.empty:
        return none()
    return _worded(kind, {str(name): values.tolist() for name, values in places.items()}, said, len(places))


def _worded(kind: str, cells: Mapping[str, list[Any]], said: dict[str, object], count: int) -> Frame:
    """Return faults of what is known of each (lists of `count`) and of all of them (`said`)."""
    rule = catalog()[kind]
    known = dict.fromkeys(PLACE, [None] * count) | {
        name: [None if pd.isna(cell) else cell for cell in column] for name, column in cells.items()
    }
    known |= {"row": [row if row is None else int(row) for row in known["row"]]}
    known |= {name: [cell or "" for cell in known[name]] for name in ("file", "sheet", "column")}
    known |= {"value": [shortened(value) for value in known["value"]]}
    rows = (dict(zip(known, row, strict=True)) for row in zip(*known.values(), strict=True))
    return _framed({
        **{name: [rule[name]] * count for name in ("code", "severity")},
        **{name: known[name] for name in PLACE},
        "kind": [kind] * count,
        "message": [_message(rule, row | said) for row in rows],
        "fixable_by_data": [rule["fixable_by_data"] == "true"] * count,
    })


def gather(parts: Iterable[Frame]) -> Frame:
    """Return all faults in the contract's order: file, sheet, row as a number, column, kind; each said once."""
    whole = stacked(parts)
    if len(whole) <= 1:
        return whole.reset_index(drop=True)
    said_once = whole if whole["message"].is_unique else whole.drop_duplicates()
    return said_once.sort_values(ORDER, kind="stable", na_position="first", ignore_index=True)


def stacked(parts: Iterable[Frame]) -> Frame:
    """Return all faults as they come, for a step whose faults are gathered with those of others."""
    held = [part for part in parts if len(part)]
    return pd.concat(held, ignore_index=True) if len(held) > 1 else held[0] if held else none()


def shortened(value: object) -> str:
    """Return a value as text, cut where it is long: a fault shows a cell, not a page."""
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _message(rule: Mapping[str, str], row: Mapping[str, object]) -> str:
    said = {key: "" if value is None else value for key, value in row.items()}
    what, fix = rule["what"].format_map(said), rule["fix"].format_map(said)
    where = _where(said)
    return say("parcels.fault", where=f"{where}：" if where else "", what=what, fix=fix)


def _where(row: Mapping[str, object]) -> str:
    """文件、工作表、行、列: as much of the place as is known."""
    parts = ("file", "sheet", "row", "column")
    return "".join(say(f"parcels.place.{part}", **{part: row[part]}) for part in parts if row[part] != "")


def _framed(columns: Mapping[str, list[Any]]) -> Frame:
    kinds = dict.fromkeys(COLUMNS, TEXT) | {"row": pd.Int64Dtype(), "fixable_by_data": np.dtype("bool")}
    return pd.DataFrame({name: pd.array(columns[name], dtype=kinds[name]) for name in COLUMNS}, copy=False)
