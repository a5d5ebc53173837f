"""House rules as programs: one direction, own packages, portable names, no address in what we ship, no leftovers."""

import hashlib
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ["gis", "parcels", "evaluation", "casework", "reports", "screens"]
LONGEST_PATH = 120


def tracked() -> list[Path]:
    """Return the files of the repository: what git knows and what it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("name", ROOMS)
def test_the_imported_package_is_ours_and_nobody_else_ships_its_name(name: str) -> None:
    assert Path(str(import_module(name).__file__)).parent == ROOT / name
    assert set(packages_distributions().get(name, [])) <= {"mujian"}


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_has_nothing_to_say() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_types_agree() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_package_is_named_in_pyproject() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    found = {
        ".".join(path.parent.relative_to(ROOT).parts) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")
    }
    assert set(stated) == found


def test_paths_are_short_and_ascii() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if len(name) > LONGEST_PATH] == []
    assert [name for name in names if not name.isascii() or " " in name] == []


def test_no_line_of_the_locks_holds_an_address_or_a_path_of_a_machine() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|(^|\s)/\w", text, re.MULTILINE), lock
        assert text.count("--hash=sha256:") >= text.count("==")


def test_vendored_assets_are_the_ones_that_were_reviewed() -> None:
    folder = ROOT / "gis" / "assets"
    sums = dict(
        reversed(line.split(maxsplit=1)) for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    for name, wanted in sums.items():
        assert hashlib.sha256((folder / name.lstrip("*./")).read_bytes()).hexdigest() == wanted, name


@pytest.mark.parametrize("room", ROOMS)
def test_every_file_says_in_one_line_why_it_exists(room: str) -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / room).rglob("*.py")
        if (text := path.read_text(encoding="utf-8").strip()) and not text.startswith('"""')
    ]
    assert silent == []


def test_nothing_evaluates_text_or_prints() -> None:
    banned = re.compile(r"(?<![\w.])(eval|exec|print)\(|shell=True|pickle\.loads|iterrows\(")
    guilty = [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if banned.search(line)
    ]
    assert guilty == []


def test_no_text_of_the_catalog_is_written_twice() -> None:
    def twice(node: yaml.Node, where: str) -> list[str]:
        if not isinstance(node, yaml.MappingNode):
            return []
        keys = [key.value for key, _ in node.value]
        here = [f"{where}.{key}" for key in dict.fromkeys(keys) if keys.count(key) > 1]
        return here + [found for key, inner in node.value for found in twice(inner, f"{where}.{key.value}")]

    files = sorted((ROOT / "parcels" / "words").glob("*.yaml"))
    assert [found for path in files for found in twice(yaml.compose(path.read_text(encoding="utf-8")), path.stem)] == []


def test_every_text_of_the_catalog_that_code_asks_for_exists() -> None:
    from parcels.words import entry

    asked = re.compile(r"""\b(?:say|entry)\(\s*"([a-z_0-9]+(?:\.[a-z_0-9A-Z-]+)+)\"""")
    missing = []
    for path in [*(ROOT / "cli.py",), *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]:
        for key in asked.findall(path.read_text(encoding="utf-8")):
            try:
                entry(key)
            except KeyError:
                missing.append(f"{path.name}: {key}")
    assert missing == []
