"""Per-mu grading of firms: which class, by which figures, by whose words."""

from evaluation.grading.absence import why_not
from evaluation.grading.explain import explain_firm
from evaluation.grading.verdict import GradingResult, grade

__all__ = ["GradingResult", "explain_firm", "grade", "why_not"]
