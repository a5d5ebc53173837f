"""A run that stands: the same inputs, policies, year, day and tool have written it, and nobody has touched it since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework import frames
from evaluation.finding import Verdicts
from evaluation.policy.model import Policy
from evaluation.run import VERSION
from parcels.delivery import files

MANIFEST = "manifest.json"
ROOMS = ("gis", "parcels", "evaluation", "casework", "reports")
OWN = (".py", ".yaml", ".csv")


@cache
def tool() -> str:
    """Return the SHA-256 of the tool's own rules and code: with any of it changed, no former run is taken over."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for room in ROOMS for path in (root / room).rglob("*") if path.suffix in OWN):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def outputs(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file a run wrote, by path; what it keeps of others (inputs/) is listed as inputs."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {
        name: files.sha256(path)
        for name, path in sorted(names.items())
        if name != MANIFEST and not name.startswith("inputs/")
    }


def standing(
    delivery: Path,
    policies: Sequence[Policy],
    year: int,
    as_of: date,
    out: Path,
    *,
    engine: str,
    keep_inputs: bool,
) -> Verdicts | None:
    """Return the verdicts of the run in `out` if evaluating again could only write the same bytes, else None."""
    about = _manifest(out)
    if about is None or not delivery.exists():
        return None
    asked = {
        "version": VERSION,
        "tool": tool(),
        "year": year,
        "as_of": as_of.isoformat(),
        "engine": engine,
        "policies": [{"id": policy.id, "sha256": policy.sha256} for policy in policies],
    }
    if any(about.get(name) != value for name, value in asked.items()) or (out / "inputs").is_dir() != keep_inputs:
        return None
    kept = {f"policies/{origin.id}.yaml": origin.sha256 for policy in policies for origin in policy.lineage}
    written = about.get("outputs", {})
    if {name: digest for name, digest in written.items() if name.startswith("policies/")} != kept:
        return None
    delivered = {f"inputs/{each.path}": each.sha256 for each in files.inputs(delivery)}
    if {each["path"]: each["sha256"] for each in about["inputs"]} != delivered or outputs(out) != written:
        return None
    if keep_inputs and any(files.sha256(out / name) != digest for name, digest in delivered.items()):
        return None
    return frames.load(out, about)


def _manifest(out: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((out / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
