"""Rules as dated, cited data: load a place's policy files, ask what holds on a day, and by whose words."""

from evaluation.policy.kinds import KINDS
from evaluation.policy.load import build, files, load, load_all, shipped
from evaluation.policy.model import (
    NONE,
    Cited,
    Dated,
    Number,
    NumberOrNone,
    Period,
    Piece,
    Policy,
    Source,
    Test,
    Text,
    Unit,
    at,
    citation,
    cited,
    columns_of,
    in_force,
    refuse,
    source_decides,
)
from evaluation.policy.read import PolicyError, Problem

__all__ = [
    "KINDS", "NONE", "Cited", "Dated", "Number", "NumberOrNone", "Period", "Piece", "Policy", "PolicyError", "Problem",
    "Source", "Test", "Text", "Unit", "at", "build", "citation", "cited", "columns_of", "files", "in_force", "load",
    "load_all", "refuse", "shipped", "source_decides",
]  # fmt: skip
