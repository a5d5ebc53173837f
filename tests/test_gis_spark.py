"""Spark gives the same floats and the same files: on this machine's cores, on a cluster, and when a worker dies."""

from __future__ import annotations

import filecmp
import importlib.util
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import cells, cutting, engines, geoparquet, overlay, province, spark, wkb
from reports import refusal

if TYPE_CHECKING:
    from conftest import Demo

pytestmark = pytest.mark.spark
LOOPBACK = "127.0.0.1"
LISTENING = "0A"
HASTE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # a JVM that lives for seconds needs no second compiler


def lots(across: int, step: float) -> gpd.GeoSeries:
    corners = step * np.arange(across)
    x, y = (each.ravel() for each in np.meshgrid(corners, corners))
    return gpd.GeoSeries(shapely.box(x, y, x + step * 0.97, y + step), crs=4549).translate(500_000, 3_300_000)


@dataclass
class Cluster:
    """One master and its workers, each a process group of its own."""

    url: str
    folder: Path
    master: subprocess.Popen
    workers: list[subprocess.Popen] = field(default_factory=list)

    def start(self, what: str, *arguments: object) -> subprocess.Popen:
        home = Path(str(importlib.util.find_spec("pyspark").origin)).parent
        order = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{what}", "--host", LOOPBACK, *arguments]
        environment = {
            **os.environ,
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_DAEMON_JAVA_OPTS": HASTE,
        }
        log = (self.folder / f"{len(self.workers)}-{what}.log").open("wb")
        with log:
            return subprocess.Popen(
                [str(part) for part in order], stdout=log, stderr=log, start_new_session=True, env=environment
            )

    def grow(self) -> subprocess.Popen:
        folder = self.folder / f"worker-{len(self.workers)}"
        # one core each, so that both are needed
        options = ["--port", 0, "--webui-port", 0, "--cores", 1, "--memory", "1g", "--work-dir", folder]
        worker = self.start("worker.Worker", *options, self.url)
        self.workers.append(worker)
        return worker

    def wait(self, workers: int) -> None:
        log = self.folder / "0-master.Master.log"
        until = time.monotonic() + 300
        while log.read_text(encoding="utf-8", errors="replace").count("Registering worker") < workers:
            assert time.monotonic() < until, log.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.2)

    def stop(self) -> None:
        for process in [*self.workers, self.master]:
            kill(process)


def kill(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="session", autouse=True)
def haste(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spark's own settings file, as an office would write it, makes short-lived JVMs start faster."""
    folder = tmp_path_factory.mktemp("conf")
    lines = [f"spark.{who}.extraJavaOptions {HASTE}" for who in ("driver", "executor")]
    (folder / "spark-defaults.conf").write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    made = Cluster(f"spark://{LOOPBACK}:{port}", tmp_path_factory.mktemp("cluster"), master=None)  # type: ignore[arg-type]
    made.master = made.start("master.Master", "--port", port, "--webui-port", 0)
    try:
        made.grow()
        made.grow()
        made.wait(2)
        yield made
    finally:
        made.stop()


def listening(processes: set[int]) -> dict[str, int]:
    """Local addresses on which these processes listen, as the kernel writes them, and how many."""
    mine = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").glob("*"):
            with suppress(OSError):
                mine.add(str(handle.readlink()))
    found: dict[str, int] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            part = line.split()
            if part[3] == LISTENING and f"socket:[{part[9]}]" in mine:
                address = part[1].partition(":")[0]
                found[address] = found.get(address, 0) + 1
    return found


def below(process: int) -> set[int]:
    """A process and all that descend from it."""
    parent = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parent[int(stat.parent.name)] = int(fields[1])
    found = {process}
    while more := {child for child, of in parent.items() if of in found and child not in found}:
        found |= more
    return found


def test_local_cores_give_the_same_floats_shapes_and_files_and_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, zones = lots(20, 90), lots(17, 107), lots(3, 640)
    with engines.using("spark", master="local[2]") as engine:
        pd.testing.assert_frame_equal(
            cells.run(overlay.areas, a, b, vertices=300), overlay.areas(a, b), check_exact=True
        )
        three = cells.run(overlay.areas_by_zone, a, b, zones, vertices=300)
        pd.testing.assert_frame_equal(three, overlay.areas_by_zone(a, b, zones), check_exact=True)
        drawn, whole = cells.run(cutting.pieces, a, b, vertices=300), cutting.pieces(a, b)
        monkeypatch.setattr(engines, "vertices", lambda *_: (800, 500_000))
        engine.session._jsc.hadoopConfiguration().set("fs.viewfs.mounttable.far.link./data", tmp_path.as_uri())
        counts = {}
        for pieces, where in ((False, "sums"), (True, "pieces")):
            near = replace(filed(a, b, zones, tmp_path, "file://"), pieces=pieces)
            far = replace(filed(a, b, zones, tmp_path, "viewfs://far", at="/data/"), pieces=pieces)
            counts[where] = province.run(near, f"file://{tmp_path / where / 'spark'}")
            assert province.run(far, f"viewfs://far/data/{where}/hadoop") == counts[where]
        with pytest.raises(wkb.NotPolygonColumn):
            province.run(points(tmp_path), str(tmp_path / "none"))
        java = engine.session.sparkContext._gateway.proc
    for pieces, where in ((False, "sums"), (True, "pieces")):
        asked, out = replace(filed(a, b, zones, tmp_path, ""), pieces=pieces), tmp_path / where
        assert province.run(asked, str(out / "here")) == counts[where]
        assert counts[where].parts > 1
        assert compared(out / "here", out / "spark") == set(), "the same parts, read by the workers themselves"
        for sum_ in (out / "hadoop").glob(".*.crc"):  # a file system in front of another does not hand this choice on
            sum_.unlink()
        assert compared(out / "here", out / "hadoop") == set(), "the same parts, read and written by Hadoop alone"
    assert drawn[["a", "b"]].equals(whole[["a", "b"]])
    assert drawn.geometry.geom_equals_exact(whole.geometry, 0).all()
    assert drawn.crs == whole.crs
    assert java.poll() is not None, "the JVM ended with the work"


def points(folder: Path) -> province.Asked:
    """A layer of parcels that are points: a worker finds it out, and the driver says it."""
    path = folder / "points.parquet"
    gpd.GeoDataFrame({"parcel_id": ["A"], "code": ["1"]}, geometry=[shapely.Point(0, 0)], crs=4549).to_parquet(path)
    return province.Asked(str(path), str(path))


def filed(
    a: gpd.GeoSeries, b: gpd.GeoSeries, zones: gpd.GeoSeries, folder: Path, scheme: str, at: str | None = None
) -> province.Asked:
    """The layers as GeoParquet; the land use as a folder of two files."""
    paths = [folder / "parcels.parquet", folder / "use", folder / "zones.parquet"]
    paths[1].mkdir(exist_ok=True)
    for path, key, layer in ((paths[0], "parcel_id", a), (paths[2], "zone_id", zones)):
        geoparquet.write(path, gpd.GeoDataFrame({key: np.arange(len(layer)).astype(str)}, geometry=layer))
    use = gpd.GeoDataFrame({"code": (np.arange(len(b)) % 3).astype(str)}, geometry=b)
    geoparquet.write(paths[1] / "one.parquet", use.iloc[::2], valid=True, rows=50)
    geoparquet.write(paths[1] / "two.parquet", use.iloc[1::2])
    return province.Asked(*(f"{scheme}{path if at is None else f'{at}{path.name}'}" for path in paths))


def compared(one: Path, other: Path) -> set[str]:
    """The files of two runs that differ, or that only one has."""
    names = {path.relative_to(folder) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}
    return {str(name) for name in names if not _same(one / name, other / name)}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def test_every_engine_writes_the_same_bytes(
    demo: Demo, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo on a pool and on a cluster of one master and two workers: only the engine's name differs."""
    from datetime import date

    from parcels.demo import POLICIES
    from reports.produce import produce

    monkeypatch.setattr(engines, "VERTICES_WORTH_A_TRIP", 4_000)  # so that the small demo falls into several cells
    for engine, master in (("processes", None), ("spark", cluster.url)):
        out = tmp_path / engine
        produce(demo.delivery, POLICIES, 2025, date(2025, 12, 31), out, engine=engine, master=master, memory=2)
        assert compared(demo.run, out) == {"manifest.json"}
        said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        known = json.loads((demo.run / "manifest.json").read_text(encoding="utf-8"))
        assert said.pop("engine") == engine
        assert known.pop("engine") == "local"
        assert said == known


def test_a_worker_killed_in_the_middle_changes_no_digit_and_no_ear_is_open_to_the_world(cluster: Cluster) -> None:
    a, b = lots(20, 90), lots(17, 107)
    marks = cluster.folder / "marks"
    marks.mkdir()

    def slow(one: gpd.GeoSeries, other: gpd.GeoSeries) -> pd.DataFrame:
        """A cell of real size takes a second; that it has begun is written down, by whom too."""
        (marks / f"{os.getppid()}-{time.time_ns()}").touch()
        time.sleep(0.5 if len(one) else 0)
        return overlay.areas(one, other)

    with engines.using("spark", master=cluster.url) as engine:
        java = engine.session.sparkContext._gateway.proc.pid
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(copy_context().run, lambda: cells.run(slow, a, b, vertices=150))
            begun = time.monotonic()
            while len(marks_of_workers(marks)) < 2:
                assert not waiting.done(), waiting.result()
                assert time.monotonic() - begun < 300
                time.sleep(0.1)
            ours = below(java) | {p for worker in [cluster.master, *cluster.workers] for p in below(worker.pid)}
            ears = listening(ours)
            kill(cluster.workers[1])
            started = len(list(marks.iterdir()))
            found = waiting.result()
        assert len(list(marks.iterdir())) > started, "work went on after the death"
    assert sum(ears.values()) >= 4
    assert {address for address in ears if not address.endswith("0100007F")} == set()
    pd.testing.assert_frame_equal(found, overlay.areas(a, b), check_exact=True)


def marks_of_workers(marks: Path) -> set[str]:
    """Which executors have begun a cell, besides the driver that asked for the shape of the answer."""
    return {mark.name.partition("-")[0] for mark in marks.iterdir()} - {str(os.getppid())}


class Elsewhere:
    """A context whose one worker is this process: what a task says is passed on, nothing else."""

    def parallelize(self, cells: list[object], _: int) -> Elsewhere:
        self.cells = cells
        return self

    def map(self, task: object) -> Elsewhere:
        self.answers = [task(cell) for cell in self.cells]
        return self

    def collect(self) -> list[object]:
        return self.answers


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    monkeypatch.setattr(spark.threads, "limit", lambda _: None)  # what a worker does to its own process
    monkeypatch.setattr(spark.gc, "freeze", lambda: None)
    return Elsewhere()


def test_a_worker_that_cannot_open_a_file_is_told_of_in_one_line(tmp_path: Path, elsewhere: Elsewhere) -> None:
    absent = tmp_path / "宗地.parquet"
    with pytest.raises(engines.EngineUnavailable) as refused:
        spark._job(elsewhere, Path.read_bytes, absent)
    (line,) = refusal.lines(refused.value)
    assert line.startswith(f"Spark 的工作机打不开 {absent}。")
    assert "共享目录" in line


def test_a_mistake_in_the_data_comes_from_the_worker_as_it_is(elsewhere: Elsewhere) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        spark._job(elsewhere, int, "甲")
