"""Which area of a parcel counts, how its four areas differ, and which zone it lies in (POLICY.md §11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from gis import cells, measure
from parcels.drawn import AREA_M2, area_m2, polygons
from parcels.memory import ALL, remembered

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

# The certificate is the legal area, the drawing a check; between them what was approved, then what was agreed.
STATED = {"registered": "area_registered_m2", "approved": "area_approved_m2", "contract": "area_contract_m2"}
DRAWN = "ellipsoidal"
OUTSIDE = "outside"
SLIVER_M2 = 1.0  # CONTRACT.md §5: below one square metre a piece is a drawing residue, not land
RESIDUE_M2 = 1e-3  # of adding up pieces: not ground outside every zone
AREA_COLUMNS = ["parcel_id", "area_m2", "area_mu", "area_kind", "drawn_m2", "difference"]
RECONCILED_COLUMNS = [
    "parcel_id",
    "registered_m2",
    "approved_m2",
    "contract_m2",
    "drawn_m2",
    "planar_m2",
    "area_kind",
    "registered_to_drawn",
    "spread",
    "furthest",
    "differs",
]
AREA_READS = ("parcel_id", "area_registered_m2", "area_approved_m2", "area_contract_m2", "geometry", AREA_M2)
ZONE_COLUMNS = ["parcel_id", "zone_id", "share", "how", "straddles", "shares", "drawn_zone_id"]


@remembered(parcels=AREA_READS)
def parcel_area(book: Book) -> Frame:
    """One row is a parcel and the area that counts: the first known of registered, approved, contract, drawn.

    parcel_id, area_m2, area_mu, area_kind (missing where no area is known), drawn_m2 (ellipsoidal, of the drawing),
    difference (drawn / stated - 1; missing where either is). Zero and negative areas are not known areas.
    """
    parcels = book.tables["parcels"]
    known = _known_areas(parcels)
    first = known.bfill(axis=1).iloc[:, 0]
    kind = known.notna().idxmax(axis=1).where(known.notna().any(axis=1)).astype("str")
    frame = pd.DataFrame({"parcel_id": parcels["parcel_id"], "area_m2": first, "area_mu": measure.to_mu(first)})
    difference = (known[DRAWN] / first - 1).where(kind != DRAWN)
    return frame.assign(area_kind=kind, drawn_m2=known[DRAWN], difference=difference)[AREA_COLUMNS].reset_index(
        drop=True
    )


def _known_areas(parcels: Frame) -> Frame:
    """One row is a parcel, one column a kind in the order they count [m²]; what is not above zero is missing."""
    stated = {kind: parcels[column].astype("float64") for kind, column in STATED.items()}
    areas = pd.DataFrame({**stated, DRAWN: area_m2(parcels)}, index=parcels.index)
    return areas.where(areas > 0)


def reconcile(book: Book, tolerance: float = 0.05) -> Frame:
    """One row is a parcel with all its areas side by side [m²]: what the certificate, the file and the map say.

    parcel_id, registered_m2, approved_m2, contract_m2, drawn_m2 (ellipsoidal), planar_m2 (in the work CRS),
    area_kind (the one that counts), registered_to_drawn, spread (largest / smallest - 1 of the first four, judged
    at four decimals), furthest (the kind furthest from the one that counts), differs (missing if fewer than two known).
    """
    parcels = book.tables["parcels"]
    known = _known_areas(parcels)
    counts = parcel_area(book).set_index(parcels.index)
    spread = measure.half_up(known.max(axis=1) / known.min(axis=1) - 1, 4)
    several = known.notna().sum(axis=1) > 1
    away = known.sub(counts["area_m2"], axis=0).abs()
    far = away.fillna(-1.0).idxmax(axis=1).where(several & (away.max(axis=1) > 0)).astype("str")
    frame = known.rename(columns=lambda kind: "drawn_m2" if kind == DRAWN else f"{kind}_m2")
    shapes = polygons(parcels)
    return frame.assign(
        parcel_id=parcels["parcel_id"],
        planar_m2=np.nan if shapes is None or shapes.crs.is_geographic else shapes.area,
        area_kind=counts["area_kind"],
        registered_to_drawn=known[DRAWN] / known["registered"] - 1,
        spread=spread.where(several),
        furthest=far,
        differs=(spread > tolerance).astype("boolean").where(several),
    ).reset_index(drop=True)[RECONCILED_COLUMNS]


@remembered(parcels=("parcel_id", "zone_id", "geometry", AREA_M2), zones=ALL)
def parcel_zone(book: Book) -> Frame:
    """One row is a parcel and the one zone it is counted in.

    parcel_id, zone_id (missing where none), share (of the parcel's drawing inside that zone, 0–1, missing where one of
    the two is not drawn), how: attribute (the ledger names it) / overlay (the zone with the largest share, the
    smaller id of equals) / only (there is one zone and it is not drawn) / outside / unknown (no drawing, no zone);
    straddles (pieces of 1 ㎡ or more in more than one zone, outside counted as one), shares (text id:share joined
    by ;), drawn_zone_id (what the overlay alone would say).
    """
    parcels = book.tables["parcels"].reset_index(drop=True)
    shares = zone_shares(book)
    inside = shares[shares["zone_id"] != OUTSIDE]
    best = inside.sort_values(["parcel", "share", "zone_id"], ascending=[True, False, True]).drop_duplicates("parcel")
    drawn = pd.Series(best["zone_id"].to_numpy(), index=best["parcel"], dtype="str").reindex(parcels.index)
    stated = parcels["zone_id"].astype("str")
    sole = _only_zone(book)
    zone = stated.fillna(drawn).fillna(pd.Series(sole, index=parcels.index, dtype="str"))
    measured = parcels.index.isin(shares["parcel"])
    how = np.select(
        [stated.notna(), drawn.notna(), np.full(len(parcels), sole is not None), measured],
        ["attribute", "overlay", "only", OUTSIDE],
        "unknown",
    )
    pieces = shares[shares["area_m2"] >= SLIVER_M2].groupby("parcel").size().reindex(parcels.index, fill_value=0)
    return pd.DataFrame({
        "parcel_id": parcels["parcel_id"],
        "zone_id": zone,
        "share": _share_in(shares, zone, measured & zone.isin(_drawn_zones(book)).to_numpy()),
        "how": pd.Series(how, dtype="str"),
        "straddles": pieces > 1,
        "shares": _written(shares).reindex(parcels.index),
        "drawn_zone_id": drawn,
    })[ZONE_COLUMNS]


def zone_shares(book: Book) -> Frame:
    """One row is a piece of a parcel: parcel (position), zone_id or 'outside', area_m2, share of the parcel's drawing.

    Shares of a drawn parcel add up to 1 unless zones overlap each other. Empty where parcels or zones are not drawn.
    """
    parcels, zones = book.tables["parcels"], _boundaries(book.tables["zones"])
    land, areas = polygons(parcels), polygons(zones)
    empty = pd.DataFrame({"parcel": [], "zone_id": [], "area_m2": [], "share": []})
    if land is None or areas is None:
        return empty.astype({"parcel": "int64", "zone_id": "str", "area_m2": "float64", "share": "float64"})
    whole = pd.Series(area_m2(parcels).to_numpy())
    pairs = cells.areas(land, areas)
    pairs["zone_id"] = zones["zone_id"].to_numpy()[pairs["b"]]
    inside = pairs.groupby(["a", "zone_id"], as_index=False)["area_m2"].sum()
    inside["area_m2"] = np.minimum(inside["area_m2"], whole[inside["a"]].to_numpy())
    rest = (whole.dropna() - inside.groupby("a")["area_m2"].sum().reindex(whole.dropna().index, fill_value=0.0)).clip(0)
    left = rest[rest > RESIDUE_M2].rename("area_m2").rename_axis("a").reset_index().assign(zone_id=OUTSIDE)
    found = pd.concat([inside, left], ignore_index=True).rename(columns={"a": "parcel"})
    found["share"] = found["area_m2"] / whole[found["parcel"]].to_numpy()
    return found.sort_values(["parcel", "zone_id"], ignore_index=True)[["parcel", "zone_id", "area_m2", "share"]]


def _boundaries(zones: Frame) -> Frame:
    """Return each zone's rows of the boundary that counts: 核准 (or not said) if there is one, else what there is."""
    approved = zones["boundary"].isna() | (zones["boundary"] == "核准")
    return zones[approved | ~zones["zone_id"].isin(zones.loc[approved, "zone_id"])]


def _drawn_zones(book: Book) -> set[str]:
    shapes = polygons(book.tables["zones"])
    return set() if shapes is None else set(book.tables["zones"].loc[shapes.notna(), "zone_id"])


def _only_zone(book: Book) -> str | None:
    """Return the one zone there is where none is drawn (CONTRACT.md §2: ALL), else None."""
    names = book.tables["zones"]["zone_id"].dropna().unique()
    return str(names[0]) if len(names) == 1 and not _drawn_zones(book) else None


def _share_in(shares: Frame, zone: pd.Series, known: np.ndarray) -> pd.Series:
    """Return the share of each parcel inside `zone`: 0 where it has no piece there, missing where it is not known."""
    by_piece = shares.set_index(["parcel", "zone_id"])["share"]
    key = pd.MultiIndex.from_arrays([zone.index, zone])
    return by_piece.reindex(key).set_axis(zone.index).fillna(0.0).where(known)


def _written(shares: Frame) -> pd.Series:
    """Return parcel → 'Z1:0.6000;outside:0.4000', the larger first."""
    order = shares.sort_values(["parcel", "share", "zone_id"], ascending=[True, False, True])
    decimals = measure.half_up(order["share"], 4).map("{:.4f}".format).astype("str")
    said = (order["zone_id"].astype("str") + ":" + decimals).set_axis(order["parcel"])
    several = said.index.duplicated(keep=False)  # nearly every parcel lies in one zone
    joined = said[several].groupby(level=0).agg(";".join).astype("str")
    return pd.concat([said[~several], joined]).sort_index()
