"""May a zone apply to grow (扩区)? The docket of every condition, its evidence, its cure, and next year's outlook."""

from evaluation.expansion.docket import Docket, docket, examine
from evaluation.expansion.explain import explain_expansion
from evaluation.expansion.leaf import ahead
from evaluation.expansion.projection import least_score, project
from evaluation.expansion.scene import SLEEPING, Scene

__all__ = ["SLEEPING", "Docket", "Scene", "ahead", "docket", "examine", "explain_expansion", "least_score", "project"]
