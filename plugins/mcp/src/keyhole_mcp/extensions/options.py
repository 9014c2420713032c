"""The keys of the tables `[mcp."URL"]` that choose an extension."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from keyhole import Option
from keyhole_mcp.options import issuer, text, truth

__all__ = ["CLIENT_CREDENTIALS", "ENTERPRISE", "OPTIONS", "WORKLOAD"]

CLIENT_CREDENTIALS = "client_credentials"
ENTERPRISE = "enterprise_managed"
WORKLOAD = "workload_identity"

_GRANTS = (CLIENT_CREDENTIALS, ENTERPRISE, WORKLOAD)
_SUBJECTS = ("id_token", "refresh_token", "saml2")


def _grant(value: object) -> str | None:
    return str(value) if value in _GRANTS else None


def _subject(value: object) -> str | None:
    return str(value) if value in _SUBJECTS else None


def _file(value: object) -> str | None:
    """A file that is the same wherever keyhole is started."""
    if not isinstance(value, str) or not value.isprintable():
        return None
    absolute = PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()
    return value if absolute or value.startswith("~/") else None


def _option(name: str, expected: str, convert: Any, default: Any = "") -> Option:
    return Option(f"mcp.*.{name}", expected, convert, default)


_FILE = "the absolute path of a file, or one that begins with ~/"

OPTIONS = (
    _option("grant", f"one of {', '.join(_GRANTS)}", _grant),
    _option("issuer", "the URL of an authorization server", issuer),
    _option("private_key", _FILE, _file),
    _option("signing_algorithm", "a name such as ES256 or RS256", text),
    _option("idp", "the URL of an identity provider", issuer),
    _option("idp_client_id", "printable ASCII without blanks", text),
    _option("idp_private_key", _FILE, _file),
    _option("idp_token_file", _FILE, _file),
    _option("idp_token_type", f"one of {', '.join(_SUBJECTS)}", _subject, "id_token"),
    _option("assertion_file", _FILE, _file),
    _option("dpop", "true or false", truth, default=False),
)
"""Each key has the name of the attribute of `Chosen` that it fills."""
