"""The tree behind one parcel or firm of the reclaim list: every leaf with its value, bound, article and cells."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from evaluation.finding import Node
from evaluation.policy.model import Policy, citation, columns_of
from evaluation.policy.reclaim import IdlePolicy, ZombiePolicy
from evaluation.reclaim import consequence
from evaluation.reclaim.days import NEVER
from evaluation.reclaim.examine import ReclaimResult
from evaluation.reclaim.firms import EARLIER
from evaluation.reclaim.signals import RULE as SCREENING
from parcels.columns import catalog
from parcels.words import say, word

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

# the cells each part of an idle judgement is read from
CELLS: Mapping[str, tuple[str, ...]] = {
    "scope": ("tenure", "use_name"),
    "idle_clause1": ("agreed_start", "delivery_date", "actual_start", "construction_state", "price_wan"),
    "idle_clause2": ("suspended_since", "construction_state"),
    "area": ("area_developed_m2", "area_to_develop_m2"),
    "investment": ("invest_paid_wan", "invest_total_wan"),
}


def explain_parcel(book: "Book", policies: Sequence[Policy], result: ReclaimResult, parcel_id: str) -> Node:
    """Return the tree of one parcel: idle by each policy, low efficiency by each facet, and the next step.

    Raises LookupError where the result has no such parcel. It also answers 为什么不在名单上: every leaf says what was
    compared with what, and an unknown one which paper would decide.
    """
    row = _row(result.parcels, "parcel_id", parcel_id)
    found = result.findings[
        result.findings["subject_kind"].eq("parcel") & result.findings["subject_id"].astype(str).eq(parcel_id)
    ]
    parts = [
        _idle(book, policy, result.judged[policy.id], found, parcel_id)
        for policy in policies
        if isinstance(policy, IdlePolicy) and policy.id in result.judged
    ]
    parts += [_low(policies, found, result, parcel_id)] if result.low else []
    shown = word("idle", row["idle"]) if isinstance(row["idle"], str) else ""
    return Node(
        label=parcel_id,
        value=shown,
        words=_text(row["reason"]),
        outcome=_text(row.get("outcome")),
        children=tuple(parts),
        rule="parcel",
    )


def why_not(book: "Book", policies: Sequence[Policy], result: ReclaimResult, parcel_id: str) -> Node:
    """Return why a parcel is not on the list: only what kept it off or left it open."""
    whole = explain_parcel(book, policies, result, parcel_id)
    kept = tuple(_only_off(node) for node in whole.children)
    return Node(label=say("reclaim.why_not.label", parcel=parcel_id), words=whole.words, children=kept, rule="why_not")


def explain_zombie(book: "Book", policies: Sequence[Policy], result: ReclaimResult, uscc: str) -> tuple[Node, ...]:
    """Return one tree a zombie policy that reaches the firm: the routes, their cells, and the signals kept apart."""
    own = result.findings[
        result.findings["subject_kind"].eq("firm") & result.findings["subject_id"].astype(str).eq(uscc)
    ]
    return tuple(
        node
        for policy in policies
        if isinstance(policy, ZombiePolicy)
        for node in _zombie(book, policy, own[own["policy"].eq(policy.id)], result.year, uscc)
    )


def _idle(book: "Book", policy: IdlePolicy, judged: Frame, found: Frame, parcel_id: str) -> Node:
    row = _row(judged, "parcel_id", parcel_id)
    own = found[found["policy"].eq(policy.id)]
    scope = Node(
        label=say("reclaim.node.scope"), value=_text(row["tenure"]), outcome="" if row["applies"] else "pass",
        source=citation(policy, policy.scope.source), origin=_cells(book, parcel_id, CELLS["scope"]), rule="scope",
    )  # fmt: skip
    clauses = [_clause(book, policy, own, name, parcel_id) for name in ("idle_clause1", "idle_clause2")]
    dates = _dates(policy, row)
    delays = _delays(book, policy, parcel_id)
    steps = [_step(policy, row)] if row["stage"] else []
    return Node(
        label=policy.label, value=word("idle", row["idle"]), words=_text(row["reason"]), outcome=_text(row["outcome"]),
        children=(scope, *(node for node in clauses if node), *dates, *delays, *steps), rule=policy.id,
    )  # fmt: skip


def _clause(book: "Book", policy: IdlePolicy, own: Frame, rule: str, parcel_id: str) -> Node | None:
    rows = own[own["rule"].eq(rule)]
    if rows.empty:
        return None
    clause = policy.not_started if rule == "idle_clause1" else policy.stopped
    whole = rows[rows["reading"].eq("")].iloc[0]
    leaves = tuple(
        _leaf(row, say(f"reclaim.node.{row['reading']}"), _cells(book, parcel_id, CELLS.get(row["reading"], ())))
        for row in rows[rows["reading"].ne("")].to_dict("records")
    )
    node = _leaf(whole, say(f"reclaim.node.{rule}"), _cells(book, parcel_id, CELLS[rule]))
    return Node(
        label=node.label, words=node.words, value=node.value, unit=node.unit, outcome=node.outcome,
        source=citation(policy, clause.source) if clause else None, origin=node.origin, children=leaves, rule=rule,
    )  # fmt: skip


def _leaf(row: Mapping[Any, Any], label: str, origin: tuple[Any, ...] = ()) -> Node:
    measured, required = row["measured"], row["required"]
    bound = "" if pd.isna(required) else say("reclaim.node.bound", required=f"{required:g}", unit=_text(row["unit"]))
    words = "；".join(part for part in (bound, _text(row["note"])) if part)
    return Node(
        label=label, value=None if pd.isna(measured) else measured, unit=_text(row["unit"]), words=words,
        outcome=row["outcome"], origin=origin, rule=":".join(part for part in (row["rule"], row["reading"]) if part),
    )  # fmt: skip


def _dates(policy: IdlePolicy, row: Mapping[str, Any]) -> list[Node]:
    shown = {name: row[name] for name in ("anchor", "fallback", "first_falls", "second_falls", "since", "pause_falls")}
    known = [
        Node(label=say(f"reclaim.node.{name}"), value=value.strftime("%Y-%m-%d"), rule=name)
        for name, value in shown.items()
        if not pd.isna(value)
    ]
    counted = int(row["first_excused"]) if row["first_excused"] not in {NEVER, 0} else 0
    excused = Node(
        label=say("reclaim.node.excused"), value=counted, unit="天",
        source=citation(policy, policy.excuses.source), rule="excused",
    )  # fmt: skip
    return [*known, *([excused] if counted else [])]


def _delays(book: "Book", policy: IdlePolicy, parcel_id: str) -> list[Node]:
    rows = book.tables["delays"]
    own = rows[rows["parcel_id"].astype(str).eq(parcel_id)]
    return [
        Node(
            label=_text(row["cause"]) or say("reclaim.node.cause_blank"),
            words=say(
                "reclaim.node.delay", begin=_day(row["from"]), end=_day(row["to"]), document=_text(row["document"])
            ),
            rule="delay",
            source=citation(policy, policy.excuses.source) if row["cause"] in policy.excuses.causes else None,
        )
        for row in own.to_dict("records")
    ]  # fmt: skip


def _step(policy: IdlePolicy, row: Mapping[str, Any]) -> Node:
    fee = row["fee_wan"]
    sources = {
        "fee": policy.fee,
        "take_back": policy.take_back,
        "negotiate": policy.negotiate,
        "unverified": policy.negotiate,
    }
    part = sources.get(row["legal_step"]) or next((deed for deed in policy.clock if deed.id == row["legal_step"]), None)
    return Node(
        label=say("reclaim.node.step"), value=word("legal_step", row["legal_step"]),
        words="" if pd.isna(fee) else say("reclaim.node.fee", **consequence.arithmetic(row, policy)), rule="legal_step",
        source=citation(policy, part.source) if part else None,
    )  # fmt: skip


def _low(policies: Sequence[Policy], found: Frame, result: ReclaimResult, parcel_id: str) -> Node:
    holder = _text(_row(result.parcels, "parcel_id", parcel_id)["holder_uscc"])
    every = result.findings[result.findings["rule"].eq("low_efficiency")]
    mine = every["subject_kind"].eq("firm") & every["subject_id"].astype(str).eq(holder)
    rows = pd.concat([found[found["rule"].eq("low_efficiency")], every[mine]])
    named = {policy.id: policy for policy in policies}
    rows = rows[rows["policy"].isin(named)]
    children = []
    for policy_id, part in rows.groupby("policy", sort=False):
        verdict = part[part["reading"].eq(policy_id)]
        leaves = tuple(_cited(named, row) for row in part[part["reading"].ne(policy_id)].to_dict("records"))
        whole = verdict.iloc[0] if len(verdict) else None
        children.append(
            Node(
                label=named[str(policy_id)].label, outcome="" if whole is None else whole["outcome"],
                words="" if whole is None else _text(whole["note"]), children=leaves, rule=str(policy_id),
            )
        )  # fmt: skip
    verdict = _text(_row(result.parcels, "parcel_id", parcel_id)["low_efficiency"])
    return Node(label=say("reclaim.node.low"), outcome=verdict, children=tuple(children), rule="low_efficiency")


def _cited(named: Mapping[str, Any], row: Mapping[Any, Any]) -> Node:
    policy = named[row["policy"]]
    part = next((one for one in [*policy.facets, *policy.controls] if f"{policy.id}:{one.id}" == row["reading"]), None)
    node = _leaf(row, part.label if part else row["reading"])
    return Node(
        label=node.label, value=node.value, unit=node.unit, words=node.words, outcome=node.outcome, rule=node.rule,
        source=citation(policy, part.source) if part else None,
    )  # fmt: skip


def _zombie(book: "Book", policy: ZombiePolicy, own: Frame, year: int, uscc: str) -> Iterable[Node]:
    if own.empty:
        return []
    verdict = own[own["rule"].eq(policy.id) & own["reading"].eq("")].iloc[0]
    rows = {row["reading"]: row for row in own[own["rule"].eq(policy.id)].to_dict("records")}
    routes = tuple(
        Node(
            label=route.label, words=_text(rows[route.id]["note"]), outcome=rows[route.id]["outcome"],
            source=citation(policy, route.source), origin=_figures(book, uscc, year, route.test), rule=route.id,
        )
        for route in policy.routes
        if route.id in rows
    )  # fmt: skip
    leads = tuple(_leaf(row, say("reclaim.node.signal")) for row in own[own["rule"].eq(SCREENING)].to_dict("records"))
    return [
        Node(
            label=policy.label, words=_text(verdict["note"]), outcome=verdict["outcome"], rule=policy.id,
            source=citation(policy, policy.population_source), children=(*routes, *leads),
        )
    ]  # fmt: skip


def _figures(book: "Book", uscc: str, year: int, test: Mapping[str, Any]) -> tuple[Any, ...]:
    cells: list[Any] = []
    for name in sorted(columns_of(test)):
        lag = EARLIER.match(name)
        column, back = (lag["column"], int(lag["years"])) if lag else (name, 0)
        if column in catalog()["firm_years"]:
            cells += book.origin("firm_years", (uscc, year - back), column)
    return tuple(cells)


def _cells(book: "Book", parcel_id: str, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(cell for column in columns for cell in book.origin("parcels", parcel_id, column))


def _only_off(node: Node) -> Node:
    kept = tuple(_only_off(child) for child in node.children if child.outcome in {"pass", "unknown"})
    return Node(**{**vars(node), "children": kept})


def _row(frame: Frame, column: str, value: str) -> Mapping[str, Any]:
    rows = frame[frame[column].astype(str).eq(value)]
    if rows.empty:
        raise LookupError(value)
    return dict(rows.iloc[0])


def _day(value: Any) -> str:
    return "" if pd.isna(value) else str(value.strftime("%Y-%m-%d"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
