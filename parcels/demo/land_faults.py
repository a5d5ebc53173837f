"""Plant the faults of drawn layers: parcels, land use, buildings. Each goes into the key with its feature number."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parcels.demo.county import County
from parcels.demo.ledger import MU
from parcels.demo.place import COUNTY, ZONES, credit_code
from parcels.words import entry

EXTRA_PARCELS = 7  # rows the faults add to 宗地.shp
NOBODY = ("residential_commercial", "public_service", "infrastructure")  # lots no firm is evaluated on
STRIP = 3.0  # metres by which one lot is drawn over its neighbour
SPIKE = 2.0  # metres of the crossed corner of a bow-tie
TINY = 0.7  # metres a side of a sliver
FIELD = 60.0  # metres a side of a parcel drawn in the fields
STRANGER = 90_000_001  # firms of another register start here
SECOND = ZONES[1].zone_id


@dataclass
class Land:
    """The layers to be spoilt: parcels in the columns of CONTRACT §3, the others under their headings."""

    county: County
    parcels: gpd.GeoDataFrame
    actual: gpd.GeoDataFrame
    planned: gpd.GeoDataFrame
    halls: gpd.GeoDataFrame
    lots: list[int]  # lots without a firm, each used once

    def take(self) -> int:
        """Return a lot nothing was done to."""
        return self.lots.pop(0)

    def fault(self, file: str, position: int, kind: str, severity: str = "warning", heading: str = "") -> None:
        """Write a fault of the feature at `position` (from 0) into the key."""
        place = f"{entry('demo.files')[file]}#{position + 1}"
        self.county.key.fault(f"{place}:{heading}" if heading else place, kind, severity)


def plant(land: Land) -> None:
    """Spoil the layers in place."""
    _values(land)
    _dates(land)
    _shapes(land)
    _rows(land)
    _land_use(land)
    _buildings(land)


def free_lots(county: County) -> list[int]:
    """Return built lots no firm is evaluated on, of the second zone first (its shares are far from any threshold)."""
    book = county.parcels
    free = book[book["use"].isin(NOBODY) & (book["construction_state"] == "竣工")]
    order = county.rng.permutation(free.index.to_numpy())
    second = (free.loc[order, "zone_id"] == SECOND).to_numpy()
    return [int(row) for row in np.concatenate([order[second], order[~second]])]


def _values(land: Land) -> None:
    book = land.parcels
    drawn = book.area
    for column, heading, kind, severity, value in (
        ("area_registered_m2", "登记面积", "area_nonpositive", "error", lambda area: 0.0),
        ("area_registered_m2", "登记面积", "area_mismatch", "warning", lambda area: round(area * 1.12, 2)),
        ("area_registered_m2", "登记面积", "unit_suspect", "error", lambda area: round(area / MU, 2)),
        ("far_agreed", "约定容积率", "value_range", "error", lambda area: 150.0),
    ):
        row = land.take()
        book.at[row, column] = value(drawn[row])
        land.fault("parcels", row, kind, severity, heading)
    row = land.take()
    book.at[row, "zone_id"] = "S990129"
    land.fault("parcels", row, "unmatched_zone", "error", "所属园区")
    row = land.take()
    code = str(book.at[row, "parcel_id"])
    book.at[row, "parcel_id"] = code.replace("GB", "GA")  # A 集体所有权 does not go with G 国有
    land.halls["宗地代码"] = land.halls["宗地代码"].replace(code, code.replace("GB", "GA"))
    land.fault("parcels", row, "parcel_code", "info", "宗地代码")
    row = land.take()
    book.at[row, "holder"], book.at[row, "holder_uscc"] = entry("demo.stranger"), credit_code(STRANGER, letters="")
    land.fault("parcels", row, "unmatched_firm", "error", "信用代码")


def _dates(land: Land) -> None:
    book = land.parcels
    row = land.take()
    book.at[row, "delivery_date"] = pd.Timestamp(1901, 1, 1)
    land.fault("parcels", row, "date_sentinel", heading="交地日期")
    row = land.take()
    book.at[row, "agreed_completion"] = book.at[row, "agreed_start"] - pd.Timedelta(days=90)
    land.fault("parcels", row, "date_order", heading="约定竣工")
    row = land.take()
    book.at[row, "contract_text"] = "2019年13月5日"
    land.fault("parcels", row, "date_unreadable", "error", "签订日期")


def _shapes(land: Land) -> None:
    row = land.take()
    land.parcels.at[row, "geometry"] = bow_tie(land.parcels.geometry[row])
    land.fault("parcels", row, "geometry_invalid")
    one, other = _neighbours(land, land.parcels)
    land.parcels.at[one, "geometry"] = drawn_over(land.parcels.geometry[one], land.parcels.geometry[other])
    land.fault("parcels", max(one, other), "overlap")


def bow_tie(shape: shapely.Polygon) -> shapely.Polygon:
    """Return the polygon with its sharpest corner crossed over itself, a slip of the digitiser's hand."""
    ring = np.asarray(shape.exterior.coords)[:-1]
    edges = np.diff(ring, axis=0, append=ring[:1])
    edges /= np.hypot(*edges.T)[:, None]
    along = (np.roll(edges, 1, axis=0) * edges).sum(axis=1)  # 1 where the boundary goes straight on
    before, corner, after, *rest = np.roll(ring, 1 - int(np.argmin(along)), axis=0).tolist()
    return shapely.Polygon([before, _towards(corner, after), _towards(corner, before), after, *rest])


def _towards(start: list[float], end: list[float]) -> tuple[float, float]:
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    x, y = (round(a + (b - a) * SPIKE / length, 3) for a, b in zip(start, end, strict=True))
    return x, y


def drawn_over(one: shapely.Polygon, other: shapely.Polygon) -> shapely.Polygon:
    """Return `one` drawn a strip too far into its neighbour."""
    strip = shapely.intersection(shapely.buffer(one, STRIP, cap_style="flat", join_style="mitre"), other)
    united = shapely.union(one, strip)
    return shapely.Polygon(np.round(np.asarray(united.exterior.coords), 3))


def _neighbours(land: Land, layer: gpd.GeoDataFrame) -> tuple[int, int]:
    """Take two lots nothing was done to that share an edge."""
    blocks = land.county.ground.lots["block"]
    for one, other in combinations(land.lots, 2):
        if blocks[one] == blocks[other] and layer.geometry[one].intersection(layer.geometry[other]).length > FIELD:
            land.lots.remove(one)
            land.lots.remove(other)
            return one, other
    raise LookupError("no two free lots share an edge")


def _rows(land: Land) -> None:
    """Add rows: repeated, one code twice, one shape twice, in the fields, tiny, without shape, without code."""
    book, county = land.parcels, land.county
    west, south, *_ = county.ground.around.total_bounds
    corners = [(west + 900 + 200 * i, south + 40) for i in (0, 1)]
    fields = [shapely.box(x, y, x + FIELD, y + FIELD) for x, y in corners]
    street = county.ground.rest[county.ground.rest["use"] == "road"].geometry.iloc[0].representative_point()
    tiny = shapely.box(street.x, street.y, street.x + TINY, street.y + TINY)
    # changes to a copy of a free lot, fault, severity, heading
    added: tuple[tuple[dict[str, Any], str, str, str], ...] = (
        ({}, "id_duplicate", "warning", "宗地代码"),
        ({"location": entry("demo.other_location")}, "id_duplicate", "warning", "宗地代码"),
        ({"parcel_id": _new_code(1)}, "duplicate_geometry", "warning", ""),
        ({"parcel_id": _new_code(2), "geometry": fields[0]}, "outside_zone", "warning", "宗地代码"),
        ({"parcel_id": _new_code(3), "geometry": tiny}, "sliver", "warning", ""),
        ({"parcel_id": _new_code(4), "geometry": None}, "geometry_missing", "warning", ""),
        ({"parcel_id": None, "geometry": fields[1]}, "id_missing", "error", "宗地代码"),
    )
    copies = []
    for position, (changes, kind, severity, heading) in enumerate(added, len(book)):
        copy = book.loc[land.take()].to_dict() | changes
        if "geometry" in changes and changes["geometry"] is not None:
            area = round(changes["geometry"].area, 2)
            copy |= {"area_registered_m2": area, "area_approved_m2": area, "area_contract_m2": area}
        copies.append(copy)
        land.fault("parcels", position, kind, severity, heading)
    fresh = gpd.GeoDataFrame(pd.DataFrame(copies), geometry="geometry", crs=book.crs)
    land.parcels = gpd.GeoDataFrame(pd.concat([book, fresh], ignore_index=True), geometry="geometry", crs=book.crs)


def _new_code(number: int) -> str:
    return f"{COUNTY}009009GB{number:05d}"


def _land_use(land: Land) -> None:
    """Row i of the layer of actual use is lot i; the layer of planned use starts with blocks."""
    layer = land.actual
    row = land.take()
    layer.at[row, "DLBM"] = "0699"
    land.fault("actual", row, "code_unknown", heading="DLBM")
    row = land.take()
    layer.at[row, "TBMJ"] = round(layer.at[row, "TBMJ"] / 10_000, 4)
    land.fault("actual", row, "unit_suspect", "error", "TBMJ")
    row = land.take()
    layer.at[row, "TBMJ"] = round(layer.at[row, "TBMJ"] * 1.3, 2)
    land.fault("actual", row, "area_mismatch", heading="TBMJ")
    row = land.take()
    layer.at[row, "geometry"] = bow_tie(layer.geometry[row])
    land.fault("actual", row, "geometry_invalid")
    one, other = _neighbours(land, layer)
    layer.at[one, "geometry"] = drawn_over(layer.geometry[one], layer.geometry[other])
    land.fault("actual", max(one, other), "overlap")
    row = land.take()
    spot = layer.geometry[row].representative_point()
    tiny = shapely.box(spot.x, spot.y, spot.x + TINY, spot.y + TINY)
    added: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "duplicate_geometry"),
        ({"geometry": tiny, "TBMJ": 0.49}, "sliver"),
    )
    copies = [layer.loc[row].to_dict() | changes for changes, _ in added]
    for position, (_, kind) in enumerate(added, len(layer)):
        land.fault("actual", position, kind)
    gap = land.take()
    fresh = gpd.GeoDataFrame(pd.DataFrame(copies), geometry="geometry", crs=layer.crs)
    layer = gpd.GeoDataFrame(pd.concat([layer, fresh], ignore_index=True), geometry="geometry", crs=layer.crs)
    layer.at[gap, "geometry"] = layer.geometry[gap].buffer(-20.0, join_style="mitre")  # a strip nobody mapped
    layer.at[gap, "TBMJ"] = round(layer.geometry[gap].area, 2)
    land.actual = layer
    second = land.county.ground.zones.set_index("zone_id").geometry[SECOND]
    offices = land.planned[(land.planned["YDYHFLDM"] == "0801") & land.planned.representative_point().within(second)]
    smallest = int(offices["YDMJ"].idxmin())
    land.planned.at[smallest, "YDYHFLDM"] = "0899"
    land.fault("planned", smallest, "code_unknown", heading="YDYHFLDM")


def _buildings(land: Land) -> None:
    last = len(land.halls) - 1
    land.halls.at[last, "宗地代码"] = _new_code(99)
    land.fault("buildings", last, "unmatched_parcel", "error", "宗地代码")
    land.halls.at[last - 5, "层数"] = 260
    land.fault("buildings", last - 5, "value_range", "error", "层数")
