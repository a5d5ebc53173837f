"""The single values of a policy file: text, day, number, unit; null is a blank, the word `none` says there is none."""

import datetime as dt
from typing import Annotated, Literal, LiteralString

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from parcels.words import entry, say

NONE: Literal["none"] = "none"  # the word: there is none. YAML null is a blank: not seen.
UNITS = frozenset(entry("evaluation.units"))


def refuse(key: str, /, **values: object) -> PydanticCustomError:
    """Return the error to raise inside a validator: a Chinese sentence of the catalog, evaluation.policy.<key>."""
    sentence: LiteralString = say(f"evaluation.policy.{key}", **values)
    return PydanticCustomError("policy", sentence)


def as_text(value: object) -> object:
    """Return the value, refused where YAML read a number or a truth: codes and document numbers are text."""
    if isinstance(value, bool | int | float):
        raise refuse("quote_text", value=value)
    return value


def as_day(value: object) -> object:
    """Return a date written as 2024-05-31 as a date; none and null stay."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, str) and value != NONE:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise refuse("date", value=value) from None
    return value


def _number(value: object) -> object:
    if value is None or value == NONE or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise refuse("number", value=value)


def _unit(value: str) -> str:
    if value not in UNITS:
        raise refuse("unit", value=value, known="、".join(sorted(UNITS)))
    return value


Text = Annotated[str, BeforeValidator(as_text)]
Day = Annotated[dt.date, BeforeValidator(as_day)]
OpenDay = Annotated[dt.date | Literal["none"] | None, BeforeValidator(as_day)]  # none = no end; null = not seen
Number = Annotated[float | None, BeforeValidator(_number)]  # null = not seen
NumberOrNone = Annotated[float | Literal["none"] | None, BeforeValidator(_number)]  # none = there is no such bound
Unit = Annotated[str, BeforeValidator(as_text), AfterValidator(_unit)]
