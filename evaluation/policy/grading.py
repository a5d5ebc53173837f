"""What a policy of kind `grading` holds."""

from evaluation.policy.model import Policy


class GradingPolicy(Policy):
    """Per-mu grading of firms (POLICY §1-2)."""
