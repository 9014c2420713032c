"""What an administrator's settings say of the account: the organisation, and the kind of login.

https://code.claude.com/docs/en/settings-reference; observed: only managed settings count, a text or
a list of identifiers, and an empty list lets nobody in. Claude Code asks the server who it is; here
the stored login's own word is taken, before anything is sent.
"""

from __future__ import annotations

from keyhole import Machine
from keyhole.settings import Layer, Scope
from keyhole_login.account import organisation
from keyhole_login.stored import Stored

__all__ = ["doubts", "refusal", "refusal_of_key"]

METHOD = "forceLoginMethod"
ORGANISATION = "forceLoginOrgUUID"


def refusal(machine: Machine, stored: Stored) -> tuple[str, str] | None:
    """Why this login may not be used on this machine, with a remedy; None where it may."""
    layer = _layer(machine, ORGANISATION)
    own = _own(machine, stored)
    if layer is None or (allowed := _allowed(layer)) is None:
        return None
    if not allowed:
        return f"{layer.where(ORGANISATION)} lets no organisation in", "ask the administrator"
    if not own or own in allowed:
        return None
    return (
        f"it is for another organisation than {layer.where(ORGANISATION)} asks for",
        "`keyhole login` with an account of that organisation",
    )


def refusal_of_key(machine: Machine) -> tuple[str, str] | None:
    """Why the key of a Console login may not be used here, with a remedy; None where it may."""
    layer = _layer(machine, METHOD)
    if layer and layer.data.get(METHOD) == "claudeai":
        where = layer.where(METHOD)
        return f"{where} asks for a login with a subscription", "`keyhole login --claudeai`"
    return refusal(machine, Stored(None))


def doubts(machine: Machine, stored: Stored) -> tuple[str, ...]:
    """A warning where the login does not say which organisation it is for."""
    layer = _layer(machine, ORGANISATION)
    if layer is None or _own(machine, stored):
        return ()
    return (
        f"{layer.where(ORGANISATION)} asks for an organisation, and the login does not say "
        "which one it is for: Claude Code will ask the server.",
    )


def _own(machine: Machine, stored: Stored) -> str:
    return stored.organisation or organisation(machine)


def _layer(machine: Machine, setting: str) -> Layer | None:
    managed = (layer for layer in machine.layers if layer.scope is Scope.MANAGED)
    return next((layer for layer in managed if layer.data.get(setting) is not None), None)


def _allowed(layer: Layer) -> tuple[str, ...] | None:
    """The identifiers; None where the setting is neither a text nor a list."""
    value = layer.data.get(ORGANISATION)
    if isinstance(value, str):
        return (value,) if value.strip() else None
    if not isinstance(value, list):
        return None
    return tuple(one for one in value if isinstance(one, str))
