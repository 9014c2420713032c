"""The apiKeyHelper of Claude Code's settings: a command that prints a key or a token."""

from __future__ import annotations

from keyhole import Command, CredentialSource, Option, hookimpl

__all__ = ["keyhole_commands", "keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`api-key-helper`."""
    from keyhole_api_key_helper.source import ApiKeyHelper

    return [ApiKeyHelper()]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of the table `[helper]`."""
    from keyhole_api_key_helper.options import CACHE, DEPENDS_ON, TIMEOUT

    return [TIMEOUT, CACHE, DEPENDS_ON]


@hookimpl
def keyhole_commands() -> list[Command]:
    """`helper`."""
    return [Command("helper", "Try the apiKeyHelper.", "keyhole_api_key_helper.cli:helper")]
