"""`reference/json.md`: the JSON Schemas as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyhole_docs.installed import ROOT
from keyhole_docs.markdown import GENERATED, table

__all__ = ["page", "schemas"]


def schemas() -> list[Path]:
    """Every schema of a document that a command prints."""
    return sorted((ROOT / "docs" / "reference").glob("*.schema.json"))


def page() -> str:
    """The whole page."""
    return "\n\n".join([GENERATED, *_INTRODUCTION, *map(_document, schemas())]) + "\n"


def _document(path: Path) -> str:
    schema = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"## `{schema['title']}`", f"{schema['description']} [Schema]({path.name})."]
    for name, rule in _objects(schema):
        parts += [*([f"**{name}**"] if name else []), _table(rule, schema)]
    return "\n\n".join(parts)


def _objects(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "properties" in schema:
        yield "", schema
    for name, rule in schema.get("$defs", {}).items():
        if "properties" in rule:
            yield name, rule


def _table(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    return table(
        ("key", "type", "what"),
        (
            (f"`{key}`", _type(value), value.get("description") or _target(value, schema))
            for key, value in rule["properties"].items()
        ),
    )


def _target(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    named = schema.get("$defs", {}).get(value.get("$ref", "").rpartition("/")[2], {})
    return str(named.get("description", ""))


def _type(value: Mapping[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(f"`{json.dumps(it)}`" for it in value["enum"])
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2].replace("_", " ")
    if "anyOf" in value:
        return " or ".join(_type(each) for each in value["anyOf"])
    kinds = value.get("type", "anything")
    named = str(kinds) if isinstance(kinds, str) else " or ".join(kinds)
    return f"array of {_type(value['items'])}" if named == "array" and "items" in value else named


_INTRODUCTION = (
    "# JSON documents",
    "What commands print with `--json`, each with its JSON Schema (draft 2020-12). Keys may be "
    "added in later versions; none is taken away or changes its meaning without a new major "
    "version. No document holds a secret.",
)
