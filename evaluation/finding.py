"""The one shape of every judgement: findings as columns, the explanation tree behind one of them, and the Verdicts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import pandas as pd
from pandas.api.types import union_categoricals

from parcels.columns import TEXT

Frame: TypeAlias = pd.DataFrame

FINDING_COLUMNS = (
    "subject_kind", "subject_id", "rule", "reading", "outcome", "stage", "measured", "required", "unit",
    "margin", "policy", "source", "status", "note",
)  # fmt: skip
NUMBERS = ("measured", "required", "margin")
# Columns that say the same few texts in every row: kept as categories, a source's whole citation once.
CODED = ("subject_kind", "rule", "reading", "outcome", "stage", "unit", "policy", "source", "status")
OUTCOMES = ("pass", "fail", "unknown")
STAGES = ("lead", "suspected")

FIRM_COLUMNS = (
    "uscc", "name", "year", "population", "status", "land_mu", "score", "rank", "pool",
    "grade_initial", "grade", "reason", "policy",
)  # fmt: skip
INDICATOR_COLUMNS = ("uscc", "year", "indicator", "value", "unit", "benchmark", "points", "missing", "policy")
PARCEL_COLUMNS = (
    "parcel_id", "zone_id", "holder", "holder_uscc", "location", "area_mu", "area_kind", "use_group",
    "idle", "idle_days", "legal_step", "fee_wan", "low_efficiency", "reason",
)  # fmt: skip
ZONE_COLUMNS = (
    "zone_id", "name", "rule", "reading", "basis", "numerator_mu", "denominator_mu", "measured", "lo", "hi",
    "unmapped_mu", "excluded_mu", "required", "outcome", "short_mu", "area_kind", "policy", "note",
)  # fmt: skip
EXPANSION_COLUMNS = (
    "zone_id", "policy", "condition", "outcome", "measured", "required", "unit", "cure", "source", "status", "note",
)  # fmt: skip
COUNTED_COLUMNS = ("zone_id", "rule", "reading", "basis", "role", "code", "use_group", "area_mu", "geometry")
COVERAGE_COLUMNS = ("table", "rows_in", "evaluated", "exempt", "not_evaluable", "rejected")
LOG_COLUMNS = ("uscc", "step", "kind", "before", "after", "reason", "source", "policy")


@dataclass(frozen=True)
class Origin:
    """Where one input value stood: file, sheet (or layer), row, heading, unit as delivered, value as delivered."""

    file: str
    sheet: str = ""
    row: int = 0
    heading: str = ""
    unit: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Node:
    """One line of an explanation: what was measured, in a plain Chinese sentence, by which words, from which cells."""

    label: str
    words: str = ""
    value: Any = None
    unit: str = ""
    outcome: str = ""
    source: Mapping[str, Any] | None = None
    origin: tuple[Any, ...] = ()
    children: tuple["Node", ...] = ()
    rule: str = ""

    def data(self) -> dict[str, Any]:
        """Return the tree as plain data for JSON."""
        plain = {
            key: value
            for key, value in vars(self).items()
            if key not in {"children", "origin"} and value not in (None, "")
        }
        if self.origin:
            plain["origin"] = [asdict(cell) if hasattr(cell, "__dataclass_fields__") else cell for cell in self.origin]
        if self.children:
            plain["children"] = [child.data() for child in self.children]
        return plain

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


def blank(columns: tuple[str, ...]) -> Frame:
    """Return a frame of these columns without rows: an output is always written, heading row alone when empty."""
    return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})


def shaped(frame: Frame, columns: tuple[str, ...]) -> Frame:
    """Return `frame` with at least `columns`, in that order, further columns behind; absent ones are blank."""
    missing = {column: pd.Series(pd.NA, index=frame.index, dtype=object) for column in columns if column not in frame}
    full = frame.assign(**missing) if missing else frame
    order = [*columns, *(column for column in full.columns if column not in columns)]
    return full if order == [*full.columns] else full[order]


def piled(frames: Iterable[Frame]) -> Frame:
    """Return the rows of finding frames as one under FINDING_COLUMNS: CODED as categories, NUMBERS as floats."""
    filled = [shaped(frame, FINDING_COLUMNS) for frame in frames if len(frame)]
    if not filled:
        return blank(FINDING_COLUMNS)
    return pd.DataFrame({name: _piled([frame[name] for frame in filled], name) for name in FINDING_COLUMNS})


def _piled(parts: Sequence[pd.Series], name: str) -> pd.Series:
    if name in CODED:
        return pd.Series(union_categoricals([_coded(part) for part in parts], sort_categories=True))
    if name in NUMBERS:
        return pd.concat([pd.to_numeric(part).astype("float64") for part in parts], ignore_index=True)
    return pd.concat([part.astype(TEXT) for part in parts], ignore_index=True)


def _coded(part: pd.Series) -> pd.Categorical:
    if isinstance(part.dtype, pd.CategoricalDtype):
        return pd.Categorical(part)
    codes, texts = part.astype(TEXT).factorize()
    return pd.Categorical.from_codes(codes, texts)


def beside(frame: Frame, part: Frame, key: str) -> Frame:
    """Return `frame` with the columns it lacks of `part`, which has one row a `key`; blank where `part` has no row.

    Rows of the same keys in the same order are not looked up. Raises ValueError where `part` has a key twice.
    """
    more = pd.DataFrame(part[[name for name in part.columns if name not in frame.columns]])
    if frame[key].reset_index(drop=True).equals(part[key].reset_index(drop=True)) and part[key].is_unique:
        more = more.set_axis(frame.index)
    else:
        more = more.set_axis(pd.Index(part[key])).reindex(frame[key]).set_axis(frame.index)
    return pd.concat([frame, more], axis=1)


@dataclass(frozen=True)
class Verdicts:
    """Everything one evaluation says: one row is what CONTRACT §4 says of the file of the same name."""

    firms: Frame
    indicators: Frame
    parcels: Frame  # GeoDataFrame in the book's CRS where geometry was delivered
    zones: Frame
    expansion: Frame
    findings: Frame
    draw_counted: Callable[[], Frame] = field(repr=False)  # see `counted`
    faults: Frame
    coverage: Frame
    log: Frame  # adjustments after ranking, in order
    questions: Mapping[str, Mapping[str, Any]]
    provenance: Mapping[str, Any]
    zone_shapes: Frame = field(default_factory=pd.DataFrame)  # GeoDataFrame zone_id, name, geometry
    ledger: Frame = field(default_factory=pd.DataFrame)  # 收储清单 in the ledger columns of PRODUCT.md
    sleeping: Mapping[str, Frame] = field(default_factory=dict)  # clock, paths, clusters, balance … (reclaim.TABLES)
    intensity: Frame = field(default_factory=pd.DataFrame)  # a zone × year × indicator, evaluation/intensity_held.py
    court: Frame = field(default_factory=pd.DataFrame)  # a zone × rule × reading × kind of area, zone/court.py
    leaves: Frame = field(default_factory=pd.DataFrame)  # a zone × policy × condition × leaf, expansion/docket.py
    draw_evidence: Callable[[], Frame] = field(default=pd.DataFrame, repr=False)  # see `evidence`
    projection: Frame = field(default_factory=pd.DataFrame)  # the least score one cycle on, expansion/projection.py
    repairs: Frame = field(default_factory=pd.DataFrame)  # every cell that was changed on reading
    crs: Any = None  # of every geometry here: the book's work CRS
    taken_over: bool = False  # read from a run that stands, not judged again
    parts: Mapping[str, Any] = field(default_factory=dict, repr=False)  # each question's own result, for explain()

    @cached_property
    def counted(self) -> Frame:
        """Return the counted land as a GeoDataFrame, drawn when first asked for: to judge, nobody needs the drawing."""
        return self.draw_counted()

    @cached_property
    def evidence(self) -> Frame:
        """Return the ground behind the conditions of expansion as a GeoDataFrame, drawn when first asked for."""
        return self.draw_evidence()
