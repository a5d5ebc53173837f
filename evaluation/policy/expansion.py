"""What a policy of kind `expansion` holds: when a zone may apply to grow."""

from evaluation.policy.model import Policy


class ExpansionPolicy(Policy):
    """Conditions of a zone's expansion (POLICY §9)."""
