"""Codes as people read them: every enumeration of an output in the catalog's Chinese."""

from typing import TypeAlias

import pandas as pd

from parcels.words import word

Frame: TypeAlias = pd.DataFrame

# column → the group of parcels/words/common.yaml that words its codes; findings about signs read 有/无, not 满足.
ENUMERATIONS = {
    "area_kind": "area_kind",
    "use_group": "use_group",
    "idle": "idle",
    "legal_step": "legal_step",
    "outcome": "outcome",
    "low_efficiency": "sign",
    "stage": "stage",
    "basis": "basis",
    "condition": "condition",
    "severity": "severity",
    "role": "role",
    "table": "table",
    "subject_kind": "subject_kind",
    "reading": "reading",
    "cause": "cause",
    "path_state": "path_state",
    "step_state": "step_state",
    "stage_of_use": "stage_of_use",
    "term": "term",
    "keep": "term",
    "zombie": "sign",
}


def humane(frame: Frame, *, signs: bool = False) -> Frame:
    """Return `frame` with the codes of its enumerations in Chinese; with `signs`, outcomes read 有/无/无法判定."""
    groups = {**ENUMERATIONS, **({"outcome": "sign"} if signs else {})}
    groups["status"] = "firm_status" if "population" in frame.columns else "source_status"
    worded = {
        column: frame[column].map({code: word(group, code) for code in frame[column].dropna().unique()})
        for column, group in groups.items()
        if column in frame.columns
    }
    plain = pd.DataFrame(frame.drop(columns=[name for name in ("geometry",) if name in frame.columns])).assign(**worded)
    return plain if "population" in frame.columns else plain.rename(columns={"status": "source_status"})
