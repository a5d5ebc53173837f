"""A run on disk: every file of CONTRACT §4, written whole or not at all, byte-identical on a second run."""

import errno
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from xlsxwriter.exceptions import FileCreateError

from casework import frames
from evaluation.edges import edges
from evaluation.finding import Verdicts
from evaluation.policy.model import Policy
from parcels.words import say
from reports.layers import write_layers
from reports.sheets import write_sheets
from reports.standing import MANIFEST, outputs, tool
from reports.table import write_csv

Frame: TypeAlias = pd.DataFrame

# file → (frame of the verdicts, sort keys): CONTRACT §4.
TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "firms.csv": ("firms", ("uscc",)),
    "indicators.csv": ("indicators", ("uscc", "indicator")),
    "parcels.csv": ("parcels", ("parcel_id",)),
    "zones.csv": ("zones", ("zone_id", "rule", "basis", "reading")),
    "expansion.csv": ("expansion", ("zone_id", "policy", "condition")),
    "findings.csv": ("findings", ("subject_kind", "subject_id", "rule", "reading")),
    "coverage.csv": ("coverage", ("table",)),
}
# Further files, from evaluation/edges.py: what a bureau looks at before it publishes.
EDGES: Mapping[str, tuple[str, ...]] = {
    "cliffs": ("policy", "uscc", "side"),
    "ties": ("policy", "pool", "first"),
    "consequences": ("uscc", "policy", "scope"),
}
FAULT_TEXT_KEYS = ("file", "sheet")


FULL = 64 << 20  # bytes left on a disk that is full: writers give up before the last one


class NotARun(Exception):
    """The output folder holds something that is not a former run, or stands among the inputs."""

    def __init__(self, path: Path, why: str = "reports.out.not_a_run") -> None:
        super().__init__(say(why, path=path))
        self.path = path


class NotWritten(Exception):
    """A run could not be written, its disk being full or for what the error says; a former run stands as it was."""

    def __init__(self, path: Path, free: int, error: Exception) -> None:
        full = free < FULL or getattr(error, "errno", None) == errno.ENOSPC
        super().__init__(
            say("reports.out.full" if full else "reports.out.not_written", path=path, free=free >> 20, why=error)
        )


def write_run(
    verdicts: Verdicts,
    policies: Sequence[Policy],
    out: Path,
    *,
    delivery: Path,
    keep_inputs: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write all outputs of one evaluation into `out`, replacing a former run whole or not at all.

    Raises NotARun if `out` is a file or a folder that holds anything but a former run, NotWritten if the disk refuses.
    """
    refuse_foreign(out)
    fresh = out.parent / f".{out.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        _write_all(verdicts, policies, fresh, delivery, keep_inputs=keep_inputs, tell=tell)
        _swap(fresh, out)
    except (OSError, FileCreateError) as error:
        raise NotWritten(out, shutil.disk_usage(fresh.parent).free, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return out


def refuse_foreign(out: Path) -> None:
    """Raise NotARun unless `out` is absent, an empty folder, or a former run."""
    if not out.exists() or (out.is_dir() and ((out / MANIFEST).is_file() or not any(out.iterdir()))):
        return
    raise NotARun(out)


def refuse_within(out: Path, delivery: Path) -> None:
    """Raise NotARun where the outputs would stand among the inputs, or replace them."""
    there, here = out.resolve(), delivery.resolve()
    if here in there.parents or there in (here, *here.parents):
        raise NotARun(out, "reports.out.within")


def _write_all(
    verdicts: Verdicts,
    policies: Sequence[Policy],
    folder: Path,
    delivery: Path,
    *,
    keep_inputs: bool,
    tell: Callable[[str], None],
) -> None:
    for name, (frame, keys) in TABLES.items():
        tell(name)
        write_csv(getattr(verdicts, frame), folder / name, keys)
    write_csv(sorted_faults(verdicts.faults), folder / "faults.csv")
    found = edges(verdicts.parts.get("grading", []))
    for name, keys in EDGES.items():
        write_csv(found[name], folder / f"{name}.csv", keys)
    frames.save(verdicts, folder)
    tell("verdicts.gpkg")
    write_layers(verdicts, folder / "verdicts.gpkg")
    tell("xlsx")
    write_sheets(verdicts, folder)
    _keep_policies(policies, folder / "policies")
    if keep_inputs:
        tell("inputs")
        _keep_inputs(delivery, folder / "inputs")
    (folder / MANIFEST).write_text(manifest(verdicts, outputs(folder)), encoding="utf-8")


def sorted_faults(faults: Frame) -> Frame:
    """Return the faults in the order of the contract: file, sheet, row as number, column, kind."""
    ordered = faults.assign(_row=pd.to_numeric(faults["row"], errors="coerce"))
    ordered = ordered.assign(**{key: ordered[key].fillna("").astype(str) for key in (*FAULT_TEXT_KEYS, "column")})
    ordered = ordered.sort_values([*FAULT_TEXT_KEYS, "_row", "column", "kind"], kind="stable", na_position="first")
    return ordered.drop(columns="_row").reset_index(drop=True)


def manifest(verdicts: Verdicts, written: Mapping[str, str]) -> str:
    """Return manifest.json: inputs, policies, tool and outputs by SHA-256, version, year, as_of, engine, answers."""
    about: dict[str, Any] = {
        **verdicts.provenance, "questions": verdicts.questions, "tool": tool(), "outputs": written,
    }  # fmt: skip
    return json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"


def _keep_policies(policies: Sequence[Policy], folder: Path) -> None:
    folder.mkdir()
    for policy in policies:
        for origin in policy.lineage:
            shutil.copyfile(origin.file, folder / f"{origin.id}.yaml")


def _keep_inputs(delivery: Path, folder: Path) -> None:
    if delivery.is_dir():
        shutil.copytree(delivery, folder)
    else:
        folder.mkdir()
        shutil.copy2(delivery, folder / delivery.name)


def _swap(fresh: Path, out: Path) -> None:
    """Put `fresh` where `out` is: the old run goes only when the new one stands."""
    old = out.parent / f".{out.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
