"""The variables of the vendors' command lines: OpenBao's `BAO_*`, else Vault's `VAULT_*`."""

from __future__ import annotations

import re

from keyhole.machine import Machine
from keyhole.variable import Variable
from keyhole_vault_helper.trusted import trusted

__all__ = ["seconds", "vendor"]

_PREFIXES = ("BAO_", "VAULT_")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def vendor(machine: Machine, name: str) -> Variable:
    """A variable by its name without the prefix: "ADDR".

    Raises:
        ConfigError: An untrusted place names it, too.
    """
    found = [machine.variable(prefix + name) for prefix in _PREFIXES]
    return trusted(next((one for one in found if one.value), found[0]))


def seconds(variable: Variable) -> float | None:
    """A duration as Go writes it ("30", "30s", "2m"), in seconds; None where there is none."""
    parts = re.findall(_DURATION, variable.text)
    if not parts or "".join(number + unit for number, unit in parts) != variable.text:
        return None
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in parts) or None
