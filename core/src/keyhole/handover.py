"""Handing exactly one credential to a child process: what to set, what to take away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from keyhole import policy
from keyhole.claude_code import BY_HOST, HOST_MANAGED, PROFILE_VARIABLES
from keyhole.claude_start import Start
from keyhole.errors import RefusedError
from keyhole.frozen import field, frozen
from keyhole.resolved import Resolved
from keyhole.rivals import HELPER, refuse, rival_helper
from keyhole.settings import Scope
from keyhole.wire import HEADERS

__all__ = ["PRINTS", "Handover", "is_claude", "to_child", "to_claude"]

PRINTS = Start(prints=True)
"""How a program that reads its answers starts it."""

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


def to_claude(resolved: Resolved, start: Start = PRINTS) -> Handover:
    """For Claude Code, which also reads settings that could bring a rival back.

    Args:
        resolved: The winner.
        start: How `claude` is started.

    Raises:
        KeyholeError: The credential can't be loaded.
        RefusedError: `claude` would use something else, and can't be kept from it; it is named.
    """
    own = _found_by_claude(resolved) if resolved.finding.native else _given(resolved)
    refuse(resolved, own, start)
    # Claude Code applies the settings of folders that are not trusted here, so all of them count.
    if any(HOST_MANAGED & layer.env.keys() for layer in resolved.survey.machine.layers):
        own[BY_HOST] = "1"
    return Handover(own, _removed(resolved, own), _without_helper(resolved))


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
    chosen_by = _selectors(resolved) | {_BASE_URL, _HEADERS, *PROFILE_VARIABLES}
    return chosen_by - own.keys()


def _selectors(resolved: Resolved, *, rivals_only: bool = False) -> frozenset[str]:
    verdicts = resolved.survey.resolution.verdicts
    chosen = (v for v in verdicts if not rivals_only or v.source.name != resolved.source)
    return frozenset[str]().union(*(verdict.source.selectors for verdict in chosen))


def _without_helper(resolved: Resolved) -> tuple[str, ...]:
    """The argument that switches a rival helper off; none where there is none."""
    rival = rival_helper(resolved)
    if rival is None:
        return ()
    # `claude` takes `--settings` once, and an argument must not hold another settings file's text.
    given = any(layer.scope is Scope.FLAG for layer in resolved.survey.machine.layers)
    native_helper = resolved.finding.native and resolved.finding.where.key == HELPER
    if given or native_helper or rival.scope is Scope.MANAGED:
        raise RefusedError(
            f"`claude` would run that {HELPER} instead of using {resolved.source}",
            where=str(rival.where(HELPER)),
            remedy=f'put "{HELPER}": "" into your --settings' if given else "remove it there",
        )
    return "--settings", f'{{"{HELPER}": ""}}'
