"""What Spark costs over a pool of processes: the same cells, the same function, a warm session."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.county import county
from benchmarks.measuring import Row, absent, alternated
from gis import cells, engines, geoparquet, province

ABOUT = (
    "同一份工作交给本机 Spark（local[2]，已启动、已热身）和两个进程的进程池，轮流计时。"
    "倍数小于 1 即 Spark 的额外开销：0.8 就是多花 25 %。"
)
COMMAND = "python -m benchmarks spark"
AGAINST = "同一工作，进程池（2 进程）"
TARGET = "≥ 0.8 ×（开销 ≤ 25 %）"
FILES, SHAPES = "面积表：GeoParquet 到 GeoParquet", "碎块图形：内存到内存"
MANY, FEW = 1_000_000, 300_000
WARM = 3_000


def rows() -> Iterator[Row]:
    """One row a work, each of some 30 s or more in the pool."""
    try:
        spark = engines.using("spark", master="local[2]", memory=4)
        with spark as one, engines.using("processes", workers=2, memory=4) as other:
            yield _row(FILES, MANY, _filed, one, other)
            yield _row(SHAPES, FEW, _drawn, one, other)
    except engines.EngineUnavailable as error:
        yield absent(FILES, AGAINST, MANY, f"未安装：{error}", COMMAND, TARGET)


def _row(work: str, n: int, prepared: Callable[[int, Path], Any], spark: Any, pool: Any) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        for size, rounds in ((WARM, 1), (n, 3)):
            place = Path(folder) / str(size)
            place.mkdir()
            do = prepared(size, place)
            sides = {"ours": lambda do=do: _by(spark, do), "theirs": lambda do=do: _by(pool, do)}
            costs, answers = alternated(sides, rounds)
    same = "相同" if _alike(answers["ours"], answers["theirs"]) else "不同"
    more = costs["ours"].wall / costs["theirs"].wall - 1
    return Row(work, AGAINST, n, costs["ours"], costs["theirs"], f"{same}；Spark 多花 {more:.0%}", COMMAND, TARGET)


def _by(engine: Any, do: Callable[[], Any]) -> Any:
    with engines.in_force(engine):
        return do()


def _filed(n: int, folder: Path) -> Callable[[], Any]:
    """Parcel × class × zone over files."""
    for layer, name in zip(county(n), ("parcels", "use", "zones"), strict=True):
        geoparquet.write(folder / f"{name}.parquet", layer, valid=True)
    paths = (str(folder / f"{name}.parquet") for name in ("parcels", "use", "zones"))
    asked = province.Asked(*paths, parcel_id="pid", class_="cls", zone_id="zid")
    return lambda: province.run(asked, str(folder / "out"))._replace(parts=0)


def _drawn(n: int, folder: Path) -> Callable[[], Any]:
    """The pieces of parcels and land use, as shapes."""
    del folder
    ground = county(n)
    return lambda: cells.pieces(ground.parcels.geometry, ground.landuse.geometry)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, province.Counted):
        return one == other
    same = one[["a", "b"]].equals(other[["a", "b"]])
    return bool(same and np.all(one.geometry.geom_equals_exact(other.geometry, 0)))
