"""The shape of the worked examples of a policy: what cannot be run is refused where the file is read."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from evaluation.policy.model import Faulty, Where
from parcels.columns import catalog
from parcels.words import say

Columns: TypeAlias = Mapping[str, str]  # column → type of columns.csv
NEEDED = ("name", "as_of", "expect")
OPTIONAL = ("with", "note")
LAND: Columns = {"uscc": "text", "land_mu": "number"}
AREAS: Columns = {"parcel_id": "text", "area_m2": "number"}
ZONE_LAND: Columns = {"code": "text", "mu": "number", "supply_state": "text"}
ALWAYS = {"year", "mu"}  # columns that a row cannot leave out, where its table has them
# facts of a parcel that other tables decide; an example states them
STATED: Columns = {"use_group": "text", "started": "bool", "idle": "text"}


def stated(table: str, more: Columns | None = None) -> Columns:
    """Return column → type of a contract table as an example may write it: no geometry, `more` columns beside."""
    return {c.column: c.type for c in catalog()[table].values() if c.type != "geometry"} | dict(more or {})


def faults(
    examples: Sequence[Mapping[str, Any]],
    subject: str,
    rows: Mapping[str, Columns],
    *,
    needed: Sequence[str] = (),
    others: Sequence[str] = (),
) -> Iterator[Faulty]:
    """Yield (key path, sentence) for each example that cannot be run.

    `subject` is the key every row of expect has; `rows` the parts that are lists of rows, with their columns (the first
    is needed); `needed` and `others` what an example has beside name, as_of, expect, with and note.
    """
    known = {*NEEDED, *OPTIONAL, *rows, *needed, *others}
    for place, example in enumerate(examples):
        where: Where = ("examples", place)
        for name in sorted(set(map(str, example)) - known):
            yield (*where, name), say("evaluation.policy.unknown_key", name=name, known="、".join(sorted(known)))
        for name in (*NEEDED, *needed):
            if not example.get(name):
                yield where, say("evaluation.policy.missing_key", name=name)
        if example.get("as_of") and not _fits(example["as_of"], "date"):
            yield (*where, "as_of"), say("evaluation.policy.date", value=example["as_of"])
        for name in sorted({"with", "years"} - set(rows)):
            if not isinstance(example.get(name) or {}, Mapping):
                yield (*where, name), say("evaluation.policy.example_mapping", name=name)
        for part, columns in rows.items():
            yield from _rows(
                example.get(part) or [], (*where, part), [next(iter(columns)), *ALWAYS & {*columns}], columns
            )
        yield from _rows(example.get("expect") or [], (*where, "expect"), [subject], None)


def _rows(rows: Any, where: Where, needed: Sequence[str], columns: Columns | None) -> Iterator[Faulty]:
    if not (isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows)):
        yield where, say("evaluation.policy.example_rows", name=where[-1])
        return
    for place, row in enumerate(rows):
        for name in needed:
            if row.get(name) is None:
                yield (*where, place), say("evaluation.policy.missing_key", name=name)
        if columns is not None:
            yield from _row(row, (*where, place), columns)


def _row(row: Mapping[str, Any], where: Where, columns: Columns) -> Iterator[Faulty]:
    for name in sorted(set(map(str, row)) - set(columns)):
        yield (*where, name), say("evaluation.policy.unknown_key", name=name, known="、".join(columns))
    for name, value in row.items():
        if value is not None and name in columns and not _fits(value, columns[name]):
            yield (*where, name), say("evaluation.policy.example_value", value=value)


def _fits(value: Any, kind: str) -> bool:
    if kind in {"date", "month"}:
        return isinstance(value, dt.date) or _is_day(value)
    if kind in {"number", "int"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool) if kind == "bool" else isinstance(value, str)


def _is_day(value: Any) -> bool:
    try:
        return bool(dt.date.fromisoformat(str(value)))
    except ValueError:
        return False
