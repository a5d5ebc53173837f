"""Is a policy file sound? Its shape, its citations, and whether its own worked examples come true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.expansion import examples as expansion_examples
from evaluation.grading import examples as grading_examples
from evaluation.policy.load import build, files
from evaluation.policy.model import Policy
from evaluation.policy.read import PolicyError, read
from evaluation.reclaim import examples as reclaim_examples
from evaluation.zone import examples as zone_examples
from parcels.words import say

SOUND, PROBLEMS, UNREADABLE = 0, 1, 2
# kind → the function that runs a policy's examples and returns what does not come true.
EXAMPLES: Mapping[str, Callable[[Any], list[Any]]] = {
    "expansion": expansion_examples.mismatches,
    "grading": grading_examples.mismatches,
    "idle": reclaim_examples.mismatches,
    "zombie": reclaim_examples.mismatches,
    "low_efficiency": reclaim_examples.mismatches,
    "zone": zone_examples.mismatches,
}


@dataclass(frozen=True)
class Soundness:
    """What was found of one ref: a line a sound file, a line a problem, and the exit code."""

    lines: list[str]
    problems: list[str]
    code: int


def validate(ref: Path) -> Soundness:
    """Check one policy file or every one of a folder: 0 sound, 1 problems, 2 not readable as policy text."""
    try:
        paths = files(ref)
    except PolicyError as error:
        return Soundness([], [str(problem) for problem in error.problems], UNREADABLE)
    found = [_one(path) for path in paths]
    return Soundness(
        [line for each in found for line in each.lines],
        [problem for each in found for problem in each.problems],
        max(each.code for each in found),
    )


def _one(path: Path) -> Soundness:
    try:
        read(path)
    except PolicyError as error:
        return Soundness([], [str(problem) for problem in error.problems], UNREADABLE)
    try:
        policy = build(path)
        wrong = [f"{path.name}：{mismatch}" for mismatch in _mismatches(policy)]
    except PolicyError as error:
        return Soundness([], [str(problem) for problem in error.problems], PROBLEMS)
    if wrong:
        return Soundness([], wrong, PROBLEMS)
    line = say("verdicts.sound", file=path.name, label=policy.label, examples=len(policy.examples))
    return Soundness([line], [], SOUND)


def _mismatches(policy: Policy) -> list[Any]:
    return EXAMPLES[policy.kind](policy) if policy.kind in EXAMPLES else []
