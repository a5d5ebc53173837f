"""What a correction or a moved value would change, asked of the one session that is held open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from casework import corrections
from casework.corrections import Cell, Standing
from casework.workspace import Run, asked
from evaluation.policy.grading import GradingPolicy
from parcels.corrections import COLUMNS
from reports.changes import changed, counts
from reports.corrected_run import add_corrected
from screens.components.runs import held, version_of, workspace

Frame: TypeAlias = pd.DataFrame
Fix: TypeAlias = dict[str, str]  # one correction: parcels.corrections.COLUMNS


@dataclass(frozen=True)
class Trial:
    """What would change (reports.changes.changed), the corrections refused, and the steps worked out again of all."""

    changes: dict[str, Frame]
    worked: int
    steps: int
    fixes: tuple[Fix, ...] = ()
    refused: list[str] = field(default_factory=list)
    classes: Frame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Outline:
    """Which tables were delivered, and the sheets (source_id, file, sheet) of those whose rows have no key."""

    tables: tuple[str, ...]
    sheets: Frame


def outline(run: Run) -> Outline:
    """Return what of a run's delivery can be corrected; opens its session."""
    return _outline(run.folder.name, version_of(run.folder))


@lru_cache(maxsize=8)
def _outline(name: str, _version: str) -> Outline:
    with held(name) as one:
        book = one.replay.book
    tables = tuple(table for table in book.tables if table in book.delivered and corrections.correctable(table))
    return Outline(tables, book.sources[["table", "source_id", "file", "sheet"]])


def cell_of(run: Run, fault: Mapping[str, Any]) -> Cell | None:
    """Return the cell a fault of a run speaks of."""
    with held(run.folder.name) as one:
        return corrections.cell_of(one.replay.book, fault)


def standing(run: Run, cell: Cell) -> Standing:
    """Return what stands in a cell of a run."""
    return _standing(run.folder.name, version_of(run.folder), cell)


@lru_cache(maxsize=256)  # a page is drawn at every click, and the session may be somebody else's by then
def _standing(name: str, _version: str, cell: Cell) -> Standing:
    with held(name) as one:
        return corrections.standing(one.replay.book, cell)


def refusals(run: Run, fix: Fix) -> list[str]:
    """Return what is said of a correction that does not fit."""
    with held(run.folder.name) as one:
        return corrections.refused(one.replay.book, frame_of((fix,)))


def corrected(run: Run, fixes: tuple[Fix, ...]) -> Trial:
    """Return what these corrections would change."""
    with held(run.folder.name) as one:
        before, wanted = one.session.memory.worked.total(), frame_of(fixes)
        verdicts = one.session.evaluate(one.session.book(wanted), one.replay.policies, *asked(run.manifest))
        worked = one.session.memory.worked.total() - before
        refused = corrections.refused(one.replay.book, wanted)
        return Trial(changed(one.replay.verdicts, verdicts), worked, one.steps, fixes, refused)


def moved(run: Run, policy: GradingPolicy) -> Trial:
    """Return what a grading policy with moved values would change, and how many firms each class would have."""
    with held(run.folder.name) as one:
        before, base = one.session.memory.worked.total(), one.replay.verdicts
        policies = [policy if known.id == policy.id else known for known in one.replay.policies]
        verdicts = one.session.evaluate(one.replay.book, policies, *asked(run.manifest))
        worked = one.session.memory.worked.total() - before
        classes = counts(base.firms, verdicts.firms, policy)
        return Trial(changed(base, verdicts), worked, one.steps, classes=classes)


def kept(run: Run, fixes: tuple[Fix, ...], name: str) -> Path:
    """Make the corrected delivery a run of the workspace; raises IntakeRefused."""
    with held(run.folder.name) as one:
        frame, policies = frame_of(fixes), one.replay.policies
        return add_corrected(workspace(), one.session, frame, policies, *asked(run.manifest), name=name)


def frame_of(fixes: tuple[Fix, ...]) -> Frame:
    """Return corrections as the table that the session takes."""
    return pd.DataFrame(list(fixes), columns=COLUMNS, dtype="str")
