"""Who is evaluated: the first population that holds, then the states outside the classes (T, 免评 …), three-valued."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.grading.frame import judged, lacking
from evaluation.logic import asked, of_one, test
from evaluation.policy.grading import GradingPolicy, Population, Standing
from evaluation.policy.model import NONE, source_decides
from parcels.memory import remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
UNDECIDED = -1


def membership(policy: GradingPolicy, frame: Frame) -> Frame:
    """Return one row a firm: population, standing, status, grade, counted_in_n, scored, treated_as, reason.

    population is missing where no one holds (exempt, 不在评价范围) or where an earlier one is unknown and could hold
    (not_evaluable). status is `evaluated` for whoever goes on to be scored. standing is the place in
    policy.statuses, missing for none; counted_in_n is missing where the policy leaves it blank.
    """
    alone = all(of_one(piece.test) for pieces in (policy.groups, policy.statuses) for piece in pieces)
    return _by_firm(policy, frame) if alone else _of_all(policy, frame)


@remembered(by=("uscc",))
def _by_firm(policy: GradingPolicy, frame: Frame) -> Frame:
    return _of_all(policy, frame)


def _of_all(policy: GradingPolicy, frame: Frame) -> Frame:
    result = _populations(policy, frame)
    for place, standing in enumerate(policy.statuses):
        result = _standing(policy, frame, result, place, standing)
    silent = (result["status"] == "evaluated") & ~frame["has_year"]
    result.loc[silent, "status"] = "not_evaluable"
    result.loc[silent, "reason"] = say("evaluation.grading.no_year")
    return result


def _populations(policy: GradingPolicy, frame: Frame) -> Frame:
    index = frame.index
    if policy.populations is None:
        return _unplaced(frame, say("evaluation.grading.blank", policy=policy.label, fields="populations"))
    population = pd.Series(pd.NA, index=index, dtype=object)
    reason = pd.Series("", index=index, dtype=object)
    open_ = pd.Series(True, index=index)
    status = pd.Series("exempt", index=index, dtype=object)
    for one in policy.groups:
        truth = _truth(policy, one, frame)
        holds = open_ & truth.fillna(False).astype(bool)
        unknown = open_ & truth.isna()
        population = population.where(~holds, one.id)
        status = status.mask(holds, "evaluated").mask(unknown, "not_evaluable")
        if unknown.any():
            reason = reason.where(~unknown, _unknown_words(policy, one, frame, "population"))
        open_ &= ~holds & ~unknown
    reason = reason.mask(open_, say("evaluation.grading.outside"))
    return _members(population, status, reason)


def _unplaced(frame: Frame, words: str) -> Frame:
    """Return nobody evaluable: the policy does not say who is evaluated."""
    alike = (pd.Series(value, index=frame.index, dtype=object) for value in (pd.NA, "not_evaluable", words))
    return _members(*alike)


def _members(population: pd.Series, status: pd.Series, reason: pd.Series) -> Frame:
    index = population.index
    blank = pd.Series(pd.NA, index=index, dtype=object)
    columns = {"population": population, "status": status, "reason": reason, "grade": blank, "treated_as": blank}
    plain = {"standing": np.nan, "counted_in_n": pd.array([True] * len(index), dtype="boolean"), "scored": True}
    return pd.DataFrame(columns, index=index).assign(**plain)


def _standing(policy: GradingPolicy, frame: Frame, result: Frame, place: int, standing: Standing) -> Frame:
    """Return the membership with one more standing applied to those it holds for and that have none yet."""
    asked = (result["status"] == "evaluated") & result["standing"].isna()
    if standing.of is not None:
        asked &= result["population"].isin(standing.of)
    truth = _truth(policy, standing, frame)
    holds, unknown = asked & truth.fillna(False).astype(bool), asked & truth.isna()
    counted = pd.NA if standing.counted_in_n is None else standing.counted_in_n
    said = say("evaluation.grading.standing", label=standing.label)
    grade = pd.NA if standing.grade == NONE else standing.grade
    treated = pd.NA if standing.treated_as == NONE else standing.treated_as
    result = result.copy()
    for name, value in {"standing": place, "grade": grade, "counted_in_n": counted, "treated_as": treated}.items():
        result.loc[holds, name] = value
    result.loc[holds, "reason"] = said
    result.loc[holds, "scored"] = standing.scored
    result.loc[holds & (not standing.scored), "status"] = "exempt"
    result.loc[unknown, "status"] = "not_evaluable"
    result.loc[unknown, "standing"] = UNDECIDED
    if unknown.any():
        result.loc[unknown, "reason"] = _unknown_words(policy, standing, frame, "standing")[unknown]
    return result


def _truth(policy: GradingPolicy, piece: Population | Standing, frame: Frame) -> pd.Series:
    """Return the truth of a piece's test a firm; of an unverified source nothing is known (CONTRACT §5)."""
    if not source_decides(policy, piece.source):
        return pd.Series(pd.NA, index=frame.index, dtype="boolean")
    return test(piece.test, judged(frame, _read(piece)))


def _read(piece: Population | Standing) -> list[str]:
    return asked(piece.test)


def _unknown_words(policy: GradingPolicy, piece: Population | Standing, frame: Frame, key: str) -> pd.Series:
    """Return in words why a test is unknown: the columns the firm lacks, or a source nobody confirmed."""
    if not source_decides(policy, piece.source):
        words = say("evaluation.grading.unverified", label=piece.label, title=policy.sources[piece.source].title)
        return pd.Series(words, index=frame.index, dtype=object)
    missing = lacking(frame, _read(piece))
    head, tail = say(f"evaluation.grading.unknown_{key}", label=piece.label).split("|")
    return head + missing + tail
