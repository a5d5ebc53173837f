"""The verdicts of a run as GeoParquet beside its csv: what the pages open in a moment, no judgement made again."""

from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

from evaluation.finding import Verdicts
from gis import geoparquet
from parcels.questions import QUESTIONS

Frame: TypeAlias = pd.DataFrame

FOLDER = "frames"
NAMES = (
    "firms", "indicators", "parcels", "zones", "expansion", "findings", "counted", "faults", "coverage", "log",
    "zone_shapes", "ledger", "repairs", "intensity", "court", "leaves", "evidence", "projection",
)  # fmt: skip
SLEEPING = "sleeping-"  # before the name of each table of the reclaim list
LATER = ("counted", "evidence")  # large, and read when first asked for
DRAWN = ("parcels", "counted", "zone_shapes", "evidence")
# Frames are read without threads: a scan of pyarrow may still be at work as the process ends, and abort it.


def save(verdicts: Verdicts, folder: Path) -> None:
    """Write every frame of the verdicts into folder/frames."""
    place = folder / FOLDER
    place.mkdir()
    for name, frame in verdicts.sleeping.items():
        pd.DataFrame(_storable(frame)).to_parquet(place / f"{SLEEPING}{name}.parquet", index=False)
    for name in NAMES:
        frame = _storable(getattr(verdicts, name))
        path = place / f"{name}.parquet"
        if name in DRAWN and "geometry" in frame.columns:
            geoparquet.write_in_order(path, gpd.GeoDataFrame(frame, geometry="geometry", crs=verdicts.crs))
        else:
            pd.DataFrame(frame).to_parquet(path, index=False)


def load(folder: Path, about: dict[str, Any]) -> Verdicts:
    """Return the verdicts saved in a run folder; `about` is its manifest. What lies behind them needs a replay."""
    counted, evidence = (partial(_read, folder / FOLDER / f"{name}.parquet", name) for name in LATER)
    frames = {name: _read(folder / FOLDER / f"{name}.parquet", name) for name in NAMES if name not in LATER}
    drawn = [frame for frame in frames.values() if isinstance(frame, gpd.GeoDataFrame)]
    provenance = {key: value for key, value in about.items() if key != "questions"}
    crs = next((frame.crs for frame in drawn if frame.crs is not None), None) or getattr(counted(), "crs", None)
    sleeping = {
        path.stem.removeprefix(SLEEPING): pd.read_parquet(path, use_threads=False)
        for path in sorted((folder / FOLDER).glob(f"{SLEEPING}*.parquet"))
    }
    return Verdicts(
        **frames, draw_counted=counted, draw_evidence=evidence, sleeping=sleeping,
        questions={name: about["questions"][name] for name in QUESTIONS}, provenance=provenance, crs=crs,
    )  # fmt: skip


def _read(path: Path, name: str) -> Frame:
    if not path.is_file():  # a run of an earlier version
        return pd.DataFrame()
    if name in DRAWN:
        try:
            return gpd.read_parquet(path, use_threads=False)
        except ValueError:  # no shape was delivered, so none was written
            return pd.read_parquet(path, use_threads=False)
    return pd.read_parquet(path, use_threads=False)


def _storable(frame: Frame) -> Frame:
    """Return `frame` with columns that hold more than one kind of thing (counts beside sums, lists) as text."""
    mixed = {
        name: frame[name].map(str, na_action="ignore")
        for name in frame.columns
        if name != "geometry" and frame[name].dtype == object and not _plain(frame[name])
    }
    return frame.assign(**mixed)


def _plain(values: pd.Series) -> bool:
    kinds = {type(value) for value in values if not (value is None or value is pd.NA or value != value)}  # noqa: PLR0124
    return kinds <= {str} or kinds <= {bool}
