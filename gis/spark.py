"""Spark under the cells: groupBy(cell).applyInArrow(kernel), on this machine's cores or on a cluster.

Every cell is one group, so a pair is met once. mapInArrow over hash partitions is not used: a polygon that is
copied to several cells would meet its neighbours once in each cell of the partition, and be counted twice.
The workers import gis from the same path as the driver, where its kernel lies compiled.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from gis import threads
from gis.cells import Cell
from gis.engines import EngineUnavailable

ROOT = Path(__file__).resolve().parents[1]
JAVA = 17
LOOPBACK = "127.0.0.1"
CELL, LAYER, POSITION, SHAPE = "cell", "layer", "position", "wkb"
BATCH_BYTES = 256 * 2**20  # of cells handed to Spark in one job, unless the memory says less
GIB = 2**30
TYPES = {"i": "long", "f": "double"}


class Spark:
    """A Spark session, started when there is work and stopped on leaving."""

    direct = False

    def __init__(self, master: str | None = None, memory: float | None = None) -> None:
        """master: spark://host:port, local[n] …; all cores of this machine if left out. Raises EngineUnavailable."""
        if not find_spec("pyspark"):
            raise EngineUnavailable("pyspark")
        java = java_version()
        if java is None or java < JAVA:
            raise EngineUnavailable("java", "" if java is None else str(java))
        self.master, self.memory = master or "local[*]", memory
        hosts = self.master.removeprefix("spark://").split(",")
        if self.master.startswith("spark://") and not any(_answers(host) for host in hosts):
            raise EngineUnavailable("master", self.master)
        self._session: Any = None

    @property
    def session(self) -> Any:
        """The session, started when first asked for. Raises EngineUnavailable where Spark does not start."""
        if self._session is None:
            self._session = _session(self.master, self.memory)
        return self._session

    @property
    def lanes(self) -> int:
        """Cores of the cluster, as far as its executors have announced themselves."""
        return int(self.session.sparkContext.defaultParallelism)

    def over(self, each: Callable[[Cell], pd.DataFrame], cells: Iterable[Cell]) -> Iterator[pd.DataFrame]:
        """One Spark job for some 256 MB of cells, and so on: the driver never holds all of them."""
        most = BATCH_BYTES if self.memory is None else min(BATCH_BYTES, int(self.memory * GIB / 8))
        for batch in _batches(cells, most):
            yield from self._job(each, batch)

    def _job(self, each: Callable[[Cell], pd.DataFrame], batch: list[Cell]) -> Iterator[pd.DataFrame]:
        crs, none = batch[0].crs, each(_emptied(batch[0]))
        with quiet():
            sent = self.session.createDataFrame(pa.concat_tables(_table(n, cell) for n, cell in enumerate(batch)))
            spread = sent.repartition(len(batch), CELL)
            done = spread.groupBy(CELL).applyInArrow(_grouped(each, crs), _schema(none)).toArrow()
        yield _frame(done, none)

    def close(self) -> None:
        """Stop the session, and the JVM with it."""
        if self._session is not None:
            stop(self._session)
            self._session = None


def java_version() -> int | None:
    """The Java that Spark would use: 17 for 17.0.15; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = told.stderr.partition('"')[2].partition('"')[0].split(".")[0]
    return int(number) if number.isdigit() else None


class quiet(warnings.catch_warnings):  # noqa: N801 - reads as a word: with quiet()
    """PySpark warns of pandas 3 and of its own past; neither is the officer's business."""

    def __enter__(self) -> Any:
        """Ignore every warning until the block ends."""
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        return entered


def settings(master: str, memory: float | None) -> dict[str, str]:
    """What a session needs: few shuffles, no page to look at, and no ear outside this machine unless the master is."""
    near = master.startswith("local") or f"//{LOOPBACK}" in master or "//localhost" in master
    host = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK} if near else {}
    heap = {} if memory is None else {"spark.driver.memory": f"{max(1024, int(memory * 1024))}m"}
    return {
        **host,
        **heap,
        "spark.master": master,
        "spark.app.name": "mujian",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
        "spark.sql.adaptive.coalescePartitions.enabled": "false",  # small cells are long work: keep them apart
        "spark.executorEnv.PYTHONPATH": str(ROOT),
        "spark.executorEnv.PYTHONHASHSEED": "0",
    }


def _session(master: str, memory: float | None) -> Any:
    """A session on the master; what its JVM complains of goes to a file that is shown only if it fails."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    said = settings(master, memory)
    if "spark.driver.host" in said:
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
    with quiet(), tempfile.TemporaryFile() as log:
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkRuntimeError
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        conf = SparkConf().setAll(list(said.items()))
        try:
            gateway = launch_gateway(conf, {"stderr": log})
        except PySparkRuntimeError as error:
            log.seek(0)
            raise EngineUnavailable("start", log.read().decode(errors="replace").strip()[-500:]) from error
        return SparkSession(SparkContext(conf=conf, gateway=gateway))


def _answers(address: str) -> bool:
    """Whether somebody listens at host:port: Spark itself would wait for a minute to say no."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5):
            return True
    except (OSError, ValueError):
        return False


def stop(session: Any) -> None:
    """Stop a session and its JVM: PySpark itself leaves the JVM running until Python ends."""
    from pyspark import SparkContext

    with quiet():
        session.stop()
        gateway = SparkContext._gateway  # noqa: SLF001 - there is no public way
        gateway.shutdown()
        gateway.proc.stdin.close()  # the JVM ends when this closes
        gateway.proc.wait(30)
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001


def _batches(cells: Iterable[Cell], most: int) -> Iterator[list[Cell]]:
    batch: list[Cell] = []
    size = 0
    for cell in cells:
        batch.append(cell)
        size += sum(16 * int(shapely.get_num_coordinates(each).sum()) for each in cell.shapes)
        if size > most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _emptied(cell: Cell) -> Cell:
    none = np.zeros(0, np.int64)
    return Cell(tuple(none for _ in cell.positions), tuple(each[:0] for each in cell.shapes), cell.crs)


def _table(number: int, cell: Cell) -> pa.Table:
    """One row is a polygon in a cell."""
    parts = []
    for layer, (positions, shapes) in enumerate(zip(cell.positions, cell.shapes, strict=True)):
        ones = np.ones(len(positions), np.int64)
        wkb = pa.array(shapely.to_wkb(shapes), pa.binary())
        columns = {CELL: number * ones, LAYER: layer * ones, POSITION: positions, SHAPE: wkb}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def _grouped(each: Callable[[Cell], pd.DataFrame], crs: str) -> Callable[[pa.Table], pa.Table]:
    """The work on one group, as Spark asks for it: Arrow in, Arrow out."""

    def grouped(rows: pa.Table) -> pa.Table:
        threads.limit(1)
        return _arrow(each(_cell(rows, crs)))

    return grouped


def _cell(rows: pa.Table, crs: str) -> Cell:
    """The cell of a group, in the order of positions: Spark's own order changes from run to run."""
    rows = rows.sort_by([(LAYER, "ascending"), (POSITION, "ascending")])
    layer, position = rows[LAYER].to_numpy(), rows[POSITION].to_numpy()
    shapes = shapely.from_wkb(rows[SHAPE].to_numpy(zero_copy_only=False))
    cuts = np.searchsorted(layer, np.arange(1, layer[-1] + 1))
    return Cell(tuple(np.split(position, cuts)), tuple(np.split(shapes, cuts)), crs)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.table({
        name: pa.array(shapely.to_wkb(np.asarray(column.array, dtype=object)), pa.binary())
        if name == "geometry"
        else column.to_numpy()
        for name, column in frame.items()
    })


def _schema(none: pd.DataFrame) -> str:
    kinds = {name: "binary" if name == "geometry" else TYPES[none[name].dtype.kind] for name in none}
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


def _frame(done: pa.Table, none: pd.DataFrame) -> pd.DataFrame:
    """The answer in the shape of the work's own."""
    columns = {name: done[name].to_numpy(zero_copy_only=False) for name in none if name != "geometry"}
    if not isinstance(none, gpd.GeoDataFrame):
        return pd.DataFrame(columns)
    shapes = shapely.from_wkb(done["geometry"].to_numpy(zero_copy_only=False))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=none.crs)
