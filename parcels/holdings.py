"""Who holds how much of what on a given day: own, leased in and out, occupied, apportioned; and the land balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from gis import measure
from parcels import allotment, areas
from parcels import faults as ledger
from parcels.allotment import OCCUPIED, OWN, RENTED_IN, RENTED_OUT, OneSided, among
from parcels.memory import ALL, remembered
from parcels.words import say

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

KINDS = {OWN: "own", RENTED_IN: "rented_in", RENTED_OUT: "rented_out", OCCUPIED: "occupied"}
LAND_COLUMNS = [
    "uscc", "land_mu", "own_mu", "rented_in_mu", "rented_out_mu", "occupied_mu", "state_mu", "rented_floor_m2",
]  # fmt: skip
STATE = "国有"
BALANCE_COLUMNS = ["own_m2", "rented_in_m2", "rented_out_m2", "occupied_m2", "held_m2", "unheld_m2", "over_m2"]
ROUNDING_M2 = 0.01  # parcels are surveyed to 0.01 ㎡: less is the rounding of two papers
SHOWN = 3
# what of the parcels decides who holds how much
LAND_READS = (*areas.AREA_READS, "holder_uscc", "tenure", "floor_m2", "_source", "_row")
LONG_AGO = pd.Timestamp("1700-01-01")


@remembered(holdings=ALL, parcels=LAND_READS, buildings=("parcel_id", "floor_m2"))
def shares(book: Book, on: date, one_sided: OneSided = "as_stated") -> Frame:
    """One row is a holding in force on a day: uscc, parcel_id, kind, area_m2 (signed effect on the firm's land), basis.

    Also floor_m2, mirrored, reason (why area_m2 is missing), _source, _row. basis: area / share / floor / whole /
    holder (no holding says who owns the parcel, so its holder_uscc does). one_sided: a lease only one side of which
    is delivered counts for that side alone (as_stated) or is also taken from the parcel's sole owner (mirror).
    """
    return allotment.allotted(book, on, one_sided)


@remembered(holdings=ALL, parcels=LAND_READS, buildings=("parcel_id", "floor_m2"), firms=("uscc",))
def firm_land(book: Book, on: date, one_sided: OneSided = "as_stated", held: Frame | None = None) -> Frame:
    """One row is a firm, of the register or named by a holding, and its land on a day [亩].

    uscc, land_mu (自有 + 租入 + 占用 - 租出), own_mu, rented_in_mu, rented_out_mu (positive), occupied_mu,
    state_mu (the part of land_mu on 国有 parcels; unknown where a parcel's tenure is), rented_floor_m2 (floors of 租入,
    missing if a row does not say), known, reason (Chinese, where not known).
    One unknown holding makes the firm's land unknown; a firm that holds nothing on record is unknown, not zero.
    `held` is `shares` of the same day, where it is known already.
    """
    held = shares(book, on, one_sided) if held is None else held
    firms = pd.concat([book.tables["firms"]["uscc"], held["uscc"]]).dropna().drop_duplicates()
    by_kind = {f"{word}_mu": _sum(held[held["kind"] == kind], "area_m2").abs() for kind, word in KINDS.items()}
    land = _sum(held, "area_m2")
    land = land.mask(among(land.index.to_series(), _overlet(held)["uscc"]))
    floor = _sum(held[held["kind"] == RENTED_IN], "floor_m2")
    has_land = among(firms, held["uscc"]).to_numpy()
    frame = pd.DataFrame({"land_mu": measure.to_mu(land.reindex(firms))}, index=firms)
    for name, total in by_kind.items():
        frame[name] = measure.to_mu(total.reindex(firms, fill_value=0.0)).where(has_land)
    frame["state_mu"] = measure.to_mu(_of_state(book, held).reindex(firms)).where(frame["land_mu"].notna())
    frame["rented_floor_m2"] = floor.reindex(firms, fill_value=0.0).where(has_land)
    frame = frame.rename_axis("uscc").reset_index()[LAND_COLUMNS]
    reason = _reasons(book, held, frame["uscc"])
    return frame.assign(known=frame["land_mu"].notna(), reason=reason.where(frame["land_mu"].isna()))


def _of_state(book: Book, held: Frame) -> pd.Series:
    """Return the land of each firm on state-owned parcels [m²]; unknown where a parcel's tenure is not stated."""
    parcels = book.tables["parcels"].reindex(columns=["parcel_id", "tenure"]).drop_duplicates("parcel_id")
    stated, of_state = (
        among(held["parcel_id"], parcels.loc[which, "parcel_id"])
        for which in (parcels["tenure"].notna(), parcels["tenure"].eq(STATE))
    )
    area = held["area_m2"].where(of_state, 0.0).where(stated & held["area_m2"].notna())
    return _sum(held.assign(area_m2=area), "area_m2")


def _sum(held: Frame, column: str) -> pd.Series:
    """Return the sum of a column a firm, missing if one of its values is."""
    by = held[column].groupby(held["uscc"])
    return by.sum().where(by.count() == by.size())


def _overlet(held: Frame) -> Frame:
    """Return the firm–parcel pairs let to a larger area than the firm holds: uscc, parcel_id."""
    net = held.groupby(["uscc", "parcel_id"])["area_m2"].sum()
    return net[net < -ROUNDING_M2].reset_index()[["uscc", "parcel_id"]]


def _reasons(book: Book, held: Frame, firms: pd.Series) -> pd.Series:
    """Return each firm's reasons in words, joined by ；, missing where there is none."""
    unknown = held.loc[held["reason"].notna() & held["uscc"].notna(), ["uscc", "parcel_id", "reason"]]
    overlet = _overlet(held).assign(reason="overlet")
    said = pd.concat([unknown, overlet], ignore_index=True).drop_duplicates()
    parcels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for firm, why, parcel in zip(said["uscc"], said["reason"], said["parcel_id"].fillna(""), strict=True):
        parcels[firm, why].append(parcel)
    words: dict[str, list[str]] = defaultdict(list)
    for (firm, why), ids in parcels.items():
        words[firm].append(_worded(why, ids))
    joined = {firm: "；".join(texts) for firm, texts in words.items()}
    ever = among(firms, pd.concat([book.tables["holdings"]["uscc"], book.tables["parcels"]["holder_uscc"]]))
    none = ever.map({True: say("landuse.land.not_in_force"), False: say("landuse.land.none")}).astype("str")
    return firms.map(joined).astype("str").mask(~among(firms, held["uscc"]), none)


def _worded(reason: str, parcels: list[str]) -> str:
    shown = "、".join(parcels[:SHOWN]) + (say("landuse.land.more", n=len(parcels)) if len(parcels) > SHOWN else "")
    return say(f"landuse.land.{reason}", parcels=shown)


def land_balance(book: Book, on: date, one_sided: OneSided = "as_stated") -> Frame:
    """One row is a parcel and what becomes of its area [m²]: area_m2 + over_m2 = held_m2 + unheld_m2.

    parcel_id, area_m2, area_kind, own_m2, rented_in_m2, rented_out_m2 (positive), occupied_m2, held_m2 (their net),
    unheld_m2 (no firm states it), over_m2 (stated beyond the parcel), firms (how many hold some), known (every holding
    and the parcel's area are). Where a holding is unknown only held_m2 of the known rows is told.
    """
    held = shares(book, on, one_sided)
    land = areas.parcel_area(book)[["parcel_id", "area_m2", "area_kind"]]
    by_parcel = held["area_m2"].groupby([held["parcel_id"], held["kind"]]).sum().unstack().reindex(columns=list(KINDS))
    sums = by_parcel.rename(columns=lambda kind: f"{KINDS[kind]}_m2").reindex(land["parcel_id"]).fillna(0.0)
    frame = land.join(sums.assign(rented_out_m2=0.0 - sums["rented_out_m2"], held_m2=sums.sum(axis=1)), on="parcel_id")
    unknown = held.loc[held["area_m2"].isna(), "parcel_id"]
    known = frame["area_m2"].notna() & ~among(frame["parcel_id"], unknown)
    rest = (frame["area_m2"] - frame["held_m2"]).where(known)
    firms = held.groupby("parcel_id")["uscc"].nunique().reindex(frame["parcel_id"], fill_value=0).to_numpy()
    frame = frame.assign(unheld_m2=rest.clip(lower=0.0), over_m2=(-rest).clip(lower=0.0))
    return frame[["parcel_id", "area_m2", "area_kind", *BALANCE_COLUMNS]].assign(firms=firms, known=known)


@remembered(holdings=ALL, parcels=LAND_READS, buildings=("parcel_id", "floor_m2"))
def faults(book: Book, on: date | None = None) -> Frame:
    """Return the faults of the holdings in force on a day, or on any day if none is given (CONTRACT.md §4 columns).

    unmatched_parcel (a holding of a parcel the delivered parcels lack), lease_one_sided (租出 without any 租入 of the
    parcel by another firm at that time, or the other way round), holding_contested (several firms hold the whole of
    one parcel), parcel_overheld (holdings add up to more than the parcel, one-sided leases left aside).
    """
    held = allotment.rows(book)
    if on is not None:
        held = allotment.in_force(held, on)
    held = held.reset_index(drop=True)
    alone = without_other_side(held)
    return ledger.gather([
        _unmatched(book, held),
        _one_sided(book, held[alone]),
        _contested(book, held),
        _overheld(book, held[~alone]),
    ])


def _listed(kind: str, book: Book, held: Frame, column: str, why: pd.Series) -> Frame:
    """Return one fault a holding, at its place; `column` is the heading of the cell it is about."""
    if held.empty:
        return ledger.none()
    at = allotment.places(book, held).assign(column=column, value=held["parcel_id"], why=why)
    return ledger.many(kind, at)


def _unmatched(book: Book, held: Frame) -> Frame:
    parcels = book.tables["parcels"]["parcel_id"]
    lost = held[held["parcel_id"].notna() & ~among(held["parcel_id"], parcels) & bool(len(parcels))]
    why = [say("landuse.fault.unmatched_parcel", uscc=u, parcel=p) for u, p in _pairs(lost)]
    return _listed(
        "unmatched_parcel", book, lost, say("landuse.column.parcel_id"), pd.Series(why, lost.index, dtype="str")
    )


def _pairs(held: Frame) -> list[tuple[str, str]]:
    return list(zip(held["uscc"].fillna(say("landuse.nameless")), held["parcel_id"].fillna(""), strict=True))


def without_other_side(held: Frame) -> pd.Series:
    """Return True for a lease row that no row of another firm mirrors on the same parcel at the same time."""
    leased = held["kind"].isin((RENTED_IN, RENTED_OUT)) & held["parcel_id"].notna()
    lease = held[leased].reset_index(names="at")
    both = lease.merge(lease, on="parcel_id", suffixes=("", "_other"), validate="many_to_many")
    met = (both["kind"] != both["kind_other"]) & (both["uscc"] != both["uscc_other"]) & _overlapping(both)
    return leased & ~held.index.isin(both.loc[met, "at"])


def _overlapping(both: Frame) -> pd.Series:
    """Return True for pairs of holdings that are in force on a common day; a blank date is open."""
    starts_in_time = ~(both["from"] > both["to_other"])
    return starts_in_time & ~(both["from_other"] > both["to"])


def _one_sided(book: Book, alone: Frame) -> Frame:
    which = alone["kind"].map({RENTED_IN: "tenant_only", RENTED_OUT: "owner_only"})
    why = [say(f"landuse.fault.{w}", uscc=u, parcel=p) for w, (u, p) in zip(which, _pairs(alone), strict=True)]
    return _listed("lease_one_sided", book, alone, say("landuse.column.kind"), pd.Series(why, alone.index, dtype="str"))


def _contested(book: Book, held: Frame) -> Frame:
    total = allotment.looked_up(held["parcel_id"], allotment.total_floor_m2(book))
    by_floor = held["floor_m2"].notna() & (total > 0)
    whole = held[held[["area_m2", "share"]].isna().all(axis=1) & ~by_floor & held["kind"].notna()]
    let = pd.MultiIndex.from_frame(whole.loc[whole["kind"] == RENTED_OUT, ["parcel_id", "uscc"]])
    keeps = whole[(whole["kind"] != RENTED_OUT) & ~pd.MultiIndex.from_frame(whole[["parcel_id", "uscc"]]).isin(let)]
    keeps = keeps[keeps["parcel_id"].notna() & keeps["parcel_id"].duplicated(keep=False)].reset_index(names="at")
    both = keeps.merge(keeps, on="parcel_id", suffixes=("", "_other"), validate="many_to_many")
    against = both[(both["uscc"] != both["uscc_other"]) & _overlapping(both)]
    rivals: dict[int, dict[str, None]] = defaultdict(dict)
    for at, other in zip(against["at"], against["uscc_other"].fillna(say("landuse.nameless")), strict=True):
        rivals[at][other] = None
    rows = held.loc[sorted(rivals)]
    others = ["、".join(list(rivals[at])[:SHOWN]) for at in rows.index]
    parts = zip(_pairs(rows), others, strict=True)
    why = [say("landuse.fault.contested", uscc=u, parcel=p, others=o) for (u, p), o in parts]
    return _listed("holding_contested", book, rows, say("landuse.column.area"), pd.Series(why, rows.index, dtype="str"))


def _overheld(book: Book, held: Frame) -> Frame:
    """Return one fault a parcel, at its row, whose holdings exceed it on some day by a square metre or more."""
    most = _most_held(book, held)
    parcels = book.tables["parcels"]
    land = areas.parcel_area(book).set_index(parcels.index)
    stated = allotment.looked_up(parcels["parcel_id"], most)
    over = stated - land["area_m2"] >= areas.SLIVER_M2
    rows = parcels.loc[over, ["parcel_id", "_source", "_row"]]
    numbers = zip(rows["parcel_id"], _mu(measure.to_mu(stated[over])), _mu(land.loc[over, "area_mu"]), strict=True)
    why = [say("landuse.fault.overheld", parcel=p, held=h, area=a) for p, h, a in numbers]
    return _listed("parcel_overheld", book, rows, say("landuse.column.area"), pd.Series(why, rows.index, dtype="str"))


def _mu(values: pd.Series) -> list[str]:
    return [f"{value:.4f}" for value in measure.half_up(values, 4)]


def _most_held(book: Book, held: Frame) -> pd.Series:
    """Return parcel_id → the most that its holdings add up to on any one day [m²], unknown holdings left out."""
    sized = allotment.measured(book, held.assign(basis=allotment.basis(held), reversed=held["from"] > held["to"]))
    sized = sized[sized["area_m2"].notna() & sized["parcel_id"].notna()]
    began = sized[["parcel_id", "from", "area_m2"]].rename(columns={"from": "day"}).fillna({"day": LONG_AGO})
    ended = sized.loc[sized["to"].notna(), ["parcel_id", "to", "area_m2"]].rename(columns={"to": "day"})
    ended = ended.assign(day=ended["day"] + pd.Timedelta(days=1), area_m2=-ended["area_m2"])
    daily = pd.concat([began, ended]).groupby(["parcel_id", "day"])["area_m2"].sum()
    return daily.groupby(level=0).cumsum().groupby(level=0).max()
