"""Identity codes: 统一社会信用代码 (GB 32100), 宗地代码 and 不动产单元号 (GB/T 37346), GB/T 4754 editions."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Letters: TypeAlias = npt.NDArray[np.uint8]

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z (GB 32100-2015)
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
CHECKS_OF_ORGANISATION = "0123456789X0"
USCC_LENGTH = 18
# By character number: its value in the code's alphabet (-1: none), and as a letter of 36.
VALUE = np.array([ALPHABET.find(chr(number)) if number else -1 for number in range(256)])
LETTERS = [chr(number) for number in range(256)]
LETTER_VALUE = np.array([int(one, 36) if one.isascii() and one.isalnum() else 0 for one in LETTERS])
ORGANISATION_CHECK = np.array([ord(letter) for letter in CHECKS_OF_ORGANISATION], dtype=np.uint8)
SCIENTIFIC = r"\d(?:\.\d+)?[Ee]\+?\d{2}"
EATEN = r"\d{15}0{3}"  # a spreadsheet keeps fifteen digits and writes noughts after them
PARCEL = r"\d{12}[GJZ][ABSXCDEFHGWY]\d{5}"
DISTRICT = r"\d{12}"  # else it is the bureau's own number
LENGTHS = (19, 28)
UNIT = r"\d{12}[GJZ][ABSXCDEFHGWY]\d{5}[FLQW][0-9A-Z]{8}"
EDITIONS = ("2002", "2011", "2017")


def tidy(code: pd.Series) -> pd.Series:
    """Return codes in half-width characters without blanks inside; nothing else is touched."""
    untidy = code.str.contains(r"[^\x21-\x7e]", regex=True, na=False)
    if not untidy.any():
        return code
    tidied = code.copy()
    tidied[untidy] = code[untidy].str.normalize("NFKC").str.replace(r"\s", "", regex=True)
    return tidied


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
    return str(uscc_faults(pd.Series([code], dtype="str")).iloc[0])


def uscc_faults(code: pd.Series) -> pd.Series:
    """Return for each credit code what is wrong with it, '' for nothing; missing ones have nothing wrong."""
    place, texts = code.factorize()
    known = pd.Series(texts, dtype="str")
    length = known.str.len().ne(USCC_LENGTH) | ~known.str.isascii()
    wrong = np.array([*np.where(length, "length", ""), ""], dtype=object)  # a missing one has place -1
    if not length.all():
        wrong[:-1][~length] = _checked(_letters(known[~length]))
    return pd.Series(wrong[place], index=code.index, dtype="str")


def _letters(codes: pd.Series) -> Letters:
    """Codes of 18 ASCII characters as rows of character numbers, (n, 18)."""
    return np.array(codes.tolist(), dtype=f"S{USCC_LENGTH}").view(np.uint8).reshape(len(codes), USCC_LENGTH)


def _checked(letters: Letters) -> list[str]:
    values = VALUE[letters]
    foreign = (values < 0).any(axis=1)
    organisation = LETTER_VALUE[letters[:, 8:16]] @ np.array(ORGANISATION_WEIGHTS)
    seventeenth = ORGANISATION_CHECK[11 - organisation % 11] != letters[:, 16]
    last = (31 - values[:, :17] @ np.array(WEIGHTS) % 31) % 31 != values[:, 17]
    found = np.select([foreign, seventeenth, last], ["alphabet", "organisation", "check"], "")
    return [str(one) for one in found]


def uscc_check(first17: str) -> str:
    """Return the 18th character: (31 − Σ value · 3^place mod 31) mod 31."""
    total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(eight: str) -> str:
    """Return the check character of an 组织机构代码 (GB 11714): 11 − Σ mod 11, 10 is X, 11 is 0."""
    total = sum(int(letter, 36) * weight for letter, weight in zip(eight, ORGANISATION_WEIGHTS, strict=True))
    return CHECKS_OF_ORGANISATION[11 - total % 11]


def parcel_faults(code: pd.Series) -> pd.Series:
    """Return what is wrong with codes of 19 or 28 characters (form; A 集体所有权 on G or Z land); others are local."""
    coded = code.str.len().isin(LENGTHS) & code.str.match(DISTRICT, na=False)
    formed = code.str.fullmatch(PARCEL, na=False) | code.str.fullmatch(UNIT, na=False)
    collective = formed & code.str.slice(13, 14).eq("A") & code.str.slice(12, 13).ne("J")
    return pd.Series("", index=code.index, dtype="str").mask(coded & ~formed, "form").mask(collective, "right")


def parcel_of_unit(unit: pd.Series) -> pd.Series:
    """Return the 宗地代码 (first 19 characters) of a well-formed 28-character 不动产单元号, else missing."""
    return unit.str.slice(0, 19).where(unit.str.fullmatch(UNIT, na=False))


def industry_faults(code: pd.Series, edition: pd.Series) -> pd.Series:
    """Return what is wrong with an industry code: form (not 门类 letter and 2–4 digits), edition (none or unknown)."""
    wrong = ~code.str.fullmatch(r"[A-T]?\d{2,4}", na=True)
    unknown = code.notna() & ~edition.isin(EDITIONS)
    return pd.Series("", index=code.index, dtype="str").mask(unknown, "edition").mask(wrong, "form")
