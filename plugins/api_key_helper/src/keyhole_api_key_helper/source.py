"""apiKeyHelper: a command in Claude Code's settings that prints a key."""

from __future__ import annotations

import os

from keyhole import Absent, Broken, Detail, Found, Ignored, Machine, Secret, Wire
from keyhole.endpoint import first_party
from keyhole.settings import Layer, Scope
from keyhole.source import missing, passed_over

__all__ = ["ApiKeyHelper"]

SETTING = "apiKeyHelper"
WIRE = Wire.header("authorization", "x-api-key")


class ApiKeyHelper:
    """Sends what the helper prints: in both headers, unless it says what it is."""

    name = "api-key-helper"
    priority = 600
    selectors: frozenset[str] = frozenset()
    billing = "other"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        setting = machine.setting(SETTING)
        wire = _in_claude_code(machine)
        if setting.value is None or setting.where is None:
            return missing(setting, wire)
        # Most machines have no helper.
        from keyhole_api_key_helper.helper import Helper
        from keyhole_api_key_helper.lifetime import lifetime
        from keyhole_api_key_helper.load import Load

        endpoint, life = first_party(machine), lifetime(machine)
        warnings = (
            *passed_over(setting),
            *life.warnings,
            *endpoint.warnings("What the helper prints"),
        )
        problem, remedy = endpoint.refusal, endpoint.remedy
        if not problem and not _can_be_run(setting.value):
            problem, remedy = "holds a character that no command can hold", "correct that line"
        if problem:
            return Broken(
                where=setting.where, reason=problem, remedy=remedy, warnings=warnings, wire=wire
            )
        return Found(
            where=setting.where,
            load=Load(Helper(setting.where, setting.value, endpoint, machine), life),
            endpoint=endpoint,
            details=(Detail("run again", str(life), life.where),),
            warnings=warnings,
            wire=wire,
            native=True,
        )


def _in_claude_code(machine: Machine) -> Wire | None:
    """What Claude Code would fill with the helper that it takes itself, trusted here or not."""
    read = (layer for layer in machine.layers if _reads(machine, layer))
    strongest = next((layer for layer in read if SETTING in layer.data), None)
    return WIRE if strongest and strongest.data[SETTING].strip() else None


def _reads(machine: Machine, layer: Layer) -> bool:
    """In print mode it asks nobody whether a folder is trusted; bare, it reads no settings file."""
    if machine.bare:
        return layer.scope is Scope.FLAG
    return not (machine.interactive and layer.scope.of_a_folder and layer.distrust)


def _can_be_run(line: Secret) -> bool:
    try:
        return b"\0" not in os.fsencode(line.reveal())
    except UnicodeEncodeError:
        return False
