"""Setting and removing variables, in the words of each shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping

from keyhole.errors import RefusedError

__all__ = ["FORMATS", "render"]

# What every reader takes literally between single quotes: printable ASCII but ' and \.
_ALIKE = re.compile(r"[ -&(-\[\]-~]*")

# What every reader takes as it stands, also those to whom quotes are part of the value (Docker's).
_PLAIN = re.compile(r"[A-Za-z0-9_.,:/@%+=-]+")


def render(format_name: str, variables: Mapping[str, str], removed: frozenset[str]) -> str:
    """Text that sets the variables and removes the rivals, when the shell evaluates it.

    Args:
        format_name: One of `FORMATS`.
        variables: What to set.
        removed: What to remove.

    Raises:
        RefusedError: A value can't be written in this format.
    """
    return FORMATS[format_name](variables, sorted(removed))


def _sh(variables: Mapping[str, str], removed: list[str]) -> str:
    lines = [f"unset {name}" for name in removed]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(lines)


def _fish(variables: Mapping[str, str], removed: list[str]) -> str:
    lines = [f"set -e {name}" for name in removed]
    for name, value in variables.items():
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        lines.append(f"set -gx {name} '{quoted}'")
    return "\n".join(lines)


def _powershell(variables: Mapping[str, str], removed: list[str]) -> str:
    lines = [f"Remove-Item Env:{name} -ErrorAction SilentlyContinue" for name in removed]
    for name, value in variables.items():
        # PowerShell takes typographic quotes for quotes too.
        quoted = value
        for quote in "'\u2018\u2019\u201a\u201b":
            quoted = quoted.replace(quote, quote * 2)
        lines.append(f"$env:{name} = '{quoted}'")
    return "\n".join(lines)


def _json(variables: Mapping[str, str], removed: list[str]) -> str:
    return json.dumps({**dict.fromkeys(removed), **variables}, indent=2)


def _dotenv(variables: Mapping[str, str], removed: list[str]) -> str:
    """Readers of .env files differ in their escapes, so that only what all read alike is written.

    An empty value is the nearest to removing that the format has.
    """
    lines = [f"{name}=" for name in removed]
    for name, value in variables.items():
        if not _ALIKE.fullmatch(value) or "${" in value:
            raise RefusedError(
                f"{name} holds a character that readers of .env files don't agree on",
                remedy="use --format json",
            )
        lines.append(f"{name}={value}" if _PLAIN.fullmatch(value) else f"{name}='{value}'")
    return "\n".join(lines)


FORMATS: Mapping[str, Callable[[Mapping[str, str], list[str]], str]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
    "json": _json,
    "dotenv": _dotenv,
}
