"""The runs of the workspace, replayed once and shared by pages and tile routes."""

import os
import threading
from functools import lru_cache
from pathlib import Path

from casework.workspace import Run, manifest, open_run
from casework.workspace import runs as run_folders

VARIABLE = "MUJIAN_WORKSPACE"
KEPT = 3
_one_at_a_time = threading.Lock()


def workspace() -> Path:
    """Return the folder that `mujian serve --workspace` named, by default ./workspace."""
    return Path(os.environ.get(VARIABLE, "workspace"))


def names() -> list[str]:
    """Return the names of the runs there are, newest last."""
    return [folder.name for folder in run_folders(workspace())]


def open_named(name: str) -> Run:
    """Return one run of the workspace with its book, policies and verdicts; raises RunUnreadable."""
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
