"""How many threads one process may use: every core where it is alone, one where processes share the machine."""

from __future__ import annotations

import os

_allowed: list[int] = []


def count() -> int:
    """Threads this process may use."""
    return _allowed[-1] if _allowed else os.cpu_count() or 1


def limit(threads: int) -> None:
    """From here on this process uses so many threads; a worker of a pool says so when it starts."""
    _allowed.append(threads)
