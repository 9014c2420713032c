"""The hooks: a source, a command group, and the keys of `[vault]`."""

from __future__ import annotations

from keyhole import Command, CredentialSource, Option, hookimpl

__all__ = ["keyhole_commands", "keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`vault`."""
    from keyhole_vault_helper.source import VaultSource

    return [VaultSource()]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of `[vault]`."""
    from keyhole_vault_helper.auth import approle, jwt, method, token
    from keyhole_vault_helper.openbao import options as server
    from keyhole_vault_helper.options import OPTIONS

    several = (server.OPTIONS, method.OPTIONS, token.OPTIONS, approle.OPTIONS, jwt.OPTIONS)
    return [*OPTIONS, *(option for options in several for option in options)]


@hookimpl
def keyhole_commands() -> list[Command]:
    """`vault`."""
    return [
        Command(
            "vault",
            "Read a key from a vault, and check the way.",
            "keyhole_vault_helper.cli.vault:vault",
        )
    ]
