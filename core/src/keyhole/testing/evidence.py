"""What a contract looks at: everything that a source and its findings give away."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator

import attrs

from keyhole.credential import Credential
from keyhole.source import CredentialSource, Finding, Found

__all__ = ["data_of", "facts_of", "pickled", "promises_of", "texts_of"]


def promises_of(finding: Found, credential: Credential) -> Iterator[tuple[str, object, object]]:
    """What was announced, with what came of it."""
    if finding.kind:
        yield "kind", finding.kind.name, credential.kind.name
        yield "headers", sorted(finding.kind.headers), sorted(credential.headers())
    if finding.endpoint:
        yield "endpoint", finding.endpoint.url, credential.endpoint


def data_of(source: CredentialSource) -> tuple[str, int, frozenset[str], str]:
    """What must never change."""
    return source.name, source.priority, frozenset(source.selectors), source.billing


def facts_of(finding: Finding) -> object:
    """All that a finding says; two functions that load are never equal."""
    return attrs.asdict(finding, recurse=False, filter=lambda field, _value: field.name != "load")


def texts_of(finding: Finding) -> Iterator[tuple[str, str]]:
    """Every text about a finding, with where it stands."""
    fields = attrs.asdict(finding)
    for name, value in fields.items():
        yield name, f"{value!r}{value}{json.dumps(value, default=str)}"
    yield "its repr", f"{finding!r}{finding}"


def pickled(finding: Finding) -> bytes:
    """A finding as another process would get it; nothing where it refuses."""
    try:
        return pickle.dumps(finding)
    except Exception:  # noqa: BLE001  # a refusal is as good as a clean pickle
        return b""
