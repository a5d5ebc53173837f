"""The analyst's script the pipeline is timed against gives the same answers, so that the ratio means something."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import analyst
from tests.conftest import Demo

TEXT = {"uscc": str, "parcel_id": str, "grade": str, "zone_id": str}


def written(run: Path, name: str, keys: list[str]) -> pd.DataFrame:
    return pd.read_csv(run / name, encoding="utf-8-sig", dtype=TEXT).set_index(keys).sort_index()


def agree(ours: pd.DataFrame, theirs: pd.DataFrame, columns: list[str]) -> None:
    theirs = theirs.sort_index()
    assert ours.index.equals(theirs.index)
    for column in columns:
        one, other = ours[column], theirs[column]
        if pd.api.types.is_numeric_dtype(one):
            same = np.isclose(one.astype(float), other.astype(float), rtol=0, atol=1.01e-4, equal_nan=True)
            assert same.all(), (column, one[~same], other[~same])
        else:
            assert one.fillna("").tolist() == other.fillna("").tolist(), column


def test_the_analyst_and_the_tool_give_the_same_answers_to_all_four_questions(demo: Demo) -> None:
    said = analyst.answer(demo.delivery, "calamine")
    firms = written(demo.run, "firms.csv", ["uscc"])
    # We show the score of a firm whose standing is unknown, without rank or grade; the analyst leaves it out.
    firms["score"] = firms["score"].where(firms["status"].eq("evaluated"))
    agree(firms, said.firms, ["population", "status", "land_mu", "score", "rank", "grade_initial", "grade"])
    agree(written(demo.run, "parcels.csv", ["parcel_id"]), said.parcels, ["area_mu", "idle", "idle_days"])
    keys = ["zone_id", "rule", "basis", "reading"]
    zones = written(demo.run, "zones.csv", keys).drop("all", level="reading")
    agree(zones, said.zones.set_index(keys), ["numerator_mu", "denominator_mu", "measured", "outcome"])
    docket = pd.read_csv(demo.run / "expansion.csv", encoding="utf-8-sig", dtype=TEXT)
    docket = docket[docket["policy"].eq("demo-province") & docket["condition"].ne("overall")]
    docket["measured"] = docket["measured"].where(docket["condition"].ne("appraisal"))  # a score, not a share
    theirs = said.expansion.set_index(["zone_id", "condition"])
    agree(docket.set_index(["zone_id", "condition"]).sort_index(), theirs, ["measured", "outcome"])
