"""What a policy of kind `expansion` holds: when a zone may apply to grow (POLICY §9)."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from evaluation.policy import examples
from evaluation.policy.model import NONE, Dated, Day, Faulty, Number, Piece, Policy, Text, refuse
from evaluation.policy.zone import Basis, Threshold, Thresholds

Condition = Literal[
    "built_out_area", "built_out_use", "lawful_boundary", "lawful_restricted", "lawful_unapproved", "rational",
    "intensive_industry_land", "intensive_idle", "appraisal",
]  # fmt: skip
CONDITIONS: tuple[Condition, ...] = (
    "built_out_area", "built_out_use", "lawful_boundary", "lawful_restricted", "lawful_unapproved", "rational",
    "intensive_industry_land", "intensive_idle", "appraisal",
)  # fmt: skip
OVERALL = "overall"
MEASURES = (  # evaluation/expansion/measures.py says how each is measured
    "built_rate", "built_of_approved", "built_of_developable", "development_rate", "supply_rate", "industrial_rate",
    "hightech_rate", "far", "density", "industrial_far", "invest_per_mu", "output_per_mu", "tax_per_mu",
    "use_as_planned", "zone_share", "boundary_of_approved", "forbidden_mu", "restricted_mu", "unapproved_mu",
    "idle_rate", "idle_parcels_rate", "expired_rate", "zone_km2", "zone_blocks", "growth_over_mean",
    "revenue_of_county",
)  # fmt: skip
EXAMPLE: Mapping[str, examples.Columns] = {  # tables of a worked example, the column no row can leave out first
    "zones": examples.stated("zones"),
    "zone_years": {"year": "int", **examples.stated("zone_years")},
    "appraisals": {"cycle": "int", **examples.stated("appraisals")},
}
Bearing = Literal["expansion", "priority", "warning"]  # only `expansion` counts into overall (POLICY §9.2)


class Leaf(Thresholds):
    """One measure of a zone against one dated threshold; `context` leaves are shown and never decide."""

    id: Text
    at_least: list[Threshold] | None = None
    at_most: list[Threshold] | None = None
    softness: Text = NONE
    states: list[Text] = Field(default_factory=list)  # words of landuse.supply_state, for unapproved_mu
    reading: Text | None = None  # N.K.X, for zone_share
    basis: Basis | None = None
    context: bool = False
    strict: bool = False  # 高于, 低于: the threshold itself does not pass (POLICY §0.2 no. 7)
    years: int = Field(default=1, ge=1)  # growth_over_mean: in each of so many years
    source: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if self.id not in MEASURES:
            raise refuse("one_of", known="、".join(MEASURES), value=self.id)
        if self.at_least is not None and self.at_most is not None:
            raise refuse("branch", keys="at_least、at_most")
        return self


class AppraisalRule(Thresholds):
    """How appraisals decide: scores in a row, bottom ranks in a row, or a result that must not be."""

    kind: Literal["consecutive_score", "bottom_ranks", "result_not", "falls"] | None = None
    consecutive: int = Field(default=1, ge=1)
    cycle_years: int = Field(default=1, ge=1)
    at_least: list[Threshold] | None = None  # score
    bottom: list[Threshold] | None = None  # k of bottom-k
    grouped: bool = False  # ranked within appraisals.group
    groups_exempt: list[Text] = Field(default_factory=list)
    results: list[Text] = Field(default_factory=list)

    @property
    def dated(self) -> list[Threshold] | None:
        """Return the dated threshold of this kind of rule, None where the kind has none or it was not seen."""
        return self.at_least if self.kind == "consecutive_score" else self.bottom


class ExpansionCondition(Piece):
    """One condition of CONTRACT §5: its words, its leaves (all must hold) or its appraisal rule."""

    words: Text = ""
    source: Text
    bears: Bearing = "expansion"
    leaves: list[Leaf] = Field(default_factory=list)
    appraisal: AppraisalRule | None = None
    note: Text | None = None


class Mean(Piece):
    """Published national means of a report, with report year and data date; context, never a default (POLICY §7.5)."""

    report: int
    data_date: Day | None = None
    zones: int | None = None
    source: Text
    values: dict[str, float]
    note: Text | None = None


class ExpansionPolicy(Policy):
    """Conditions of a zone's expansion (POLICY §9)."""

    conditions: dict[Condition, ExpansionCondition] = Field(default_factory=dict)
    means: list[Mean] = Field(default_factory=list)

    def faults(self) -> Iterator[Faulty]:
        """Yield what contradicts itself inside the policy, and examples that cannot be run: (key path, sentence)."""
        yield from super().faults()
        yield from examples.faults(self.examples, "condition", EXAMPLE)


__all__ = [
    "CONDITIONS",
    "OVERALL",
    "AppraisalRule",
    "Dated",
    "ExpansionCondition",
    "ExpansionPolicy",
    "Leaf",
    "Mean",
    "Number",
]
