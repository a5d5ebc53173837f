"""What Spark costs over a pool of processes: the same cells, the same function, a warm session."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.county import county
from benchmarks.measuring import Row, absent, alternated
from gis import cells, engines, geoparquet, province

ABOUT = (
    "同一份工作交给本机 Spark（local[2]，已启动、已热身）和两个进程的进程池，轮流计时。"
    "倍数小于 1 即 Spark 的额外开销：0.8 就是多花 25 %。前两行在进程池里是三十秒上下的活。"
)
COMMAND = "python -m benchmarks spark"
AGAINST = "同一工作，进程池（2 进程）"
TARGET = "≥ 0.8 ×（开销 ≤ 25 %）"
SUMS, PIECES = "面积表：GeoParquet 到 GeoParquet", "碎块图形：GeoParquet 到 GeoParquet"
SHAPES = "碎块图形：内存到内存"
TILE, NORTHWARD = 500_000, 100_000.0  # parcels drawn at once; metres from one tile to the next
MANY, SOME, FEW = 2_500_000, 1_000_000, 300_000
WARM = 3_000
ROUNDS = 2
LAYERS = ("parcels", "use", "zones")


def rows() -> Iterator[Row]:
    """One row a work: two of 30 s or more in the pool, and a shorter one."""
    try:
        spark = engines.using("spark", master="local[2]", memory=4)
        with spark as one, engines.using("processes", workers=2, memory=4) as other:
            yield _row(SUMS, MANY, _filed, one, other)
            yield _row(PIECES, SOME, partial(_filed, pieces=True), one, other)
            yield replace(_row(SHAPES, FEW, _drawn, one, other), target="")
    except engines.EngineUnavailable as error:
        yield absent(SUMS, AGAINST, MANY, f"未安装：{error}", COMMAND, TARGET)


def _row(work: str, n: int, prepared: Callable[[int, Path], Any], spark: Any, pool: Any) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        small, large = (prepared(size, _made(Path(folder) / str(size))) for size in (WARM, n))
        _by(pool, small)
        sides = {  # Spark ends a worker that was idle for a minute: each round begins with a small work, not counted
            "warm": lambda: _by(spark, small),
            "ours": lambda: _by(spark, large),
            "theirs": lambda: _by(pool, large),
        }
        costs, answers = alternated(sides, ROUNDS)
    same = "相同" if _alike(answers["ours"], answers["theirs"]) else "不同"
    more = costs["ours"].wall / costs["theirs"].wall - 1
    return Row(work, AGAINST, n, costs["ours"], costs["theirs"], f"{same}；Spark 多花 {more:.0%}", COMMAND, TARGET)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _by(engine: Any, do: Callable[[], Any]) -> Any:
    with engines.in_force(engine):
        return do()


def _filed(n: int, folder: Path, *, pieces: bool = False) -> Callable[[], Any]:
    """Parcel × class × zone over files; a large ground as one county after the other, a file each."""
    ground = county(min(n, TILE))
    for at in range(-(-n // TILE)):
        for layer, name in zip(ground, LAYERS, strict=True):
            (folder / name).mkdir(exist_ok=True)
            moved = layer.set_geometry(layer.geometry.translate(0, at * NORTHWARD))
            geoparquet.write(folder / name / f"{at}.parquet", moved, valid=True)
    paths = (str(folder / name) for name in LAYERS)
    asked = province.Asked(*paths, parcel_id="pid", class_="cls", zone_id="zid", pieces=pieces)
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
