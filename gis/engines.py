"""Who does the work of the cells: this process, a pool of processes, or Spark. No engine changes a digit.

The engine is chosen once, at a door, for all that happens inside (`with using("processes")`), as decimal
arithmetic has its context: rooms between the door and the overlay need not know of it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from gis import threads

T = TypeVar("T")
NAMES = ("local", "processes", "spark")
VERTICES_IN_A_CELL = 1_000_000
VERTICES_AT_ONCE = 4_000_000  # by this process where nobody stated its memory: a county, not a province
BYTES_A_VERTEX = 400  # at the peak of one cell: WKB, GEOS and edges together (tests/test_gis_memory.py)
GIB = 2**30
AHEAD = 2  # cells waiting for each worker: enough that none is idle, few enough to fit the memory


class EngineUnknown(ValueError):
    """No engine of that name, or what was asked of it makes no sense; `what` says which: name, master, memory."""

    def __init__(self, what: str, value: object) -> None:
        self.what, self.value = what, value
        super().__init__(f"engine: bad {what}: {value!r}")


class EngineUnavailable(RuntimeError):
    """The engine cannot work here; `what` says why: pyspark, java, master, start, reach (with `detail`)."""

    def __init__(self, what: str, detail: str = "") -> None:
        self.what, self.detail = what, detail
        super().__init__(f"engine unavailable: {what} {detail}".strip())


class Engine(Protocol):
    """What cells ask of an engine."""

    @property
    def lanes(self) -> int:
        """How many cells are worked on at once."""
        ...

    @property
    def memory(self) -> float | None:
        """Memory for all cells under way together [GiB]; None where nobody stated it."""
        ...

    @property
    def direct(self) -> bool:
        """Whether work that fits the memory needs no cells at all."""
        ...

    def over(self, each: Callable[[Any], T], cells: Iterable[Any]) -> Iterator[T]:
        """Do `each` with every cell; the answers in any order."""
        ...

    def close(self) -> None:
        """Stop whatever was started."""
        ...


class Local:
    """This process, one cell after the other."""

    lanes = 1
    direct = True

    def __init__(self, memory: float | None = None) -> None:
        self.memory = memory

    def over(self, each: Callable[[Any], T], cells: Iterable[Any]) -> Iterator[T]:
        """One after the other, never two cells in memory."""
        return map(each, cells)

    def close(self) -> None:
        """Nothing was started."""


class Processes:
    """A pool of processes, spawned, not forked: Windows knows no fork, and a fork copies locks threads hold."""

    direct = False

    def __init__(self, memory: float | None = None, workers: int | None = None) -> None:
        self.memory, self.lanes = memory, workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def over(self, each: Callable[[Any], T], cells: Iterable[Any]) -> Iterator[T]:
        """In the order of the cells, a few ahead of what is asked for."""
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.lanes, spawn, initializer=threads.limit, initargs=(1,))
        return ahead(self._pool, each, cells, AHEAD * self.lanes)

    def close(self) -> None:
        """Stop the pool."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def ahead(pool: Executor, each: Callable[[Any], T], cells: Iterable[Any], most: int) -> Iterator[T]:
    """The answers of a pool in the order of the cells, `most` of them asked for before the first is taken."""
    waiting: deque[Future[T]] = deque()
    for cell in cells:
        waiting.append(pool.submit(each, cell))
        if len(waiting) > most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


_current: ContextVar[Engine] = ContextVar("engine")
HERE = Local()


def current() -> Engine:
    """The engine in force; this process where none was chosen."""
    return _current.get(HERE)


@contextmanager
def using(
    name: str = "local", *, master: str | None = None, memory: float | None = None, workers: int | None = None
) -> Iterator[Engine]:
    """Inside, every overlay is worked by the named engine; on leaving, all it started is stopped.

    memory: GiB for the cells under way. master: Spark's, e.g. spark://host:7077; local cores if left out.
    Raises EngineUnknown, EngineUnavailable.
    """
    engine = _made(name, master, memory, workers)
    try:
        with in_force(engine):
            yield engine
    finally:
        engine.close()


@contextmanager
def in_force(engine: Engine) -> Iterator[None]:
    """Inside, overlays are worked by an engine that somebody else starts and stops."""
    token = _current.set(engine)
    try:
        yield
    finally:
        _current.reset(token)


def _made(name: str, master: str | None, memory: float | None, workers: int | None) -> Engine:
    if name not in NAMES:
        raise EngineUnknown("name", name)
    if memory is not None and not memory > 0:
        raise EngineUnknown("memory", memory)
    if master is not None and name != "spark":
        raise EngineUnknown("master", master)
    if name == "local":
        return Local(memory)
    if name == "processes":
        return Processes(memory, workers)
    from gis.spark import Spark

    return Spark(master, memory)


def vertices(engine: Engine, total: int) -> tuple[int, int]:
    """How many vertices one cell should have, so that every lane has work, and how many it may have at most."""
    if engine.direct and engine.memory is None:
        return min(total, VERTICES_AT_ONCE), VERTICES_AT_ONCE
    held = engine.lanes if engine.direct else engine.lanes * (AHEAD + 1)
    most = VERTICES_IN_A_CELL if engine.memory is None else max(1, int(engine.memory * GIB / BYTES_A_VERTEX / held))
    share = total if engine.direct else max(total // (4 * engine.lanes), VERTICES_WORTH_A_TRIP)
    return min(share, most), most


VERTICES_WORTH_A_TRIP = 20_000
