"""Finds and loads the plugins; one that is broken never takes the others down.

pluggy collects and never decides: its call order is the reverse of a directory listing. So the
entry points are loaded here one by one, each plugin's hook is called separately, and everything
that goes wrong becomes a `Problem` with a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import attrs
import pluggy

from keyhole import hookspecs
from keyhole.config import Config
from keyhole.fault import place_of
from keyhole.misfit import (
    misfit_of_check,
    misfit_of_command,
    misfit_of_option,
    misfit_of_source,
    misfit_of_store,
)
from keyhole.spelling import meant

__all__ = ["Installed", "Plugin", "Plugins", "Problem", "Registered", "installed", "load"]


@attrs.frozen
class Installed:
    """An entry point of an installed distribution.

    Attributes:
        distribution: Its normalised name: "keyhole-bedrock".
        version: Its version.
        entry: The entry point.
    """

    distribution: str
    version: str
    entry: EntryPoint


@attrs.frozen
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


@attrs.frozen
class Plugin:
    """A plugin that was loaded (`state` "loaded"), kept out ("blocked") or failed ("failed")."""

    name: str
    distribution: str
    version: str
    state: str


@attrs.frozen
class Registered:
    """A source or a command with the distribution it comes from."""

    distribution: str
    item: Any


@attrs.frozen
class Plugins:
    """Everything that the installed plugins brought.

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
    sources: tuple[Registered, ...]
    commands: tuple[Registered, ...]
    options: tuple[Registered, ...]
    problems: tuple[Problem, ...]
    stores: tuple[Registered, ...] = ()
    checks: Callable[[], tuple[tuple[Registered, ...], list[Problem]]] = attrs.field(
        default=lambda: ((), []), eq=False, repr=False
    )


def installed(found: Iterable[Distribution] | None = None) -> tuple[list[Installed], list[Problem]]:
    """The entry points of the group `keyhole`, sorted by name; independent of any search order.

    A distribution that is on the path twice counts once (Python imports the first) and is named.
    """
    seen: dict[str, Distribution] = {}
    listed: list[Installed] = []
    problems: list[Problem] = []
    for distribution in distributions() if found is None else found:
        try:
            entries = distribution.entry_points.select(group=hookspecs.PROJECT)
        except Exception as error:  # noqa: BLE001  # a torn installation fails in many ways
            problems.append(_torn(distribution, error))
            continue
        # Most distributions end here: their metadata is not worth parsing.
        if not entries:
            continue
        name, version = _name(distribution), _version(distribution)
        if name in seen:
            problems += _twice(name, seen[name], distribution)
            continue
        seen[name] = distribution
        listed += [Installed(name, version, entry) for entry in entries]
    listed.sort(key=lambda plugin: (plugin.distribution, plugin.entry.name))
    return listed, problems


def load(config: Config, found: Iterable[Distribution] | None = None) -> Plugins:
    """Loads every plugin that the configuration admits; never raises for a plugin's sake.

    Args:
        config: Which plugins may be imported.
        found: The distributions to look at; None looks at all that are installed.
    """
    listed, problems = installed(found)
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    loaded = []
    owners: dict[str, Installed] = {}
    for plugin in listed:
        state = "blocked"
        if config.admits(plugin.entry.name, plugin.distribution):
            failure = _register(manager, plugin)
            state = "failed" if failure else "loaded"
            problems += failure
        loaded.append(Plugin(plugin.entry.name, plugin.distribution, plugin.version, state))
        if state == "loaded":
            owners[_key(plugin)] = plugin
    problems += _misspelt(manager, owners)
    sources, failures = _collect(manager, "keyhole_credential_sources", misfit_of_source, owners)
    stores, failures_of_stores = _collect(manager, "keyhole_token_stores", misfit_of_store, owners)
    commands, more = _collect(manager, "keyhole_commands", misfit_of_command, owners)
    options, still_more = _collect(manager, "keyhole_options", misfit_of_option, owners)
    problems += [*failures, *failures_of_stores, *more, *still_more]
    checks = partial(_collect, manager, "keyhole_audit_checks", misfit_of_check, owners)
    return Plugins(tuple(loaded), sources, commands, options, tuple(problems), stores, checks)


def _register(manager: pluggy.PluginManager, plugin: Installed) -> list[Problem]:
    try:
        manager.register(plugin.entry.load(), name=_key(plugin))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a plugin raises is its own
        said = f"{type(error).__name__}: {error}" if _harmless(error) else place_of(error)
        return [_problem(plugin, f"can't be imported: {said}")]
    return []


def _collect(
    manager: pluggy.PluginManager,
    hook: str,
    misfit: Callable[[Any], str],
    owners: dict[str, Installed],
) -> tuple[tuple[Registered, ...], list[Problem]]:
    items: list[Registered] = []
    problems: list[Problem] = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        plugin = owners[implementation.plugin_name]
        try:
            records = implementation.function()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
            problems.append(_problem(plugin, f"{hook} failed: {place_of(error)}"))
            continue
        for wrong, item in _sifted(records, misfit):
            if wrong:
                problems.append(_problem(plugin, f"{hook} returned {wrong}"))
            else:
                items.append(Registered(plugin.distribution, item))
    return tuple(items), problems


def _sifted(records: object, misfit: Callable[[Any], str]) -> Iterator[tuple[str, Any]]:
    if not isinstance(records, list):
        yield f"a {type(records).__name__} where a list belongs", None
        return
    for item in records:
        yield misfit(item), item


def _misspelt(manager: pluggy.PluginManager, owners: dict[str, Installed]) -> Iterator[Problem]:
    known = [name for name in hookspecs.__all__ if name.startswith("keyhole_")]
    for key, plugin in owners.items():
        for caller in manager.get_hookcallers(manager.get_plugin(key)) or ():
            if not caller.has_spec():
                yield _problem(
                    plugin, f"has no such hook: {caller.name}{meant(caller.name, known)}"
                )


def _twice(name: str, first: Distribution, second: Distribution) -> list[Problem]:
    places = [str(distribution.locate_file("")) for distribution in (first, second)]
    if places[0] == places[1]:
        return []
    problem = f"is installed twice, in {places[0]} (used) and in {places[1]}"
    return [Problem(name, "", problem, f"remove one of them: pip uninstall {name}")]


def _torn(distribution: Distribution, error: Exception) -> Problem:
    name = _name(distribution)
    return Problem(
        name,
        "",
        f"has a list of entry points that can't be read ({type(error).__name__})",
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


def _key(plugin: Installed) -> str:
    return f"{plugin.distribution}:{plugin.entry.name}"


def _name(distribution: Distribution) -> str:
    """The name as package indexes compare it; a torn installation may have none."""
    return re.sub(r"[-_.]+", "-", _metadata(distribution, "Name") or "unnamed").lower()


def _version(distribution: Distribution) -> str:
    return _metadata(distribution, "Version") or "unknown"


def _metadata(distribution: Distribution, key: str) -> str:
    metadata = distribution.metadata
    return metadata[key] if key in metadata else ""  # noqa: SIM401  # the protocol has no get


def _harmless(error: BaseException) -> bool:
    """Whether an error's own words can be shown: what Python says of an import holds no secret."""
    return isinstance(error, ImportError | SyntaxError | pluggy.PluginValidationError)
