"""The keys of the table `[vault]` that are about a server; each method has more beside it."""

from __future__ import annotations

from keyhole.option import Option
from keyhole_vault_helper.options import A_PATH, A_TEXT, file_path, text, url

__all__ = [
    "ADDRESS",
    "CA_CERT",
    "CLIENT_CERT",
    "CLIENT_KEY",
    "ENGINE",
    "MOUNT",
    "NAMESPACE",
    "OPTIONS",
    "VERSION",
]


def _version(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if fits and isinstance(value, int) else None


ENGINES = ("auto", "kv1", "kv2", "dynamic")

ADDRESS = Option(
    "vault.address", "an http or https URL without a user, a query or a fragment", url, ""
)
"""The server; else BAO_ADDR or VAULT_ADDR says it."""

NAMESPACE = Option("vault.namespace", A_TEXT, text, "")
"""The namespace; else BAO_NAMESPACE or VAULT_NAMESPACE."""

CA_CERT = Option("vault.ca_cert", A_PATH, file_path, "")
"""Who is trusted to vouch for the server, in PEM; else BAO_CACERT or VAULT_CACERT."""

CLIENT_CERT = Option("vault.client_cert", A_PATH, file_path, "")
"""keyhole's own TLS certificate; else BAO_CLIENT_CERT or VAULT_CLIENT_CERT."""

CLIENT_KEY = Option("vault.client_key", A_PATH, file_path, "")
"""Its key; else BAO_CLIENT_KEY or VAULT_CLIENT_KEY."""

ENGINE = Option(
    "vault.engine",
    "one of " + ", ".join(ENGINES),
    lambda value: value if isinstance(value, str) and value in ENGINES else None,
    "auto",
)
"""Which secrets engine is there; "auto" asks the server."""

MOUNT = Option("vault.mount", A_TEXT, lambda value: (text(value) or "").strip("/") or None, "")
"""Where the engine is mounted; else the server says it, or it is the first part of the path."""

VERSION = Option("vault.version", "a whole number above 0", _version, 0)
"""The version of a KV v2 secret that is read; else the newest."""

OPTIONS = (ADDRESS, NAMESPACE, CA_CERT, CLIENT_CERT, CLIENT_KEY, ENGINE, MOUNT, VERSION)
