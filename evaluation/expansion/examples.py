"""The worked examples an expansion policy carries, run as its tests: figures, appraisals, what the docket says."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

import pandas as pd

from evaluation.expansion.docket import examine
from evaluation.policy.expansion import ExpansionPolicy
from evaluation.policy.load import variant
from evaluation.zone.measured import measure
from gis.measure import half_up
from parcels.columns import catalog, typed
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
ZONE = "Z"
CRS = "EPSG:4490"  # nothing is drawn in it; every book states one
WORDS = ("note", "cure")  # of these an example says what they must hold, not the whole


def mismatches(policy: ExpansionPolicy) -> list[str]:
    """Return one sentence a value of an example that does not come true; none where the policy holds.

    An example is {name, as_of, zones, zone_years, appraisals, with, expect}: rows of those tables without geometry, one
    zone Z unless others are named, and by condition and zone the columns of the docket that are expected. What only
    geometry can tell is unknown here.
    """
    return [wrong for example in policy.examples for wrong in _wrong(policy, example)]


def _wrong(policy: ExpansionPolicy, example: Mapping[str, Any]) -> Iterator[str]:
    day = dt.date.fromisoformat(str(example["as_of"]))
    book, filled = world(example), variant(policy, dict(example.get("with") or {}))
    rows = examine(book, [filled], measure(book, [], day), day, day.year).expansion.to_dict("records")
    docket = {(str(row["zone_id"]), str(row["condition"])): row for row in rows}
    for wanted in example["expect"]:
        key = (str(wanted.get("zone_id", ZONE)), str(wanted["condition"]))
        told: Mapping[Any, Any] = docket.get(key, {})
        for name, value in {"condition": key[1], **wanted}.items():
            if not (name in told and _same(name, value, told[name])) and (name != "zone_id" or told):
                got = told.get(name, say("zone.example_unknown"))
                yield say("zone.example", name=example["name"], key=".".join(key), field=name, expected=value, got=got)


def world(example: Mapping[str, Any]) -> SimpleNamespace:
    """Return an example as a tiny book: its rows as tables of CONTRACT §3, no ground drawn and none listed."""
    rows = {"zones": example.get("zones") or [{}], "restricted": []}
    rows |= {name: example.get(name) or [] for name in ("zone_years", "appraisals")}
    land = pd.DataFrame(columns=["zone_id", "code", "scheme", "basis", "name", "supply_state", "area_m2"])
    tables = {name: _table(name, part) for name, part in rows.items()} | {"landuse": land, "buildings": None}
    return SimpleNamespace(tables=tables, crs=CRS, zones_by="landuse.zone_id", classes={})


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Frame:
    columns = [column.column for column in catalog()[name].values() if column.type != "geometry"]
    return typed(name, pd.DataFrame([{"zone_id": ZONE, **row} for row in rows], columns=columns, dtype=object))


def _same(name: str, wanted: Any, got: Any) -> bool:
    """Return whether a value is the one expected: numbers as printed, of a note or a cure the words it must hold."""
    if wanted is None:
        return bool(pd.isna(got))
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return bool(pd.notna(got)) and half_up(float(wanted), 4) == half_up(float(got), 4)
    return str(wanted) in str(got) if name in WORDS else bool(wanted == got)
