"""The command-line door (CONTRACT §1): it wires the rooms, reads the clock for nobody, and holds no rule."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from parcels.words import say

app = typer.Typer(
    name="mujian",
    help=say("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
policies_app = typer.Typer(help=say("cli.policies.help"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(policies_app, name="policies")

OK, PARTLY, NOTHING = 0, 1, 2
DEFAULT_PORT = 8501


def complain(*lines: object) -> None:
    """Write one line a problem to stderr."""
    for line in lines:
        typer.echo(str(line), err=True)


def tell_as(body: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Write a result to stdout: as JSON for a script, as lines for a person."""
    if as_json:
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines:
        typer.echo(line)


@contextmanager
def spoken() -> Iterator[None]:
    """Turn every refusal of the rooms into its Chinese lines and exit code 2; anything else is a bug and rises."""
    from reports import refusal

    try:
        yield
    except refusal.REFUSALS as error:
        complain(*refusal.lines(error))
        raise typer.Exit(NOTHING) from None


def there(delivery: Path) -> None:
    """Refuse a delivery that does not exist."""
    if not delivery.exists():
        complain(say("cli.os_error", path=delivery, why=say("cli.nothing_there")))
        raise typer.Exit(NOTHING)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show the step under way on stderr, silent when stderr is not a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(title) as status:
        yield lambda step: status.update(f"{title}　{step}")


@app.command(help=say("cli.demo.help"))
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.demo.folder"))],
    parcels: Annotated[int, typer.Option(help=say("cli.demo.parcels"))] = 600,
    firms: Annotated[int, typer.Option(help=say("cli.demo.firms"))] = 250,
    years: Annotated[str, typer.Option(help=say("cli.demo.years"))] = "2023,2024,2025",
    seed: Annotated[int, typer.Option(help=say("cli.demo.seed"))] = 2025,
) -> None:
    """Write the demo delivery and its answer key; print the command that evaluates it."""
    from parcels.demo import POLICIES, DemoRefused, write

    try:
        wanted = tuple(int(part) for part in years.split(","))
    except ValueError:
        complain(say("cli.demo.bad_years", years=years))
        raise typer.Exit(NOTHING) from None
    with spoken(), progress(say("cli.demo.title")):
        try:
            paths = write(folder, parcels=parcels, firms=firms, years=wanted, seed=seed)
        except DemoRefused as error:
            complain(error)
            raise typer.Exit(NOTHING) from None
    typer.echo(say("cli.demo.done", folder=paths.folder, key=paths.key))
    chosen = " ".join(f"--policy {name}" for name in POLICIES)
    typer.echo(f"mujian evaluate {folder} {chosen} --year {max(wanted)} --out {folder}-run")


@app.command(help=say("cli.check.help"))
def check(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help=say("cli.check.delivery"))],
    policy: Annotated[str | None, typer.Option(help=say("cli.check.policy"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """Read a delivery, or a published list of grades, and list its faults; judge nothing."""
    from evaluation.policy.grading import cuts_of
    from evaluation.policy.load import load
    from evaluation.published import published
    from parcels.book import build
    from parcels.delivery import read
    from parcels.questions import answers
    from reports.console import check_data, check_lines, published_lines

    there(delivery)
    with spoken(), progress(say("cli.check.title")):
        results = published(delivery, cuts_of(load(policy)) if policy else None)
        book = None if results and delivery.is_file() else build(read(delivery))
    doubtful = any(result.faults for result in results)
    if book is None:
        tell_as({"published": [one.data() for one in results]}, published_lines(results), as_json=as_json)
        raise typer.Exit(PARTLY if doubtful else OK)
    questions = answers(book)
    blocking = bool((book.faults["severity"] == "blocking").any())
    body = {**check_data(book, questions), "published": [one.data() for one in results]}
    tell_as(body, [*check_lines(book, questions), *published_lines(results)], as_json=as_json)
    if not book.delivered and not results:
        complain(say("reports.intake.nothing", path=delivery))
        raise typer.Exit(NOTHING)
    raise typer.Exit(PARTLY if blocking or (doubtful and not book.delivered) else OK)


@app.command(help=say("cli.evaluate.help"))
def evaluate(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help=say("cli.delivery"))],
    policy: Annotated[list[str], typer.Option(help=say("cli.evaluate.policy"))],
    year: Annotated[int, typer.Option(help=say("cli.evaluate.year"))],
    out: Annotated[Path, typer.Option(help=say("cli.evaluate.out"))],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=say("cli.evaluate.as_of"))] = None,
    engine: Annotated[str, typer.Option(metavar="local|processes|spark", help=say("cli.engine.help"))] = "local",
    master: Annotated[str | None, typer.Option(metavar="URL", help=say("cli.engine.master"))] = None,
    memory: Annotated[float | None, typer.Option(metavar="GiB", help=say("cli.engine.memory"))] = None,
    inputs: Annotated[bool, typer.Option("--inputs/--no-inputs", help=say("cli.evaluate.inputs"))] = True,  # noqa: FBT002
    again: Annotated[bool, typer.Option("--again", help=say("cli.evaluate.again"))] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """Evaluate a delivery under policies and write every output of the contract."""
    from reports.console import evaluated_lines
    from reports.produce import produce

    day = as_of.date() if as_of else date(year, 12, 31)
    with spoken(), progress(say("cli.evaluate.title")) as tell:
        how = {"engine": engine, "master": master, "memory": memory}
        verdicts = produce(delivery, policy, year, day, out, **how, keep_inputs=inputs, again=again, tell=tell)
    unanswered = verdicts.provenance["unanswered"]
    body = {
        "out": str(out), "questions": verdicts.questions, "unanswered": unanswered, "taken_over": verdicts.taken_over,
    }  # fmt: skip
    tell_as(body, evaluated_lines(verdicts, out), as_json=as_json)
    complain(*unanswered)
    raise typer.Exit(PARTLY if unanswered else OK)


@app.command(help=say("cli.areas.help"))
def areas(
    parcels: Annotated[str, typer.Argument(metavar="PARCELS", help=say("cli.areas.parcels"))],
    use: Annotated[str, typer.Argument(metavar="LANDUSE", help=say("cli.areas.use"))],
    out: Annotated[str, typer.Option(help=say("cli.areas.out"))],
    zones: Annotated[str | None, typer.Option(help=say("cli.areas.zones"))] = None,
    parcel_id: Annotated[str, typer.Option(help=say("cli.areas.parcel_id"))] = "parcel_id",
    class_: Annotated[str, typer.Option("--class", help=say("cli.areas.class"))] = "code",
    zone_id: Annotated[str, typer.Option(help=say("cli.areas.zone_id"))] = "zone_id",
    pieces: Annotated[bool, typer.Option("--pieces", help=say("cli.areas.pieces"))] = False,  # noqa: FBT002
    engine: Annotated[str, typer.Option(metavar="local|processes|spark", help=say("cli.engine.help"))] = "local",
    master: Annotated[str | None, typer.Option(metavar="URL", help=say("cli.engine.master"))] = None,
    memory: Annotated[float | None, typer.Option(metavar="GiB", help=say("cli.engine.memory"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """Measure parcel × class × zone over GeoParquet layers that need not fit the memory."""
    with spoken(), progress(say("cli.areas.title")):
        from gis import engines, measure, province

        asked = province.Asked(parcels, use, zones, parcel_id, class_, zone_id, pieces)
        with engines.using(engine, master=master, memory=memory):
            counts = province.run(asked, out)
    mu = measure.half_up(measure.to_mu(counts.area_m2), 4)
    body = {"out": out, "parts": counts.parts, "rows": counts.rows, "area_mu": mu}
    tell_as(body, [say("cli.areas.drawn" if pieces else "cli.areas.done", **body)], as_json=as_json)


@app.command(help=say("cli.explain.help"))
def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=say("cli.explain.run"))],
    kind: Annotated[str, typer.Argument(metavar="firm|parcel|zone", help=say("cli.explain.kind"))],
    subject: Annotated[str, typer.Argument(metavar="ID", help=say("cli.explain.subject"))],
    not_in: Annotated[str | None, typer.Option("--not-in", help=say("cli.explain.not_in"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """Rebuild the tree behind the judgements on one firm, parcel or zone, or why it is not on a list."""
    from casework.workspace import replay
    from evaluation.explain import SUBJECTS, NoSuchSubject, why_not
    from evaluation.explain import explain as tree
    from reports.console import node_lines

    if kind not in SUBJECTS:
        complain(say("cli.explain.bad_kind", kind=kind, known="、".join(SUBJECTS)))
        raise typer.Exit(NOTHING)
    with spoken(), progress(say("cli.explain.title")):
        opened = replay(run)
        try:
            behind = (opened.book, opened.policies, opened.verdicts, kind, subject)
            node = tree(*behind) if not_in is None else why_not(*behind, not_in)
        except NoSuchSubject as error:
            complain(error)
            raise typer.Exit(NOTHING) from None
    tell_as(node.data(), node_lines(node), as_json=as_json)


@app.command(help=say("cli.draft.help"))
def draft(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=say("cli.explain.run"))],
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help=say("cli.draft.parcel"))],
    kind: Annotated[str, typer.Option(help=say("cli.draft.kind"))] = "visit",
    out: Annotated[Path | None, typer.Option(help=say("cli.draft.out"))] = None,
) -> None:
    """Write the field sheet of a parcel, or a draft of one of art. 5's and art. 9's papers."""
    from casework.workspace import open_run
    from reports.notices import NotDrafted
    from reports.papers import PAPERS

    if kind not in PAPERS:
        complain(say("cli.draft.bad_kind", kind=kind, known="、".join(PAPERS)))
        raise typer.Exit(NOTHING)
    path = out or Path(f"{say(f'notices.kind.{kind}')}-{parcel}.docx")
    with spoken():
        opened = open_run(run)
        try:
            path.write_bytes(PAPERS[kind](opened.verdicts, opened.policies, parcel))
        except NotDrafted as error:
            complain(error)
            raise typer.Exit(NOTHING) from None
        except LookupError:
            complain(say("cli.draft.no_parcel", parcel=parcel))
            raise typer.Exit(NOTHING) from None
    typer.echo(say("cli.draft.done", path=path))


@app.command(help=say("cli.plan.help"))
def plan(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=say("cli.explain.run"))],
    mu: Annotated[float | None, typer.Option(help=say("cli.plan.mu"))] = None,
    share: Annotated[str | None, typer.Option(help=say("cli.plan.share"))] = None,
    zone: Annotated[str, typer.Option(help=say("cli.plan.zone"))] = "",
    kind: Annotated[list[str] | None, typer.Option(help=say("cli.plan.kind"))] = None,
    gap: Annotated[float | None, typer.Option(help=say("cli.plan.gap"))] = None,
    owners: Annotated[bool, typer.Option("--owners", help=say("cli.plan.owners"))] = False,  # noqa: FBT002
    together: Annotated[bool, typer.Option("--together", help=say("cli.plan.together"))] = False,  # noqa: FBT002
    out: Annotated[Path | None, typer.Option(help=say("cli.plan.out"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """Find the smallest set of sleeping parcels that frees land or lifts a share."""
    from casework.workspace import open_run
    from reports.landmap import plan_map
    from reports.plan import Ask, NotPlanned, land_of, planned

    ask = Ask(mu, share, tuple(kind or ("idle",)), zone, gap, owners=owners, together=together)
    with spoken(), progress(say("screens.plan.working")):
        opened = open_run(run)
        try:
            land = land_of(opened.verdicts, opened.policies, ask)
            answer = planned(opened.verdicts, land, ask)
        except NotPlanned as error:
            complain(error)
            raise typer.Exit(NOTHING) from None
        picture = plan_map(opened.verdicts, land, answer.parcels["parcel_id"]) if out else None
        if out and picture:
            out.write_bytes(picture)
    tell_as(answer.data(), answer.lines(), as_json=as_json)
    raise typer.Exit(OK if answer.found else PARTLY)


@app.command(help=say("cli.edges.help"))
def edges(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=say("cli.explain.run"))],
    within: Annotated[float, typer.Option(help=say("cli.edges.within"))] = 2.0,
    firm: Annotated[str | None, typer.Option(help=say("cli.edges.firm"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,  # noqa: FBT002
) -> None:
    """List the firms near a cut and the exact ties; of one firm, the least change that moves it a class."""
    from casework.workspace import replay
    from evaluation.distance import distance
    from evaluation.edges import edges as found
    from reports.console import distance_lines, edge_lines, records

    with spoken(), progress(say("cli.explain.title")):
        graded = replay(run).verdicts.parts["grading"]
        moves = {one.policy.id: distance(one, firm) for one in graded if firm in one.members.index}
        told = found(graded, within)
    if firm is None:
        body = {name: records(told[name]) for name in ("cliffs", "ties")}
        tell_as(body, edge_lines(told, within), as_json=as_json)
        return
    if not moves:
        complain(say("cli.edges.no_firm", firm=firm))
        raise typer.Exit(NOTHING)
    tell_as({name: records(one) for name, one in moves.items()}, distance_lines(moves), as_json=as_json)


@policies_app.command("list", help=say("cli.policies.list"))
def policies_list() -> None:
    """List the shipped policies: id, kind, place, data years, title."""
    from evaluation.policy.load import load_all, shipped

    with spoken():
        for policy in load_all(shipped()):
            typer.echo(f"{policy.id}\t{policy.kind}\t{policy.label}")


@policies_app.command("show", help=say("cli.policies.show"))
def policies_show(ref: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Print a policy as it applies, inheritance resolved."""
    import yaml

    from evaluation.policy.load import load
    from reports.console import lineage_lines

    with spoken():
        policy = load(ref)
        plain = policy.model_dump(mode="json", by_alias=True)
        typer.echo(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110))
    for line in lineage_lines(policy):
        typer.echo(f"# {line}")


@policies_app.command("validate", help=say("cli.policies.validate"))
def policies_validate(refs: Annotated[list[Path], typer.Argument(metavar="FILE_OR_DIR")]) -> None:
    """Check policy files: 0 all well, 1 some file has a problem, 2 a file cannot be read."""
    from evaluation.validate import validate

    worst = OK
    for ref in refs:
        if not ref.exists():
            complain(say("cli.os_error", path=ref, why=say("cli.absent")))
            worst = NOTHING
            continue
        found = validate(ref)
        for line in found.lines:
            typer.echo(line)
        complain(*found.problems)
        worst = max(worst, found.code)
    raise typer.Exit(worst)


@policies_app.command("unguarded", help=say("cli.policies.unguarded"))
def policies_unguarded(ref: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """List the deciding values of a grading policy that no worked example guards: 0 none, 1 some."""
    from evaluation.policy.grading import GradingPolicy
    from evaluation.policy.guard import unguarded
    from evaluation.policy.load import load

    with spoken(), progress(say("cli.policies.unguarded")):
        policy = load(ref)
        found = unguarded(policy) if isinstance(policy, GradingPolicy) else []
    for one in found:
        typer.echo(say("cli.policies.mutation", path=one.path, before=one.before, after=one.after))
    if not found:
        typer.echo(say("cli.policies.guarded", examples=len(policy.examples)))
    raise typer.Exit(PARTLY if found else OK)


@app.command(help=say("cli.serve.help"))
def serve(
    workspace: Annotated[Path, typer.Option(help=say("cli.serve.workspace"))] = Path("workspace"),
    port: Annotated[int, typer.Option(help=say("cli.serve.port"))] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help=say("cli.serve.host"))] = "127.0.0.1",
) -> None:
    """Serve the map and the pages of a workspace."""
    import os
    import subprocess

    environment = {**os.environ, "MUJIAN_WORKSPACE": str(workspace.resolve()), "PYTHONUTF8": "1"}
    root = Path(__file__).resolve().parent
    options = ["--server.port", str(port), "--server.address", host, "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(root / "app.py"), *options]
    try:
        raise typer.Exit(subprocess.run(command, cwd=root, env=environment, check=False).returncode)  # noqa: S603
    except KeyboardInterrupt:
        raise typer.Exit(OK) from None


@app.command(help=say("cli.doctor.help"))
def doctor() -> None:
    """Say what this machine has and lacks: versions, own packages not shadowed, kernel, fonts, browser."""
    from reports.doctor import findings

    found = findings(Path(__file__).resolve().parent)
    for line in found:
        typer.echo(f"{'✓' if line.well else '✗'} {line.what}　{line.detail}")
    raise typer.Exit(OK if all(line.well for line in found) else PARTLY)


def main() -> None:
    """Open the door with UTF-8 on every console, Windows included."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    from reports.usage import misused

    try:
        code = app(standalone_mode=False, prog_name="mujian")
    except TyperException as refused:
        complain(misused(refused))
        code = NOTHING
    except (typer.Abort, KeyboardInterrupt):
        code = PARTLY
    sys.exit(code or OK)


if __name__ == "__main__":
    main()
