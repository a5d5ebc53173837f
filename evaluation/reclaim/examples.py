"""Run the worked examples inside a policy of idle land, zombie firms or low-efficiency land: they must come true."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from evaluation.policy.examples import AREAS, LAND, STATED, Columns, stated
from evaluation.policy.load import variant
from evaluation.policy.reclaim import IdlePolicy, LowEfficiencyPolicy, ZombiePolicy
from evaluation.reclaim import consequence, idle, low_efficiency, performance, zombie
from gis.measure import SQUARE_METRES_PER_MU
from parcels.columns import DTYPES
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
Example: TypeAlias = Mapping[str, Any]


def mismatches(policy: IdlePolicy | ZombiePolicy | LowEfficiencyPolicy) -> list[str]:
    """Return one sentence a value of an example that does not come true; none where the policy holds.

    An example is {name, as_of, with, expect} and rows of the tables its kind reads: parcels, delays, agreements; firms,
    years (the data year is the year of as_of); or firms, years, land, parcels, buildings, areas. `with` fills blanks;
    expect has the columns of the verdict by parcel_id or uscc, null = blank, or no row: the rule does not ask.
    """
    return [wrong for example in policy.examples for wrong in _wrong(policy, example)]


def _wrong(policy: IdlePolicy | ZombiePolicy | LowEfficiencyPolicy, example: Example) -> Iterator[str]:
    key, given, judge = JUDGES[type(policy)]
    day = pd.Timestamp(str(example["as_of"]))
    judged = judge(variant(policy, dict(example.get("with") or {})), example, day)
    got = judged.drop_duplicates(key).set_index(key)
    subjects = {str(row.get(key)) for row in example.get(given) or []}
    for row in example["expect"]:
        for name, value in row.items():
            known = str(row.get(key)) in subjects and name in {key, *got.columns}
            found = got[name].get(row[key]) if known and name != key else None
            if not known or (name != key and not _same(value, found)):
                shown = found if known else say("reclaim.example_unknown")
                yield say("reclaim.example", name=example["name"], field=name, expected=value, got=shown)


def _same(wanted: Any, got: Any) -> bool:
    return wanted is None if pd.isna(got) else bool(got == wanted)


def _idle(policy: IdlePolicy, example: Example, day: pd.Timestamp) -> Frame:
    parcels, agreements, delays = (table(name, example.get(name)) for name in ("parcels", "agreements", "delays"))
    judged = idle.judge(parcels, agreements, delays, policy, day)
    return pd.concat([judged, consequence.follow(judged, parcels["price_wan"], policy, day)], axis=1)


def _zombie(policy: ZombiePolicy, example: Example, day: pd.Timestamp) -> Frame:
    firms, years = table("firms", example.get("firms")), table("firm_years", example.get("years"))
    return zombie.judge(firms, years, policy, day.year, day)


def _low_efficiency(policy: LowEfficiencyPolicy, example: Example, day: pd.Timestamp) -> Frame:
    firms, years = table("firms", example.get("firms")), table("firm_years", example.get("years"))
    figures = low_efficiency.firm_figures(firms, years, _typed(LAND, example.get("land")), policy, day.year)
    parcels = _typed(stated("parcels", STATED), example.get("parcels"))
    areas = _typed(AREAS, example.get("areas"))
    areas = areas.assign(area_mu=areas["area_m2"] / SQUARE_METRES_PER_MU)
    kept = performance.measured(parcels, areas, table("buildings", example.get("buildings")), figures)
    whole = pd.concat([parcels.drop(columns=[name for name in kept if name in parcels]), kept], axis=1)
    return low_efficiency.judge(whole, figures, policy, day)[0]


# class of a policy → the key of a verdict, the rows that name its subjects, and what judges an example
JUDGES: Mapping[type, tuple[str, str, Callable[[Any, Example, pd.Timestamp], Frame]]] = {
    IdlePolicy: ("parcel_id", "parcels", _idle),
    ZombiePolicy: ("uscc", "firms", _zombie),
    LowEfficiencyPolicy: ("parcel_id", "parcels", _low_efficiency),
}


def table(name: str, rows: Sequence[Mapping[str, Any]] | None) -> Frame:
    """Return rows as a table of CONTRACT §3, every column typed, what is not said blank; geometry is left out."""
    return _typed(stated(name), rows)


def _typed(columns: Columns, rows: Sequence[Mapping[str, Any]] | None) -> Frame:
    made = {name: [_cell(row.get(name), kind) for row in rows or []] for name, kind in columns.items()}
    return pd.DataFrame({name: pd.Series(cells, dtype=_dtype(columns, name)) for name, cells in made.items()})


def _dtype(columns: Columns, name: str) -> str:
    return "int64" if (name, columns[name]) == ("year", "int") else DTYPES[columns[name]]


def _cell(value: Any, kind: str) -> Any:
    return pd.Timestamp(str(value)) if value is not None and kind == "date" else value
