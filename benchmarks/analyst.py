"""The four questions as a capable analyst scripts them with geopandas and pandas: what the pipeline is timed against.

python -m benchmarks.analyst DELIVERY [calamine]; written for the demo's files, straight down, with the same rules
(demo-five, cn-idle-2012, qianxi, qinshui, demo-province) and the same care for damaged cells. It tells no faults,
no sources and no reasons. tests/test_benchmark_analyst.py compares its answers with ours.
"""

# An analyst writes one long function a question and numbers where he needs them.
# ruff: noqa: C901, PLR0911, PLR0912, PLR0915

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

YEAR, DAY = 2025, pd.Timestamp(2025, 12, 31)
MU = 10_000 / 15
GEOD = pyproj.Geod(ellps="GRS80")
CLASSES = Path(__file__).resolve().parents[1] / "parcels" / "landuse"
FIRM, PARCEL = "统一社会信用代码", "宗地代码"
WEIGHTS = {"tax": 35, "energy": 15, "clean": 15, "research": 15, "labour": 20}
SIGN = {"自有": 1, "租入": 1, "占用": 1, "租出": -1}
LEFT_OUT = {"X0": set(), "X1": {"infrastructure", "public_service", "research"}}
LEFT_OUT["X2"] = LEFT_OUT["X1"] | {"transport"}
COUNTED = {"N1": {"industrial"}, "N4": {"industrial", "storage", "mining"}}
COUNTED["N5"] = COUNTED["N4"] | {"research"}
NOT_BUILT = {"vacant", "reserved", "agricultural_facility", "non_construction"}
SLIVER_M2 = 1e-3


@dataclass
class Answers:
    """The answers: firms by uscc, parcels by parcel_id, zones by zone × rule × basis × reading, expansion."""

    firms: pd.DataFrame
    parcels: pd.DataFrame
    zones: pd.DataFrame
    expansion: pd.DataFrame


def half_up(values, decimals=4):
    """Round half away from zero, as an officer's sheet does."""
    values = np.asarray(values, dtype=float)
    return np.copysign(np.floor(np.abs(values) * 10**decimals + 0.5 + 1e-9) / 10**decimals, values)


def number(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells.astype(str).str.replace(",", ""), errors="coerce")


def day(cells: pd.Series) -> pd.Series:
    text = cells.astype(str).str.replace("年", "-").str.replace("月", "-").str.replace("日", "")
    found = pd.to_datetime(text, errors="coerce", format="mixed")
    return found.where(found.dt.year > 1901)


def area(shapes: gpd.GeoSeries) -> pd.Series:
    """Ellipsoidal areas in m²."""
    return shapes.to_crs(4490).apply(lambda g: abs(GEOD.geometry_area_perimeter(g)[0]) if g is not None else np.nan)


def years_since(dates: pd.Series) -> pd.Series:
    had = (dates.dt.month < DAY.month) | ((dates.dt.month == DAY.month) & (dates.dt.day <= DAY.day))
    return DAY.year - dates.dt.year - (~had).astype(int).where(dates.notna())


# ---- reading


def read(folder: Path, engine: str | None) -> dict[str, pd.DataFrame]:
    codes = {FIRM: str, PARCEL: str, "行业代码": str}

    def sheet(file: str, name: str, header: int, skip: int | None = None) -> pd.DataFrame:
        rows = None if skip is None else [skip]
        return pd.read_excel(folder / file, name, header=header, skiprows=rows, dtype=codes, engine=engine)

    layers = ("宗地.shp", "地类图斑.gpkg", "规划用地.gpkg", "开发区.gpkg", "建筑.gpkg", "限制区.gpkg")
    return {
        "firms": sheet("企业.xlsx", "名录", 2),
        "figures": sheet("企业.xlsx", f"{YEAR}年指标", 2, 3),
        "holdings": sheet("企业.xlsx", "用地关系", 2),
        "events": sheet("企业.xlsx", "事项", 1),
        "delays": sheet("土地事项.xlsx", "延期原因", 1),
        "agreements": sheet("土地事项.xlsx", "补充协议", 1),
        "appraisals": sheet("考核.xlsx", "考核", 1),
        "zone_years": sheet("考核.xlsx", "开发区年度", 1, 2),
    } | {Path(name).stem: gpd.read_file(folder / name) for name in layers}


def parcels_of(raw: dict) -> gpd.GeoDataFrame:
    """One row a parcel; an area that is 亩 in a ㎡ column is not known; the first known area counts."""
    book = raw["宗地"]
    book = book[book[PARCEL].notna()].drop_duplicates().copy()
    book["drawn"] = area(book.geometry.make_valid())
    stated = ["登记面积", "批准面积", "合同面积"]
    for name in stated:
        ratio = book["drawn"] / book[name]
        book[name] = book[name].where((book[name] > 0) & ~((ratio / MU - 1).abs() <= 0.05))
    one = book.groupby(PARCEL, sort=False)["drawn"].sum(min_count=1)
    book = book.drop_duplicates(PARCEL).set_index(PARCEL)
    book["drawn"] = one
    book["area_m2"] = book[[*stated, "drawn"]].bfill(axis=1).iloc[:, 0]
    for name in ("签订日期", "交地日期", "约定开工", "约定竣工", "实际开工", "实际竣工", "中止日期"):
        book[name] = day(book[name])
    return book


# ---- 1 grading


def land_of_firms(raw: dict, parcels: pd.DataFrame) -> pd.DataFrame:
    """uscc → land_mu of 自有 + 租入 + 占用 − 租出 in force on the last day of the year; unknown where a part is."""
    held = raw["holdings"]
    held = held[held[PARCEL].notna() | held[FIRM].notna()].copy()
    for name in ("起始日期", "结束日期"):
        held[name] = day(held[name])
    stated = held[held["用地方式"].isin(["自有", "占用"])][PARCEL]
    now = held[~(held["起始日期"] > DAY) & ~(held["结束日期"] < DAY)]
    titled = parcels[parcels["信用代码"].notna() & ~parcels.index.isin(stated)]
    titled = pd.DataFrame({
        FIRM: titled["信用代码"].str.upper(),
        PARCEL: titled.index,
        "用地方式": "自有",
        "basis": "titled",
    })
    halls = raw["建筑"].groupby(PARCEL)["建筑面积"].agg(lambda floors: floors.sum(skipna=False))
    floors = halls.reindex(parcels.index).fillna(parcels["建筑面积"])
    now = pd.concat([now, titled], ignore_index=True)
    whole = now["basis"].isna() & now[["用地面积", "份额", "建筑面积"]].isna().all(axis=1)
    now = now[~(whole & now.duplicated([FIRM, PARCEL, "用地方式"]))]
    parcel = now[PARCEL].map(parcels["area_m2"])
    size = now["用地面积"].fillna(now["份额"] * parcel).fillna(now["建筑面积"] / now[PARCEL].map(floors) * parcel)
    now["m2"] = size.where(now[["用地面积", "份额", "建筑面积"]].notna().any(axis=1), parcel) * now["用地方式"].map(
        SIGN
    )
    whole = whole.reindex(now.index) & now["用地方式"].notna()

    def contested(rows: pd.DataFrame) -> bool:
        net = rows["用地方式"].map(SIGN).groupby(rows[FIRM]).sum()
        return (net > 0).sum() > 1

    several = now[whole & now[PARCEL].duplicated(keep=False)]
    fights = several.groupby(PARCEL)[["用地方式", FIRM]].apply(contested)
    now.loc[whole & now[PARCEL].isin(fights.index[fights] if len(fights) else []), "m2"] = np.nan
    return now.groupby(FIRM)["m2"].agg(lambda parts: parts.sum(skipna=False)) / MU


def grades(raw: dict, parcels: pd.DataFrame) -> pd.DataFrame:
    firms = raw["firms"].dropna(subset=[FIRM]).drop_duplicates(FIRM).set_index(FIRM)
    figures = raw["figures"].dropna(subset=[FIRM]).drop_duplicates(FIRM).set_index(FIRM)
    figures = figures[figures.index.str.len() == 18]
    names = ["实缴税金", "营业收入", "工业增加值", "综合能耗", "主要污染物排放当量", "研发经费", "年平均职工人数"]
    frame = firms.join(figures[names].apply(number), how="outer").sort_index()
    frame["reported"] = frame.index.isin(figures.index)
    frame["land_mu"] = half_up(land_of_firms(raw, parcels).reindex(frame.index))
    frame["age"] = years_since(day(frame["投产日期"]))
    events = raw["events"]
    events = events[events["年度"] == YEAR]
    had = {kind: frame.index.isin(events[events["事项类型"] == kind][FIRM]) for kind in events["事项类型"].unique()}
    none = np.zeros(len(frame), dtype=bool)

    def place(firm: pd.Series) -> tuple[str | None, str]:
        if firm["规上规下"] == "规上":
            group = "above"
        elif pd.isna(firm["规上规下"]) or pd.isna(firm["land_mu"]):
            return None, "not_evaluable"
        elif firm["land_mu"] >= 3:
            group = "below"
        else:
            return None, "exempt"
        if firm["excused"]:
            return group, "exempt"
        if firm["put_off"] or str(firm["行业代码"])[:2] in {"44", "45", "46"} or firm["age"] < 2:
            return group, "T"
        return group, "not_evaluable" if pd.isna(firm["age"]) or not firm["reported"] else "evaluated"

    frame["excused"], frame["put_off"] = had.get("免评", none), had.get("暂评", none)
    placed = frame.apply(place, axis=1, result_type="expand")
    frame["population"], frame["status"] = placed[0], placed[1]
    frame["grade"] = frame["status"].where(frame["status"] == "T")
    frame["status"] = frame["status"].replace("T", "exempt")
    asked = frame[frame["status"] == "evaluated"].groupby("population", group_keys=False)
    graded = pd.concat([scored(rows, events) for _, rows in asked])
    frame = frame.join(graded)
    frame["grade"] = frame["final"].fillna(frame["grade"])
    return frame[["population", "status", "land_mu", "score", "rank", "grade_initial", "grade"]]


def scored(rows: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Points, score, rank and class of one population."""
    ratio = {
        "tax": (rows["实缴税金"], rows["land_mu"], 20.0),
        "energy": (rows["营业收入"], rows["综合能耗"], None),
        "clean": (rows["营业收入"], rows["主要污染物排放当量"], None),
        "research": (rows["研发经费"], rows["营业收入"], 0.03),
        "labour": (rows["工业增加值"], rows["年平均职工人数"], None),
    }
    total = pd.Series(0.0, index=rows.index)
    for name, (top, bottom, benchmark) in ratio.items():
        weight = WEIGHTS[name]
        value = top / bottom.where(bottom > 0)
        points = (value / (value.mean() if benchmark is None else benchmark) * weight).clip(0, 1.5 * weight)
        nothing = (bottom <= 0) & top.notna()
        points = points.fillna(points.mean()).mask(nothing, weight if name == "clean" else 0.0)
        total += points
    value = pd.to_numeric(events["数值"], errors="coerce").abs()
    bonus = value[events["事项类型"] == "加分"].groupby(events[FIRM]).sum().clip(upper=10)
    penalty = value[events["事项类型"] == "扣分"].groupby(events[FIRM]).sum()
    bonus, penalty = (one.reindex(rows.index).fillna(0.0) for one in (bonus, penalty))
    score = pd.Series(half_up(total + bonus - penalty), index=rows.index)
    rank = score.rank(method="min", ascending=False)
    cuts = [int(half_up(len(rows) * share, 0)) for share in (0.20, 0.60, 0.95, 1.00)]
    initial = pd.Series(np.searchsorted(cuts, rank), index=rows.index)
    final = initial.copy()
    for kind, firm, amount in zip(events["事项类型"], events[FIRM], events["数值"], strict=True):
        if kind == "调档" and firm in final.index:
            final[firm] = np.clip(final[firm] - int(amount), 0, 3)
    vetoed = set(events[events["事项类型"] == "否决"][FIRM])
    kept = set(events[events["事项类型"] == "保护期"][FIRM]) - vetoed
    final = final.where(~final.index.isin(vetoed), final.clip(lower=2))
    final = final.where(~final.index.isin(kept), final.clip(upper=2))
    for kind, firm, amount in zip(events["事项类型"], events[FIRM], events["数值"], strict=True):
        if kind == "人工" and firm in final.index:
            final[firm] = "ABCD".index(str(amount))
    letters = dict(enumerate("ABCD"))
    words = {"grade_initial": initial.map(letters), "final": final.map(letters)}
    return pd.DataFrame({"score": score, "rank": rank} | words)


# ---- 2 idle land


def idle(raw: dict, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """令53 art. 2, parcel by parcel."""
    agreements = raw["agreements"].assign(签订=day(raw["agreements"]["补充协议签订日期"]))
    agreements["约定"] = day(agreements["变更后约定开工"])
    newest = agreements.sort_values("签订").groupby(PARCEL)["约定"].last()
    stops = raw["delays"][raw["delays"]["原因"].isin(["政府原因", "不可抗力", "前期工作"])]
    stops = {
        code: sorted(zip(day(rows["起始日期"]), day(rows["结束日期"]).fillna(DAY), strict=True))
        for code, rows in stops.groupby(PARCEL)
    }
    groups = use_words()

    def excused(code: str, first: pd.Timestamp, last: pd.Timestamp) -> int:
        days: set[int] = set()
        for begin, end in stops.get(code, []):
            days |= set(range(max(begin, first).toordinal(), min(end, last).toordinal() + 1))
        return len(days)

    def judge(parcel: pd.Series) -> pd.Series:
        code = parcel.name
        agreed = newest.get(code, parcel["约定开工"])
        start = parcel["实际开工"] if parcel["实际开工"] <= DAY else pd.NaT
        later = parcel["实际开工"] > DAY
        state = parcel["建设状态"]
        traces = parcel["实际竣工"] <= DAY or parcel["中止日期"] <= DAY or parcel["已动工面积"] > 0
        if pd.notna(start) or ((state in {"在建", "停工", "竣工"} or traces) and not later):
            started = True
        else:
            started = False if state == "未动工" or later else None
        anchor = agreed
        passed = np.nan
        end = start if pd.notna(start) else (None if started else DAY)
        if pd.notna(anchor) and end is not None:
            passed = (end - anchor).days - excused(code, anchor, end)
        length = ((anchor + pd.DateOffset(years=1)) - anchor).days if pd.notna(anchor) else np.nan
        finished = (state == "竣工" and not later) or parcel["实际竣工"] <= DAY
        share = half_up(parcel["已动工面积"] / parcel["应动工面积"]) if parcel["应动工面积"] > 0 else np.nan
        paid = half_up(parcel["已投资额"] / parcel["项目总投资"]) if parcel["项目总投资"] > 0 else np.nan
        low = share < half_up(1 / 3) or paid < 0.25
        since = parcel["中止日期"] if parcel["中止日期"] <= DAY else pd.NaT
        stood = (DAY - since).days - excused(code, since, DAY) if pd.notna(since) else np.nan
        year = ((since + pd.DateOffset(years=1)) - since).days if pd.notna(since) else np.nan
        shown = passed
        tenure = parcel["权属性质"] if pd.notna(parcel["权属性质"]) else {"G": "国有", "J": "集体"}.get(code[12])
        farm = groups.get(parcel["土地用途"]) in {"agricultural_facility", "non_construction"}
        if tenure == "集体" or farm:
            return pd.Series(["not_applicable", np.nan])
        contradiction = (state == "未动工" and (pd.notna(start) or traces)) or (later and parcel["实际竣工"] <= DAY)
        if contradiction or (not started and np.isnan(passed)):
            return pd.Series(["unknown", np.nan])
        pausing = pd.notna(since) or state == "停工"
        if started and pausing and not finished and low and pd.isna(since):
            return pd.Series(["unknown", np.nan])
        if started and not finished and np.isnan(share) and np.isnan(paid) and pausing:
            return pd.Series(["unknown", np.nan])
        idle_pause = started and low and not finished and stood >= year
        if idle_pause and state == "在建":
            return pd.Series(["unknown", np.nan])
        if started and low and pd.isna(state) and pd.isna(since) and not finished:
            return pd.Series(["unknown", np.nan])
        if not started and passed >= length:
            word = "clause1"
        elif idle_pause:
            word, shown = "clause2", stood
        elif not started and (DAY - anchor).days >= length:
            word = "excused"
        elif started and low and not finished and pd.notna(since) and (DAY - since).days >= year:
            word, shown = "excused", stood
        elif not started and 0 < length - passed <= 90:
            word = "watch"
        elif started and not finished and low and 0 < year - stood <= 90:
            word, shown = "watch", stood
        elif started and pd.notna(start) and passed >= length:
            word = "late_start"
        else:
            word = "no"
        return pd.Series([word, max(shown, 0)])

    judged = parcels.apply(judge, axis=1)
    return pd.DataFrame({"area_mu": half_up(parcels["area_m2"] / MU), "idle": judged[0], "idle_days": judged[1]})


def use_words() -> dict[str, str]:
    """Uses in words → group, of the schemes and of supply notices."""
    tables = [pd.read_csv(path, dtype=str) for path in sorted(CLASSES.glob("*.csv"))]
    named = pd.concat([table[["name", "group"]] for table in tables if {"name", "group"} <= set(table.columns)])
    return dict(zip(named["name"], named["group"], strict=True))


# ---- 3 shares of zones


def ground(layer: gpd.GeoDataFrame, code: str, scheme: str, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The land use of every zone in pieces that do not overlap, ellipsoidal m²; gaps and conflicts are unmapped."""
    table = pd.read_csv(CLASSES / f"{scheme}.csv", dtype=str).set_index("code")["group"]
    layer = layer.copy()
    layer["geometry"] = layer.geometry.make_valid()
    layer["group"] = layer[code].map(table).fillna("unmapped")
    layer["code"] = layer[code].fillna("")
    layer["row"] = range(len(layer))
    layer = without_overlaps(layer[["group", "code", "row", *(["GYZT"] if "GYZT" in layer else []), "geometry"]])
    pieces = gpd.overlay(layer, zones[["zone_id", "geometry"]], how="intersection", keep_geom_type=True)
    pieces["m2"] = area(pieces.geometry)
    bare = area(zones.set_index("zone_id").geometry) - pieces.groupby("zone_id")["m2"].sum()
    gaps = pd.DataFrame({"zone_id": bare.index, "group": "unmapped", "m2": bare}).loc[lambda g: g["m2"] > SLIVER_M2]
    return pd.concat([pieces, gaps], ignore_index=True)


def without_overlaps(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The earlier of one group keeps a spot; a spot of two groups is nobody's."""
    pairs = gpd.sjoin(layer, layer, predicate="intersects", lsuffix="a", rsuffix="b")
    pairs = pairs[pairs["row_a"] < pairs["row_b"]]
    shapes = layer.set_index("row").geometry
    one, other = shapes.loc[pairs["row_a"]].reset_index(drop=True), shapes.loc[pairs["row_b"]].reset_index(drop=True)
    both = one.intersection(other)
    real = (both.area > 1e-6).to_numpy()
    clean, lost = shapes.copy(), []
    for a, b, same, spot in zip(
        pairs["row_a"][real],
        pairs["row_b"][real],
        (pairs["group_a"] == pairs["group_b"])[real],
        both[real],
        strict=True,
    ):
        clean[b] = clean[b].difference(shapes[a])
        if not same:
            clean[a] = clean[a].difference(shapes[b])
            lost.append(spot)
    layer = layer.set_geometry(clean.to_numpy(), crs=layer.crs)
    if not lost:
        return layer
    spots = gpd.GeoSeries([gpd.GeoSeries(lost).union_all()], crs=layer.crs)
    return pd.concat([layer, gpd.GeoDataFrame({"group": ["unmapped"]}, geometry=spots)], ignore_index=True)


def shares(pieces: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Every zone, rule, basis and reading: 亩 rounded, then the share, then the verdict."""
    rules = {
        "industrial_land_70": (0.70, ("N1", "N4"), ("X0", "X1", "X2"), {"agricultural_facility"}),
        "industry_use_60": (0.60, ("N1", "N4", "N5"), ("X0",), set()),
    }
    rows = []
    for basis, whole in pieces.items():
        for zone, mine in whole.groupby("zone_id"):
            by = mine.groupby("group")["m2"].sum()
            for rule, (least, numerators, bases, out) in rules.items():
                for n in numerators:
                    for x in bases:
                        left = LEFT_OUT[x] | out | {"unmapped"}
                        top = half_up(by[by.index.isin(COUNTED[n])].sum() / MU)
                        base = half_up(by[~by.index.isin(left)].sum() / MU)
                        gap = half_up(by.get("unmapped", 0.0) / MU)
                        lo, hi = half_up(top / (base + gap)), half_up((top + gap) / (base + gap))
                        outcome = "pass" if lo >= least else "fail" if hi < least else "unknown"
                        rows.append([zone, rule, basis, f"{n}.K1.{x}", top, base, half_up(top / base), outcome])
    columns = ["zone_id", "rule", "basis", "reading", "numerator_mu", "denominator_mu", "measured", "outcome"]
    return pd.DataFrame(rows, columns=columns)


# ---- 4 may the zone expand


def expansion(
    raw: dict, zones: gpd.GeoDataFrame, pieces: dict[str, gpd.GeoDataFrame], found: pd.DataFrame
) -> pd.DataFrame:
    """The conditions of the demo province."""
    zones = zones.set_index("zone_id")
    tdt = raw["zone_years"][raw["zone_years"]["年度"] == YEAR].set_index("开发区代码").reindex(zones.index)
    built, land, approved = tdt["已建成城镇建设用地"], tdt["已供应国有建设用地"], zones["核准面积"]
    actual, planned = pieces["actual"], pieces["planned"]
    actual, planned = (part[part.geometry.notna()].set_geometry("geometry") for part in (actual, planned))
    actual = actual[~actual["group"].isin(NOT_BUILT)]
    both = gpd.overlay(
        actual[["zone_id", "group", "code", "geometry"]], planned[["zone_id", "group", "geometry"]], keep_geom_type=True
    )
    both = both[
        (both["zone_id_1"] == both["zone_id_2"]) & (both["group_1"] != "unmapped") & (both["group_2"] != "unmapped")
    ]
    hidden = both["code"].str.startswith("08H2") & (both["group_2"] == "research")  # science inside 科教文卫
    both = both[~hidden]
    both["m2"] = area(both.geometry)
    clear = both.groupby("zone_id_1")["m2"].sum()
    agree = both[both["group_1"] == both["group_2"]].groupby("zone_id_1")["m2"].sum()
    ban = raw["限制区"]
    inside = gpd.overlay(
        zones.reset_index()[["zone_id", "geometry"]], ban[["管控类型", "geometry"]], keep_geom_type=True
    )
    inside = inside.dissolve(["zone_id", "管控类型"]).reset_index() if len(inside) else inside
    inside["m2"] = area(inside.geometry) if len(inside) else 0.0
    surveyed = pieces["actual"]
    blank = surveyed[surveyed["GYZT"].isna()].groupby("zone_id")["m2"].sum().reindex(zones.index).fillna(0.0)
    bad = surveyed[surveyed["GYZT"].isin(["未批先用", "未批先建", "未批", "违法用地"])].groupby("zone_id")["m2"].sum()
    bad = bad.reindex(zones.index).fillna(0.0)
    scores = raw["appraisals"].set_index(["开发区代码", "考核年度"])["得分"]
    rational = found[(found["basis"] == "planned") & (found["reading"] == "N4.K1.X1")].set_index("zone_id")["measured"]
    rows = []
    for zone in zones.index:
        mu = half_up(inside[inside["zone_id"] == zone]["m2"].sum() / MU) if len(inside) else 0.0
        last = [scores.get((zone, year)) for year in (YEAR - 1, YEAR)]
        rate, of_approved = half_up(built[zone] / land[zone]), half_up(built[zone] / approved[zone])
        edge = half_up(area(zones.geometry)[zone] / 10_000 / approved[zone])
        used = half_up(agree.get(zone, 0.0) / clear.get(zone, np.nan))
        industry, idle_rate = (
            half_up(tdt["工矿仓储用地"][zone] / built[zone]),
            half_up(tdt["闲置土地"][zone] / land[zone]),
        )
        for condition, value, passed in (
            ("built_out_area", rate, rate >= 0.90 and of_approved >= 0.80),
            ("built_out_use", used, used >= 0.85),
            ("lawful_boundary", edge, edge <= 1.005),
            ("lawful_restricted", mu, mu <= 0),
            ("lawful_unapproved", half_up(bad[zone] / MU), None if half_up(blank[zone] / MU) > 0 else bad[zone] == 0),
            ("rational", rational[zone], rational[zone] >= 0.60),
            ("intensive_industry_land", industry, industry >= 0.50),
            ("intensive_idle", idle_rate, idle_rate <= 0.03),
            ("appraisal", np.nan, None if None in last else min(last) >= 80),
        ):
            outcome = "unknown" if passed is None else "pass" if passed else "fail"
            rows.append([zone, condition, value, outcome])
    return pd.DataFrame(rows, columns=["zone_id", "condition", "measured", "outcome"])


def answer(folder: Path, engine: str | None = None) -> Answers:
    """Answer the four questions of a demo delivery; `engine` reads the workbooks (pandas' own choice: openpyxl)."""
    raw = read(folder, engine)
    zones = raw["开发区"].rename(columns={"开发区代码": "zone_id"})
    parcels = parcels_of(raw)
    pieces = {
        "actual": ground(raw["地类图斑"], "DLBM", "sandiao", zones),
        "planned": ground(raw["规划用地"], "YDYHFLDM", "ydyh-2023", zones),
    }
    found = shares(pieces)
    return Answers(grades(raw, parcels), idle(raw, parcels), found, expansion(raw, zones, pieces, found))


if __name__ == "__main__":
    said = answer(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    print(said.firms["grade"].value_counts(), said.parcels["idle"].value_counts(), said.zones, said.expansion, sep="\n")
