"""What an officer works from: the judged parcels with clusters, priority, clock, disposal paths and the two ledgers."""

from typing import TYPE_CHECKING, Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.policy.reclaim import IdlePolicy
from evaluation.reclaim import (
    clock,
    cluster,
    disposal,
    facts,
    ledger,
    low_efficiency,
    performance,
    pipeline,
    planner,
    priority,
)
from gis.measure import half_up
from parcels.columns import TEXT
from parcels.memory import ALL, remembered

if TYPE_CHECKING:
    from parcels.book import Book

Frame: TypeAlias = pd.DataFrame

DECIMALS = 4
WORST = {"pass": 0, "unknown": 1, "fail": 2}  # of several policies' words on one firm, the highest is said


@remembered(**dict.fromkeys(("firms", "firm_years", "parcels", "zones", "buildings"), ALL))
def made(
    book: "Book",
    table: Frame,
    listed: Frame,
    judged: Frame | None,
    rule: IdlePolicy | None,
    zombies: Frame,
    land: Frame,
    year: int,
    as_of: pd.Timestamp,
    ground: Frame,
) -> dict[str, Any]:
    """Return the working fields of a ReclaimResult: parcels, figures, kept, clusters, clock, paths, ledgers, balance.

    `table` is the parcels table with area and use, `listed` PARCEL_COLUMNS and idle details on the same index, `judged`
    the deciding idle policy's frame and `rule` that policy, `ground` performance.built's
    frame; without a rule there is no clock, path or priority.
    """
    firms, firm_years = book.tables["firms"], book.tables["firm_years"]
    figures, before = (low_efficiency.firm_figures(firms, firm_years, land, None, one) for one in (year, year - 1))
    known = facts.progress(table, as_of) if judged is None else judged
    kept = _kept(book, table, figures, known, judged, as_of, ground)
    whole = listed.assign(
        zombie=_zombie_of(listed["holder_uscc"], zombies[["uscc", "zombie"]]),
        unkept=_unkept(kept),
        **pipeline.stages(
            table[[*pipeline.SUPPLIED, pipeline.APPROVED]], known[[*pipeline.WORK]], listed["low_efficiency"]
        ),
        **pipeline.terms(table[[*pipeline.TERM]], as_of, rule.terms if rule is not None else None),
    )
    on = ledger.rows_of(whole)
    whole = whole.assign(listed=on, **_placed(table, whole, on, rule))
    if rule is not None and rule.priority is not None:
        whole = whole.join(priority.points(whole[on], rule.priority))
    chosen = whole[on]
    routes = disposal.paths(chosen, rule) if rule is not None else pd.DataFrame(columns=list(disposal.PATH_COLUMNS))
    ways = disposal.open_labels(routes, chosen["parcel_id"])
    fields = ledger.fields(book, whole, figures, before, ways, year)
    return {
        "parcels": whole,
        "figures": figures,
        "kept": kept,
        "clusters": planner.groups(chosen, rule.ease if rule is not None else None),
        "clock": clock.clock(judged, rule, as_of, clock.events_of(table, as_of))
        if judged is not None and rule is not None
        else pd.DataFrame(),
        "paths": routes,
        "ledger": ledger.ledger(fields),
        "import_sheet": ledger.import_sheet(fields),
        "balance": ledger.balance(pd.DataFrame(whole[["idle", "area_mu"]])),
        "pipeline": pipeline.counted(pd.DataFrame(whole[["stage_of_use", "layer", "area_mu"]])),
    }


def _kept(
    book: "Book",
    table: Frame,
    figures: Frame,
    known: Frame,
    judged: Frame | None,
    as_of: pd.Timestamp,
    ground: Frame,
) -> Frame:
    area = table[["parcel_id", "area_m2", "area_mu"]]
    kept = performance.measured(table, area, book.tables["buildings"], figures, ground)
    agreed = table["agreed_start"] if judged is None else known["agreed_start"]
    return pd.concat([kept, performance.timing(table, agreed, as_of)], axis=1).assign(parcel_id=table["parcel_id"])


@remembered()
def _zombie_of(holder: pd.Series, zombies: Frame) -> pd.Series:
    """Return fail where a policy suspects the holder, unknown where one cannot say, else pass; blank: not asked."""
    worst = zombies["zombie"].map(WORST).groupby(zombies["uscc"]).max() if len(zombies) else pd.Series(dtype=float)
    words = {number: word for word, number in WORST.items()}
    return holder.map(worst).map(words).astype(TEXT)


def _unkept(kept: Frame) -> pd.Series:
    """Return how many agreed figures (investment, output, tax) are not reached; blank where nothing agreed is known."""
    shares = kept[["invest_kept", "output_kept", "tax_kept"]]
    return (shares < 1).sum(axis=1).astype("float64").where(shares.notna().any(axis=1))


def _placed(table: Frame, whole: Frame, on: pd.Series, rule: IdlePolicy | None) -> dict[str, pd.Series]:
    """Return cluster and cluster_mu of the listed parcels (contiguous across gaps up to the policy's width)."""
    number = pd.Series(pd.NA, index=table.index, dtype="Int64")
    mu = pd.Series(np.nan, index=table.index)
    if isinstance(table, gpd.GeoDataFrame) and on.any():
        gap = rule.cluster_gap_m if rule is not None else 0.0
        shapes = table.geometry[on]
        number[on] = cluster.clusters(whole.loc[on, "parcel_id"], shapes, gap)
        mu[on] = half_up(whole.loc[on, "area_mu"], DECIMALS).groupby(number[on]).transform("sum")
    return {"cluster": number, "cluster_mu": mu}
