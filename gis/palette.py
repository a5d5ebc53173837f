"""Holds the colours of the maps: screen, tile, legend and printed sheet agree, and nobody needs full colour sight.

Solid colours of one table stay apart for normal, protan, deutan and tritan sight, and the grades also in grey.
"No answer" is never a pale colour: it is hatched. The test simulates all of it (UI.md §8).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Hatch = Literal["", "/", "\\", "x"]
Codes = np.ndarray[tuple[int], np.dtype[np.uint8]]

MOST_CLASSES = 250  # codes travel as uint8; the rest is kept free for "nothing here"


class WordWithoutColour(ValueError):
    """A table was asked for words it has no colour for; `words` lists them, `known` the words it has."""

    def __init__(self, words: Sequence[str], known: Sequence[str]) -> None:
        self.words, self.known = tuple(words), tuple(known)
        super().__init__(f"no colour for {', '.join(self.words)}; known: {', '.join(self.known)}")


@dataclass(frozen=True)
class Swatch:
    """One class of a map: the word the data carry, its colour #rrggbb, and its hatch ('' = solid)."""

    word: str
    colour: str
    hatch: Hatch = ""

    @property
    def hatched(self) -> bool:
        """Whether the class is drawn as lines on nothing instead of a solid colour."""
        return self.hatch != ""


@dataclass(frozen=True)
class Table:
    """The classes of one way to colour a map; a class code is the position of its swatch."""

    swatches: tuple[Swatch, ...]
    missing: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the data, in the order of their codes."""
        return tuple(swatch.word for swatch in self.swatches)

    def code(self, word: str) -> int:
        """Return the class code of one word; raises WordWithoutColour."""
        if word not in self.words:
            raise WordWithoutColour([word], self.words)
        return self.words.index(word)

    def codes(self, values: pd.Series) -> Codes:
        """Return the class code of each value; missing and empty become the class of the missing word.

        Raises WordWithoutColour with every word that has no swatch: a map never drops a class silently.
        """
        words = values.astype("object").where(values.notna(), self.missing).replace("", self.missing)
        position = pd.Series({word: code for code, word in enumerate(self.words)}, dtype="float64")
        found = words.map(position).to_numpy(dtype="float64")
        if np.isnan(found).any():
            raise WordWithoutColour(sorted({str(word) for word in words[np.isnan(found)]}), self.words)
        return np.asarray(found, dtype=np.uint8)


GREY = "#5c5c5c"

# A B C D: UI.md §8, at least 17 L* apart in grey and 23 ΔE for every sight; A+ and C- set between and beside them.
_BEST_TO_WORST = (
    Swatch("A+", "#f4fbe2"),
    Swatch("A", "#bfe3f5"),
    Swatch("B", "#6aaed6"),
    Swatch("C", "#b5651d"),
    Swatch("C-", "#7a3b12"),
    Swatch("D", "#4d0f1a"),
)
_NOT_GRADED = (Swatch("T", GREY, "\\"), Swatch("不定等级", GREY, "x"), Swatch("", GREY, "/"))
GRADE = Table((*_BEST_TO_WORST, *_NOT_GRADED))

IDLE = Table(
    (
        Swatch("no", "#e3f0d8"),
        Swatch("watch", "#ffd98a"),
        Swatch("clause1", "#e8743b"),
        Swatch("clause2", "#7b1e1e"),
        Swatch("late_start", "#2c6fb8"),
        Swatch("excused", "#a9b9ef"),
        Swatch("not_applicable", GREY, "\\"),
        Swatch("unknown", GREY, "/"),
    ),
    missing="unknown",
)

OUTCOME = Table(
    (Swatch("pass", "#6aaed6"), Swatch("fail", "#8f1d14"), Swatch("unknown", GREY, "/")),
    missing="unknown",
)

# what a plan could choose and what it chose, over the quiet rest
PLAN = Table((Swatch("could", "#ffd98a"), Swatch("chosen", "#e8743b")))

# Thirteen solids found by search: at least 27 ΔE between any two, for every sight.
USE_GROUP = Table(
    (
        Swatch("industrial", "#6c2a08"),
        Swatch("mining", "#090808"),
        Swatch("storage", "#c7500e"),
        Swatch("research", "#0866d3"),
        Swatch("residential_commercial", "#ffb621"),
        Swatch("public_service", "#b7519e"),
        Swatch("infrastructure", "#6fbeff"),
        Swatch("transport", "#4f5c4e"),
        Swatch("green", "#82b666"),
        Swatch("special", "#4f1d55"),
        Swatch("vacant", "#c6fff8"),
        Swatch("agricultural_facility", "#ffff8c"),
        Swatch("non_construction", "#b7a4a0"),
        Swatch("reserved", GREY, "x"),
        Swatch("unmapped", GREY, "/"),
    ),
    missing="unmapped",
)

COUNTED_ROLE = Table(
    (
        Swatch("numerator", "#b5651d"),
        Swatch("denominator", "#bfe3f5"),
        Swatch("excluded", GREY, "\\"),
        Swatch("unmapped", GREY, "/"),
    ),
    missing="unmapped",
)

# Low to high, for a quantity such as tax per mu; the words are the positions of the bands.
BAND = Table(
    (
        Swatch("0", "#ffffd9"),
        Swatch("1", "#9fd8b4"),
        Swatch("2", "#41a0c4"),
        Swatch("3", "#28559f"),
        Swatch("4", "#14184f"),
        Swatch("", GREY, "/"),
    ),
)


def bands(values: pd.Series, breaks: Sequence[float]) -> Codes:
    """Return the BAND code of each quantity; `breaks` are the four rising lower bounds of bands 1 to 4.

    A value on a break belongs to the band above it. NaN becomes the hatched class.
    """
    edges = np.asarray(breaks, dtype="float64")
    if edges.shape != (len(BAND.swatches) - 2,) or not (np.diff(edges) > 0).all():
        raise ValueError(f"bands need {len(BAND.swatches) - 2} rising breaks, got {list(breaks)}")
    quantity = values.to_numpy(dtype="float64", na_value=np.nan)
    code = np.searchsorted(edges, quantity, side="right")
    return np.where(np.isnan(quantity), BAND.code(""), code).astype(np.uint8)


def ranked(labels: Sequence[str]) -> Table:
    """Return a grade table for a policy's own labels, best first.

    Labels that are grades of ours keep their colours; other words (优先发展类 …) get those of A to D in order.
    Raises WordWithoutColour when there are more than six labels of which one is unknown.
    """
    if all(label in GRADE.words for label in labels):
        return GRADE
    graded = [label for label in labels if label not in {swatch.word for swatch in _NOT_GRADED}]
    few = [swatch for swatch in _BEST_TO_WORST if len(swatch.word) == 1]
    colours = few if len(graded) <= len(few) else list(_BEST_TO_WORST)
    if len(graded) > len(colours):
        raise WordWithoutColour(graded[len(colours) :], [swatch.word for swatch in colours])
    own = tuple(Swatch(label, like.colour) for label, like in zip(graded, colours, strict=False))
    return Table((*own, *_NOT_GRADED))
