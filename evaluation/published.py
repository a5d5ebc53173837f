"""Reads a published result – a table of class counts, a list of graded firms, a notice – and says what does not add up.

A bureau publishes "36 家：A 4、B 21、C 0、D 3": 28 against 36 (POLICY §1.10). The sums are checked, never mended; a
rounding rule is never inferred from a count.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from evaluation.grading.published import class_faults, count_faults, share_fault
from parcels import codes
from parcels.delivery import grids
from parcels.delivery.grids import Grid
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame
Cells: TypeAlias = Sequence[str]

LABEL = re.compile(
    r"^([A-D][+＋-]?|T|[甲乙丙丁]|不定等级)\s*(?:[类档级]|等级?)?(?:企业)?(?:家数|数量|数|个数|\(家\)|（家）)?$"
)
SAID = re.compile(r"([A-D][+＋-]?|[甲乙丙丁])\s*[类档级](?:企业)?[^\d、，,；;。]{0,6}?(\d[\d,]*)\s*[家户]")
TOTAL_SAID = re.compile(r"(?:共|合计|总计|总数)[^\d。；;]{0,20}?(\d[\d,]*)\s*[家户]")
NUMBER = re.compile(r"^\d[\d,]*(?:\.0+)?$")
SHARE = re.compile(r"^(\d+(?:\.\d+)?)\s*[%％]$")
LOOKED_AT = 25
FEWEST_CLASSES = 2
MOST_TEXTS = 2000


@dataclass(frozen=True)
class Result:
    """One published group of firms: where it stands, its stated total, its counts a class, and what is wrong."""

    file: str
    sheet: str
    row: int
    scope: str
    published: int | None
    counts: Mapping[str, int]
    faults: tuple[str, ...] = field(default=())

    def data(self) -> dict[str, Any]:
        """Return the result as plain data for JSON."""
        return {**vars(self), "counts": dict(self.counts), "faults": list(self.faults)}


def published(path: Path, cuts: Mapping[str, float] | None = None) -> list[Result]:
    """Return every published result found in a file or folder, checked; `cuts` are a policy's cumulative shares.

    Sheets that are none give nothing; files that cannot be read are told by parcels.delivery.
    """
    paths = sorted(path.rglob("*")) if path.is_dir() else [path]
    results = []
    for one in paths:
        name = one.relative_to(path).as_posix() if path.is_dir() else one.name
        for grid in _grids(one):
            found = _table(grid) or _wide(grid) or _listed(grid) or _notice(grid)
            results += [_checked(name, grid.name, group, cuts) for group in found]
    return results


@dataclass
class Group:
    """Counts as read, before they are checked."""

    row: int
    scope: str = ""
    total: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def _grids(path: Path) -> list[Grid]:
    suffix = path.suffix.lower()
    try:
        if suffix in grids.WORKBOOKS or (suffix in grids.TEXTS and grids.is_workbook(path)):
            return grids.workbook(path)
        return [grids.delimited(path)] if suffix in grids.TEXTS else []
    except (grids.Encrypted, grids.Unreadable, grids.EncodingUnknown, OSError):
        return []


def _checked(file: str, sheet: str, group: Group, cuts: Mapping[str, float] | None) -> Result:
    faults = list(group.faults)
    if group.total is not None:
        faults += count_faults(group.total, group.counts)
        n = group.total
        shares = [share_fault(group.counts[label], n, stated) for label, stated in group.shares.items() if n]
        faults += [fault for fault in shares if fault]
    if cuts:
        faults += class_faults(group.counts, cuts)
    return Result(file, sheet, group.row, group.scope, group.total, group.counts, tuple(faults))


def _rows(grid: Grid) -> list[tuple[int, list[str]]]:
    """Return the sheet's rows as text: number as on the sheet, one text a cell."""
    return [
        (row, [str(grids.TEXT_OF.get(type(cell), str)(cell) or "").strip() for cell in cells])
        for row, cells in enumerate(grid.rows, start=1)
    ]


def _label(text: str) -> str | None:
    found = LABEL.match(re.sub(r"\s", "", text))
    return found.group(1).replace("＋", "+") if found else None


def _count(text: str) -> int | None:
    plain = text.removesuffix("家").removesuffix("户").strip()
    return int(float(plain.replace(",", ""))) if NUMBER.match(plain) else None


def _is(words: str, text: str) -> bool:
    plain = re.sub(r"[\s（(].*$", "", text)
    return plain in entry(f"evaluation.published.heads.{words}")


def _header(rows: list[tuple[int, list[str]]], wanted: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """Return the place of the first row with a heading of every wanted kind, and the column of each kind found."""
    for place, (_, cells) in enumerate(rows[:LOOKED_AT]):
        at = {
            kind: column
            for kind in ("share", "scope", "total", "score", "rank", "uscc", "name", "count", "grade")
            for column, cell in reversed(list(enumerate(cells)))
            if _is(kind, cell)
        }
        if all(kind in at for kind in wanted):
            return place, at
    return None


def _table(grid: Grid) -> list[Group]:
    """A table of one row a class: 等级, 家数, perhaps 占比 and a scope, perhaps a total row."""
    rows = _rows(grid)
    found = _header(rows, ("grade", "count"))
    if found is None or "name" in found[1]:
        return []
    place, at = found
    groups: dict[str, Group] = {}
    scope = ""
    for row, cells in rows[place + 1 :]:
        scope = (cells[at["scope"]] or scope) if "scope" in at else scope
        group = groups.setdefault(scope, Group(row, scope))
        label, count = _label(cells[at["grade"]]), _count(cells[at["count"]])
        if count is None:
            continue
        if label is not None:
            group.counts[label] = group.counts.get(label, 0) + count
            stated = SHARE.match(cells[at["share"]]) if "share" in at else None
            if stated:
                group.shares[label] = float(stated.group(1))
        elif _is("total", cells[at["grade"]]) or any(_is("total", cell) for cell in cells):
            group.total = count
    return _meaningful(groups.values(), rows, place)


def _wide(grid: Grid) -> list[Group]:
    """A table of one row a scope: 范围, 总数, A, B, C, D."""
    rows = _rows(grid)
    for place, (_, head) in enumerate(rows[:LOOKED_AT]):
        labels = {column: label for column, cell in enumerate(head) if (label := _label(cell))}
        if len(set(labels.values())) < FEWEST_CLASSES:
            continue
        total = next((column for column, cell in enumerate(head) if _is("total", cell) or _is("count", cell)), None)
        if total is None and all(head[column] == label for column, label in labels.items()):
            continue  # bare letters without a total are other tables' columns (zone_years has A, B, C, D)
        groups = []
        for row, cells in rows[place + 1 :]:
            counts = {label: _count(cells[column]) for column, label in labels.items()}
            if all(count is None for count in counts.values()):
                continue
            scope = next((c for i, c in enumerate(cells) if c and i not in labels and i != total and not _count(c)), "")
            stated = _count(cells[total]) if total is not None else None
            known = {label: count for label, count in counts.items() if count is not None}
            groups.append(Group(row, scope, stated, known))
        return groups
    return []


def _listed(grid: Grid) -> list[Group]:
    """A list of one row a firm with its class: counted, against the total the titles state; nobody twice."""
    rows = _rows(grid)
    found = _header(rows, ("name", "grade"))
    if found is None:
        return []
    place, at = found
    firms = [
        (row, cells) for row, cells in rows[place + 1 :] if cells[at["name"]] and not _is("total", cells[at["name"]])
    ]
    firms = [(row, cells) for row, cells in firms if _label(cells[at["grade"]]) or not _remark(cells)]
    group = Group(rows[place][0], counts=dict(Counter(_labels(firms, at["grade"]))))
    group.faults += _blank_grades(firms, at)
    group.faults += _twice(firms, at)
    group.faults += _codes(firms, at)
    group.faults += _out_of_order(firms, at)
    return _meaningful([group], rows, place) if firms else []


def _remark(cells: Cells) -> bool:
    return sum(1 for cell in cells if cell) <= 1


def _labels(firms: list[tuple[int, list[str]]], column: int) -> Iterator[str]:
    for _, cells in firms:
        label = _label(cells[column])
        if label is not None:
            yield label


def _blank_grades(firms: list[tuple[int, list[str]]], at: Mapping[str, int]) -> Iterator[str]:
    for row, cells in firms:
        if _label(cells[at["grade"]]) is None:
            yield say("evaluation.published.no_grade", row=row, name=cells[at["name"]], grade=cells[at["grade"]] or "—")


def _twice(firms: list[tuple[int, list[str]]], at: Mapping[str, int]) -> Iterator[str]:
    """Yield the firms that stand on several rows: by credit code where there is one, else by name."""
    seen: dict[str, tuple[int, str]] = {}
    for row, cells in firms:
        key = (cells[at["uscc"]] if "uscc" in at else "") or cells[at["name"]]
        grade = _label(cells[at["grade"]]) or "—"
        if key in seen:
            first, before = seen[key]
            said = {"name": cells[at["name"]], "first": first, "row": row, "before": before, "grade": grade}
            yield say(f"evaluation.published.{'twice' if before == grade else 'two_grades'}", **said)
        seen.setdefault(key, (row, grade))


def _codes(firms: list[tuple[int, list[str]]], at: Mapping[str, int]) -> Iterator[str]:
    if "uscc" not in at:
        return
    told = pd.Series({row: cells[at["uscc"]] for row, cells in firms if cells[at["uscc"]]}, dtype="str")
    wrong = codes.uscc_faults(told) if len(told) else told
    for row, why in wrong[wrong != ""].items():
        yield say("evaluation.published.code", row=row, code=told[row], why=say(f"parcels.uscc.{why}"))


def _out_of_order(firms: list[tuple[int, list[str]]], at: Mapping[str, int]) -> Iterator[str]:
    """Yield a firm that scored more than another of a better class: a veto or shift must explain it."""
    if "score" not in at:
        return
    scored = [
        (float(cells[at["score"]]), label, row, cells[at["name"]])
        for row, cells in firms
        if re.fullmatch(r"-?\d+(?:\.\d+)?", cells[at["score"]]) and (label := _label(cells[at["grade"]])) in ORDER
    ]
    least = {label: min((one for one in scored if one[1] == label), default=None) for label in ORDER}
    for score, label, row, name in sorted(scored, key=lambda one: one[2]):
        better = [one for other in ORDER[: ORDER.index(label)] if (one := least[other]) and one[0] < score]
        if better:
            lowest = min(better)
            said = {"row": row, "name": name, "score": f"{score:g}", "grade": label}
            yield say("evaluation.published.order", **said, other=lowest[3], at=f"{lowest[0]:g}", better=lowest[1])


def _notice(grid: Grid) -> list[Group]:
    """A notice in words: 共评价 36 家，其中 A 类 4 家、B 类 21 家 …"""
    groups = []
    for row, cells in _rows(grid)[:MOST_TEXTS]:
        for text in re.split(r"[。；;\n]", "，".join(cell for cell in cells if cell)):
            counts = {label.replace("＋", "+"): int(count.replace(",", "")) for label, count in SAID.findall(text)}
            if len(counts) < FEWEST_CLASSES:
                continue
            total = TOTAL_SAID.search(text) or re.search(r"(\d[\d,]*)\s*[家户]", text)
            stated = int(total.group(1).replace(",", "")) if total and not SAID.match(text) else None
            groups.append(Group(row, text[:30], stated, counts))
    return groups


def _meaningful(groups: Any, rows: list[tuple[int, list[str]]], place: int) -> list[Group]:
    """Return the groups that have classes, with the total the titles above state where the table has none."""
    kept = [group for group in groups if group.counts]
    above = " ".join(cell for _, cells in rows[:place] for cell in cells if cell)
    stated = TOTAL_SAID.search(above)
    if len(kept) == 1 and kept[0].total is None and stated:
        kept[0].total = int(stated.group(1).replace(",", ""))
    return kept


ORDER = ("A+", "A", "B", "C", "C-", "D", "甲", "乙", "丙", "丁")
