"""Identity codes: 统一社会信用代码 (GB 32100), 宗地代码 and 不动产单元号 (GB/T 37346), GB/T 4754 editions."""

from __future__ import annotations

import re

import pandas as pd

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z (GB 32100-2015)
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
USCC_LENGTH = 18
SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?E\+?\d{2}$", re.IGNORECASE)
EATEN = re.compile(r"^\d{15}0{3}$")  # a spreadsheet keeps fifteen digits and writes noughts after them
PARCEL = re.compile(r"^\d{6}\d{3}\d{3}[GJZ][ABSXCDEFHGWY]\d{5}$")
DISTRICT = re.compile(r"^\d{12}")  # else it is the bureau's own number
UNIT = re.compile(r"^\d{6}\d{3}\d{3}[GJZ][ABSXCDEFHGWY]\d{5}[FLQW][0-9A-Z]{8}$")
SECTIONS_2017 = "ABCDEFGHIJKLMNOPQRST"
LONGEST_DIVISION = 97
EDITIONS = ("2002", "2011", "2017")


def tidy(code: pd.Series) -> pd.Series:
    """Return codes in half-width characters without blanks inside; nothing else is touched."""
    return code.str.normalize("NFKC").str.replace(r"\s", "", regex=True)


def uscc_damaged(code: pd.Series) -> pd.Series:
    """Say which credit codes a spreadsheet has eaten: 9.144E+17, or three noughts at the end that fail the check."""
    scientific = code.str.fullmatch(SCIENTIFIC, na=False)
    eaten = code.str.fullmatch(EATEN, na=False)
    spoilt = {one for one in code[eaten].unique() if not uscc_valid(one)}
    return scientific | code.isin(spoilt)


def uscc_valid(code: str) -> bool:
    """Both check characters of GB 32100-2015 (POLICY §12.2); some lawful codes fail the last one."""
    return uscc_fault(code) == ""


def uscc_fault(code: str) -> str:
    """Return what is wrong with a credit code: length, alphabet, organisation (17th), check (18th), or ''."""
    if len(code) != USCC_LENGTH:
        return "length"
    if any(letter not in ALPHABET for letter in code):
        return "alphabet"
    if code[16] != organisation_check(code[8:16]):
        return "organisation"
    return "" if code[17] == uscc_check(code[:17]) else "check"


def uscc_check(first17: str) -> str:
    """Return the 18th character: (31 − Σ value · 3^place mod 31) mod 31."""
    total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(eight: str) -> str:
    """Return the check character of an 组织机构代码 (GB 11714): 11 − Σ mod 11, 10 is X, 11 is 0."""
    total = sum(int(letter, 36) * weight for letter, weight in zip(eight, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def uscc_faults(code: pd.Series) -> pd.Series:
    """Return for each credit code what is wrong with it, '' for nothing; missing ones have nothing wrong."""
    known = {one: uscc_fault(one) for one in code.dropna().unique()}
    return code.map(known).astype("str").fillna("")


def parcel_faults(code: pd.Series) -> pd.Series:
    """Return what is wrong with codes of 19 or 28 characters (form; A 集体所有权 on G or Z land); others are local."""
    return code.map({one: _parcel_fault(one) for one in code.dropna().unique()}).astype("str").fillna("")


def _parcel_fault(code: str) -> str:
    if len(code) not in {19, 28} or not DISTRICT.match(code):
        return ""
    if not (PARCEL.fullmatch(code) or UNIT.fullmatch(code)):
        return "form"
    return "right" if code[13] == "A" and code[12] != "J" else ""


def parcel_of_unit(unit: pd.Series) -> pd.Series:
    """Return the 宗地代码 (first 19 characters) of a well-formed 28-character 不动产单元号, else missing."""
    return unit.str.slice(0, 19).where(unit.str.fullmatch(UNIT, na=False))


def industry_faults(code: pd.Series, edition: pd.Series) -> pd.Series:
    """Return what is wrong with an industry code: form (not 门类 letter and 2–4 digits), edition (none or unknown)."""
    wrong = ~code.str.fullmatch(r"[A-T]?\d{2,4}", na=True)
    unknown = code.notna() & ~edition.isin(EDITIONS)
    return pd.Series("", index=code.index, dtype="str").mask(unknown, "edition").mask(wrong, "form")

