"""A workspace: the folder that holds a bureau's runs, its own policies and what its people decided."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework import frames
from evaluation.finding import Verdicts
from evaluation.policy.load import load_all
from evaluation.policy.model import Policy
from parcels.words import say

if TYPE_CHECKING:
    from casework.session import Session
    from parcels.book import Book

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Run:
    """One evaluation as it stands on disk: its verdicts and its policies."""

    folder: Path
    manifest: Mapping[str, Any]
    policies: Sequence[Policy]
    verdicts: Verdicts


@dataclass(frozen=True)
class Replay:
    """A run evaluated again from its own inputs and policies: the book and every step behind the verdicts."""

    book: "Book"
    policies: Sequence[Policy]
    verdicts: Verdicts


@dataclass(frozen=True)
class Held:
    """A run replayed in a session: what it says as delivered, and the session that says what a change would do.

    steps: how many steps it took to say so.
    """

    session: "Session"
    replay: Replay
    steps: int


class RunUnreadable(Exception):
    """A folder is no run, or a run that cannot be replayed."""


def runs(workspace: Path) -> list[Path]:
    """Return the run folders of a workspace, newest name last."""
    folder = workspace / "runs"
    return sorted(path.parent for path in folder.glob(f"*/{MANIFEST}")) if folder.is_dir() else []


def manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest; raises RunUnreadable where there is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise RunUnreadable(say("casework.run.no_manifest", path=folder))
    return dict(json.loads(path.read_text(encoding="utf-8")))


def open_run(folder: Path) -> Run:
    """Return a run as it was written; raises RunUnreadable where the folder is none."""
    about = manifest(folder)
    return Run(folder, about, _policies(folder, about), frames.load(folder, about))


def replay(folder: Path) -> Replay:
    """Evaluate a run again from its inputs/ and policies/: the same digits, with the book behind them.

    Raises RunUnreadable if the run was written without its inputs.
    """
    from evaluation.run import evaluate  # to open a run as it was written, nobody needs what judges and reads
    from parcels.book import build
    from parcels.delivery import read

    about = manifest(folder)
    book = build(read(_delivery(folder)))
    policies = _policies(folder, about)
    return Replay(book, policies, evaluate(book, policies, *asked(about)))


def hold(folder: Path) -> Held:
    """Evaluate a run again in a session of its own; raises RunUnreadable as replay does."""
    from casework.session import Session

    about = manifest(folder)
    session, policies = Session(_delivery(folder)), _policies(folder, about)
    book = session.book()
    verdicts = session.evaluate(book, policies, *asked(about))
    return Held(session, Replay(book, policies, verdicts), session.memory.worked.total())


def asked(about: Mapping[str, Any]) -> tuple[int, date]:
    """Return the data year and the day a run was judged for and on."""
    return int(about["year"]), date.fromisoformat(about["as_of"])


def _delivery(folder: Path) -> Path:
    inputs = folder / "inputs"
    if not inputs.is_dir():
        raise RunUnreadable(say("casework.run.no_inputs", path=folder))
    return delivery_of(inputs)


def _policies(folder: Path, about: Mapping[str, Any]) -> list[Policy]:
    library = folder / "policies"
    return load_all([library / f"{entry['id']}.yaml" for entry in about["policies"]], library)


def delivery_of(inputs: Path) -> Path:
    """Return what was delivered: the one zip that lies in inputs/, or the folder itself."""
    files = [path for path in inputs.iterdir() if path.is_file()]
    return files[0] if len(files) == 1 and files[0].suffix.lower() == ".zip" else inputs
