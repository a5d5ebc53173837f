"""What a delivery can answer is said before anything is judged, and what it lacks by name."""

from types import SimpleNamespace

import pandas as pd

from parcels import columns
from parcels.questions import answers


def book(delivered: set[str], zones_by: str | None = None, **tables: pd.DataFrame) -> SimpleNamespace:
    every = {name: columns.typed(name, tables.get(name, pd.DataFrame())) for name in columns.tables()}
    return SimpleNamespace(tables=every, delivered=frozenset(delivered), zones_by=zones_by)


PARCELS = pd.DataFrame({"parcel_id": ["p"], "agreed_start": [pd.Timestamp("2020-01-01")], "area_registered_m2": [1.0]})


def test_a_question_whose_table_is_missing_is_not_answered_and_names_it() -> None:
    said = answers(book({"parcels"}, parcels=PARCELS))
    assert said["grading"]["status"] == "not_answered"
    assert "firms" in said["grading"]["lacks"]
    assert said["zones"] == {"status": "not_answered", "lacks": ["landuse"]}


def test_a_zone_that_was_only_assumed_was_not_delivered() -> None:
    everything = pd.DataFrame({"zone_id": ["ALL"]})
    assert answers(book({"parcels"}, parcels=PARCELS, zones=everything))["expansion"]["status"] == "not_answered"
    named = answers(book({"landuse"}, "landuse.計畫", zones=everything, landuse=pd.DataFrame({"code": ["0601"]})))
    assert named["expansion"]["status"] == "partial"


def test_a_column_nobody_fills_makes_an_answer_partial() -> None:
    said = answers(book({"parcels"}, parcels=PARCELS.drop(columns="agreed_start")))
    assert said["reclaim"]["status"] == "partial"
    assert "parcels.agreed_start" in said["reclaim"]["lacks"]
