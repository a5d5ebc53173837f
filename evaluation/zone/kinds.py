"""Pieces of ground told apart by what a reading asks of them: a few kinds stand for many pieces."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.zone.readings import Flags, Ints

Frame: TypeAlias = pd.DataFrame
PLACE = ("zone_id", "basis", "extent")
ASKED = (*PLACE, "scheme", "code", "use_group", "supply_state")


@dataclass(frozen=True)
class Kinds:
    """rows: ASKED, one row a kind, in order of appearance; of (pieces,): which kind each piece is."""

    rows: Frame
    of: Ints

    def pieces(self, which: Flags) -> Ints:
        """Return the positions of the pieces of the kinds that `which` (kinds,) marks."""
        return np.flatnonzero(which[self.of])


def kinds(pieces: Frame) -> Kinds:
    """Return the kinds among pieces with ASKED columns."""
    of, first = numbered(pieces, ASKED)
    return Kinds(pd.DataFrame(pieces[[*ASKED]].take(first)).reset_index(drop=True), of)


def numbered(frame: Frame, names: tuple[str, ...]) -> tuple[Ints, Ints]:
    """Return each row's number among the distinct rows of `names`, in order of appearance, and where each is first."""
    number: Ints = np.zeros(len(frame), np.int64)
    for name in names:
        of, known = pd.factorize(frame[name])
        number = pd.factorize(number * (len(known) + 1) + of + 1)[0].astype(np.int64)
    return number, np.flatnonzero(~pd.Series(number).duplicated().to_numpy())
