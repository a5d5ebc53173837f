"""A zip unpacked safely, with Chinese member names read as they were written."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Literal

UTF8_NAME = 0x800
ENCRYPTED = 0x1
LARGEST = 8 * 2**30  # bytes unpacked; a province's layers stay below it
COPY = 1 << 20


class ZipUnsafe(ValueError):
    """A zip that must not be unpacked: `reason` outside, link, encrypted, size or damaged; `member` where known."""

    def __init__(
        self,
        path: Path,
        reason: Literal["outside", "link", "encrypted", "size", "damaged"],
        member: str | None = None,
    ) -> None:
        self.path, self.reason, self.member = path, reason, member
        super().__init__(f"zip refused ({reason}): {path} {member or ''}")


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name: Windows in China writes GBK without saying so, and Python then reads cp437.

    Strict UTF-8 is tried first, then GB18030.
    """
    if info.flag_bits & UTF8_NAME:
        return info.filename
    raw = info.orig_filename.encode("cp437", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename


def unpack(path: Path, into: Path, largest: int = LARGEST) -> list[Path]:
    """Unpack every file of a zip below `into`; the paths of what was written, in the zip's order.

    Raises ZipUnsafe for a member that leaves the folder, links, is encrypted, or makes the whole
    larger than `largest` bytes: counted while writing, because the zip's own sizes may lie.
    """
    written: list[Path] = []
    left = largest
    try:
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                if info.is_dir():
                    continue
                target = _target(path, info, into)
                left -= _copy(packed, info, target, left, path)
                written.append(target)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ZipUnsafe(path, "damaged") from error
    return written


def _target(path: Path, info: zipfile.ZipInfo, into: Path) -> Path:
    name = member_name(info)
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or ":" in name or "\0" in name:
        raise ZipUnsafe(path, "outside", name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ZipUnsafe(path, "link", name)
    if info.flag_bits & ENCRYPTED:
        raise ZipUnsafe(path, "encrypted", name)
    return into.joinpath(*parts)


def _copy(packed: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, path: Path) -> int:
    """Bytes written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    total = 0
    with packed.open(info) as source, target.open("wb") as sink:
        while chunk := source.read(COPY):
            total += len(chunk)
            if total > left:
                raise ZipUnsafe(path, "size", member_name(info))
            sink.write(chunk)
    return total
