"""Area by parcel × land-use class × zone: the compiled kernel against all that others would use."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

from benchmarks import peers
from benchmarks.county import County, county
from benchmarks.measuring import Row, absent, alternated
from gis import arrays, edges, element, geoparquet, kernel, overlay

ABOUT = (
    "每宗地在每个开发区里每一类用地的面积。双方都从内存里的图层（数据库：已建索引的表；QGIS：gpkg 文件）算到结果表。"
    "对方算平面面积，本工具算椭球面积：比较前把对方的数乘以宗地中心的面积比。"
    "最后一行是本工具从 GeoParquet 文件到结果，与自己的下限相比："
    "只读文件、只解析 WKB、只对相交的图斑对积分，别的什么也不做。"
)
WORK = "宗地 × 地类 × 开发区 面积"
COMMAND = "python -m benchmarks overlay"
SMALL, LARGE = 100_000, 1_000_000
AT_LEAST_15, AT_LEAST_10 = "≥ 15 ×", "≥ 10 ×"
Peer = Callable[[County], AbstractContextManager[peers.Answer]]
PEERS: dict[str, tuple[Peer, str, int]] = {  # name, target, rounds
    "geopandas.overlay 两次": (peers.geopandas, AT_LEAST_15, 2),
    "dask-geopandas": (peers.dask, "", 2),
    "DuckDB spatial": (peers.duckdb, AT_LEAST_10, 3),
    "SedonaDB": (peers.sedona, AT_LEAST_10, 5),
    "PostGIS": (peers.postgis, AT_LEAST_10, 1),
    "QGIS 相交两次": (peers.qgis, AT_LEAST_10, 1),
}


def rows() -> Iterator[Row]:
    """Every peer at 100,000 parcels; the analyst's way, and our own lower bound, at a million."""
    small = county(SMALL)
    ours(County(small.parcels[:10], small.landuse, small.zones))
    for name, (peer, target, rounds) in PEERS.items():
        yield against(small, name, peer, target, rounds)
    large = county(LARGE)
    yield against(large, "geopandas.overlay 两次", peers.geopandas, AT_LEAST_15, rounds=1)
    yield against_bound(large)


def against(ground: County, name: str, peer: Peer, target: str, rounds: int) -> Row:
    """Both sides in turn, and how far apart their areas are."""
    n = len(ground.parcels)
    try:
        with peer(ground) as answer:
            costs, found = alternated({"ours": lambda: ours(ground), "theirs": answer}, rounds)
    except peers.Missing:
        return absent(WORK, name, n, "未安装", COMMAND, target)
    same = apart(ground.parcels, found["ours"], found["theirs"])
    return Row(WORK, name, n, costs["ours"], costs["theirs"], same, COMMAND, target)


def ours(ground: County) -> pd.DataFrame:
    """pid, cls, zid, m2."""
    found = overlay.areas_by_zone(*(layer.geometry for layer in ground))
    return added(found, [layer[key].to_numpy() for layer, key in zip(ground, peers.KEY, strict=True)])


def added(found: pd.DataFrame, keys: list[np.ndarray]) -> pd.DataFrame:
    """Areas of pairs by the keys of the rows they are of."""
    named = {name: key[found[at]] for name, key, at in zip(peers.KEY, keys, ("a", "b", "zone"), strict=True)}
    return pd.DataFrame({**named, "m2": found["area_m2"]}).groupby(peers.KEY, as_index=False)["m2"].sum()


def from_files(paths: list[str]) -> pd.DataFrame:
    """The same, from the bytes of GeoParquet files straight to arrays."""
    sources = [geoparquet.opened(Path(path)) for path in paths]
    read = [geoparquet.read(source, [key]) for source, key in zip(sources, peers.KEY, strict=True)]
    found = arrays.areas_by_zone(*(layer.polygons for layer in read), sources[0].crs)
    return added(found, [layer.columns[key].to_numpy() for layer, key in zip(read, peers.KEY, strict=True)])


def against_bound(ground: County) -> Row:
    """From files to the result, against reading, parsing and integrating alone."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.parquet" for name in ground._fields]
        for layer, path in zip(ground, paths, strict=True):
            layer.to_parquet(path)
        integrate = only_pairs(ground)
        pq.read_table(paths[-1])

        def bound() -> None:
            for path in paths:
                shapely.from_wkb(pq.read_table(path)["geometry"].to_numpy(zero_copy_only=False))
            integrate()

        alike = from_files(paths).equals(ours(ground))
        costs, _ = alternated({"ours": lambda: from_files(paths), "bound": bound})
    times = costs["ours"].wall / costs["bound"].wall, costs["ours"].cpu / costs["bound"].cpu
    same = "逐位相同" if alike else "不同"
    said = f"本工具用时是下限的 {times[0]:.1f} 倍（墙钟）、{times[1]:.1f} 倍（CPU）；与从图层算的{same}"
    return Row(WORK + "，从文件起", "自己的下限", len(ground.parcels), costs["ours"], costs["bound"], said, COMMAND,
               "≤ 下限的 2.5 倍，即 ≥ 0.4 ×")  # fmt: skip


def only_pairs(ground: County) -> Callable[[], None]:
    """The integrals that no program of this kind can leave out: pairs that share ground, laid out beforehand."""
    lots, use, zones = (edges.laid(np.asarray(layer.geometry.array, dtype=object)).edges for layer in ground)
    pairs = [overlay.areas(ground.parcels.geometry, layer.geometry) for layer in (ground.landuse, ground.zones)]
    used, zoned = ((pair["a"].to_numpy(), pair["b"].to_numpy()) for pair in pairs)
    flat = element.flat(len(ground.parcels))

    def integrate() -> None:
        kernel.pair_areas(lots, use, *used, flat, 2)
        kernel.pair_areas(lots, zones, *zoned, flat, 2)

    return integrate


def apart(parcels: gpd.GeoDataFrame, mine: pd.DataFrame, peer: pd.DataFrame) -> str:
    """The largest difference of an area, a row that one side lacks counting as zero."""
    both = mine.merge(peer, on=peers.KEY, how="outer").fillna({"m2_x": 0.0, "m2_y": 0.0})
    scale = local_scale(parcels)[both["pid"].to_numpy()]
    return f"{len(both):,} 行，最大差 {np.abs(both['m2_x'] - both['m2_y'] * scale).max():.1e} m²"


def local_scale(parcels: gpd.GeoDataFrame) -> np.ndarray:
    """Ellipsoidal square metres per square metre of the map, at the centre of each parcel."""
    box = shapely.bounds(parcels.geometry.array)
    x, y = (box[:, :2] + box[:, 2:]).T / 2
    return element.density(x, y, 1_000.0, element.ground_of(parcels.crs))
