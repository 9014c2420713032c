"""TLS to the server: one context, for its HTTP client and for `keyhole vault check` alike."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from keyhole_vault_helper.errors import VaultError
from keyhole_vault_helper.openbao.connection import Connection

__all__ = ["context"]


def context(connection: Connection) -> ssl.SSLContext:
    """What the connection's certificates come to.

    Authorities that are named replace the system's, as in the vendors' command lines.

    Raises:
        VaultError: A file of certificates can't be used.
    """
    made = _trusting(connection)
    if not connection.verify:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if connection.client_cert:
        try:
            # Without a password: a prompt would wait for ever where nobody is.
            made.load_cert_chain(connection.client_cert, connection.client_key, lambda: "")
        except (OSError, ValueError) as error:
            raise _unusable("client certificate", connection.client_cert, error) from None
    return made


def _trusting(connection: Connection) -> ssl.SSLContext:
    try:
        if connection.ca_pem:
            return ssl.create_default_context(cadata=connection.ca_pem)
        if connection.ca_cert:
            return ssl.create_default_context(cafile=connection.ca_cert)
        if connection.ca_path:
            return ssl.create_default_context(capath=connection.ca_path)
        return ssl.create_default_context()
    except (OSError, ValueError) as error:
        raise _unusable("authorities", connection.ca_cert or connection.ca_path, error) from None


def _unusable(what: str, path: Path | None, error: Exception) -> VaultError:
    number = error.errno if isinstance(error, OSError) else None
    # An SSLError is an OSError whose number means something else.
    said = "it is not in PEM, or its key does not fit" if isinstance(error, ssl.SSLError) else ""
    return VaultError(
        f"the file with the {what} can't be used: "
        f"{said or (os.strerror(number) if number else 'it is not in PEM')}",
        where=str(path or "BAO_CACERT_BYTES"),
        remedy="name a readable file in PEM ('vault.ca_cert', 'vault.client_cert', "
        "'vault.client_key')",
    )
