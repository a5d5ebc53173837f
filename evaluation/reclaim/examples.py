"""Run the worked examples inside an idle policy: what it says must come out must come out."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import consequence, idle
from parcels.columns import catalog
from parcels.words import say

Frame: TypeAlias = pd.DataFrame


def mismatches(policy: IdlePolicy) -> list[str]:
    """Return one sentence a value of an example that does not come true; none where the policy holds.

    An example is {name, as_of, parcels, delays, agreements, expect}: rows of those tables, and for each parcel_id the
    columns of idle.judge or consequence.follow that are expected.
    """
    return [wrong for example in policy.examples for wrong in _wrong(policy, example)]


def _wrong(policy: IdlePolicy, example: Mapping[str, Any]) -> list[str]:
    day = pd.Timestamp(str(example["as_of"]))
    parcels = table("parcels", example["parcels"])
    delays, agreements = (table(name, example.get(name, [])) for name in ("delays", "agreements"))
    judged = idle.judge(parcels, agreements, delays, policy, day)
    whole = pd.concat([judged, consequence.follow(judged, parcels["price_wan"], policy, day)], axis=1)
    got = whole.drop_duplicates("parcel_id").set_index("parcel_id")
    return [
        say("reclaim.example", name=example["name"], field=name, expected=value, got=got.at[row["parcel_id"], name])
        for row in example["expect"]
        for name, value in row.items()
        if name != "parcel_id" and got.at[row["parcel_id"], name] != value
    ]


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> Frame:
    """Return rows as a table of CONTRACT §3, every column typed, what is not said blank; geometry is left out."""
    columns = [column for column in catalog()[name].values() if column.type != "geometry"]
    made = {c.column: pd.Series([_cell(row.get(c.column), c.type) for row in rows], dtype=c.dtype) for c in columns}
    return pd.DataFrame(made)


def _cell(value: Any, kind: str) -> Any:
    return pd.Timestamp(str(value)) if value is not None and kind == "date" else value
