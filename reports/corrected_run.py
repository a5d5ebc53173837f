"""A run of the same delivery with people's corrections added to it, written by the session that tried them."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from casework.corrections import NotCarried, carried
from casework.session import Session
from evaluation.policy.model import Policy
from parcels.delivery import files
from reports.produce import IntakeRefused, new_run
from reports.run_folder import NotWritten, write_run

Frame: TypeAlias = pd.DataFrame


def add_corrected(
    workspace: Path,
    session: Session,
    wanted: Frame,
    policies: Sequence[Policy],
    year: int,
    as_of: date,
    *,
    name: str,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Make the session's delivery with these corrections a run of the workspace and return its folder.

    The bytes are those that `mujian evaluate` writes of the new run's inputs (tests/test_reports_corrected.py).
    Raises IntakeRefused.
    """
    out = new_run(workspace, name)
    with tempfile.TemporaryDirectory() as place:
        try:
            delivery = carried(session.delivery, wanted, Path(place) / "delivery")
        except NotCarried as refused:
            raise IntakeRefused([str(refused)]) from refused
        book = replace(session.book(wanted), inputs=files.inputs(delivery))
        verdicts = session.evaluate(book, policies, year, as_of)
        try:
            write_run(verdicts, policies, out, delivery=delivery, tell=tell)
        except NotWritten as refused:
            raise IntakeRefused([str(refused)]) from refused
    return out
