"""What follows for an idle parcel: the next legal step and the fee's arithmetic (POLICY §3.3–§3.4)."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from evaluation.policy.model import source_decides
from evaluation.policy.reclaim import Fee, IdlePolicy
from evaluation.reclaim.days import NEVER
from gis.measure import half_up

Frame: TypeAlias = pd.DataFrame
PER_CENT = 100


def follow(idle: Frame, prices_wan: pd.Series, policy: IdlePolicy, as_of: pd.Timestamp) -> Frame:
    """Return legal_step and fee_wan (万元, 4 decimals) of every row of `idle` (the frame of idle.judge).

    A lead never goes past investigate. A mixed cause is investigated first. A step whose article is unverified reads
    `unverified`. The fee needs clause 1, suspected, the holder's own cause, a price, and full years within the fee's
    bounds; a started parcel never has one (art. 12 last ¶).
    """
    suspected = idle["stage"].eq("suspected")
    first = idle["idle"].eq("clause1")
    years = full_years(idle, policy, as_of)
    owes = first & suspected & idle["cause"].eq("own")
    take = owes & (years >= policy.take_back.from_years) if policy.take_back else owes & False
    fee = owes & ~take & _in_fee_years(years, policy.fee)
    table = [
        (idle["stage"].eq("lead") | (first & suspected & idle["cause"].eq("mixed")), "investigate"),
        (take, _allowed(policy, policy.take_back.source if policy.take_back else None, "take_back")),
        (fee, _allowed(policy, policy.fee.source if policy.fee else None, "fee")),
        (first & suspected, "unverified"),
        (
            idle["idle"].eq("clause2"),
            _allowed(policy, policy.negotiate.source if policy.negotiate else None, "negotiate"),
        ),
    ]
    step = pd.Series(np.select([rows for rows, _ in table], [word for _, word in table], "none"), index=idle.index)
    share = policy.fee.share if policy.fee and source_decides(policy, policy.fee.source) else np.nan
    price = prices_wan.where(prices_wan > 0)
    return pd.DataFrame({
        "legal_step": step,
        "fee_wan": half_up((price * share).where(fee), policy.decimals),
        "years": years,
        "price_wan": prices_wan,
    })


def arithmetic(row: Mapping[str, Any], policy: IdlePolicy) -> dict[str, str]:
    """Return the figures of a fee's sum in words: price [万元], share [%], fee [万元]."""
    share = policy.fee.share if policy.fee else np.nan
    return {
        "price": f"{row['price_wan']:.{policy.decimals}f}",
        "share": f"{share * PER_CENT:g}",
        "fee": f"{row['fee_wan']:.{policy.decimals}f}",
    }


def full_years(idle: Frame, policy: IdlePolicy, as_of: pd.Timestamp) -> pd.Series:
    """Return which of the policy's bounds (0, 满一年, 满两年) is over since the agreed start, less excused days."""
    first = (policy.not_started.years if policy.not_started else None) or 0
    second = policy.take_back.from_years if policy.take_back else first
    one = idle["first_days"].ne(NEVER) & (idle["first_days"] >= idle["first_length"])
    two = one & idle["second_falls"].le(idle["start"].fillna(as_of))
    return pd.Series(np.select([two, one], [second, first], 0), index=idle.index)


def _in_fee_years(years: pd.Series, fee: Fee | None) -> pd.Series:
    if fee is None:
        return pd.Series(False, index=years.index)
    return (years >= fee.from_years) & (years < fee.below_years)


def _allowed(policy: IdlePolicy, source: str | None, step: str) -> str:
    return step if source_decides(policy, source) else "unverified"
