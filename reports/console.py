"""What the command line says: a check, an evaluation or an explanation as lines of text, and as data for a script."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from evaluation.finding import Node, Verdicts
from evaluation.policy.model import Policy
from evaluation.policy.values import in_words
from evaluation.published import Result
from parcels.book import Book
from parcels.words import say, word
from reports.card import headline, place

Frame: TypeAlias = pd.DataFrame

SEVERITIES = ("blocking", "error", "warning", "info")
INDENT = "　"


def check_lines(book: Book, questions: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was recognised, every fault (where, what, what to do), and which questions can be answered."""
    for row in delivered(book).itertuples(index=False):
        table = word("table", row.table)
        yield say("cli.check.table", table=table, file=row.file, sheet=row.sheet or "—", rows=row.rows)
    for row in book.faults.itertuples(index=False):
        yield f"{row.code} {word('severity', row.severity)} {row.message}"
    counts = book.faults["severity"].value_counts()
    yield say("cli.check.count", **{name: int(counts.get(name, 0)) for name in SEVERITIES})
    yield from question_lines(questions)


def published_lines(results: Iterable[Result]) -> Iterator[str]:
    """Yield what each published result says of itself: its counts, and every sum that does not come out."""
    for one in results:
        where = {"file": one.file, "sheet": one.sheet, "scope": f"{one.scope}：" if one.scope else ""}
        counts = "、".join(f"{label} {count}" for label, count in one.counts.items())
        for fault in one.faults:
            yield say("evaluation.published.wrong", row=one.row, fault=fault, **where)
        if not one.faults:
            key = "untold" if one.published is None else "well"
            yield say(f"evaluation.published.{key}", counts=counts, total=sum(one.counts.values()), **where)


def check_data(book: Book, questions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same as plain data (CONTRACT §4): faults, tables, questions."""
    return {"faults": records(book.faults), "tables": records(delivered(book)), "questions": dict(questions)}


def evaluated_lines(verdicts: Verdicts, out: Path) -> Iterator[str]:
    """Yield the grades, the idle states, how far each question was answered, and where it was written."""
    grades = verdicts.firms["grade"].dropna().loc[lambda grade: grade != ""].value_counts().sort_index()
    yield say("cli.evaluate.grades", counts=_counted(grades.items()))
    states = verdicts.parcels["idle"].value_counts()
    yield say("cli.evaluate.idle", counts=_counted((word("idle", state), count) for state, count in states.items()))
    yield from question_lines(verdicts.questions)
    yield say("cli.evaluate.stands" if verdicts.taken_over else "cli.evaluate.done", out=out)


def question_lines(questions: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line a question: how far it is answered and what is lacking."""
    for name, answer in questions.items():
        lacks = "、".join(answer["lacks"]) or "—"
        state = word("answered", answer["status"])
        yield say("cli.question", name=word("question", name), state=state, lacks=lacks)


def node_lines(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield an explanation line by line: mark, label, value, words, and the cells it came from."""
    cells = "；".join(place(cell) for cell in node.origin)
    yield INDENT * depth + f"{headline(node)}{INDENT}{node.words}" + (f"〔{cells}〕" if cells else "")
    for child in node.children:
        yield from node_lines(child, depth + 1)


def lineage_lines(policy: Policy) -> Iterator[str]:
    """Yield what a policy is made of, and every value it says otherwise than the file it inherits from."""
    yield say("screens.policies.lineage", files=" → ".join(origin.id for origin in reversed(policy.lineage)))
    for one in policy.overrides:
        said = {"path": one.path, "before": in_words(one.before), "after": in_words(one.after)}
        yield say("screens.policies.override", over=one.over, by=one.by, **said)


def edge_lines(found: Mapping[str, Frame], within: float) -> Iterator[str]:
    """Yield the firms within so many per cent of a cut, nearest first, and the groups of exactly equal firms."""
    cliffs, ties = found["cliffs"], found["ties"]
    yield say("cli.edges.count", cliffs=len(cliffs), within=f"{within:g}", ties=len(ties))
    for row in cliffs.to_dict("records"):
        yield say(f"cli.edges.{row['side']}", **{str(key): value for key, value in row.items()})
    for row in ties.to_dict("records"):
        across = {True: "across", False: "inside"}.get(row["across_a_cut"], "unknown")
        yield say("cli.edges.tie", **{str(k): v for k, v in row.items()}, across=say(f"cli.edges.{across}"))


def distance_lines(moves: Mapping[str, Frame]) -> Iterator[str]:
    """Yield the least change of each input that moves a firm a class, under each policy."""
    for policy, frame in moves.items():
        if frame.empty:
            yield say("cli.edges.unplaced", policy=policy)
        for row in frame.to_dict("records"):
            known = not pd.isna(row["needed"])
            key = "move" if known else "alone"
            yield say(f"cli.edges.{key}", policy=policy, **{str(k): v for k, v in row.items()})


def delivered(book: Book) -> Frame:
    """Return table, file, sheet, rows of everything recognised in a delivery."""
    return book.sources[["table", "file", "sheet", "rows"]]


def records(frame: Frame) -> list[dict[str, Any]]:
    """Return rows as plain data for JSON: missing is null, numbers are Python's own."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {key: (value.item() if hasattr(value, "item") else value) for key, value in row.items()}
        for row in plain.to_dict("records")
    ]


def _counted(pairs: Any) -> str:
    return INDENT.join(f"{name} {count}" for name, count in pairs) or "—"
