"""Firm ⇄ parcel where the keys fail: candidates with reasons for a person to confirm, never joined by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from parcels import areas, drawn, likeness
from parcels.allotment import among
from parcels.words import say

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

COLUMNS = ["parcel_id", "uscc", "how", "confidence", "joined", "rivals", "holder", "name", "reason"]
# How sure a way of finding makes us that firm and parcel belong together; for ordering, not for deciding.
CONFIDENCE = {
    "uscc": 1.0,
    "name": 0.95,
    "core": 0.85,
    "near_uscc": 0.8,
    "similar": 0.75,
    "branch": 0.7,
    "location": 0.5,
    "address": 0.5,
}
LIKE_ENOUGH = 80.0  # of 100; below it two names are two firms
SHORTEST_ADDRESS = 6  # characters: a bare 工业园区 is no address
LON_LAT = "EPSG:4490"


def joined(book: Book) -> Frame:
    """One row is a parcel and a firm of the register tied by credit code: parcel_id, uscc; nothing weaker joins."""
    parcels, held = book.tables["parcels"], book.tables["holdings"]
    by_holder = parcels[["parcel_id", "holder_uscc"]].rename(columns={"holder_uscc": "uscc"})
    pairs = pd.concat([by_holder, held[["parcel_id", "uscc"]]], ignore_index=True).dropna().drop_duplicates()
    known = among(pairs["uscc"], book.tables["firms"]["uscc"]) & among(pairs["parcel_id"], parcels["parcel_id"])
    return pairs[known].reset_index(drop=True)


def candidates(book: Book, like_enough: float = LIKE_ENOUGH) -> Frame:
    """One row is a firm that may hold a parcel, the surest first.

    parcel_id, uscc, how: uscc (the credit codes are equal: joined) / name (equal but for width, brackets, blanks) /
    core (equal but for the kind of company) / near_uscc (one character apart) / branch (of that company) / similar
    (rapidfuzz ≥ like_enough of 100) / location (the firm's point lies in the parcel) / address (the firm's address is
    the parcel's). confidence 0–1, joined (true for uscc alone), rivals (how many firms are proposed for the parcel),
    holder, name, reason. Names are sought for parcels without a firm, places for firms without a parcel.
    """
    sure = joined(book)
    parcels, firms = book.tables["parcels"], book.tables["firms"]
    open_parcels = parcels[~among(parcels["parcel_id"], sure["parcel_id"])]
    open_firms = firms[~among(firms["uscc"], sure["uscc"])]
    found = [
        sure.assign(how="uscc", score=100.0),
        *likeness.by_name(open_parcels, firms, like_enough),
        likeness.by_code(open_parcels, firms),
        _by_location(book, open_firms),
        _by_address(parcels, open_firms),
    ]
    rows = pd.concat([part for part in found if len(part)] or [sure.assign(how="", score=0.0)], ignore_index=True)
    return _told(rows, parcels, firms)


def _told(rows: Frame, parcels: Frame, firms: Frame) -> Frame:
    """Return each pair once, by its surest way, with names and reasons."""
    weight = rows["how"].map(CONFIDENCE).astype("float64")
    rows = rows.assign(confidence=weight * rows["score"] / 100)
    best = rows.sort_values(["parcel_id", "confidence", "uscc"], ascending=[True, False, True], kind="stable")
    best = best.drop_duplicates(["parcel_id", "uscc"]).reset_index(drop=True)
    holder = parcels.set_index("parcel_id")["holder"]
    name = firms.drop_duplicates("uscc").set_index("uscc")["name"]
    reasons = [
        say(f"landuse.match.{how}", score=f"{score:.0f}") for how, score in zip(best["how"], best["score"], strict=True)
    ]
    return best.assign(
        joined=best["how"] == "uscc",
        rivals=best.groupby("parcel_id")["uscc"].transform("size"),
        holder=best["parcel_id"].map(holder).astype("str"),
        name=best["uscc"].map(name).astype("str"),
        reason=pd.Series(reasons, index=best.index, dtype="str"),
    )[COLUMNS]


def _by_location(book: Book, firms: Frame) -> Frame:
    """Return the parcels that hold the point of a firm without land; surer where it is the only such firm there."""
    parcels = book.tables["parcels"]
    land = drawn.polygons(parcels)
    placed = firms[firms["lon"].notna() & firms["lat"].notna()]
    if land is None or placed.empty:
        return _pairs(parcels.iloc[:0], firms.iloc[:0], "location")
    points = gpd.GeoSeries(gpd.points_from_xy(placed["lon"], placed["lat"]), crs=LON_LAT).to_crs(land.crs)
    at, parcel = land.sindex.query(points, predicate="intersects")
    found = _pairs(parcels.iloc[parcel], placed.iloc[at], "location")
    alone = found.groupby("parcel_id")["uscc"].transform("size") == 1
    return found.assign(score=np.where(alone, 100.0, 60.0))


def _by_address(parcels: Frame, firms: Frame) -> Frame:
    """Return the parcels whose 坐落 is the address of a firm without land."""
    location, address = likeness.plain(parcels["location"]), likeness.plain(firms["address"])
    here = parcels[["parcel_id"]].assign(place=location)[location.str.len().fillna(0) >= SHORTEST_ADDRESS]
    there = firms[["uscc"]].assign(place=address)[address.notna()]
    return here.merge(there, on="place", validate="many_to_many")[["parcel_id", "uscc"]].assign(
        how="address", score=100.0
    )


def _pairs(parcels: Frame, firms: Frame, how: str) -> Frame:
    ids = {"parcel_id": parcels["parcel_id"].to_numpy(), "uscc": firms["uscc"].to_numpy()}
    return pd.DataFrame(ids).astype("str").assign(how=how, score=100.0)


def unmatched_parcels(book: Book) -> Frame:
    """One row is a parcel without a firm of the register: parcel_id, holder, holder_uscc, location, area_mu.

    Also candidates (how many firms are proposed), best_uscc, best_confidence, reason of the best.
    """
    parcels = book.tables["parcels"].reset_index(drop=True)
    area = areas.parcel_area(book)["area_mu"]
    rows = parcels[["parcel_id", "holder", "holder_uscc", "location"]].assign(area_mu=area)
    rows = rows[~among(rows["parcel_id"], joined(book)["parcel_id"])]
    return _with_best(rows, candidates(book), "parcel_id", "uscc")


def unmatched_firms(book: Book, year: int) -> Frame:
    """One row is a firm of the register without a parcel: uscc, name, address, tax_wan, revenue_wan of the year.

    Also candidates (how many parcels are proposed), best_parcel_id, best_confidence, reason of the best.
    """
    firms = book.tables["firms"][["uscc", "name", "address"]]
    figures = _figures(book, year)
    rows = firms[~among(firms["uscc"], joined(book)["uscc"])].join(figures, on="uscc")
    return _with_best(rows, candidates(book), "uscc", "parcel_id")


def _figures(book: Book, year: int) -> Frame:
    """Return uscc → tax_wan, revenue_wan of one year; missing where no row says."""
    years = book.tables["firm_years"]
    of_year = years[years["year"] == year]
    return of_year.groupby("uscc")[["tax_wan", "revenue_wan"]].sum(min_count=1)


def _with_best(rows: Frame, found: Frame, key: str, other: str) -> Frame:
    proposed = found[~found["joined"]].sort_values(["confidence", other], ascending=[False, True], kind="stable")
    best = proposed.drop_duplicates(key).set_index(key)
    count = proposed.groupby(key).size()
    return rows.assign(
        candidates=rows[key].map(count).fillna(0).astype("int64"),
        **{f"best_{other}": rows[key].map(best[other]).astype("str")},
        best_confidence=rows[key].map(best["confidence"]).astype("float64"),
        reason=rows[key].map(best["reason"]).astype("str"),
    ).reset_index(drop=True)


def balance(book: Book, year: int) -> Frame:
    """Return what is tied and what is in limbo: total = matched + unmatched + unregistered, on both sides.

    One row is a sum: parcels (count), land_mu (亩), firms (count), tax_wan, revenue_wan (万元 of the year).
    unregistered: figures of firms that the register does not hold. unknown: rows whose figure is missing.
    """
    sure = joined(book)
    parcels, firms = book.tables["parcels"], book.tables["firms"]["uscc"]
    tied_land = among(parcels["parcel_id"], sure["parcel_id"]).to_numpy()
    land = areas.parcel_area(book)["area_mu"].to_numpy(dtype="float64")
    figures = _figures(book, year)
    named = figures.index.to_series()
    tied, registered = among(named, sure["uscc"]).to_numpy(), among(named, firms).to_numpy()
    tied_firms = among(firms, sure["uscc"]).to_numpy()
    ones = np.ones(len(parcels)), np.ones(len(firms))
    rows = [
        _row("parcels", ones[0], tied_land, np.ones(len(parcels), dtype=bool)),
        _row("land_mu", land, tied_land, np.ones(len(parcels), dtype=bool)),
        _row("firms", ones[1], tied_firms, np.ones(len(firms), dtype=bool)),
        *(_row(n, figures[n].to_numpy(dtype="float64"), tied, registered) for n in ("tax_wan", "revenue_wan")),
    ]
    return pd.DataFrame(rows, columns=["sum", "total", "matched", "unmatched", "unregistered", "unknown"])


def _row(
    name: str, values: np.ndarray, tied: np.ndarray, registered: np.ndarray
) -> tuple[str, float, float, float, float, int]:
    parts = (float(np.nansum(values[where])) for where in (tied, registered & ~tied, ~registered))
    matched, unmatched, unregistered = parts
    return name, matched + unmatched + unregistered, matched, unmatched, unregistered, int(np.isnan(values).sum())
