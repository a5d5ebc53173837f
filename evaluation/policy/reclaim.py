"""What policies of kinds `idle`, `zombie` and `low_efficiency` hold: law as data, nothing measured here."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from evaluation.policy import examples
from evaluation.policy.model import Cited, Faulty, Number, Piece, Policy, Test, Text, Unit, refuse

FIRMS = {"firms": examples.stated("firms"), "years": examples.stated("firm_years")}
Event = Literal["suspicion", "notice_received", "anniversary", "decision", "expiry"]


def _share(value: object) -> object:
    """Return a share written as 0.25 or, where the law says so, as the text 1/3."""
    if isinstance(value, str):
        try:
            return float(Fraction(value.replace(" ", "")))
        except (ValueError, ZeroDivisionError):
            raise refuse("number", value=value) from None
    return value


Share = Annotated[float, BeforeValidator(_share)]


class Reclaiming(Policy):
    """A policy whose worked examples are rows of the book's tables."""

    subject: ClassVar[str] = "parcel_id"
    example: ClassVar[Mapping[str, examples.Columns]] = {}

    def faults(self) -> Iterator[Faulty]:
        """Yield what contradicts itself inside the policy, and examples that cannot be run: (key path, sentence)."""
        yield from super().faults()
        yield from examples.faults(self.examples, self.subject, self.example)


class Scope(Cited):
    """Which land a rule is about: 令53 is about state-owned construction land."""

    tenure: Text


class NotStarted(Cited):
    """Art. 2 ¶1: 超过约定动工日期满 `years` 年未动工."""

    years: int | None = Field(ge=0)


class Ratio(Cited):
    """One of art. 2 ¶2's ratios: numerator ÷ denominator below a bound, both columns of the parcels table."""

    id: Text
    label: Text
    numerator: Text
    denominator: Text
    below: Share


class Stopped(Cited):
    """Art. 2 ¶2: any of the ratios, and 中止开发建设满 `years` 年; `discretionary` is the law's 可以."""

    years: int | None = Field(ge=0)
    any: list[Ratio]
    discretionary: bool = True


class Silent(Cited):
    """The start date of a contract that names none: `anchor` column plus `years`."""

    anchor: Literal["delivery_date", "contract_date"]
    years: int = Field(ge=0)


class Excuses(Cited):
    """Causes that stop the clock; every other cause does not."""

    causes: list[Text]
    others: list[Text] = Field(default_factory=list)


class Fee(Cited):
    """Art. 14(1): `share` of a price column, from `from_years` full years on and before `below_years`."""

    share: Share
    of: Literal["price_wan"] = "price_wan"
    from_years: int = Field(ge=0)
    below_years: int = Field(ge=0)


class TakeBack(Cited):
    """Art. 14(2): free take-back from `from_years` full years on."""

    from_years: int = Field(ge=0)


class Deed(Cited):
    """One step of the procedure: who acts, within how many days of which event; null = none seen."""

    id: Literal[
        "investigate", "reply", "determine", "publish", "plan", "hearing", "fee", "take_back", "negotiate", "pay"
    ]
    label: Text
    actor: Text
    of: Event | None = None
    within_days: int | None = None
    document: Text | None = None


class Path(Cited):
    """A way to dispose of a parcel, and the test that opens it (over the columns of the reclaim frame)."""

    id: Text
    label: Text
    test: Test
    why: Text


class Weight(Piece):
    """One ingredient of the priority: a column of the list, its full-mark value and its points."""

    id: Text
    label: Text
    column: Text
    full: float | None = None
    points: float
    values: dict[str, float] | None = None


class Priority(Piece):
    """The order of work on the list: a bureau's own choice, no law; points add up."""

    declared: Text
    weights: list[Weight]


class KeepUse(Cited):
    """How many years converted industrial buildings may keep their land's use and right (过渡期政策)."""

    years: int = Field(ge=1)


class Terms(Piece):
    """How early the end of a term is shown, and how long the keep-use policy runs; it decides nothing."""

    watch_days: int = Field(ge=0)
    keep_use: KeepUse | None = None


class IdlePolicy(Reclaiming):
    """When land is idle, what may follow and by when (POLICY §3)."""

    kinds: ClassVar[tuple[str, ...]] = ("idle",)
    example: ClassVar[Mapping[str, examples.Columns]] = {
        name: examples.stated(name) for name in ("parcels", "delays", "agreements")
    }

    kind: Literal["idle"]
    scope: Scope
    not_started: NotStarted | None = None
    stopped: Stopped | None = None
    silent: Silent | None = None
    excuses: Excuses
    fee: Fee | None = None
    take_back: TakeBack | None = None
    negotiate: Cited | None = None
    clock: list[Deed] = Field(default_factory=list)
    paths: list[Path] = Field(default_factory=list)
    priority: Priority | None = None
    ease: Priority | None = None
    terms: Terms | None = None
    cluster_gap_m: float = Field(default=0.0, ge=0)
    watch_days: int = Field(ge=0)
    decimals: int = Field(default=4, ge=0)


class Route(Cited):
    """One route to 疑似僵尸: a test, and words of the text that have no number, which keep it unknown …

    … unless `plainly` holds: figures that meet the words on any reading (declared in the note).
    """

    id: Text
    label: Text
    test: Test
    and_not_seen: list[Text] = Field(default_factory=list)
    plainly: Test | None = None


class Signal(Piece):
    """A screening signal: a recent monthly mean against the firm's own baseline. A lead, never a criterion."""

    id: Text
    label: Text
    column: Literal["electricity_kwh", "water_t", "tax_wan", "insured"]
    recent_months: int = Field(ge=1)
    baseline_months: int = Field(ge=1)
    below: Share
    declared: Text


class ZombiePolicy(Reclaiming):
    """When a firm looks like a zombie: always 疑似, being listed is an authority's decision (POLICY §4)."""

    kinds: ClassVar[tuple[str, ...]] = ("zombie",)
    subject: ClassVar[str] = "uscc"
    example: ClassVar[Mapping[str, examples.Columns]] = FIRMS

    kind: Literal["zombie"]
    population: Test
    population_source: Text
    routes: list[Route]
    at_least: int = Field(ge=1)
    signals: list[Signal] = Field(default_factory=list)


class Facet(Cited):
    """One facet of low efficiency: a test over the facet frame; `subject` says whose figures it reads."""

    id: Text
    label: Text
    subject: Literal["firm", "parcel"]
    test: Test | None  # null: the text names the facet and gives no test; unknown until a bureau fills it
    measured: Text | None = None
    required: Number = None
    unit: Unit | None = None
    key_list: bool = False


class Control(Cited):
    """A control indicator by industry: divisions of one GB/T 4754 edition → least value."""

    id: Text
    label: Text
    column: Text
    edition: Text | None = None
    at_least: Number = None
    at_most: Number = None
    by_division: dict[str, float] | None = None
    unit: Unit = "比"


class LowEfficiencyPolicy(Reclaiming):
    """When land is of low efficiency: several facets, each with its own source (POLICY §5, §10)."""

    kinds: ClassVar[tuple[str, ...]] = ("low_efficiency",)
    example: ClassVar[Mapping[str, examples.Columns]] = {
        **FIRMS, "land": examples.LAND, "parcels": examples.stated("parcels", examples.STATED),
        "buildings": examples.stated("buildings"), "areas": examples.AREAS,
    }  # fmt: skip

    kind: Literal["low_efficiency"]
    population: Test | None = None
    facets: list[Facet] = Field(default_factory=list)
    controls: list[Control] = Field(default_factory=list)
    combine: Literal["any", "all"] = "any"
    tax_adds_back: list[Text] = Field(default_factory=list)
    tiers: dict[str, Any] = Field(default_factory=dict)
    decimals: int = Field(default=4, ge=0)
