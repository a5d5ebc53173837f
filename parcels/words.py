"""The one catalog of Chinese words: every screen, sheet and message takes its text from parcels/words/*.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same safe loader, compiled where it can be
FOLDER = Path(__file__).parent / "words"


@cache
def catalog() -> dict[str, Any]:
    """Return the whole catalog, one top-level entry a YAML file (the file's stem)."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}  # noqa: S506 - LOADER is a safe one


def entry(key: str) -> Any:
    """Return the text or mapping under a dotted key; KeyError names the key that is not in the catalog."""
    found: Any = catalog()
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            raise KeyError(f"parcels/words has no entry {key!r} (stopped at {part!r})")
        found = found[part]
    return found


def say(key: str, /, **values: object) -> str:
    """Return the text under a dotted key with its {placeholders} filled by `values`."""
    text = entry(key)
    if not isinstance(text, str):
        raise TypeError(f"{key!r} is a group of texts, not a text")
    return text.format(**values) if values else text


def word(group: str, code: object) -> str:
    """Return the Chinese word for an enumeration's code (e.g. word('outcome', 'pass')), else the code itself."""
    words = entry(f"common.{group}")
    return str(words.get(str(code), code)) if isinstance(words, dict) else str(code)
