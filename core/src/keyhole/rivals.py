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
from keyhole.machine import Machine
from keyhole.resolved import Resolved
from keyhole.resolver import Resolution
from keyhole.secret import Secret
from keyhole.settings import Layer, Scope
from keyhole.unasked import told_to_providers
from keyhole.where import Where
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
    _refuse_unasked(resolved, start)
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
    alone = _is_provider(resolved) and not any(machine.variable(name).on for name in SKIP_FLAGS)
    return None if alone else first


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


def _refuse_unasked(resolved: Resolved, start: Start) -> None:
    """A clone's settings must not choose the account that a provider bills."""
    # A session that asks asks first whether the folder is trusted; bare, no folder is read.
    if not start.prints or start.bare or not _is_provider(resolved):
        return
    machine, billing = resolved.survey.machine, resolved.verdict.source.billing
    over = [
        one
        for one in told_to_providers(machine, billing)
        if start.reads(_scope_of(machine, one.where))
    ]
    if over:
        raise RefusedError(
            f"`claude` would follow it, and {over[0].why.reason}",
            where=str(over[0].where),
            remedy=f"{over[0].why.remedy}, after reading it",
        )


def _refuse_rejected(resolved: Resolved, own: Mapping[str, str], start: Start) -> None:
    """A person may have told Claude Code not to use a key in sessions that ask."""
    machine = resolved.survey.machine
    if _KEY not in own or not start.asks or _is_provider(resolved):
        return
    state, key = machine.claude_state, Secret(own[_KEY])
    if answered(state, key, "rejected") and not answered(state, key, "approved"):
        raise RefusedError(
            "Claude Code was told not to use this API key, and would use another credential",
            where=str(state.where("customApiKeyResponses", "rejected")),
            remedy="`/config` in Claude Code, 'Use custom API key'; or `claude -p`",
        )


def _refuse_unread(resolved: Resolved, start: Start) -> None:
    """A helper that `claude` is to run must be in settings that it reads."""
    where = resolved.finding.where
    if not resolved.finding.native or where.key != HELPER:
        return
    scope = _scope_of(resolved.survey.machine, where)
    if scope and not start.reads(scope):
        raise RefusedError(
            f"`claude` would not read it: --setting-sources leaves out '{scope.value}'",
            where=str(where),
            remedy=f"name '{scope.value}' there, too",
        )


def _scope_of(machine: Machine, where: Where) -> Scope | None:
    """Whose settings a place is in; None where it is in none."""
    scopes = {layer.document.place: layer.scope for layer in machine.layers}
    return scopes.get(where.place)


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


def _is_helper(where: Where | None) -> bool:
    return where is not None and where.key == HELPER
