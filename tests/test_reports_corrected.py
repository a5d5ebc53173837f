"""A corrected run that a session wrote is, byte for byte, the run that a fresh evaluate of its inputs writes."""

import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from casework.session import Session
from casework.workspace import delivery_of, hold, open_run, replay
from parcels.corrections import COLUMNS
from parcels.demo import POLICIES, write
from reports.changes import changed
from reports.corrected_run import add_corrected
from reports.produce import IntakeRefused, produce

YEAR, DAY = 2025, date(2025, 12, 31)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose run came as a zip that holds a folder, with a correction of its own in it."""
    place = tmp_path_factory.mktemp("corrected")
    files = write(place / "in", parcels=300, firms=120).folder
    firm = Session(files)._prepared.tables["firms"]["uscc"].iloc[1]
    (files / "corrections.csv").write_text(
        f"表,主键,列,更正为,更正人,更正日期,理由\n企业名录,{firm},企业规模类型,规下,李强,2026-02-01,核对\n,,,,,,\n",
        encoding="gb18030",
    )
    with zipfile.ZipFile(place / "in.zip", "w") as into:
        for path in files.iterdir():
            into.write(path, f"in/{path.name}")
    (place / "ws" / "runs").mkdir(parents=True)
    produce(place / "in.zip", POLICIES, YEAR, DAY, place / "ws" / "runs" / "z")
    return place / "ws"


def wanted(session: Session) -> pd.DataFrame:
    tables = session._prepared.tables
    firm, parcel = tables["firm_years"].query("year == 2025")["uscc"].iloc[0], tables["parcels"]["parcel_id"].iloc[5]
    row = tables["events"].iloc[0]
    cells = [("firm_years", f"{firm}|2025", "tax_wan", "99999"), ("parcels", parcel, "actual_start", "2024-05-06"),
             ("events", f"{row['_source']}|{row['_row']}", "value", "3"), ("firm_years", f"{firm}|2019", "tax_wan", "1")]  # fmt: skip
    return pd.DataFrame([[*cell, "王芳", "2026-03-01", "复函,第 1 页"] for cell in cells], columns=COLUMNS)


def test_the_bytes_are_those_of_a_fresh_evaluate_and_the_replay_agrees(workspace: Path, tmp_path: Path) -> None:
    run = workspace / "runs" / "z"
    held = hold(run)
    frame = wanted(held.session)
    out = add_corrected(workspace, held.session, frame, open_run(run).policies, YEAR, DAY, name="z-c1")
    fresh = tmp_path / "fresh"
    produce(delivery_of(out / "inputs"), POLICIES, YEAR, DAY, fresh)
    ours, theirs = (
        {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in (out, fresh)
    )
    assert [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)] == []
    again = replay(out)
    assert {name: len(rows) for name, rows in changed(again.verdicts, open_run(out).verdicts).items()} == dict.fromkeys(
        ("firms", "parcels", "zones", "expansion", "settled", "new"), 0
    )
    assert len(changed(held.replay.verdicts, again.verdicts)["firms"])


def test_a_name_that_is_taken_is_refused_before_anything_is_read(workspace: Path) -> None:
    none = pd.DataFrame(columns=COLUMNS)
    with pytest.raises(IntakeRefused):
        add_corrected(workspace, None, none, [], YEAR, DAY, name="z")
