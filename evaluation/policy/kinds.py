"""The kinds of policy there are, and the model that checks each."""

from evaluation.policy.expansion import ExpansionPolicy
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.imagery import ImageryPolicy
from evaluation.policy.model import Policy
from evaluation.policy.reclaim import IdlePolicy, LowEfficiencyPolicy, ZombiePolicy
from evaluation.policy.zone import ZonePolicy

KINDS: dict[str, type[Policy]] = {
    "grading": GradingPolicy,
    "zone": ZonePolicy,
    "idle": IdlePolicy,
    "zombie": ZombiePolicy,
    "low_efficiency": LowEfficiencyPolicy,
    "expansion": ExpansionPolicy,
    "imagery": ImageryPolicy,
}
