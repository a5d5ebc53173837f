"""The JSON Schema of policy files, one branch a kind, so that an editor helps while a jurist types."""

import json
from typing import Any

from evaluation.policy.dated import KEYS as DATED
from evaluation.policy.kinds import KINDS
from evaluation.policy.load import TIMED


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of every kind of policy; `kind` chooses the branch."""
    definitions: dict[str, Any] = {}
    branches = []
    for kind, model in KINDS.items():
        one = model.model_json_schema(by_alias=True, ref_template="#/$defs/" + kind + ".{model}")
        for name, inner in one.pop("$defs", {}).items():
            definitions[f"{kind}.{name}"] = inner
        if kind in TIMED:
            definitions = {name: _dated(inner) for name, inner in definitions.items()}
        one["properties"]["kind"] = {"const": kind}
        definitions[kind] = one
        branches.append({"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/$defs/{kind}"}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mujian policy",
        "type": "object",
        "required": ["id", "kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": branches,
        "$defs": definitions,
    }


def _dated(inner: Any) -> Any:
    """Return a definition in which every plain number may also be a list of dated entries."""
    if isinstance(inner, dict):
        of = inner.get("anyOf", [])
        inner = {key: _dated(value) for key, value in inner.items()}
        return {**inner, "anyOf": [*inner["anyOf"], ENTRIES]} if {"type": "number"} in of else inner
    return [_dated(one) for one in inner] if isinstance(inner, list) else inner


ENTRIES = {"type": "array", "items": {"type": "object", "required": ["value", "source"], "additionalProperties": False,
           "properties": {name: {} for name in sorted(DATED)}}}  # fmt: skip


def text() -> str:
    """Return the schema as the text of docs/policy.schema.json."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
