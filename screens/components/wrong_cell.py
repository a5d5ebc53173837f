"""Which cell is to be corrected: taken from a fault, or said by table, row and column; and what stands in it."""

from collections.abc import Container, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from casework import corrections
from casework.corrections import Cell, Standing
from casework.workspace import Run
from parcels.columns import Column, catalog
from parcels.corrections import SEPARATOR
from parcels.words import entry, say
from reports.card import figure, place
from screens.components import trials


def take_from(run: Run, fault: Mapping[str, Any] | None) -> None:
    """Point the choice at the cell of a fault that was clicked just now; what is chosen by hand later stays."""
    if fault is None:
        return
    said = (run.folder.name, *(str(fault[name]) for name in ("file", "sheet", "row", "column", "code")))
    if st.session_state.get("correct-from") != said:
        cell = trials.cell_of(run, fault)
        st.session_state.update({"correct-from": said, "correct-cell": cell})
        _point_at(cell)
    cell = st.session_state["correct-cell"]
    if cell is None or not cell.column:
        st.info(say("screens.correct.no_cell" if cell is None else "screens.correct.no_column"))


def _point_at(cell: Cell | None) -> None:
    if cell is None:
        return
    parts = dict(zip(corrections.key_columns(cell.table), cell.key.split(SEPARATOR), strict=True))
    keyed = {_key(cell.table, name): int(part) if name in corrections.PLACE else part for name, part in parts.items()}
    column = {_key(cell.table, "column"): cell.column} if cell.column else {}
    st.session_state.update({"correct-table": cell.table, **keyed, **column})


def chosen(outline: trials.Outline) -> Cell | None:
    """Draw the choice of table, row and column; return the cell, None until all are said."""
    names = entry("parcels.table")
    left, *places, right = st.columns(4)
    _of_this_run("correct-table", outline.tables)
    table = left.selectbox(
        say("screens.correct.table"), outline.tables, index=None, format_func=names.__getitem__, placeholder="—",
        key="correct-table",
    )  # fmt: skip
    if table is None:
        return None
    keys = corrections.key_columns(table)
    parts = [_part(outline, table, name, at) for name, at in zip(keys, places, strict=False)]
    known = corrections.correctable(table)
    column = right.selectbox(
        say("screens.correct.column"), list(known), index=None, format_func=lambda one: known[one].name,
        placeholder="—", key=_key(table, "column"),
    )  # fmt: skip
    return Cell(table, corrections.key_of(table, parts), column) if column and all(parts) else None


def _of_this_run(key: str, options: Container[Any]) -> None:
    """Forget a choice made for another run that this one does not have."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)


def _part(outline: trials.Outline, table: str, name: str, at: Any) -> str:
    """Draw one part of a row's key; a row without a key is named by its sheet and the number of its row."""
    if name == "_source":
        mine = outline.sheets[outline.sheets["table"].eq(table)]
        words = {
            int(source): f"{file} {sheet}"
            for source, file, sheet in zip(mine["source_id"], mine["file"], mine["sheet"], strict=True)
        }
        label = say("screens.correct.sheet")
        _of_this_run(_key(table, name), words)
        return str(at.selectbox(label, list(words), format_func=words.__getitem__, key=_key(table, name)))
    if name == "_row":
        row = at.number_input(
            say("screens.correct.row"), min_value=1, value=None, step=1, placeholder="—", key=_key(table, name)
        )
        return "" if row is None else str(int(row))
    return str(at.text_input(catalog()[table][name].name, key=_key(table, name))).strip()


def stands(cell: Cell, there: Standing) -> None:
    """Draw the cell as it was delivered and as it is used now."""
    if not there.there:
        st.warning(say("screens.correct.no_row", table=entry("parcels.table")[cell.table], key=cell.key))
        return
    for origin in there.origin:
        raw = "" if origin.raw else say("screens.correct.blank")
        unit = say("screens.correct.unit", unit=unit_words(origin.unit_from)) if origin.unit_from else ""
        by_hand = origin.file == say("parcels.corrections")
        st.text(say(f"screens.correct.{'earlier' if by_hand else 'delivered'}", place=place(origin) + raw + unit))
    if not there.origin:
        st.text(say("screens.correct.not_delivered"))
    st.text(say("screens.correct.now", value=_shown(catalog()[cell.table][cell.column], there.value)))


def _shown(column: Column, value: Any) -> str:
    if value is None or pd.isna(value):
        return say("screens.correct.unknown")
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    return f"{figure(value)} {unit_of(column)}".strip()


def unit_of(column: Column) -> str:
    """Return the unit a column is kept in, in words; '' for what has none."""
    return unit_words(column.unit)


def unit_words(unit: str) -> str:
    """Return a unit as people write it."""
    return str(entry("parcels.unit").get(unit, unit))


def _key(table: str, name: str) -> str:
    return f"correct-{table}-{name}"
