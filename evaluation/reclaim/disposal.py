"""Ways to dispose of a parcel: each path of the policy, open or closed, with its reason and article (POLICY §3.4)."""

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from evaluation import logic
from evaluation.policy.model import cited, source_decides
from evaluation.policy.reclaim import IdlePolicy, Path
from evaluation.reclaim.sentences import joined
from parcels.columns import TEXT
from parcels.memory import remembered
from parcels.words import entry, say

Frame: TypeAlias = pd.DataFrame

# column a test reads → the catalog's words for its codes
FACT_WORDS = {
    "idle": "common.idle", "stage": "common.stage", "legal_step": "common.legal_step", "low_efficiency": "common.sign",
    "zombie": "common.sign", "cause": "common.cause",
}  # fmt: skip
PATH_COLUMNS = ("parcel_id", "path", "label", "state", "why", "source", "status")


def paths(listed: Frame, policy: IdlePolicy) -> Frame:
    """Return one row a listed parcel and path: state open, closed, unknown, or unverified where it would be open but
    its article is not confirmed.

    `listed` carries the columns the policy's path tests read: idle, stage, cause, legal_step, low_efficiency, zombie,
    unkept (how many agreed figures are not reached).
    """
    alone = all(logic.of_one(path.test) for path in policy.paths)
    return _by_parcel(listed, policy) if alone else _of_all(listed, policy)


@remembered(by=("parcel_id",))
def _by_parcel(listed: Frame, policy: IdlePolicy) -> Frame:
    return _of_all(listed, policy)


@remembered()
def _of_all(listed: Frame, policy: IdlePolicy) -> Frame:
    facts = {name: _fact(name, listed[name]) for path in policy.paths for name in _read(path)}
    parts = [_path(path, listed, policy, facts) for path in policy.paths]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(PATH_COLUMNS))
    return whole.sort_values("parcel_id", kind="stable", ignore_index=True)


def _read(path: Path) -> list[str]:
    """Return the columns a path's test reads, each once."""
    return list(dict.fromkeys(leaf["column"] for leaf in logic.leaves(path.test) if "column" in leaf))


def _path(path: Path, listed: Frame, policy: IdlePolicy, facts: Mapping[str, pd.Series]) -> Frame:
    truth = logic.test(path.test, listed)
    state = truth.map({True: "open", False: "closed"}).astype(object).where(truth.notna(), "unknown")
    if not source_decides(policy, path.source):
        state = state.mask(state.eq("open"), "unverified")
    return pd.DataFrame({
        "parcel_id": listed["parcel_id"],
        "path": path.id,
        "label": path.label,
        "state": state,
        "why": _why(path, state, [facts[name] for name in _read(path)]),
        "source": cited(policy, path.source),
        "status": policy.sources[path.source].status,
    })


def _why(path: Path, state: pd.Series, facts: list[pd.Series]) -> pd.Series:
    """Return why a path is open or closed for each parcel: what the article asks, and what this parcel is."""
    words = {code: say(f"reclaim.path.{code}", why=path.why) for code in ("open", "closed", "unknown", "unverified")}
    return state.map(words).astype(TEXT) + joined(facts)


def _fact(column: str, values: pd.Series) -> pd.Series:
    """Return one figure a test reads in Chinese: its name and the parcel's word or number."""
    group = FACT_WORDS.get(column)
    words: Mapping[str, str] = entry(group) if group else {}
    said = values.astype(object).where(values.notna(), "").map(lambda value: words.get(str(value), _plain(value)))
    return say(f"reclaim.fact.{column}") + said.mask(said.eq(""), say("reclaim.fact.blank")).astype(TEXT)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@remembered()
def open_labels(table: Frame, parcel_id: pd.Series) -> pd.Series:
    """Return the labels of the open paths of each parcel, in the policy's order, joined by ；."""
    order = table["path"].drop_duplicates().tolist()
    wide = table.drop_duplicates(["parcel_id", "path"]).pivot(index="parcel_id", columns="path", values="state")
    labels = table.drop_duplicates("path").set_index("path")["label"]
    parts = [pd.Series("", index=parcel_id.index, dtype=TEXT)]
    for name in order:
        state = wide[name].reindex(parcel_id).set_axis(parcel_id.index)
        parts.append(state.eq("open").map({True: labels[name], False: ""}).astype(TEXT))
    return joined(parts)
