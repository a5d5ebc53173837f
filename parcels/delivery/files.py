"""The files of a delivery: a folder as it is, a zip unpacked with distrust."""

from __future__ import annotations

import hashlib
import shutil
import weakref
import zipfile
from pathlib import Path
from tempfile import mkdtemp

from gis import archive
from parcels.delivery.delivered import InputFile
from parcels.words import say

MOST_FILES = 20_000
MOST_EXPANSION = 200  # a text table packs twenty to fifty times; a bomb a thousand times
SMALL_ENOUGH = 10 * 1024**2  # below this a high ratio is a sheet of blanks, not a bomb


class ZipUnsafe(ValueError):
    """A zip that must not be unpacked; `file` and, in Chinese, `why`."""

    def __init__(self, file: str, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"{file}: {why}")


def unpack(path: Path, folder: Path) -> None:
    """Unpack a zip into `folder`. Raises ZipUnsafe: traversal, links, bombs, passwords, damage."""
    try:
        _refuse(path)
        archive.unpack(path, folder)
    except archive.ZipUnsafe as unsafe:
        raise ZipUnsafe(path.name, say(f"parcels.zip.{unsafe.reason}", name=unsafe.member)) from unsafe
    except zipfile.BadZipFile as broken:
        raise ZipUnsafe(path.name, say("parcels.zip.damaged")) from broken


def _refuse(path: Path) -> None:
    """Refuse by the zip's own list, before a byte is written; gis.archive counts again while it writes."""
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
    total = sum(member.file_size for member in members)
    times = total / max(1, sum(member.compress_size for member in members))
    if len(members) > MOST_FILES:
        raise ZipUnsafe(path.name, say("parcels.zip.many", count=len(members)))
    if total > SMALL_ENOUGH and times > MOST_EXPANSION:
        raise ZipUnsafe(path.name, say("parcels.zip.bomb", times=round(times), megabytes=total >> 20))


class Unpacked:
    """A folder of unpacked files that lives as long as this object does."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="mujian-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


def opened(path: Path) -> tuple[Path, Unpacked | None]:
    """Return the folder of a delivery; a zip is unpacked beside the system's other temporary files.

    Zips inside are unpacked in place (once, not deeper), a single folder inside is stepped into.
    Raises FileNotFoundError, ZipUnsafe.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    nested = path.is_dir() and any(path.rglob("*.zip"))
    if path.is_dir() and not nested:
        return path, None
    keep = Unpacked()
    if nested:
        shutil.copytree(path, keep.folder, dirs_exist_ok=True)
    else:
        unpack(path, keep.folder)
    for inner in sorted(keep.folder.rglob("*.zip")):
        unpack(inner, inner.with_name(f"{inner.stem}_zip"))
        inner.unlink()
    return _stepped(keep.folder), keep


def _stepped(folder: Path) -> Path:
    inside = list(folder.iterdir())
    return _stepped(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def inputs(path: Path) -> tuple[InputFile, ...]:
    """Return the files as delivered (a zip is one file), with SHA-256 and size, by path."""
    if path.is_file():
        return (_input(path, path.name),)
    found = (file for file in path.rglob("*") if file.is_file() and not file.name.startswith((".", "~$")))
    return tuple(_input(file, file.relative_to(path).as_posix()) for file in sorted(found))


def _input(file: Path, name: str) -> InputFile:
    return InputFile(name, sha256(file), file.stat().st_size, file)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal figures."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
