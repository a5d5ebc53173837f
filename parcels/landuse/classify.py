"""From a land code and its scheme to class and group: a code without its scheme says nothing (POLICY.md §6.2)."""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec

import numpy as np
import pandas as pd

from parcels.columns import TEXT
from parcels.landuse.tables import CUSTOM, SCHEMES, UNMAPPED, USE_GROUPS, Frame, SchemeMissing, column, read

P = ParamSpec("P")

OWN_WORDS = "supply_words.csv"  # of land supply notices, which still speak the 2007 edition
LEVEL_TWO = {"gb50137-2011": 2}  # letters and figures; the others count four figures to the 二级类
MARKS = r"[\s()()（）\[\]【】《》·・,，、;；:：\-—_/]"


def normalise(code: pd.Series) -> pd.Series:
    """Return codes as the tables write them: half width, upper case, no blanks; missing stays missing."""
    text = code.astype("str").where(code.notna())
    return text.str.normalize("NFKC").str.replace(r"\s+|\.0$", "", regex=True).str.upper()


def plain_name(name: pd.Series) -> pd.Series:
    """Return class names stripped to what is compared: half width, no blanks, brackets or punctuation."""
    text = name.astype("str").where(name.notna()).str.normalize("NFKC")
    return text.str.replace(MARKS, "", regex=True).str.replace("其它", "其他")


def _once(work: Callable[Concatenate[pd.Series, P], pd.Series]) -> Callable[Concatenate[pd.Series, P], pd.Series]:
    """Let a step over codes (and their schemes, row by row) look at each distinct one once."""

    @wraps(work)
    def each(code: pd.Series, /, *args: P.args, **kwargs: P.kwargs) -> pd.Series:
        of = np.zeros(len(code), np.int64)
        for values in (code, *args, *kwargs.values()):
            if isinstance(values, pd.Series):
                at, known = pd.factorize(values)
                of = pd.factorize(of * (len(known) + 1) + at + 1)[0].astype(np.int64)
        first = np.flatnonzero(~pd.Series(of).duplicated().to_numpy())

        def few(one: Any) -> Any:
            return one.iloc[first] if isinstance(one, pd.Series) else one

        answer = work(few(code), *map(few, args), **{name: few(one) for name, one in kwargs.items()})
        return answer.iloc[of].set_axis(code.index)

    return each


def _schemes(code: pd.Series, scheme: pd.Series | str | None) -> pd.Series:
    if isinstance(scheme, pd.Series):
        return scheme.astype("str").where(scheme.notna()).str.strip()
    return pd.Series(scheme, index=code.index, dtype="str")


def _listed_or_parent(code: str, listed: Mapping[str, str], level_two: int) -> str | None:
    """Return the listed code that stands for `code`: itself, or the class of 二级 or below that it refines."""
    if code in listed:
        return code
    coarser = (code[:end] for end in range(len(code) - 1, level_two - 1, -1))
    return next((parent for parent in coarser if parent in listed), None)


@_once
def listed_code(code: pd.Series, scheme: pd.Series | str) -> pd.Series:
    """Return the class of the scheme's table each code stands for, missing where it stands for none.

    A suffix such as K 可调整 or A, and a local refinement (10010101), fall to the class they refine; a code whose
    first two figures alone are known is another edition's or a slip, so it stands for nothing.
    """
    pairs = zip(normalise(code), _schemes(code, scheme), strict=True)
    found = [
        _listed_or_parent(one, column(name, "name"), LEVEL_TWO.get(name, 4))
        if name in SCHEMES and pd.notna(one)
        else None
        for one, name in pairs
    ]
    return pd.Series(found, index=code.index, dtype=TEXT)


@_once
def _looked_up(code: pd.Series, scheme: pd.Series | str, what: str) -> pd.Series:
    """Return a column of the tables by code and scheme, missing where the code is not known."""
    pairs = zip(listed_code(code, scheme), _schemes(code, scheme), strict=True)
    found = [column(name, what).get(one) if name in SCHEMES else None for one, name in pairs]
    return pd.Series(found, index=code.index, dtype=TEXT)


@_once
def groups(code: pd.Series, scheme: pd.Series | str, classes: Mapping[str, str] | None = None) -> pd.Series:
    """Return the use_group (CONTRACT.md §5 words, POLICY.md §6.4) of each code under its scheme.

    'unmapped' where the code, its scheme or both are missing or unknown, and where a 一级 code covers classes of
    several groups. `classes` is the delivery's own {code: group} for rows of scheme 'custom'; a group in it that is
    none of ours counts as unmapped.
    """
    found = _looked_up(code, scheme, "group")
    custom = _schemes(code, scheme).eq(CUSTOM).fillna(value=False)
    if custom.any():
        own = {str(c).strip(): g for c, g in (classes or {}).items() if g in USE_GROUPS}
        found[custom] = code[custom].astype("str").where(code[custom].notna()).str.strip().map(own).astype("str")
    return found.fillna(UNMAPPED).rename("use_group")


def names(code: pd.Series, scheme: pd.Series | str) -> pd.Series:
    """Return the class name of each code under its scheme, missing where the code is not known."""
    return _looked_up(code, scheme, "name").rename("name")


def statuses(code: pd.Series, scheme: pd.Series | str) -> pd.Series:
    """Return the status of the source (CONTRACT.md §5) each code's class rests on, missing where it is not known."""
    return _looked_up(code, scheme, "status").rename("status")


def unlisted(code: pd.Series, scheme: pd.Series | str) -> pd.Series:
    """Return True where a code is given under one of our schemes whose table does not hold it (code_unknown)."""
    ours = _schemes(code, scheme).isin(SCHEMES)
    return (ours & code.notna() & listed_code(code, scheme).isna()).astype(bool)


def unschemed(code: pd.Series, scheme: pd.Series | str | None) -> pd.Series:
    """Return True where a code has no scheme, or one that is none of ours (code_scheme)."""
    return (code.notna() & ~_schemes(code, scheme).isin((*SCHEMES, CUSTOM))).astype(bool)


def require_scheme(code: pd.Series, scheme: pd.Series | str | None) -> None:
    """Refuse codes without their scheme: 0601 is industry in one, a village road in another. Raises SchemeMissing."""
    bad = unschemed(code, scheme).to_numpy()
    if bad.any():
        raise SchemeMissing([int(i) for i in bad.nonzero()[0]], [str(c) for c in code[bad]])


def lost_zero(code: pd.Series, scheme: pd.Series | str) -> pd.Series:
    """Return codes with the leading zero a spreadsheet ate put back (601 → 0601), missing where none was lost.

    Only where the code is not listed, all figures and of odd length, and listed with the zero: a repair to be shown.
    """
    codes = normalise(code)
    short = codes.str.fullmatch(r"\d+").fillna(value=False).astype(bool) & (codes.str.len() % 2 == 1)
    padded = ("0" + codes).where(short & unlisted(code, scheme))
    listed = padded.notna() & listed_code(padded, scheme).eq(padded).fillna(value=False)
    return padded.where(listed.astype(bool))


def _one_group(pairs: Frame) -> dict[str, str]:
    """Return {plain name: group} of the names that mean one group wherever they occur."""
    names_ = plain_name(pairs["name"])
    agreed = pairs.groupby(names_)["group"].agg(lambda g: g.iloc[0] if g.nunique() == 1 else UNMAPPED)
    return {str(k): str(v) for k, v in agreed.items()}


@cache
def _name_groups() -> dict[str, str]:
    tables = pd.concat([read(f"{scheme}.csv")[["name", "group"]] for scheme in SCHEMES])
    return {**_one_group(tables), **_one_group(read(OWN_WORDS))}


@_once
def groups_by_name(name: pd.Series) -> pd.Series:
    """Return the use_group of a use written in words (工业用地, 其他普通商品住房用地), 'unmapped' where unclear.

    A name decides only if every scheme that has it puts it into one group, or if it is a word of supply notices.
    """
    known = _name_groups()
    text = plain_name(name)
    longer = text.map(known).fillna((text + "用地").map(known))
    return longer.fillna(UNMAPPED).rename("use_group")


def use_groups(
    code: pd.Series,
    name: pd.Series,
    scheme: pd.Series | str | None = None,
    classes: Mapping[str, str] | None = None,
) -> pd.Series:
    """Return the use_group of a parcel's use: by its code where a scheme is stated, else by its words."""
    by_name = groups_by_name(name)
    if scheme is None:
        return by_name
    by_code = groups(code, scheme, classes)
    return by_code.where(by_code != UNMAPPED, by_name)
