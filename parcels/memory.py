"""What a pure step answered for the same columns: kept by their content, so that a change asks only what depends on it.

A step says which columns it reads and, while a memory is in use, is given no others: what it does not see it cannot
depend on. Without a memory every step is simply called.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import wraps
from pathlib import PurePath
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Frame: TypeAlias = pd.DataFrame
P = ParamSpec("P")
T = TypeVar("T")
Reads: TypeAlias = tuple[str, ...] | None

ALL: Reads = None
MOST_ANSWERS = 96  # a few versions of some thirty steps; the answer not asked for longest is forgotten


class Memory:
    """Answers by what they were worked out from; `asked` and `known` count calls and those answered from memory."""

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._answers: OrderedDict[bytes, tuple[Any, Any]] = OrderedDict()
        self._most = most
        self.asked = self.known = 0

    def answer(self, name: str, grounds: Any, work: Callable[[], T]) -> T:
        """Return what `work` returns, from memory where the same step has had the same grounds before."""
        digest = hashlib.blake2b(name.encode())
        _feed(digest, grounds)
        key = digest.digest()
        self.asked += 1
        if key in self._answers:
            self.known += 1
            self._answers.move_to_end(key)
            return self._answers[key][1]  # type: ignore[no-any-return]
        made = work()
        # The grounds are kept with the answer: geometry is told apart by its objects, which must stay alive.
        self._answers[key] = grounds, made
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return made


_IN_USE: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[Memory]:
    """Let every remembered step below answer from `memory` and add to it."""
    token = _IN_USE.set(memory)
    try:
        yield memory
    finally:
        _IN_USE.reset(token)


def remembered(**reads: Reads) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a step be answered from memory: its first argument is a book or its tables, of which it reads `reads`.

    table=("column", …) for some columns, table=ALL for a whole table; tables not named are not seen. Further
    arguments count whole, and so does the first where no table is named.
    """

    def mark(step: Callable[P, T]) -> Callable[P, T]:
        @wraps(step)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            memory = _IN_USE.get()
            if memory is None:
                return step(*args, **kwargs)
            seen: Any = (_narrowed(args[0], reads), *args[1:]) if reads else args
            name = f"{step.__module__}.{step.__qualname__}"
            return memory.answer(name, (seen, kwargs), lambda: step(*seen, **kwargs))

        return answer

    return mark


def _narrowed(first: Any, reads: Mapping[str, Reads]) -> Any:
    if isinstance(first, Mapping):
        return {table: _columns(first[table], wanted) for table, wanted in reads.items() if table in first}
    return replace(first.seen(), tables=_narrowed(first.tables, reads))


def _columns(frame: Frame, wanted: Reads) -> Frame:
    return frame if wanted is None else frame[[name for name in wanted if name in frame]]


def _feed(digest: Any, value: Any) -> None:
    """Feed a value's content, with its type and length, so that no two values read alike."""
    digest.update(type(value).__name__.encode() + b"\0")
    for kinds, feed in CONTENT:
        if isinstance(value, kinds):
            feed(digest, value)
            return
    if hasattr(value, "model_dump_json"):  # a policy: what it says, also where a what-if moved it
        digest.update(str(value.model_dump_json()).encode())
    elif hasattr(value, "to_wkt"):  # a CRS
        digest.update(str(value.to_wkt()).encode())
    elif is_dataclass(value):
        _feed_each(digest, [getattr(value, field.name) for field in fields(value)])
    else:
        raise TypeError(f"no content to tell a {type(value).__name__} by")


def _feed_each(digest: Any, values: Sequence[Any]) -> None:
    digest.update(str(len(values)).encode())
    for value in values:
        _feed(digest, value)


def _feed_frame(digest: Any, frame: Frame) -> None:
    _feed(digest, frame.index)
    _feed(digest, str(frame.crs) if "geometry" in frame and hasattr(frame, "crs") else "")
    for place, name in enumerate(frame.columns):
        _feed(digest, str(name))
        _feed_array(digest, frame.iloc[:, place].array)


def _feed_series(digest: Any, values: pd.Series) -> None:
    _feed(digest, values.index)
    _feed_array(digest, values.array)


def _feed_array(digest: Any, array: Any) -> None:
    """Feed a column: numbers and dates as they lie in memory, geometry by its objects, text and mixed cells as text."""
    digest.update(f"{array.dtype}|{len(array)}\0".encode())
    if isinstance(array.dtype, pd.StringDtype):
        _feed_texts(digest, pa.chunked_array([pa.array(array)] if len(array) else [], pa.large_string()))
    elif str(array.dtype) == "geometry":
        digest.update(np.asarray(array, dtype=object).tobytes())  # the addresses of immutable objects
    elif isinstance(array.dtype, pd.Int64Dtype | pd.BooleanDtype):
        digest.update(array.to_numpy(dtype="float64", na_value=np.nan).tobytes())
    elif (plain := np.asarray(array)).dtype != object:
        digest.update(plain.tobytes())
    else:
        _feed_mixed(digest, plain)


def _feed_mixed(digest: Any, cells: Any) -> None:
    """Feed cells of any kind: texts and blanks as they are, others by kind and what they say of themselves."""
    try:
        texts = pa.array(cells, pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        digest.update(b"mixed")
        said = [None if _blank(cell) else f"{type(cell).__name__}:{cell!r}" for cell in cells]
        texts = pa.array(said, pa.large_string())
    _feed_texts(digest, pa.chunked_array([texts]))


def _feed_texts(digest: Any, texts: pa.ChunkedArray) -> None:
    """Feed texts by their content: the same texts may lie in Arrow's memory in more than one way."""
    digest.update(pc.is_null(texts).to_numpy().tobytes())
    filled = pc.fill_null(texts, "").combine_chunks()
    digest.update(pc.binary_length(filled).to_numpy().tobytes())
    for chunk in filled.chunks if isinstance(filled, pa.ChunkedArray) else [filled]:
        _, ends, letters = chunk.buffers()
        if letters is not None and len(chunk):
            at = np.frombuffer(ends, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
            digest.update(memoryview(letters)[at[0] : at[-1]])


def _blank(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)  # noqa: PLR0124


# How the content of a value is fed; the first kind that fits. A bool is an int, and both are said by repr.
CONTENT: tuple[tuple[Any, Callable[[Any, Any], None]], ...] = (
    ((str, int, float, bytes, date, PurePath, type(None), pd.RangeIndex), lambda d, v: d.update(repr(v).encode())),
    (pd.DataFrame, _feed_frame),
    (pd.Series, _feed_series),
    (pd.Index, lambda d, v: _feed_array(d, v.array)),
    (np.ndarray, _feed_array),
    (Mapping, lambda d, v: _feed_each(d, [part for key in sorted(v, key=str) for part in (str(key), v[key])])),
    ((list, tuple), _feed_each),
    ((set, frozenset), lambda d, v: _feed_each(d, sorted(v, key=repr))),
)
