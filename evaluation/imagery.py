"""Delivered images as evidence on parcels: a lead for a visit at most, never a finding (POLICY §13)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.finding import Node, piled
from evaluation.policy.imagery import ImageryPolicy, Screen
from evaluation.policy.model import Policy, at, citation
from evaluation.reclaim.findings import finding
from gis import raster
from gis.crs import CrsMissing
from gis.measure import half_up
from parcels.book import Book
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
UNREADABLE = (raster.RasterUnreadable, raster.BandMissing, raster.RasterGrid, CrsMissing)


def examine(book: Book, policies: Sequence[Policy], as_of: date) -> Frame:
    """Return one finding a parcel, rule and image taken by `as_of`: fail is a lead, unknown says what is lacking."""
    chosen = [policy for policy in policies if isinstance(policy, ImageryPolicy)]
    return piled([found for policy in chosen for rule in policy.rules for found in _rule(book, policy, rule, as_of)])


def _rule(book: Book, policy: ImageryPolicy, rule: Screen, as_of: date) -> Iterator[Frame]:
    bound = at(rule.at_least, as_of)
    least = bound.value if bound is not None and isinstance(bound.value, int | float) else np.nan
    source = bound.source if bound is not None else rule.source
    standing = policy.in_force.standing(as_of)
    seen = _seen(book, rule, as_of)
    for reading, measured, note in seen:
        decided = standing == "生效" and policy.sources[source].decides and not np.isnan(least)
        known = measured.notna() & decided
        outcome = pd.Series(np.select([~known, measured >= least], ["unknown", "fail"], "pass"), measured.index)
        why = note if decided else pd.Series(_why(standing, policy.sources[source].decides), index=note.index)
        yield finding(
            policy, source, "parcel", book.tables["parcels"]["parcel_id"], rule.id, reading, outcome,
            stage=outcome.map({"fail": "lead"}).fillna(""), measured=measured, required=least, note=why,
        )  # fmt: skip


def _why(standing: str, decides: bool) -> str:  # noqa: FBT001 - a state of the source, not a switch
    """Why a policy decides nothing here: not in force, not verified, or its bound not filled in."""
    if standing != "生效":
        return standing
    return say("verdicts.imagery.blank") if decides else say("reclaim.idle.unverified")


def _seen(book: Book, rule: Screen, as_of: date) -> list[tuple[str, pd.Series, pd.Series]]:
    """Return (date, mean index, note) by parcel of every image; one that lacks something is a note without a mean."""
    images = book.tables["images"].to_dict("records")
    taken = [one for one in images if pd.isna(one["date"]) or one["date"].date() <= as_of]
    index = book.tables["parcels"].index
    if not taken:
        return [("", pd.Series(np.nan, index), pd.Series(say("verdicts.imagery.none"), index))]
    return [(_day(one), *_of_image(book, rule, one)) for one in taken]


def _of_image(book: Book, rule: Screen, image: Mapping[Any, Any]) -> tuple[pd.Series, pd.Series]:
    parcels = book.tables["parcels"]
    nothing = pd.Series(np.nan, parcels.index)
    if not _day(image):
        return nothing, pd.Series(say("verdicts.imagery.undated", file=image["file"]), parcels.index)
    try:
        found = raster.zonal(_bands(book.root, image), _shapes(book), rule.index, rule.least_pixels)
    except UNREADABLE:
        needs = "、".join(raster.INDICES[rule.index])
        return nothing, pd.Series(say("verdicts.imagery.bands", file=image["file"], needs=needs), parcels.index)
    if not found["nodata_stated"].all():
        return nothing, pd.Series(say("verdicts.imagery.nodata", file=image["file"]), parcels.index)
    said = {"file": image["file"], "day": _day(image), "least": rule.least_pixels}
    notes = [
        say(f"verdicts.imagery.{reason or 'seen'}", **said, valid=f"{valid:.1f}", core=f"{core:.1f}")
        for reason, valid, core in zip(found["reason"], found["valid"], found["core"], strict=True)
    ]
    return pd.Series(half_up(found["mean"], DECIMALS), parcels.index), pd.Series(notes, parcels.index, dtype="str")


def _bands(root: Path, image: Mapping[Any, Any]) -> dict[str, tuple[Path, int]]:
    """Return band name → (file, number from 1), as the file or delivery.yaml names them; numbers are no names."""
    names = str(image["bands"]).split(";")
    return {name.strip(): (root / str(image["file"]), number) for number, name in enumerate(names, start=1)}


def _shapes(book: Book) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(book.tables["parcels"]["geometry"]), book.tables["parcels"].index, crs=book.crs)


def _day(image: Mapping[Any, Any]) -> str:
    return "" if pd.isna(image["date"]) else str(image["date"].date())


def explain(policies: Sequence[Policy], found: Frame, parcel_id: str) -> tuple[Node, ...]:
    """Return one node a rule and image: the mean index, the bound, the day, the pixels and whose bound it is."""
    rules = {(policy.id, rule.id): (policy, rule) for policy in policies if isinstance(policy, ImageryPolicy)
             for rule in policy.rules}  # fmt: skip
    own = found[found["subject_id"].astype(str).eq(parcel_id)]
    return tuple(_node(*rules[row["policy"], row["rule"]], row) for row in own.to_dict("records"))


def _node(policy: ImageryPolicy, rule: Screen, row: Mapping[Any, Any]) -> Node:
    bound = "" if pd.isna(row["required"]) else say("verdicts.imagery.bound", required=f"{row['required']:g}")
    return Node(
        label=say("verdicts.imagery.label", label=rule.label, index=rule.index.upper()),
        value=None if pd.isna(row["measured"]) else row["measured"],
        words="；".join(part for part in (bound, row["note"]) if part),
        outcome=row["outcome"], source=citation(policy, rule.source), rule=rule.id,
    )  # fmt: skip
