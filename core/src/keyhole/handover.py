"""Handing exactly one credential to a child process: what to set, what to take away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import attrs

from keyhole import policy
from keyhole.claude_code import HOST_MANAGED
from keyhole.errors import RefusedError
from keyhole.resolved import Resolved
from keyhole.settings import Layer, Scope

__all__ = ["Handover", "is_claude", "to_child", "to_claude"]

_HELPER = "apiKeyHelper"
_BASE_URL = "ANTHROPIC_BASE_URL"


@attrs.frozen
class Handover:
    """What makes a child use one credential.

    Attributes:
        variables: The variables to set; they hold the secret.
        removed: The rivals' variables, which the child must not have.
        arguments: What to add to the command line of `claude`; no secrets.
    """

    variables: Mapping[str, str] = attrs.field(repr=False)
    removed: frozenset[str]
    arguments: tuple[str, ...] = ()

    def environment(self, parent: Mapping[str, str]) -> dict[str, str]:
        """The child's whole environment."""
        kept = {name: text for name, text in parent.items() if name not in self.removed}
        return {**kept, **self.variables}


def is_claude(program: str) -> bool:
    """Whether a program is Claude Code, by its name."""
    return PurePath(program).stem == "claude"


def to_child(resolved: Resolved) -> Handover:
    """For any program: the winner's variables, and none of a rival's.

    Raises:
        KeyholeError: The credential can't be loaded, or can't be handed over in variables.
        RefusedError: It is a subscription's token.
    """
    policy.refuse_subscription(resolved.survey.machine.config, resolved.verdict)
    own = resolved.credential().child_env()
    return Handover(own, _removed(resolved, own))


def to_claude(resolved: Resolved) -> Handover:
    """For Claude Code, which also reads settings that could bring a rival back.

    Raises:
        KeyholeError: The credential can't be loaded.
        RefusedError: An administrator's settings bring a rival back; it is named.
    """
    own = _found_by_claude(resolved) if resolved.finding.native else _given(resolved)
    layers = resolved.survey.machine.layers
    # Claude Code applies the settings of folders that are not trusted here, so all of them count.
    returning = [layer for layer in layers if HOST_MANAGED & layer.env.keys()]
    _refuse_managed(returning, resolved)
    if returning:
        own["CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"] = "1"
    return Handover(own, _removed(resolved, own), _without_helper(layers, resolved))


def _given(resolved: Resolved) -> dict[str, str]:
    return dict(resolved.credential().child_env())


def _found_by_claude(resolved: Resolved) -> dict[str, str]:
    """What `claude` needs to find the winner by itself, wherever that is set."""
    machine = resolved.survey.machine
    own = resolved.verdict.source.selectors
    needed = (HOST_MANAGED | own) - _selectors(resolved, rivals_only=True)
    found = {name: machine.variable(name).text for name in needed}
    return {name: text for name, text in found.items() if text}


def _removed(resolved: Resolved, own: Mapping[str, str]) -> frozenset[str]:
    """Every variable that would choose a rival, or send the winner elsewhere."""
    return (_selectors(resolved) | {_BASE_URL}) - own.keys()


def _selectors(resolved: Resolved, *, rivals_only: bool = False) -> frozenset[str]:
    verdicts = resolved.survey.resolution.verdicts
    chosen = (v for v in verdicts if not rivals_only or v.source.name != resolved.source)
    return frozenset[str]().union(*(verdict.source.selectors for verdict in chosen))


def _refuse_managed(returning: list[Layer], resolved: Resolved) -> None:
    for layer in returning:
        for name in sorted(HOST_MANAGED & layer.env.keys()):
            where = layer.where("env", name)
            if layer.scope is Scope.MANAGED and where != resolved.finding.where and layer.env[name]:
                raise RefusedError(
                    f"{name} is set by an administrator, and can't be kept from `claude`",
                    where=str(where),
                    remedy=f"ask the administrator to remove it, or use it instead of "
                    f"{resolved.source}",
                )


def _without_helper(layers: tuple[Layer, ...], resolved: Resolved) -> tuple[str, ...]:
    """The argument that switches a rival helper off; none where there is none."""
    first = next((layer for layer in layers if _HELPER in layer.data), None)
    if first is None or not first.data[_HELPER]:
        return ()
    where = first.where(_HELPER)
    if where == resolved.finding.where:
        return ()
    # `claude` takes `--settings` once, and an argument must not hold another settings file's text.
    given = any(layer.scope is Scope.FLAG for layer in layers)
    native_helper = resolved.finding.native and resolved.finding.where.key == _HELPER
    if given or native_helper or first.scope is Scope.MANAGED:
        raise RefusedError(
            f"`claude` would run that {_HELPER} instead of using {resolved.source}",
            where=str(where),
            remedy=f'put "{_HELPER}": "" into your --settings' if given else "remove it there",
        )
    return "--settings", f'{{"{_HELPER}": ""}}'
