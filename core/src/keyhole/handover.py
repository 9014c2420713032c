"""Handing exactly one credential to a child process: what to set, what to take away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from keyhole import policy
from keyhole.claude_code import HOST_MANAGED, PROVIDER_FLAGS, is_on
from keyhole.errors import RefusedError
from keyhole.frozen import field, frozen
from keyhole.resolved import Resolved
from keyhole.settings import Layer, Scope
from keyhole.wire import HEADERS

__all__ = ["Handover", "is_claude", "to_child", "to_claude"]

_HELPER = "apiKeyHelper"
_BASE_URL = "ANTHROPIC_BASE_URL"
_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"


@frozen
class Handover:
    """What makes a child use one credential.

    Attributes:
        variables: The variables to set; they hold the secret.
        removed: The rivals' variables, which the child must not have.
        arguments: What to add to the command line of `claude`; no secrets.
    """

    variables: Mapping[str, str] = field(repr=False)
    removed: frozenset[str]
    arguments: tuple[str, ...] = ()

    def environment(self, parent: Mapping[str, str]) -> dict[str, str]:
        """The child's whole environment."""
        kept = {name: text for name, text in parent.items() if name not in self.removed}
        return {**kept, **self.variables}


def is_claude(program: str) -> bool:
    """Whether a program is Claude Code, by its name."""
    return PurePath(program).name.lower() in ("claude", "claude.exe", "claude.cmd")


def to_child(resolved: Resolved) -> Handover:
    """For any program: the winner's variables, and none of a rival's.

    Raises:
        KeyholeError: The credential can't be loaded, or can't be handed over in variables.
        RefusedError: It is a subscription's token.
    """
    policy.refuse_subscription(resolved.survey.machine.config, resolved.verdict)
    own = _given(resolved)
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
    _refuse_managed(returning, resolved, own)
    if returning:
        own["CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"] = "1"
    return Handover(own, _removed(resolved, own), _without_helper(layers, resolved))


def _given(resolved: Resolved) -> dict[str, str]:
    return {**resolved.credential().child_env(), **_custom_headers(resolved)}


def _custom_headers(resolved: Resolved) -> dict[str, str]:
    """What every client adds to its requests, without the lines that hold a credential."""
    lines = resolved.survey.machine.variable(_HEADERS).text.splitlines()
    kept = [line for line in lines if line.partition(":")[0].strip().lower() not in HEADERS]
    return {_HEADERS: "\n".join(kept)} if kept else {}


def _found_by_claude(resolved: Resolved) -> dict[str, str]:
    """What `claude` needs to find the winner by itself, wherever that is set."""
    machine = resolved.survey.machine
    own = resolved.verdict.source.selectors
    # Two sources may share a variable (an API key for two of a provider's services).
    needed = (HOST_MANAGED - _selectors(resolved, rivals_only=True)) | own
    found = {name: machine.variable(name).text for name in needed}
    return {name: text for name, text in found.items() if text} | _custom_headers(resolved)


def _removed(resolved: Resolved, own: Mapping[str, str]) -> frozenset[str]:
    """Every variable that would choose a rival, or send the winner elsewhere."""
    return (_selectors(resolved) | {_BASE_URL, _HEADERS}) - own.keys()


def _selectors(resolved: Resolved, *, rivals_only: bool = False) -> frozenset[str]:
    verdicts = resolved.survey.resolution.verdicts
    chosen = (v for v in verdicts if not rivals_only or v.source.name != resolved.source)
    return frozenset[str]().union(*(verdict.source.selectors for verdict in chosen))


def _refuse_managed(returning: list[Layer], resolved: Resolved, own: Mapping[str, str]) -> None:
    """An administrator's settings can't be kept from `claude`; what agrees with it may stay."""
    for layer in returning:
        if layer.scope is not Scope.MANAGED:
            continue
        for name in sorted(HOST_MANAGED & layer.env.keys()):
            if not _is_rival(name, layer, own):
                continue
            raise RefusedError(
                f"{name} is set by an administrator, and can't be kept from `claude`",
                where=str(layer.where("env", name)),
                remedy=f"ask the administrator to remove it, or use it instead of "
                f"{resolved.source}",
            )


def _is_rival(name: str, layer: Layer, own: Mapping[str, str]) -> bool:
    value = layer.variable(name)
    text = value.reveal().strip() if value else ""
    off = not is_on(text) if name in PROVIDER_FLAGS else not text
    return not off and own.get(name) != text


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
