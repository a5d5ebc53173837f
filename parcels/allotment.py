"""How much of a parcel each holding is: by its area, its share, its floors or the whole, and unknown where none says.

分摊用地 = 宗地面积 × 企业建筑面积 ÷ 总建筑面积 (POLICY.md §13); never evenly, never guessed.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from parcels import areas
from parcels.columns import TEXT

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame
OneSided: TypeAlias = Literal["as_stated", "mirror"]

OWN, RENTED_IN, RENTED_OUT, OCCUPIED = "自有", "租入", "租出", "占用"
SIGN = {OWN: 1.0, RENTED_IN: 1.0, OCCUPIED: 1.0, RENTED_OUT: -1.0}
HOLDER = "holder"
ROW_COLUMNS = ["uscc", "parcel_id", "kind", "area_m2", "floor_m2", "share", "from", "to", "_source", "_row"]
SHARE_COLUMNS = ["uscc", "parcel_id", "kind", "area_m2", "basis", "floor_m2", "mirrored", "reason", "_source", "_row"]
NUMBER_FAULTS = ("area_nonpositive", "value_range", "number_unreadable")


def among(values: pd.Series, keys: pd.Series) -> pd.Series:
    """Return True where a value is one of the keys; by Arrow's hash, as pandas is slow on long lists of text."""
    return pd.Series(_places(values, keys.dropna()) >= 0, index=values.index, name=values.name)


def looked_up(keys: pd.Series, numbers: pd.Series) -> pd.Series:
    """Return the number of each key, NaN where it has none; the index of `numbers` holds each key once."""
    place = _places(keys, numbers.index.to_series())
    found = np.append(numbers.to_numpy(dtype="float64"), np.nan)[place]  # -1 is the last
    return pd.Series(found, index=keys.index, name=keys.name)


def _places(values: pd.Series, keys: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return where each value stands among the keys, -1 where it does not; a missing one stands nowhere."""
    # the arrays: asked for Arrow's protocol, a Series first looks for it among the words of its index
    texts = (pa.array(one.astype(TEXT).array, pa.large_string(), from_pandas=True) for one in (values, keys))
    sought, known = (one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in texts)
    found = pc.index_in(sought, value_set=known.drop_null()).fill_null(-1)
    return np.asarray(found, dtype=np.int64)


def rows(book: Book) -> Frame:
    """Return every holding as delivered, with its kind; one row is a firm's hold on a parcel.

    A ledger none of whose rows says a kind is a list of holders, so all are 自有; among others a blank stays unknown.
    """
    held = book.tables["holdings"].reindex(columns=ROW_COLUMNS).reset_index(drop=True)
    if held["kind"].isna().all():
        held["kind"] = OWN
    return held.astype({"kind": "str"}).assign(damaged=_damaged(book, held), mirrored=False)


def _damaged(book: Book, held: Frame) -> pd.Series:
    """Return True for a holding one of whose numbers was refused: a blank there does not mean the whole parcel."""
    refused = book.faults[book.faults["kind"].isin(NUMBER_FAULTS)]
    if refused.empty or held.empty:
        return pd.Series(data=False, index=held.index)
    near = held["_row"].isin(refused["row"])  # few rows have a number at which something was refused in some file
    at = places(book, held[near])
    wrong = set(zip(refused["file"], refused["sheet"], refused["row"], strict=True))
    found = pd.Series(data=False, index=held.index)
    found[near] = [place in wrong for place in zip(at["file"], at["sheet"], at["row"], strict=True)]
    return found


def places(book: Book, held: Frame) -> Frame:
    """Return where each row came from: file, sheet, row (of the sheet, or feature number)."""
    sources = book.sources.drop_duplicates("source_id").set_index("source_id")
    at = {name: held["_source"].map(sources[name]).astype("str").fillna("") for name in ("file", "sheet")}
    return pd.DataFrame({**at, "row": held["_row"]}, index=held.index)


def in_force(held: Frame, on: date) -> Frame:
    """Return the rows in force on a day: from ≤ on ≤ to, a blank is open. Dates in the wrong order decide nothing."""
    day = pd.Timestamp(on)
    reversed_ = held["from"] > held["to"]
    holds = (held["from"].isna() | (held["from"] <= day)) & (held["to"].isna() | (held["to"] >= day))
    return held[holds | reversed_].assign(reversed=reversed_)


def by_title(book: Book, held: Frame) -> Frame:
    """Return 自有 of the whole parcel for the holder named in the ledger of parcels, where no holding says who owns it.

    A parcel whose holdings name an owner or occupier (自有, 占用) at any time is theirs to state.
    """
    parcels = book.tables["parcels"]
    stated = held.loc[held["kind"].isin((OWN, OCCUPIED)) | held["kind"].isna(), "parcel_id"]
    titled = parcels[parcels["holder_uscc"].notna() & ~among(parcels["parcel_id"], stated)]
    found = titled.reindex(columns=["parcel_id", "_source", "_row"]).assign(uscc=titled["holder_uscc"], kind=OWN)
    flags = {"damaged": False, "mirrored": False, "reversed": False, "basis": HOLDER}
    return found.reindex(columns=ROW_COLUMNS).assign(**flags)


def mirrored(held: Frame) -> Frame:
    """Return the 租出 rows nobody delivered: of the sole owner of a parcel that only its tenants say is let."""
    let = held.loc[held["kind"] == RENTED_OUT, "parcel_id"]
    owned = held[held["kind"] == OWN].drop_duplicates(["parcel_id", "uscc"])
    sole = owned[~owned["parcel_id"].duplicated(keep=False)].set_index("parcel_id")["uscc"]
    of_sole = among(held["parcel_id"], sole.index.to_series()) & ~among(held["parcel_id"], let)
    tenants = held[(held["kind"] == RENTED_IN) & of_sole]
    other_side = tenants.assign(uscc=tenants["parcel_id"].map(sole), kind=RENTED_OUT, mirrored=True)
    return other_side[other_side["uscc"] != tenants["uscc"]]


def allotted(book: Book, on: date, one_sided: OneSided = "as_stated") -> Frame:
    """One row is a holding in force on a day with its signed effect on the firm's land (columns SHARE_COLUMNS).

    area_m2 is missing where it cannot be known, and `reason` then says why (a key of words/landuse.yaml).
    basis: area, share, floor, whole, holder. mirrored: the other side of a lease only one side of which was delivered.
    """
    held = rows(book)
    now = in_force(held, on).pipe(_with_title, by_title(book, held))
    if one_sided == "mirror":
        now = pd.concat([now, mirrored(now)], ignore_index=True)
    return measured(book, now)[SHARE_COLUMNS]


def _with_title(held: Frame, titled: Frame) -> Frame:
    parts = [part for part in (held.assign(basis=basis(held)), titled) if not part.empty]
    if not parts:
        return held.assign(basis=basis(held))
    return pd.concat([part.astype({"basis": "str"}) for part in parts], ignore_index=True)


def basis(held: Frame) -> pd.Series:
    """Return by what each holding is measured: area, else share, else floor, else the whole parcel."""
    given = [held["area_m2"].notna(), held["share"].notna(), held["floor_m2"].notna()]
    return pd.Series(np.select(given, ["area", "share", "floor"], "whole"), index=held.index, dtype="str")


def measured(book: Book, held: Frame) -> Frame:
    """Return holdings with area_m2 (signed), basis and reason; `held` carries basis, damaged, reversed, mirrored."""
    land = areas.parcel_area(book).set_index("parcel_id")["area_m2"]
    parcel = looked_up(held["parcel_id"], land)
    total = looked_up(held["parcel_id"], total_floor_m2(book))
    held = held.assign(basis=_whole_of_a_sole_owner(held, total))
    worth = {
        "area": held["area_m2"],
        "share": held["share"] * parcel,
        "floor": held["floor_m2"] / total.where(total > 0) * parcel,
        "whole": parcel,
        HOLDER: parcel,
    }
    size = pd.Series(np.select([held["basis"] == b for b in worth], list(worth.values()), np.nan), index=held.index)
    repeated = _repeated(held)
    reason = _reasons(held, land, parcel, total)
    signed = size.where(~repeated, 0.0) * held["kind"].map(SIGN).astype("float64")
    return held.assign(area_m2=signed.where(reason.isna()), reason=reason)


def _whole_of_a_sole_owner(held: Frame, total: pd.Series) -> pd.Series:
    """Return the basis, 'whole' for a sole owner who states floors where the parcel's are unknown (CONTRACT.md §2)."""
    owner = held["kind"].isin((OWN, OCCUPIED))
    asked = (held["basis"] == "floor") & owner & total.isna()
    if not asked.any():
        return held["basis"]
    firms = held[owner].groupby("parcel_id")["uscc"].nunique().reindex(held["parcel_id"]).to_numpy()
    return held["basis"].mask(asked & (firms == 1), "whole")


def _repeated(held: Frame) -> pd.Series:
    """Return True for a firm's second row saying the whole of the same parcel: said twice, held once."""
    whole = (held["basis"] == "whole") & held["uscc"].notna() & held["parcel_id"].notna()
    again = pd.Series(data=False, index=held.index)
    again[whole] = held[whole].duplicated(["uscc", "parcel_id", "kind", "mirrored"])
    return again


def _reasons(held: Frame, land: pd.Series, parcel: pd.Series, total: pd.Series) -> pd.Series:
    """Return why a holding's land is unknown, missing where it is known."""
    by_parcel = held["basis"] != "area"
    said = {
        "kind_missing": held["kind"].isna(),
        "dates_reversed": held["reversed"].astype(bool),
        "number_refused": held["damaged"].astype(bool) & (held["basis"] == "whole"),
        "parcel_missing": by_parcel & held["parcel_id"].isna(),
        "parcel_unknown": by_parcel & ~among(held["parcel_id"], land.index.to_series()),
        "parcel_area_unknown": by_parcel & parcel.isna(),
        "floor_total_unknown": (held["basis"] == "floor") & ~(total > 0),
        "whole_contested": contested_whole(held),
    }
    chosen = np.select([test.to_numpy(bool) for test in said.values()], list(said), "")
    return pd.Series(chosen, index=held.index, dtype=TEXT).where(chosen != "")


def contested_whole(held: Frame) -> pd.Series:
    """Return True for the rows of firms that each hold the whole of one parcel, net of what they let whole."""
    found = held["basis"] == "whole"
    whole = held.loc[found & held["kind"].notna(), ["parcel_id", "uscc", "kind"]]
    whole = whole[whole["parcel_id"].duplicated(keep=False)]
    if whole.empty:
        return found & False
    once = whole.drop_duplicates(["parcel_id", "uscc", "kind"])
    sign = once["kind"].map(SIGN).astype("float64")
    net = sign.groupby([once["parcel_id"], once["uscc"]]).sum()
    holders = net[net > 0].reset_index()
    several = holders[holders["parcel_id"].duplicated(keep=False)]
    keys = pd.MultiIndex.from_frame(several[["parcel_id", "uscc"]])
    found[found] = pd.MultiIndex.from_frame(held.loc[found, ["parcel_id", "uscc"]]).isin(keys)
    return found


def total_floor_m2(book: Book) -> pd.Series:
    """Return parcel_id → floor area of all its buildings [m²]: their sum if each is known, else the parcel's own."""
    parcels, buildings = book.tables["parcels"], book.tables["buildings"]
    floors = buildings["floor_m2"].astype("float64").groupby(buildings["parcel_id"])
    of_buildings = floors.sum().where(floors.count() == floors.size())
    stated, summed = parcels["floor_m2"].astype("float64"), looked_up(parcels["parcel_id"], of_buildings)
    return summed.fillna(stated).set_axis(pd.Index(parcels["parcel_id"])).rename("floor_m2")
