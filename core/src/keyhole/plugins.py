"""Finds and loads the plugins; one that is broken never takes the others down.

pluggy collects and never decides: its call order is the reverse of a directory listing. So the
entry points are loaded here one by one, each plugin's hook is called separately, and everything
that goes wrong becomes a `Problem` with a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from keyhole.config import Config
from keyhole.distributions import Entry, Listed, as_listed, listed
from keyhole.fault import place_of
from keyhole.frozen import field, frozen
from keyhole.hooks import HOOKS, PROJECT, implementations
from keyhole.later import Later
from keyhole.misfit import (
    misfit_of_check,
    misfit_of_command,
    misfit_of_option,
    misfit_of_source,
    misfit_of_store,
)
from keyhole.spelling import meant

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["Installed", "Plugin", "Plugins", "Problem", "Registered", "installed", "load"]


@frozen
class Installed:
    """An entry point of an installed distribution.

    Attributes:
        distribution: Its normalised name: "keyhole-bedrock".
        version: Its version.
        entry: The entry point.
    """

    distribution: str
    version: str
    entry: Entry


@frozen
class Problem:
    """A plugin that does not work, or not wholly.

    Attributes:
        distribution: Which distribution it comes from.
        plugin: The name of its entry point; empty where the whole distribution is meant.
        problem: What is wrong, in one sentence.
        remedy: What to do about it.
    """

    distribution: str
    plugin: str
    problem: str
    remedy: str


@frozen
class Plugin:
    """A plugin that was loaded (`state` "loaded"), kept out ("blocked") or failed ("failed")."""

    name: str
    distribution: str
    version: str
    state: str


@frozen
class Registered:
    """A source or a command with the distribution it comes from."""

    distribution: str
    item: Any


@frozen
class Plugins:
    """Everything that the installed plugins brought; but for the sources, when it is asked for.

    Attributes:
        plugins: Each plugin with its state.
        sources: Each source, in no order that means anything.
        commands: Each command.
        options: Each key of the configuration that a plugin reads.
        problems: What did not work.
        stores: Each factory of a token store.
        checks: Asks for each check of the audit, and for what did not work; nobody but the audit
            does, so that no other command pays for it.
    """

    plugins: tuple[Plugin, ...]
    sources: Sequence[Registered]
    commands: Sequence[Registered]
    options: Sequence[Registered]
    problems: Sequence[Problem]
    stores: Sequence[Registered] = ()
    checks: Callable[[], tuple[tuple[Registered, ...], list[Problem]]] = field(
        default=lambda: ((), []), eq=False, repr=False
    )

    def all_asked(self) -> Plugins:
        """The same, with every hook called: where a plugin prints something, it prints it now."""
        len(self.problems)
        return self


def installed(found: Iterable[Distribution] | None = None) -> tuple[list[Installed], list[Problem]]:
    """The entry points of the group `keyhole`, sorted by name; independent of any search order.

    A distribution that is on the path twice counts once (Python imports the first) and is named.
    """
    seen: dict[str, Listed] = {}
    here: list[Installed] = []
    problems: list[Problem] = []
    for distribution in listed(PROJECT) if found is None else as_listed(found, PROJECT):
        name = _normalised(distribution.name)
        if distribution.torn:
            problems.append(_torn(name, distribution))
        elif name in seen:
            problems += _twice(name, seen[name], distribution)
        else:
            seen[name] = distribution
            version = distribution.version or "unknown"
            here += [Installed(name, version, entry) for entry in distribution.entries]
    here.sort(key=lambda plugin: (plugin.distribution, plugin.entry.name))
    return here, problems


def load(config: Config, found: Iterable[Distribution] | None = None) -> Plugins:
    """Loads every plugin that the configuration admits; never raises for a plugin's sake.

    Args:
        config: Which plugins may be imported.
        found: The distributions to look at; None looks at all that are installed.
    """
    here, problems = installed(found)
    states = []
    loaded: list[_Loaded] = []
    for plugin in here:
        state = "blocked"
        if config.admits(plugin.entry.name, plugin.distribution):
            failure = _register(loaded, plugin)
            state = "failed" if failure else "loaded"
            problems += failure
        states.append(Plugin(plugin.entry.name, plugin.distribution, plugin.version, state))
    problems += _misspelt(loaded)
    sources, failures = _collect(loaded, "keyhole_credential_sources", misfit_of_source)
    stores = cache(partial(_collect, loaded, "keyhole_token_stores", misfit_of_store))
    commands = cache(partial(_collect, loaded, "keyhole_commands", misfit_of_command))
    options = cache(partial(_collect, loaded, "keyhole_options", misfit_of_option))
    return Plugins(
        tuple(states),
        sources,
        Later(lambda: commands()[0]),
        Later(lambda: options()[0]),
        Later(lambda: [*problems, *failures, *stores()[1], *commands()[1], *options()[1]]),
        Later(lambda: stores()[0]),
        partial(_collect, loaded, "keyhole_audit_checks", misfit_of_check),
    )


@frozen
class _Loaded:
    """A plugin that was imported, with its implementations by hook."""

    plugin: Installed
    item: object
    hooks: dict[str, Callable[[], Any]]


def _register(loaded: list[_Loaded], plugin: Installed) -> list[Problem]:
    try:
        item = plugin.entry.load()
        _check_new(item, loaded)
        loaded.append(_Loaded(plugin, item, implementations(item)))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a plugin raises is its own
        said = f"{type(error).__name__}: {error}" if _harmless(error) else place_of(error)
        return [_problem(plugin, f"can't be imported: {said}")]
    return []


def _check_new(item: object, loaded: list[_Loaded]) -> None:
    if any(item is other.item for other in loaded):
        raise ValueError("two entry points name one object")


def _collect(
    loaded: list[_Loaded], hook: str, misfit: Callable[[Any], str]
) -> tuple[tuple[Registered, ...], list[Problem]]:
    items: list[Registered] = []
    problems: list[Problem] = []
    for one in loaded:
        if hook not in one.hooks:
            continue
        try:
            records = one.hooks[hook]()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
            problems.append(_problem(one.plugin, f"{hook} failed: {place_of(error)}"))
            continue
        for wrong, item in _sifted(records, misfit):
            if wrong:
                problems.append(_problem(one.plugin, f"{hook} returned {wrong}"))
            else:
                items.append(Registered(one.plugin.distribution, item))
    return tuple(items), problems


def _sifted(records: object, misfit: Callable[[Any], str]) -> Iterator[tuple[str, Any]]:
    if not isinstance(records, list):
        yield f"a {type(records).__name__} where a list belongs", None
        return
    for item in records:
        yield misfit(item), item


def _misspelt(loaded: list[_Loaded]) -> Iterator[Problem]:
    for one in loaded:
        for name in one.hooks:
            if name not in HOOKS:
                yield _problem(one.plugin, f"has no such hook: {name}{meant(name, HOOKS)}")


def _twice(name: str, first: Listed, second: Listed) -> list[Problem]:
    if first.place == second.place:
        return []
    problem = f"is installed twice, in {first.place} (used) and in {second.place}"
    return [Problem(name, "", problem, f"remove one of them: pip uninstall {name}")]


def _torn(name: str, distribution: Listed) -> Problem:
    return Problem(
        name,
        "",
        f"has a list of entry points that can't be read ({distribution.torn})",
        f"pip install --force-reinstall {name}",
    )


def _problem(plugin: Installed, problem: str) -> Problem:
    return Problem(
        plugin.distribution,
        plugin.entry.name,
        problem,
        f"pip install --upgrade {plugin.distribution}, or [plugins] "
        f'block = ["{plugin.entry.name}"] in the configuration',
    )


def _normalised(name: str) -> str:
    """The name as package indexes compare it; a torn installation may have none."""
    return re.sub(r"[-_.]+", "-", name or "unnamed").lower()


def _harmless(error: BaseException) -> bool:
    """Whether an error's own words can be shown: what is said of an import holds no secret."""
    of_pluggy = type(error).__module__.partition(".")[0] == "pluggy"
    return of_pluggy or isinstance(error, ImportError | SyntaxError)
