"""Identity codes: check characters as the standard computes them, damage by spreadsheets, forms of parcel codes."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcels import codes

# POLICY §12.2: published, and constructed so that the sums are ≡ 0 mod 31 and r is 10 or 11.
VALID = [
    "91350100M000100Y43",
    "91110000600037341L",
    "914403001922038216",
    "911100001000002860",
    "911100001000011900",
    "9111000010000050X0",
]
LAWFUL_BUT_OFF = ["91350211M0000XUF46", "91350100M0001TGQXM", "91350203M0001FUE2P", "91350211M00013FA1N"]


@pytest.mark.parametrize("code", VALID)
def test_a_good_code_has_nothing_wrong(code: str) -> None:
    assert codes.uscc_fault(code) == ""


@pytest.mark.parametrize(("code", "computed"), list(zip(LAWFUL_BUT_OFF, "R1J3", strict=True)))
def test_a_lawful_code_may_fail_the_last_check_and_is_only_that(code: str, computed: str) -> None:
    assert codes.uscc_fault(code) == "check"
    assert codes.uscc_check(code[:17]) == computed


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("9135010", "length"),
        ("91350100M000100I43", "alphabet"),
        ("91350100M000100Z43", "alphabet"),
        ("91350100M000100X43", "organisation"),
    ],
)
def test_a_bad_code_says_what_is_bad(code: str, why: str) -> None:
    assert codes.uscc_fault(code) == why


@given(st.text(codes.ALPHABET, min_size=8, max_size=8), st.text("0123456789", min_size=6, max_size=6))
def test_a_code_made_by_the_rule_passes_it_and_any_other_last_character_fails(organisation: str, place: str) -> None:
    first17 = "91" + place + organisation + codes.organisation_check(organisation)
    if set(first17) - set(codes.ALPHABET):
        return
    last = codes.uscc_check(first17)
    assert codes.uscc_fault(first17 + last) == ""
    other = codes.ALPHABET[(codes.ALPHABET.index(last) + 1) % 31]
    assert codes.uscc_fault(first17 + other) == "check"


def test_codes_eaten_by_a_spreadsheet_are_known_and_honest_noughts_are_not() -> None:
    series = pd.Series(["9.14403E+17", "9.14403001922038e+17", "914403001922038000", "911100001000011900", None])
    assert codes.uscc_damaged(series.astype("str")).tolist() == [True, True, True, False, False]


def test_parcel_codes_of_19_and_28_and_the_banks_own_numbers() -> None:
    given_ = pd.Series([
        "330106001002GB00001",
        "330106001002GB00001W00000000",
        "330106001002GA00001",
        "330106001002XB00001",
        "宗地-7",
    ])
    assert codes.parcel_faults(given_).tolist() == ["", "", "right", "form", ""]


def test_a_unit_number_holds_its_parcels_code() -> None:
    units = pd.Series(["330106001002GB00001F00010001", "x"], dtype="str")
    assert codes.parcel_of_unit(units).fillna("").tolist() == ["330106001002GB00001", ""]


def test_industry_codes_want_their_edition() -> None:
    code = pd.Series(["C3311", "33", "C3311", "33110"], dtype="str")
    edition = pd.Series(["2017", None, "1984", "2017"], dtype="str")
    assert codes.industry_faults(code, edition).tolist() == ["", "edition", "edition", "form"]


@pytest.mark.shared
def test_the_published_vectors_agree(shared: Path) -> None:
    vectors = json.loads((shared / "oracle/std/uscc_vectors.json").read_text(encoding="utf-8"))
    assert all(codes.uscc_valid(code) for code in vectors["valid"])
    assert all(codes.uscc_fault(code) == "check" for code in vectors["legal_but_nonstandard_checkdigit"])
