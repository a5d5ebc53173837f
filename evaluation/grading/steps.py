"""The last steps of an explanation: place in the pool, the cut it falls under, what moved it, what it means in yuan."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd

from evaluation.finding import Node
from evaluation.grading.classes import places
from evaluation.grading.verdict import GradingResult
from evaluation.policy.grading import By, Classifier, SingleIndicator, SumOfPoints, Threshold, TwoStage, labels, pieces
from evaluation.policy.model import citation
from parcels.words import say


def place_node(result: GradingResult, uscc: str) -> Iterator[Node]:
    """Yield the firm's place in its pool with the cuts worked out for the pool's n; nothing for a firm without rank."""
    row = result.members.loc[uscc]
    if pd.isna(row["rank"]):
        return
    plans = pieces(result.policy.classes or [], str(row["population"]))
    rank, n = int(row["rank"]), int(row["n"])
    words = say("evaluation.tell.place", pool=row["pool"], n=n, rank=rank)
    if not plans:
        yield Node(label=say("evaluation.tell.rank"), words=words, value=rank, rule="pool")
        return
    plan = plans[0]
    at = int(result.members.index.get_loc(uscc))
    order = result.graded[str(row["population"])].order
    if order.first[at] < order.last[at]:
        words += say("evaluation.tell.tied", first=int(order.first[at]), last=int(order.last[at]))
    initial = row["grade_initial"]
    yield Node(
        label=say("evaluation.tell.rank"),
        words=words,
        value=rank,
        children=tuple(_cuts(plan, n)),
        source=citation(result.policy, plan.source),
        outcome="unknown" if pd.isna(initial) else "",
        rule="classes",
    )
    if not pd.isna(initial):
        yield Node(
            label=say("evaluation.tell.initial"), words=say("evaluation.tell.initially", grade=initial), value=initial
        )


def _cuts(plan: Classifier, n: int) -> Iterator[Node]:
    """Yield how each cut is worked out for a pool of n."""
    yield Node(label=say("evaluation.tell.choices"), words=_choices(plan))
    if isinstance(plan, Threshold):
        for label, bound in (plan.lower or {}).items():
            yield Node(label=label, words=say("evaluation.tell.lower", label=label, bound=bound))
        return
    if isinstance(plan, TwoStage):
        for stage in plan.stages:
            by = "、".join(stage.rank_by.points) if isinstance(stage.rank_by, SumOfPoints) else stage.rank_by
            half, order = say(f"evaluation.tell.halves.{stage.half}"), say(f"evaluation.tell.{stage.order}")
            words = say("evaluation.tell.stage", half=half, by=by, order=order, share=stage.share, grade=stage.grade)
            yield Node(label=stage.grade, words=words)
        return
    if isinstance(plan, SingleIndicator):
        yield Node(label=say("evaluation.tell.rank"), words=say("evaluation.tell.by", by=plan.by))
    for label, cut in (plan.upper or {}).items():
        yield Node(label=label, words=_cut_words(plan, label, cut, n))


def _cut_words(plan: Any, label: str, cut: float | None, n: int) -> str:
    if cut is None:
        return say("evaluation.tell.cut_blank", label=label)
    if plan.rounding is None:
        return say("evaluation.tell.cut_unrounded", label=label, cut=f"{cut:.4g}", n=n)
    until = places(n, Fraction(str(cut)), plan.rounding, inclusive=plan.inclusive is not False)
    return say("evaluation.tell.cut", label=label, cut=f"{cut:.4g}", n=n, exact=f"{n * cut:.4g}", until=until)


def _choices(plan: Classifier) -> str:
    ties = plan.ties
    tie = say("evaluation.tell.ties.by", by=ties.by) if isinstance(ties, By) else say(f"evaluation.tell.ties.{ties}")
    rounding, inclusive = (str(getattr(plan, name)) for name in ("rounding", "inclusive"))
    return say(
        "evaluation.tell.chosen",
        rounding=say(f"evaluation.tell.rounding.{rounding}"),
        inclusive=say(f"evaluation.tell.inclusive.{inclusive}"),
        ties=tie,
    )


def adjustment_nodes(result: GradingResult, uscc: str) -> Iterator[Node]:
    """Yield every adjustment that held for a firm, in order, with what it did."""
    for step in result.log[result.log["uscc"] == uscc].to_dict("records"):
        key = "moved" if step["before"] != step["after"] else "stayed"
        piece = result.policy.adjustments[int(step["step"]) - 1]
        yield Node(
            label=piece.label or say("evaluation.tell.adjustment"),
            words=say(f"evaluation.tell.{key}", reason=step["reason"], before=step["before"], after=step["after"]),
            value=step["after"],
            source=citation(result.policy, piece.source),
            rule=f"adjustments.{step['step']}",
        )


def consequence_nodes(result: GradingResult, uscc: str) -> Iterator[Node]:
    """Yield what the firm's class means, with the effect in yuan where value and amount are known."""
    for row in result.consequences[result.consequences["uscc"] == uscc].to_dict("records"):
        filled = not pd.isna(row["value"])
        key = "effect" if filled and not pd.isna(row["effect_yuan"]) else "no_effect" if filled else "no_value"
        words = say(f"evaluation.tell.{key}", **{str(k): v for k, v in row.items()})
        yield Node(label=row["scope"], words=words, value=row["effect_yuan"] if filled else None, unit="元")


def label_names(result: GradingResult, population: str) -> list[str]:
    """Return a population's class labels from best to worst, none where they are blank."""
    plans = pieces(result.policy.classes or [], population)
    return labels(plans[0]) if plans else []
