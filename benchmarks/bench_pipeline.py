"""The whole way – read, build, evaluate, publish, tiles – on the demo at every size, against an analyst's script.

Every step runs in a process of its own delivery (`python -m benchmarks.bench_pipeline STEPS …` prints JSON), so that
the peak of memory is that of the work and of nothing before it. MUJIAN_BENCH_MOST leaves larger sizes out;
MUJIAN_BENCH_DATA names a folder where the deliveries stay for the next run (a million parcels take minutes to write).
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row, Spent, absent

ABOUT = (
    "示例数据从原始文件到四个问题的答案：宗地 n、现状图斑约 0.4 n、企业 0.25 n、三个年度。"
    "“分析员脚本”是 `benchmarks/analyst.py`：同样的规则、同样的文件，用 geopandas 和 pandas 直写，"
    "只读用得着的表，不出问题清单、来源、理由；答案逐条相同（`tests/test_benchmark_analyst.py`）。"
    "本工具读全部的表，并给出每个问题、每个来源、每条理由。峰值是各自进程的最高内存。增长指数：时间随宗地数的几次方增长。"
)
COMMAND = "python -m benchmarks pipeline"
SIZES = tuple(
    n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= int(os.environ.get("MUJIAN_BENCH_MOST", "1000000"))
)
COMPARED = (10_000, 100_000)
STEPS = {"read": "读取", "build": "整理", "evaluate": "评价", "publish": "发布", "tiles": "切片（首图 64 张）"}
TARGETS = {1_000_000: "≤ 8 GiB，指数 ≤ 1.1"}
YEAR, DAY = 2025, date(2025, 12, 31)
HERE = Path(__file__).resolve().parents[1]
REAL = HERE.parent / "shared" / "data" / "parcels" / "scale"
ZOOM = 14


def rows() -> Iterator[Row]:
    """Steps at every size, the analyst at two, what a correction costs, and the real polygons."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(os.environ.get("MUJIAN_BENCH_DATA", place))
        before: dict[str, tuple[int, float]] = {}
        for n in SIZES:
            if not (folder / str(n)).exists():
                demo(folder / str(n), n)
            spent = run("steps", folder / str(n))
            yield from stepped(n, spent, before)
            if n in COMPARED:
                yield from compared(n, folder / str(n))
        largest = max((n for n in SIZES if n <= max(COMPARED)), default=None)
        if largest:
            yield from again(largest, folder / str(largest))
        yield real(Path(place) / "real")


def demo(folder: Path, n: int) -> None:
    """Write a demo delivery."""
    from parcels.demo import write

    write(folder, parcels=n, firms=max(n // 4, 120))


def run(what: str, folder: Path, *more: str) -> dict[str, Any]:
    """What a fresh process says of the work it measured."""
    command = [sys.executable, "-m", "benchmarks.bench_pipeline", what, str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=HERE)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def stepped(n: int, spent: dict[str, Any], before: dict[str, tuple[int, float]]) -> Iterator[Row]:
    """One row a step, and one for the way from the files to the answers, with the exponent against the size before."""
    whole = [spent[name] for name in ("read", "build", "evaluate")]
    peak = max(part[2] for part in whole)
    spent["answers"] = [sum(part[0] for part in whole), sum(part[1] for part in whole), peak]
    for name, label in {**STEPS, "answers": "读取＋整理＋评价"}.items():
        wall, cpu, peak = spent[name]
        size, earlier = before.get(name, (0, 0.0))
        said = f"增长指数 {math.log(cpu / earlier) / math.log(n / size):.2f}（CPU）" if earlier > 0 else "–"
        before[name] = n, cpu
        target = TARGETS.get(n, "") if name == "answers" else ""
        yield Row(label, "–", n, Spent(wall, cpu, peak), None, said, COMMAND, target)


def compared(n: int, folder: Path) -> Iterator[Row]:
    """Ours against the analyst, who may read his sheets by calamine or by what pandas takes of itself."""
    for engine, words in (("calamine", "calamine"), ("openpyxl", "pandas 默认的 openpyxl")):
        ours, theirs = (run(side, folder, engine)["spent"] for side in ("answers", "analyst"))
        ratio = ours[2] / theirs[2]
        same = f"四个问题逐条相同（测试）；内存为对方的 {ratio:.2f}"
        against = f"分析员脚本（{words}）"
        yield Row("读取＋整理＋评价", against, n, Spent(*ours), Spent(*theirs), same, COMMAND, "≥ 8 ×，内存 ≤ 一半")


def again(n: int, folder: Path) -> Iterator[Row]:
    """What changes little: nothing, one cell, one weight; theirs is our own full way."""
    spent = run("again", folder)
    full = Spent(*spent["full"])
    for name, words, target in (
        ("taken_over", "同一数据第二次 evaluate（含发布）", "几乎不等"),
        ("correction", "更正一格（企业实缴税金）后重评", "≥ 20 ×"),
        ("land", "更正一格（宗地实际开工）后重评", "≥ 20 ×"),
        ("slider", "改一个权重后重评", "–"),
    ):
        yield Row(
            words,
            "本工具全部重来（读取＋整理＋评价）",
            n,
            Spent(*spent[name]),
            full,
            "逐格相同（测试）",
            COMMAND,
            target,
        )


def real(folder: Path) -> Row:
    """The 82,270 real polygons: drawn by 19 counties, overlapping, with words for classes."""
    work, against = "82,270 个真实图斑：读取＋整理＋评价（分区占比）", "–"
    if not REAL.is_dir():
        return absent(work, against, 82_270, "没有真实数据", COMMAND)
    folder.mkdir()
    parts = sorted(REAL.glob("*.parquet"))
    import pyarrow.parquet as pq

    for part in parts:
        (folder / part.name).write_bytes(part.read_bytes())
    words = sorted({word for part in parts for word in pq.read_table(part, columns=["分區類"])[0].to_pylist() if word})
    lines = [f"{word},{'industrial' if '工業' in word else 'public_service'}" for word in words]
    (folder / "classes.csv").write_text("code,group\n" + "\n".join(lines) + "\n", encoding="utf-8")
    entries = "".join(
        f"    - {{file: {part.name}, scheme: custom, classes: classes.csv, set: {{basis: planned}},"
        " columns: {code: 分區類}}\n"
        for part in parts
    )
    (folder / "delivery.yaml").write_text(
        f"crs: EPSG:3826\ntables:\n  landuse:\n{entries}zones: {{by: landuse.cty}}\n", encoding="utf-8"
    )
    spent = run("answers", folder, "qianxi")
    return Row(work, against, 82_270, Spent(*spent["spent"]), None, f"{spent['zones']} 个开发区行", COMMAND)


# ---- what the processes do


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spent(work: Callable[[], Any]) -> tuple[list[float], Any]:
    """[wall, CPU, peak MiB so far] of one call, and its answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return [time.perf_counter() - wall, time.process_time() - cpu, peak_mib()], made


def policies(name: str = "") -> Any:
    from evaluation.policy.load import load_all
    from parcels.demo import POLICIES

    return load_all([name] if name and name not in {"calamine", "openpyxl"} else POLICIES)


def warm() -> None:
    """Load what is compiled before the clock starts: a user's set-up has done so (`mujian doctor`)."""
    import geopandas as gpd
    import shapely

    from gis import overlay

    square = gpd.GeoSeries([shapely.box(500_000, 3_300_000, 500_100, 3_300_100)], crs=4549)
    overlay.areas(square, square)
    overlay.areas_by_zone(square, square, square)


def steps(folder: Path) -> dict[str, Any]:
    from evaluation.run import evaluate
    from parcels.book import build
    from parcels.delivery import read
    from reports.run_folder import write_run

    asked = policies()
    warm()
    said: dict[str, Any] = {}
    said["read"], delivered = spent(lambda: read(folder))
    handed = [delivered]
    del delivered
    said["build"], book = spent(lambda: build(handed.pop()))
    said["evaluate"], verdicts = spent(lambda: evaluate(book, asked, YEAR, DAY))
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "run"
        said["publish"], _ = spent(lambda: write_run(verdicts, asked, out, delivery=folder))
    said["tiles"], _ = spent(lambda: tiles(verdicts))
    return said


def tiles(verdicts: Any) -> None:
    """Cut the first map an officer sees: the layer laid out, and 8 × 8 vector tiles round its middle."""
    import geopandas as gpd
    import numpy as np

    from gis.palette import IDLE
    from gis.tiles import Attribute, Layer

    parcels = verdicts.parcels
    shapes = gpd.GeoSeries(parcels["geometry"], crs=verdicts.crs)
    codes = np.zeros(len(parcels), dtype=np.uint8)
    layer = Layer(shapes, {"idle": Attribute(codes, IDLE)}, version="bench")
    west, south, east, north = shapes.to_crs(4326).total_bounds
    lon, lat = (west + east) / 2, math.radians((south + north) / 2)
    x = int((lon + 180) / 360 * 2**ZOOM)
    y = int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**ZOOM)
    for i in range(-4, 4):
        for j in range(-4, 4):
            layer.mvt(ZOOM, x + i, y + j)


def answers(folder: Path, name: str = "") -> dict[str, Any]:
    from evaluation.run import evaluate
    from parcels.book import build
    from parcels.delivery import read

    asked = policies(name)
    warm()
    cost, verdicts = spent(lambda: evaluate(build(read(folder)), asked, YEAR, DAY))
    return {"spent": cost, "zones": len(verdicts.zones)}


def analyst(folder: Path, engine: str) -> dict[str, Any]:
    from benchmarks.analyst import answer

    return {"spent": spent(lambda: answer(folder, engine))[0]}


def again_costs(folder: Path) -> dict[str, Any]:
    import pandas as pd

    from casework.session import Session
    from evaluation.run import evaluate
    from parcels.book import build
    from parcels.corrections import COLUMNS
    from parcels.delivery import read
    from reports.produce import produce

    asked = policies()
    warm()
    said: dict[str, Any] = {}
    said["full"], _ = spent(lambda: evaluate(build(read(folder)), asked, YEAR, DAY))
    session = Session(folder)
    book = session.book()
    session.evaluate(book, asked, YEAR, DAY)
    years, parcels = book.tables["firm_years"], book.tables["parcels"]
    firm = years.loc[years["year"] == YEAR, "uscc"].iloc[7]
    for name, cell in (
        ("correction", ["firm_years", f"{firm}|{YEAR}", "tax_wan", "1.5"]),
        ("land", ["parcels", parcels["parcel_id"].iloc[7], "actual_start", "2020-05-05"]),
    ):
        wanted = pd.DataFrame([[*cell, "王芳", "2026-03-01", "核对原件"]], columns=COLUMNS)
        said[name], _ = spent(lambda: session.evaluate(session.book(wanted), asked, YEAR, DAY))  # noqa: B023
    grading = next(one for one in asked if one.kind == "grading")
    first, *others = grading.indicators
    moved = grading.model_copy(update={"indicators": [first.model_copy(update={"weight": 60.0}), *others]})
    tried = [moved if one is grading else one for one in asked]
    said["slider"], _ = spent(lambda: session.evaluate(book, tried, YEAR, DAY))
    with tempfile.TemporaryDirectory() as place:
        from parcels.demo import POLICIES

        out = Path(place) / "run"
        produce(folder, POLICIES, YEAR, DAY, out)
        said["taken_over"], _ = spent(lambda: produce(folder, POLICIES, YEAR, DAY, out))
    return said


WORK = {"steps": steps, "answers": answers, "analyst": analyst, "again": again_costs}

if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    print(json.dumps(WORK[what](Path(where), *more)))
