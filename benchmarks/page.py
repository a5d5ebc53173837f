"""docs/benchmarks.md: one section a part, so that running one part again leaves the others' numbers alone."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import Row, Spent

PACKAGES = (
    "geopandas shapely numpy pandas pyarrow numba pyproj pyspark "
    "dask-geopandas duckdb duckdb-extension-spatial sedonadb"
).split()
HEADINGS = ("工作", "对比", "地块数", "本工具 墙钟/CPU 秒", "对方 墙钟/CPU 秒", "倍数 墙钟/CPU", "目标", "答案是否相同")
PREFACE = """# 速度：与别的办法相比

由 `make bench`（即 `python -m benchmarks`，可只跑一部分：`python -m benchmarks overlay zones`）写成，不要手改。
同一数据、同一答案；双方在同一次运行里轮流计时，取中位数；CPU 秒含所有子进程和数据库服务进程。
倍数大于 1 表示本工具更快。测量时机器上可能有别的程序在跑：每节写明当时的负载；看倍数，不看秒数。
对比用的软件只为这里安装（`requirements-bench.lock`，另加 Debian 的 `postgresql-15-postgis-3`、`qgis`），用户不需要；
没装的写“未安装”。
"""


class Section(NamedTuple):
    """What one part measured, and under what load."""

    part: str
    about: str
    rows: tuple[Row, ...]
    load: str


def write(path: Path, section: Section) -> None:
    """Put a section into the page in place of its older self, the parts in order of name."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    known = {found[1]: found[0] for found in re.finditer(r"## (\w+)\n.*?(?=\n## |\Z)", old, re.DOTALL)}
    known[section.part] = text(section)
    body = "\n\n".join(known[part].strip() for part in sorted(known))
    path.write_text(f"{PREFACE}\n{body}\n", encoding="utf-8", newline="\n")


def text(section: Section) -> str:
    """One section: what it measures, where and when, its table, and the commands that repeat it."""
    commands = dict.fromkeys(row.command for row in section.rows)
    return "\n".join([
        f"## {section.part}\n",
        section.about.strip() + "\n",
        f"{datetime.now(UTC):%Y-%m-%d}；{machine()}；一分钟平均负载 {section.load}；{versions()}\n",
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
        *(line(row) for row in section.rows),
        "",
        "重跑：" + "、".join(f"`{command}`" for command in commands),
    ])


def line(row: Row) -> str:
    """A row of the table."""
    ratio = f"**{row.ratio:.1f} ×** / {row.ratio_cpu or 0:.1f} ×" if row.ratio else "–"
    cells = (row.work, row.against, f"{row.n:,}", _spent(row.ours), _spent(row.theirs), ratio, row.target, row.same)
    return "| " + " | ".join(cell.replace("|", "／") for cell in cells) + " |"


def _spent(spent: Spent | None) -> str:
    if spent is None:
        return "–"
    peak = f"，峰值 {spent.peak_mib:,.0f} MiB" if spent.peak_mib else ""
    return f"{_seconds(spent.wall)} / {_seconds(spent.cpu)}{peak}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.3g}"


def load() -> str:
    """The load of the machine over the last minute: how many processes wanted a processor."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "未知"


def machine() -> str:
    """Processor, how many of them, memory, system."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text(encoding="utf-8")) if cpuinfo.exists() else []
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30 if hasattr(os, "sysconf") else 0
    name = names[0] if names else platform.processor()
    return f"{name}，{os.cpu_count()} 核，{memory:.0f} GiB，{platform.system()}，Python {platform.python_version()}"


def versions() -> str:
    """The versions of what was measured, those that are installed."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return "，".join(found)
