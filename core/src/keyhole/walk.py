"""The one walk from a machine to an answer: configuration, plugins, order, findings."""

from __future__ import annotations

from keyhole import plugins as loading
from keyhole import standin
from keyhole.claude_code import HOST_MANAGED, PROFILE_VARIABLES, PROVIDER_FLAGS
from keyhole.errors import UsageError
from keyhole.frozen import evolve, frozen
from keyhole.machine import Machine
from keyhole.plugins import Plugins
from keyhole.resolver import Resolution, Verdict, Verdicts
from keyhole.source import Ignored
from keyhole.spelling import meant
from keyhole.tiers import ORDERS, payer
from keyhole.wire import HEADERS, Slot

__all__ = ["Survey", "look", "survey"]

_PROFILES = 450
"""The rank of a named profile: what stands above it is taken first."""


@frozen
class Survey:
    """Everything that is known about a machine's credentials, without any effect.

    Attributes:
        machine: The machine that was looked at.
        plugins: What is installed.
        order: The name of the order in force.
        resolution: Who wins, and what everybody else said.
        config_warnings: What in keyhole's configuration nobody reads, or nothing is called.
    """

    machine: Machine
    plugins: Plugins
    order: str
    resolution: Resolution
    config_warnings: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user, the most expensive surprise first."""
        said = [
            *self._billing(),
            *self._provider_flags(),
            *self._two_credentials(),
            *self._profiles(),
            *self._unasked(),
            *(
                warning
                for verdict in self.resolution.verdicts
                for warning in verdict.finding.warnings
            ),
            *self._passed_over(),
            *self.machine.warnings,
            *self.config_warnings,
        ]
        return tuple(dict.fromkeys(said))

    def _billing(self) -> list[str]:
        active = self.resolution.active
        if active is None:
            return []
        return [
            f"{active.source.name} wins over {loser.source.name}: requests are billed to "
            f"{payer(active.source)}, not to {payer(loser.source)}{_way_out(active)}."
            for loser in self.resolution.shadowed
            if loser.source.billing == "subscription" != active.source.billing
        ]

    def _provider_flags(self) -> list[str]:
        flags = [name for name in PROVIDER_FLAGS if self.machine.variable(name).on]
        if len(flags) < 2:  # noqa: PLR2004  # one is no conflict
            return []
        return [f"{' and '.join(flags)} are all switched on; Claude Code takes {flags[0]}."]

    def _two_credentials(self) -> list[str]:
        active = self.resolution.active
        sent = {header: name for header, name in self.resolution.claude_code.items() if name}
        strangers = {h: n for h, n in sent.items() if active is None or n != active.source.name}
        if not strangers or active is None:
            return []
        both = ", ".join(f"{header} from {sent[header]}" for header in HEADERS if header in sent)
        return [f"Claude Code itself would send something else: {both}."]

    def _profiles(self) -> list[str]:
        """A profile ranks below a setup token and above the login, and no source knows profiles."""
        chosen = [name for name in PROFILE_VARIABLES if self.machine.variable(name).value]
        if not chosen or self.machine.bare:
            return []
        sent = set(self.resolution.claude_code.values())
        if any(
            verdict.source.name in sent and verdict.source.priority > _PROFILES
            for verdict in self.resolution.verdicts
        ):
            return []
        return [
            f"{chosen[0]} is set: Claude Code takes what it names before its login, and keyhole "
            f"knows no profiles. Unset it, or leave Claude Code to itself."
        ]

    def _unasked(self) -> list[str]:
        active = self.resolution.active
        wire = active.finding.wire if active else None
        if active and (wire is None or wire.slot is not Slot.PROVIDER):
            return []
        from keyhole.unasked import told_to_providers

        billing = active.source.billing if active else None
        return [str(over) for over in told_to_providers(self.machine, billing)]

    def _passed_over(self) -> list[str]:
        """What a place without trust chooses, whoever wins; a source says where it is ignored."""
        said = {
            verdict.finding.where
            for verdict in self.resolution.verdicts
            if isinstance(verdict.finding, Ignored)
        }
        names = sorted(HOST_MANAGED)
        over = [one for name in names for one in self.machine.variable(name).passed_over]
        over += self.machine.setting("apiKeyHelper").passed_over
        return [str(one) for one in over if one.where not in said]


def survey(machine: Machine, *, order: str | None = None, plugins: Plugins | None = None) -> Survey:
    """Looks at a machine, and asks every source.

    Args:
        machine: The machine.
        order: A named order that replaces the configuration's.
        plugins: What was loaded before; None loads what is installed.

    Raises:
        ConfigError: keyhole's configuration holds something that it must not.
        UsageError: There is no such order, or `--settings` was given something unreadable.
    """
    looked = look(machine, order=order, plugins=plugins)
    looked.plugins.all_asked()
    verdicts = tuple(looked.resolution.verdicts)
    said = (*looked.config_warnings, *_unknown(looked, verdicts))
    return evolve(looked, resolution=Resolution(verdicts), config_warnings=said)


def look(machine: Machine, *, order: str | None = None, plugins: Plugins | None = None) -> Survey:
    """Looks at a machine; each source is asked when its answer is wanted.

    Args:
        machine: The machine.
        order: A named order that replaces the configuration's.
        plugins: What was loaded before; None loads what is installed.

    Raises:
        ConfigError: keyhole's configuration holds something that it must not.
        UsageError: There is no such order, or `--settings` was given something unreadable.
    """
    config = machine.config
    named = order or config.order
    if named not in ORDERS:
        raise UsageError(
            f"there is no order '{named}'{meant(named, ORDERS)}",
            where="--order",
            remedy=f"the orders are {', '.join(ORDERS)}",
        )
    # Read here, so that an unreadable `--settings` is the caller's error and not some source's.
    _ = machine.layers
    plugins = plugins or loading.load(config)
    sources = standin.complete(plugins)
    resolution = Resolution(Verdicts(sources, machine, config.priority, ORDERS[named]))
    unread = config.check(one.item for one in plugins.options) if config.of_plugins else ()
    return Survey(machine, plugins, named, resolution, unread)


def _unknown(looked: Survey, verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Names in the configuration that nothing bears; most configurations hold no names at all."""
    config = looked.machine.config
    if not config.names_anything:
        return ()
    from keyhole.unknown import unknown

    return unknown(config, {verdict.source.name for verdict in verdicts}, looked.plugins)


def _way_out(active: Verdict) -> str:
    where = active.finding.where
    return f" (to change that, remove {where})" if where else ""
