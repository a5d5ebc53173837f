"""Is a zone's land what it should be? Shares of industrial and industry-use land on each reading (POLICY §8)."""

from evaluation.zone.compare import compare
from evaluation.zone.explain import explain_zone
from evaluation.zone.ground import Ground, lay
from evaluation.zone.measured import ZoneResult, measure

__all__ = ["Ground", "ZoneResult", "compare", "explain_zone", "lay", "measure"]
