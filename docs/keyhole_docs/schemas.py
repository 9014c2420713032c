"""`reference/json.md`: the JSON Schemas as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyhole_docs.installed import ROOT
from keyhole_docs.markdown import GENERATED, code, table

__all__ = ["page", "printers", "schemas"]


def schemas() -> list[Path]:
    """Every schema of a document that a command prints."""
    return sorted((ROOT / "docs" / "reference").glob("*.schema.json"))


def printers(schema: Mapping[str, Any]) -> list[str]:
    """The command lines that print a schema's document: its title has them, with commas between."""
    return str(schema["title"]).split(", ")


def page() -> str:
    """The whole page."""
    return "\n\n".join([GENERATED, *_INTRODUCTION, *map(_document, schemas())]) + "\n"


def _document(path: Path) -> str:
    schema = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"## {code(printers(schema))}", f"{schema['description']} [Schema]({path.name})."]
    for name, rule in _objects(schema):
        said = f"**{_words(name)}**: {rule['description']}"
        parts += [*([said] if name else []), _table(rule, schema)]
    return "\n\n".join(parts)


def _objects(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, rule in {"": schema, **schema.get("$defs", {})}.items():
        if rule.get("type") == "object":
            yield name, rule


def _table(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    return table(
        ("key", "type", "what"),
        (
            (key, _type(value, schema), {**_target(value, schema), **value}["description"])
            for key, value in _keys(rule)
        ),
    )


def _keys(rule: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each key with its rule; of a map, whose keys are free, one row says what they are."""
    for key, value in rule.get("properties", {}).items():
        yield f"`{key}`", value
    if "properties" not in rule:
        yield rule["propertyNames"]["description"].removesuffix("."), rule["additionalProperties"]


def _target(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule that a reference leads to; none where it is no reference."""
    named: Mapping[str, Mapping[str, Any]] = schema.get("$defs", {})
    return named.get(_name(value), {})


def _type(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(f"`{json.dumps(it)}`" for it in value["enum"])
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "$ref" in value:
        target = _target(value, schema)
        return _words(_name(value)) if target["type"] == "object" else _type(target, schema)
    if "anyOf" in value:
        return " or ".join(_type(each, schema) for each in value["anyOf"])
    kinds = value.get("type", "anything")
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    if "items" in value:
        named[named.index("array")] = f"array of {_type(value['items'], schema)}"
    return " or ".join(named)


def _name(value: Mapping[str, Any]) -> str:
    return str(value.get("$ref", "")).rpartition("/")[2]


def _words(name: str) -> str:
    return name.replace("_", " ")


_INTRODUCTION = (
    "# JSON documents",
    "What commands print as JSON, each with its JSON Schema (draft 2020-12). Keys may be added "
    "in later versions; none is taken away or changes its meaning without a new major version. "
    "No document holds a secret, but for those of commands that exist to give one: they say so.",
    "A command that fails before there is anything to tell prints no document: the error is on "
    "standard error, and the [exit code](commands.md) tells its kind. Times are by this machine's "
    "clock; what is not there, or not known, is null.",
)
