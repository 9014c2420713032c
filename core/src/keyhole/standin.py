"""Sources that stand where no plugin does, so that nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole.plugins import Plugin, Plugins, Registered
from keyhole.source import Absent, Broken
from keyhole.tiers import TIERS, Tier

__all__ = ["complete"]


@frozen
class Unserved:
    """A known tier without a plugin: broken where it is switched on, and therefore the winner."""

    tier: Tier
    reason: str
    remedy: str

    @property
    def selectors(self) -> AbstractSet[str]:
        return self.tier.trigger.variables

    @property
    def name(self) -> str:
        return self.tier.name

    @property
    def priority(self) -> int:
        return self.tier.priority

    @property
    def billing(self) -> str:
        return self.tier.billing

    def find(self, machine: Machine) -> Absent | Broken:
        where = self.tier.trigger.place(machine)
        if where is None:
            return Absent(reason=self.tier.trigger.absence)
        return Broken(where=where, reason=self.reason, remedy=self.remedy, wire=self.tier.wire)


@frozen
class Contested:
    """One name that several plugins claim: broken, at the higher of their priorities."""

    name: str
    priority: int
    distributions: tuple[str, ...]
    selectors: AbstractSet[str]
    billing: str

    def find(self, machine: Machine) -> Broken:  # noqa: ARG002  # the contract's signature
        claimants = " and ".join(self.distributions)
        return Broken(
            where=None,
            reason=f"{claimants} both bring a source with this name",
            remedy=f"pip uninstall {self.distributions[-1]} (or the other one)",
        )


def complete(plugins: Plugins) -> tuple[Registered, ...]:
    """The plugins' sources, with a stand-in for each contested name and each unserved tier."""
    by_name: dict[str, list[Registered]] = {}
    for registered in plugins.sources:
        by_name.setdefault(registered.item.name, []).append(registered)
    served = [
        claims[0] if len(claims) == 1 else _contested(name, claims)
        for name, claims in by_name.items()
    ]
    return (*served, *(_unserved(tier, plugins) for tier in TIERS if tier.name not in by_name))


def _contested(name: str, claims: list[Registered]) -> Registered:
    names = tuple(sorted(claim.distribution for claim in claims))
    strongest = max(claims, key=lambda claim: (claim.item.priority, claim.distribution))
    selectors = frozenset[str]().union(*(claim.item.selectors for claim in claims))
    source = Contested(name, strongest.item.priority, names, selectors, strongest.item.billing)
    return Registered(", ".join(names), source)


def _unserved(tier: Tier, plugins: Plugins) -> Registered:
    reason, remedy = _why_unserved(tier, plugins.plugins)
    return Registered(tier.distribution, Unserved(tier, reason, remedy))


def _why_unserved(tier: Tier, plugins: Iterable[Plugin]) -> tuple[str, str]:
    states = {plugin.state for plugin in plugins if plugin.distribution == tier.distribution}
    if "blocked" in states:
        return (
            f"{tier.distribution} is blocked by the configuration",
            f"admit {tier.distribution} under [plugins], or switch this off where it is set",
        )
    if states:
        return (
            f"{tier.distribution} is installed and does not work",
            "`keyhole plugins` says what is wrong with it",
        )
    return f"{tier.distribution} is not installed", f"pip install {tier.distribution}"
