"""What lies on what: areas of A∩B without geometry (compiled; by GEOS where numba is absent)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis import element, measure
from gis.candidates import candidates
from gis.crs import CrsDiffer, CrsMissing
from gis.element import Floats, Ints, Shapes
from gis.rings import Bools
from gis.threads import count

if TYPE_CHECKING:
    from gis.edges import Laid

Frame: TypeAlias = pd.DataFrame
Engine = Literal["kernel", "geos"]
Pairs: TypeAlias = tuple[Ints, Ints]  # positions of A, sorted, and of B
T = TypeVar("T")
PAIRS_WORTH_THREADS = 2_000
POLYGONS_IN_A_RUN = 4_096
ROUNDING = 1e-12  # of a polygon's area: what adding up its floats may lose
EMPTY_M2 = 1e-6  # below this two polygons only touch: rounding of coordinates of 4e7 m


def areas(a: gpd.GeoSeries, b: gpd.GeoSeries, engine: Engine | None = None) -> Frame:
    """One row is a pair that overlaps: positions a, b and area_m2 of A∩B, sorted by a, b.

    Ellipsoidal square metres with A's weight (gis/element.py): where B covers A without overlaps,
    the pieces of each A add up to gis.measure.area_m2 of it. Both series hold valid polygons
    (gis.repair) in one CRS. `engine`: compiled kernel if numba is there, else GEOS; same numbers.
    Raises CrsMissing, CrsDiffer, NotPolygons.
    """
    return _areas(a, b, engine)


def areas_met_once(a: gpd.GeoSeries, b: gpd.GeoSeries, engine: Engine | None = None) -> Frame:
    """The same for two lots of one layer: only pairs of which A stands before B in it, by their index.

    index: positions in the layer. Raises as `areas`.
    """
    return _areas(a, b, engine, (a.index.to_numpy(), b.index.to_numpy()))


def _areas(a: gpd.GeoSeries, b: gpd.GeoSeries, engine: Engine | None, order: Pairs | None = None) -> Frame:
    crs = common_crs(a, b)
    cut, other = element.cut(measure.polygonal(a), crs), measure.polygonal(b)
    weights = element.weights(shapely.bounds(cut.shapes), crs)
    ia, ib = candidates(cut.shapes, other, order and (order[0][cut.owner], order[1]))
    by = _by_kernel if _engine(engine) == "kernel" else _by_geos
    return summed(["a", "b"], [cut.owner[ia], ib], by(cut.shapes, other, ia, ib, weights))


def areas_by_zone(a: gpd.GeoSeries, b: gpd.GeoSeries, zones: gpd.GeoSeries, engine: Engine | None = None) -> Frame:
    """One row is a part of A∩B in a zone: positions a, b, zone and area_m2, sorted by them.

    What lies in no zone is in no row; what lies in two zones is in both. Ellipsoidal with A's weight,
    like `areas`, so a polygon astride a zone's edge is shared out exactly. Raises as `areas`.
    """
    crs = common_crs(a, b)
    common_crs(b, zones)
    cut = element.cut(measure.polygonal(a), crs)
    weights = element.weights(shapely.bounds(cut.shapes), crs)
    by = _by_zone_kernel if _engine(engine) == "kernel" else _by_zone_geos
    part, ib, zone, area = by(cut.shapes, measure.polygonal(b), measure.polygonal(zones), weights)
    return summed(["a", "b", "zone"], [cut.owner[part], ib, zone], area)


def self_overlaps(a: gpd.GeoSeries, engine: Engine | None = None) -> Frame:
    """Pairs a < b of one layer that overlap: positions and area_m2, ellipsoidal."""
    layer = a.reset_index(drop=True)
    return areas_met_once(layer, layer, engine)


def common_crs(a: gpd.GeoSeries, b: gpd.GeoSeries) -> Any:
    """The CRS two layers share. Raises CrsMissing, CrsDiffer."""
    if a.crs is None or b.crs is None:
        raise CrsMissing(None)
    if a.crs != b.crs:
        raise CrsDiffer(a.crs, b.crs)
    return a.crs


def summed(names: list[str], keys: list[Ints], area: Floats) -> Frame:
    """Parts of a cut polygon added up again, pairs that only touch left out."""
    if not _in_order(keys):
        order = np.lexsort(keys[::-1])
        keys, area = [key[order] for key in keys], area[order]
    new = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    start = np.flatnonzero(np.r_[True, new][: len(area)])
    total = np.add.reduceat(area, start) if len(start) else area[:0]
    columns = {name: key[start] for name, key in zip(names, keys, strict=True)}
    frame = pd.DataFrame({**columns, "area_m2": total})
    return frame[~(frame["area_m2"] <= EMPTY_M2)].reset_index(drop=True)


def _in_order(keys: list[Ints]) -> bool:
    """Whether rows are sorted by their keys, the first one first."""
    equal = np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        if (equal & (key[1:] < key[:-1])).any():
            return False
        equal &= key[1:] == key[:-1]
    return True


def _engine(asked: Engine | None) -> Engine:
    return asked or ("kernel" if find_spec("numba") else "geos")


def _by_kernel(a: Shapes, b: Shapes, ia: Ints, ib: Ints, weights: element.Weights) -> Floats:
    """The weighted area that A[ia] and B[ib] share, (pairs,); ia is sorted."""
    from gis import edges, kernel

    other = edges.laid(b)

    def one_run(run: Run) -> Floats:
        part = run.of(ia)
        one = edges.laid(a[run.low : run.high])
        return kernel.pair_areas(
            one.edges, other.edges, ia[part] - run.low, ib[part], run.weights(weights), run.threads
        )

    return np.concatenate(_in_runs(one_run, len(a)))


def _by_geos(a: Shapes, b: Shapes, ia: Ints, ib: Ints, weights: element.Weights) -> Floats:
    """The same integral over built intersections: the oracle, and the way without numba."""
    shapes = intersected(a[ia], b[ib])
    return measure.weighted_area(shapes, weights._replace(tile=weights.tile[ia]))


Shares: TypeAlias = tuple[Ints, Ints, Ints, Floats]  # positions of A, B and zone, and the weighted area they share


def _by_zone_kernel(a: Shapes, b: Shapes, zones: Shapes, weights: element.Weights) -> Shares:
    from gis import edges

    layers = edges.laid(b), edges.laid(zones)
    return zone_shares(
        lambda run: edges.laid(a[run.low : run.high]), *layers, candidates(a, b), candidates(a, zones), weights
    )


def zone_shares(
    a: Callable[[Run], Laid], b: Laid, zones: Laid, used: Pairs, zoned: Pairs, weights: element.Weights
) -> Shares:
    """`by_zone` of some polygons of A after the other; used, zoned: pairs of A and B, of A and zone, sorted by A."""

    def one_run(run: Run) -> Shares:
        part, zone_part = run.of(used[0]), run.of(zoned[0])
        pairs = used[0][part] - run.low, used[1][part]
        zone_pairs = zoned[0][zone_part] - run.low, zoned[1][zone_part]
        ia, ib, zone, area = by_zone(a(run), b, zones, pairs, zone_pairs, run.weights(weights), run.threads)
        return ia + run.low, ib, zone, area

    ia, ib, zone, area = zip(*_in_runs(one_run, len(weights.tile)), strict=True)
    return np.concatenate(ia), np.concatenate(ib), np.concatenate(zone), np.concatenate(area)


def by_zone(
    a: Laid,
    b: Laid,
    zones: Laid,
    pairs: Pairs,
    zone_pairs: Pairs,
    weights: element.Weights,
    threads: int,
    known: Floats | None = None,
) -> Shares:
    """What three layers share; pairs, zone_pairs: of A and B, of A and zone, whose boxes meet, sorted by A.

    Only where a polygon is astride a zone's edge do three meet. known: what each pair of A and B shares, (pairs,).
    """
    from gis import kernel

    lies = how_they_lie(a, zones, *zone_pairs, threads)
    astride = np.flatnonzero(~lies.a_inside)
    cut = kernel.meets(a.edges, zones.edges, lies.a[astride], lies.b[astride])
    ia, ib = pairs
    pair, lie = _joined(ia, lies.a, len(a.area))
    area, whole = np.empty(len(pair)), lies.a_inside[lie]
    if known is None:
        area[whole] = kernel.pair_areas(a.edges, b.edges, ia[pair[whole]], ib[pair[whole]], weights, threads)
    else:
        area[whole] = known[pair[whole]]
    rank = np.cumsum(~lies.a_inside) - 1
    of_cut = weights._replace(tile=weights.tile[lies.a[astride]])
    area[~whole] = kernel.pair_areas(cut, b.edges, rank[lie[~whole]], ib[pair[~whole]], of_cut, threads)
    return ia[pair], ib[pair], lies.b[lie], area


class Run(NamedTuple):
    """Some polygons of A, worked on at once: few enough that the processor's cache holds them."""

    low: int
    high: int
    threads: int

    def of(self, first: Ints) -> slice:
        """Where the pairs of these polygons lie, in a sorted column of A's positions."""
        return slice(*np.searchsorted(first, [self.low, self.high]))

    def weights(self, known: element.Weights) -> element.Weights:
        """The weights of these polygons."""
        return known._replace(tile=known.tile[self.low : self.high])


def _in_runs(work: Callable[[Run], T], size: int) -> list[T]:
    """The answers run by run, in order; several runs share the processors, a single one has them to itself."""
    if size <= POLYGONS_IN_A_RUN:
        return [work(Run(0, size, count()))]
    runs = [Run(low, min(low + POLYGONS_IN_A_RUN, size), 1) for low in range(0, size, POLYGONS_IN_A_RUN)]
    with ThreadPoolExecutor(count()) as pool:
        return list(pool.map(work, runs))


def _joined(left: Ints, right: Ints, keys: int) -> tuple[Ints, Ints]:
    """Positions of every pair of equal keys in two sorted columns, in order of the left one, then the right one."""
    many = np.bincount(right, minlength=keys)
    first = np.cumsum(many) - many
    times = many[left]
    at = np.repeat(np.arange(len(left)), times)
    return at, first[left[at]] + np.arange(len(at)) - (np.cumsum(times) - times)[at]


def _by_zone_geos(a: Shapes, b: Shapes, zones: Shapes, weights: element.Weights) -> Shares:
    part, zone = candidates(a, zones)
    shapes = intersected(a[part], zones[zone])
    ip, ib = candidates(shapes, b)
    area = _by_geos(shapes, b, ip, ib, weights._replace(tile=weights.tile[part]))
    return part[ip], ib, zone[ip], area


class Lies(NamedTuple):
    """Pairs that share ground, and which of the two lies wholly in the other."""

    a: Ints
    b: Ints
    a_inside: Bools
    b_inside: Bools  # and not a_inside
    plane: Floats  # area they share, in square CRS units


def how_they_lie(one: Laid, other: Laid, ia: Ints, ib: Ints, threads: int) -> Lies:
    """How polygons of pairs lie to each other, told from their areas in the plane in a microsecond a pair."""
    from gis import kernel

    plane = kernel.pair_areas(one.edges, other.edges, ia, ib, element.flat(len(one.area)), threads)
    whole_a, whole_b = one.area[ia], other.area[ib]
    nothing = ROUNDING * np.minimum(whole_a, whole_b)
    a_inside = plane >= whole_a - nothing
    b_inside = ~a_inside & (plane >= whole_b - nothing)
    sharing = plane > nothing
    return Lies(ia[sharing], ib[sharing], a_inside[sharing], b_inside[sharing], plane[sharing])


def intersected(a: Shapes, b: Shapes) -> Shapes:
    """A∩B where nothing is known yet: polygons that cover the other are found first."""
    out: Shapes = np.full(len(a), shapely.Polygon(), dtype=object)
    b_covers = shapely.covers(b, a)
    a_covers = ~b_covers & shapely.covers(a, b)
    out[b_covers], out[a_covers] = a[b_covers], b[a_covers]
    rest = ~(a_covers | b_covers)
    out[rest] = by_threads(a[rest], b[rest])
    return out


def by_threads(a: Shapes, b: Shapes) -> Shapes:
    """A∩B by GEOS, which works without the interpreter's lock; nothing is prepared."""
    if len(a) < PAIRS_WORTH_THREADS:
        return element.polygons_only(shapely.intersection(a, b))
    chunks = 8 * count()
    with ThreadPoolExecutor(count()) as pool:
        done = pool.map(shapely.intersection, np.array_split(a, chunks), np.array_split(b, chunks))
        return element.polygons_only(np.concatenate(list(done)))
