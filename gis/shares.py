"""Parcel × land-use class × zone of one cell: a row a share, what lies under no class or in no zone included."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from pyproj import CRS

from gis import arrays, measure, repair, wkb
from gis.element import Ints

Frame: TypeAlias = pd.DataFrame

RESIDUE_M2 = 1e-3  # of adding up floats: no ground
DECIMALS = 4
NOWHERE = -1
SCHEMA = pa.schema([
    ("row", pa.int64()),
    ("parcel_id", pa.string()),
    ("zone_id", pa.string()),
    ("class", pa.string()),
    ("area_m2", pa.float64()),
    ("area_mu", pa.float64()),
    ("pieces", pa.int64()),
])


class Layer(NamedTuple):
    """Rows of one layer: their number in the whole layer, their key as text, their polygons, whether repaired."""

    row: Ints
    key: pa.Array
    polygons: wkb.Polygons
    valid: bool


def shares(parcels: Layer, use: Layer, zones: Layer, crs: CRS) -> pa.Table:
    """One row is a parcel's ground of one class in one zone: SCHEMA, sorted by row, zone_id, class.

    zone_id is missing outside every zone, class under no land use, area_m2 where the parcel is not drawn. The rows of a
    parcel add up to its ellipsoidal area where neither land use nor zones lie on one another.
    """
    land, ground, zoned = (_repaired(layer, crs) for layer in (parcels, use, zones))
    named, classes = _coded(use.key)
    placed, zone_ids = _coded(zones.key)
    all_, by_class, by_zone, whole_m2 = arrays.shared(land, ground, zoned, crs)
    three = all_.assign(c=named[all_["b"]], z=placed[all_["zone"]])
    two = by_class.assign(c=named[by_class["b"]])
    in_zone = by_zone.assign(z=placed[by_zone["b"]])
    whole = pd.Series(whole_m2, name="area_m2").rename_axis("a")
    found = [
        _sum(three, ["a", "z", "c"]),
        _rest(_sum(two, ["a", "c"]), _sum(three, ["a", "c"])),
        _rest(_sum(in_zone, ["a", "z"]), _sum(three, ["a", "z"])),
        _rest(whole.to_frame(), _either(_sum(two, ["a"]), _sum(in_zone, ["a"]), _sum(three, ["a"]), whole.index)),
    ]
    rows = pd.concat([part.reset_index() for part in found], ignore_index=True)
    return _table(rows.fillna({"c": NOWHERE, "z": NOWHERE}), parcels, classes, zone_ids)


def _repaired(layer: Layer, crs: CRS) -> wkb.Polygons:
    """The polygons as they are if the file says they are valid; looked at one by one and mended if not."""
    if layer.valid:
        return layer.polygons
    mended = repair.make_valid_polygons(gpd.GeoSeries(wkb.shapes(layer.polygons), crs=crs))[0]
    return wkb.of_shapes(np.asarray(mended.array, dtype=object))


def _coded(keys: pa.Array) -> tuple[Ints, pa.Array]:
    """The number of each row's key, and the keys in the order of their numbers."""
    coded = keys.dictionary_encode()
    return coded.indices.fill_null(NOWHERE).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary


def _sum(found: Frame, by: list[str]) -> Frame:
    """Area and number of pieces by some keys, pieces added in the order of their rows."""
    grouped = found.groupby(by)["area_m2"]
    return pd.DataFrame({"area_m2": grouped.sum(), "pieces": grouped.size()})


def _either(two: Frame, in_zone: Frame, three: Frame, index: pd.Index) -> Frame:
    """Ground of each parcel that has a class or a zone: what has both is counted once."""
    one, other, both = (part["area_m2"].reindex(index, fill_value=0.0) for part in (two, in_zone, three))
    return pd.DataFrame({"area_m2": one + other - both})


def _rest(whole: Frame, known: Frame) -> Frame:
    """What of each area is in none of the known ones; unknown stays unknown, rounding is dropped."""
    left = whole["area_m2"] - known["area_m2"].reindex(whole.index).fillna(0.0)
    kept = left[~(left <= RESIDUE_M2)]
    return pd.DataFrame({"area_m2": kept, "pieces": 1})


def _table(rows: Frame, parcels: Layer, classes: pa.Array, zone_ids: pa.Array) -> pa.Table:
    a, z, c = (rows[name].to_numpy(np.int64) for name in ("a", "z", "c"))
    mu = measure.half_up(measure.to_mu(rows["area_m2"].to_numpy()), DECIMALS)
    table = pa.table(
        [
            parcels.row[a],
            parcels.key.take(pa.array(a)),
            zone_ids.take(_positions(z)),
            classes.take(_positions(c)),
            pa.array(measure.half_up(rows["area_m2"].to_numpy(), DECIMALS), from_pandas=True),
            pa.array(mu, from_pandas=True),
            rows["pieces"].to_numpy(np.int64),
        ],
        schema=SCHEMA,
    )
    return table.sort_by([("row", "ascending"), ("zone_id", "ascending"), ("class", "ascending")])


def _positions(at: Ints) -> pa.Array:
    return pa.array(at, mask=at == NOWHERE)
