"""What a policy of kind `zone` holds: ratio rules over a zone's land."""

from evaluation.policy.model import Policy


class ZonePolicy(Policy):
    """Thresholds on a zone's land (POLICY §8)."""
