"""What others would use for area by parcel × class × zone: each as its own manual advises, on the same county.

A peer takes a County, loads it into the form it likes best (not timed) and gives a function that
answers pid, cls, zid, m2 (planar). It raises Missing, in words, where it is not installed.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from benchmarks.county import County

Answer = Callable[[], pd.DataFrame]
KEY = ["pid", "cls", "zid"]
QGIS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")  # Debian's script adds an unknown option
POSTGRES = Path("/usr/lib/postgresql/15/bin")
QUERY = """
WITH used AS (
  SELECT p.pid, l.cls, CASE WHEN ST_CoveredBy(p.geom, l.geom) THEN p.geom ELSE ST_Intersection(p.geom, l.geom) END AS g
  FROM parcels p JOIN landuse l ON ST_Intersects(p.geom, l.geom))
SELECT u.pid, u.cls, z.zid,
  sum(ST_Area(CASE WHEN ST_CoveredBy(u.g, z.geom) THEN u.g ELSE ST_Intersection(u.g, z.geom) END)) AS m2
FROM used u JOIN zones z ON ST_Intersects(u.g, z.geom) GROUP BY u.pid, u.cls, z.zid
"""
PLAIN = re.sub(r"CASE WHEN .* ELSE (.*) END", r"\1", QUERY)  # SedonaDB loses the type of a CASE of geometries


class Missing(Exception):
    """A peer that this machine does not have."""


@contextmanager
def geopandas(ground: County) -> Iterator[Answer]:
    """What an analyst would write."""
    yield lambda: overlaid(*ground)


def overlaid(parcels: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Overlay twice, then add up by parcel, class and zone."""
    used = gpd.overlay(parcels, landuse)
    zoned = gpd.overlay(used, zones)
    return zoned.assign(m2=zoned.area).groupby(KEY, as_index=False)["m2"].sum()


@contextmanager
def dask(ground: County) -> Iterator[Answer]:
    """Parcels along a Hilbert curve, eight parts a core; each part overlays with what its box touches."""
    try:
        import dask_geopandas
    except ImportError:
        raise Missing from None
    meta = pd.DataFrame({"pid": [0], "cls": [""], "zid": [0], "m2": [0.0]})

    cores = os.cpu_count() or 1
    near = ground.parcels.iloc[np.argsort(ground.parcels.hilbert_distance().to_numpy())]
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:

        def answer() -> pd.DataFrame:
            parts = dask_geopandas.from_geopandas(near, npartitions=8 * cores, sort=False)
            made = parts.map_partitions(_part, ground.landuse, ground.zones, meta=meta, align_dataframes=False)
            return made.compute(scheduler="processes", pool=pool)

        list(pool.map(_part, *([layer[:1]] * cores for layer in ground)))  # the workers are awake before the clock
        yield answer


def _part(parcels: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    box = parcels.total_bounds
    return overlaid(parcels, *(layer.iloc[layer.sindex.query(shapely.box(*box))] for layer in (landuse, zones)))


@contextmanager
def duckdb(ground: County) -> Iterator[Answer]:
    """Tables in its memory; its spatial join builds its own tree."""
    try:
        import duckdb as engine
        import duckdb_extension_spatial as extension
    except ImportError:
        raise Missing from None
    found = sorted((Path(extension.__file__).parent / "extensions").rglob("spatial.duckdb_extension"))
    with engine.connect(config={"allow_unsigned_extensions": "true"}) as db:
        db.execute(f"LOAD '{found[-1].as_posix()}'")
        for name, layer in ground._asdict().items():
            db.register("handed", _with_wkb(layer))
            db.execute(f"CREATE TABLE {name} AS SELECT * EXCLUDE (wkb), ST_GeomFromWKB(wkb) AS geom FROM handed")
        yield lambda: db.execute(QUERY).df()


@contextmanager
def sedona(ground: County) -> Iterator[Answer]:
    """SedonaDB, tables in its memory."""
    try:
        import sedonadb
    except ImportError:
        raise Missing from None
    db = sedonadb.connect()
    for name, layer in ground._asdict().items():
        db.create_data_frame(layer.rename_geometry("geom")).to_memtable().to_view(name, True)
    yield lambda: pa.table(db.sql(PLAIN)).to_pandas()


@contextmanager
def postgis(ground: County) -> Iterator[Answer]:
    """A cluster of its own on this machine, indexed and analysed, two workers a query; stopped afterwards."""
    if not (POSTGRES / "postgres").exists():
        raise Missing
    with _cluster() as db:
        for name, layer in ground._asdict().items():
            _load(db, name, _with_wkb(layer))
        yield lambda: pd.DataFrame(db.execute(QUERY).fetchall(), columns=[*KEY, "m2"])


@contextmanager
def _cluster() -> Iterator[Any]:
    import psycopg

    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        who = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if who:
            shutil.chown(folder, **who)
        data = f"{folder}/data"
        init = (POSTGRES / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
        subprocess.run(init, check=True, capture_output=True, cwd=folder, **who)
        settings = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
            "shared_buffers": "2GB", "work_mem": "256MB", "jit": "off", "max_parallel_workers_per_gather": "2",
        }  # fmt: skip
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            (POSTGRES / "postgres", "-D", data, *words),
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
        )  # fmt: skip
        try:
            with _patiently(lambda: psycopg.connect(f"host=127.0.0.1 port={port} user=bench dbname=postgres")) as db:
                db.autocommit = True
                db.execute("CREATE EXTENSION postgis")
                yield db
        finally:
            server.terminate()
            server.wait()


def _patiently(connect: Callable[[], Any]) -> Any:
    """A server that has just been started answers after some tries."""
    import psycopg

    for _ in range(100):
        try:
            return connect()
        except psycopg.OperationalError:
            time.sleep(0.2)
    return connect()


def _load(db: Any, name: str, table: pd.DataFrame) -> None:
    keys = [column for column in table if column != "wkb"]
    types = ", ".join(f"{key} {'text' if key == 'cls' else 'bigint'}" for key in keys)
    db.execute(f"CREATE TABLE {name} ({types}, geom geometry)")
    with db.cursor().copy(f"COPY {name} FROM STDIN") as copy:
        for row in table[[*keys, "wkb"]].itertuples(index=False):
            copy.write_row((*row[:-1], row[-1].hex()))
    db.execute(f"CREATE INDEX ON {name} USING gist (geom)")
    db.execute(f"VACUUM ANALYZE {name}")


@contextmanager
def qgis(ground: County) -> Iterator[Answer]:
    """What an officer does by hand: intersection, twice, from GeoPackage to GeoPackage.

    Timed are both, the program's start-up and, as her sheet would, adding up the areas of the last layer.
    """
    if not QGIS:
        raise Missing
    with tempfile.TemporaryDirectory() as folder:
        for name, layer in ground._asdict().items():
            layer.to_file(f"{folder}/{name}.gpkg", engine="pyogrio")

        def answer() -> pd.DataFrame:
            _qgis(folder, "parcels", "landuse", "used")
            _qgis(folder, "used", "zones", "zoned")
            zoned = gpd.read_file(f"{folder}/zoned.gpkg", columns=KEY)
            return zoned.assign(m2=zoned.area).groupby(KEY, as_index=False)["m2"].sum()

        yield answer


def _qgis(folder: str, one: str, other: str, out: str) -> None:
    made = Path(f"{folder}/{out}.gpkg")
    made.unlink(missing_ok=True)
    words = (f"INPUT={folder}/{one}.gpkg", f"OVERLAY={folder}/{other}.gpkg", f"OUTPUT={made}")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": folder}
    subprocess.run((QGIS, "run", "native:intersection", *words), check=True, capture_output=True, env=environment)


def _with_wkb(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(layer.drop(columns="geometry")).assign(wkb=shapely.to_wkb(layer.geometry.array))
