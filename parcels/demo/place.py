"""Name the invented county, its zones and quarters, and the codes that belong to nobody."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from parcels.words import entry

CRS = "EPSG:4549"  # CGCS2000 / 3-degree Gauss-Krüger CM 120E, eastings without zone prefix
ORIGIN = (476_000.0, 3_263_000.0)  # south-west corner of the drawing [m]
COUNTY = "990121"  # no such division in GB/T 2260: province codes end at 82
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O S V Z
WEIGHTS = [pow(3, i, 31) for i in range(17)]
BODY_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]  # GB 11714, the organisation code within


@dataclass(frozen=True)
class Quarter:
    """One block (片区) of a zone: how many lots, how wide its streets, how it lies on the map."""

    zone_id: str
    lots: int
    road: float  # street width [m]
    turn: float  # degrees
    bend: float  # metres of swing
    aspect: float = 1.0
    open_share: float = 0.05  # share of street blocks that are green
    river_after: int = -1  # street row north of which the river runs; -1 none
    river: float = 60.0  # its width [m]


@dataclass(frozen=True)
class Zone:
    """A development zone and what its ground is planned for, as shares of the whole zone; shops take the rest."""

    zone_id: str
    share: float  # of the county's lots
    uses: dict[str, float]


ZONES = (
    # 70 %: 0.635, and 0.66 without utilities, fall short; 0.77 without roads too passes. 60 % passes on every reading
    Zone("S990121", 0.42, {"public_service": 0.02, "infrastructure": 0.01, "research": 0.01, "storage": 0.02,
                           "industrial": 0.635}),
    # 60 %: 0.42, with storage and research 0.50, fails on every reading
    Zone("S990122", 0.32, {"public_service": 0.07, "infrastructure": 0.02, "research": 0.03, "storage": 0.05,
                           "industrial": 0.42}),
    # passes both on every reading
    Zone("S990123", 0.26, {"public_service": 0.01, "infrastructure": 0.01, "research": 0.0, "storage": 0.02,
                           "industrial": 0.76}),
)  # fmt: skip


def quarters(lots: int) -> tuple[Quarter, ...]:
    """Return the quarters of all zones for `lots` lots in all; the first zone has two."""
    first, second, third = ZONES
    east = round(lots * first.share * 0.4)
    west = round(lots * first.share) - east
    south = round(lots * second.share)
    return (
        Quarter(first.zone_id, west, 27.0, -6.0, 55.0, river_after=1),
        Quarter(first.zone_id, east, 27.0, 9.0, 40.0, aspect=1.3),
        Quarter(second.zone_id, south, 30.0, 4.0, 60.0, open_share=0.06),
        Quarter(third.zone_id, lots - west - east - south, 25.0, -11.0, 45.0, aspect=0.9, open_share=0.02),
    )


def credit_code(number: int, *, letters: str = "MA") -> str:
    """Return a valid 18-character code of the invented county, GB 32100-2015 (POLICY §12.2)."""
    body = f"{letters}{number:0{8 - len(letters)}d}"
    values = [int(character, 36) for character in body]
    rest = 11 - sum(w * v for w, v in zip(BODY_WEIGHTS, values, strict=True)) % 11
    return checked(f"91{COUNTY}{body}{ {10: 'X', 11: '0'}.get(rest, str(rest)) }".replace(" ", ""))


def checked(first17: str) -> str:
    """Return the first 17 characters with their check character."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first17, WEIGHTS, strict=True))
    return first17 + ALPHABET[-total % 31]


def names(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return that many different invented firms: name, industry_code (GB/T 4754-2017)."""
    syllables, trades = list(entry("demo.syllables")), entry("demo.trades")
    kinds, base = list(trades), len(syllables)
    numbers = rng.permutation(max(base * base * len(kinds), count))[:count]
    stems, trade = numbers // len(kinds), numbers % len(kinds)
    county, ending = entry("demo.county_short"), entry("demo.company")
    return pd.DataFrame({
        "name": [county + _stem(int(s), syllables) + kinds[t] + ending for s, t in zip(stems, trade, strict=True)],
        "industry_code": [str(trades[kinds[t]]) for t in trade],
    })


def _stem(number: int, syllables: list[str]) -> str:
    base = len(syllables)
    third = syllables[number // base // base - 1] if number >= base * base else ""
    return syllables[number // base % base] + syllables[number % base] + third
