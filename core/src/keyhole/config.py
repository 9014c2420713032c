r"""keyhole's own configuration: TOML, for the user and above that for the administrator.

`$XDG_CONFIG_HOME/keyhole/config.toml` (`%APPDATA%\keyhole` on Windows), or the file that
`KEYHOLE_CONFIG` names; what `/etc/keyhole/config.toml` says wins over both, key by key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from keyhole.errors import ConfigError
from keyhole.files import Files, Text
from keyhole.tiers import ORDERS

__all__ = ["Config", "load"]


@attrs.frozen
class Config:
    """What the configuration says, with its defaults.

    Attributes:
        order: The named order of the sources.
        priority: Priorities by source name, which replace the declared ones.
        allow: The only plugins to load (entry-point or distribution names); None allows all.
        block: Plugins that are never imported.
        trust_claude_code: Whether a folder that Claude Code's user trusted is trusted here too.
    """

    order: str = "claude-code"
    priority: Mapping[str, int] = attrs.field(factory=dict)
    allow: frozenset[str] | None = None
    block: frozenset[str] = frozenset()
    trust_claude_code: bool = True

    def admits(self, *names: str) -> bool:
        """Whether a plugin known by any of these names may be imported."""
        admitted = self.allow is None or not self.allow.isdisjoint(names)
        return admitted and self.block.isdisjoint(names)


def load(files: Files, *paths: Path) -> Config:
    """The configuration from these files; what a later file says wins.

    Raises:
        ConfigError: A file can't be read, is no TOML, or holds a key or value that is not allowed.
    """
    values: dict[str, Any] = {}
    for path in paths:
        values |= _values(files.read(path))
    return Config(
        **{_ATTRIBUTES[key]: value for key, value in values.items() if key in _ATTRIBUTES},
        priority={
            key.removeprefix("priority."): value
            for key, value in values.items()
            if key.startswith("priority.")
        },
    )


def _order(value: object) -> str | None:
    return value if isinstance(value, str) and value in ORDERS else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _names(value: object) -> frozenset[str] | None:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return frozenset(value)
    return None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_ATTRIBUTES = {
    "order": "order",
    "plugins.allow": "allow",
    "plugins.block": "block",
    "trust.claude_code": "trust_claude_code",
}

# Each key with what it takes; `*` stands for any name.
_KEYS: Mapping[str, tuple[Callable[[object], Any], str]] = {
    "order": (_order, "one of " + ", ".join(f'"{name}"' for name in ORDERS)),
    "priority.*": (_integer, "an integer (the higher is asked first)"),
    "plugins.allow": (_names, "a list of plugin names"),
    "plugins.block": (_names, "a list of plugin names"),
    "trust.claude_code": (_truth, "true or false"),
}


def _values(text: Text) -> dict[str, Any]:
    """The file as dotted keys with checked values."""
    where = str(text.path)
    if text.missing:
        return {}
    if text.content is None:
        raise ConfigError(f"the file {text.problem}", where=where)
    table, problem = _parsed(text)
    if problem:
        raise ConfigError(problem, where=where, remedy="https://toml.io has the format")
    lines = _lines(text)
    checked: dict[str, Any] = {}
    for key, value in _flat(table):
        spot = f"{where}:{lines[key]}" if key in lines else where
        checked[key] = _checked(key, value, spot)
    return checked


def _parsed(text: Text) -> tuple[dict[str, Any], str]:
    try:
        return tomllib.loads(text.content.reveal() if text.content else ""), ""
    except tomllib.TOMLDecodeError as error:
        problem = f"not valid TOML: {error}"
    except RecursionError:
        problem = "not valid TOML: nested too deeply"
    return {}, problem


def _flat(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Every value with its dotted key; a table where a value belongs stays a value."""
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict) and any(known.startswith(f"{key}.") for known in _KEYS):
            pairs += [(f"{key}.{inner}", inner_value) for inner, inner_value in value.items()]
        else:
            pairs.append((key, value))
    return pairs


def _checked(key: str, value: object, spot: str) -> object:
    table, _, _ = key.rpartition(".")
    rule = _KEYS.get(key) or (_KEYS.get(f"{table}.*") if table else None)
    if rule is None:
        known = ", ".join(sorted(_KEYS))
        raise ConfigError(f"there is no key '{key}'", where=spot, remedy=f"the keys are {known}")
    convert, expected = rule
    converted = convert(value)
    if converted is None:
        raise ConfigError(f"'{key}' must be {expected}", where=spot, remedy="correct that line")
    return converted


def _lines(text: Text) -> dict[str, int]:
    """The line of each plain `key = value`, by dotted key; good enough to point at."""
    found: dict[str, int] = {}
    table = ""
    lines = text.content.reveal().splitlines() if text.content else []
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("["):
            table = line.strip("[] ").split("]")[0].strip()
        elif "=" in line and not line.startswith("#"):
            key = line.split("=", 1)[0].strip().replace('"', "").replace(" ", "")
            found.setdefault(f"{table}.{key}" if table else key, number)
    return found
