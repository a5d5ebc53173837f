"""The whole way in one step – read, build, evaluate, publish – for the command line and for the browser."""

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from evaluation.finding import Verdicts
from evaluation.policy.load import load_all
from evaluation.policy.read import PolicyError
from evaluation.run import evaluate
from gis import engines
from parcels.book import build
from parcels.delivery import read
from parcels.words import say
from reports.run_folder import NotWritten, refuse_foreign, refuse_within, write_run
from reports.standing import standing

Tell = Callable[[str], None]
RUN_NAME = re.compile(r"[0-9A-Za-z_-]{1,60}")


class NothingDelivered(Exception):
    """A delivery holds no table that could be read; `lines` are its faults, one a line."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


class IntakeRefused(Exception):
    """A delivery could not become a run; `lines` say why, one problem a line."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def produce(
    delivery: Path,
    refs: Sequence[str | Path],
    year: int,
    as_of: date,
    out: Path,
    *,
    engine: str = "local",
    master: str | None = None,
    memory: float | None = None,
    keep_inputs: bool = True,
    again: bool = False,
    tell: Tell = lambda _: None,
) -> Verdicts:
    """Evaluate a delivery under the policies `refs` and write every output into `out`; return the verdicts.

    engine, master, memory [GiB]: who does the overlays (gis.engines.using); they change no byte but the manifest's
    engine name. A run in `out` that stands (reports.standing) is taken over unless `again`. Raises PolicyError,
    NothingDelivered, NotARun, EngineUnknown or EngineUnavailable, before anything is written; NotWritten.
    """
    policies = load_all(refs)
    refuse_foreign(out)
    refuse_within(out, delivery)
    former = None if again else standing(delivery, policies, year, as_of, out, engine=engine, keep_inputs=keep_inputs)
    if former is not None:
        return replace(former, taken_over=True)
    with engines.using(engine, master=master, memory=memory):
        tell(say("reports.step.read"))
        delivered = read(delivery)
        tell(say("reports.step.build"))
        book = build(delivered)
        del delivered  # the book keeps of it what an explanation needs
        if not book.delivered:
            raise NothingDelivered([*book.faults["message"]] or [say("reports.intake.nothing", path=delivery)])
        tell(say("reports.step.evaluate"))
        verdicts = evaluate(book, policies, year, as_of, engine=engine)
    write_run(verdicts, policies, out, delivery=delivery, keep_inputs=keep_inputs, tell=tell)
    return verdicts


def add_run(
    workspace: Path, files: Sequence[tuple[str, bytes]], refs: Sequence[str | Path], year: int, *, name: str, tell: Tell
) -> Path:
    """Make uploaded files (name, content) a run of the workspace and return its folder; raises IntakeRefused."""
    out = new_run(workspace, name)
    with tempfile.TemporaryDirectory() as folder:
        delivery = _laid_out(Path(folder), files)
        try:
            produce(delivery, refs, year, date(year, 12, 31), out, tell=tell)
        except PolicyError as error:
            raise IntakeRefused([str(problem) for problem in error.problems]) from error
        except NothingDelivered as error:
            raise IntakeRefused(error.lines) from error
        except NotWritten as error:
            raise IntakeRefused([str(error)]) from error
    return out


def new_run(workspace: Path, name: str) -> Path:
    """Return the folder of a run that is to be made; raises IntakeRefused for a name that is taken, or is none."""
    if not RUN_NAME.fullmatch(name):
        raise IntakeRefused([say("reports.intake.bad_name", name=name)])
    out = workspace / "runs" / name
    if out.exists():
        raise IntakeRefused([say("reports.intake.taken", name=name)])
    return out


def _laid_out(folder: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    """Write the files side by side under their own names and return the delivery: the one zip, or the folder."""
    paths = [folder / Path(name).name for name, _ in files]
    for path, (_, content) in zip(paths, files, strict=True):
        path.write_bytes(content)
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() == ".zip" else folder
