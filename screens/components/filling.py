"""A bureau fills what a policy leaves blank and confirms unverified texts; both go into its own inheriting file."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import streamlit as st
import yaml

from evaluation.policy.fill import Filling, blanks, fill, unconfirmed
from evaluation.policy.load import load_all, shipped
from evaluation.policy.model import Policy
from evaluation.policy.read import PolicyError
from evaluation.policy.values import item
from parcels.words import entry, say
from screens.components.runs import workspace


def own_folder() -> Path:
    """Return where the bureau's own policies are kept."""
    return workspace() / "policies"


def available() -> list[Policy]:
    """Return the shipped policies and the bureau's own, its own last."""
    own = sorted(own_folder().glob("*.yaml")) if own_folder().is_dir() else []
    return list(_loaded(tuple((str(path), path.stat().st_mtime_ns) for path in own)))


@lru_cache(maxsize=1)
def _loaded(own: tuple[tuple[str, int], ...]) -> tuple[Policy, ...]:
    """Load once, and again when a file of the bureau's own has changed: a page is drawn at every click."""
    return tuple(load_all([*shipped(), *(path for path, _ in own)]))


def refs() -> dict[str, str | Path]:
    """Return policy id → what to hand to the evaluation: an id of the library or the bureau's own file."""
    own = {path.stem: path for path in own_folder().glob("*.yaml")} if own_folder().is_dir() else {}
    return {**{name: name for name in shipped()}, **own}


def draw() -> None:
    """Draw the form: which policy, which blank or text, what it should say, who says so and on which text."""
    known = {policy.id: policy for policy in available()}
    chosen = st.selectbox(
        say("screens.filling.policy"), list(known), format_func=lambda key: f"{known[key].label}　{key}"
    )
    policy = known[chosen]
    empty, doubtful = blanks(policy), unconfirmed(policy)
    if not empty and not doubtful:
        st.caption(say("screens.filling.nothing"))
        return
    with st.form(f"fill-{chosen}"):
        values = {path: _asked(policy, path) for path in empty}
        confirmed = st.multiselect(
            say("screens.filling.confirm"), doubtful, placeholder=say("screens.filling.confirm_hint"),
            format_func=lambda name: f"{name}　{policy.sources[name].title}",
        )  # fmt: skip
        new_id = st.text_input(say("screens.filling.new_id"), value=f"my-{chosen}")
        title = st.text_input(say("screens.filling.title"))
        text = st.text_input(say("screens.filling.text"))
        by = st.text_input(say("screens.filling.by"))
        sent = st.form_submit_button(say("screens.filling.go"))
    if sent:
        given = {path: value for path, value in values.items() if value.strip()}
        _write(policy, given, confirmed, new_id, title, text, by)


def _asked(policy: Policy, path: str) -> str:
    """Draw one blank: in words, with its key and what may stand there."""
    hint = entry("evaluation.fill.hints").get(path.rpartition(".")[2])
    return st.text_input(f"{item(policy, path)}　`{path}`", key=f"value-{policy.id}-{path}", placeholder=hint)


def _write(
    policy: Policy, given: dict[str, str], confirmed: list[str], new_id: str, title: str, text: str, by: str
) -> None:
    if not (by.strip() and text.strip() and (given or confirmed)):
        st.error(say("screens.filling.lacks"))
        return
    try:
        values = {path: yaml.safe_load(value) for path, value in given.items()}
    except yaml.YAMLError:
        st.error(say("screens.filling.unreadable"))
        return
    filling = Filling(
        by=by.strip(), on=date.today(), text=text.strip(), title=title.strip(),  # noqa: DTZ011 - the day of signing
        values=values, confirmed=tuple(confirmed),
    )  # fmt: skip
    own_folder().mkdir(parents=True, exist_ok=True)
    try:
        path = fill(policy, filling, new_id.strip(), own_folder())
    except PolicyError as error:
        for problem in error.problems:
            st.error(str(problem))
        return
    from casework.store import append  # the database loads when something is written

    said = {"policy": policy.id, "values": values, "confirmed": confirmed, "text": text}
    append(workspace(), who=by.strip(), kind="policy", subject=new_id.strip(), reason=text, said=said)
    st.success(say("screens.filling.written", file=path.name))
