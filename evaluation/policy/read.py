"""Read a policy's YAML with every key's line, no duplicate keys, and no words that silently turn into true or false."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from parcels.words import say

Where = tuple[str | int, ...]
MAX_NODES = 200_000
TEXT = "tag:yaml.org,2002:str"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: twenty times faster


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a policy file: where (file, line, key path) and a Chinese sentence."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        if self.line:
            return say("evaluation.policy.at", file=self.file, line=self.line, path=self.path, message=self.message)
        return say("evaluation.policy.at_file", file=self.file, message=self.message)


class PolicyError(ValueError):
    """Everything wrong in the policies asked for, all at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, with the file and line of every key path, and the keys written twice."""

    file: Path
    sha256: str
    data: dict[str, Any]
    lines: dict[Where, tuple[Path, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read(file: Path) -> Document:
    """Return a YAML file as data and lines; PolicyError says why it cannot be read."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
        root = yaml.compose(text, Loader=LOADER)
    except UnicodeDecodeError:
        raise PolicyError([Problem(file.name, 0, "", say("evaluation.policy.not_text"))]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "?"
        message = say("evaluation.policy.not_yaml", problem=problem)
        raise PolicyError([Problem(file.name, mark.line + 1 if mark else 0, "", message)]) from None
    if not isinstance(root, yaml.MappingNode):
        raise PolicyError([Problem(file.name, 0, "", say("evaluation.policy.not_mapping"))])
    reading = _Reading(file, text.splitlines())
    data = reading.value(root, ())
    return Document(file, hashlib.sha256(raw).hexdigest(), data, reading.lines, tuple(reading.problems))


class _Reading:
    """Turns the nodes of one file into data, noting lines and problems on the way."""

    def __init__(self, file: Path, text: list[str]) -> None:
        self.file = file
        self.text = text
        self.lines: dict[Where, tuple[Path, int]] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def value(self, node: yaml.Node, where: Where) -> Any:
        self.count += 1
        if self.count > MAX_NODES:
            message = say("evaluation.policy.too_large", limit=MAX_NODES)
            raise PolicyError([Problem(self.file.name, 0, "", message)])
        self.lines.setdefault(where, (self.file, node.start_mark.line + 1))
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, where))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part, (*where, position)) for position, part in enumerate(node.value)]
        return _scalar(node)

    def _pairs(self, node: yaml.MappingNode, where: Where) -> Iterator[tuple[Any, Any]]:
        seen: dict[Any, int] = {}
        for key_node, value_node in self._rejoined(node):
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else str(key_node.tag)
            line = key_node.start_mark.line + 1
            here = (*where, key)
            if key in seen:
                message = say("evaluation.policy.duplicate_key", name=key, first=seen[key])
                self.problems.append(Problem(self.file.name, line, dotted(here), message))
            seen[key] = line
            self.lines[here] = (self.file, line)
            yield key, self.value(value_node, here)

    def _rejoined(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """Return the pairs, a sentence that YAML cut at a comma inside { } put together again as it was written."""
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if node.flow_style and pairs and _rest_of_a_sentence(pairs[-1][1], key, value):
                key_before, said = pairs.pop()
                whole = self.text[said.start_mark.line][said.start_mark.column : key.end_mark.column]
                pairs.append((key_before, yaml.ScalarNode(said.tag, whole, said.start_mark, key.end_mark)))
            else:
                pairs.append((key, value))
        return pairs


def _rest_of_a_sentence(said: yaml.Node, key: yaml.Node, value: yaml.Node) -> bool:
    """Return whether a key without a value is no key but the words after a comma: {title: 甲(乙,丙)}."""
    plain = all(isinstance(one, yaml.ScalarNode) and one.style in {None, ""} for one in (said, key, value))
    one_line = said.start_mark.line == key.end_mark.line
    return plain and one_line and value.value == "" and said.tag == TEXT and not str(key.value).isascii()


def _scalar(node: yaml.Node) -> Any:
    """Return a scalar by the YAML 1.2 core rules: only true / false are truths, 06 and 12:30 are text."""
    text = str(node.value)
    read_as = SCALARS.get(str(node.tag).rpartition(":")[2])
    return text if read_as is None else read_as(text)


def _whole(text: str) -> int | str:
    digits = text.lstrip("+-")
    return int(text) if digits.isdigit() and (digits == "0" or not digits.startswith("0")) else text


def _decimal(text: str) -> float | str:
    return text if ":" in text or "_" in text else float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _date(text: str) -> dt.date | str:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


SCALARS: dict[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    "int": _whole,
    "float": _decimal,
    "timestamp": _date,
}


def dotted(where: Where, data: Any = None) -> str:
    """Return a key path as a reader says it: indicators.tax_per_mu.weight (an item's id for its position)."""
    words: list[str] = []
    at = data
    for part in where:
        inner = step(at, part)
        named = isinstance(part, int) and isinstance(inner, dict) and isinstance(inner.get("id"), str)
        place = part + 1 if isinstance(part, int) and not isinstance(at, dict) else part  # a year is a key, not a place
        words.append(str(inner["id"]) if named else str(place))
        at = inner
    return ".".join(words)


ABSENT = object()


def step(data: Any, part: str | int) -> Any:
    """Return what stands one step down a key path, or ABSENT."""
    if isinstance(data, dict):
        return data.get(part, ABSENT)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return ABSENT
