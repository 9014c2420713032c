"""What would authorize requests to Foundry on a machine, in Claude Code's order.

ANTHROPIC_FOUNDRY_AUTH_TOKEN, else ANTHROPIC_FOUNDRY_API_KEY, else, where
CLAUDE_CODE_SKIP_FOUNDRY_AUTH is on, whatever a gateway takes, else Entra ID.
https://code.claude.com/docs/en/microsoft-foundry
"""

from __future__ import annotations

from collections.abc import Callable

from keyhole import Detail, Kind, Machine, Secret, Variable, Where, Wire
from keyhole.errors import BrokenCredentialError
from keyhole.flaw import Flaw, of_token
from keyhole.frozen import evolve, field, frozen
from keyhole.source import passed_over
from keyhole_foundry import credential
from keyhole_foundry.cloud import cloud
from keyhole_foundry.credential import FoundryCredential
from keyhole_foundry.identity import identity
from keyhole_foundry.request import TokenRequest, disagreements, token_request
from keyhole_foundry.variables import API_KEY, AUTH_TOKEN, SKIP

__all__ = ["Authorization", "authorization"]


@frozen
class Authorization:
    """What authorizes requests.

    Attributes:
        where: Where it is configured; None where that is the switch alone.
        kind: What it is.
        load: Makes the credential for an endpoint's URL.
        usable: Whether it can be used; None where only loading can tell.
        details: What to show of it.
        flaws: What is wrong.
        warnings: Sentences for the user.
        native: Whether `claude` finds it by itself.
    """

    where: Where | None
    kind: Kind
    load: Callable[[str], FoundryCredential] = field(repr=False)
    usable: bool | None = None
    details: tuple[Detail, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    warnings: tuple[str, ...] = ()
    native: bool = True

    @property
    def wire(self) -> Wire:
        """The header that Claude Code fills; without any credential it still fills one."""
        return Wire.provider(*(self.kind.headers or ("authorization",)))


def authorization(machine: Machine) -> Authorization:
    """The first that is there."""
    token, key = machine.variable(AUTH_TOKEN), machine.variable(API_KEY)
    skip, plain = machine.variable(SKIP), machine.variable("ANTHROPIC_AUTH_TOKEN")
    over = passed_over(token, key)
    if token.value:
        return _held(token, token.value, credential.AUTH_TOKEN, over)
    if key.value:
        return _held(key, key.value, credential.API_KEY, over)
    if skip.on and plain.value:
        held = _held(plain, plain.value, credential.AUTH_TOKEN, over)
        # The variable belongs to a rival too, so that `claude` gets it as Foundry's own.
        return evolve(held, native=False)
    if skip.on:
        return _nothing(skip, over)
    return _entra(machine, (*over, *passed_over(skip)))


def _held(
    variable: Variable, value: Secret, kind: Kind, warnings: tuple[str, ...]
) -> Authorization:
    return Authorization(
        variable.where,
        kind,
        lambda url: FoundryCredential(kind, value, url),
        usable=True,
        flaws=_flaws(variable.name, value),
        warnings=warnings,
    )


def _flaws(name: str, value: Secret) -> tuple[Flaw, ...]:
    flaw = of_token(name, value)
    return (evolve(flaw, reason=f"{name} {flaw.reason}"),) if flaw else ()


def _nothing(skip: Variable, warnings: tuple[str, ...]) -> Authorization:
    """Requests go out as they are: the base URL is a gateway that authorizes them itself."""
    return Authorization(
        skip.where,
        credential.NOTHING,
        lambda url: FoundryCredential(credential.NOTHING, Secret(""), url),
        usable=True,
        warnings=warnings,
    )


def _entra(machine: Machine, warnings: tuple[str, ...]) -> Authorization:
    tokens, whose = cloud(machine), identity(machine)
    request = token_request(machine, tokens, whose)
    return Authorization(
        whose.where,
        credential.ENTRA,
        lambda url: _token(request, url),
        details=(*whose.details, *tokens.details),
        flaws=(*whose.flaws, *tokens.flaws),
        warnings=(*warnings, *whose.warnings),
    )


def _token(request: TokenRequest, url: str) -> FoundryCredential:
    unseen = disagreements(request)
    if unseen:
        raise BrokenCredentialError(
            f"azure-identity reads {', '.join(unseen)} from the process's own environment alone, "
            "and the settings say otherwise",
            where=request.credential,
            remedy="export it in the shell, and take it out of the settings' env block",
        )
    from keyhole_foundry import entra

    return entra.credential(request, url)
