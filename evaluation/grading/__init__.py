"""Per-mu grading of firms: which class, by which figures, by whose words."""

from evaluation.grading.verdict import GradingResult, grade

__all__ = ["GradingResult", "grade"]
