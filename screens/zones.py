"""开发区体检: each threshold in every reading, with what was counted, left out, and by how many 亩 it is short."""

import streamlit as st

from parcels.words import say, word
from reports.sheets import ZONES, ZONES_SHORT
from screens.components import chosen, export, mapview, sheet, tree
from screens.components.tiling import themes

COUNTED = ("role", "code", "use_group", "area_mu")


def page() -> None:
    """Draw the ratios; choosing a row shows its polygons and its explanation."""
    run = chosen.run_or_stop()
    st.title(say("screens.page.zones"))
    st.caption(say("screens.zones.how"))
    st.caption(say("screens.zones.readings"))
    rows = chosen.in_zone(run.verdicts.zones).rename(columns={"name": "zone_name"})
    at = sheet.show(rows, ZONES_SHORT, "zones")
    export.buttons(run, say("screens.page.zones"), rows, ZONES, chosen.filter_words())
    if at is None:
        st.info(say("screens.zones.click"))
        return
    row = rows.iloc[at]
    counted = run.verdicts.counted
    same = (
        (counted["zone_id"] == row["zone_id"]) & (counted["rule"] == row["rule"]) & (counted["basis"] == row["basis"])
    )
    picked = counted[same & (counted["reading"] == row["reading"])]
    drawing, telling = st.columns([3, 2])
    with drawing:
        if len(picked):
            mapview.draw(run, themes(run)["use"], None, None, picked)
            for role, land in picked.groupby("role"):
                st.text(f"{word('role', role)}　{land['area_mu'].astype(float).sum():.4f} 亩　{len(land)}")
    with telling:
        tree.explained(run, "zone", str(row["zone_id"]))
