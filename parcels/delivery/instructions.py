"""delivery.yaml: what a person says about the files, checked key by key with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeAlias

import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gis import crs as systems
from gis import gcj02
from parcels import columns, faults, units
from parcels.delivery import grids
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

NAME = "delivery.yaml"
MODELS = ("Entry", "list[Entry]", "From", "str")
SCHEMES = ("gbt21010-2017", "sandiao", "ydyh-2023", "ydyh-2020", "gb50137-2011", "custom")
Word = Annotated[str, BeforeValidator(lambda said: str(said) if isinstance(said, int | float) else said)]


class From(BaseModel):
    """A column taken from a heading, in a unit."""

    model_config = ConfigDict(extra="forbid")
    heading: Word = Field(alias="from")
    unit: str = ""


class Entry(BaseModel):
    """One sheet or layer of one table."""

    model_config = ConfigDict(extra="forbid")
    file: Word
    sheet: Word | None = None
    layer: Word | None = None
    encoding: str = ""
    crs: Word | None = None
    header_row: int | None = None
    scheme: str = ""
    classes: str | None = None
    set: dict[str, object] = {}
    columns: dict[str, Word | From | None] = {}


class Zones(BaseModel):
    """Zones by an attribute of a table, `landuse.計畫名稱`."""

    model_config = ConfigDict(extra="forbid")
    by: str


class Instructions(BaseModel):
    """The whole of delivery.yaml."""

    model_config = ConfigDict(extra="forbid")
    crs: Word | None = None
    tables: dict[str, Entry | list[Entry]] = {}
    zones: Zones | None = None


@dataclass(frozen=True)
class Said:
    """delivery.yaml read: the instructions, and what is wrong with it."""

    crs: str | None = None
    entries: tuple[tuple[str, Entry], ...] = ()
    zones_by: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    faults: Frame = field(default_factory=faults.none)
    tree: yaml.Node | None = field(default=None, repr=False, compare=False)

    def line(self, value: str) -> int | None:
        """Return the line on which a value stands, None if it stands nowhere."""
        return _line_of(self.tree, value) if self.tree is not None else None


def read(folder: Path) -> Said:
    """Return what delivery.yaml of a folder says; nothing where there is none."""
    path = folder / NAME
    if not path.is_file():
        return Said()
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = yaml.compose(text, Loader=yaml.SafeLoader) or yaml.MappingNode("", [])
        whole = Instructions.model_validate(yaml.safe_load(text) or {})
    except UnicodeDecodeError:
        return Said(faults=_fault(1, NAME, say("parcels.yaml.encoding")))
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        return Said(faults=_fault(mark.line + 1 if mark else 1, NAME, say("parcels.yaml.syntax")))
    except ValidationError as wrong:
        found = [_wrong(tree, error["loc"], error["type"], error["msg"]) for error in wrong.errors()]
        return Said(faults=faults.gather(found))
    entries = tuple(
        (table, _known(table, entry))
        for table, said in whole.tables.items()
        for entry in (said if isinstance(said, list) else [said])
        if table in columns.tables()
    )
    found = [*_checked(tree, whole), *_missing_files(tree, folder, entries)]
    classes, broken_classes = _classes(folder, entries)
    by = whole.zones.by if whole.zones else None
    return Said(whole.crs, entries, by, classes, faults.gather([*found, *broken_classes]), tree)


def _known(table: str, entry: Entry) -> Entry:
    """The entry without columns its table does not have: they are faults already."""
    known = {column.column for column in columns.columns(table)} | {"local_id"}
    said = {column: source for column, source in entry.columns.items() if column in known}
    fixed = {column: value for column, value in entry.set.items() if column in known}
    return entry.model_copy(update={"columns": said, "set": fixed})


def _checked(tree: yaml.Node, whole: Instructions) -> list[Frame]:
    """Unknown tables, columns, schemes and units; every one with its line."""
    found: list[Frame] = [*_checked_crs(tree, ["crs"], whole.crs)]
    for table, said in whole.tables.items():
        if table not in columns.tables():
            found.append(_at(tree, ["tables", table], say("parcels.yaml.table", known="、".join(columns.tables()))))
            continue
        for place, entry in enumerate(said if isinstance(said, list) else [said]):
            path: list[str | int] = ["tables", table, *([place] if isinstance(said, list) else [])]
            found += _checked_entry(tree, path, table, entry)
    return found


def _checked_crs(tree: yaml.Node, path: list[str | int], word: str | None) -> list[Frame]:
    if word is None or gcj02.system(word):
        return []
    try:
        systems.read(word)
    except systems.CrsUnreadable:
        return [_at(tree, path, say("parcels.yaml.crs", crs=word))]
    return []


def _checked_entry(tree: yaml.Node, path: list[str | int], table: str, entry: Entry) -> list[Frame]:
    known = {column.column for column in columns.columns(table)} | {"local_id"}
    found = [
        _at(tree, [*path, part, column], say("parcels.yaml.column", table=table, known="、".join(sorted(known))))
        for part, said in (("columns", entry.columns), ("set", entry.set))
        for column in said
        if column not in known
    ]
    for column, said in entry.columns.items():
        wanted = columns.catalog()[table][column].unit if column in columns.catalog()[table] else ""
        if isinstance(said, From) and said.unit and not units.dimensions(said.unit) & units.dimensions(wanted):
            known_units = "、".join(units.known(wanted)) or say("parcels.yaml.no_unit")
            why = say("parcels.yaml.unit", unit=said.unit, known=known_units)
            found.append(_at(tree, [*path, "columns", column], why))
    found += _checked_crs(tree, [*path, "crs"], entry.crs)
    if entry.scheme and entry.scheme not in SCHEMES:
        found.append(_at(tree, [*path, "scheme"], say("parcels.yaml.scheme", known="、".join(SCHEMES))))
    return found


def _missing_files(tree: yaml.Node, folder: Path, entries: Sequence[tuple[str, Entry]]) -> list[Frame]:
    found = []
    for _, entry in entries:
        for name in filter(None, (entry.file, entry.classes)):
            if within(folder, name) is None:
                found.append(faults.one("file_missing", file=NAME, row=_line_of(tree, name), what=name))
    return found


def within(folder: Path, name: str) -> Path | None:
    """Return the file of a delivery by its name, None if absent or outside the delivery."""
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute():
        return None
    return path if path.exists() else None


def _classes(folder: Path, entries: Sequence[tuple[str, Entry]]) -> tuple[dict[str, str], list[Frame]]:
    """The bureau's own class table: code,group."""
    classes: dict[str, str] = {}
    found: list[Frame] = []
    for _, entry in entries:
        path = within(folder, entry.classes) if entry.classes else None
        if path is None:
            continue
        try:
            text = grids.decoded(path.read_bytes())
        except grids.EncodingUnknown:
            found.append(faults.one("encoding", file=path.name, why=say("parcels.unread.encoding")))
            continue
        rows = csv.DictReader(io.StringIO(text, newline=""))
        if not {"code", "group"} <= set(rows.fieldnames or ()):
            found.append(faults.one("column_missing", file=path.name, what="code、group"))
            continue
        classes |= {(row["code"] or "").strip(): (row["group"] or "").strip() for row in rows}
    return classes, found


def _wrong(tree: yaml.Node, path: Sequence[str | int], kind: str, message: str) -> Frame:
    steps = [step for step in path if step not in MODELS and "function" not in str(step)]
    key = {"extra_forbidden": "parcels.yaml.unknown_key", "missing": "parcels.yaml.missing_key"}.get(kind)
    return _at(tree, steps, say(key) if key else say("parcels.yaml.value", why=message))


def _at(tree: yaml.Node, path: Sequence[str | int], why: str) -> Frame:
    key = ".".join(str(step) for step in path)
    return _fault(_line(tree, path), key, why)


def _fault(line: int, key: str, why: str) -> Frame:
    return faults.one("delivery_yaml", file=NAME, row=line, column=key, line=line, key=key, why=why)


def _line(node: yaml.Node, path: Sequence[str | int]) -> int:
    """The line of a key; of the nearest key above it where it is absent."""
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _line_of(node: yaml.Node, scalar: str) -> int | None:
    """The line on which a value stands."""
    if isinstance(node, yaml.ScalarNode):
        return node.start_mark.line + 1 if node.value == scalar else None
    if isinstance(node, yaml.MappingNode):
        below: list[yaml.Node] = [value for _, value in node.value]
    else:
        below = list(node.value)
    return next((line for line in (_line_of(one, scalar) for one in below) if line), None)
