"""The reclaim list as offices keep it: the 21 headings of a deployed ledger, and a city's 17-heading import sheet."""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from evaluation.reclaim.sentences import joined
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import remembered
from parcels.places import Places
from parcels.words import entry, say, word

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
LEDGER = "reclaim.ledger"  # field → heading, in order (PRODUCT.md, the deployed 收储清单)
IMPORT = "reclaim.import"  # field → heading, in order (a city's 17-heading template)
LISTED = ("clause1", "clause2")


def rows_of(parcels: Frame) -> pd.Series:
    """Return which parcels are on the list: idle by either clause, of low efficiency, or held by a suspected zombie."""
    tests = tests_of(parcels)
    return tests["idle"] | tests["low"] | tests["zombie"]


def in_order(parcels: Frame) -> Frame:
    """Return parcels in the order of work: the ledger's rows, wherever it is sorted, stand so."""
    order = ["priority_rank", "parcel_id"] if "priority_rank" in parcels else ["parcel_id"]
    return parcels.sort_values(order)


def tests_of(parcels: Frame) -> dict[str, pd.Series]:
    """Return for what a parcel may be listed: idle, low (of low efficiency), zombie (held by a suspected one)."""
    none = pd.Series(False, index=parcels.index)
    return {
        "idle": parcels["idle"].isin(LISTED),
        "low": parcels["low_efficiency"].eq("fail").fillna(False),
        "zombie": parcels["zombie"].eq("fail").fillna(False) if "zombie" in parcels else none,
    }


def ledger(rows: Frame) -> Frame:
    """Return one row a listed parcel under the ledger's headings, of the rows of `fields`."""
    return _shaped(rows, LEDGER)


def import_sheet(rows: Frame) -> Frame:
    """Return the same rows under the 17 headings of a city's low-efficiency import template; see ledger."""
    return _shaped(rows, IMPORT)


def _shaped(rows: Frame, which: str) -> Frame:
    headings = entry(which)
    return rows[list(headings)].rename(columns=headings).reset_index(drop=True)


def fields(book: "Book", parcels: Frame, figures: Frame, before: Frame, paths: pd.Series, year: int) -> Frame:
    """Return what the sheets say of each listed parcel, one column a field, in order of priority and then parcel.

    `parcels` is the reclaim list with zombie and priority, `figures` and `before` a firm's uscc and tax_per_mu of
    `year` and of the year before, `paths` the open disposal paths of the listed. What people decide — progress, land
    disposed of, who carries it out — stays blank.
    """
    rows = in_order(parcels[rows_of(parcels)])
    of_firm = _of(book.tables["firms"], "uscc", rows["holder_uscc"], "county", "name", "scale", "operating_state")
    of_zone = _of(book.tables["zones"], "zone_id", rows["zone_id"], "county", "name")
    county = of_firm["county"].fillna(of_zone["county"])
    return pd.DataFrame({
        "county": county,
        "county_code": _county_code(rows["parcel_id"]),
        "year": year,
        "name": of_firm["name"].fillna(rows["holder"]),
        "zone": of_zone["name"],
        "uscc": rows["holder_uscc"],
        "area_mu": half_up(rows["area_mu"].astype("float64"), DECIMALS),
        "location": rows["location"],
        "tax_now": _of(figures, "uscc", rows["holder_uscc"], "tax_per_mu")["tax_per_mu"],
        "tax_before": _of(before, "uscc", rows["holder_uscc"], "tax_per_mu")["tax_per_mu"],
        "above": of_firm["scale"].map({"规上": word("yes_no", "true"), "规下": word("yes_no", "false")}),
        "operating": of_firm["operating_state"],
        "use": _of(book.tables["parcels"], "parcel_id", rows["parcel_id"], "use_name")["use_name"],
        "kind": _kinds(rows),
        "path": paths.reindex(rows.index),
        "state": rows["legal_step"].map(entry("common.legal_step")),
        "progress": pd.Series(np.nan, index=rows.index, dtype=TEXT),
        "disposed_mu": np.nan,
        "left_mu": half_up(rows["area_mu"].astype("float64"), DECIMALS),
        "unit": pd.Series(np.nan, index=rows.index, dtype=TEXT),
        "problem": _stage(rows),
        "reason": rows["reason"],
        "note": _note(book, rows, year),
    })


def _note(book: "Book", rows: Frame, year: int) -> pd.Series:
    """Return the parcel, the sources it is listed under, the row it was read from, and the years of the tax figures."""
    none = pd.Series("", index=rows.index, dtype=TEXT)
    source = rows["basis"].fillna("").astype(TEXT) if "basis" in rows else none
    read = _read_from(book, rows)
    parts = [
        say("reclaim.list.parcel") + rows["parcel_id"].astype(TEXT),
        (say("reclaim.list.basis") + source).where(source.ne(""), ""),
        (say("reclaim.list.evidence") + read).where(read.ne(""), ""),
        pd.Series(say("reclaim.list.years", now=year, before=year - 1), index=rows.index, dtype=TEXT),
    ]
    return joined(parts)


def _read_from(book: "Book", rows: Frame) -> pd.Series:
    """Return the file, sheet and row a parcel was delivered in, blank where nothing was delivered."""
    table = book.tables["parcels"]
    if "_source" not in table:
        return pd.Series("", index=rows.index, dtype=TEXT)
    own = _of(table, "parcel_id", rows["parcel_id"], "_source", "_row")
    place = Places(book.sources, book.headings).of("parcels", own, "")
    row = place["row"].map(lambda number: "" if pd.isna(number) else say("reclaim.list.row", row=int(number)))
    said = place["file"] + " " + place["sheet"] + " " + row.astype(TEXT)
    return said.str.replace(r"\s+", " ", regex=True).str.strip()


def _of(table: Frame, key: str, wanted: pd.Series, *columns: str) -> Frame:
    """Return columns of the first row of `table` for each `wanted` key (index of `wanted`); blank where none has it."""
    mine = pd.DataFrame(table.loc[table[key].isin(wanted), [key, *columns]])
    return mine.drop_duplicates(key).set_index(key).reindex(wanted).set_axis(wanted.index)


def _county_code(parcel_id: pd.Series) -> pd.Series:
    """Return the six figures of the 县级行政区 a 19- or 28-figure parcel code begins with (POLICY §12.1)."""
    codes = parcel_id.astype(TEXT)
    return codes.str.extract(r"^(\d{6})\d{6}[GJZ][A-Z]\d{5}", expand=False)


def _kinds(rows: Frame) -> pd.Series:
    """Return what a parcel is listed for: 闲置土地, 低效用地, 疑似僵尸企业用地."""
    return joined([
        test.map({True: say(f"reclaim.list.{name}"), False: ""}).astype(TEXT) for name, test in tests_of(rows).items()
    ])


def _stage(rows: Frame) -> pd.Series:
    """Return 线索 or 疑似 of the idle judgement; the other signs are suspected at most."""
    stage = rows["stage"].where(rows["stage"].ne(""), "suspected")
    return stage.map(entry("common.stage"))


@remembered()
def balance(parcels: Frame) -> Frame:
    """Return one row an idle word and one for all: parcels, mu (of known areas as shown), without_area. It adds up."""
    parcels = parcels.assign(area_mu=half_up(parcels["area_mu"].astype("float64"), DECIMALS))
    by = parcels.groupby(parcels["idle"].fillna(""))
    table = pd.DataFrame({
        "parcels": by.size(),
        "mu": half_up(by["area_mu"].sum(), DECIMALS),
        "without_area": by["area_mu"].agg(lambda part: int(part.isna().sum())),
    })
    whole = pd.DataFrame({
        "parcels": [len(parcels)],
        "mu": [half_up(float(parcels["area_mu"].sum()), DECIMALS)],
        "without_area": [int(parcels["area_mu"].isna().sum())],
    }, index=pd.Index(["all"]))  # fmt: skip
    return pd.concat([table, whole]).rename_axis("idle").reset_index()
