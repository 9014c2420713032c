"""Names in keyhole's configuration that nothing on this machine bears: most are misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from keyhole.config import Config
from keyhole.plugins import Plugins
from keyhole.redaction import printable
from keyhole.spelling import meant
from keyhole.stores.offered import BUILT_IN
from keyhole.tiers import TIERS

__all__ = ["unknown"]


def unknown(config: Config, sources: AbstractSet[str], plugins: Plugins) -> tuple[str, ...]:
    """A warning for each name that has no effect, or not the one that is wanted.

    Args:
        config: What the configuration says.
        sources: The names of the sources, those that stand in for a tier included.
        plugins: What is installed.
    """
    return (
        *_sources(config, sources),
        *_plugins(config, plugins),
        *_stores(config, plugins),
    )


def _sources(config: Config, known: AbstractSet[str]) -> Iterator[str]:
    named = {f"priority.{name}": name for name in config.priority}
    if config.expect_source:
        named["expect.source"] = config.expect_source
    for key, name in named.items():
        if name not in known:
            yield _said(config, key, f"there is no source {_named(name, known)}")


def _plugins(config: Config, plugins: Plugins) -> Iterator[str]:
    known = {name for one in plugins.plugins for name in (one.name, one.distribution)}
    # Those of the known tiers count although they are not installed.
    known |= {name for tier in TIERS for name in _both(tier.distribution)}
    for name in sorted((config.allow or frozenset()) - known):
        yield _said(config, "plugins.allow", f"there is no plugin {_named(name, known)}")
    for name in sorted(config.block - known):
        # What is blocked need not be here; what is nearly called so is here, and is not blocked.
        if meant(name, known):
            yield _said(config, "plugins.block", f"there is no plugin {_named(name, known)}")


def _stores(config: Config, plugins: Plugins) -> Iterator[str]:
    known = {factory.name for factory in BUILT_IN} | {one.item.name for one in plugins.stores}
    if config.stores_use and config.stores_use not in known:
        yield _said(
            config, "stores.use", f"there is no token store {_named(config.stores_use, known)}"
        )


def _both(distribution: str) -> tuple[str, str]:
    return distribution, distribution.removeprefix("keyhole-")


def _named(name: str, known: AbstractSet[str]) -> str:
    return f"'{printable(name)}'{meant(name, known)}"


def _said(config: Config, key: str, problem: str) -> str:
    return f"{config.entries[key].spot} ({printable(key)}): {problem}."
