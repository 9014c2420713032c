r"""keyhole's own configuration: TOML, for the user and above that for the administrator.

`$XDG_CONFIG_HOME/keyhole/config.toml` (`%APPDATA%\keyhole` on Windows), or the file that
`KEYHOLE_CONFIG` names; what `/etc/keyhole/config.toml` says wins over both, key by key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from keyhole.config_file import Entry, entries
from keyhole.errors import ConfigError
from keyhole.files import Files, Text
from keyhole.frozen import evolve, field, frozen
from keyhole.option import Option
from keyhole.redaction import printable
from keyhole.spelling import meant
from keyhole.tiers import BILLINGS, ORDERS

__all__ = ["Config", "load", "options"]


@frozen
class Config:
    """What the configuration says, with its defaults.

    Attributes:
        order: The named order of the sources.
        priority: Priorities by source name, which replace the declared ones.
        allow: The only plugins to load (entry-point or distribution names); None allows all.
        block: Plugins that are never imported.
        expect_billing: Who must be billed; empty accepts anybody.
        expect_source: Which source must win; empty accepts any.
        stores_use: The token store that new tokens go to; empty takes the best there is.
        subscription_use: "claude" hands a subscription token to `claude` alone, "any" to all.
        trust_claude_code: Whether a folder that Claude Code's user trusted is trusted here too.
        entries: Every key as it was read, those of the plugins unchecked.
    """

    order: str = "claude-code"
    priority: Mapping[str, int] = field(factory=dict)
    allow: frozenset[str] | None = None
    block: frozenset[str] = frozenset()
    expect_billing: str = ""
    expect_source: str = ""
    stores_use: str = ""
    subscription_use: str = "claude"
    trust_claude_code: bool = True
    entries: Mapping[str, Entry] = field(factory=dict, repr=False)

    @property
    def of_plugins(self) -> bool:
        """Whether it holds a key that is none of the core's own, and may be a plugin's."""
        return any(key.rpartition(".")[0] not in {"", *_TABLES} for key in self.entries)

    @property
    def names_anything(self) -> bool:
        """Whether it names sources, plugins or a store."""
        named = self.priority, self.expect_source, self.allow, self.block, self.stores_use
        return any(named)

    def get(self, option: Option) -> Any:
        """A plugin's option: what the configuration says, else its default.

        Raises:
            ConfigError: The value is not one that the option takes.
        """
        entry = self.entries.get(option.key)
        if entry is None:
            return option.default
        return _converted(option.key, entry, option.convert, option.expected)

    def each(self, option: Option) -> Mapping[str, Any]:
        """What each table says for an option like "mcp.*.account", by the table's name.

        Raises:
            ConfigError: A value is not one that the option takes.
        """
        return {
            name: _converted(option.name, entry, option.convert, option.expected)
            for name, entry in self._in_tables(option)
        }

    def spots(self, option: Option) -> Mapping[str, str]:
        """Where each of these values stands (file and line)."""
        return {name: entry.spot for name, entry in self._in_tables(option)}

    def _in_tables(self, option: Option) -> Iterator[tuple[str, Entry]]:
        prefix = f"{option.parent}."
        for key, entry in self.entries.items():
            inside = entry.value
            if key.startswith(prefix) and isinstance(inside, dict) and option.name in inside:
                spot = entry.spots.get(option.name, entry.spot)
                yield key.removeprefix(prefix), Entry(inside[option.name], spot)

    def _check_tables(self, key: str, entry: Entry, options: Iterable[Option]) -> None:
        """Checks one table in a table."""
        table = {option.name: option for option in options}
        if not isinstance(entry.value, dict):
            raise _no_such_key(key, entry, [f"a table [{key}]"])
        for name, value in entry.value.items():
            spotted = Entry(value, entry.spots.get(name, entry.spot))
            if name not in table:
                raise _no_such_key(name, spotted, table)
            _converted(name, spotted, table[name].convert, table[name].expected)

    def check(self, options: Iterable[Option]) -> tuple[str, ...]:
        """Checks the plugins' tables.

        Returns:
            A warning for each table that no installed plugin reads.

        Raises:
            ConfigError: A table that is read holds a key or a value that is not allowed.
        """
        known = {option.key: option for option in options}
        tables = {option.table for option in known.values()}
        strangers: dict[str, str] = {}
        parents = {option.parent for option in known.values()} - {""}
        for key, entry in self.entries.items():
            table = key.rpartition(".")[0]
            parent = key.partition(".")[0]
            if parent in parents:
                mine = [option for option in known.values() if option.parent == parent]
                self._check_tables(key, entry, mine)
            elif key in known:
                self.get(known[key])
            elif table in tables:
                raise _no_such_key(key, entry, known)
            elif table and not any(own.startswith(f"{table}.") for own in _KEYS):
                strangers.setdefault(table, entry.spot)
        return tuple(
            f"{spot}: no installed plugin reads [{table}]{meant(table, _TABLES | tables)}."
            for table, spot in strangers.items()
        )

    def admits(self, *names: str) -> bool:
        """Whether a plugin known by any of these names may be imported."""
        admitted = self.allow is None or not self.allow.isdisjoint(names)
        return admitted and self.block.isdisjoint(names)


def load(files: Files, *paths: Path) -> Config:
    """The configuration from these files; what a later file says wins.

    Raises:
        ConfigError: A file can't be read, is no TOML, or holds a key or value that is not allowed.
    """
    found: dict[str, Entry] = {}
    for path in paths:
        found |= _values(files.read(path))
    own = {_ATTRIBUTES[key]: entry.value for key, entry in found.items() if key in _ATTRIBUTES}
    priority = {
        key.removeprefix("priority."): entry.value
        for key, entry in found.items()
        if key.startswith("priority.")
    }
    return Config(**own, priority=priority, entries=found)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _names(value: object) -> frozenset[str] | None:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return frozenset(value)
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _one_of(*words: str) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and value in words else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_ATTRIBUTES = {
    "expect.billing": "expect_billing",
    "expect.source": "expect_source",
    "order": "order",
    "plugins.allow": "allow",
    "plugins.block": "block",
    "stores.use": "stores_use",
    "subscription.use": "subscription_use",
    "trust.claude_code": "trust_claude_code",
}

# Each key with what it takes; `*` stands for any name.
_KEYS: Mapping[str, tuple[Callable[[object], Any], str]] = {
    "expect.billing": (_one_of(*BILLINGS), "one of " + ", ".join(BILLINGS)),
    "expect.source": (_text, "the name of a source"),
    "order": (_one_of(*ORDERS), "one of " + ", ".join(f'"{name}"' for name in ORDERS)),
    "priority.*": (_integer, "an integer (the higher is asked first)"),
    "plugins.allow": (_names, "a list of plugin names"),
    "plugins.block": (_names, "a list of plugin names"),
    "stores.use": (_text, "the name of a token store"),
    "subscription.use": (_one_of("claude", "any"), '"claude" or "any"'),
    "trust.claude_code": (_truth, "true or false"),
}


def options() -> tuple[Option, ...]:
    """The core's own keys, described as a plugin's are; `priority.*` stands for any source's."""
    default = Config()
    return tuple(
        Option(key, expected, convert, getattr(default, _ATTRIBUTES.get(key, "priority")))
        for key, (convert, expected) in _KEYS.items()
    )


_TABLES = {key.rpartition(".")[0] for key in _KEYS} - {""}


def _values(text: Text) -> dict[str, Entry]:
    """The file as dotted keys; the core's own are checked, a plugin's are kept for it."""
    found, problem = entries(text)
    if problem:
        raise ConfigError(
            problem, where=str(text.path), remedy="docs/reference/configuration.md has the keys"
        )
    return {key: _checked(key, entry) for key, entry in found.items()}


def _checked(key: str, entry: Entry) -> Entry:
    table = key.rpartition(".")[0]
    rule = _KEYS.get(key) or _KEYS.get(f"{table}.*")
    if rule is not None:
        return evolve(entry, value=_converted(key, entry, *rule))
    if not table or any(known.startswith(f"{table}.") for known in _KEYS):
        raise _no_such_key(key, entry, _KEYS)
    return entry


def _converted(key: str, entry: Entry, convert: Callable[[object], Any], expected: str) -> object:
    try:
        converted = convert(entry.value)
    except Exception:  # noqa: BLE001  # a plugin's converter that raises says no
        converted = None
    if converted is None:
        raise ConfigError(
            f"'{key}' must be {expected}", where=entry.spot, remedy="correct that line"
        )
    return converted


def _no_such_key(key: str, entry: Entry, known: Iterable[str]) -> ConfigError:
    guess = meant(key, known)
    return ConfigError(
        f"there is no key '{printable(key)}'{guess}",
        where=entry.spot,
        remedy="correct that line" if guess else f"the keys are {', '.join(sorted(known))}",
    )
