"""收储清单: sleeping land with reasons, its clock, the 连片 plan, suspected zombies, promises, and the balance."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from casework.workspace import Run
from evaluation.reclaim.ledger import in_order, tests_of
from parcels.words import entry, say, word
from reports import reclaim_sheets
from screens.components import chosen, export, parcel, planner, sheet, tree

SLEEPING = ("watch", "clause1", "clause2", "late_start", "excused")
NEXT = ("next", "next_unverified")
LIST = tuple(
    """
    priority_rank holder location area_mu idle stage idle_days legal_step fee_wan low_efficiency reason cluster
    parcel_id
""".split()
)
CLOCK = tuple("holder deed actor step_state starts due document note source source_status parcel_id".split())
ZOMBIES = tuple("name zombie routes land_mu tax_wan signals open_routes revenue_wan assets_wan test uscc".split())
SIGNALS = tuple("name signal_label outcome measured required recent_to missing_months note uscc".split())


def page() -> None:
    """Draw the balance in one line, and the list with what hangs on it in tabs."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.reclaim"))
    _examined(run)
    draws: list[Callable[[Run], None]] = [_list, _clock, planner.draw, _zombies, _promises, _balance]
    for tab, draw in zip(st.tabs(entry("screens.reclaim.tabs")), draws, strict=True):
        with tab:
            draw(run)


def _examined(run: Run) -> None:
    parcels = chosen.in_zone(run.verdicts.parcels)
    parts = [
        say("screens.reclaim.part", word=word("idle", state), count=len(rows), mu=f"{rows['area_mu'].sum():.4f}")
        for state in entry("common.idle")
        if len(rows := parcels[parcels["idle"].eq(state)])
    ]
    if parts:
        st.caption(say("screens.reclaim.examined", all=len(parcels), parts=" + ".join(parts)))


def _list(run: Run) -> None:
    parcels = chosen.in_zone(run.verdicts.parcels)
    states = list(parcels["idle"].dropna().unique())
    default = [state for state in SLEEPING if state in states]
    left, middle, right = st.columns([4, 1, 1.3], vertical_alignment="bottom")
    picked = left.multiselect(
        say("screens.reclaim.states"), states, default=default, format_func=lambda code: word("idle", code),
        placeholder=say("screens.map.only_all"),
    )  # fmt: skip
    low, held = middle.checkbox(say("screens.reclaim.low"), True), right.checkbox(say("screens.reclaim.held"), True)
    tests = tests_of(parcels)
    rows = in_order(parcels[parcels["idle"].isin(picked) | (tests["low"] & low) | (tests["zombie"] & held)])
    area = rows["area_mu"].astype(float)
    st.caption(say("screens.reclaim.sum", rows=len(rows), mu=f"{area.sum():.4f}", unknown=int(area.isna().sum())))
    at = sheet.show(rows, LIST, "reclaim")
    chosen_words = [*(word("idle", state) for state in picked)]
    chosen_words += [say(f"screens.reclaim.{name}") for name, on in (("low", low), ("held", held)) if on]
    filtered = chosen.filter_words("、".join(chosen_words))
    export.buttons(run, say("screens.page.reclaim"), rows, reclaim_sheets.PARCELS, filtered)
    _ledgers(run, rows, filtered)
    if at is None:
        st.info(say("screens.reclaim.click"))
        return
    st.divider()
    parcel.card(run, str(rows["parcel_id"].iloc[at]))


def _ledgers(run: Run, rows: pd.DataFrame, filtered: str) -> None:
    """Offer the rows that are on the list in the two shapes offices keep."""
    sheets = {"ledger": run.verdicts.ledger, "import": run.verdicts.sleeping.get("import_sheet", pd.DataFrame())}
    for place, (name, frame) in zip(st.columns(3), sheets.items(), strict=False):
        if len(frame):
            own = reclaim_sheets.ledger_of(run.verdicts, frame, rows["parcel_id"])
            label = say(f"screens.reclaim.{name}", rows=len(own))
            export.one(place, run, say(f"reports.tab.{name}"), own, filtered, label)


def _clock(run: Run) -> None:
    table = reclaim_sheets.with_holder(
        run.verdicts.sleeping.get("clock"), run.verdicts, step_state="state", deed="label"
    )
    if len(table):
        table = table[table["parcel_id"].isin(chosen.in_zone(run.verdicts.parcels)["parcel_id"])]
    if table.empty:
        st.info(say("screens.reclaim.no_clock"))
        return
    st.caption(say("screens.reclaim.clock_how"))
    only = st.toggle(say("screens.reclaim.next_only"), value=True)
    rows = table[table["step_state"].isin(NEXT)] if only else table
    rows = rows.sort_values(["due", "parcel_id", "order"], na_position="last")
    sheet.show(rows, CLOCK, "clock")
    words = say("screens.reclaim.next_only") if only else ""
    export.buttons(run, say("screens.reclaim.clock"), rows, reclaim_sheets.CLOCK, chosen.filter_words(words))
    st.caption(f"{say('reclaim.clock.mortgage')}；{say('reclaim.clock.seizure')}")


def _zombies(run: Run) -> None:
    table = run.verdicts.sleeping.get("zombies", pd.DataFrame())
    st.caption(say("screens.reclaim.zombies_how"))
    only = st.toggle(say("screens.reclaim.suspected_only"), value=True)
    rows = table[table["zombie"].eq("fail")] if only and len(table) else table
    if rows.empty:
        st.info(say("screens.reclaim.no_zombies"))
    else:
        at = sheet.show(rows, ZOMBIES, "zombies", signs=True, height=300)
        words = say("screens.reclaim.suspected_only") if only else ""
        name = say("screens.reclaim.zombies")
        export.buttons(run, name, rows, reclaim_sheets.ZOMBIES, chosen.filter_words(words))
        if at is not None:
            tree.explained(run, "firm", str(rows["uscc"].iloc[at]))
    signals = reclaim_sheets.with_name(run.verdicts.sleeping.get("signals"), run.verdicts)
    if signals.empty:
        return
    st.markdown(f"**{say('screens.reclaim.signals')}**")
    every = st.toggle(say("screens.reclaim.signals_all"), value=False)
    shown = signals if every else signals[signals["outcome"].eq("fail")]
    sheet.show(shown, SIGNALS, "signals", signs=True, height=260)


def _promises(run: Run) -> None:
    here = chosen.in_zone(run.verdicts.parcels)
    kept = reclaim_sheets.promised(reclaim_sheets.with_holder(run.verdicts.sleeping.get("kept"), run.verdicts))
    kept = kept[kept["parcel_id"].isin(here["parcel_id"])] if len(kept) else kept
    st.markdown(f"**{say('screens.reclaim.promises')}**")
    st.caption(say("screens.reclaim.promises_how"))
    only = st.toggle(say("screens.reclaim.broken_only"), value=True)
    kept = reclaim_sheets.broken(kept) if only and len(kept) else kept
    st.caption(say("screens.table.rows", rows=len(kept)))
    sheet.show(kept, reclaim_sheets.PROMISES, "promises", height=320)
    words = say("screens.reclaim.broken_only") if only else ""
    export.buttons(run, say("screens.reclaim.promises"), kept, reclaim_sheets.PROMISES, chosen.filter_words(words))
    st.markdown(f"**{say('screens.reclaim.terms')}**")
    terms = reclaim_sheets.watched(here)
    st.caption(say("screens.reclaim.terms_how") if len(terms) else say("screens.reclaim.no_terms"))
    if len(terms):
        sheet.show(terms, reclaim_sheets.TERMS, "terms", height=240)


def _balance(run: Run) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{say('screens.reclaim.balance')}**")
        sheet.show(reclaim_sheets.balance(run.verdicts), reclaim_sheets.BALANCE, "balance", height=390)
    with right:
        st.markdown(f"**{say('screens.reclaim.stages')}**")
        stages = run.verdicts.sleeping.get("pipeline", pd.DataFrame())
        if len(stages):
            sheet.show(stages, reclaim_sheets.STAGES, "stages", height=390)
    st.subheader(say("screens.reclaim.why_not"))
    asked = st.text_input(say("screens.reclaim.ask"), key="why-not").strip()
    known = run.verdicts.parcels[run.verdicts.parcels["parcel_id"].astype(str) == asked]
    if asked and known.empty:
        st.warning(say("screens.reclaim.no_such", parcel=asked))
    elif asked and bool(known["listed"].iloc[0]):
        st.info(say("screens.reclaim.is_listed", parcel=asked))
        parcel.card(run, asked)
    elif asked:
        tree.not_listed(run, asked)
