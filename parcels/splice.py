"""A step asked again of the few keys whose rows changed, its rows laid into the answer it gave before.

For steps whose answer says of a key – a parcel, a firm – what that key's own rows say, whatever the others are. Where
the new rows do not fit the old ones in number, order, columns and types, nothing is laid in: the step is asked of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from parcels.content import place_of

Frame: TypeAlias = pd.DataFrame
Rows: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.intp]

FEW = 0.05  # of the rows: beyond, to pick rows out and lay them in again costs what the step costs
ALWAYS = 8


class Unfit(Exception):
    """The rows before and now are not the same subjects in the same shape."""


def each_frame(value: Any, by: Sequence[str], done: Callable[[Frame], Any]) -> Any:
    """Return a value with `done` of every frame in it that has one of the keys in place of that frame."""
    if isinstance(value, pd.DataFrame):
        return done(value) if _key(value, by) is not None else value
    if isinstance(value, Mapping):
        return {name: each_frame(one, by, done) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(each_frame(one, by, done) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        changed = {name: each_frame(one, by, done) for name, one in held.items()}
        moved = {name: one for name, one in changed.items() if one is not held[name]}
        return replace(value, **moved) if moved else value
    return value


def again(
    before: Sequence[Frame],
    answer: Any,
    now: Sequence[Frame],
    by: Sequence[str],
    step: Callable[[Iterator[Frame]], Any],
) -> Any:
    """Return the answer for the frames `now`, the step asked of changed keys only; Unfit where it has to see all."""
    keys = _changed(before, now, by)
    if not len(keys):
        return answer
    here = Here(keys, by)
    few = (_restricted(frame, here) for frame in now)
    return _laid_in(answer, step(few), here)


def _key(frame: Frame, by: Sequence[str]) -> pd.Series | None:
    """Return the column, or else the index, that says whose a row is."""
    for name in by:
        if name in frame.columns:
            return frame[name]
        if frame.index.name == name:
            return frame.index.to_series()
    return None


def _whose(frame: Frame, by: Sequence[str]) -> pd.Series:
    key = _key(frame, by)
    if key is None:
        raise Unfit
    return key


def _changed(before: Sequence[Frame], now: Sequence[Frame], by: Sequence[str]) -> pd.Index:
    """Return the keys of rows in which a cell is another one; Unfit where rows came, went or moved, or are many."""
    if len(before) != len(now):
        raise Unfit
    found = []
    for old, new in zip(before, now, strict=True):
        rows = differing(old, new)
        keys = _whose(new, by)
        if not rows.any():
            continue
        if rows.sum() > max(ALWAYS, FEW * len(rows)) or differing(_whose(old, by).to_frame(), keys.to_frame()).any():
            raise Unfit
        found.append(keys[rows].drop_duplicates())
    keys = pd.concat(found).drop_duplicates() if found else pd.Series(dtype="str")
    if keys.isna().any():
        raise Unfit
    return pd.Index(keys)


def differing(old: Frame, new: Frame) -> Rows:
    """Return the rows in which two frames of one shape differ; Unfit where their shape does."""
    if old is new:
        return np.zeros(len(new), dtype=bool)
    if len(old) != len(new) or not old.columns.equals(new.columns) or not old.index.equals(new.index):
        raise Unfit
    rows: Rows = np.zeros(len(new), dtype=bool)
    for name in new.columns:
        rows |= _unlike(old[name], new[name])
    return rows


def _unlike(old: pd.Series, new: pd.Series) -> Rows:
    """Return the cells in which two columns of one type differ, blanks being alike; Unfit where the types differ."""
    if old.dtype != new.dtype:
        raise Unfit
    lies = place_of(new.array, new.dtype)
    if lies is not None and lies == place_of(old.array, old.dtype):
        return np.zeros(len(new), dtype=bool)
    if str(new.dtype) == "geometry":
        return np.asarray([one is not other for one, other in zip(old.array, new.array, strict=True)], dtype=bool)
    if new.dtype == object or len(new) <= ALWAYS:
        return np.asarray([not _alike(*pair) for pair in zip(old.array, new.array, strict=True)], dtype=bool)
    if new.dtype == np.float64:  # by their bits: -0.0 is written otherwise than 0.0
        return np.asarray(old.to_numpy().view(np.int64) != new.to_numpy().view(np.int64))
    blank, was_blank = new.isna().to_numpy(), old.isna().to_numpy()
    same = (old == new).to_numpy(dtype=bool, na_value=False)
    return np.asarray((blank != was_blank) | ~(same | blank))


def _alike(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)


class Here:
    """Where the rows of some keys stand in one frame after another; frames that share their keys are searched once."""

    def __init__(self, keys: pd.Index, by: Sequence[str]) -> None:
        self.by = by
        self._keys = keys
        self._found: dict[object, tuple[pd.Series, Ints]] = {}

    def rows(self, frame: Frame) -> Ints:
        """Return the places of the rows, from 0."""
        whose = _whose(frame, self.by)
        lies = place_of(whose.array, whose.dtype)
        if lies is not None and lies in self._found:
            return self._found[lies][1]
        at = np.flatnonzero(whose.isin(self._keys).to_numpy())
        self._found[lies] = whose, at  # the keys are kept: nothing else may come to lie where they do
        return at


def _restricted(frame: Frame, here: Here) -> Frame:
    """Return the rows of some keys, numbered from 0 where the frame's own are."""
    few = frame.iloc[here.rows(frame)]
    return few.reset_index(drop=True) if isinstance(frame.index, pd.RangeIndex) else few


def _laid_in(old: Any, new: Any, here: Here) -> Any:
    if isinstance(old, pd.DataFrame) and isinstance(new, pd.DataFrame):
        return _rows_laid_in(old, new, here)
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        return {name: _laid_in(one, new[name], here) for name, one in old.items()}
    if isinstance(old, list | tuple) and type(old) is type(new) and len(old) == len(new):
        return type(old)(_laid_in(one, other, here) for one, other in zip(old, new, strict=True))
    raise Unfit


def _rows_laid_in(old: Frame, new: Frame, here: Here) -> Frame:
    at = here.rows(old)
    mine = old.iloc[at]
    if isinstance(old.index, pd.RangeIndex):
        mine, new = mine.reset_index(drop=True), new.reset_index(drop=True)
    if (
        len(mine) != len(new)
        or list(_whose(mine, here.by)) != list(_whose(new, here.by))
        or not mine.columns.equals(new.columns)
    ):
        raise Unfit
    moved = {}
    for name in new.columns:
        cells = _recoded(new[name], old[name])
        rows = _unlike(mine[name], cells)
        if rows.any():
            column = old[name].copy()
            column.iloc[at[rows]] = cells.array[rows]
            if cells.dtype == "category" and _used(column) != _used(old[name]):
                raise Unfit  # asked of all, the step would list other categories
            moved[str(name)] = column
    return old.assign(**moved)


def _recoded(new: pd.Series, old: pd.Series) -> pd.Series:
    """Return a coded column under the categories of the old one where these hold its own: few rows use few of them."""
    if new.dtype != "category" or old.dtype != "category" or not new.cat.categories.isin(old.cat.categories).all():
        return new
    return new.cat.set_categories(old.cat.categories)


def _used(column: pd.Series) -> int:
    return len(np.unique(column.cat.codes))
