"""Spark under the cells: one small job a cell, on this machine's cores or on a cluster.

Every cell is one task, so a pair is met once, and what a dead worker had begun is done again elsewhere. The rows of a
cell never become rows of Spark: they would be taken apart, shuffled and put together again, which costs as much as
the work itself. The workers import gis from the same path as the driver, where its kernel lies compiled.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from gis import threads
from gis.engines import AHEAD, EngineUnavailable, ahead

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
JAVA = 17
LOOPBACK = "127.0.0.1"


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

    def over(self, each: Callable[[Any], T], cells: Iterable[Any]) -> Iterator[T]:
        """One small Spark job a cell, in the order of the cells, a few ahead of what is asked for.

        Raises what `each` raises of ValueError as it is: a mistake in the data is the same on every worker; and
        EngineUnavailable where a worker cannot open a file.
        """
        return self.jobs(partial(_job, self.session.sparkContext, each), cells)

    def jobs(self, job: Callable[[Any], T], of: Iterable[Any]) -> Iterator[T]:
        """The answers of Spark jobs, asked for by threads of this process: several at once, in their order."""
        most = AHEAD * self.lanes
        pool = ThreadPoolExecutor(most)
        try:
            yield from ahead(pool, job, of, most)
        finally:
            pool.shutdown(cancel_futures=True)

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
        "spark.rpc.message.maxSize": "2047",  # MiB, the most Spark allows: a cell travels within its task
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


def _job(context: Any, each: Callable[[Any], T], cell: Any) -> T:
    """One cell on whatever worker is free: it travels as pickled bytes, which the JVM passes on unopened."""
    ((answer, refused),) = context.parallelize([cell], 1).map(partial(_worked, each)).collect()
    if isinstance(refused, OSError):  # the driver has opened the same path: it is the worker that cannot
        raise EngineUnavailable("reach", str(refused.filename or refused)) from refused
    if refused is not None:
        raise refused
    return answer  # type: ignore[no-any-return]


def _worked(each: Callable[[Any], T], cell: Any) -> tuple[T | None, ValueError | OSError | None]:
    """The answer, or why there is none."""
    threads.limit(1)
    try:
        return each(cell), None
    except (ValueError, OSError) as error:
        return None, error
    finally:
        if not gc.get_freeze_count():
            gc.freeze()  # Spark collects garbage after every task: what was imported, 0.1 s to look at, is none
