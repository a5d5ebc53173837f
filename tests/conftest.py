"""Shared pieces of the tests: where the real files are, and who may be skipped (nobody under MUJIAN_REQUIRE=all)."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
# A busy machine is slow, not wrong; the same examples every time, so that a red run can be run again.
settings.register_profile("mujian", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mujian")
REQUIRE_ALL = os.environ.get("MUJIAN_REQUIRE") == "all"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip by name what this machine cannot have; under MUJIAN_REQUIRE=all a missing need fails instead."""
    needs = {
        "shared": (SHARED.is_dir, "real test files absent: ../shared/data not found"),
        "spark": (spark_works, "no Spark here: install pyspark and a Java 17 runtime"),
        "browser": (lambda: browser() is not None, "no Chromium found: set CHROMIUM or install it"),
    }
    for name, (there, reason) in needs.items():
        if item.get_closest_marker(name) and not there():
            (pytest.fail if REQUIRE_ALL else pytest.skip)(reason)


def spark_works() -> bool:
    """Return whether pyspark and a Java new enough for it are here."""
    from gis.engines import EngineUnavailable
    from gis.spark import Spark

    try:
        Spark()
    except EngineUnavailable:
        return False
    return True


def browser() -> str | None:
    """Return the path of a Chromium to drive, or None."""
    installed = [f"/usr/bin/{name}" for name in ("chromium", "chromium-browser", "google-chrome")]
    candidates = [os.environ.get("CHROMIUM"), *installed]
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Put `__main__` back: Streamlit's AppTest leaves its page there, and a spawned process would run that page."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real test files (mark the test with `pytest.mark.shared`)."""
    return SHARED


@dataclass(frozen=True)
class Demo:
    """The demo delivery as `mujian demo` writes it, and one run of it as `mujian evaluate` writes it."""

    delivery: Path
    key: Path
    workspace: Path
    run: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Write and evaluate the demo once for the whole session (600 parcels, 250 firms, 2023–2025)."""
    from datetime import date

    from parcels.demo import POLICIES, write
    from reports.produce import produce

    folder = tmp_path_factory.mktemp("demo")
    paths = write(folder / "delivery")
    run = folder / "workspace" / "runs" / "demo-2025"
    run.parent.mkdir(parents=True)
    produce(paths.folder, POLICIES, 2025, date(2025, 12, 31), run)
    return Demo(paths.folder, paths.key, folder / "workspace", run)
