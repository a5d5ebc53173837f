"""A delivery held open: after a correction or a moved slider only what depends on it is worked out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.policy.model import Policy
from evaluation.run import evaluate
from parcels.book import Book, corrected, prepare
from parcels.delivery import read
from parcels.delivery.delivered import Delivery
from parcels.memory import Memory, remembering

Frame: TypeAlias = pd.DataFrame


class Session:
    """One delivery read once, its book under any corrections and its verdicts under any policies.

    The answers are those of build() and evaluate() to the last digit (tests/test_casework_session.py); memory.worked
    counts the steps worked out again of the memory.asked.
    """

    def __init__(self, delivery: Path) -> None:
        self._prepared = prepare(read(delivery))
        self.memory = Memory()

    @property
    def delivery(self) -> Delivery:
        """The delivery as it was read: its files, and the corrections it came with."""
        return self._prepared.delivery

    def book(self, corrections: Frame | None = None) -> Book:
        """Return the book with these corrections (parcels.corrections.COLUMNS) applied after the delivery's own."""
        with remembering(self.memory):
            return corrected(self._prepared, corrections)

    def evaluate(self, book: Book, policies: Sequence[Policy], year: int, as_of: date) -> Verdicts:
        """Return what policies say of a book of this session: those of a what-if need no file of their own."""
        with remembering(self.memory):
            return evaluate(book, policies, year, as_of)
