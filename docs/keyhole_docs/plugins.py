"""`reference/plugins.md`: what each distribution brings, with its priorities and variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from keyhole.plugins import Plugins, Registered
from keyhole.stores.offered import BUILT_IN
from keyhole_docs.installed import ROOT, distributions, plugins, variables
from keyhole_docs.markdown import GENERATED, code, table

__all__ = ["page"]


def page() -> str:
    """The whole page."""
    found = plugins()
    parts = [
        GENERATED,
        "# What each plugin brings",
        "## Sources, in the order in which they are asked",
        _sources(found),
        _BILLED,
        "## Token stores, the preferred one first",
        _stores(found),
        *(_section(found, name, folder) for name, folder in distributions()),
    ]
    return "\n\n".join(parts) + "\n"


_BILLED = (
    "*Billed to* is what `[expect] billing` compares. `other` is whoever the credential belongs "
    "to: what a helper, a vault or a gateway hands out may be anybody's, and keyhole can't know "
    "whose. [Who is billed](../explanation/one-credential.md#who-is-billed) says what to expect "
    "then."
)


def _sources(found: Plugins) -> str:
    return table(
        ("priority", "source", "distribution", "billed to", "variables that choose it"),
        (
            (
                str(it.item.priority),
                f"`{it.item.name}`",
                it.distribution,
                it.item.billing,
                code(sorted(it.item.selectors)),
            )
            for it in _ranked(found.sources)
        ),
    )


def _stores(found: Plugins) -> str:
    own = [Registered("keyhole-core", store) for store in BUILT_IN]
    return table(
        ("priority", "store", "distribution"),
        (
            (str(it.item.priority), f"`{it.item.name}`", it.distribution)
            for it in _ranked([*found.stores, *own])
        ),
    )


def _ranked(items: Sequence[Registered]) -> list[Registered]:
    return sorted(items, key=lambda it: (-it.item.priority, it.item.name))


def _section(found: Plugins, name: str, folder: Path) -> str:
    link = f"[What it does](../../{folder.relative_to(ROOT)}/README.md)."
    facts = [f"- {what}: {said}" for what, said in _facts(found, name, folder) if said]
    return "\n\n".join([f"## {name}", link, *(["\n".join(facts)] if facts else [])])


def _facts(found: Plugins, name: str, folder: Path) -> Iterator[tuple[str, str]]:
    def of(registered: Sequence[Registered]) -> list[Any]:
        return [it.item for it in registered if it.distribution == name]

    checks, _ = found.checks()
    yield "sources", code((f"{it.name} {it.priority}" for it in of(found.sources)), none="")
    yield "stores", code((f"{it.name} {it.priority}" for it in of(found.stores)), none="")
    yield "commands", code((f"keyhole {it.name}" for it in of(found.commands)), none="")
    yield (
        "keys of [the configuration](configuration.md)",
        code((it.key for it in of(found.options)), none=""),
    )
    yield "checks of [`keyhole audit`](audit.md)", code((it.code for it in of(checks)), none="")
    yield "variables that its code names", code(variables(folder), none="")
