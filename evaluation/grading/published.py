"""Check a published list of class counts against itself and against a policy's cuts (POLICY §1.10)."""

from collections.abc import Mapping
from fractions import Fraction

from evaluation.grading.classes import ROUNDINGS, places
from parcels.words import say


def count_faults(published: int, counts: Mapping[str, int]) -> list[str]:
    """Return in sentences what does not add up in a published list: its n against the sum of its classes."""
    total = sum(counts.values())
    if total == published:
        return []
    said = "、".join(f"{label} {count}" for label, count in counts.items())
    return [
        say("evaluation.published.sum", published=published, total=total, difference=published - total, counts=said)
    ]


def reproduced_by(counts: Mapping[str, int], cuts: Mapping[str, float]) -> list[str]:
    """Return the rounding rules under which cumulative cuts give exactly the published counts; often none.

    It tells, it does not infer: grades move after ranking, so a rounding rule is never fitted to a count.
    """
    n, found = sum(counts.values()), []
    for rounding in ROUNDINGS:
        until = [places(n, Fraction(str(cut)), rounding) for cut in cuts.values()]
        sizes = [after - before for before, after in zip([0, *until], until, strict=False)]
        if sizes == [counts.get(label, 0) for label in cuts]:
            found.append(rounding)
    return found


def share_fault(count: int, n: int, stated_per_cent: float) -> str:
    """Return in a sentence that a stated share is not the share of the stated counts (one decimal), else nothing."""
    share = round(Fraction(count, n) * 100, 1)
    if float(share) == stated_per_cent:
        return ""
    return say("evaluation.published.share", count=count, n=n, stated=stated_per_cent, computed=float(share))


def class_faults(counts: Mapping[str, int], cuts: Mapping[str, float]) -> list[str]:
    """Return in a sentence that no rounding rule gives the counts from a policy's cumulative cuts; else nothing."""
    if reproduced_by(counts, cuts):
        return []
    n = sum(counts.get(label, 0) for label in cuts)
    shares = "、".join(f"{label} {float(cut):g}" for label, cut in cuts.items())
    half_up = [places(n, Fraction(str(cut)), "half_up") for cut in cuts.values()]
    sizes = "、".join(f"{label} {b - a}" for label, a, b in zip(cuts, [0, *half_up], half_up, strict=False))
    said = "、".join(f"{label} {counts.get(label, 0)}" for label in cuts)
    return [say("evaluation.published.cuts", n=n, cuts=shares, sizes=sizes, counts=said)]
