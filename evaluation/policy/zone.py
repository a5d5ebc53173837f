"""What a policy of kind `zone` holds: ratio rules over a zone's land, and targets of intensive use (POLICY §7, §8)."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from evaluation.policy import examples
from evaluation.policy.model import NONE, Dated, Day, Faulty, Number, OpenDay, Piece, Policy, Text, refuse
from parcels.landuse import USE_GROUPS, contested

Numerator = Literal["N1", "N2", "N3", "N4", "N5", "N6"]
Base = Literal["K1", "K2", "K3", "K4", "K5", "K6", "K7"]
LeaveOut = Literal["X0", "X1", "X2", "X3", "X4", "X5"]
Basis = Literal["actual", "planned", "titled", "built"]
Put = Literal["in", "out", "unmapped"]
State = Literal["built", "ready", "supplied", "undevelopable"]
SHARE_MOST = 1.0
THRESHOLDS = ("at_least", "at_most", "bottom")


def _share(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > SHARE_MOST:
        raise refuse("wrong", value=value, problem="0–1")
    return value


class Threshold(Dated):
    """A dated number; null = not seen, and then nothing is decided by it."""

    value: Number


class Thresholds(Piece):
    """What holds dated thresholds: a bureau may fill one in as a bare number, cited beside it, in force throughout."""

    cite: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _bare_numbers(cls, said: Any) -> Any:
        if not isinstance(said, dict):
            return said
        cited = said.get("cite") or {}
        bare = {
            name: [{"from": None, "to": NONE, "value": said[name], "source": cited.get(name, said.get("source"))}]
            for name in THRESHOLDS
            if isinstance(said.get(name), int | float) and not isinstance(said[name], bool)
        }
        return {**said, **bare}


class Share(Threshold):
    """A dated share of land between 0 and 1: 0.70, not 70."""

    value: Annotated[Number, BeforeValidator(_share)]


class Tolerance(Piece):
    """How far below a soft threshold (左右) still passes, and who said so (POLICY §8.4: never silent)."""

    value: float
    by: Text
    on: Day
    text: Text | None = None


class Choice(Piece):
    """Where a contested class goes: into the base, out of it, or into the unmapped."""

    put: Put
    source: Text
    note: Text | None = None


class Regrouped(Piece):
    """Which group a class takes whose place is contested (parcels/landuse/contested.csv): one of its alternatives."""

    group: Text
    source: Text
    note: Text | None = None


class ShareRule(Thresholds):
    """One threshold on a share of a zone's land, on every enabled reading N × K × X (POLICY §8)."""

    id: Text
    label: Text = ""
    at_least: list[Share]
    numerators: list[Numerator]
    bases: list[Base]
    leave_out: list[LeaveOut]
    softness: Text = NONE
    tolerance: Tolerance | Literal["none"] = "none"
    decimals: int = Field(default=4, ge=0, le=8)
    land: list[Basis] | Literal["delivered"] = "delivered"
    research_back_in: bool = False  # 0802 lies inside 08: N5 with X1 needs it taken back in (POLICY §8.3)
    reserved_with: LeaveOut | None = None  # X5 = this set + 留白 (a declared choice)
    words: Text | None = None
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _readings(self) -> Self:
        if not (self.numerators and self.bases and self.leave_out):
            raise refuse("branch_list", name="numerators / bases / leave_out")
        return self


class IntensityRule(Thresholds):
    """A target for an indicator of intensive use (evaluation/intensity.py), due on a day that may be unknown."""

    id: Text
    label: Text = ""
    indicator: Text
    at_least: list[Threshold]
    due: OpenDay = None
    words: Text | None = None
    source: Text | None = None
    note: Text | None = None


class ScoreItem(Piece):
    """One indicator of a total score: its weight, the ideal value, and, where lower is better, the value worth 0."""

    indicator: Text
    weight: Number
    ideal: Number
    worst: Number = None
    source: Text | None = None


class Score(Piece):
    """Weights of a total score of intensive use: none is shipped, POLICY §7.4 knows no official ones."""

    items: list[ScoreItem]
    type: Literal["工业主导", "产城融合", "其他"] | None = None  # the zones it is for; all where not said
    source: Text
    note: Text | None = None


class ZonePolicy(Policy):
    """Thresholds on a zone's land (POLICY §8), with the contested choices declared."""

    label: Text = ""
    choices: dict[str, Choice] = Field(default_factory=dict)
    contested: dict[str, Regrouped] = Field(default_factory=dict)
    states: dict[State, list[Text]] = Field(default_factory=dict)  # words of landuse.supply_state, for K4–K7
    rules: list[ShareRule] = Field(default_factory=list)
    intensity: list[IntensityRule] = Field(default_factory=list)
    scores: list[Score] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_contested(self) -> Self:
        table = contested()
        for name, said in self.contested.items():
            rows = table[table["choice"] == name]
            if rows.empty:
                raise refuse("one_of", known="、".join(sorted(set(table["choice"]))), value=name)
            other = {one for row in rows["alternatives"] for one in row.split(";")} & set(USE_GROUPS)
            allowed = sorted(other | set(rows["group"]))
            if said.group not in allowed:
                raise refuse("one_of", known="、".join(allowed), value=said.group)
        return self

    @model_validator(mode="after")
    def _known_groups(self) -> Self:
        unknown = sorted(set(self.choices) - set(USE_GROUPS))
        if unknown:
            raise refuse("one_of", known="、".join(USE_GROUPS), value="、".join(unknown))
        return self

    def faults(self) -> Iterator[Faulty]:
        """Yield what contradicts itself inside the policy, and examples that cannot be run: (key path, sentence)."""
        yield from super().faults()
        yield from examples.faults(
            self.examples, "rule", {"land": examples.ZONE_LAND}, needed=["scheme"], others=["basis", "years"]
        )
