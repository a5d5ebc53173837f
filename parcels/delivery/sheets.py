"""One sheet or layer → one raw table, and the twin it may hold: which heading speaks for which column, CRS, year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis import crs as systems
from gis import gcj02
from parcels import columns, faults, headings
from parcels.columns import TEXT
from parcels.delivery import recognition, yearly
from parcels.delivery.delivered import RawTable
from parcels.delivery.instructions import Entry, From, Said
from parcels.headings import Heading
from parcels.words import entry as entry_of
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

# A sheet of the one table may hold columns of the other: a bureau's 企业表 is often both.
TWINS = {"firms": "firm_years", "firm_years": "firms"}
LEAST_TWIN = 2
WGS84 = 4326
POINTS = (shapely.GeometryType.MISSING, shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT)


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

    @cached_property
    def drawn(self) -> bool:
        """Whether the sheet draws ground (points are places of firms, not land)."""
        if self.geometry is None:
            return False
        return not np.isin(shapely.get_type_id(np.asarray(self.geometry.array, dtype=object)), POINTS).all()


def as_table(sheet: Sheet, table: str, entry: Entry | None, said: Said) -> Iterator[RawTable | Frame]:
    """One sheet read as one table, with the twin table it may hold too."""
    mapping, found = _mapping(sheet, table, entry)
    yield from found
    cells = sheet.cells
    if sheet.geometry is None and not cells.empty:
        sums = recognition.totals(cells)
        if sums.any():
            yield faults.many("total_row", _places(sheet, cells.index[sums]))
            cells = cells[~sums]
    if cells.empty:
        yield faults.one("layer_empty", file=sheet.file, sheet=sheet.name)
    word = (entry.crs if entry and entry.crs else said.crs) or ""
    sheet, refused = _off_web_map(sheet, word)
    yield refused
    crs, asserted, wrong = _crs(sheet, entry, said)
    yield wrong
    fixed = dict(entry.set) if entry else {}
    raw = RawTable(
        table=table,
        file=sheet.file,
        sheet=sheet.name,
        cells=cells,
        mapping=mapping,
        encoding=sheet.encoding,
        header_row=sheet.header_row,
        crs=crs,
        crs_asserted=asserted,
        geometry=sheet.geometry,
        fixed=fixed,
        scheme=entry.scheme if entry else "",
        local=_is_local(mapping, entry),
        web_map=gcj02.system(word) or "",
    )
    twin = _twin(raw, sheet) if entry is None else None
    for one in (raw, twin):
        if one is not None:
            yield from yearly.split(one, sheet.headings, (sheet.name, sheet.titles))
    by = (said.zones_by or "").partition(".")
    parts = [mapping, *([twin.mapping] if twin else [])]
    used = {str(heading) for part in parts for heading in part["heading"]} | ({by[2]} if by[0] == table else set())
    yield from _unused(sheet, table, used)


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
    said = zip(mapping["column"], mapping["heading"], strict=True)
    return any(column == "uscc" and headings.plain(heading) == "localid" for column, heading in said)


def _in_place_of(table: str, column: str) -> str:
    """Return the column a firm's local number stands for: the firm's code, or the holder's on a parcel."""
    return ("holder_uscc" if table == "parcels" else "uscc") if column == "local_id" else column


def _mapping(sheet: Sheet, table: str, entry: Entry | None) -> tuple[Frame, list[Frame]]:
    """Which heading speaks for which column, what delivery.yaml says first; and what it says that is not there."""
    names = list(sheet.cells.columns)
    rows: list[tuple[str, str, str]] = []
    found: list[Frame] = []
    told = {_in_place_of(table, column): source for column, source in (entry.columns if entry else {}).items()}
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
            rows.append((column, names[place], unit or sheet.headings[place].unit))
    said = set(told)
    used = {heading for _, heading, _ in rows}
    match = headings.match(table, sheet.headings, truncated=sheet.truncated, drawn=sheet.drawn)
    rows += [
        (column, names[place], sheet.headings[place].unit)
        for place, column in match.columns.items()
        if column not in said and names[place] not in used
    ]
    mapping = pd.DataFrame(rows, columns=["column", "heading", "unit_from"], dtype=TEXT)
    return mapping, [*found, *_several(sheet, table, mapping)]


def _place_of(heading: str, sheet: Sheet) -> int | None:
    names = list(sheet.cells.columns)
    if heading in names:
        return names.index(heading)
    plain = headings.plain(heading)
    alike = [place for place, name in enumerate(names) if headings.plain(name) == plain]
    if not alike and sheet.truncated:
        alike = [place for place, name in enumerate(names) if name and plain.startswith(headings.plain(name))]
    return alike[0] if len(alike) == 1 else None


def _unused(sheet: Sheet, table: str, used: set[str]) -> list[Frame]:
    ignored = {headings.plain(name) for name in entry_of("parcels.ignored_headings")}
    left = [str(name) for name in sheet.cells.columns if name not in used and headings.plain(str(name)) not in ignored]
    if not left or table == "images":
        return []
    what = say("parcels.heading.unused", headings="、".join(left))
    return [faults.one("heading_unknown", file=sheet.file, sheet=sheet.name, what=what)]


def _several(sheet: Sheet, table: str, mapping: Frame) -> list[Frame]:
    found = []
    dated = yearly.years(sheet.cells, sheet.headings)
    undated: dict[str, list[str]] = {}
    for column, heading in zip(mapping["column"], mapping["heading"], strict=True):
        if heading not in dated:
            undated.setdefault(column, []).append(heading)
    for column, group in undated.items():
        if len(group) > 1:
            what = say("parcels.heading.several", headings="、".join(group), label=columns.name(table, column))
            place = {"file": sheet.file, "sheet": sheet.name, "column": group[0]}
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


def _twin(raw: RawTable, sheet: Sheet) -> RawTable | None:
    """The twin table in the same sheet: firms among firm_years, firm_years among firms."""
    other = TWINS.get(raw.table)
    if other is None:
        return None
    match = headings.match(other, sheet.headings)
    names = list(sheet.cells.columns)
    keys = {*columns.keys(other), "name"}
    own = set(match.columns.values()) - keys
    if match.score <= 0 or len(own) < (1 if other == "firms" else LEAST_TWIN):
        return None
    taken = raw.mapping.loc[~raw.mapping["column"].isin(keys), "heading"]
    rows = [
        (column, names[place], sheet.headings[place].unit)
        for place, column in match.columns.items()
        if names[place] not in set(taken)
    ]
    if not {column for column, _, _ in rows} - keys:
        return None
    mapping = pd.DataFrame(rows, columns=["column", "heading", "unit_from"], dtype=TEXT)
    return replace(raw, table=other, mapping=mapping, fixed={}, derived=True)
