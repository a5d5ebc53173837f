"""The runs of the workspace, opened once and shared by pages and tile routes; replayed when somebody asks why.

One of them may be held open for corrections and trials: never two, for each holds a whole delivery in memory.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from casework.workspace import Held, Replay, Run, hold, manifest, open_run, replay
from casework.workspace import runs as run_folders
from evaluation.finding import Node

VARIABLE = "MUJIAN_WORKSPACE"
KEPT = 3
_one_at_a_time = threading.Lock()
_one_replay = threading.Lock()
_alive: dict[tuple[str, str], Held] = {}


def workspace() -> Path:
    """Return the folder that `mujian serve --workspace` named, by default ./workspace."""
    return Path(os.environ.get(VARIABLE, "workspace"))


def names() -> list[str]:
    """Return the names of the runs there are, newest last."""
    return [folder.name for folder in run_folders(workspace())]


def open_named(name: str) -> Run:
    """Return one run of the workspace with its policies and verdicts; raises RunUnreadable."""
    folder = workspace() / "runs" / name
    if name not in names():
        manifest(folder / "absent")  # says in one place that this is no run
    with _one_at_a_time:
        return _opened(str(folder), version_of(folder))


def version_of(folder: Path) -> str:
    """Return what changes when a run is written anew: the data hash of its manifest."""
    return str(manifest(folder)["data"])[:12]


@lru_cache(maxsize=KEPT)
def _opened(folder: str, _version: str) -> Run:
    return open_run(Path(folder))


def why(name: str, kind: str, subject: str) -> Node:
    """Return the tree behind the judgements on one subject of a run; the first question replays the run."""
    from evaluation.explain import explain

    behind = behind_of(name)
    return explain(behind.book, behind.policies, behind.verdicts, kind, subject)


def why_not_listed(name: str, parcel: str) -> Node:
    """Return what kept a parcel off the reclaim list, or left it open; the first question replays the run."""
    from evaluation.reclaim import why_not

    behind = behind_of(name)
    return why_not(behind.book, behind.policies, behind.verdicts.parts["reclaim"], parcel)


def behind_of(name: str) -> Replay:
    """Return a run replayed: its book and every step behind its verdicts; raises RunUnreadable."""
    folder = workspace() / "runs" / name
    key = str(folder), version_of(folder)
    with _one_replay:
        return _alive[key].replay if key in _alive else _replayed(*key)


@contextmanager
def held(name: str) -> Iterator[Held]:
    """Hold a run open for one asker at a time; the one held before and all replays are let go first.

    Raises RunUnreadable.
    """
    folder = workspace() / "runs" / name
    key = str(folder), version_of(folder)
    with _one_replay:
        if key not in _alive:
            _alive.clear()
            _replayed.cache_clear()
            _alive[key] = hold(folder)
        yield _alive[key]


def warm_opened() -> None:
    """Open the newest run, so that the first officer of the day does not wait for a page."""
    for folder in run_folders(workspace())[-1:]:
        open_named(folder.name)


def warm_replayed() -> None:
    """Replay the newest run, so that the first officer of the day does not wait for a reason."""
    for folder in run_folders(workspace())[-1:]:
        if (folder / "inputs").is_dir():
            behind_of(folder.name)


@lru_cache(maxsize=KEPT)
def _replayed(folder: str, _version: str) -> Replay:
    return replay(Path(folder))
