"""Low-efficiency land: each policy's facets over holder and parcel, three-valued (POLICY §5, §10)."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation import logic
from evaluation.finding import piled
from evaluation.policy.model import columns_of, in_force, source_decides
from evaluation.policy.reclaim import Control, Facet, LowEfficiencyPolicy
from evaluation.reclaim import firms as years
from evaluation.reclaim.findings import finding, signs
from evaluation.reclaim.sentences import joined
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import remembered
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
RULE = "low_efficiency"
DECIMALS = 4


def firm_figures(firms: Frame, firm_years: Frame, land: Frame, policy: LowEfficiencyPolicy | None, year: int) -> Frame:
    """Return one row a firm: years.frame plus land_mu, tax_per_mu, tax_all_per_mu, output_per_mu, industry mean, tier.

    industry_tax_per_mu is Σ tax ÷ Σ land over the delivered firms of the 大类 whose tax and land are known (declared:
    the text does not say how its 行业平均 is formed); relative_tax is the firm's value ÷ it.
    """
    wanted = (
        set[str]().union(*(columns_of(facet.test) for facet in policy.facets if facet.test)) if policy else set[str]()
    )
    frame = years.frame(firms, firm_years, year, wanted, policy.tax_adds_back if policy else ())
    return _per_mu(frame, pd.DataFrame(land[["uscc", "land_mu"]]), policy.tiers if policy else {})


@remembered()
def _per_mu(frame: Frame, land: Frame, tiers: Mapping[str, str]) -> Frame:
    """Return years.frame with what firm_figures adds to it."""
    mu = frame["uscc"].map(land.drop_duplicates("uscc").set_index("uscc")["land_mu"]).astype("float64")
    mu = mu.where(mu > 0)
    tax = frame["tax_all_wan"]
    both = tax.notna() & mu.notna() & frame["division"].notna()
    sums = pd.DataFrame({"tax": tax, "mu": mu})[both].groupby(frame.loc[both, "division"]).sum()
    mean = half_up(frame["division"].map(sums["tax"] / sums["mu"]).astype("float64"), DECIMALS)
    per_mu = half_up((tax / mu).astype("float64"), DECIMALS)
    return frame.assign(
        land_mu=half_up(mu, DECIMALS),
        tax_per_mu=half_up((frame["tax_wan"] / mu).astype("float64"), DECIMALS),
        tax_all_per_mu=per_mu,
        output_per_mu=half_up((frame["output_wan"] / mu).astype("float64"), DECIMALS),
        industry_tax_per_mu=mean,
        relative_tax=half_up(per_mu / mean.where(mean > 0), DECIMALS),
        tier=frame["zone_id"].map(tiers),
    )


def judge(parcels: Frame, figures: Frame, policy: LowEfficiencyPolicy, as_of: pd.Timestamp) -> tuple[Frame, Frame]:
    """Return (one row a parcel: low_efficiency, facets, reason; the findings of this policy).

    `parcels` carries the columns of the parcels table, use_group, idle and performance.measured; `figures` is
    firm_figures. A parcel takes its registered holder's figures: the owner answers for what is leased out.
    """
    firms = figures.reset_index(drop=True)
    table = _with_holder(parcels, firms)
    truths, found = {}, []
    standing = in_force(policy, as_of.date()) == "生效"
    for facet in policy.facets:
        truth = _facet(facet, firms if facet.subject == "firm" else table, policy, standing=standing)
        found.append(_finding(facet, firms if facet.subject == "firm" else table, truth, policy))
        if facet.subject == "firm":
            truth = _of_holder(truth, firms, table)
        truths[facet.id] = truth
    for control in policy.controls:
        truth, least = _control(control, table, policy, standing=standing)
        found.append(_control_finding(control, table, truth, least, policy))
        truths[control.id] = truth
    counted = {one.id: truths[one.id] for one in _every(policy) if _counts(one, policy)}
    verdict = _combined(counted, table, policy)
    result = pd.DataFrame({
        "parcel_id": table["parcel_id"],
        "low_efficiency": signs(verdict).where(_within(table, policy).fillna(True), ""),
        "policy": policy.id,
        **{f"facet_{name}": truth for name, truth in truths.items()},
    })
    reason = _reason(result, policy, as_of, standing=standing)
    found.append(_verdict_finding(result, policy, reason))
    return result.assign(reason=reason).set_axis(parcels.index), piled(found)


def together(judged: Mapping[str, Frame], index: pd.Index) -> Frame:
    """Return low_efficiency over several policies: fail if one says so, else unknown if one cannot say, else pass."""
    blank = pd.Series("", index=index, dtype=TEXT)
    if not judged:
        return pd.DataFrame({"low_efficiency": blank, "low_reason": blank})
    said = pd.DataFrame({name: frame["low_efficiency"].reindex(index) for name, frame in judged.items()})
    table = [said.eq("fail").any(axis=1), said.eq("unknown").any(axis=1), said.eq("pass").any(axis=1)]
    word = pd.Series(np.select(table, ["fail", "unknown", "pass"], ""), index=index)
    parts = [frame["reason"].where(frame["low_efficiency"].eq("fail"), "") for frame in judged.values()]
    return pd.DataFrame({"low_efficiency": word, "low_reason": joined(parts)})


def _with_holder(parcels: Frame, firms: Frame) -> Frame:
    """Return parcels with the holder's columns that the parcel does not have itself."""
    more = firms.drop(columns=[name for name in firms.columns if name in parcels.columns and name != "uscc"])
    table = parcels.merge(more, left_on="holder_uscc", right_on="uscc", how="left", validate="many_to_one")
    return table.assign(use_group=table["use_group"].where(table["use_group"].ne("unmapped")))


def _within(table: Frame, policy: LowEfficiencyPolicy) -> pd.Series:
    if policy.population is None:
        return pd.Series(True, index=table.index, dtype="boolean")
    return logic.test(policy.population, table)


def _combined(truths: Mapping[str, pd.Series], table: Frame, policy: LowEfficiencyPolicy) -> pd.Series:
    if not truths:
        return pd.Series(pd.NA, index=table.index, dtype="boolean")
    least = 1 if policy.combine == "any" else len(truths)
    return logic.at_least(least, list(truths.values()), table) & _within(table, policy)


def _facet(facet: Facet, table: Frame, policy: LowEfficiencyPolicy, *, standing: bool) -> pd.Series:
    if facet.test is None:
        return pd.Series(pd.NA, index=table.index, dtype="boolean")
    truth = logic.test(facet.test, table)
    return truth if standing and source_decides(policy, facet.source) else truth.mask(truth.notna(), pd.NA)


def _of_holder(truth: pd.Series, firms: Frame, table: Frame) -> pd.Series:
    by_firm = pd.Series(truth.to_numpy(), index=firms["uscc"], dtype="boolean")
    return table["holder_uscc"].map(by_firm).astype("boolean")


def _control(
    control: Control, table: Frame, policy: LowEfficiencyPolicy, *, standing: bool
) -> tuple[pd.Series, pd.Series]:
    """Return whether a control is missed, and the bound of each row (blank where the industry's edition is another)."""
    bound = control.at_least if control.at_least is not None else control.at_most
    least = pd.Series(np.nan if bound is None else bound, index=table.index, dtype="float64")
    if control.by_division is not None:
        edition = table["industry_edition"].astype(TEXT).str.extract(r"(\d{4})", expand=False)
        least = table["division"].map(control.by_division).where(edition.eq(control.edition)).astype("float64")
    value = table[control.column].astype("float64")
    worse = value > least if control.at_most is not None else value < least
    truth = worse.astype("boolean").mask(value.isna() | least.isna(), pd.NA)
    if control.by_division is not None:  # a division the table does not list has no minimum
        unlisted = edition.eq(control.edition) & table["division"].notna() & least.isna()
        truth = truth.mask(unlisted.fillna(False), False)
    decides = standing and source_decides(policy, control.source)
    return (truth if decides else truth.mask(truth.notna(), pd.NA)), least


def _every(policy: LowEfficiencyPolicy) -> list[Facet | Control]:
    return [*policy.facets, *policy.controls]


def _counts(one: Facet | Control, policy: LowEfficiencyPolicy) -> bool:
    """Return whether a facet is part of the verdict: not the key list within it, nor an unverified one."""
    return source_decides(policy, one.source) and not (isinstance(one, Facet) and one.key_list)


def _stage(outcome: pd.Series) -> pd.Series:
    return outcome.map({"fail": "suspected"}).fillna("")


def _finding(facet: Facet, table: Frame, truth: pd.Series, policy: LowEfficiencyPolicy) -> Frame:
    key = "uscc" if facet.subject == "firm" else "parcel_id"
    outcome = signs(truth)
    measured = table[facet.measured] if facet.measured else np.nan
    required = facet.required if facet.required is not None else np.nan
    return finding(
        policy, facet.source, facet.subject, table[key], RULE, f"{policy.id}:{facet.id}", outcome,
        stage=_stage(outcome), measured=measured, required=required, unit=facet.unit or "", note=facet.label,
    )  # fmt: skip


def _control_finding(
    control: Control, table: Frame, truth: pd.Series, least: pd.Series, policy: LowEfficiencyPolicy
) -> Frame:
    outcome = signs(truth)
    return finding(
        policy, control.source, "parcel", table["parcel_id"], RULE, f"{policy.id}:{control.id}", outcome,
        stage=_stage(outcome), measured=table[control.column], required=least, unit=control.unit, note=control.label,
    )  # fmt: skip


def _verdict_finding(result: Frame, policy: LowEfficiencyPolicy, reason: pd.Series) -> Frame:
    rows = result[result["low_efficiency"].ne("")]
    source = (policy.facets or policy.controls)[0].source
    return finding(
        policy, source, "parcel", rows["parcel_id"], RULE, policy.id, rows["low_efficiency"],
        stage=_stage(rows["low_efficiency"]), note=reason.loc[rows.index],
    )  # fmt: skip


def _reason(result: Frame, policy: LowEfficiencyPolicy, as_of: pd.Timestamp, *, standing: bool) -> pd.Series:
    if not standing:
        words = say(
            "reclaim.idle.out_of_force", policy=policy.label, as_of=as_of.strftime("%Y-%m-%d"),
            standing=in_force(policy, as_of.date()),
        )  # fmt: skip
        return pd.Series(words, index=result.index, dtype=TEXT)
    every = [one for one in _every(policy) if source_decides(policy, one.source)]
    yes, open_ = ([_where(result[f"facet_{f.id}"], f.label, wanted=w) for f in every] for w in (True, None))
    fail = say("reclaim.low.fail", policy=policy.label) + joined(yes)
    unknown = say("reclaim.low.unknown", policy=policy.label) + joined(open_)
    verdict = result["low_efficiency"]
    none = pd.Series("", index=result.index, dtype=TEXT)
    return none.mask(verdict.eq("unknown"), unknown).mask(verdict.eq("fail"), fail)


def _where(truth: pd.Series, label: str, *, wanted: bool | None) -> pd.Series:
    here = truth.isna() if wanted is None else truth.eq(wanted).fillna(False)
    return here.map({True: label, False: ""}).astype(TEXT)
