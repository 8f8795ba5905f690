"""TypeScript types from the JSON Schemas that pydantic writes: the parts of JSON Schema it uses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

_PRIMITIVES = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}


def declarations(schemas: Mapping[str, Schema], *, note: str) -> str:
    """One file with a type for every document and every part; a part of the same name is one."""
    types: dict[str, str] = {}
    for schema in schemas.values():
        parts = {**schema.get("$defs", {}), schema["title"]: schema}
        for name, part in parts.items():
            declared = _declaration(name, part)
            if types.setdefault(name, declared) != declared:
                raise ValueError(f"two parts of the contract are called {name}")
    return f"// {note}\n\n" + "\n".join(types.values())


def mapping(name: str, comment: str, types: Mapping[str, str]) -> str:
    """An interface that gives each name on the wire the type that belongs to it."""
    members = "".join(f"  {json.dumps(key)}: {value};\n" for key, value in types.items())
    return f"{_comment(comment, '')}export interface {name} {{\n{members}}}\n"


def _declaration(name: str, schema: Schema) -> str:
    comment = _comment(schema.get("description"), "")
    if schema.get("type") != "object" or "properties" not in schema:
        return f"{comment}export type {name} = {_type(schema)};\n"
    body = "".join(_members(schema))
    return f"{comment}export interface {name} {{\n{body}}}\n"


def _members(schema: Schema) -> Iterator[str]:
    required = schema.get("required", [])
    for name, member in schema["properties"].items():
        mark = "" if name in required else "?"
        yield _comment(member.get("description"), "  ")
        yield f"  {name}{mark}: {_type(member)};\n"
    if schema.get("additionalProperties") is True:
        yield "  /** Fields that this version does not know are kept. */\n"
        yield "  [unknown: string]: unknown;\n"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(option) for option in schema[key]))
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return "[" + ", ".join(_type(item) for item in schema["prefixItems"]) + "]"
        return f"Array<{_type(schema['items'])}>"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"
    if schema.get("type") in _PRIMITIVES:
        return _PRIMITIVES[schema["type"]]
    if not schema.keys() - {"title", "description", "default"}:
        return "unknown"
    raise ValueError(f"no TypeScript type for {schema}")


def _comment(text: str | None, indent: str) -> str:
    if not text:
        return ""
    lines = text.strip().splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    inner = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{inner}{indent} */\n"
