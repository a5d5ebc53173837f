"""The shape every policy file shares (CONTRACT §6): identity, sources, dates, blanks, tests."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from evaluation.policy.scalars import (
    NONE,
    UNITS,
    Day,
    Number,
    NumberOrNone,
    OpenDay,
    Text,
    Unit,
    as_day,
    as_text,
    refuse,
)
from evaluation.policy.tree import Test, checked_tree, columns_of
from parcels.words import say

Where: TypeAlias = tuple[str | int, ...]
Faulty: TypeAlias = tuple[Where, str]
Status = Literal["official", "mirror", "press", "public-code", "secondary", "unverified"]
Standing = Literal["生效", "未生效", "已失效"]


class Piece(BaseModel):
    """A mapping of a policy file: an unknown key is refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def blanks(self) -> list[str]:
        """Return the names of the fields that are written as null: not seen."""
        return [name for name in type(self).model_fields if getattr(self, name) is None]


class Confirmation(Piece):
    """Who confirmed an unverified source, when, and on which text."""

    by: Text
    on: Day
    text: Text


class Source(Piece):
    """One document a value is taken from (POLICY §0.1, §14.1)."""

    title: Text
    status: Status
    number: Text | None = None
    issuer: Text | None = None
    level: Text | None = None
    article: Text | None = None
    date: Annotated[dt.date | None, BeforeValidator(as_day)] = None
    url: Text | None = None
    checked_on: Annotated[dt.date | None, BeforeValidator(as_day)] = None
    quote: Text | None = None
    parent: Text | None = None
    supersedes: Text | None = None
    note: Text | None = None
    confirmed: Confirmation | None = None

    @property
    def decides(self) -> bool:
        """Return whether a rule of this source may decide: an unverified one not before a named user confirms it."""
        return self.status != "unverified" or self.confirmed is not None


class Period(Piece):
    """Dates in force, both days included; `none` = open end, null = not seen."""

    start: OpenDay = Field(default=None, alias="from")
    end: OpenDay = Field(default=None, alias="to")

    def standing(self, as_of: dt.date) -> Standing:
        """Return 生效, 未生效 or 已失效 on a day; an end that was not seen does not end anything."""
        if isinstance(self.start, dt.date) and as_of < self.start:
            return "未生效"
        if isinstance(self.end, dt.date) and as_of > self.end:
            return "已失效"
        return "生效"


class Cited(Piece):
    """A mapping whose values come from a source; `cite` names another source for single fields."""

    source: Text
    cite: dict[str, Text] = Field(default_factory=dict)
    note: Text | None = None


class Dated(Period):
    """A value with the days it holds and the source that says so; a list of them is one parameter through time."""

    value: Any
    source: Text
    unit: Unit | None = None
    note: Text | None = None


@dataclass(frozen=True)
class Origin:
    """One file of a policy's lineage, own file first."""

    id: str
    file: Path
    sha256: str


@dataclass(frozen=True)
class Override:
    """One value of an inherited policy that a file says otherwise."""

    path: str
    before: Any
    after: Any
    by: str
    over: str


class Policy(Piece):
    """What every policy says of itself; each kind adds its own rules."""

    kinds: ClassVar[tuple[str, ...]] = ()

    id: Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: str
    label: Text
    place: Text | None = None
    level: Text | None = None
    inherits: Text = NONE
    data_years: Annotated[list[int] | Literal["none"] | None, Field()] = None
    in_force: Period = Field(default_factory=Period)
    supersedes: Text | None = None
    sources: dict[str, Source] = Field(default_factory=dict)
    not_modelled: list[Text] = Field(default_factory=list)
    note: Text | None = None
    examples: list[dict[str, Any]] = Field(default_factory=list)

    _data: dict[str, Any] = PrivateAttr(default_factory=dict)
    _lineage: tuple[Origin, ...] = PrivateAttr(default=())
    _overrides: tuple[Override, ...] = PrivateAttr(default=())

    def faults(self) -> Iterator[Faulty]:
        """Yield what contradicts itself inside the policy: (key path, Chinese sentence); kinds add their own."""
        known = "、".join(self.sources) or NONE
        for where, name in _citations(self, ()):
            if name not in self.sources:
                yield where, say("evaluation.policy.source_unknown", names=name, known=known)

    @property
    def data(self) -> dict[str, Any]:
        """Return the policy as its files say it, inheritance merged: what a variant is built from."""
        return self._data

    @property
    def lineage(self) -> tuple[Origin, ...]:
        """Return the files this policy is made of: its own first, then what it inherits."""
        return self._lineage

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Return what this policy and its parents say otherwise than the file they inherit from."""
        return self._overrides

    @property
    def file(self) -> Path:
        """Return the policy's own file."""
        return self._lineage[0].file if self._lineage else Path(self.id)

    @property
    def sha256(self) -> str:
        """Return the hash of the policy's own file."""
        return self._lineage[0].sha256 if self._lineage else ""


def _citations(value: object, where: Where) -> Iterator[tuple[Where, str]]:
    """Yield every source id named anywhere in a policy with its key path, but in its list of sources and examples."""
    if isinstance(value, BaseModel):
        fields = [(field.alias or name, getattr(value, name)) for name, field in type(value).model_fields.items()]
        yield from _cited_in([(n, v) for n, v in fields if not (isinstance(value, Policy) and n in UNCITED)], where)
    elif isinstance(value, Mapping):
        yield from _cited_in(list(value.items()), where)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _citations(inner, (*where, place))


def _cited_in(pairs: Sequence[tuple[Any, Any]], where: Where) -> Iterator[tuple[Where, str]]:
    for name, inner in pairs:
        if name == "source" and isinstance(inner, str):
            yield (*where, name), inner
        elif name == "cite" and isinstance(inner, Mapping):
            yield from (((*where, name, field), str(source)) for field, source in inner.items())
        else:
            yield from _citations(inner, (*where, name))


UNCITED = frozenset({"sources", "examples"})


P = TypeVar("P", bound=Period)


def source_decides(policy: Policy, source_id: str | None) -> bool:
    """Return whether a rule from this source may decide (CONTRACT §5): unverified never does until confirmed."""
    return source_id is not None and source_id in policy.sources and policy.sources[source_id].decides


def in_force(policy: Policy, as_of: dt.date) -> Standing:
    """Return 生效, 未生效 or 已失效 of a whole policy on a day."""
    return policy.in_force.standing(as_of)


def at(dated: Sequence[P], as_of: dt.date) -> P | None:
    """Return the entry of a dated list that holds on a day (the one that began last), or None."""
    holding = [entry for entry in dated if entry.standing(as_of) == "生效"]
    return max(holding, key=lambda e: e.start if isinstance(e.start, dt.date) else dt.date.min, default=None)


def citation(policy: Policy, source_id: str | None) -> dict[str, Any] | None:
    """Return a source as plain data for an explanation (title, number, quote, status …), or None."""
    if source_id is None or source_id not in policy.sources:
        return None
    source = policy.sources[source_id]
    return {"id": source_id, **source.model_dump(mode="json", exclude_none=True)}


def cited(policy: Policy, source_id: str | None) -> str:
    """Return a source in one line for a sheet: 《title》 number article."""
    if source_id is None or source_id not in policy.sources:
        return ""
    source = policy.sources[source_id]
    title = source.title if source.title.startswith("《") else f"《{source.title}》"
    return " ".join(part for part in (title, source.number, source.article) if part)


__all__ = [
    "NONE", "UNITS", "Cited", "Confirmation", "Dated", "Day", "Faulty", "Number", "NumberOrNone", "OpenDay", "Origin",
    "Override", "Period", "Piece", "Policy", "Source", "Standing", "Status", "Test", "Text", "Unit", "Where", "at",
    "checked_tree", "citation", "cited", "columns_of", "in_force", "refuse", "source_decides",
]  # fmt: skip
