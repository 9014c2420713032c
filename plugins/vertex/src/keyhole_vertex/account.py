"""The facts about credentials that `status` shows, each with its place; never a secret."""

from __future__ import annotations

from collections.abc import Iterator

from keyhole import Detail
from keyhole.document import Document
from keyhole_vertex.adc import Adc

__all__ = ["details"]

_IMPERSONATION = "service_account_impersonation_url"
_TOKEN_SOURCES = ("executable", "file", "url", "certificate", "environment_id")
"""Where a workload identity configuration takes its subject token from."""


def details(adc: Adc) -> Iterator[Detail]:
    """The form of the credentials, and whose they are."""
    if adc.form:
        yield Detail("credentials", adc.form.words + _token_source(adc.document), adc.where)
    if adc.on_metadata_server:
        return
    for key in ("client_email", "account"):
        value = adc.document.get(key)
        if isinstance(value, str) and value:
            yield Detail("account", value, adc.document.where(key))
    impersonated = _principal(adc.document)
    if impersonated:
        yield Detail("impersonates", impersonated, adc.document.where(_IMPERSONATION))


def _token_source(document: Document) -> str:
    source = document.get("credential_source")
    if not isinstance(source, dict):
        return ""
    kind = next((name for name in _TOKEN_SOURCES if name in source), "")
    words = "aws" if kind == "environment_id" else kind
    return f" ({words})" if words else ""


def _principal(document: Document) -> str:
    """The account in `…/serviceAccounts/NAME:generateAccessToken`; empty if there is none."""
    url = document.get(_IMPERSONATION)
    if not isinstance(url, str):
        return ""
    name, action, _ = url.rpartition(":generateAccessToken")
    return name.rpartition("/")[2] if action else ""
