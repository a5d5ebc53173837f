"""New data through the browser: a zip or the files of a delivery, the policies, the year → a new run."""

from datetime import date

import streamlit as st

from parcels.words import say
from reports.produce import IntakeRefused, add_run
from screens.components import filling
from screens.components.runs import workspace


def draw() -> None:
    """Draw the form; on success the new run is the one shown."""
    files = st.file_uploader(say("screens.intake.files"), accept_multiple_files=True)
    library = {policy.id: policy.label for policy in filling.available()}
    wanted = st.multiselect(
        say("screens.intake.policies"), list(library), format_func=lambda key: f"{library[key]}　{key}",
        placeholder=say("screens.intake.policies_hint"),
    )  # fmt: skip
    year = int(st.number_input(say("screens.intake.year"), min_value=2000, max_value=2100, value=date.today().year - 1))  # noqa: DTZ011
    name = st.text_input(say("screens.intake.name"), placeholder=say("screens.intake.name_hint")).strip()
    if not st.button(say("screens.intake.go"), disabled=not (files and wanted)):
        return
    with st.status(say("screens.intake.working")) as status:
        try:
            delivered = [(file.name, file.getvalue()) for file in files]
            refs = [filling.refs()[key] for key in wanted]
            folder = add_run(workspace(), delivered, refs, year, name=name, tell=st.write)
        except IntakeRefused as refused:
            status.update(label=say("screens.intake.failed"), state="error")
            for line in refused.lines:
                st.error(line)
            return
    st.query_params["run"] = folder.name
    st.rerun()
