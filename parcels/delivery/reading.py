"""read(path): a bureau's folder or zip → raw tables with where each cell came from; nothing is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd

from gis import threads
from gis.heap import tidy
from parcels import faults, headings
from parcels.delivery import corrected, files, grids, images, instructions, layers, recognition
from parcels.delivery.delivered import Delivery, RawTable
from parcels.delivery.grids import Grid
from parcels.delivery.instructions import Entry, Said
from parcels.delivery.layers import Layer
from parcels.delivery.sheets import Sheet, as_table
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

AT_ONCE = 2  # files read side by side: the libraries that unpack them let go of Python's lock, what is ours does not


class Part(NamedTuple):
    """A sheet or layer of a file by its name, read when it is its turn: one at a time is held as it lies there."""

    name: str
    read: Callable[[], Grid | Layer]


@tidy
def read(path: Path) -> Delivery:
    """Return a folder or zip as raw tables, with all faults of reading; never raises for what a bureau may send.

    What cannot be read at all is a delivery without tables and with a blocking fault.
    """
    if path.is_file() and path.suffix.lower() != ".zip":
        return _unread(path, faults.one("file_unreadable", file=path.name, why=say("parcels.unread.not_delivery")))
    try:
        root, keep = files.opened(path)
    except FileNotFoundError:
        return _unread(path, faults.one("file_missing", file=path.name, what=path.name))
    except files.ZipUnsafe as unsafe:
        return _unread(path, faults.one("zip_unsafe", file=unsafe.file, why=unsafe.why))
    said = instructions.read(root)
    tables: list[RawTable] = []
    corrections, unfit = corrected.read(root)
    found = [said.faults, unfit]
    with ThreadPoolExecutor(min(AT_ONCE, threads.count())) as readers:
        for parts in readers.map(lambda file: list(_file(root, file, said)), _data_files(root, said)):
            for part in parts:
                (tables if isinstance(part, RawTable) else found).append(part)
    found += [*_zones_by(tables, said), *images.grids(root, tables)]
    inputs = files.inputs(path)
    return Delivery(root, tuple(tables), faults.gather(found), inputs, said.zones_by, said.classes, corrections, keep)


def _zones_by(tables: list[RawTable], said: Said) -> list[Frame]:
    """An attribute of zones: by that no table has, with its line."""
    table, _, column = (said.zones_by or "").partition(".")
    mine = [raw for raw in tables if raw.table == table]
    if said.zones_by is None or any(column in raw.cells or raw.mapping["column"].eq(column).any() for raw in mine):
        return []
    known = "、".join(str(name) for raw in mine for name in raw.cells)
    why, line = say("parcels.yaml.heading", heading=said.zones_by, known=known), said.line(said.zones_by)
    place = {"file": instructions.NAME, "row": line, "column": "zones.by", "line": line}
    return [faults.one("delivery_yaml", **place, key="zones.by", why=why)]


def _unread(path: Path, fault: Frame) -> Delivery:
    inputs = files.inputs(path) if path.exists() else ()
    return Delivery(path, (), fault, inputs)


def _data_files(root: Path, said: Said) -> list[Path]:
    """The files that may hold tables: no side files of shapefiles, no class tables, nothing hidden."""
    classes = {entry.classes for _, entry in said.entries if entry.classes}
    databases = [path for path in root.rglob("*.gdb") if path.is_dir()]
    inside = [path for path in root.rglob("*") if path.is_file() and not set(path.parents) & set(databases)]
    return [
        path
        for path in sorted([*inside, *databases])
        if path.name not in {instructions.NAME, corrected.NAME}
        and not path.name.startswith((".", "~$"))
        and "__MACOSX" not in path.parts
        and path.relative_to(root).as_posix() not in classes
        and not (path.suffix.lower() in layers.SIDE_FILES and _has_shp(path))
        and path.suffix.lower() not in {".cpg", ".prj", ".qml", ".sld", ".xml", ".qix"}
    ]


def _has_shp(path: Path) -> bool:
    return any(path.with_suffix(suffix).exists() for suffix in (".shp", ".SHP", ".Shp"))


def _file(root: Path, path: Path, said: Said) -> Iterator[RawTable | Frame]:
    """Every table of one file, and every fault of reading it."""
    name = path.relative_to(root).as_posix()
    mine = [(table, entry) for table, entry in said.entries if entry.file in {name, path.name}]
    suffix = path.suffix.lower()
    if suffix in images.RASTERS:
        yield from images.read(path, name, next((entry for table, entry in mine if table == "images"), None))
        return
    if suffix not in grids.WORKBOOKS | grids.TEXTS | layers.VECTORS:
        yield faults.one("file_unused", file=name)
        return
    try:
        found = list(_tables(name, _parts(path, mine), mine, said))  # all of the file or nothing
    except grids.Encrypted:
        yield faults.one("file_encrypted", file=name)
    except grids.EncodingUnknown:
        yield faults.one("encoding", file=name, why=say("parcels.unread.encoding"))
    except grids.Unreadable as broken:
        kind = "not_layer" if suffix in layers.VECTORS else "not_text" if suffix in grids.TEXTS else "not_workbook"
        yield faults.one("file_unreadable", file=name, why=say(f"parcels.unread.{kind}", why=broken.why))
    else:
        yield from found


def _damage(name: str, layer: Grid | Layer) -> Iterator[Frame]:
    """What of a layer's attribute table is broken: text no encoding fits, records cut short or out of step."""
    if isinstance(layer, Grid):
        return
    if layer.undecodable:
        why = say("parcels.unread.undecodable", count=layer.undecodable, encoding=layer.encoding)
        yield faults.one("encoding", file=name, sheet=layer.name, why=why)
    if len(layer.damaged):
        rows = pd.DataFrame({"row": layer.damaged}, dtype="int64")
        yield faults.many("record_damaged", rows.assign(file=name, sheet=layer.name, column="", value=""))


def _parts(path: Path, mine: list[tuple[str, Entry]]) -> list[Part]:
    encoding = next((entry.encoding for _, entry in mine if entry.encoding), "")
    suffix = path.suffix.lower()
    if suffix in grids.WORKBOOKS or (suffix in grids.TEXTS and grids.is_workbook(path)):
        return [Part(*part) for part in grids.sheets(path)]
    if suffix in grids.TEXTS:
        return [Part(path.stem, partial(grids.delimited, path, encoding))]
    return [Part(*part) for part in layers.parts(path, encoding)]


def _tables(name: str, parts: list[Part], mine: list[tuple[str, Entry]], said: Said) -> Iterator[RawTable | Frame]:
    """The tables delivery.yaml names in this file, then those found by their headings in what it does not name."""
    for table, entry in mine:
        wanted = entry.sheet or entry.layer
        chosen = [part for part in parts if wanted in {None, part.name}] if len(parts) > 1 or wanted else parts
        if not chosen:
            known = "、".join(part.name for part in parts)
            why = say("parcels.yaml.sheet", sheet=wanted, known=known)
            key, line = f"{table}.sheet", said.line(str(wanted))
            yield faults.one("delivery_yaml", file=instructions.NAME, row=line, column=key, line=line, key=key, why=why)
        for part in chosen:
            yield from _told(name, part.read(), table, entry, said, alone=bool(wanted) or len(chosen) == 1)
    told = {entry.sheet or entry.layer for _, entry in mine}
    for part in () if None in told else parts:
        if part.name not in told:
            yield from _recognised(name, part.read(), said)


def _told(
    name: str, part: Grid | Layer, table: str, entry: Entry, said: Said, *, alone: bool
) -> Iterator[RawTable | Frame]:
    """A part of a file as the table delivery.yaml says it is; `alone`: it says so of this part and no other."""
    yield from _damage(name, part)
    sheet = _sheet(name, part, table, entry.header_row)
    if sheet is not None:
        yield from as_table(sheet, table, entry, said)
    elif alone:
        yield faults.one("layer_empty", file=name, sheet=part.name)


def _recognised(name: str, part: Grid | Layer, said: Said) -> Iterator[RawTable | Frame]:
    """The table a part of a file is by its headings."""
    yield from _damage(name, part)
    sheet = _sheet(name, part)
    if sheet is None:
        yield faults.one("layer_empty" if part.empty else "file_unused", file=name, sheet=part.name)
        return
    match = _match(sheet)
    if match is None:
        yield faults.one("file_unused", file=name, sheet=part.name)
    else:
        yield from as_table(sheet, match.table, None, said)


def _match(sheet: Sheet) -> headings.Match | None:
    name = f"{sheet.file} {sheet.name} {sheet.titles}"
    return headings.best(sheet.headings, truncated=sheet.truncated, name=name, drawn=sheet.drawn)


def _sheet(file: str, part: Grid | Layer, table: str | None = None, row: int | None = None) -> Sheet | None:
    """A part of a file with its heading row found; None for an empty one or one without known headings."""
    if isinstance(part, Layer):
        drawn = part.geometry if part.geometry.notna().any() else None
        read_ = tuple(headings.read(str(heading)) for heading in part.cells.columns)
        return Sheet(
            file,
            part.name,
            part.cells,
            read_,
            encoding=part.encoding,
            crs=part.crs,
            geometry=drawn,
            truncated=part.truncated,
        )
    if part.empty:
        return None
    found = recognition.header(part, f"{file} {part.name}", table, row)
    if found is None:
        return None
    cells = part.below(found.data_from)
    cells.columns = pd.Index(_unique([heading.text for heading in found.headings]))
    titles = recognition.titles(part, found.first)
    return Sheet(file, part.name, cells, found.headings, titles, part.encoding, found.last)


def _unique(texts: list[str]) -> list[str]:
    """Headings as names of columns: blank ones by their place, repeated ones numbered."""
    seen: dict[str, int] = {}
    names = []
    for place, text in enumerate(texts, start=1):
        name = text.strip() or say("parcels.blank_heading", place=place)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names
