"""What `claude` would use instead of the winner, and can't be kept from: named, and refused."""

from __future__ import annotations

from collections.abc import Mapping

from keyhole.claude_code import (
    HOST_MANAGED,
    PROVIDER_FLAGS,
    SKIP_FLAGS,
    answered,
    is_on,
)
from keyhole.claude_start import Start
from keyhole.errors import RefusedError
from keyhole.resolved import Resolved
from keyhole.resolver import Resolution
from keyhole.secret import Secret
from keyhole.settings import Layer, Scope
from keyhole.unasked import told_to_providers
from keyhole.wire import Slot

__all__ = ["HELPER", "refuse", "rival_helper"]

HELPER = "apiKeyHelper"
_KEY = "ANTHROPIC_API_KEY"


def refuse(resolved: Resolved, own: Mapping[str, str], start: Start) -> None:
    """Says what stands in the way of the winner.

    Args:
        resolved: The winner.
        own: The variables that `claude` is to get.
        start: How it is started.

    Raises:
        RefusedError: With the rival, and what to do about it.
    """
    _refuse_managed(resolved, own)
    _refuse_unasked(resolved)
    _refuse_rejected(resolved, own, start)
    _refuse_unread(resolved, start)
    _refuse_overtaken(resolved)


def rival_helper(resolved: Resolved) -> Layer | None:
    """The layer whose helper `claude` would run beside the winner, or instead; None where none."""
    machine = resolved.survey.machine
    read = (layer for layer in machine.layers if not machine.bare or layer.scope is Scope.FLAG)
    first = next((layer for layer in read if HELPER in layer.data), None)
    if first is None or not first.data[HELPER] or first.where(HELPER) == resolved.finding.where:
        return None
    # A provider's own authentication leaves no place for it, unless that is skipped.
    skips = any(machine.variable(name).on for name in SKIP_FLAGS)
    return None if _is_provider(resolved) and not skips else first


def _is_provider(resolved: Resolved) -> bool:
    wire = resolved.finding.wire
    return wire is not None and wire.slot is Slot.PROVIDER


def _refuse_managed(resolved: Resolved, own: Mapping[str, str]) -> None:
    """An administrator's settings can't be kept from `claude`; what agrees with it may stay."""
    for layer in resolved.survey.machine.layers:
        if layer.scope is not Scope.MANAGED:
            continue
        for name in sorted(HOST_MANAGED & layer.env.keys()):
            if _is_rival(name, layer, own):
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


def _refuse_unasked(resolved: Resolved) -> None:
    """A clone's settings must not choose the account that a provider bills."""
    over = told_to_providers(resolved.survey.machine) if _is_provider(resolved) else ()
    if over:
        raise RefusedError(
            f"`claude` would follow it, and {over[0].why.reason}",
            where=str(over[0].where),
            remedy=f"{over[0].why.remedy}, after reading it",
        )


def _refuse_rejected(resolved: Resolved, own: Mapping[str, str], start: Start) -> None:
    """A person may have told Claude Code not to use a key in sessions that ask."""
    machine = resolved.survey.machine
    asks = _KEY in own and not (start.prints or _is_provider(resolved))
    if asks and answered(machine.claude_state, Secret(own[_KEY]), "rejected"):
        raise RefusedError(
            "Claude Code was told not to use this API key, and would use another credential",
            where=str(machine.claude_state.where("customApiKeyResponses", "rejected")),
            remedy="`/config` in Claude Code, 'Use custom API key'; or `claude -p`",
        )


def _refuse_unread(resolved: Resolved, start: Start) -> None:
    """What `claude` is to find by itself must be in settings that it reads."""
    if start.sources is None or not resolved.finding.native:
        return
    place = resolved.finding.where.place
    scopes = {layer.document.place: layer.scope for layer in resolved.survey.machine.layers}
    scope = scopes.get(place)
    if scope in (Scope.USER, Scope.PROJECT, Scope.LOCAL) and scope.value not in start.sources:
        raise RefusedError(
            f"`claude` would not read it: --setting-sources leaves out '{scope.value}'",
            where=str(resolved.finding.where),
            remedy=f"name '{scope.value}' there, too",
        )


def _refuse_overtaken(resolved: Resolved) -> None:
    """What `claude` is to find by itself must be what it takes first, of all that stays there."""
    if not resolved.finding.native or resolved.finding.wire is None:
        return
    stays = [
        verdict
        for verdict in resolved.survey.resolution.verdicts
        if verdict.source.name == resolved.source
        or not (verdict.source.selectors or _is_helper(verdict.finding.where))
    ]
    taken = {name for name in Resolution(stays).claude_code.values() if name}
    if taken and resolved.source not in taken:
        raise RefusedError(
            f"`claude` would use {', '.join(sorted(taken))} before {resolved.source}, which it "
            "finds by itself",
            where=str(resolved.finding.where),
            remedy="`claude auth logout`, or another order under [priority] in the configuration",
        )


def _is_helper(where: object) -> bool:
    return getattr(where, "key", "") == HELPER
