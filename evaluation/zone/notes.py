"""The words beside a zone's figures: margin, rounding, unmapped land, soft wording, what is lacking."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from evaluation.policy.zone import ShareRule, Tolerance
from evaluation.zone.readings import Reading
from evaluation.zone.share import Standard
from parcels.words import say, word

Frame: TypeAlias = pd.DataFrame


def percent(share: float) -> str:
    """Return a share as a person reads it: 0.7 → 70.00%."""
    return f"{share * 100:.2f}%"


def mu(area: float) -> str:
    """Return 亩 with thousands separated: 1,234.5678."""
    return f"{area:,.4f}".rstrip("0").rstrip(".")


def notes(frame: Frame, rule: ShareRule, readings: Mapping[str, Reading], asked: Standard) -> list[str]:
    """Return one Chinese note a row of judged figures, its parts joined by ；."""
    standing = _standing(rule, asked)
    words = []
    for row in frame.to_dict("records"):
        reading = readings[str(row["reading"])]
        words.append("；".join([*_row_words(row, reading, asked), *standing, *_reading_words(reading)]))
    return words


def _standing(rule: ShareRule, asked: Standard) -> list[str]:
    words = [asked.blocked] if asked.blocked else []
    if rule.softness != "none":
        key = "zone.note.tolerance" if isinstance(rule.tolerance, Tolerance) else "zone.note.soft"
        by = rule.tolerance.by if isinstance(rule.tolerance, Tolerance) else ""
        words.append(say(key, words=rule.softness, value=percent(asked.tolerance), by=by))
    return words


def _reading_words(reading: Reading) -> list[str]:
    if reading.refused:
        return [say(reading.refused, reading=reading.id)]
    return [say("zone.note.producer")] if reading.numerator == "N6" else []


def _row_words(row: dict[Any, Any], reading: Reading, asked: Standard) -> list[str]:
    words = [str(row["lacks"])] if row["lacks"] else []
    if reading.refused or row["lacks"]:
        return words
    return [*words, *_figure_words(row, asked), *_doubts(row, reading)]


def _figure_words(row: dict[Any, Any], asked: Standard) -> list[str]:
    n, d, u = (float(row[f"{name}_mu"]) for name in ("numerator", "denominator", "unmapped"))
    words = []
    if not d > 0:
        words.append(say("zone.note.no_base"))
    elif asked.required == asked.required:
        words += _margin_words(row, asked.required, n, d)
    if u > 0 and row["lo"] == row["lo"]:
        words.append(say("zone.note.unmapped", mu=mu(u), lo=percent(row["lo"]), hi=percent(row["hi"])))
    return words


def _margin_words(row: dict[Any, Any], required: float, n: float, d: float) -> list[str]:
    margin, surplus = float(row["margin"]), float(row["margin_mu"])
    key = "zone.note.over" if margin >= 0 else "zone.note.under"
    words = [say(key, points=f"{abs(margin) * 100:.2f}", mu=mu(abs(surplus)), required=percent(required))]
    if margin >= 0 > surplus:
        shown = f"{row['measured']:.4f}"
        words = [say("zone.note.rounded", n=mu(n), d=mu(d), raw=f"{n / d:.6f}", shown=shown, short=mu(-surplus))]
    return words


def _doubts(row: dict[Any, Any], reading: Reading) -> list[str]:
    words = []
    if row["unmeasured"] > 0:
        words.append(say("zone.note.unmeasured", n=int(row["unmeasured"])))
    if not row["basis"]:
        words.append(say("zone.note.blank_basis"))
    if reading.base == "K1" and row["boundary"] in {"规划", "管理"}:
        words.append(say("zone.note.boundary", boundary=row["boundary"]))
    if reading.base == "K3" and row["basis"] not in {"planned", ""}:
        words.append(say("zone.note.planned_base", basis=word("basis", row["basis"])))
    if row["research_hidden"] and reading.numerator in {"N5", "N6"}:
        words.append(say("zone.note.research_hidden"))
    return [*words, *(str(row[name]) for name in ("stateless", "contested") if row[name])]
