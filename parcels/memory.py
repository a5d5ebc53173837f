"""What a pure step answered for the same columns: kept by their content, so that a change asks only what depends on it.

A step says which columns it reads and, while a memory is in use, is given no others: what it does not see it cannot
depend on. Without a memory every step is simply called.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import pandas as pd

from parcels import splice
from parcels.content import Columns, Contents, Read

Frame: TypeAlias = pd.DataFrame
P = ParamSpec("P")
T = TypeVar("T")
Reads: TypeAlias = tuple[str, ...] | None

ALL: Reads = None
MOST_ANSWERS = 192  # of some hundred and thirty steps, and a few versions; the answer not asked for longest goes
MOST_NEAR = 48  # last answers of steps by key, one for each of their other arguments


class Memory:
    """Answers by what they were worked out from; `asked` counts calls, `worked` those not answered, by step.

    `few` counts the worked ones that were asked of some keys only.
    """

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._answers: OrderedDict[bytes, tuple[frozenset[Read], Any, list[bytes]]] = OrderedDict()
        self._contents = Contents()
        self._most = most
        self._near: OrderedDict[bytes, tuple[frozenset[Read], list[Frame], Any]] = OrderedDict()
        self._inside: list[list[bytes]] = [[]]
        self.asked = 0
        self.worked: Counter[str] = Counter()
        self.few: Counter[str] = Counter()

    def answer(self, name: str, grounds: Any, work: Callable[[], T]) -> T:
        """Return what `work` returns, from memory where the same step has had the same grounds before."""
        key, kept = self._contents.of(name, grounds)
        self.asked += 1
        self._inside[-1].append(key)
        if key in self._answers:
            _, made, inside = self._answers[key]
            self._touch(inside)
        else:
            self.worked[name] += 1
            self._inside.append([])
            try:
                made = work()
            finally:
                inside = self._inside.pop()
            self._contents.keep(made)
        # What was read is kept with the answer: geometry is told apart by its objects, which must stay alive.
        self._answers[key] = kept, made, inside
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        if len(self._inside) == 1:
            self._inside[0].clear()
        return made  # type: ignore[no-any-return]

    def near(self, name: str, by: Sequence[str], given: Any, work: Callable[[Any], T]) -> T:
        """Return work(given), asked of changed keys alone where these are few since the last time (splice.py)."""
        frames: list[Frame] = []
        key, kept = self._contents.of(name, splice.each_frame(given, by, frames.append))
        made: Any = None
        if key in self._near:
            _, before, answer = self._near[key]
            try:
                made = splice.again(
                    before, answer, frames, by, lambda few: work(splice.each_frame(given, by, lambda _: next(few)))
                )
                self.few[name] += 1
            except splice.Unfit:
                made = None
        made = work(given) if made is None else made
        self._near[key] = kept, frames, made
        self._near.move_to_end(key)
        while len(self._near) > MOST_NEAR:
            self._near.popitem(last=False)
        return made  # type: ignore[no-any-return]

    def _touch(self, keys: list[bytes]) -> None:
        """Count the answers that another one was made of as asked for with it: they are wanted when it changes."""
        for key in keys:
            if key in self._answers:
                self._answers.move_to_end(key)
                self._touch(self._answers[key][2])


_IN_USE: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[Memory]:
    """Let every remembered step below answer from `memory` and add to it."""
    token = _IN_USE.set(memory)
    try:
        yield memory
    finally:
        _IN_USE.reset(token)


def remembered(by: Sequence[str] = (), **reads: Reads) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a step be answered from memory: its first argument is a book or its tables, of which it reads `reads`.

    table=("column", …) for some columns, table=ALL for a whole table; tables not named are not seen. Further
    arguments count whole, and so does the first where no table is named. `by` names the key columns of a step whose
    answer says of each key what that key's own rows say: after a change it is asked of the changed keys only.
    """

    def mark(step: Callable[P, T]) -> Callable[P, T]:
        @wraps(step)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            memory = _IN_USE.get()
            if memory is None:
                return step(*args, **kwargs)
            grounds = (_narrowed(args[0], reads, Columns), *args[1:]) if reads else args

            def work() -> T:
                given = (_narrowed(args[0], reads, _columns), *args[1:]) if reads else args
                called: Callable[[Any], T] = lambda all_: step(*all_[0], **all_[1])  # noqa: E731
                return memory.near(name, by, (given, kwargs), called) if by else called((given, kwargs))

            return memory.answer(name, (grounds, kwargs), work)

        name = f"{step.__module__}.{step.__qualname__}"
        return answer

    return mark


def _narrowed(first: Any, reads: Mapping[str, Reads], columns: Callable[[Frame, tuple[str, ...]], Any]) -> Any:
    if not isinstance(first, Mapping):
        return replace(first.seen, tables=_narrowed(first.tables, reads, columns))
    held = {table: (first[table], wanted) for table, wanted in reads.items() if table in first}
    return {table: columns(frame, _held(frame, wanted)) for table, (frame, wanted) in held.items()}


def _held(frame: Frame, wanted: Reads) -> tuple[str, ...]:
    return tuple(frame.columns if wanted is None else (name for name in wanted if name in frame))


def _columns(frame: Frame, names: tuple[str, ...]) -> Frame:
    return frame if len(names) == len(frame.columns) else frame[[*names]]
