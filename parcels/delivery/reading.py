"""read(path): a bureau's folder or zip → raw tables with where each cell came from; nothing is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from gis import crs as systems
from gis import gcj02
from parcels import columns, faults, headings
from parcels.delivery import files, grids, images, instructions, layers, recognition
from parcels.delivery.delivered import Delivery, RawTable
from parcels.delivery.grids import Grid
from parcels.delivery.instructions import Entry, From, Said
from parcels.delivery.layers import Layer
from parcels.headings import Heading
from parcels.words import entry as entry_of
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

# A sheet of the one table may hold columns of the other: a bureau's 企业表 is often both.
TWINS = {"firms": "firm_years", "firm_years": "firms"}
LEAST_TWIN = 2
WGS84 = 4326
POINTS = ("Point", "MultiPoint")
YEARLY = frozenset({"firm_years", "events"})


@dataclass(frozen=True)
class Sheet:
    """A sheet or layer before it is any table: cells by heading, headings in order, geometry if drawn."""

    file: str
    name: str
    cells: Frame
    headings: tuple[Heading, ...]
    titles: str = ""
    encoding: str = ""
    header_row: int = 1
    crs: CRS | None = None
    geometry: gpd.GeoSeries | None = None
    truncated: bool = False

    @property
    def drawn(self) -> bool:
        """Whether the sheet draws ground (points are places of firms, not land)."""
        return self.geometry is not None and not self.geometry.dropna().geom_type.isin(POINTS).all()


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
    found = [said.faults]
    for file in _data_files(root, said):
        for part in _file(root, file, said):
            (tables if isinstance(part, RawTable) else found).append(part)
    found += _zones_by(tables, said)
    inputs = files.inputs(path)
    return Delivery(root, tuple(tables), faults.gather(found), inputs, said.zones_by, said.classes, keep)


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
        if path.name != instructions.NAME
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
        yield images.read(path, name)
        return
    if suffix not in grids.WORKBOOKS | grids.TEXTS | layers.VECTORS:
        yield faults.one("file_unused", file=name)
        return
    try:
        parts = list(_parts(path, mine))
    except grids.Encrypted:
        yield faults.one("file_encrypted", file=name)
    except grids.EncodingUnknown:
        yield faults.one("encoding", file=name, why=say("parcels.unread.encoding"))
    except grids.Unreadable as broken:
        kind = "not_layer" if suffix in layers.VECTORS else "not_text" if suffix in grids.TEXTS else "not_workbook"
        yield faults.one("file_unreadable", file=name, why=say(f"parcels.unread.{kind}", why=broken.why))
    else:
        yield from _told(name, parts, mine, said)
        yield from _recognised(name, parts, mine, said)


def _parts(path: Path, mine: list[tuple[str, Entry]]) -> list[Grid | Layer]:
    encoding = next((entry.encoding for _, entry in mine if entry.encoding), "")
    suffix = path.suffix.lower()
    if suffix in grids.WORKBOOKS or (suffix in grids.TEXTS and grids.is_workbook(path)):
        return list(grids.workbook(path))
    if suffix in grids.TEXTS:
        return [grids.delimited(path, encoding)]
    return list(layers.read(path, encoding))


def _told(
    name: str, parts: list[Grid | Layer], mine: list[tuple[str, Entry]], said: Said
) -> Iterator[RawTable | Frame]:
    """The tables delivery.yaml names in this file."""
    for table, entry in mine:
        wanted = entry.sheet or entry.layer
        chosen = [part for part in parts if wanted in {None, part.name}] if len(parts) > 1 or wanted else parts
        if not chosen:
            known = "、".join(part.name for part in parts)
            why = say("parcels.yaml.sheet", sheet=wanted, known=known)
            key, line = f"{table}.sheet", said.line(str(wanted))
            yield faults.one("delivery_yaml", file=instructions.NAME, row=line, column=key, line=line, key=key, why=why)
        for part in chosen:
            sheet = _sheet(name, part, table, entry.header_row)
            if sheet is not None:
                yield from _as(sheet, table, entry, said)
            elif wanted or len(chosen) == 1:
                yield faults.one("layer_empty", file=name, sheet=part.name)


def _recognised(
    name: str, parts: list[Grid | Layer], mine: list[tuple[str, Entry]], said: Said
) -> Iterator[RawTable | Frame]:
    """The tables found by their headings, in sheets delivery.yaml does not name."""
    told = {entry.sheet or entry.layer for _, entry in mine}
    if None in told:
        return
    for part in parts:
        if isinstance(part, Layer) and part.undecodable:
            why = say("parcels.unread.undecodable", count=part.undecodable, encoding=part.encoding)
            yield faults.one("encoding", file=name, sheet=part.name, why=why)
        if part.name in told:
            continue
        sheet = _sheet(name, part)
        if sheet is None:
            yield faults.one("layer_empty" if part.cells.empty else "file_unused", file=name, sheet=part.name)
            continue
        match = _match(sheet)
        if match is None:
            yield faults.one("file_unused", file=name, sheet=part.name)
        else:
            yield from _as(sheet, match.table, None, said)


def _match(sheet: Sheet) -> headings.Match | None:
    name = f"{sheet.file} {sheet.name} {sheet.titles}"
    return headings.best(sheet.headings, truncated=sheet.truncated, name=name, drawn=sheet.drawn)


def _sheet(file: str, part: Grid | Layer, table: str | None = None, row: int | None = None) -> Sheet | None:
    """A part of a file with its heading row found; None for an empty one or one without known headings."""
    if isinstance(part, Layer):
        drawn = part.geometry if part.geometry.notna().any() else None
        read_ = tuple(headings.read(str(heading)) for heading in part.cells.columns)
        return Sheet(
            file, part.name, part.cells, read_, encoding=part.encoding, crs=part.crs, geometry=drawn,
            truncated=part.truncated,
        )
    if part.cells.dropna(how="all").empty:
        return None
    found = recognition.header(part, f"{file} {part.name}", table, row)
    if found is None:
        return None
    cells = grids.typed(part.cells.loc[found.data_from :].dropna(how="all"))
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


def _as(sheet: Sheet, table: str, entry: Entry | None, said: Said) -> Iterator[RawTable | Frame]:
    """One sheet read as one table, with the twin table it may hold too."""
    mapping, found = _mapping(sheet, table, entry)
    yield from found
    cells = sheet.cells
    if sheet.geometry is None and not cells.empty:
        sums = recognition.totals(cells)
        yield faults.many("total_row", _places(sheet, cells.index[sums]))
        cells = cells[~sums]
    if cells.empty:
        yield faults.one("layer_empty", file=sheet.file, sheet=sheet.name)
    sheet, refused = _off_web_map(sheet, entry.crs if entry and entry.crs else said.crs)
    yield refused
    crs, asserted, wrong = _crs(sheet, entry, said)
    yield wrong
    fixed = dict(entry.set) if entry else {}
    raw = RawTable(
        table=table, file=sheet.file, sheet=sheet.name, cells=cells, mapping=mapping, encoding=sheet.encoding,
        header_row=sheet.header_row, crs=crs, crs_asserted=asserted, geometry=sheet.geometry, fixed=fixed,
        scheme=entry.scheme if entry else "", local=_is_local(mapping, entry),
    )
    raw, assumed = _with_year(raw, sheet)
    yield assumed
    yield raw
    if entry is None:
        yield from _twin(raw, sheet)


def _off_web_map(sheet: Sheet, word: str | None) -> tuple[Sheet, Frame]:
    """Points of a web map (GCJ-02, BD-09) brought back to WGS 84; land is never drawn in such coordinates."""
    named = gcj02.system(word) if word else None
    if named is None or sheet.geometry is None:
        return sheet, faults.none()
    if sheet.drawn:
        why = say("parcels.crs.web_map", crs=named)
        place = {"file": sheet.file, "sheet": sheet.name}
        return replace(sheet, geometry=None), faults.one("crs_wrong_zone", **place, crs=named, why=why)
    there = sheet.geometry.notna() & ~sheet.geometry.is_empty
    points = sheet.geometry[there].representative_point()
    lon, lat = gcj02.to_wgs84(points.x.to_numpy(), points.y.to_numpy(), named)
    moved = gpd.GeoSeries(gpd.points_from_xy(lon, lat), index=points.index, crs=WGS84)
    return replace(sheet, geometry=moved.reindex(sheet.geometry.index), crs=None), faults.none()


def _is_local(mapping: Frame, entry: Entry | None) -> bool:
    if entry and "local_id" in entry.columns:
        return True
    heading = mapping.loc[mapping["column"].eq("uscc"), "heading"]
    return bool(heading.map(headings.plain).eq("localid").any())


def _mapping(sheet: Sheet, table: str, entry: Entry | None) -> tuple[Frame, list[Frame]]:
    """Which heading speaks for which column, what delivery.yaml says first; and what it says that is not there."""
    names = list(sheet.cells.columns)
    rows: list[tuple[str, str, str]] = []
    found: list[Frame] = []
    told = entry.columns if entry else {}
    for column, source in told.items():
        if source is None:
            continue
        heading, unit = (source.heading, source.unit) if isinstance(source, From) else (source, "")
        place = _place_of(heading, sheet)
        if place is None:
            why = say("parcels.yaml.heading", heading=heading, known="、".join(names))
            key = f"{table}.columns.{column}"
            found.append(
                faults.one("column_missing", file=sheet.file, sheet=sheet.name, column=heading, what=f"{key}：{why}")
            )
        else:
            rows.append(("uscc" if column == "local_id" else column, names[place], unit or sheet.headings[place].unit))
    said = {"uscc" if column == "local_id" else column for column in told}
    used = {heading for _, heading, _ in rows}
    match = headings.match(table, sheet.headings, truncated=sheet.truncated, drawn=sheet.drawn)
    rows += [
        (column, names[place], sheet.headings[place].unit)
        for place, column in match.columns.items()
        if column not in said and names[place] not in used
    ]
    mapping = pd.DataFrame(rows, columns=["column", "heading", "unit_from"], dtype="str")
    return mapping, [*found, *_unused(sheet, table, mapping), *_several(sheet, table, mapping)]


def _place_of(heading: str, sheet: Sheet) -> int | None:
    names = list(sheet.cells.columns)
    if heading in names:
        return names.index(heading)
    plain = headings.plain(heading)
    alike = [place for place, name in enumerate(names) if headings.plain(name) == plain]
    if not alike and sheet.truncated:
        alike = [place for place, name in enumerate(names) if name and plain.startswith(headings.plain(name))]
    return alike[0] if len(alike) == 1 else None


def _unused(sheet: Sheet, table: str, mapping: Frame) -> list[Frame]:
    ignored = {headings.plain(name) for name in entry_of("parcels.ignored_headings")}
    used = set(mapping["heading"])
    left = [str(name) for name in sheet.cells.columns if name not in used and headings.plain(str(name)) not in ignored]
    if not left or table == "images":
        return []
    what = say("parcels.heading.unused", headings="、".join(left))
    return [faults.one("heading_unknown", file=sheet.file, sheet=sheet.name, what=what)]


def _several(sheet: Sheet, table: str, mapping: Frame) -> list[Frame]:
    found = []
    for column, group in mapping.groupby("column", sort=False)["heading"]:
        if len(group) > 1:
            label = columns.name(table, str(column))
            what = say("parcels.heading.several", headings="、".join(group), label=label)
            place = {"file": sheet.file, "sheet": sheet.name, "column": group.iloc[0]}
            found.append(faults.one("heading_duplicate", **place, what=what))
    return found


def _places(sheet: Sheet, rows: pd.Index) -> Frame:
    return pd.DataFrame({"row": rows.to_numpy()}).assign(file=sheet.file, sheet=sheet.name, column="", value="")


def _crs(sheet: Sheet, entry: Entry | None, said: Said) -> tuple[CRS | None, bool, Frame]:
    """The CRS of a layer: the entry's word, its own, the delivery's word for layers that state none."""
    word = entry.crs if entry and entry.crs else (said.crs if sheet.crs is None else None)
    if sheet.geometry is None or word is None:
        return sheet.crs, False, faults.none()
    asserted = faults.one("crs_asserted", file=sheet.file, sheet=sheet.name, crs=word)
    if gcj02.system(word):
        return CRS.from_epsg(WGS84), True, asserted
    try:
        return systems.read(word), True, asserted
    except systems.CrsUnreadable:
        return sheet.crs, False, faults.none()  # said with its line where delivery.yaml was read


def _with_year(raw: RawTable, sheet: Sheet) -> tuple[RawTable, Frame]:
    """A yearly table without a year takes it from the sheet's, the title's or the file's name, and says so."""
    if raw.table not in YEARLY or "year" in raw.fixed or raw.mapping["column"].eq("year").any():
        return raw, faults.none()
    for where, text in (("sheet", sheet.name), ("title", sheet.titles), ("file", Path(sheet.file).stem)):
        year = recognition.year_in(text)
        if year:
            said = faults.one(
                "year_assumed", file=sheet.file, sheet=sheet.name, where=say(f"parcels.where.{where}"), year=year
            )
            return replace(raw, fixed={**raw.fixed, "year": year}), said
    label = columns.name(raw.table, "year")
    return raw, faults.one("column_missing", file=sheet.file, sheet=sheet.name, column=label, what=label)


def _twin(raw: RawTable, sheet: Sheet) -> Iterator[RawTable | Frame]:
    """The twin table in the same sheet: firms among firm_years, firm_years among firms."""
    other = TWINS.get(raw.table)
    if other is None:
        return
    match = headings.match(other, sheet.headings)
    names = list(sheet.cells.columns)
    keys = {*columns.keys(other), "name"}
    own = set(match.columns.values()) - keys
    if match.score <= 0 or len(own) < (1 if other == "firms" else LEAST_TWIN):
        return
    taken = raw.mapping.loc[~raw.mapping["column"].isin(keys), "heading"]
    rows = [
        (column, names[place], sheet.headings[place].unit)
        for place, column in match.columns.items()
        if names[place] not in set(taken)
    ]
    if not {column for column, _, _ in rows} - keys:
        return
    mapping = pd.DataFrame(rows, columns=["column", "heading", "unit_from"], dtype="str")
    twin, said = _with_year(replace(raw, table=other, mapping=mapping, fixed={}, derived=True), sheet)
    yield said
    yield twin


def fixed_text(fixed: Mapping[str, object]) -> dict[str, str]:
    """Return values said in delivery.yaml as text, as a sheet would hold them."""
    return {column: str(value) for column, value in fixed.items()}
