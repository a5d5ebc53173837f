"""Firms that look like zombies by a policy's routes: always 疑似, the listing is an authority's (POLICY §4)."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from evaluation import logic
from evaluation.finding import piled
from evaluation.policy.model import columns_of, in_force, source_decides
from evaluation.policy.reclaim import Route, ZombiePolicy
from evaluation.reclaim import firms as years
from evaluation.reclaim.findings import finding, signs
from evaluation.reclaim.sentences import joined
from parcels.columns import TEXT, catalog
from parcels.words import say

Frame: TypeAlias = pd.DataFrame

ZOMBIE_COLUMNS = (
    "uscc", "name", "policy", "test", "zombie", "stage", "routes", "open_routes", "signals", "land_mu", "tax_wan",
    "revenue_wan", "assets_wan", "liabilities_wan", "year", "reason",
)  # fmt: skip


def judge(
    firms: Frame, firm_years: Frame, policy: ZombiePolicy, year: int, as_of: pd.Timestamp, land: Frame | None = None
) -> Frame:
    """Return one row a firm of the policy's population (or that may be of it): ZOMBIE_COLUMNS and a truth a route.

    zombie: fail = enough routes hold, pass = not enough can, unknown = figures or words of the text are missing.
    Firms known to be outside the population have no row. `land` is parcels.holdings.firm_land's frame.
    """
    table = years.frame(firms, firm_years, year, columns(policy))
    within = logic.test(policy.population, table)
    if not source_decides(policy, policy.population_source):
        within = within.mask(within.notna(), pd.NA)
    kept = table[within.fillna(True)].reset_index(drop=True)
    within = within[within.fillna(True)].reset_index(drop=True)
    truths = {route.id: holds(route, kept, policy) for route in policy.routes}
    enough = logic.at_least(policy.at_least, list(truths.values()), kept) & within
    if in_force(policy, as_of.date()) != "生效":
        enough = enough.mask(enough.notna(), pd.NA)
    result = kept[["uscc", "name", "tax_wan", "revenue_wan", "assets_wan", "liabilities_wan"]].assign(
        year=year,
        policy=policy.id,
        test=policy.label,
        zombie=signs(enough),
        stage=enough.map({True: "suspected"}).astype(object).where(enough.fillna(False), ""),
        signals="",
        routes=_listed(truths, policy, wanted=True),
        open_routes=_listed(truths, policy, wanted=None),
        **{f"route_{name}": truth for name, truth in truths.items()},
        **{f"missing_{route.id}": missing(route, kept) for route in policy.routes},
    )
    result["land_mu"] = result["uscc"].map(land.set_index("uscc")["land_mu"]) if land is not None else float("nan")
    return result.assign(reason=_reason(result, policy, as_of))


def columns(policy: ZombiePolicy) -> set[str]:
    """Return every column the policy's tests read."""
    trees = [policy.population, *(tree for route in policy.routes for tree in (route.test, route.plainly) if tree)]
    return set[str]().union(*(columns_of(tree) for tree in trees))


def holds(route: Route, table: Frame, policy: ZombiePolicy) -> pd.Series:
    """Return whether a route holds: words of the text without a number keep it unknown where it else would hold."""
    truth = logic.test(route.test, table)
    plain = logic.test(route.plainly, table).fillna(False) if route.plainly else pd.Series(False, index=table.index)
    if route.and_not_seen:
        truth = truth.mask(truth.fillna(True) & ~plain, pd.NA)
    return truth if source_decides(policy, route.source) else truth.mask(truth.notna(), pd.NA)


def missing(route: Route, table: Frame) -> pd.Series:
    """Return the Chinese names of the figures a route reads that a firm lacks, joined by 、."""
    names = sorted(columns_of(route.test) | (columns_of(route.plainly) if route.plainly else set()))
    absent = pd.Series("", index=table.index, dtype=TEXT)
    for name in names:
        comma = absent.ne("").map({True: "、", False: ""}).astype(TEXT)
        absent = (absent + comma + label(name)).where(table[name].isna(), absent)
    return absent


def label(column: str) -> str:
    """Return the heading of a test's column, with its year where it is an earlier one."""
    lag = years.EARLIER.match(column)
    plain, table = (lag["column"], "firm_years") if lag else (column, "firm_years")
    known: Mapping[str, Any] = {**catalog()["firms"], **catalog()[table]}
    name = known[plain].name if plain in known else say(f"reclaim.derived.{plain}")
    return say("reclaim.zombie.earlier", name=name, years=lag["years"]) if lag else name


def findings(judged: Frame, policy: ZombiePolicy) -> Frame:
    """Return a finding a route (reading = its id) and one of the verdict (reading empty); rule = the policy's id."""
    parts = [
        finding(
            policy, policy.population_source, "firm", judged["uscc"], policy.id, "", judged["zombie"],
            stage=judged["stage"], note=judged["reason"],
        )
    ]  # fmt: skip
    for route in policy.routes:
        outcome = signs(judged[f"route_{route.id}"])
        parts.append(
            finding(
                policy, route.source, "firm", judged["uscc"], policy.id, route.id, outcome,
                stage=outcome.map({"fail": "suspected"}).fillna(""), note=_route_note(route, judged),
            )
        )  # fmt: skip
    return piled(parts)


def _route_note(route: Route, judged: Frame) -> pd.Series:
    index = judged.index
    absent = judged[f"missing_{route.id}"]
    lacks = (say("reclaim.zombie.lacks") + absent).where(absent.ne(""), "")
    unseen = say("reclaim.zombie.not_seen", words="、".join(route.and_not_seen)) if route.and_not_seen else ""
    plain, words = (pd.Series(text, index=index, dtype=TEXT) for text in (route.label, unseen))
    dated = pd.Series([say("reclaim.zombie.of_year", year=year) for year in judged["year"]], index=index, dtype=TEXT)
    return joined([plain, dated, lacks, words])


def _listed(truths: Mapping[str, pd.Series], policy: ZombiePolicy, *, wanted: bool | None) -> pd.Series:
    parts = []
    for route in policy.routes:
        truth = truths[route.id]
        here = truth.isna() if wanted is None else truth.eq(wanted).fillna(False)
        parts.append(here.map({True: route.label, False: ""}).astype(TEXT))
    return joined(parts)


def _reason(judged: Frame, policy: ZombiePolicy, as_of: pd.Timestamp) -> pd.Series:
    standing = in_force(policy, as_of.date())
    index = judged.index
    if standing != "生效":
        day = as_of.strftime("%Y-%m-%d")
        words = say("reclaim.idle.out_of_force", policy=policy.label, as_of=day, standing=standing)
        return pd.Series(words, index=index, dtype=TEXT)
    count = say("reclaim.zombie.of", n=policy.at_least, all=len(policy.routes))
    yes = say("reclaim.zombie.fail", rule=count) + judged["routes"]
    open_ = say("reclaim.zombie.unknown", rule=count) + judged["open_routes"]
    none = pd.Series(say("reclaim.zombie.pass", rule=count), index=index, dtype=TEXT)
    return none.mask(judged["zombie"].eq("unknown"), open_).mask(judged["zombie"].eq("fail"), yes)
