"""Which of the four questions a delivery can answer, and what it lacks for the others (CONTRACT §4, questions)."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from parcels.columns import catalog

if TYPE_CHECKING:
    from parcels.book import Book

QUESTIONS = ("grading", "reclaim", "zones", "expansion")
# Without these tables there is nothing to ask about; a lacking column only leaves its part unknown.
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "grading": ("firms", "firm_years"),
    "reclaim": ("parcels",),
    "zones": ("landuse",),
    "expansion": ("zones",),
}


def answers(book: "Book", more: Mapping[str, Iterable[str]] | None = None) -> dict[str, dict[str, Any]]:
    """Return question → {status: answered / partial / not_answered, lacks: [table or table.column]}.

    `more` names columns that the chosen policies need beyond those of columns.csv, by question.
    """
    return {question: _answer(book, question, (more or {}).get(question, ())) for question in QUESTIONS}


def _answer(book: "Book", question: str, more: Iterable[str]) -> dict[str, Any]:
    needed = list(dict.fromkeys([*_required(question), *more]))
    lacks = list(dict.fromkeys(lack for need in needed if (lack := _lack(book, *need.split(".", 1))) is not None))
    if any(not _delivered(book, table) for table in SUBJECTS[question]):
        return {"status": "not_answered", "lacks": lacks}
    return {"status": "partial" if lacks else "answered", "lacks": lacks}


def _delivered(book: "Book", table: str) -> bool:
    """Return whether somebody delivered a row of a table; zones may also be named by an attribute of another."""
    return len(book.tables[table]) > 0 and (table in book.delivered or (table == "zones" and book.zones_by is not None))


def _required(question: str) -> list[str]:
    return [
        f"{table}.{name}"
        for table, columns in catalog().items()
        for name, column in columns.items()
        if question in column.required_by
    ]


def _lack(book: "Book", table: str, column: str) -> str | None:
    """Return the table if it has no row, table.column if no row fills it, None where something is there."""
    frame = book.tables[table]
    if not _delivered(book, table):
        return table
    if column not in frame.columns or frame[column].isna().all():
        return f"{table}.{column}"
    return None
