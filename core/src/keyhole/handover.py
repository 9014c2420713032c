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
from keyhole.walk import Survey

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
    credential = resolved.credential()
    own = dict(credential.child_env())
    endpoint = resolved.finding.endpoint
    if endpoint and not endpoint.is_default:
        own.setdefault(_BASE_URL, credential.endpoint)
    return Handover(own, _selectors(resolved.survey) - own.keys())


def to_claude(resolved: Resolved) -> Handover:
    """For Claude Code, which also reads settings that could bring a rival back.

    Raises:
        KeyholeError: The credential can't be loaded.
        RefusedError: An administrator's settings bring a rival back; it is named.
    """
    native = resolved.finding.native
    own = {} if native else dict(resolved.credential().child_env())
    layers = resolved.survey.machine.layers
    # Claude Code applies the settings of folders that are not trusted here, so all of them count.
    returning = [layer for layer in layers if HOST_MANAGED & layer.env.keys()]
    _refuse_managed(returning, resolved)
    if returning:
        own["CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"] = "1"
    endpoint = resolved.finding.endpoint
    if endpoint and not endpoint.is_default:
        own[_BASE_URL] = endpoint.url
    removed = (_selectors(resolved.survey) | {_BASE_URL}) - own.keys()
    return Handover(own, removed, _without_helper(layers, resolved))


def _selectors(found: Survey) -> frozenset[str]:
    return frozenset[str]().union(*(v.source.selectors for v in found.resolution.verdicts))


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
