"""The worked examples a zone policy carries, run as its tests: 亩 of land by code, what each reading comes to."""

import datetime as dt
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.load import variant
from evaluation.policy.zone import ZonePolicy
from evaluation.zone.measured import measure
from gis.measure import SQUARE_METRES_PER_MU, half_up
from parcels.columns import typed
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
ZONE = "Z"


def mismatches(policy: ZonePolicy) -> list[str]:
    """Return one sentence a value of an example that does not come true; none where the policy holds.

    An example is {name, as_of, scheme, basis, land: [{code, mu, supply_state}], years, with, expect}: land of one zone
    by code in 亩, figures of zone_years in `years`, and rows of expected columns by rule and reading (or by the rule of
    an intensity target).
    """
    return [wrong for example in policy.examples for wrong in _wrong(policy, example)]


def _wrong(policy: ZonePolicy, example: Mapping[str, Any]) -> Iterator[str]:
    day = dt.date.fromisoformat(str(example["as_of"]))
    filled = variant(policy, dict(example.get("with") or {}))
    result = measure(world(example, day.year), [filled], day)
    shares = result.zones.set_index(["rule", "reading"])
    targets = result.findings.set_index(["rule", "reading"])
    for wanted in example["expect"]:
        key = (str(wanted["rule"]), str(wanted.get("reading", day.year)))
        told: Mapping[Any, Any] = next((frame.loc[key] for frame in (shares, targets) if key in frame.index), {})
        for name, value in wanted.items():
            if name not in {"rule", "reading"} and not (name in told and _same(name, value, told[name])):
                got = told.get(name, say("zone.example_unknown"))
                yield say("zone.example", name=example["name"], key=".".join(key), field=name, expected=value, got=got)


def world(example: Mapping[str, Any], year: int) -> SimpleNamespace:
    """Return an example as a tiny book: land by its stated areas in one zone, and its year's figures."""
    rows = [
        {"code": str(plot["code"]), "scheme": example["scheme"], "basis": example.get("basis", "planned"),
         "supply_state": plot.get("supply_state"), "area_m2": plot["mu"] * SQUARE_METRES_PER_MU}
        for plot in example.get("land") or []
    ]  # fmt: skip
    land = pd.DataFrame(rows, columns=["code", "scheme", "basis", "name", "supply_state", "area_m2"])
    figures = pd.DataFrame([{"zone_id": ZONE, "year": year, **(example.get("years") or {})}])
    zones = pd.DataFrame({"zone_id": [ZONE], "name": [ZONE], "kind": [None], "boundary": [None]})
    tables = {
        "landuse": land.assign(zone_id=ZONE), "zones": zones.assign(approved_area_ha=np.nan),
        "zone_years": typed("zone_years", figures), "buildings": None,
    }  # fmt: skip
    return SimpleNamespace(tables=tables, crs=None, zones_by="landuse.zone_id", classes={})


def _same(name: str, wanted: Any, got: Any) -> bool:
    """Return whether a value is the one expected: numbers as printed, of a note the words it must hold."""
    if wanted is None:
        return bool(pd.isna(got))
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return bool(pd.notna(got)) and half_up(float(wanted), 4) == half_up(float(got), 4)
    return str(wanted) in str(got) if name == "note" else bool(wanted == got)
