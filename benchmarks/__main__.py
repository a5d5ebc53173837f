"""Run the benchmarks and write docs/benchmarks.md: `python -m benchmarks`, or only some parts: `… overlay zones`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks import page
from benchmarks.measuring import Row

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"


def parts() -> list[str]:
    """The parts there are: one a file bench_NAME.py, in order of name."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(asked: list[str]) -> None:
    """Run the parts asked for, all if none is; each rewrites its own section when it is done."""
    unknown = set(asked) - set(parts())
    if unknown:
        sys.exit(f"no such part: {' '.join(sorted(unknown))}; there are {' '.join(parts())}")
    for part in asked or parts():
        module = importlib.import_module(f"benchmarks.bench_{part}")
        load = page.load()
        rows = tuple(told(module.rows()))
        page.write(PAGE, page.Section(part, module.ABOUT, rows, f"{load}→{page.load()}"))


def told(rows: Iterable[Row]) -> Iterable[Row]:
    """The same rows, said aloud as they come: some take minutes."""
    for row in rows:
        print(page.line(row), flush=True)
        yield row


if __name__ == "__main__":
    main(sys.argv[1:])
