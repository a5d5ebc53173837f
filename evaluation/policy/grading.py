"""What a policy of kind `grading` holds (CONTRACT §6, POLICY §2): who, by what, which class, what then."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from evaluation.policy.model import (
    NONE,
    Cited,
    Faulty,
    Number,
    NumberOrNone,
    OpenDay,
    Piece,
    Policy,
    Test,
    Text,
    Unit,
)

SCORE = "score"
Over = Literal["county", "zone_id", "industry", "population"]


class Population(Cited):
    """Who is evaluated together; the first population whose test holds is the firm's."""

    id: Text
    label: Text
    test: Test


class Standing(Cited):
    """A state outside the classes: T, 免评, 不定等级 … and what it does to n, score and consequences."""

    id: Text | None = None
    grade: Text  # `none` leaves the grade empty
    label: Text
    test: Test
    of: list[Text] | None = None
    counted_in_n: bool | None = None
    scored: bool = False
    treated_as: Text = NONE


class Fixed(Piece):
    """A benchmark that is one number."""

    kind: Literal["fixed"]
    value: Number


class Published(Piece):
    """A benchmark published for each data year."""

    kind: Literal["published"]
    values: dict[int, Number]


class Average(Piece):
    """A benchmark computed from the firms: their mean, a multiple of it, or a percentile, within `over`."""

    kind: Literal["mean", "times_mean", "industry_mean", "percentile"]
    over: Annotated[list[Over] | None, BeforeValidator(lambda v: [v] if isinstance(v, str) else v)] = None
    year: Literal["current", "previous"] = "current"
    times: Number = None
    p: Number = None


Benchmark: TypeAlias = Annotated[Fixed | Published | Average, Field(discriminator="kind")]


class Penalty(Piece):
    """So many points are taken where a value is missing."""

    penalty: float


Rule: TypeAlias = Literal["zero", "full", "mean_points", "drop_renormalise", "not_evaluable"] | Penalty


class Scoring(Piece):
    """How a value becomes points; a null is a blank and stops the firms that need it."""

    method: Literal["ratio", "min_max", "reverse_mean"] | None = None
    lo: Number = None
    hi: Number = None
    cap: NumberOrNone = None
    floor: NumberOrNone = None
    missing: Rule | None = None
    zero_denominator: Rule | None = None
    negative_denominator: Rule | None = None  # not written: as zero_denominator; null: not seen
    decimals: int = Field(default=4, ge=0, le=10)
    total: Number = None  # what the weights of each population must add up to
    source: Text | None = None
    cite: dict[str, Text] = Field(default_factory=dict)
    note: Text | None = None


class Indicator(Cited):
    """An indicator of the catalog, or a local one with a formula; its weight and benchmark."""

    id: Text
    label: Text | None = None
    formula: Text | None = None
    unit: Unit | None = None
    direction: Literal["higher", "lower"] | None = None
    energy_basis: Literal["等价", "当量"] | None = None
    of: list[Text] | None = None
    weight: Number
    benchmark: Benchmark | None = None
    scoring: Scoring | None = None


class Extra(Piece):
    """Points or a ratio added or taken by events of one kind."""

    kind: Text
    as_: Literal["points", "ratio"] | None = Field(default=None, alias="as")
    cap: NumberOrNone = NONE
    source: Text | None = None
    note: Text | None = None


class Aggregate(Piece):
    """(Σ points) × coefficient + bonus − penalty, in that order; the bonus is not multiplied (POLICY §1.2)."""

    coefficient: NumberOrNone = NONE
    bonus: Extra | Literal["none"] | None = NONE
    penalty: Extra | Literal["none"] | None = NONE
    source: Text | None = None
    note: Text | None = None


class Pool(Piece):
    """Who is ranked with whom."""

    by: list[Over] | None
    minimum: int | None = 1
    source: Text | None = None
    note: Text | None = None


class By(Piece):
    """Equal scores are parted by an indicator; those still equal by `then`."""

    by: Text
    then: Literal["better", "worse", "manual"] = "manual"


Ties: TypeAlias = Literal["better", "worse", "manual"] | By
Cuts: TypeAlias = dict[Text, Number]


class Classes(Cited):
    """What every classifier declares: for whom, how to round n × share, and what ties do."""

    id: Text | None = None
    of: list[Text] | None = None
    inclusive: bool | None = None
    rounding: Literal["half_up", "floor", "ceil"] | None = None
    ties: Ties | None = None


class Cumulative(Classes):
    """Classes by cumulative share of the ranked firms."""

    method: Literal["cumulative"]
    upper: Cuts | None


class Bound(Piece):
    """The bound a document sets on a class's share."""

    at_most: float | None = None
    at_least: float | None = None


class Bounds(Classes):
    """A document that only bounds some classes (A ≤ 20 %, D ≥ 5 %); `upper` is the local choice within them."""

    method: Literal["bounds"]
    bounds: dict[Text, Bound]
    upper: Cuts | None


class SingleIndicator(Classes):
    """Classes by cumulative share, ranked by one indicator instead of the score."""

    method: Literal["single_indicator"]
    by: Text
    upper: Cuts | None


class Threshold(Classes):
    """Classes by the value of the score or of one indicator: at or above `lower` (at or below, lower is better)."""

    method: Literal["threshold"]
    by: Text = SCORE
    lower: Cuts | None
    rest: Text


class SumOfPoints(Piece):
    """A key that is the sum of the points of several indicators."""

    points: list[Text]


class Stage(Piece):
    """One stage of a re-ranking: from one half by score, re-ranked, a share of all evaluated."""

    grade: Text
    half: Literal["upper", "lower"]
    rank_by: Text | SumOfPoints
    order: Literal["descending", "ascending"]
    share: Number
    note: Text | None = None


class TwoStage(Classes):
    """Henan's re-ranking (POLICY §1.6): candidates from half of the firms, quotas of all of them."""

    method: Literal["two_stage"]
    stages: list[Stage]
    rest: Text


Classifier: TypeAlias = Annotated[
    Cumulative | Bounds | SingleIndicator | Threshold | TwoStage, Field(discriminator="method")
]


def _kind(value: object) -> object:
    return {"调档": "shift", "人工": "manual"}.get(value, value) if isinstance(value, str) else value


class Adjustment(Cited):
    """What moves a grade after ranking: cap, floor, drop (`by` classes or `to` one), 调档 or a person's decision."""

    id: Text | None = None
    kind: Annotated[Literal["cap", "floor", "drop", "shift", "manual"], BeforeValidator(_kind)]
    label: Text | None = None
    at: Text | None = None
    by: int | None = None
    to: Text | None = None
    when: Test | None = None
    yields_to: Literal["cap", "none"] = NONE


class Derived(Piece):
    """A consequence that is a share of another class's (C- pays half of D's surcharge)."""

    of: Text
    times: float


class Consequence(Cited):
    """What a class means: dated, with a scope; a null value is a blank a bureau fills."""

    id: Text | None = None
    class_: Text = Field(alias="class")
    scope: Text
    value: Number | Derived = None
    unit: Unit | None = None
    start: OpenDay = Field(default=None, alias="from")
    end: OpenDay = Field(default=None, alias="to")


class GradingPolicy(Policy):
    """A per-mu grading of firms."""

    populations: list[Population] | None
    statuses: list[Standing] = Field(default_factory=list)
    indicators: list[Indicator]
    scoring: Scoring
    aggregate: Aggregate | Literal["none"] | None = None
    pool: Pool
    classes: Annotated[list[Classifier], BeforeValidator(lambda v: [v] if isinstance(v, dict) else v)] | None
    adjustments: list[Adjustment] = Field(default_factory=list)
    consequences: list[Consequence] = Field(default_factory=list)

    @property
    def groups(self) -> list[Population]:
        """Return the populations, none where they were not seen."""
        return self.populations or []

    def faults(self) -> Iterator[Faulty]:
        """Yield what contradicts itself inside the policy: (key path, sentence)."""
        from evaluation.policy.consistency import faults

        yield from super().faults()
        yield from faults(self)


def labels(classifier: Classifier) -> list[str]:
    """Return a classifier's class labels from best to worst."""
    if isinstance(classifier, TwoStage):
        upper = [stage.grade for stage in classifier.stages if stage.half == "upper"]
        lower = [stage.grade for stage in classifier.stages if stage.half == "lower"]
        return [*upper, classifier.rest, *reversed(lower)]
    if isinstance(classifier, Threshold):
        return [*(classifier.lower or {}), classifier.rest]
    if isinstance(classifier, Bounds) and classifier.upper is None:
        return list(classifier.bounds)
    return list(classifier.upper or {})


def cuts_of(policy: Policy) -> dict[str, float]:
    """Return the cumulative shares of a grading policy's first classifier by place; none where they are blank."""
    plans = policy.classes if isinstance(policy, GradingPolicy) else None
    for plan in plans or []:
        if isinstance(plan, Cumulative | Bounds | SingleIndicator) and plan.upper and None not in plan.upper.values():
            return {label: float(cut) for label, cut in plan.upper.items() if cut is not None}
    return {}


def unseen(item: Indicator) -> bool:
    """Return whether an indicator is known by its weight only: its formula is written as null."""
    return item.formula is None and "formula" in item.model_fields_set


def pieces(of: Sequence[Any], population: str) -> list[Any]:
    """Return the pieces (indicators, classifiers, statuses) that belong to a population."""
    return [piece for piece in of if piece.of is None or population in piece.of]
