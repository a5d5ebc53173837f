"""Write the delivery folder a bureau would hand over, and the answer key beside it."""

import gc
import os
from bisect import bisect
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
import pyogrio

from parcels.demo import (
    book_faults,
    firm_cases,
    ground,
    headings,
    idle_cases,
    land_cases,
    land_faults,
    ledger,
    raster,
    shapefile,
    workbook,
    zombie_cases,
    zone_cases,
)
from parcels.demo import county as counties
from parcels.demo import firms as firm_book
from parcels.demo.county import County
from parcels.demo.headings import headed
from parcels.demo.place import checked
from parcels.demo.workbook import Sheet
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame
LARGE = 20_000  # parcels from which a second process pays for its start

SEED = 2025
POLICIES = ("demo-five", "cn-idle-2012", "qianxi", "qinshui", "cn-expand-2017", "demo-province")
FEWEST_YEARS = 3
FEWEST_PARCELS, FEWEST_FIRMS = 300, 120  # below these the planted cases do not fit
RESULTS = (80.0, 90.0)  # scores from which a result is 良好, 优秀
CHANGED = "2026-01-05T09:00:00Z"
INSTRUCTIONS = """\
# 交接说明:图层用的是哪一版地类编码、是现状还是规划,文件自己不说,由移交人写明
tables:
  landuse:
    - {file: 地类图斑.gpkg, scheme: sandiao, set: {basis: actual}}
    - {file: 规划用地.gpkg, scheme: ydyh-2023, set: {basis: planned}}
"""


@dataclass(frozen=True)
class DemoPaths:
    """Where a demo delivery was written: the folder, and its answer key."""

    folder: Path
    key: Path


class DemoRefused(ValueError):
    """Fewer parcels, firms or years were asked for than the planted cases need; the message is in Chinese."""


@dataclass
class Handover:
    """What will be written: layers by file, workbooks by file; faults are planted in these."""

    layers: dict[str, gpd.GeoDataFrame]  # file → columns under the headings of the file (宗地.shp: of CONTRACT §3)
    books: dict[str, list[Sheet]]


def write(
    folder: Path, parcels: int = 600, firms: int = 250, years: tuple[int, ...] = (2023, 2024, 2025), seed: int = SEED
) -> DemoPaths:
    """Write a delivery of `parcels` parcels and `firms` firms to `folder` and its key to `folder`.key.csv.

    The same arguments give the same bytes. Raises DemoRefused where the planted cases would not fit, or
    the folder holds anything but a former demo.
    """
    if parcels < FEWEST_PARCELS or firms < FEWEST_FIRMS or firms > parcels // 2:
        raise DemoRefused(say("demo.too_small", parcels=FEWEST_PARCELS, firms=FEWEST_FIRMS))
    if len(years) < FEWEST_YEARS or sorted(years) != list(range(min(years), max(years) + 1)):
        raise DemoRefused(say("demo.too_few_years", years=FEWEST_YEARS))
    folder = Path(folder)
    key = folder.with_name(folder.name + ".key.csv")
    if folder.is_dir() and any(folder.iterdir()) and not key.is_file():
        raise DemoRefused(say("demo.occupied", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    with _beside(parcels) as beside:
        county = counties.found(parcels - land_faults.EXTRA_PARCELS, firms, tuple(sorted(years)), seed)
        roles, ordinary = _plant(county)
        handover, halls = assemble(county)
        _spoil(county, handover, roles, ordinary)
        written = [beside(workbook.write, folder / file, sheets) for file, sheets in handover.books.items()]
        with _fixed_date():
            for file, layer in handover.layers.items():
                _write_layer(folder / file, layer)
        raster.write(folder / entry("demo.files.image"), ground.actual_layer(county.ground, county.vacant()), halls,
                     _bare(county), county.rng, f"{county.as_of.year}:06:15 10:30:00")  # fmt: skip
        for one in written:
            one.result()
    (folder / "delivery.yaml").write_text(INSTRUCTIONS, encoding="utf-8")
    county.key.write(key)
    return DemoPaths(folder, key)


@contextmanager
def _beside(parcels: int) -> Iterator[Callable[..., Future[None]]]:
    """Give a way to write a workbook beside the layers: a process of its own where the county is large."""
    if parcels < LARGE:
        yield _at_once
        return
    gc.disable()  # millions of cells and no cycle among them: looking for one costs a sixth of the time
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
            pool.submit(_at_once, int)  # it loads its libraries while the county is being planted
            yield pool.submit
    finally:
        gc.enable()


def _at_once(work: Callable[..., object], *arguments: object) -> Future[None]:
    done: Future[None] = Future()
    work(*arguments)
    done.set_result(None)
    return done


def _plant(county: County) -> tuple[dict[str, str], Iterator[str]]:
    """Plant every verdict; return the codes that will be spoilt, and firms nothing was planted on."""
    taken = firm_cases.plant(county)
    taken = land_cases.plant(county, taken)
    roles = book_faults.recode(county, _ordinary(county, taken))
    taken |= set(roles.values())
    idle_cases.plant(county, taken)
    county.figures = firm_book.figures(county.firms, county.land_mu(), county.years, county.rng)
    taken |= zombie_cases.plant(county, _ordinary(county, taken))
    zone_cases.plant(county)
    return roles, _ordinary(county, taken)


def _ordinary(county: County, taken: set[str]) -> Iterator[str]:
    """Return the 规上 firms not taken, in random order."""
    free = county.firms[(county.firms["scale"] == "规上") & ~county.firms["uscc"].isin(taken)]
    return iter(county.rng.permutation(free["uscc"].to_numpy(dtype=object)).tolist())


def _spoil(county: County, handover: Handover, roles: dict[str, str], ordinary: Iterator[str]) -> None:
    """Plant the faults in the files."""
    files, layers = entry("demo.files"), handover.layers
    parcels, actual, planned, halls = (layers[files[name]] for name in ("parcels", "actual", "planned", "buildings"))
    land = land_faults.Land(county, parcels, actual, planned, halls, land_faults.free_lots(county))
    land_faults.plant(land)
    layers[files["parcels"]], layers[files["actual"]] = land.parcels, land.actual
    book_faults.plant(book_faults.Books(county, handover.books, ordinary), roles)


def assemble(county: County) -> tuple[Handover, gpd.GeoDataFrame]:
    """Return the county as files and sheets under their Chinese headings, and its buildings."""
    files = entry("demo.files")
    parcels = county.parcels
    halls = ledger.buildings(county.ground.lots, parcels, ~county.vacant() & ~_halted(county), county.rng)
    figures = ledger.built_figures(parcels, halls)
    dated = parcels["contract_date"].dt
    texts = dated.year.astype("str") + "年" + dated.month.astype("str") + "月" + dated.day.astype("str") + "日"
    actual = ground.actual_layer(county.ground, county.vacant())
    actual["number"] = [f"{i:06d}" for i in range(1, len(actual) + 1)]
    layers = {
        files["parcels"]: parcels.assign(contract_text=texts, **figures),
        files["actual"]: headed(actual, headings.ACTUAL),
        files["planned"]: headed(ground.planned_layer(county.ground), headings.PLANNED),
        files["zones"]: headed(ground.zone_layer(county.ground), headings.ZONES),
        files["buildings"]: headed(halls, headings.BUILDINGS),
        files["restricted"]: headed(ground.restricted_layer(county.ground), headings.RESTRICTED),
    }
    years = [_year(county, year) for year in county.years]
    delays = _plain(county.delays, headings.DELAYS, "delays")
    agreements = _plain(county.agreements, headings.AGREEMENTS, "agreements")
    books = {
        files["firms"]: [_firms(county), *years, _holdings(county), _events(county), _months(county)],
        files["land"]: [delays, agreements],
        files["appraisals"]: [_appraisals(county), _zone_years(county, halls)],
    }
    return Handover(layers, books), halls


def _halted(county: County) -> pd.Series:
    return county.parcels["construction_state"] == "停工"


def _bare(county: County) -> gpd.GeoSeries:
    """Return the lots where work began and stopped: bare soil to a satellite."""
    return county.parcels.geometry[_halted(county)]


def _firms(county: County) -> Sheet:
    return _sheet("firms", headed(county.firms, headings.FIRMS))


def _year(county: County, year: int) -> Sheet:
    rows = county.figures[county.figures["year"] == year].merge(county.firms[["uscc", "name"]], on="uscc", how="left")
    names = {column: heading for column, (heading, _) in headings.FIGURES.items()}
    units = dict(headings.FIGURES.values())
    table = headed(rows, names)
    table.insert(0, entry("demo.number"), range(1, len(table) + 1))
    return Sheet(say("demo.sheets.year.name", year=year), table, say("demo.sheets.year.title", year=year),
                 say("demo.sheets.year.remark"), units)  # fmt: skip


def _holdings(county: County) -> Sheet:
    return _sheet("holdings", headed(county.holdings, headings.HOLDINGS))


def _events(county: County) -> Sheet:
    return _plain(county.events, headings.EVENTS, "events")


def _months(county: County) -> Sheet:
    codes = county.figures["uscc"].astype(str)
    sound = codes.map(lambda code: checked(code[:17]) == code)
    rows = firm_book.months(county.figures[sound], county.as_of.year, county.rng)
    return _sheet("months", headed(rows, headings.MONTHS))


def _plain(rows: list[dict[str, object]], names: dict[str, str], sheet: str) -> Sheet:
    return _sheet(sheet, headed(pd.DataFrame(rows, columns=list(names)), names))


def _appraisals(county: County) -> Sheet:
    rows = [
        {"zone_id": zone, "cycle": year, "cycle_years": 1, "group": entry("demo.group"), "score": score,
         "rank": 1 + sum(other > score for other in scores.values()), "zones_ranked": len(scores),
         "result": entry("demo.results")[bisect(RESULTS, score)]}
        for year, scores in _scores(county).items()
        for zone, score in scores.items()
    ]  # fmt: skip
    return _plain(rows, headings.APPRAISALS, "appraisals")


def _scores(county: County) -> dict[int, dict[str, float]]:
    """Return year → zone → score: the first zone took no part last year, so two years running cannot be told."""
    last = county.as_of.year
    first, second, third = (zone.zone_id for zone in counties.ZONES)
    return {
        last - 2: {first: 83.4, second: 71.9, third: 90.2},
        last - 1: {second: 72.6, third: 92.1},
        last: {first: 84.5, second: 76.3, third: 93.5},
    }


def _zone_years(county: County, halls: gpd.GeoDataFrame) -> Sheet:
    names = {column: heading for column, (heading, _) in headings.ZONE_YEARS.items()}
    sheet = _sheet("zone_years", headed(counties.zone_years(county, halls), names))
    sheet.units = dict(headings.ZONE_YEARS.values())
    return sheet


def _sheet(name: str, rows: Frame) -> Sheet:
    words = entry(f"demo.sheets.{name}")
    return Sheet(words["name"], rows, words.get("title", ""), words.get("remark", ""))


def _write_layer(path: Path, layer: gpd.GeoDataFrame) -> None:
    if path.suffix == ".shp":
        shapefile.write(layer, headings.PARCELS, path)
        return
    path.unlink(missing_ok=True)
    many = bool(layer.geometry.geom_type.eq("MultiPolygon").any())
    kind = "MultiPolygon" if many else "Polygon"
    pyogrio.write_dataframe(layer, path, layer=path.stem, driver="GPKG", geometry_type=kind, promote_to_multi=many)


@contextmanager
def _fixed_date() -> Iterator[None]:
    """Let GDAL write the same time of change into every GeoPackage."""
    before = os.environ.get("OGR_CURRENT_DATE")
    os.environ["OGR_CURRENT_DATE"] = CHANGED
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": CHANGED})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
        if before is None:
            del os.environ["OGR_CURRENT_DATE"]


__all__ = ["DemoPaths", "DemoRefused", "Handover", "assemble", "write"]
