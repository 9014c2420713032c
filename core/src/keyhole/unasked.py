"""What Claude Code takes from a folder that is not trusted here, because it asks nobody.

In print mode it applies a folder's settings without asking whether the folder is trusted.
"""

from __future__ import annotations

from keyhole.claude_code import HELPER_SETTINGS, HOST_MANAGED, PROVIDER_PREFIXES, SKIP_FLAGS
from keyhole.machine import Machine
from keyhole.variable import PassedOver
from keyhole.wire import Wire

__all__ = ["told_to_providers", "wire_of"]

_BY_HOST = "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"
_OF_PROVIDERS = tuple(name for name in HELPER_SETTINGS if name != "apiKeyHelper")


def told_to_providers(machine: Machine) -> tuple[PassedOver, ...]:
    """What tells a cloud provider's library which account to take."""
    return tuple(
        PassedOver(where, layer.distrust)
        for layer in machine.layers
        if layer.scope.of_a_folder and layer.distrust
        for where in (
            *(layer.where("env", name) for name in sorted(layer.env) if _tells(name)),
            *(layer.where(name) for name in _OF_PROVIDERS if name in layer.data),
        )
    )


def wire_of(machine: Machine, name: str, wire: Wire) -> Wire | None:
    """What Claude Code fills with a variable of such a folder; None where it does not read it.

    Args:
        machine: The machine.
        name: The variable.
        wire: What it fills with the variable.
    """
    if machine.interactive or machine.bare or machine.variable(_BY_HOST).on:
        return None
    said = (
        layer.variable(name)
        for layer in machine.layers
        if layer.scope.of_a_folder and layer.distrust
    )
    strongest = next((value for value in said if value is not None), None)
    return wire if strongest and strongest.reveal().strip() else None


def _tells(name: str) -> bool:
    of_a_provider = name.startswith(PROVIDER_PREFIXES) or name in SKIP_FLAGS
    return of_a_provider and name not in HOST_MANAGED
