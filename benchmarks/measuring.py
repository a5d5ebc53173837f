"""What one line of a benchmark is, and how two sides of it are timed: in turns, in one run.

A part is a file bench_NAME.py with a text ABOUT (Chinese, printed above its table) and a function
`rows() -> Iterable[Row]`; `python -m benchmarks NAME` runs it.
Clocks are read by `alternated`; a peer that is not installed is `absent(...)`, a line of its own.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # a second


@dataclass(frozen=True)
class Spent:
    """What one run cost: seconds on the wall and of all processors together, MiB at the peak if it was watched."""

    wall: float
    cpu: float
    peak_mib: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of docs/benchmarks.md: a work, whom it is measured against, and whether both answered alike."""

    work: str
    against: str  # "–" where nobody else does this work
    n: int  # parcels
    ours: Spent | None
    theirs: Spent | None
    same: str  # what was compared and how far apart it was; why, where there is no number
    command: str
    target: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times longer the other side waits."""
        return self.theirs.wall / self.ours.wall if self.ours and self.theirs else None

    @property
    def ratio_cpu(self) -> float | None:
        """How many times more processor time the other side spends."""
        return self.theirs.cpu / self.ours.cpu if self.ours and self.theirs and self.ours.cpu else None


def absent(work: str, against: str, n: int, why: str, command: str, target: str = "") -> Row:
    """A peer that is not on this machine: said, never left out."""
    return Row(work, against, n, None, None, why, command, target)


def alternated(sides: Mapping[str, Callable[[], Any]], rounds: int = 3) -> tuple[dict[str, Spent], dict[str, Any]]:
    """Run every side in turn, `rounds` times over: the median cost of each, and its last answer.

    In turns, because the machine's load changes: what burdens one side burdens the other too.
    """
    costs: dict[str, list[Spent]] = {name: [] for name in sides}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for name, work in sides.items():
            answers[name] = None  # the last round's answer is not in memory while the next is made
            spent, answers[name] = timed(work)
            costs[name].append(spent)
    return {name: median(runs) for name, runs in costs.items()}, answers


def median(runs: list[Spent]) -> Spent:
    """The median of wall and of processor time, each by itself; the highest peak."""
    peaks = [run.peak_mib for run in runs if run.peak_mib is not None]
    wall, cpu = (statistics.median(getattr(run, clock) for run in runs) for clock in ("wall", "cpu"))
    return Spent(wall, cpu, max(peaks) if peaks else None)


def timed(work: Callable[[], Any]) -> tuple[Spent, Any]:
    """The cost of one call and its answer."""
    before, wall = family(), time.perf_counter()
    answer = work()
    return Spent(time.perf_counter() - wall, ticked(before, family()) / TICKS), answer


class Ticks(NamedTuple):
    """What a process has cost so far, and its children that have ended and that it waited for."""

    parent: int
    own: int
    ended: int


def ticked(before: Mapping[int, Ticks], after: Mapping[int, Ticks]) -> int:
    """Ticks spent by a family of processes.

    A process that ended while nobody waited for it (Spark's idle workers) takes its past with it, which is no gain.
    """
    total = sum(one.own + one.ended for one in after.values()) - sum(one.own + one.ended for one in before.values())
    for pid in before.keys() - after.keys():
        parent, past = before[pid].parent, before[pid].own + before[pid].ended
        if parent in after and after[parent].ended - before[parent].ended < past:
            total += past
    return total


def family() -> dict[int, Ticks]:
    """What this process and all that descend from it have cost, by process id.

    A database server or a worker counts like our own threads. Without /proc only this process counts.
    """
    if not Path("/proc/self/stat").exists():
        return {os.getpid(): Ticks(0, int(time.process_time() * TICKS), 0)}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:  # it has just ended
            continue
        part = said.rpartition(")")[2].split()  # state, parent … user and system ticks, the same of ended children
        found[int(folder.name)] = Ticks(int(part[1]), int(part[11]) + int(part[12]), int(part[13]) + int(part[14]))
    mine = {os.getpid()}
    while grown := {pid for pid, one in found.items() if one.parent in mine} - mine:
        mine |= grown
    return {pid: found[pid] for pid in mine if pid in found}
