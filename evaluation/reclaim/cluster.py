"""连片: which sleeping parcels lie together, across roads up to a stated width, and what each group holds."""

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.measure import half_up
from parcels.memory import remembered

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4


@remembered()
def clusters(parcel_id: pd.Series, shapes: gpd.GeoSeries, gap_m: float) -> pd.Series:
    """Return the cluster number (from 1, by the first parcel in it) of each parcel; blank where it has no drawing.

    Two parcels are contiguous if no more than `gap_m` metres lie between them, whatever lies there: the width of the
    roads that may be crossed is the caller's, stated in the policy. Distances are planar in the layer's own CRS.
    """
    from scipy.sparse import coo_array  # scipy takes a second to load, and the map can do without
    from scipy.sparse.csgraph import connected_components

    drawn = is_drawn(shapes)
    number = np.full(len(parcel_id), np.nan)
    if drawn.any():
        plane = shapes[drawn]
        plane = plane.to_crs(plane.estimate_utm_crs()) if plane.crs is not None and plane.crs.is_geographic else plane
        tree = shapely.STRtree(plane.to_numpy())
        a, b = tree.query(plane.to_numpy(), predicate="dwithin", distance=gap_m)
        graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(plane), len(plane)))
        number[drawn] = _by_first(connected_components(graph, directed=False)[1])
    return pd.Series(number, index=parcel_id.index, name="cluster").astype("Int64")


def is_drawn(shapes: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Return which rows have a shape with some extent."""
    each = shapes.to_numpy()
    found: npt.NDArray[np.bool_] = ~(shapely.is_missing(each) | shapely.is_empty(each))
    return found


def summary(listed: Frame) -> Frame:
    """Return one row a cluster: parcels, mu (blank if one is), owners, suspected_mu, what eases it; largest first.

    one_owner = 1 ÷ owners; suspected_share and own_share: the part of the known 亩 that is suspected, and whose cause
    is the holder's own. `listed` has parcel_id, cluster, area_mu, holder_uscc, holder, stage, cause.
    """
    rows = listed[listed["cluster"].notna()]
    rows = rows.assign(area_mu=half_up(rows["area_mu"].astype("float64"), DECIMALS))  # what is shown is added up
    owner = rows["holder_uscc"].fillna(rows["holder"]).fillna(rows["parcel_id"])
    sure = rows["area_mu"].where(rows["stage"].eq("suspected"), 0.0)
    own = rows["area_mu"].where(rows["cause"].eq("own") & rows["stage"].ne(""), 0.0)
    by = rows.assign(owner=owner, sure=sure, own=own).sort_values("parcel_id").groupby("cluster")
    known = by["area_mu"].sum().where(lambda mu: mu > 0)
    table = pd.DataFrame({
        "parcels": by.size(),
        "mu": half_up(by["area_mu"].sum().where(by["area_mu"].count() == by.size()).astype("float64"), DECIMALS),
        "owners": by["owner"].nunique(),
        "suspected_mu": half_up(by["sure"].sum(), DECIMALS),
        "one_owner": half_up(1.0 / by["owner"].nunique(), DECIMALS),
        "suspected_share": half_up((by["sure"].sum() / known).astype("float64"), DECIMALS),
        "own_share": half_up((by["own"].sum() / known).astype("float64"), DECIMALS),
        "parcel_ids": by["parcel_id"].agg(";".join),
    })
    return table.sort_values(["mu", "parcels"], ascending=False).reset_index()


def _by_first(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return labels renumbered from 1 in the order of their first member."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(1, len(first) + 1)
    numbers: npt.NDArray[np.int64] = order[inverse]
    return numbers
