"""The readings N × K × X of a share rule: what is counted, what makes the base, what is left out (POLICY §8)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from parcels.landuse import contested as contested_classes

Frame: TypeAlias = pd.DataFrame
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Texts = np.ndarray[tuple[int], np.dtype[Any]]

GROUPS = (
    "industrial", "mining", "storage", "research", "residential_commercial", "public_service", "infrastructure",
    "transport", "green", "special", "reserved", "vacant", "agricultural_facility", "non_construction", "unmapped",
)  # fmt: skip
UNMAPPED = "unmapped"
ROLES = ("numerator", "denominator", "excluded", "unmapped")

# POLICY §8.2. M0 lies inside the group `industrial`: N1 is without it, N2 and all wider sets hold it.
_N2 = frozenset({"industrial"})
_N3 = _N2 | {"storage"}
_N4 = _N3 | {"mining"}
_N5 = _N4 | {"research"}
NUMERATORS: Mapping[str, frozenset[str]] = {"N1": _N2, "N2": _N2, "N3": _N3, "N4": _N4, "N5": _N5, "N6": _N5}
NEW_INDUSTRY = "M0"
BUSINESS = ("05", "09", "B")

# POLICY §8.3. 08* holds 0802, so research is left out with public service unless a policy takes it back in.
_X1 = frozenset({"infrastructure", "public_service", "research"})
_X2 = _X1 | {"transport"}
_X3 = _X2 | {"green"}
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "X0": frozenset(),
    "X1": _X1,
    "X2": _X2,
    "X3": _X3,
    "X4": _X3 | {"special"},
}

NOT_CONSTRUCTION = frozenset({"non_construction", "agricultural_facility"})
NOT_BUILT = NOT_CONSTRUCTION | {"vacant", "reserved"}
APPROVED, MANAGED = "approved", "managed"  # whose ground a base is: K2 asks for the planned or managed boundary
# Words of landuse.supply_state a base asks for; a blank state leaves the polygon unmapped under these bases.
STATES_OF: Mapping[str, tuple[str, ...]] = {"K4": ("built",), "K5": ("built", "ready"), "K7": ("supplied",)}


@dataclass(frozen=True)
class Reading:
    """One way to read a share rule: numerator set, base, left-out set, and the declared choices behind them."""

    numerator: str
    base: str
    leave_out: str
    research_back_in: bool = False
    reserved_with: str | None = None

    @property
    def id(self) -> str:
        """Return the reading as CONTRACT §5 writes it: N1.K1.X2."""
        return f"{self.numerator}.{self.base}.{self.leave_out}"

    @property
    def extent(self) -> str:
        """Return whose boundary the base asks for."""
        return MANAGED if self.base == "K2" else APPROVED

    @property
    def counted(self) -> frozenset[str]:
        """Return the groups of the numerator."""
        return NUMERATORS[self.numerator]

    @property
    def left_out(self) -> frozenset[str]:
        """Return the groups left out of the base; empty where X5 has no declared companion."""
        if self.leave_out == "X5":
            named = LEFT_OUT.get(self.reserved_with or "", frozenset()) | {"reserved"}
        else:
            named = LEFT_OUT[self.leave_out]
        return named - {"research"} if self.research_back_in else named

    @property
    def refused(self) -> str | None:
        """Return why the reading cannot be computed, as a key of the catalog: numerator ⊆ base (POLICY §8.3)."""
        if self.counted & self.left_out:
            return "zone.refused.research"
        if self.leave_out == "X5" and self.reserved_with not in LEFT_OUT:
            return "zone.refused.reserved"
        return None

    @classmethod
    def parse(cls, text: str, *, research_back_in: bool = False) -> "Reading":
        """Return the reading of `N4.K1.X1`."""
        numerator, base, leave_out = text.split(".")
        return cls(numerator, base, leave_out, research_back_in)


def enabled(
    numerators: Sequence[str], bases: Sequence[str], leave_out: Sequence[str], *, back_in: bool, reserved: str | None
) -> list[Reading]:
    """Return every reading a rule enables, in order of N, K, X."""
    return [Reading(n, k, x, back_in, reserved) for n in numerators for k in bases for x in leave_out]


@dataclass(frozen=True)
class Land:
    """Pieces of ground as arrays (n,): position of use_group in GROUPS, code, basis, supply_state (None = blank)."""

    group: Ints
    new_industry: Flags
    business: Flags
    basis: Texts
    state: Texts

    @classmethod
    def of(cls, frame: Frame) -> "Land":
        """Return the arrays of a frame with code, use_group, basis, supply_state."""
        group = pd.Categorical(frame["use_group"].astype(object), categories=list(GROUPS)).codes.astype(np.int64)
        code = frame["code"].astype(object).where(frame["code"].notna(), "").astype(str).str.upper()
        state = frame["supply_state"].astype(object)
        return cls(
            group,
            code.str.startswith(NEW_INDUSTRY).to_numpy(dtype=bool),
            code.str.startswith(BUSINESS).to_numpy(dtype=bool) & (group == GROUPS.index("residential_commercial")),
            frame["basis"].astype(object).to_numpy(),
            state.where(state.notna(), None).to_numpy(),
        )

    def among(self, groups: Collection[str]) -> Flags:
        """Return which pieces are of one of the groups."""
        return np.isin(self.group, [GROUPS.index(name) for name in groups])


def regrouped(frame: Frame, contested: Mapping[str, str]) -> Frame:
    """Return ground with the classes of contested choices (choice → group) in the group a policy declares."""
    if not contested:
        return frame
    group = frame["use_group"].astype(object).copy()
    code = frame["code"].astype(object).where(frame["code"].notna(), "").astype(str)
    for row in contested_classes().itertuples(index=False):
        if contested.get(row.choice) in row.alternatives.split(";"):  # not every class of a choice may go anywhere
            mine = (frame["scheme"] == row.scheme).fillna(value=False) & code.str.startswith(row.code)
            group[(mine & (group == row.group)).astype(bool)] = contested[row.choice]
    return frame.assign(use_group=group.astype("str"))


def roles(land: Land, reading: Reading, choices: Mapping[str, str], states: Mapping[str, Sequence[str]]) -> Ints:
    """Return the role of each piece under a reading, as a position in ROLES (n,).

    `choices` puts a contested group in, out or to the unmapped (POLICY §8.3); `states` says which words of
    supply_state mean built, ready, supplied. A piece whose place in the base cannot be told is unmapped.
    """
    inside, known = in_base(land, reading.base, states)
    out = land.among(reading.left_out) | land.among([group for group, put in choices.items() if put == "out"])
    counted = land.among(reading.counted)
    if reading.numerator == "N1":
        counted &= ~land.new_industry
    unclear = ~known | land.among([UNMAPPED, *(group for group, put in choices.items() if put == "unmapped")])
    if reading.numerator == "N6":  # producer services: no code tells them apart from other business (POLICY §8.2)
        unclear |= land.business
    chosen: Ints = np.select([unclear, ~inside | out, counted], [3, 2, 0], 1)
    return chosen


def in_base(land: Land, base: str, states: Mapping[str, Sequence[str]]) -> tuple[Flags, Flags]:
    """Return whether each piece belongs to the base K1–K7 before leaving out, and whether that can be told."""
    everything = np.ones(len(land.group), dtype=bool)
    if base in {"K1", "K2"}:
        return everything, everything
    mapped = ~land.among([UNMAPPED])
    if base == "K3":
        return ~land.among(NOT_CONSTRUCTION), mapped
    words = [word for name in STATES_OF.get(base, ("undevelopable",)) for word in states.get(name, ())]
    stated = np.array([state is not None for state in land.state], dtype=bool) & bool(states)
    by_state = np.isin(land.state.astype(str), words)
    if base == "K6":
        return ~by_state, stated & mapped
    if base == "K4":
        surveyed = np.isin(land.basis.astype(str), ["actual", "built"])
        return np.where(surveyed, ~land.among(NOT_BUILT), by_state), np.where(surveyed, mapped, stated)
    return by_state, stated
