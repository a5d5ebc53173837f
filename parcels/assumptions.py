"""What a delivery leaves out and may be taken: keys by another column, zones by attribute, bases; each is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd

from parcels import columns, faults, surgeon
from parcels.delivery.delivered import Delivery, RawTable
from parcels.memory import remembered
from parcels.subjects import places
from parcels.words import entry, say, word

Frame: TypeAlias = pd.DataFrame

ALL = "ALL"
KEYED = frozenset({"firm_years", "parcels", "holdings"})  # who is keyed says how, where no register of firms is there


def ordered(raws: Iterable[RawTable]) -> list[RawTable]:
    """Return raw tables as they are to be trusted: sheets of their own first, then what was found among other columns.

    Of several years' sheets the latest speaks first. Where the firms go by a local number, no table's keys are credit
    codes (CONTRACT.md §2).
    """
    told = list(raws)
    firms = [raw.local for raw in told if raw.table == "firms"] or [raw.local for raw in told if raw.table in KEYED]
    alike = [replace(raw, local=True) for raw in told] if firms and all(firms) else told
    return sorted((_keyed(raw) for raw in alike), key=lambda raw: (raw.derived, -_year(raw), raw.file, raw.sheet))


def _year(raw: RawTable) -> int:
    said = str(raw.fixed.get("year", ""))
    return int(said) if raw.derived and said.isdigit() else 0


def _keyed(raw: RawTable) -> RawTable:
    """A table without its key's column takes the nearest other: 不动产单元号, 电子监管号, a name, the row itself."""
    substitutes = {
        "parcels": ("parcel_id", ("unit_no", "supervision_no")),
        "firms": ("uscc", ("name",)),
        "zones": ("zone_id", ("name",)),
    }
    if raw.table not in substitutes:
        return raw
    key, others = substitutes[raw.table]
    mapped = raw.mapping.set_index("column")
    if key in mapped.index or key in raw.fixed or raw.cells.empty:
        return raw
    for other in others:
        if other in mapped.index and raw.cells[_heading(mapped, other)].notna().any():
            row = mapped.loc[[other]].reset_index().assign(column=key)
            return replace(raw, mapping=pd.concat([raw.mapping, row], ignore_index=True), local=True)
    return _numbered(raw, key) if raw.table == "parcels" else raw


def _heading(mapped: Frame, column: str) -> str:
    found = mapped.loc[[column], "heading"]
    return str(found.iloc[0])


def _numbered(raw: RawTable, key: str) -> RawTable:
    heading = say("parcels.row_number")
    stem = Path(raw.file).stem
    cells = raw.cells.assign(**{heading: [f"{stem}#{row}" for row in raw.cells.index]})
    row = pd.DataFrame({"column": [key], "heading": [heading], "unit_from": [""]}, dtype="str")
    return replace(raw, cells=cells, mapping=pd.concat([raw.mapping, row], ignore_index=True), local=True)


def assumed(
    tables: Mapping[str, Frame], delivery: Delivery, sources: Frame, raws: Mapping[int, RawTable]
) -> tuple[dict[str, Frame], Frame]:
    """Return tables with zones, land-use scheme and basis filled where a delivery leaves them out, and the faults."""
    out = dict(tables)
    found: list[Frame] = list(_substituted(raws))
    schemes = {source: raw.scheme for source, raw in raws.items() if raw.scheme}
    out["landuse"], said = _landuse(out["landuse"], schemes, sources)
    found.append(said)
    out, said = _zones(out, delivery.zones_by, raws)
    return out, faults.gather([*found, said])


def _substituted(raws: Mapping[int, RawTable]) -> Iterable[Frame]:
    for raw in raws.values():
        if not raw.local or raw.mapping.empty:
            continue
        key = columns.keys(raw.table)[0] if columns.keys(raw.table) else ""
        by = raw.mapping[raw.mapping["column"].eq(key)]["heading"]
        shared = raw.mapping[raw.mapping["heading"].isin(by) & raw.mapping["column"].ne(key)]
        numbered = by.eq(say("parcels.row_number")).any()
        if len(shared) or numbered:
            said = {"what": columns.name(raw.table, key), "by": by.iloc[0]}
            yield faults.one("id_substituted", file=raw.file, sheet=raw.sheet, column=by.iloc[0], **said)


@remembered()
def _landuse(frame: Frame, schemes: Mapping[int, str], sources: Frame) -> tuple[Frame, Frame]:
    """Scheme as delivery.yaml says; basis by the layer's name, else actual, and said."""
    if frame.empty:
        return frame, faults.none()
    scheme = frame["_source"].map(schemes).astype("str")
    frame = frame.assign(scheme=scheme.where(scheme.notna(), frame["scheme"]))
    found = []
    named = sources.set_index("source_id")
    for source in frame.loc[frame["basis"].isna(), "_source"].unique():
        file, sheet = named.loc[source, ["file", "sheet"]]
        basis, sure = _basis(f"{file} {sheet}".lower())
        blank = frame["_source"].eq(source) & frame["basis"].isna()
        frame.loc[blank, "basis"] = basis
        if not sure:
            found.append(faults.one("basis_assumed", file=file, sheet=sheet, basis=word("basis", basis)))
    return frame, faults.gather(found)


def _basis(name: str) -> tuple[str, bool]:
    for basis, words in entry("parcels.basis_hint").items():
        if any(said in name for said in words):
            return str(basis), True
    return "actual", False


def _zones(tables: dict[str, Frame], by: str | None, raws: Mapping[int, RawTable]) -> tuple[dict[str, Frame], Frame]:
    """Zones by an attribute, or one zone ALL: each zone is its own rows; a delivered zone table stands as it is."""
    out = dict(tables)
    if len(out["zones"]) and by is None:
        return _named_zones(out)
    if by is not None:
        return _zones_by(out, by, raws)
    land = [table for table in ("landuse", "parcels") if len(out[table])]
    for table in land:
        own = out[table].get("zone_id", pd.Series(None, index=out[table].index, dtype="str"))
        out[table] = out[table].assign(zone_id=own.fillna(ALL))
    if not land:
        return out, faults.none()
    stated = sorted({zone for table in land for zone in out[table]["zone_id"].unique()})
    out["zones"] = _zone_rows(out["zones"], stated)
    return out, faults.one("zone_assumed") if ALL in stated else faults.none()


def _zones_by(out: dict[str, Frame], by: str, raws: Mapping[int, RawTable]) -> tuple[dict[str, Frame], Frame]:
    """Each value of a table's attribute is a zone of its own rows; the attribute may be any heading delivered."""
    table, _, column = by.partition(".")
    named = _attribute(out[table], column, raws) if table in out else pd.Series(dtype="str")
    if named.isna().all():
        return out, faults.none()  # said with its line where delivery.yaml was read
    out[table] = out[table].assign(**{column: named, "zone_id": named})
    out["zones"] = _zone_rows(out["zones"], sorted(named.dropna().unique()))
    return out, faults.none()


def _attribute(frame: Frame, column: str, raws: Mapping[int, RawTable]) -> pd.Series:
    if column in frame:
        return surgeon.text(frame[column])
    said = pd.Series(None, index=frame.index, dtype="str")
    for source in frame["_source"].unique():
        cells = raws[int(source)].cells if int(source) in raws else pd.DataFrame()
        if column in cells:
            here = frame["_source"].eq(source)
            said[here] = surgeon.text(cells[column]).reindex(frame.loc[here, "_row"]).to_numpy()
    return said


def _zone_rows(zones: Frame, names: list[str]) -> Frame:
    fresh = [name for name in names if name not in set(zones["zone_id"])]
    if not fresh:
        return zones
    rows = columns.typed("zones", pd.DataFrame({"zone_id": fresh, "name": fresh, "_source": -1, "_row": 0}))
    crs = zones.crs if isinstance(zones, gpd.GeoDataFrame) else None
    if crs is not None:
        rows = rows.set_crs(crs, allow_override=True)
    return rows if zones.empty else pd.concat([zones, rows], ignore_index=True)


def _named_zones(tables: dict[str, Frame]) -> tuple[dict[str, Frame], Frame]:
    """A zone called by its name where its code is wanted."""
    zones = tables["zones"]
    codes = dict(zip(zones["name"], zones["zone_id"], strict=True))
    out = dict(tables)
    for table in ("parcels", "firms", "appraisals", "zone_years"):
        said = out[table]["zone_id"]
        named = ~said.isin(zones["zone_id"]) & said.isin(codes)
        if named.any():
            out[table] = out[table].assign(zone_id=said.mask(named, said.map(codes)))
    return out, faults.none()


__all__ = ["ALL", "assumed", "ordered", "places"]
