"""Load policies: find the file, merge what it inherits, check it by its kind, tell all problems at once."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from evaluation.policy import dated
from evaluation.policy.merge import Lines, merged
from evaluation.policy.model import NONE, Origin, Override, Policy
from evaluation.policy.read import ABSENT, Document, PolicyError, Problem, Where, dotted, read, step
from parcels.words import say

P = TypeVar("P", bound=Policy)
LIBRARY = Path(__file__).parents[1] / "policies"
SUFFIXES = (".yaml", ".yml")
TIMED = frozenset({"grading"})  # kinds whose plain values may be dated entries; the others have dates built in


def load(ref: str | Path, library: Path | None = None) -> Policy:
    """Return one policy: `ref` is an id of the library or a .yaml file; what it inherits is looked for beside it first.

    Raises PolicyError with every problem of the file: file, line, key path, Chinese sentence.
    """
    return build(_find(ref, (library or LIBRARY,)), library)


def load_all(refs: Iterable[str | Path], library: Path | None = None) -> list[Policy]:
    """Return the policies of several refs, each an id, a .yaml file or a folder of them; one PolicyError for all."""
    policies: list[Policy] = []
    problems: list[Problem] = []
    for ref in refs:
        try:
            for file in files(ref, library):
                try:
                    policies.append(build(file, library))
                except PolicyError as error:
                    problems.extend(error.problems)
        except PolicyError as error:
            problems.extend(error.problems)
    if problems:
        raise PolicyError(list(dict.fromkeys(problems)))
    return list({policy.id: policy for policy in policies}.values())


def files(ref: str | Path, library: Path | None = None) -> list[Path]:
    """Return the policy files a ref stands for: one for an id or a file, all of them for a folder."""
    folder = Path(ref)
    if not folder.is_dir():
        return [_find(ref, (library or LIBRARY,))]
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    if not found:
        raise PolicyError([Problem(folder.name, 0, "", say("evaluation.policy.empty_folder"))])
    return found


def shipped(library: Path | None = None) -> list[str]:
    """Return the ids of the policies in the library."""
    return sorted(path.stem for path in (library or LIBRARY).glob("*.yaml"))


def build(file: Path, library: Path | None = None) -> Policy:
    """Return the policy of a file with all it inherits, checked."""
    documents = _lineage(file, (file.parent, library or LIBRARY))
    data, lines, overrides = documents[-1].data, documents[-1].lines, list[Override]()
    for document in reversed(documents[:-1]):
        data, lines, said = merged(data, lines, document)
        overrides += said
    own = documents[0]
    policy = _checked(data, lines, own, [problem for document in documents for problem in document.problems])
    policy._lineage = tuple(Origin(str(d.data.get("id")), d.file, d.sha256) for d in documents)  # noqa: SLF001
    policy._overrides = tuple(overrides)  # noqa: SLF001
    return policy


def variant(policy: P, saying: Mapping[str, Any]) -> P:
    """Return the policy as it would be if its file said `saying` too, merged as by inheritance; no examples."""
    if not saying:
        return policy
    lines: Lines = {}
    said = Document(policy.file, "", {"id": policy.id, **saying})
    data, _, _ = merged(policy.data, lines, said)
    changed = _checked(data, lines, said, [])
    changed._lineage = policy.lineage  # noqa: SLF001
    return cast(P, changed)


def rebuilt(policy: P, data: dict[str, Any]) -> P:
    """Return a policy of other data, its place and its examples kept; PolicyError where it is unsound."""
    changed = _checked(data, {}, Document(policy.file, "", data), [])
    changed._lineage = policy.lineage  # noqa: SLF001
    return cast(P, changed)


def _find(ref: str | Path, folders: Sequence[Path]) -> Path:
    path = Path(ref)
    if path.suffix in SUFFIXES and path.is_file():
        return path
    for folder in folders:
        named = folder / f"{ref}.yaml"
        if path.suffix not in SUFFIXES and Path(str(ref)).name == str(ref) and named.is_file():
            return named
    known = "、".join(sorted({name for folder in folders for name in shipped(folder)}))
    raise PolicyError([Problem(str(ref), 0, "", say("evaluation.policy.not_found", ref=ref, known=known))])


def _lineage(file: Path, folders: Sequence[Path]) -> list[Document]:
    documents = [read(file)]
    while (parent := documents[-1].data.get("inherits", NONE)) not in {NONE, None}:
        child = documents[-1]
        try:
            found = _parent(str(parent), child.file, folders)
        except PolicyError:
            raise _problem(child, ("inherits",), say("evaluation.policy.inherits_missing", ref=parent)) from None
        if found.resolve() in {document.file.resolve() for document in documents}:
            circle = " → ".join([str(document.data.get("id")) for document in documents] + [str(parent)])
            raise _problem(child, ("inherits",), say("evaluation.policy.inherits_circle", circle=circle))
        documents.append(read(found))
        kind, other = child.data.get("kind"), documents[-1].data.get("kind")
        if kind is not None and kind != other:
            message = say("evaluation.policy.inherits_kind", ref=parent, kind=kind, other=other)
            raise _problem(child, ("inherits",), message)
    return documents


def _parent(ref: str, child: Path, folders: Sequence[Path]) -> Path:
    """Return the file a child inherits from: a file named beside it, an id beside it, an id of the library."""
    beside = child.parent / ref
    if beside.suffix in SUFFIXES and beside.is_file():
        return beside
    others = [folder for folder in folders if (folder / f"{ref}.yaml").resolve() != child.resolve()]
    return _find(ref, others or folders)


def _problem(document: Document, where: Where, message: str) -> PolicyError:
    line = document.lines.get(where, (document.file, 1))[1]
    return PolicyError([Problem(document.file.name, line, dotted(where, document.data), message)])


def _checked(data: dict[str, Any], lines: Lines, own: Document, read_problems: list[Problem]) -> Policy:
    from evaluation.policy.kinds import KINDS

    kind = data.get("kind")
    if kind not in KINDS:
        key = "kind_missing" if kind is None else "kind_unknown"
        message = say(f"evaluation.policy.{key}", kind=kind, known="、".join(KINDS))
        raise _problem(own, ("kind",), message)
    wrong = [_placed(where, message, data, lines, own) for where, message in dated.faults(data) if kind in TIMED]
    if wrong:
        raise PolicyError(read_problems + wrong)
    found = list[Problem]()
    for day in dated.days(data) if kind in TIMED else [dt.date.max]:
        holding = dated.resolved(data, day) if kind in TIMED else data
        try:
            policy = KINDS[kind].model_validate(holding)
        except ValidationError as error:
            raise PolicyError(read_problems + _sentences(error, holding, lines, own, KINDS[kind])) from None
        policy._data = data  # noqa: SLF001
        found += [_placed(where, message, data, lines, own) for where, message in policy.faults()]
    found = list(dict.fromkeys(found))
    if read_problems or found:
        raise PolicyError(read_problems + sorted(found, key=lambda problem: problem.line))
    return policy


def _sentences(
    error: ValidationError, data: dict[str, Any], lines: Lines, own: Document, model: type[Policy]
) -> list[Problem]:
    """Return one problem a place: pydantic's branches of a union at one place become one sentence."""
    places: dict[Where, Problem] = {}
    for fault in error.errors(include_url=False):
        where = _real(tuple(fault["loc"]), data)
        problem = _placed(where, _worded(dict(fault), model), data, lines, own)
        if where not in places or fault["type"] == "policy":
            places[where] = problem
    return sorted(places.values(), key=lambda problem: (problem.file, problem.line, problem.path))


def _placed(where: Where, message: str, data: dict[str, Any], lines: Lines, own: Document) -> Problem:
    """Return the problem at a key path: the file and line that say the value, own or inherited."""
    file, line = _line(where, lines, own)
    inherited = say("evaluation.policy.inherited", file=own.file.name) if file != own.file else ""
    return Problem(file.name, line, dotted(where, data), message + inherited)


def _real(loc: Where, data: Any) -> Where:
    """Return the part of a pydantic location that is a path of the file: its union tags are not."""
    at: Any = data
    real = list[str | int]()
    for part in loc:
        if (inner := step(at, part)) is not ABSENT:
            at = inner
            real.append(part)
    return tuple(real)


def _line(where: Where, lines: Lines, own: Document) -> tuple[Path, int]:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, (own.file, 1))


def _worded(fault: dict[str, Any], model: type[Policy]) -> str:
    kind, last = fault["type"], fault["loc"][-1] if fault["loc"] else ""
    context = fault.get("ctx", {})
    if kind == "policy":
        return str(fault["msg"])
    if kind == "extra_forbidden":
        known = "、".join(_known_keys(model, tuple(fault["loc"][:-1])))
        return say("evaluation.policy.unknown_key", name=last, known=known)
    if kind == "missing":
        return say(f"evaluation.policy.{'missing_source' if last == 'source' else 'missing_key'}", name=last)
    if kind in {"literal_error", "union_tag_invalid"}:
        known = context.get("expected") or context.get("expected_tags")
        return say(
            "evaluation.policy.one_of",
            known=str(known).replace(" or ", "、").replace(", ", "、").replace("'", ""),
            value=fault["input"],
        )
    value = fault["input"] if not isinstance(fault["input"], dict | list) else "…"
    return say("evaluation.policy.wrong", value=value, problem=_problem_words(kind, context))


def _known_keys(model: type[Policy], loc: Where) -> list[str]:
    """Return the keys allowed at a place: the fields of every model that may stand there."""
    models: set[type[BaseModel]] = {model}
    for part in loc:
        fields = [f for m in models for name, f in m.model_fields.items() if part in {name, f.alias}]
        models = {m for f in fields for m in _models_in(f.annotation)} or models
    return sorted({f.alias or name for m in models for name, f in m.model_fields.items()})


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in get_args(annotation) for found in _models_in(part)}


def _problem_words(kind: str, context: dict[str, Any]) -> str:
    key = f"evaluation.policy.types.{kind}"
    try:
        return say(key, **{name: value for name, value in context.items() if name != "error"})
    except KeyError:
        return kind
