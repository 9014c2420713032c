"""The whole extension surface, one hook after another.

Hooks return records; the core decides. A plugin is a module (or any object) under an entry point
of the group `keyhole`; it marks its hooks with `hookimpl` and imports its implementation inside
them, so that registering costs nothing.
"""

from __future__ import annotations

import pluggy

from keyhole.check import Check
from keyhole.command import Command
from keyhole.hooks import PROJECT, hookimpl
from keyhole.option import Option
from keyhole.source import CredentialSource
from keyhole.store import StoreFactory

__all__ = [
    "PROJECT",
    "hookimpl",
    "keyhole_audit_checks",
    "keyhole_commands",
    "keyhole_credential_sources",
    "keyhole_options",
    "keyhole_token_stores",
]

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def keyhole_credential_sources() -> list[CredentialSource]:
    """The credential sources of this plugin.

    Example:
        >>> from keyhole import hookimpl
        >>> @hookimpl
        ... def keyhole_credential_sources():
        ...     from keyhole_acme.source import AcmeSource
        ...
        ...     return [AcmeSource()]
    """
    return []


@hookspec
def keyhole_token_stores() -> list[StoreFactory]:
    """The token stores of this plugin; each is opened only when it is used.

    Example:
        >>> from keyhole import StoreFactory, hookimpl
        >>> @hookimpl
        ... def keyhole_token_stores():
        ...     def opened(machine):
        ...         from keyhole_acme.store import AcmeStore
        ...
        ...         return AcmeStore(machine.config.get(URL))
        ...
        ...     return [StoreFactory("acme", 550, opened)]
    """
    return []


@hookspec
def keyhole_options() -> list[Option]:
    """The keys that this plugin reads in keyhole's configuration, in tables of its own.

    Example:
        >>> from keyhole import Option, hookimpl
        >>> @hookimpl
        ... def keyhole_options():
        ...     return [Option("acme.region", "a text", lambda value: value or None, "eu")]
    """
    return []


@hookspec
def keyhole_commands() -> list[Command]:
    """The commands that this plugin adds to `keyhole`; each is imported only when it is called.

    Example:
        >>> from keyhole import Command, hookimpl
        >>> @hookimpl
        ... def keyhole_commands():
        ...     return [Command("acme", "Talk to Acme's vault.", "keyhole_acme.cli:acme")]
    """
    return []


@hookspec
def keyhole_audit_checks() -> list[Check]:
    """The checks that this plugin adds to `keyhole audit`; they are asked for only by it.

    Example:
        >>> from keyhole import hookimpl
        >>> @hookimpl
        ... def keyhole_audit_checks():
        ...     from keyhole_acme.checks import TokenInAcmeFile
        ...
        ...     return [TokenInAcmeFile()]
    """
    return []
