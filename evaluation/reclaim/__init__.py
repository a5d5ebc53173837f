"""Land that sleeps: idle parcels, zombie firms, low efficiency, and what the law allows next."""

from evaluation.reclaim.examine import TABLES, ReclaimResult, examine
from evaluation.reclaim.explain import explain_parcel, explain_zombie, why_not

__all__ = ["TABLES", "ReclaimResult", "examine", "explain_parcel", "explain_zombie", "why_not"]
