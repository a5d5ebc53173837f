"""The papers of one parcel by kind: the field sheet and the two drafts, each a Word document."""

from collections.abc import Callable, Mapping, Sequence

from evaluation.finding import Verdicts
from evaluation.policy.model import Policy
from reports.fieldsheet import visit
from reports.notices import NotDrafted, determination, idle_row, investigation

PAPERS: Mapping[str, Callable[[Verdicts, Sequence[Policy], str], bytes]] = {
    "visit": lambda verdicts, _, parcel_id: visit(verdicts, parcel_id),
    "investigation": investigation,
    "determination": determination,
}


def offered(verdicts: Verdicts, policies: Sequence[Policy], parcel_id: str) -> list[str]:
    """Return the kinds that can be made of a parcel: the drafts only where there are signs of idleness."""
    try:
        idle_row(verdicts, policies, parcel_id)
    except NotDrafted:
        return ["visit"]
    return list(PAPERS)
