"""Is a zone's land what it should be? Shares of industrial and industry-use land on each reading (POLICY §8)."""

from evaluation.zone.compare import across, compare, moved
from evaluation.zone.court import by_area_kind
from evaluation.zone.explain import explain_zone
from evaluation.zone.ground import Ground, lay
from evaluation.zone.measured import ZoneResult, measure

__all__ = ["Ground", "ZoneResult", "across", "by_area_kind", "compare", "explain_zone", "lay", "measure", "moved"]
