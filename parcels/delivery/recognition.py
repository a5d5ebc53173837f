"""Finds the heading row of a sheet (under titles, over unit rows, merged over several rows) and the table it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pandas as pd

from parcels import columns, headings, units
from parcels.columns import TEXT
from parcels.delivery.grids import Grid
from parcels.headings import Heading, Match
from parcels.words import entry

Frame: TypeAlias = pd.DataFrame

ROWS_LOOKED_AT = 20  # of the 25 rows a grid shows as text: headings go three deep, with units below
DEEPEST = 3
MARGIN = 1e-9
FIGURE = re.compile(r"[\s\d.,:/+\-年月日%]*\d[\s\d.,:/+\-年月日%]*")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)(?=年|度|$|\D)")
YEAR_HEADING = re.compile(r"\s*(?:19|20)\d{2}年度?\s*")  # under a heading merged over several years
UNIT_TITLE = re.compile(r"单位[::]([^ 　]+)")


@dataclass(frozen=True)
class Header:
    """The heading row found: first and last sheet row of it, the headings, what they match, the first data row."""

    first: int
    last: int
    headings: tuple[Heading, ...]
    match: Match
    data_from: int


def header(grid: Grid, name: str, table: str | None = None, row: int | None = None) -> Header | None:
    """Return the heading row that says most (as `table` if given; in `row` if given), None if no row says a table."""
    found = None
    rows = [row] if row else range(1, min(ROWS_LOOKED_AT, len(grid.head)) + 1)
    for depth in range(1, DEEPEST + 1):
        for first in rows:
            if depth > 1 and not all(_may_head(grid, below) for below in range(first + 1, first + depth)):
                continue
            one = _header_at(grid, first, depth, name, table)
            if one and (found is None or one.match.score > found.match.score + MARGIN):
                found = one
    return found


def _may_head(grid: Grid, row: int) -> bool:
    """Say whether a row under a heading may be more heading: a row with a number or a date in it is data."""
    if row > len(grid.head):
        return False
    said = [cell for cell in grid.head[row - 1] if cell is not None]
    return bool(said) and not any(FIGURE.fullmatch(cell) for cell in said if not YEAR_HEADING.fullmatch(cell))


def _header_at(grid: Grid, first: int, depth: int, name: str, table: str | None) -> Header | None:
    last = first + depth - 1
    if last > len(grid.head) or not any(grid.head[first - 1]):
        return None
    read = tuple(headings.read(text) for text in stacked(grid, first, last))
    match = headings.match(table, read, name=name) if table else headings.best(read, name=name)
    if match is None or (table and not match.columns and depth > 1):
        return None
    united, data_from = _with_units(grid, read, last + 1)
    united = _with_title_unit(grid, united, first, match)
    return Header(first, last, united, match, data_from)


def stacked(grid: Grid, first: int, last: int) -> list[str]:
    """Return one heading a column: the words of merged rows joined from the top, each once."""
    rows = [_spread(grid, row, below=row < last) for row in range(first, last + 1)]
    texts = []
    for column in range(len(grid.head[0])):
        words: list[str] = []
        for row in rows:
            word = (row[column] or "").strip()
            if word and word not in words:
                words.append(word)
        texts.append(_known(words))
    return texts


def _known(words: Sequence[str]) -> str:
    """Of stacked words, the longest joining that is a heading; else all joined."""
    for text in ("".join(words), *reversed(words)):
        if headings.plain(headings.read(text).base) in headings.every_alias():
            return text
    return "".join(words)


def _spread(grid: Grid, row: int, *, below: bool) -> list[str | None]:
    """A heading row with merged cells filled to the right (and downwards, by what the sheet says is merged)."""
    cells = list(grid.head[row - 1])
    for top, left, bottom, right in grid.merged:
        if top <= row - 1 <= bottom:
            cells[left : right + 1] = [grid.head[top][left]] * (right + 1 - left)
    if below and not grid.merged:
        under = grid.head[row]
        for column in range(1, len(cells)):
            if cells[column] is None and under[column] is not None:
                cells[column] = cells[column - 1]
    return cells


def _with_units(grid: Grid, read: tuple[Heading, ...], row: int) -> tuple[tuple[Heading, ...], int]:
    """A row of nothing but units under the headings belongs to them."""
    if row > len(grid.head):
        return read, row
    said = [(cell or "").strip().strip("()（）") for cell in grid.head[row - 1]]
    if not any(said) or not all(not unit or units.dimensions(unit) or unit in {"-", "—"} for unit in said):
        return read, row
    pairs = zip(read, said, strict=True)
    return tuple(one if one.unit or not unit else replace(one, unit=unit) for one, unit in pairs), row + 1


def _with_title_unit(grid: Grid, read: tuple[Heading, ...], first: int, match: Match) -> tuple[Heading, ...]:
    """`单位：万元` in a title row speaks for the columns it can measure and that say nothing themselves."""
    above = UNIT_TITLE.finditer(titles(grid, first))
    said = [unit for found in above for unit in re.split(r"[、,,;;/]", found.group(1))]
    wanted = {position: columns.catalog()[match.table][column].unit for position, column in match.columns.items()}

    def unit(position: int) -> str:
        fits = [word for word in said if units.dimensions(word) & units.dimensions(wanted.get(position, ""))]
        return fits[0] if fits else ""

    return tuple(one if one.unit else replace(one, unit=unit(position)) for position, one in enumerate(read))


def year_in(text: str) -> int | None:
    """Return the one year a name or title speaks of, None if none or several."""
    years = {int(found) for found in YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def titles(grid: Grid, before: int) -> str:
    """Return what stands above the headings."""
    return " ".join(cell for row in grid.head[: before - 1] for cell in row if cell is not None)


def totals(cells: Frame) -> pd.Series:
    """Say which rows are sums or remarks: their first filled cell says so and little else is filled."""
    words = "|".join(map(re.escape, entry("parcels.total_words")))
    first = _first(cells)
    first = first[~first.str.isascii()]  # the words are Chinese
    if first.empty:
        return pd.Series(data=False, index=cells.index)
    first = first.str.replace(r"\s", "", regex=True)
    says = first.str.fullmatch(rf"(?:{words})")
    says |= first.str.match(r"(?:合计|总计|小计|共计|注|备注|说明|填表人|制表人|审核人)[::(（\d]")
    remarks = first.index[first.str.match(r"(?:填表说明|说明|注)")]
    alone = remarks[cells.loc[remarks].notna().sum(axis=1).le(1)] if len(remarks) else remarks
    return pd.Series(cells.index.isin(says.index[says].union(alone)), index=cells.index)


def _first(cells: Frame) -> pd.Series:
    """The first filled cell of each row as text, rows without one left out."""
    first = pd.Series(None, index=cells.index, dtype=TEXT)
    for name in cells:
        first = first.where(first.notna(), cells[name].astype(TEXT))
        if not first.hasnans:
            break
    return first.dropna()
