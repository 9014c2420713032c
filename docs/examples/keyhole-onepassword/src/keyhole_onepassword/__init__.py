"""The Anthropic API key that is kept in 1Password, read with its command line tool `op`."""

from __future__ import annotations

from keyhole import CredentialSource, Option, hookimpl

__all__ = ["keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """The source `onepassword`."""
    from keyhole_onepassword.source import OnePassword

    return [OnePassword()]


@hookimpl
def keyhole_options() -> list[Option]:
    """The key of the table `[onepassword]`."""
    from keyhole_onepassword.options import REFERENCE

    return [REFERENCE]
