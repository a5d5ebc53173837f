"""What people did, kept for ever: one append-only table of events in SQLite, or PostgreSQL where it is configured."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Text, create_engine, insert, select

Frame: TypeAlias = pd.DataFrame

URL = "MUJIAN_DATABASE_URL"
METADATA = MetaData()
# There is no update and no delete: an event is undone by a later event.
EVENTS = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("who", String(64), nullable=False),
    Column("kind", String(32), nullable=False, index=True),
    Column("subject", String(128), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("said", Text, nullable=False),
)


@lru_cache(maxsize=8)
def engine(url: str) -> Engine:
    """Return the engine of a database address, its table made if absent."""
    made = create_engine(url)
    METADATA.create_all(made)
    return made


def address(workspace: Path) -> str:
    """Return where casework is kept: MUJIAN_DATABASE_URL if set, else mujian.sqlite in the workspace."""
    return os.environ.get(URL) or f"sqlite:///{(workspace / 'mujian.sqlite').as_posix()}"


def append(
    workspace: Path, *, who: str, kind: str, subject: str, reason: str = "", said: Mapping[str, Any] | None = None
) -> None:
    """Append one event: who did what to which subject, why, and its content."""
    row = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": who,
        "kind": kind,
        "subject": subject,
        "reason": reason,
        "said": json.dumps(said or {}, ensure_ascii=False, sort_keys=True, default=str),
    }
    with engine(address(workspace)).begin() as connection:
        connection.execute(insert(EVENTS).values(**row))


def events(workspace: Path, kind: str | None = None) -> Frame:
    """Return the events oldest first, of one kind or all: id, at, who, kind, subject, reason, said."""
    query = select(EVENTS).order_by(EVENTS.c.id)
    if kind is not None:
        query = query.where(EVENTS.c.kind == kind)
    with engine(address(workspace)).connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001
    return pd.DataFrame(rows, columns=[column.name for column in EVENTS.columns])
