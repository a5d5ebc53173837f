"""政策口径: the policies of this run, each value with its words, source and status, and what is not modelled."""

import streamlit as st

from evaluation.policy.model import Policy, in_force
from parcels.words import say, word
from reports.card import cited
from screens.components import chosen, filling


def page() -> None:
    """Draw one section a policy."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.policies"))
    for policy in run.policies:
        with st.expander(f"{policy.label}　{policy.id}", expanded=False):
            _policy(policy, run.verdicts.provenance["as_of"])
    st.subheader(say("screens.filling.head"))
    st.caption(say("screens.filling.how"))
    filling.draw()


def _policy(policy: Policy, as_of: str) -> None:
    from datetime import date

    st.text(say("screens.policies.standing", standing=in_force(policy, date.fromisoformat(as_of)), as_of=as_of))
    for name, source in policy.sources.items():
        st.text(f"{name}　{cited(source.model_dump(mode='json'))}")
    blanks = policy.blanks()
    if blanks:
        st.text(say("screens.policies.blanks", fields="、".join(blanks)))
    for line in policy.not_modelled:
        st.text(say("screens.policies.not_modelled", line=line))
    for change in policy.overrides:
        st.text(say("screens.policies.override", path=change.path, before=change.before, after=change.after))
    st.json(policy.model_dump(mode="json", by_alias=True, exclude={"sources", "not_modelled", "examples"}), expanded=1)
    st.caption(word("source_status", "unverified") + say("screens.policies.unverified"))
