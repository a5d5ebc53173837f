"""Why a firm is not on a list: which of the list's conditions it does not meet, by its own figures."""

import pandas as pd

from evaluation.finding import Node
from evaluation.grading.explain import explain_firm, shown
from evaluation.grading.steps import label_names
from evaluation.grading.verdict import GradingResult
from parcels.words import say


def why_not(result: GradingResult, uscc: str, grade: str) -> Node:
    """Return why a firm is not of a class: not evaluated, or its place beyond that class's, or moved since.

    A firm the result does not know gets the sentence that says so; a firm that is of the class, that it is.
    """
    if uscc not in result.members.index:
        return Node(label=grade, words=say("evaluation.absent.unknown", uscc=uscc), outcome="unknown")
    row = result.members.loc[uscc]
    behind = explain_firm(result, uscc).children
    if not pd.isna(row["grade"]) and row["grade"] == grade:
        return Node(label=grade, words=say("evaluation.absent.is", grade=grade), outcome="pass", children=behind)
    if pd.isna(row["grade_initial"]):
        reason = row["reason"] or say("evaluation.tell.no_grade")
        outcome = "unknown" if row["status"] == "not_evaluable" else "fail"
        return Node(
            label=grade, words=say("evaluation.absent.ungraded", reason=reason), outcome=outcome, children=behind
        )
    if row["grade_initial"] == grade:
        words = say("evaluation.absent.moved", grade=grade, now=row["grade"])
        return Node(label=grade, words=words, outcome="fail", children=behind)
    return Node(label=grade, words=_placed_elsewhere(result, uscc, grade), outcome="fail", children=behind)


def _placed_elsewhere(result: GradingResult, uscc: str, grade: str) -> str:
    row = result.members.loc[uscc]
    population = str(row["population"])
    if grade not in label_names(result, population):
        known = "、".join(label_names(result, population))
        return say("evaluation.absent.no_class", grade=grade, known=known)
    said = {"pool": row["pool"], "n": int(row["n"]), "rank": int(row["rank"]), "score": shown(row["score"])}
    same = result.members[(result.members["pool"] == row["pool"]) & (result.members["grade_initial"] == grade)]
    if same.empty:
        return say("evaluation.absent.nobody", grade=grade, now=row["grade_initial"], **said)
    edge = same["rank"].max() if row["rank"] > same["rank"].max() else same["rank"].min()
    at = same.loc[same["rank"] == edge, "score"].iloc[0]
    key = "below" if row["rank"] > same["rank"].max() else "above"
    return say(f"evaluation.absent.{key}", grade=grade, now=row["grade_initial"], edge=int(edge), at=shown(at), **said)
