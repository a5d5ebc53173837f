"""What a parcel is for: the words of its title, and where they say nothing the land-use polygons it lies under."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import cells
from parcels import drawn
from parcels.landuse.classify import groups, groups_by_name
from parcels.landuse.tables import UNMAPPED, Frame
from parcels.memory import remembered

if TYPE_CHECKING:
    from parcels.book import Book

LEDGER = "ledger"
BASES = ("titled", "built", "actual", "planned")  # the nearest to a title first


@remembered(parcels=("parcel_id", "use_name", "geometry"), landuse=("code", "scheme", "basis", "geometry"))
def groups_of_parcels(book: Book) -> Frame:
    """One row is a parcel: parcel_id, use_group, use_from (ledger, or the basis of the land-use layer it comes from).

    The ledger's use in words decides. Its use_code comes without a scheme and is not read (POLICY.md §6.2). Where the
    words are missing or unclear, the group under most of the parcel's drawing decides, of the first basis that has one.
    """
    parcels = book.tables["parcels"].reset_index(drop=True)
    group = groups_by_name(parcels["use_name"]).astype("object")
    source = pd.Series(LEDGER, index=parcels.index, dtype="object").where(group != UNMAPPED, None)
    for basis in BASES:
        open_ = parcels[group == UNMAPPED]
        found = _under(book, open_, basis)
        group[found.index] = found
        source[found.index] = basis
    told = pd.DataFrame({"parcel_id": parcels["parcel_id"], "use_group": group, "use_from": source})
    return told.astype({"use_group": "str", "use_from": "str"})


def _under(book: Book, parcels: Frame, basis: str) -> pd.Series:
    """Return position → the group with the largest area under each parcel on one basis, without unmapped land."""
    uses = book.tables["landuse"]
    uses = uses[uses["basis"].fillna("") == basis]
    land, ground = drawn.polygons(parcels), drawn.polygons(uses)
    if land is None or ground is None:
        return pd.Series(dtype="object")
    pairs = cells.areas(land, ground)
    here = groups(uses["code"], uses["scheme"], book.classes)
    pairs["group"] = here.to_numpy(dtype=object)[pairs["b"]]
    sums = pairs[pairs["group"] != UNMAPPED].groupby(["a", "group"], as_index=False)["area_m2"].sum()
    most = sums.sort_values(["a", "area_m2", "group"], ascending=[True, False, True]).drop_duplicates("a")
    return pd.Series(most["group"].to_numpy(dtype=object), index=parcels.index[most["a"]])
