"""A second hand's grading: written from the words of CONTRACT §6 in fractions and loops, sharing no code with the product."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

Firm = dict[str, Any]
NOT = "not_evaluable"


def number(value: Any) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def rounded(value: Fraction, decimals: int = 4) -> Fraction:
    step = Fraction(1, 10**decimals)
    sign = -1 if value < 0 else 1
    return sign * floor(abs(value) / step + Fraction(1, 2)) * step


def ratio_of(firm: Firm, top: str, bottom: str) -> tuple[Fraction | None, str]:
    a, b = number(firm.get(top)), number(firm.get(bottom))
    if a is None or b is None:
        return None, "missing"
    if b <= 0:
        return None, "negative" if b < 0 else "zero"
    return a / b, ""


def scored(firms: list[Firm], plan: dict[str, Any]) -> list[Fraction | None]:
    """Return each firm's score; plan: items [(top, bottom, weight, benchmark)], method, cap, floor, missing, zero."""
    table = [[ratio_of(firm, top, bottom) for top, bottom, _, _ in plan["items"]] for firm in firms]
    points: list[list[Fraction | None]] = [[None] * len(plan["items"]) for _ in firms]
    states = [[state for _, state in row] for row in table]
    for column, (_, _, weight, level) in enumerate(plan["items"]):
        known = [row[column][0] for row in table if row[column][0] is not None]
        for place, row in enumerate(table):
            value = row[column][0]
            if value is not None:
                points[place][column], states[place][column] = item(plan, value, Fraction(str(weight)), level, known)
    reported = [
        [row[column] for row, state in zip(points, states, strict=True) if state[column] == ""]
        for column in range(len(plan["items"]))
    ]
    return [total(plan, row, state, reported) for row, state in zip(points, states, strict=True)]


def item(plan: dict[str, Any], value: Fraction, weight: Fraction, level: Any, known: list[Fraction]) -> tuple[Any, str]:
    if plan["method"] == "min_max":
        least, most = min(known), max(known)
        if least == most:
            return None, "zero"
        lo, hi = Fraction(plan["lo"]), Fraction(plan["hi"])
        return bounded(plan, weight * (lo + (hi - lo) * (value - least) / (most - least)) / 100, weight), ""
    mean = sum(known, Fraction(0)) / len(known)
    base = mean * Fraction(str(level["times"])) if isinstance(level, dict) else Fraction(str(level))
    if base <= 0:
        return None, "zero"
    if plan["method"] == "ratio":
        return bounded(plan, value / base * weight, weight), ""
    return bounded(plan, max((2 - value / base) * weight, Fraction(0)), weight), ""


def bounded(plan: dict[str, Any], points: Fraction, weight: Fraction) -> Fraction:
    if plan["cap"] != "none":
        points = min(points, Fraction(str(plan["cap"])) * weight)
    if plan["floor"] != "none":
        points = max(points, Fraction(str(plan["floor"])) * weight)
    return points


def total(
    plan: dict[str, Any], row: list[Fraction | None], states: list[str], reported: list[list[Fraction | None]]
) -> Fraction | None:
    added, dropped, whole = Fraction(0), Fraction(0), Fraction(0)
    for column, (points, state) in enumerate(zip(row, states, strict=True)):
        weight = Fraction(str(plan["items"][column][2]))
        whole += weight
        rule = {
            "": "",
            "missing": plan["missing"],
            "zero": plan["zero"],
            "negative": plan.get("negative", plan["zero"]),
        }[state]
        others = [one for one in reported[column] if one is not None]
        if rule == NOT or (rule == "mean_points" and not others):
            return None
        if rule == "drop_renormalise":
            dropped += weight
        elif rule == "mean_points":
            added += sum(others, Fraction(0)) / len(others)
        elif rule == "full":
            added += weight
        elif isinstance(rule, dict):
            added -= Fraction(str(rule["penalty"]))
        elif points is not None:
            added += points
    if dropped == whole:
        return None
    return rounded(added * whole / (whole - dropped))


def graded(
    scores: list[Fraction | None], upper: dict[str, str], rounding: str, ties: str, *, inclusive: bool
) -> list[Any]:
    """Return (rank, grade) of every firm of one pool."""
    ranked = [score for score in scores if score is not None]
    n = len(ranked)
    found: list[Any] = []
    for score in scores:
        if score is None:
            found.append((None, None))
            continue
        first = 1 + sum(1 for other in ranked if other > score)
        last = sum(1 for other in ranked if other >= score)
        classes = [at(place, n, upper, rounding, inclusive=inclusive) for place in (first, last)]
        grade = {"better": classes[0], "worse": classes[1]}.get(ties, classes[0] if classes[0] == classes[1] else None)
        found.append((first, grade))
    return found


def at(place: int, n: int, upper: dict[str, str], rounding: str, *, inclusive: bool) -> str:
    names = list(upper)
    for name in names[:-1]:
        exact = n * Fraction(upper[name])
        count = {"floor": floor(exact), "ceil": ceil(exact), "half_up": half_up(exact)}[rounding]
        if not inclusive and exact == count:
            count -= 1
        if place <= count:
            return name
    return names[-1]


def half_up(exact: Fraction) -> int:
    return int((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
