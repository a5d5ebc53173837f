"""How large steps use memory: given back when they are done, and not searched through while they work."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import pyarrow as pa

P = ParamSpec("P")
T = TypeVar("T")

# glibc alone keeps what small objects leave behind, a tenth of the peak, until it is asked; others have no such call.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

SELDOM = 50_000  # new objects between two searches; Python's own 700 costs a twelfth of an evaluation


def give_back() -> None:
    """Give the system what neither Arrow nor the C library needs any more."""
    pa.default_memory_pool().release_unused()
    if _TRIM is not None:
        _TRIM(0)


@contextmanager
def seldom_searched() -> Iterator[None]:
    """Let Python look for dead cycles seldom: the steps make none, and each search walks over a whole delivery."""
    usual = gc.get_threshold()
    gc.set_threshold(max(SELDOM, usual[0]), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def tidy(step: Callable[P, T]) -> Callable[P, T]:
    """Let a large step work undisturbed and give back, when it is done, the memory that it no longer needs."""

    @wraps(step)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        with seldom_searched():
            made = step(*args, **kwargs)
        give_back()
        return made

    return done
