"""Appraisals in a row: scores to reach, ranks not to have; a missing cycle is unknown (POLICY §9)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from evaluation.expansion.leaf import Blocked, blocked
from evaluation.policy.expansion import AppraisalRule, ExpansionCondition, ExpansionPolicy
from gis.measure import half_up
from parcels.words import say

Frame: TypeAlias = pd.DataFrame
DECIMALS = 4
COLUMNS = ("zone_id", "outcome", "measured", "required", "unit", "note", "cure", "source", "cycles")


@dataclass(frozen=True)
class Cycles:
    """The appraisals a rule looks at: one row a zone × wanted cycle, blank where none was delivered."""

    wanted: tuple[int, ...]
    rows: Frame  # zone_id, cycle, cycle_years, group, score, rank, zones_ranked, result, listed, tied, there
    zones: list[str]

    def wide(self, column: str) -> Frame:
        """Return a column as zone × cycle."""
        cells = self.rows[column].to_numpy().reshape(len(self.zones), len(self.wanted))
        return pd.DataFrame(cells, index=self.zones, columns=list(self.wanted))


def judge(
    appraisals: Frame,
    zones: Sequence[str],
    policy: ExpansionPolicy,
    condition: ExpansionCondition,
    as_of: dt.date,
    year: int,
) -> Frame:
    """Return COLUMNS, one row a zone: the appraisal condition of a policy on a day, cycles up to `year`."""
    rule = condition.appraisal
    names = list(zones)
    if rule is None or rule.kind is None:
        return _unknown(names, say("zone.docket.no_appraisal"), say("zone.cure.province"), condition.source)
    stop = blocked(
        policy, rule.dated, condition.source, as_of, needed=rule.kind in {"consecutive_score", "bottom_ranks"}
    )
    cycles = collect(appraisals, names, rule, year)
    judged = JUDGES[rule.kind](cycles, rule, stop)
    judged = judged.assign(source=stop.source, cycles=";".join(map(str, cycles.wanted)))
    if stop.why:
        notes = [f"{stop.why}；{note}" if note else stop.why for note in judged["note"]]
        judged = judged.assign(outcome="unknown", note=notes, cure=say("zone.cure.province") if stop.fillable else "")
    return judged[list(COLUMNS)]


def collect(appraisals: Frame, zones: list[str], rule: AppraisalRule, year: int) -> Cycles:
    """Return the wanted cycles in order of time, the last ending in the data year or less than a cycle before."""
    table = appraisals.dropna(subset=["cycle"]).astype({"cycle": "int64"})
    span = rule.cycle_years
    recent = table.loc[(table["cycle"] <= year) & (table["cycle"] > year - span), "cycle"]
    last = int(recent.max()) if len(recent) else year
    count = rule.consecutive + (1 if rule.kind == "falls" else 0)
    wanted = tuple(last - span * back for back in reversed(range(count)))
    place = ["cycle", "group"] if rule.grouped else ["cycle"]
    grouped = table.assign(group=table["group"].astype("str").where(table["group"].notna()).astype("str"))
    listed, tied = (
        grouped.groupby(alike, dropna=False)["rank"].transform("count") for alike in (place, [*place, "rank"])
    )
    counted = grouped.assign(listed=listed.where(listed > 0), tied=tied.where(tied > 0), there=True)
    rows = counted[counted["cycle"].isin(wanted)].drop_duplicates(["zone_id", "cycle"]).set_index(["zone_id", "cycle"])
    grid = pd.MultiIndex.from_product([zones, wanted], names=["zone_id", "cycle"])
    columns = ["cycle_years", "group", "score", "rank", "zones_ranked", "result", "listed", "tied", "there"]
    found = rows.reindex(index=grid, columns=columns)
    return Cycles(wanted, found.assign(there=found["there"].notna()).reset_index(), zones)


def _consecutive_score(cycles: Cycles, rule: AppraisalRule, stop: Blocked) -> Frame:
    """考核得分连续 n 个周期不低于 t: pass only with every cycle there; a missing one is unknown, never fail."""
    scores = cycles.wide("score").astype("float64")
    known = scores.notna().all(axis=1) & ~_other_span(cycles, rule)
    least = half_up(scores.min(axis=1), DECIMALS)
    t = stop.required
    outcome = np.select([~known, least >= t, least < t], ["unknown", "pass", "fail"], "unknown")
    cure = [_score_cure(scores.loc[zone], kind, t, rule) for zone, kind in zip(cycles.zones, outcome, strict=True)]
    note = [_scores(scores.loc[zone]) for zone in cycles.zones]
    return _frame(cycles, outcome, least, t, "分", _with_span(cycles, rule, note), cure)


def _score_cure(scores: pd.Series, outcome: str, t: float, rule: AppraisalRule) -> str:
    if outcome == "pass":
        return ""
    if outcome == "unknown":
        return say("zone.cure.score_missing", cycles=_gaps(scores))
    reached = (scores >= t).to_numpy()[::-1]
    run = int(np.argmin(reached)) if not reached.all() else len(reached)
    first = int(str(scores.index[-1])) + rule.cycle_years * (rule.consecutive - run)
    key = "zone.cure.score_next" if rule.consecutive - run == 1 else "zone.cure.score"
    return say(key, t=_plain(t), n=rule.consecutive, first=first)


def _bottom_ranks(cycles: Cycles, rule: AppraisalRule, stop: Blocked) -> Frame:
    """连续 n 次排名最后 k 位: the signs are there only if every cycle's rank is in the last k for certain."""
    k = stop.required
    rows = cycles.rows
    rank, ranked = rows["rank"].astype("float64"), rows["zones_ranked"].astype("float64")
    cut = ranked - k
    ends = rank + rows["tied"].astype("float64").fillna(1) - 1
    unplaced = rank.isna() | ranked.isna() | (rule.grouped & rows["group"].isna())
    exempt = rows["group"].isin(rule.groups_exempt)
    bottom = np.select([exempt, unplaced, rank > cut, ends <= cut], [0.0, np.nan, 1.0, 0.0], np.nan)
    state = rows.assign(bottom=bottom).pivot(index="zone_id", columns="cycle", values="bottom").reindex(cycles.zones)
    sure = state.notna().all(axis=1) & (
        ~_other_span(cycles, rule) | exempt.groupby(rows["zone_id"]).all().reindex(cycles.zones)
    )
    outcome = np.select([~sure, (state == 1).all(axis=1)], ["unknown", "fail"], "pass")
    words = pd.Series([_placed(row, k, rule) for row in rows.to_dict("records")], index=rows.index)
    note = words.groupby(rows["zone_id"]).agg("；".join).reindex(cycles.zones).to_list()
    last = cycles.wide("rank")[cycles.wanted[-1]].astype("float64")
    most = cycles.wide("zones_ranked")[cycles.wanted[-1]].astype("float64") - k
    short = (last - most).clip(lower=0)
    cure = _rank_cures(
        list(outcome), [say("zone.cure.rank", places=_plain(short[z]), k=_plain(k)) for z in cycles.zones]
    )
    return _frame(cycles, outcome, last, most, "名", _with_span(cycles, rule, note), cure)


def _result_not(cycles: Cycles, rule: AppraisalRule, _stop: Blocked) -> Frame:
    """考核结果不属于所列结果: a blank result is unknown."""
    result = cycles.wide("result")[cycles.wanted[-1]].astype(object)
    bad = result.isin(rule.results)
    outcome = np.select([result.isna(), bad], ["unknown", "fail"], "pass")
    note = [
        say("zone.appraisal.missing", cycle=cycles.wanted[-1])
        if pd.isna(said)
        else say("zone.appraisal.result", cycle=cycles.wanted[-1], result=said)
        for said in result
    ]
    cure = [
        {
            "pass": "",
            "fail": say("zone.cure.result", results="、".join(rule.results)),
            "unknown": say("zone.cure.score_missing", cycles=cycles.wanted[-1]),
        }[kind]
        for kind in outcome
    ]
    nothing = pd.Series(np.nan, index=result.index)
    return _frame(cycles, outcome, nothing, nothing, "无", note, cure)


def _falls(cycles: Cycles, rule: AppraisalRule, _stop: Blocked) -> Frame:
    """连续 n 年退位: every step to a larger rank is the sign; a missing rank is unknown."""
    ranks = cycles.wide("rank").astype("float64")
    steps = ranks.diff(axis=1).iloc[:, 1:]
    known = ranks.notna().all(axis=1) & ~_other_span(cycles, rule)
    outcome = np.select([~known, (steps > 0).all(axis=1)], ["unknown", "fail"], "pass")
    note = [_ranks(ranks.loc[zone]) for zone in cycles.zones]
    cure = _rank_cures(list(outcome), [say("zone.cure.falls")] * len(outcome))
    return _frame(cycles, outcome, ranks[cycles.wanted[-1]], ranks[cycles.wanted[-2]], "名", note, cure)


JUDGES = {
    "consecutive_score": _consecutive_score,
    "bottom_ranks": _bottom_ranks,
    "result_not": _result_not,
    "falls": _falls,
}


def _rank_cures(outcome: Sequence[str], failing: list[str]) -> list[str]:
    unknown = say("zone.cure.rank_missing")
    cures = {"pass": [""] * len(failing), "unknown": [unknown] * len(failing), "fail": failing}
    return [cures[kind][at] for at, kind in enumerate(outcome)]


def _frame(
    cycles: Cycles, outcome: object, measured: pd.Series, required: object, unit: str, note: object, cure: object
) -> Frame:
    frame = pd.DataFrame({"zone_id": cycles.zones, "outcome": outcome, "unit": unit, "note": note, "cure": cure})
    needed = required.to_numpy() if isinstance(required, pd.Series) else required
    return frame.assign(measured=measured.to_numpy(dtype="float64"), required=needed)


def _unknown(zones: list[str], note: str, cure: str, source: str) -> Frame:
    frame = pd.DataFrame({"zone_id": zones, "outcome": "unknown", "note": note, "cure": cure, "source": source})
    return frame.assign(measured=np.nan, required=np.nan, unit="", cycles="")[list(COLUMNS)]


def _other_span(cycles: Cycles, rule: AppraisalRule) -> pd.Series:
    """Return the zones whose stated cycle length is not the rule's: twice is not two years (POLICY §9.2)."""
    stated = cycles.wide("cycle_years").astype("float64")
    return (stated.notna() & (stated != rule.cycle_years)).any(axis=1)


def _with_span(cycles: Cycles, rule: AppraisalRule, notes: list[str]) -> list[str]:
    words = say("zone.appraisal.span", n=rule.cycle_years)
    other = _other_span(cycles, rule)
    return [f"{note}；{words}" if apart else note for note, apart in zip(notes, other, strict=True)]


def _scores(row: pd.Series) -> str:
    return "；".join(
        say("zone.appraisal.missing", cycle=cycle)
        if np.isnan(score)
        else say("zone.appraisal.awaited", cycle=cycle)
        if np.isinf(score)
        else say("zone.appraisal.score", cycle=cycle, score=_plain(score))
        for cycle, score in row.items()
    )


def _ranks(row: pd.Series) -> str:
    return "；".join(
        say("zone.appraisal.missing", cycle=cycle)
        if np.isnan(rank)
        else say("zone.appraisal.place", cycle=cycle, rank=_plain(rank))
        for cycle, rank in row.items()
    )


def _gaps(row: pd.Series) -> str:
    return "、".join(str(cycle) for cycle, score in row.items() if np.isnan(score))


def _placed(row: dict[str, object], k: float, rule: AppraisalRule) -> str:
    """Say the rank with k of n, ties, an incomplete list, an unranked member, an exempt group."""
    cycle = row["cycle"]
    if not row["there"]:
        return say("zone.appraisal.missing", cycle=cycle)
    if row["group"] in rule.groups_exempt:
        return say("zone.appraisal.exempt", cycle=cycle, group=row["group"])
    if pd.isna(row["rank"]):
        return say("zone.appraisal.unranked", cycle=cycle)
    if pd.isna(row["zones_ranked"]):
        return say("zone.appraisal.no_n", cycle=cycle)
    rank, n, listed, tied = (float(str(row[name])) for name in ("rank", "zones_ranked", "listed", "tied"))
    words = say("zone.appraisal.rank", cycle=cycle, rank=_plain(rank), n=_plain(n), k=_plain(k))
    if rule.grouped:
        words += (
            say("zone.appraisal.no_group")
            if row["group"] is None or pd.isna(row["group"])
            else say("zone.appraisal.group", group=row["group"])
        )
    if tied > 1:
        words += say("zone.appraisal.tied", m=int(tied))
        if rank <= n - k < rank + tied - 1:
            words += say("zone.appraisal.straddles")
    if listed < n:
        words += say("zone.appraisal.partial", listed=int(listed), n=_plain(n))
    return words


def _plain(number: float) -> str:
    return f"{number:g}"
