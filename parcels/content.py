"""What a value says, as a digest: columns by their cells, and a column already read by where it lies in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Frame: TypeAlias = pd.DataFrame
Place: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Columns:
    """Some columns of a table of a book, which need not be taken out of it to be told apart: nobody writes there."""

    frame: Frame
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Read:
    """A value read once: its digest, good as long as the value is kept alive here.

    A kept series shares its cells with its frame, so that pandas copies them before anybody writes there.
    """

    digest: bytes
    value: object
    parts: frozenset[Read] = frozenset()


class Contents:
    """Digests of values; a column or policy is read once, and again only when nobody keeps its Read any more."""

    def __init__(self) -> None:
        self._read: WeakValueDictionary[Place, Read] = WeakValueDictionary()
        self._kept: WeakValueDictionary[int, Frame] = WeakValueDictionary()

    def keep(self, made: Any) -> None:
        """Note the frames of an answer that is kept and handed out again: nobody writes there."""
        if isinstance(made, pd.DataFrame):
            self._kept[id(made)] = made
        elif is_dataclass(made):
            self.keep([getattr(made, field.name) for field in fields(made)])
        elif isinstance(made, list | tuple | Mapping):
            for one in made.values() if isinstance(made, Mapping) else made:
                self.keep(one)

    def of(self, name: str, value: object) -> tuple[bytes, frozenset[Read]]:
        """Return the digest of a named value, and what has to be kept as long as the digest is used."""
        telling = _Telling(self._read, self._kept)
        telling.update(name.encode())
        telling.feed(value)
        return telling.hash.digest(), frozenset(telling.kept)


class _Telling:
    """One digest being made."""

    def __init__(self, read: WeakValueDictionary[Place, Read], answers: WeakValueDictionary[int, Frame]) -> None:
        self.hash = hashlib.sha256()
        self.kept: set[Read] = set()
        self._read, self._answers = read, answers

    def update(self, content: Any) -> None:
        self.hash.update(content)

    def once(self, place: Place, value: object, told: Callable[[_Telling], None]) -> None:
        """Feed what `told` feeds, from memory where the value at this place has been read."""
        known = self._read.get(place)
        if known is None:
            part = _Telling(self._read, self._answers)
            told(part)
            known = Read(part.hash.digest(), value, frozenset(part.kept))
            self._read[place] = known
        self.kept.add(known)
        self.update(known.digest)

    def feed(self, value: Any) -> None:
        """Feed a value's content, with its type and length, so that no two values read alike."""
        self.update(type(value).__name__.encode() + b"\0")
        for kinds, fed in CONTENT:
            if isinstance(value, kinds):
                fed(self, value)
                return
        if hasattr(value, "model_dump_json"):  # a policy: what it says, also where a what-if moved it
            self.once(("id", id(value)), value, lambda part: part.update(str(value.model_dump_json()).encode()))
        elif hasattr(value, "to_wkt"):  # a CRS
            self.once(("id", id(value)), value, lambda part: part.update(str(value.to_wkt()).encode()))
        elif is_dataclass(value):
            self.each([getattr(value, field.name) for field in fields(value)])
        else:
            raise TypeError(f"no content to tell a {type(value).__name__} by")

    def each(self, values: Sequence[Any]) -> None:
        self.update(str(len(values)).encode())
        for value in values:
            self.feed(value)

    def columns(self, frame: Frame, cells: Iterable[tuple[Any, pd.Series]]) -> None:
        self.index(frame.index)
        crs = str(frame.crs) if "geometry" in frame and hasattr(frame, "crs") else ""
        self.update(crs.encode() + b"\0")
        for name, values in cells:
            self.update(str(name).encode() + b"\0")
            self.series(values)

    def frame(self, frame: Frame) -> None:
        """Feed a frame: one that is kept as an answer once, any other by its columns."""
        if id(frame) in self._answers:  # no two living objects have one id
            self.once(("answer", id(frame)), frame, lambda part: part.columns(frame, frame.items()))
            return
        part = _Telling(self._read, self._answers)
        part.columns(frame, frame.items())
        self.kept |= part.kept
        self.update(part.hash.digest())

    def table(self, some: Columns) -> None:
        """Feed columns of a table, each read once, and together once for every choice of columns."""
        cells = ((name, some.frame[name]) for name in some.names)
        self.once(("table", id(some.frame), *some.names), some.frame, lambda part: part.columns(some.frame, cells))

    def series(self, values: pd.Series) -> None:
        array = values.array
        place = place_of(array, values.dtype)
        if place is None:
            _feed_array(self, array)
        else:
            self.once(place, values, lambda part: _feed_array(part, array))

    def index(self, index: pd.Index) -> None:
        if isinstance(index, pd.RangeIndex):
            self.feed(index)
        else:
            place = place_of(index.array, index.dtype) or ("id", id(index))
            self.once(place, index, lambda part: _feed_array(part, index.array))


def place_of(array: Any, dtype: object) -> Place | None:
    """Return where a column lies in memory, in what form; None where that is not told."""
    if not len(array):
        return None
    if isinstance(dtype, np.dtype) or str(dtype) == "geometry":
        plain = np.asarray(array)
        lies = plain.__array_interface__
        return str(dtype), lies["data"][0], lies["shape"], lies["strides"]
    if isinstance(dtype, pd.StringDtype):
        held = pa.array(array, pa.large_string())
        chunks = held.chunks if isinstance(held, pa.ChunkedArray) else [held]
        lie = [(one.offset, len(one), *(part.address if part else 0 for part in one.buffers())) for one in chunks]
        return ("str", *(part for each in lie for part in each))
    if isinstance(dtype, pd.CategoricalDtype):
        held = place_of(array.categories.array, array.categories.dtype)
        return None if held is None else ("category", *held, array.codes.ctypes.data, len(array))
    return "array", id(array)  # numbers with blanks: a frame hands out the array it holds, and keeps it from change


def _feed_array(telling: _Telling, array: Any) -> None:
    """Feed a column: numbers and dates as they lie in memory, geometry by its objects, text and mixed cells as text."""
    kind = array.dtype
    if isinstance(kind, pd.CategoricalDtype):  # as text it would list all it knows
        kind = f"category {array.codes.dtype} {kind.ordered}"
    telling.update(f"{kind}|{len(array)}\0".encode())
    if not len(array) and not isinstance(array.dtype, pd.CategoricalDtype):
        return
    if isinstance(array.dtype, pd.StringDtype):
        _feed_texts(telling, pa.chunked_array([pa.array(array)], pa.large_string()))
    elif str(array.dtype) == "geometry":
        telling.update(np.asarray(array, dtype=object).tobytes())  # the addresses of immutable objects
    elif isinstance(array.dtype, pd.CategoricalDtype):
        telling.update(array.codes.tobytes())
        _feed_array(telling, array.categories.array)
    elif isinstance(array.dtype, pd.Int64Dtype | pd.BooleanDtype):
        telling.update(array.to_numpy(dtype="float64", na_value=np.nan).tobytes())
    elif (plain := np.asarray(array)).dtype != object:
        telling.update(plain.tobytes())
    else:
        _feed_mixed(telling, plain)


def _feed_mixed(telling: _Telling, cells: Any) -> None:
    """Feed cells of any kind: texts and blanks as they are, others by kind and what they say of themselves."""
    try:
        texts = pa.array(cells, pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        telling.update(b"mixed")
        said = [None if _blank(cell) else f"{type(cell).__name__}:{cell!r}" for cell in cells]
        texts = pa.array(said, pa.large_string())
    _feed_texts(telling, pa.chunked_array([texts]))


def _feed_texts(telling: _Telling, texts: pa.ChunkedArray) -> None:
    """Feed texts by their content: the same texts may lie in Arrow's memory in more than one way."""
    telling.update(pc.is_null(texts).to_numpy().tobytes())
    filled = pc.fill_null(texts, "").combine_chunks()
    telling.update(pc.binary_length(filled).to_numpy().tobytes())
    for chunk in filled.chunks if isinstance(filled, pa.ChunkedArray) else [filled]:
        _, ends, letters = chunk.buffers()
        if letters is not None and len(chunk):
            at = np.frombuffer(ends, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
            telling.update(memoryview(letters)[at[0] : at[-1]])


def _blank(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)  # noqa: PLR0124


# How the content of a value is fed; the first kind that fits. A bool is an int, and both are said by repr.
CONTENT: tuple[tuple[Any, Callable[[_Telling, Any], None]], ...] = (
    ((str, int, float, bytes, date, PurePath, type(None), pd.RangeIndex), lambda t, v: t.update(repr(v).encode())),
    (Columns, _Telling.table),
    (pd.DataFrame, _Telling.frame),
    (pd.Series, lambda t, v: t.columns(v.to_frame(), [("", v)])),
    (pd.Index, _Telling.index),
    (np.ndarray, _feed_array),
    (Mapping, lambda t, v: t.each([part for key in sorted(v, key=str) for part in (str(key), v[key])])),
    ((list, tuple), _Telling.each),
    ((set, frozenset), lambda t, v: t.each(sorted(v, key=repr))),
)
