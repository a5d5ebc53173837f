"""A land-use layer made free of overlaps: one spot is one group's, once, or nobody's."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.zone.readings import UNMAPPED
from gis import cells
from parcels.drawn import ALONE

CLEAN = ("code", "scheme", "name", "use_group", "supply_state", "row", "stated")


def disjoint(layer: gpd.GeoDataFrame, label: pd.Series | None) -> gpd.GeoDataFrame:
    """Return the layer without overlaps: CLEAN columns, label, geometry.

    Polygons of one use_group on one spot count once (the earlier row keeps it); of different groups, the spot leaves
    them both and becomes unmapped ground, once (CONTRACT §5). With `label`, only rows of one label can meet.
    """
    rows = layer[layer.geometry.notna() & ~layer.geometry.is_empty]
    named = label[rows.index].to_numpy() if label is not None else np.full(len(rows), "")
    kept = gpd.GeoDataFrame(
        rows[list(CLEAN)].reset_index(drop=True).assign(label=named), geometry=rows.geometry.to_numpy(), crs=layer.crs
    )
    pairs = _met(rows, kept.geometry)
    pairs = pairs[kept["label"].to_numpy()[pairs["a"]] == kept["label"].to_numpy()[pairs["b"]]]
    if pairs.empty:
        return kept
    shapes = kept.geometry.to_numpy().copy()
    original = shapes.copy()
    same = kept["use_group"].to_numpy()[pairs["a"]] == kept["use_group"].to_numpy()[pairs["b"]]
    later, earlier = pairs.loc[same, "b"].to_numpy(), pairs.loc[same, "a"].to_numpy()
    one, other = pairs.loc[~same, "a"].to_numpy(), pairs.loc[~same, "b"].to_numpy()
    _subtract(shapes, original, np.r_[later, one, other], np.r_[earlier, other, one])
    kept = kept.set_geometry(gpd.GeoSeries(_polygons(shapes), index=kept.index, crs=layer.crs))
    result = pd.concat([kept, _conflicts(kept, original, one, other, layer.crs)], ignore_index=True)
    return result[~result.geometry.is_empty].reset_index(drop=True)


def _met(rows: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    """Return the pairs of shapes that overlap: positions a < b; those that a book has found alone are not asked."""
    asked = np.flatnonzero(~rows[ALONE]) if ALONE in rows else np.arange(len(rows))
    pairs = cells.self_overlaps(shapes.iloc[asked])
    return pairs.assign(a=asked[pairs["a"]], b=asked[pairs["b"]])


def _subtract(shapes: Any, original: Any, of: Any, what: Any) -> None:
    """Take from each shape `of` the union of the original shapes `what` that it must yield to."""
    order = np.argsort(of, kind="stable")
    of, what = of[order], what[order]
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(of)], strict=True):
        shapes[of[start]] = shapely.difference(shapes[of[start]], shapely.union_all(original[what[start:end]]))


def _conflicts(kept: gpd.GeoDataFrame, original: Any, one: Any, other: Any, crs: Any) -> gpd.GeoDataFrame:
    """One row is a cluster of spots claimed by different groups: unmapped, its codes joined by ;."""
    if not len(one):
        return kept.iloc[:0]
    from scipy.sparse import coo_matrix  # scipy takes a second to load, and the map can do without
    from scipy.sparse.csgraph import connected_components

    spots = _polygons(shapely.intersection(original[one], original[other]))
    size = len(kept)
    _, cluster = connected_components(coo_matrix((np.ones(len(one)), (one, other)), shape=(size, size)), directed=False)
    of = pd.Series(cluster[one])
    members = pd.DataFrame({"cluster": np.r_[cluster[one], cluster[other]], "at": np.r_[one, other]}).drop_duplicates()
    joined = members.assign(code=kept["code"].to_numpy()[members["at"]]).dropna(subset=["code"])
    codes = joined.groupby("cluster")["code"].agg(lambda c: ";".join(sorted(set(c))))
    shapes = pd.Series(spots, index=of.index).groupby(of).agg(lambda g: shapely.union_all(g.to_numpy()))
    label = pd.Series(kept["label"].to_numpy()[one]).groupby(of).first()
    frame = pd.DataFrame({"code": codes.reindex(shapes.index), "use_group": UNMAPPED, "label": label})
    return gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(_polygons(shapes.to_numpy()), index=frame.index, crs=crs), crs=crs
    )


def _polygons(shapes: Any) -> Any:
    """Return the polygonal part of each shape: an intersection may leave lines and points behind."""
    out = np.asarray(shapes, dtype=object).copy()
    mixed = shapely.get_type_id(out) > 3  # noqa: PLR2004 - a collection may hold lines and points beside polygons
    for at in np.flatnonzero(mixed & (shapely.get_type_id(out) != 6)):  # noqa: PLR2004 - 6 is a MultiPolygon
        parts = shapely.get_parts(out[at])
        out[at] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    out[np.isin(shapely.get_type_id(out), (0, 1, 2, 4, 5))] = shapely.Polygon()
    return out
