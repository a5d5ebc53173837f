"""The files of a delivery: a folder as it is, a zip unpacked with distrust."""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from parcels.delivery.delivered import InputFile
from parcels.words import say

MOST_FILES = 20_000
MOST_BYTES = 20 * 1024**3
MOST_EXPANSION = 200  # a text table packs twenty to fifty times; a bomb a thousand times
SMALL_ENOUGH = 10 * 1024**2  # below this a high ratio is a sheet of blanks, not a bomb
UTF8_FLAG = 0x800
CHUNK = 1 << 20
HIDDEN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "~$")


class ZipUnsafe(ValueError):
    """A zip that must not be unpacked; `why` says it in Chinese."""

    def __init__(self, file: str, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"{file}: {why}")


def names(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members under their real names: GBK where the zip does not say UTF-8."""
    return {_name(member): member for member in archive.infolist() if not member.is_dir()}


def _name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & UTF8_FLAG:
        return member.filename
    raw = member.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def unpack(path: Path, folder: Path) -> None:
    """Unpack a zip into `folder`. Raises ZipUnsafe (traversal, links, bombs, passwords) and zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        members = names(archive)
        _refuse(path, members)
        for name, member in members.items():
            if any(mark in name for mark in HIDDEN):
                continue
            target = folder.joinpath(*PurePosixPath(name.replace("\\", "/")).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as sink:
                _copy(source, sink, member.file_size, path.name)


def _copy(source: IO[bytes], sink: IO[bytes], most: int, file: str) -> None:
    """Copy no more than the zip's own list promises: the list may lie."""
    written = 0
    while chunk := source.read(CHUNK):
        written += len(chunk)
        if written > most:
            raise ZipUnsafe(file, say("parcels.zip.lies"))
        sink.write(chunk)


def _refuse(path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members.values())
    packed = max(1, sum(member.compress_size for member in members.values()))
    if len(members) > MOST_FILES:
        raise ZipUnsafe(path.name, say("parcels.zip.many", count=len(members)))
    if total > MOST_BYTES or (total > SMALL_ENOUGH and total / packed > MOST_EXPANSION):
        raise ZipUnsafe(path.name, say("parcels.zip.bomb", times=round(total / packed), megabytes=total >> 20))
    for name, member in members.items():
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in name or "\x00" in name:
            raise ZipUnsafe(path.name, say("parcels.zip.traversal", name=name))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ZipUnsafe(path.name, say("parcels.zip.link", name=name))


def opened(path: Path) -> tuple[Path, TemporaryDirectory[str] | None]:
    """Return the folder of a delivery; a zip is unpacked beside the system's other temporary files.

    Zips inside are unpacked in place (once, not deeper), a single folder inside is stepped into.
    Raises FileNotFoundError, ZipUnsafe, zipfile.BadZipFile.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    nested = path.is_dir() and any(path.rglob("*.zip"))
    if path.is_dir() and not nested:
        return path, None
    keep = TemporaryDirectory(prefix="mujian-", ignore_cleanup_errors=True)
    folder = Path(keep.name)
    if nested:
        shutil.copytree(path, folder, dirs_exist_ok=True)
    else:
        unpack(path, folder)
    for inner in sorted(folder.rglob("*.zip")):
        unpack(inner, inner.with_suffix(""))
        inner.unlink()
    return _stepped(folder), keep


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
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return InputFile(name, digest, file.stat().st_size, file)
