"""收储清单 as a workbook: the two ledgers, the clock, the ways out, the order of work, and the balance behind them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import pandas as pd

from evaluation.finding import Verdicts
from evaluation.reclaim.ledger import in_order
from parcels.words import entry, say
from reports.humane import humane
from reports.workbook import Tab

Frame: TypeAlias = pd.DataFrame

PARCELS = tuple(
    """
    parcel_id zone_id holder holder_uscc location area_mu area_kind use_group idle stage idle_days legal_step
    fee_wan low_efficiency reason
""".split()
)
# the tables an officer works from: name in Verdicts.sleeping → its columns in reading order
CLOCK = tuple("parcel_id holder order deed actor step_state starts due document note source source_status".split())
PATHS = tuple("parcel_id holder way path_state why source source_status".split())
ORDER = ("priority_rank", "parcel_id", "holder", "area_mu", "idle", "stage", "legal_step", "priority")
CLUSTERS = tuple(
    "cluster parcels mu owners suspected_mu ease ease_owners ease_evidence ease_cause ease_gaps parcel_ids".split()
)
KEPT = tuple(
    f"{item}_{what}" for item in "invest output tax jobs far density coefficient".split()
    for what in ("agreed", "actual", "kept")
)  # fmt: skip
LATE = tuple(f"{name}_late_days" for name in ("start", "completion", "production", "full_output"))
PROMISES = ("parcel_id", "holder", *KEPT[:3], "invest_without", *KEPT[3:], "office_share", *LATE)
TERMS = tuple("parcel_id holder area_mu lease term term_end term_left_days term_end_if keep keep_end".split())
STAGES = tuple("stage_of_use layer parcels mu without_area".split())
ZOMBIES = tuple(
    "uscc name test zombie stage routes open_routes signals land_mu tax_wan revenue_wan assets_wan liabilities_wan"
    " year reason".split()
)
ROUTES = tuple("subject_id name outcome stage note source source_status".split())
SIGNALS = tuple("uscc name signal_label outcome measured required recent_to missing_months note".split())
# a tab's name → the file of the run that holds all its rows, where it is not frames/sleeping-<name>.parquet
FILES = {
    "ledger": "frames/ledger.parquet",
    "import": "frames/sleeping-import_sheet.parquet",
    "promises": "frames/sleeping-kept.parquet",
    "stages": "frames/sleeping-pipeline.parquet",
    "order": "parcels.csv",
    "terms": "parcels.csv",
    "routes": "findings.csv",
}
BALANCE = ("idle", "parcels", "mu", "without_area")


def reclaim_tabs(verdicts: Verdicts) -> list[Tab]:
    """Return the tabs of 收储清单; what no policy was asked for has no tab but the list itself."""
    parcels, table = verdicts.parcels, verdicts.sleeping
    listed = parcels[parcels["listed"].fillna(False).astype(bool)] if "listed" in parcels else parcels.iloc[:0]
    points = [name for name in parcels.columns if str(name).startswith("points_")]
    tabs = [
        Tab("ledger", verdicts.ledger, list(verdicts.ledger.columns)),
        Tab("import", table.get("import_sheet", pd.DataFrame()), list(table.get("import_sheet", pd.DataFrame()))),
        Tab("order", listed.sort_values(["priority_rank", "parcel_id"]), (*ORDER, *points, "priority_gaps"))
        if "priority_rank" in listed
        else Tab("order", pd.DataFrame(), ()),
        Tab("clock", with_holder(table.get("clock"), verdicts, step_state="state", deed="label"), CLOCK),
        Tab("paths", with_holder(table.get("paths"), verdicts, path_state="state", way="label"), PATHS),
        Tab("clusters", table.get("clusters", pd.DataFrame()), CLUSTERS),
        Tab("promises", promised(table.get("kept", pd.DataFrame())), PROMISES, partial(with_holder, verdicts=verdicts)),
        Tab("terms", watched(parcels), TERMS),
        Tab("stages", table.get("pipeline", pd.DataFrame()), STAGES),
        Tab("zombies", table.get("zombies", pd.DataFrame()), ZOMBIES),
        Tab("routes", routes(verdicts), ROUTES),
        Tab("signals", with_name(table.get("signals"), verdicts), SIGNALS),
    ]
    full = [_worded(tab) for tab in tabs if len(tab.frame)]
    columns = [name for name in PARCELS if name in parcels.columns]
    every = Tab(say("reports.tab.parcels"), parcels, columns, humane, "parcels.csv")
    coverage = Tab(say("reports.tab.coverage"), humane(verdicts.coverage), tuple(verdicts.coverage.columns))
    return [*full, every, Tab(say("reports.tab.balance"), balance(verdicts), BALANCE), coverage]


def ledger_of(verdicts: Verdicts, sheet: Frame, parcel_id: pd.Series) -> Frame:
    """Return the rows of a ledger (in its own shape) that are about some parcels."""
    parcels = verdicts.parcels
    stands = in_order(parcels[parcels["listed"].fillna(False).astype(bool)])["parcel_id"].reset_index(drop=True)
    return sheet.reset_index(drop=True)[stands.isin(parcel_id)]


def _worded(tab: Tab) -> Tab:
    """Return a tab that puts the rows it shows into Chinese words, signs as 有/无; the ledgers already are."""
    own, plain = tab.words, tab.name in {"ledger", "import"}
    words = own if plain else lambda rows: humane(own(rows), signs=True)
    file = FILES.get(tab.name, f"frames/sleeping-{tab.name}.parquet")
    return replace(tab, name=say(f"reports.tab.{tab.name}"), words=words, file=file)


def balance(verdicts: Verdicts) -> Frame:
    """Return how the examined parcels divide: one row a state, and all of them, in words."""
    table = verdicts.sleeping.get("balance")
    if table is None or table.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in BALANCE})
    more = {"": say("reports.balance.no"), "all": say("reports.balance.all")}
    words: Mapping[str, str] = {**entry("common.idle"), **more}
    place = {state: at for at, state in enumerate(words)}
    return table.sort_values("idle", key=lambda states: states.map(place)).assign(idle=table["idle"].map(words))


def with_holder(frame: Frame | None, verdicts: Verdicts, **renamed: str) -> Frame:
    """Return a table of parcels with the holder's name beside the code; renamed: new name = old name."""
    if frame is None or frame.empty:
        return pd.DataFrame()
    known = pd.DataFrame(verdicts.parcels[["parcel_id", "holder"]])
    holder = known.drop_duplicates("parcel_id").set_index("parcel_id")["holder"]
    plain = frame.rename(columns={old: new for new, old in renamed.items()})
    return plain.assign(holder=frame["parcel_id"].map(holder))


def with_name(frame: Frame | None, verdicts: Verdicts, key: str = "uscc") -> Frame:
    """Return a table of firms with the firm's name beside the code."""
    if frame is None or frame.empty:
        return pd.DataFrame()
    names = verdicts.firms.drop_duplicates("uscc").set_index("uscc")["name"]
    return frame.assign(name=frame[key].map(names))


def routes(verdicts: Verdicts) -> Frame:
    """Return the findings about zombie firms, route by route."""
    found = verdicts.findings[verdicts.findings["rule"].astype(str).str.startswith("zombie")]
    return with_name(found, verdicts, "subject_id")


def promised(kept: Frame) -> Frame:
    """Return the parcels about which something was agreed or something is late."""
    told = [name for name in kept if str(name).endswith(("_agreed", "_late_days")) or name == "office_share"]
    return kept[kept[told].notna().any(axis=1)] if told else kept


def broken(kept: Frame) -> Frame:
    """Return the parcels of `promised` where a figure agreed is not reached or a day agreed is passed."""
    less = (kept[[name for name in KEPT if name.endswith("_kept")]] < 1).any(axis=1)
    return kept[less | (kept[list(LATE)] > 0).any(axis=1)]


def watched(parcels: Frame) -> Frame:
    """Return leased parcels, and those whose term or keep-use ends soon or is over; before its end it is no fault."""
    if "term" not in parcels:
        return pd.DataFrame()
    soon = parcels["term"].isin(["watch", "expired"]) | parcels["keep"].ne("") | parcels["lease"]
    return parcels[soon.fillna(False).astype(bool)]
