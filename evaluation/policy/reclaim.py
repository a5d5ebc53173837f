"""What policies of kinds `idle`, `zombie` and `low_efficiency` hold."""

from evaluation.policy.model import Policy


class IdlePolicy(Policy):
    """When land is idle (POLICY §3)."""


class ZombiePolicy(Policy):
    """When a firm is a zombie (POLICY §4)."""


class LowEfficiencyPolicy(Policy):
    """When land is of low efficiency (POLICY §5)."""
