"""Numbered faults: one code a kind (faults.csv), one row a place, worded in Chinese, all of them at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pandas as pd

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
    return _typed(pd.DataFrame({column: [] for column in COLUMNS}))


def one(kind: str, **said: object) -> Frame:
    """Return one fault as a frame of one row: file, sheet, row, column, value where known, and the template's words.

    KeyError for an unknown kind.
    """
    nowhere: dict[str, object] = {"file": "", "sheet": "", "row": None, "column": "", "value": ""}
    return many(kind, pd.DataFrame([nowhere | said]))


def many(kind: str, places: Frame, **said: object) -> Frame:
    """Return one fault a row of `places` (file, sheet, row, column, value, and what the template asks for)."""
    if places.empty:
        return none()
    rule = catalog()[kind]
    where = places.reindex(columns=[*PLACE, *(column for column in places if column not in PLACE)])
    rows = where.astype("object").where(where.notna(), None).to_dict("records")
    found = pd.DataFrame(
        {
            "code": rule["code"],
            "kind": kind,
            "severity": rule["severity"],
            "file": [row["file"] or "" for row in rows],
            "sheet": [row["sheet"] or "" for row in rows],
            "row": pd.array(where["row"], dtype="Int64"),
            "column": [row["column"] or "" for row in rows],
            "value": [shortened(row["value"]) for row in rows],
            "message": [_message(rule, {str(k): v for k, v in row.items()} | said) for row in rows],
            "fixable_by_data": rule["fixable_by_data"] == "true",
        }
    )
    return _typed(found)


def gather(parts: Iterable[Frame]) -> Frame:
    """Return all faults in the contract's order: file, sheet, row as a number, column, kind; each said once."""
    held = [part for part in parts if not part.empty]
    if not held:
        return none()
    whole = pd.concat(held, ignore_index=True).drop_duplicates(ignore_index=True)
    return whole.sort_values(ORDER, kind="stable", na_position="first", ignore_index=True)


def shortened(value: object) -> str:
    """Return a value as text, cut where it is long: a fault shows a cell, not a page."""
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _message(rule: Mapping[str, str], row: Mapping[str, object]) -> str:
    said = {key: "" if value is None else value for key, value in row.items()} | {"value": shortened(row["value"])}
    what, fix = rule["what"].format_map(said), rule["fix"].format_map(said)
    where = _where(said)
    return say("parcels.fault", where=f"{where}：" if where else "", what=what, fix=fix)


def _where(row: Mapping[str, object]) -> str:
    """文件、工作表、行、列: as much of the place as is known."""
    parts = [
        say(f"parcels.place.{part}", **{part: int(str(row[part])) if part == "row" else row[part]})
        for part in ("file", "sheet", "row", "column")
        if row.get(part) not in {None, ""}
    ]
    return "".join(parts)


def _typed(frame: Frame) -> Frame:
    kinds = dict.fromkeys(COLUMNS, "str") | {"row": "Int64", "fixable_by_data": "bool"}
    return frame[list(COLUMNS)].astype(kinds)
