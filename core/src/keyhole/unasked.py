"""What Claude Code takes from a folder that is not trusted here, because it asks nobody.

In print mode it applies a folder's settings without asking whether the folder is trusted.
"""

from __future__ import annotations

from keyhole.claude_code import (
    BY_HOST,
    HOST_MANAGED,
    PROVIDER_PREFIXES,
    PROVIDER_SETTINGS,
    SKIP_FLAGS,
)
from keyhole.machine import Machine
from keyhole.settings import Layer
from keyhole.variable import PassedOver
from keyhole.wire import Wire

__all__ = ["told_to_providers", "wire_of"]


def told_to_providers(machine: Machine, billing: str | None = None) -> tuple[PassedOver, ...]:
    """What tells a cloud provider's library to take another account than it would.

    Args:
        machine: The machine.
        billing: Whose library; None, or one that is not known, for all.
    """
    kinds = [billing] if billing in PROVIDER_PREFIXES else list(PROVIDER_PREFIXES)
    prefixes = tuple(prefix for kind in kinds for prefix in PROVIDER_PREFIXES[kind])
    settings = [name for kind in kinds for name in PROVIDER_SETTINGS[kind]]
    return tuple(
        PassedOver(where, layer.distrust)
        for layer in machine.layers
        if layer.scope.of_a_folder and layer.distrust
        for where in (
            *(
                layer.where("env", name)
                for name in sorted(layer.env)
                if _tells(name, prefixes) and _differs(machine, layer, name)
            ),
            *(layer.where(name) for name in settings if name in layer.data),
        )
    )


def wire_of(machine: Machine, name: str, wire: Wire) -> Wire | None:
    """What Claude Code fills with a variable of such a folder; None where it does not read it.

    Args:
        machine: The machine.
        name: The variable.
        wire: What it fills with the variable.
    """
    if machine.interactive or machine.bare or machine.variable(BY_HOST).on:
        return None
    said = (
        layer.variable(name)
        for layer in machine.layers
        if layer.scope.of_a_folder and layer.distrust
    )
    strongest = next((value for value in said if value is not None), None)
    return wire if strongest and strongest.reveal().strip() else None


def _tells(name: str, prefixes: tuple[str, ...]) -> bool:
    return (name.startswith(prefixes) or name in SKIP_FLAGS) and name not in HOST_MANAGED


def _differs(machine: Machine, layer: Layer, name: str) -> bool:
    value = layer.variable(name)
    return (value.reveal().strip() if value else "") != machine.variable(name).text
