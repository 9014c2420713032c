"""JSON documents that commands print: whether one is what its schema says, and no more."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from keyhole_docs.schemas import schemas

__all__ = ["SCHEMAS", "check"]

SCHEMAS: dict[str, Any] = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in schemas()
}
"""The schemas by their names: "status"."""


def check(name: str, document: object) -> None:
    """Raises where a document does not fit its schema, or has a key that the schema leaves out.

    The schema itself admits further keys, for who reads what a later version prints.
    """
    jsonschema.validate(document, _closed(SCHEMAS[name]))


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    rules = {name: _closed(rule) for name, rule in schema.get("$defs", {}).items()}
    only = {"additionalProperties": False} if "properties" in schema else {}
    return {**schema, **({"$defs": rules} if rules else {}), **only}
