"""What a class means in yuan: dated, cited, only where the policy is filled and the firm's amount is known."""

from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.grading import Consequence, Derived, GradingPolicy
from evaluation.policy.model import Period, cited, source_decides

Frame: TypeAlias = pd.DataFrame
CONSEQUENCE_COLUMNS = (
    "uscc",
    "grade",
    "scope",
    "value",
    "unit",
    "amount",
    "amount_column",
    "effect_yuan",
    "source",
    "policy",
)
# unit of a consequence → the firm's column it multiplies, and the factor to yuan
BASES = {"元/千瓦时": ("electricity_kwh", 1.0), "元/立方米": ("water_t", 1.0), "元/吨": ("water_t", 1.0),
         "元/㎡": ("land_mu", 10_000 / 15)}  # fmt: skip


def consequences(policy: GradingPolicy, grade: pd.Series, frame: Frame, as_of: date) -> Frame:
    """Return one row a firm and consequence in force on a day; effect_yuan is missing where value or amount is.

    grade: the class a firm is treated as, indexed like `frame` (T and 不定等级 by policy.statuses.treated_as).
    A value not filled, or from a source nobody confirmed, gives no figure (POLICY §0.2 no. 4).
    """
    found = []
    for piece in policy.consequences:
        firms = grade.index[(grade == piece.class_).fillna(False).to_numpy(dtype=bool)]
        if not len(firms) or not _holds(piece, as_of):
            continue
        value = _value(policy, piece, as_of)
        column, factor = BASES.get(piece.unit or "", ("", 0.0))
        amount = frame.loc[firms, column].to_numpy(dtype=float) if column else np.full(len(firms), np.nan)
        row = {"grade": piece.class_, "scope": piece.scope, "value": value, "unit": piece.unit or ""}
        found.append(
            pd.DataFrame({"uscc": firms, **row, "amount": amount, "amount_column": column}).assign(
                effect_yuan=amount * factor * value, source=cited(policy, piece.source), policy=policy.id
            )
        )
    empty = pd.DataFrame({column: pd.Series(dtype=object) for column in CONSEQUENCE_COLUMNS})
    return pd.concat(found, ignore_index=True)[list(CONSEQUENCE_COLUMNS)] if found else empty


def _holds(piece: Consequence, as_of: date) -> bool:
    period = Period.model_validate({"from": piece.start, "to": piece.end})
    return period.standing(as_of) == "生效"


def _value(policy: GradingPolicy, piece: Consequence, as_of: date) -> float:
    """Return a consequence's value; a derived one from the other class's, same scope (C- = half of D)."""
    if not source_decides(policy, piece.source):
        return np.nan
    if not isinstance(piece.value, Derived):
        return np.nan if piece.value is None else float(piece.value)
    same = [c for c in policy.consequences if c.scope == piece.scope and c.class_ == piece.value.of]
    held = [c for c in same if c is not piece and not isinstance(c.value, Derived) and _holds(c, as_of)]
    return _value(policy, held[-1], as_of) * piece.value.times if held else np.nan
