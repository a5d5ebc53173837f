"""How like two names or codes are: width, brackets and kinds of company set aside, the rest by rapidfuzz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from scipy import sparse

Frame: TypeAlias = pd.DataFrame

MARKS = r"[\s()（）\[\]【】〔〕<>《》“”\"'·・.,，。、;；:：\-—_/&]"
KIND = r"(?:集团)?(?:股份)?(?:有限)?(?:责任)?(?<!分)公司$|集团$"
BRANCH = r"^(.+?公司).*分(?:公司|厂|部)$"
COMMON = 0.02  # a pair of characters in more than this share of the firms (科技, 机械) tells none of them apart
FEWEST_COMMON = 20
SHARED = 2  # pairs of characters two names must share before they are compared
BEST = 10
ORDER_LOST, PART_ONLY = 0.95, 0.9  # what an equal set of characters, or a name inside the other, is worth
CODE_LENGTH = 18


def plain(name: pd.Series) -> pd.Series:
    """Return names half width, upper case, without blanks, brackets and points; a name of nothing else is missing."""
    text = name.astype("str").str.normalize("NFKC").str.replace(MARKS, "", regex=True).str.upper()
    return text.where(text != "")


def core(name: pd.Series) -> pd.Series:
    """Return plain names without the kind of company (有限公司, 股份有限公司, 集团); a branch 分公司 keeps it."""
    text = plain(name)
    return text.str.replace(KIND, "", regex=True).where(lambda short: short != "", text)


def by_name(parcels: Frame, firms: Frame, like_enough: float) -> Iterator[Frame]:
    """Yield pairs of parcels.holder and firms.name: equal when plain, to the core, a branch of it, similar."""
    for how, form in (("name", plain), ("core", core)):
        yield _equal(parcels, firms, form(parcels["holder"]), form(firms["name"]), how)
    holder, name = plain(parcels["holder"]), plain(firms["name"])
    yield _equal(parcels, firms, parent(holder), name, "branch")
    yield _equal(parcels, firms, holder, parent(name), "branch")
    yield _similar(parcels, firms, like_enough)


def parent(name: pd.Series) -> pd.Series:
    """Return the company a branch (某某有限公司某地分公司, 分厂) names as its own, missing for what is no branch."""
    return name.str.extract(BRANCH, expand=False).astype("str")


def _equal(parcels: Frame, firms: Frame, holder: pd.Series, name: pd.Series, how: str) -> Frame:
    left, right = parcels[["parcel_id"]].assign(key=holder).dropna(), firms[["uscc"]].assign(key=name).dropna()
    equal = left.merge(right, on="key", validate="many_to_many")
    return equal[["parcel_id", "uscc"]].assign(how=how, score=100.0)


def _similar(parcels: Frame, firms: Frame, like_enough: float) -> Frame:
    left = parcels[["parcel_id"]].assign(key=core(parcels["holder"])).dropna()
    right = firms[["uscc"]].assign(key=core(firms["name"])).dropna()
    pairs = compared(left["key"].unique().tolist(), right["key"].unique().tolist())
    pairs = pairs[(pairs["score"] >= like_enough) & (pairs["left"] != pairs["right"])]
    some = left.merge(pairs, left_on="key", right_on="left", validate="many_to_many")
    both = some.merge(right, left_on="right", right_on="key", suffixes=("", "_firm"), validate="many_to_many")
    return both[["parcel_id", "uscc", "score"]].assign(how="similar")


def compared(left: list[str], right: list[str]) -> Frame:
    """Return the pairs of names worth comparing and their score 0–100: left, right, score; at most BEST a left name."""
    near = _sharing(left, right)
    a, b = [left[i] for i in near["left"]], [right[j] for j in near["right"]]
    loose = [" ".join(name) for name in a], [" ".join(name) for name in b]
    scores = [
        process.cpdist(a, b, scorer=fuzz.ratio),
        process.cpdist(*loose, scorer=fuzz.token_sort_ratio) * ORDER_LOST,
        process.cpdist(a, b, scorer=fuzz.partial_ratio) * PART_ONLY,
    ]
    return pd.DataFrame({"left": a, "right": b}).astype("str").assign(score=np.maximum.reduce(scores).astype("float64"))


def _sharing(left: list[str], right: list[str]) -> Frame:
    """Return positions of names that share telling pairs of neighbouring characters, the most sharing first."""
    columns: dict[str, int] = {}
    rights, lefts = _pairs_of(right, columns, grow=True), _pairs_of(left, columns, grow=False)
    seen = np.asarray(rights.sum(axis=0)).ravel()
    telling = np.flatnonzero(seen <= max(FEWEST_COMMON, COMMON * len(right)))
    shared = (lefts[:, telling] @ rights[:, telling].T).tocoo()
    enough = shared.data >= SHARED
    pairs = pd.DataFrame({"left": shared.row[enough], "right": shared.col[enough], "shared": shared.data[enough]})
    order = pairs.sort_values(["left", "shared", "right"], ascending=[True, False, True], kind="stable")
    return order[order.groupby("left").cumcount() < BEST].reset_index(drop=True)


def _pairs_of(names: list[str], columns: dict[str, int], *, grow: bool) -> sparse.csr_array:
    """Return names × pairs of neighbouring characters, 1 where a name has the pair."""
    rows, cells = [], []
    for row, name in enumerate(names):
        for pair in {name[i : i + 2] for i in range(len(name) - 1)}:
            if grow or pair in columns:
                rows.append(row)
                cells.append(columns.setdefault(pair, len(columns)))
    from scipy import sparse  # scipy takes a second to load, and the map can do without

    ones = np.ones(len(rows), dtype=np.int32)
    return sparse.csr_array((ones, (rows, cells)), shape=(len(names), len(columns)))


def by_code(parcels: Frame, firms: Frame) -> Frame:
    """Return parcels whose holder's credit code is one character away from a firm's (a slip of the pen)."""
    left, right = _wildcards(parcels, "parcel_id", "holder_uscc"), _wildcards(firms, "uscc", "uscc")
    near = left.merge(right, on=["at", "rest"], suffixes=("_parcel", ""), validate="many_to_many")
    near = near[near["code_parcel"] != near["code"]].rename(columns={"key_parcel": "parcel_id", "code": "uscc"})
    return near[["parcel_id", "uscc"]].drop_duplicates().assign(how="near_uscc", score=100.0)


def _wildcards(frame: Frame, key: str, code: str) -> Frame:
    """Return every code of 18 with each one of its characters left out: key, code, at, rest."""
    rows = pd.DataFrame({"key": frame[key], "code": frame[code]}).dropna()
    rows = rows[rows["code"].str.len() == CODE_LENGTH]
    out = [rows.assign(at=at, rest=rows["code"].str[:at] + rows["code"].str[at + 1 :]) for at in range(CODE_LENGTH)]
    return pd.concat(out, ignore_index=True)
