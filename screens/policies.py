"""政策口径: what is in force for a place and year, each value with its words and source; blanks are filled here."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from evaluation.grading.cohort import not_valid
from evaluation.policy.grading import GradingPolicy
from evaluation.policy.model import Policy, in_force
from evaluation.policy.values import VALUE_COLUMNS, in_words, values
from parcels.words import say, word
from reports.card import cited
from screens.components import chosen, filling, moving, sheet

SHOWN = tuple(name for name in VALUE_COLUMNS if name not in {"path", "policy"})


def page() -> None:
    """Draw the policies of the run, or of a chosen place and year, and the form that fills what they leave blank."""
    st.title(say("screens.page.policies"))
    run = chosen.current()
    if run is None:
        st.info(say("screens.empty.how"))
    known = filling.available()
    scopes = [say("screens.policies.of_run"), say("screens.policies.of_place")]
    scope = st.radio(say("screens.policies.scope"), scopes, index=0 if run else 1, horizontal=True, key="policy-scope")
    if run is not None and scope == scopes[0]:
        day = date.fromisoformat(str(run.verdicts.provenance["as_of"]))
        _listed(run.policies, day, int(run.verdicts.provenance["year"]))
        moving.draw(run)
    else:
        _of_place(known, date.today().year - 1)  # noqa: DTZ011 - only where the choice of a year begins
    st.subheader(say("screens.filling.head"))
    st.caption(say("screens.filling.how"))
    filling.draw()


def _of_place(known: Sequence[Policy], year: int) -> None:
    """Draw what is in force in a place at the end of a year: its own policies and those of the places above it."""
    left, right = st.columns(2)
    everywhere = say("screens.policies.everywhere")
    places = [everywhere, *sorted({policy.place for policy in known if policy.place})]
    place = left.selectbox(say("screens.policies.place"), places, key="policy-place")
    wanted = int(right.number_input(say("screens.policies.year"), 1990, 2100, year, key="policy-year"))
    day = date(wanted, 12, 31)
    here = [policy for policy in known if place == everywhere or covers(policy.place, str(place))]
    valid = [policy for policy in here if _holds(policy, wanted, day)]
    st.caption(say("screens.policies.found", here=len(here), valid=len(valid), year=wanted))
    _listed(valid, day, wanted)


def covers(above: str | None, place: str) -> bool:
    """Return whether a policy's place is the place or one above it: 330000 covers 331003; no place covers all."""
    if above is None or above == place:
        return True
    pairs = above.removesuffix("00").removesuffix("00")
    return above.isdigit() and place.isdigit() and place.startswith(pairs)


def _holds(policy: Policy, year: int, day: date) -> bool:
    if isinstance(policy, GradingPolicy):
        return not not_valid(policy, year, day)
    return in_force(policy, day) == "生效"


def _listed(policies: Sequence[Policy], day: date, year: int) -> None:
    for policy in policies:
        with st.expander(f"{policy.label}　{policy.id}", expanded=False):
            _policy(policy, day, year)


def _policy(policy: Policy, day: date, year: int) -> None:
    st.text(say("screens.policies.standing", standing=in_force(policy, day), as_of=day))
    if isinstance(policy, GradingPolicy) and (why := not_valid(policy, year, day)):
        st.text(why)
    st.text(say("screens.policies.lineage", files=" → ".join(origin.id for origin in reversed(policy.lineage))))
    sheet.show(values(policy), SHOWN, f"values-{policy.id}", height=420)
    st.markdown(f"**{say('screens.policies.sources')}**")
    for name, source in policy.sources.items():
        st.text(f"{name}　{cited(source.model_dump(mode='json'))}")
    if any(not source.decides for source in policy.sources.values()):
        st.caption(word("source_status", "unverified") + say("screens.policies.unverified"))
    if policy.not_modelled:
        st.markdown(f"**{say('screens.policies.left_out')}**")
    for line in policy.not_modelled:
        st.text(say("screens.policies.not_modelled", line=line))
    for change in policy.overrides:
        said = {"path": change.path, "before": in_words(change.before), "after": in_words(change.after)}
        st.text(say("screens.policies.override", over=change.over, by=change.by, **said))
