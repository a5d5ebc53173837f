"""Which scheme a column of codes speaks, told by code and name together, never by code alone (POLICY.md §6.2)."""

from functools import cache

import pandas as pd

from parcels.landuse.classify import listed_code, names, normalise, plain_name
from parcels.landuse.tables import SCHEMES, Frame, read


def detect_scheme(codes: pd.Series, classes: pd.Series) -> Frame:
    """Return the schemes by how many code + name pairs they agree with, best first.

    One row is a scheme: scheme, pairs (rows that give both), agree (rows whose name is that code's class),
    share = agree / pairs (missing where no row gives both: then nothing is detected), known = share of the codes
    its table lists. The caller asks a person; a scheme is never taken from this silently.
    """
    code, name = normalise(codes), plain_name(classes)
    both = code.notna() & name.notna() & name.ne("").fillna(value=False)
    counted = pd.DataFrame({"code": code[both], "name": name[both]}).value_counts().reset_index()
    rows = [_agreement(scheme, counted, code.dropna()) for scheme in SCHEMES]
    found = pd.DataFrame(rows, columns=["scheme", "pairs", "agree", "share", "known"])
    order = found.fillna({"share": -1.0}).sort_values(["share", "known"], ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _agreement(scheme: str, counted: Frame, codes: pd.Series) -> tuple[str, int, int, float, float]:
    pairs = int(counted["count"].sum())
    expected = plain_name(names(counted["code"], scheme))
    agree = int(counted.loc[expected.eq(counted["name"]).fillna(value=False).astype(bool), "count"].sum())
    known = float(listed_code(codes, scheme).notna().mean()) if len(codes) else float("nan")
    return scheme, pairs, agree, agree / pairs if pairs else float("nan"), known


@cache
def _classes_by_name() -> Frame:
    """One row is a class of a scheme by its comparable name: plain, scheme, code, label (scheme:code)."""
    rows = pd.concat([read(f"{scheme}.csv").assign(scheme=scheme) for scheme in SCHEMES], ignore_index=True)
    label = rows["scheme"] + ":" + rows["code"]
    return rows.assign(plain=plain_name(rows["name"]), label=label)[["plain", "scheme", "code", "label"]]


def disagreements(codes: pd.Series, classes: pd.Series, scheme: pd.Series | str) -> Frame:
    """Return the rows whose name is not their code's class under the stated scheme but a class of some scheme.

    One row is a row of the layer (its index kept): code, name, stated (the class the code has under the stated
    scheme), belongs (scheme:code of the classes of that name, joined by ;), same_code (the schemes where this code
    does have this name, joined by ;). A name no scheme knows is a local word and is not listed.
    """
    code, plain, stated = normalise(codes), plain_name(classes), names(codes, scheme)
    known = _classes_by_name()
    differs = code.notna() & plain.isin(known["plain"]) & plain_name(stated).ne(plain).fillna(value=True)
    rows = pd.DataFrame({"code": code, "name": classes, "stated": stated})[differs.astype(bool)]
    belongs = known.groupby("plain")["label"].agg(";".join)
    hits = known.groupby(["plain", "code"])["scheme"].agg(";".join)
    key = pd.MultiIndex.from_arrays([plain[rows.index], rows["code"]])
    same_code = hits.reindex(key).set_axis(rows.index)
    return rows.assign(belongs=plain[rows.index].map(belongs).astype("str"), same_code=same_code)


def collisions(one: str, other: str) -> Frame:
    """Return the codes two schemes share for classes of another name: code, one, other (POLICY.md §6.2)."""
    a, b = (read(f"{scheme}.csv")[["code", "name"]] for scheme in (one, other))
    both = a.merge(b, on="code", suffixes=("_one", "_other"), validate="one_to_one")
    both = both[both["name_one"] != both["name_other"]].rename(columns={"name_one": "one", "name_other": "other"})
    return both.reset_index(drop=True)
