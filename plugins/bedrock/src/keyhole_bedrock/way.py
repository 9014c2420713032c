"""How requests to a service are authenticated: a key, a signature, or not by keyhole at all."""

from __future__ import annotations

from collections.abc import Callable

from keyhole import BEARER, Credential, Host, Kind, Machine, Secret, Where
from keyhole.flaw import Flaw
from keyhole.frozen import field, frozen
from keyhole.source import Detail, passed_over
from keyhole_bedrock import commands
from keyhole_bedrock.ask import Chain
from keyhole_bedrock.chosen import Chosen
from keyhole_bedrock.credential import NO_AUTH, SIGNATURE, ApiKey, NoAuth
from keyhole_bedrock.load import Constant, Load
from keyhole_bedrock.origin import origin_of
from keyhole_bedrock.product import Product
from keyhole_bedrock.profiles import Shared
from keyhole_bedrock.target import Target

__all__ = ["Way", "way_of"]

_AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105  # a variable's name
_EXPORT, _REFRESH = "awsCredentialExport", "awsAuthRefresh"

Loading = Callable[[Host, Secret | None], Credential]


@frozen
class Way:
    """One way of authenticating.

    Attributes:
        name: What people call it.
        where: Where it is configured; None where nothing is.
        kind: What is sent.
        headers: Those of Claude Code's two headers that it fills.
        load: Makes the loading for a target.
        usable: True where everything is there; None where only loading can tell.
        flaws: What can be seen to be wrong.
        details: Facts to show.
        warnings: Sentences for the user.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
    """

    name: str
    where: Where | None
    kind: Kind
    headers: tuple[str, ...]
    load: Callable[[Target], Loading] = field(repr=False)
    usable: bool | None = None
    flaws: tuple[Flaw, ...] = ()
    details: tuple[Detail, ...] = ()
    warnings: tuple[str, ...] = ()
    expires_at: float | None = None


def way_of(
    machine: Machine, product: Product, shared: Shared, chosen: Chosen | None, region: str
) -> Way:
    """The way in force: an API key wins over a signature."""
    skipped = machine.variable(product.skip).on
    key = machine.variable(product.api_key)
    if key.value and key.where and (product.key_without_auth or not skipped):
        carriers = tuple(name for name in product.kind.headers if name != "anthropic-workspace-id")
        return _sent("API key", key.where, product.kind, carriers, key.value)
    if skipped:
        return _by_gateway(machine, product)
    return _signed(machine, shared, chosen, region)


def _sent(name: str, where: Where, kind: Kind, carriers: tuple[str, ...], value: Secret) -> Way:
    def load(target: Target) -> Loading:
        return Constant(ApiKey(target, kind=kind, secret=value, carriers=carriers))

    return Way(name, where, kind, carriers, load, usable=True)


def _by_gateway(machine: Machine, product: Product) -> Way:
    """What Claude Code sends with its skip flag: ANTHROPIC_AUTH_TOKEN, else the helper's output."""
    skip, token = machine.variable(product.skip), machine.variable(_AUTH_TOKEN)
    if token.value and token.where:
        kind = Kind(
            "gateway-token", (*product.skip_headers, *_workspace(product)), BEARER.variables
        )
        return _sent("gateway token", token.where, kind, product.skip_headers, token.value)
    helper = machine.setting("apiKeyHelper")
    flaws: tuple[Flaw, ...] = ()
    if helper.value:
        flaws = (
            Flaw(
                f"{helper.where} would authenticate to a gateway, which keyhole does not do",
                f"export {_AUTH_TOKEN}, or remove {skip.where}",
            ),
        )
    return Way(
        f"left to a gateway ({product.skip})",
        skip.where,
        Kind(NO_AUTH, _workspace(product)),
        (),
        lambda target: Constant(NoAuth(target)),
        usable=None,
        flaws=flaws,
    )


def _signed(machine: Machine, shared: Shared, chosen: Chosen | None, region: str) -> Way:
    refresh = commands.refresh(machine)
    export = commands.export(machine)
    warnings = passed_over(machine.setting(_EXPORT), machine.setting(_REFRESH))
    if export:
        return Way(
            _EXPORT,
            export.where,
            SIGNATURE,
            ("authorization",),
            lambda target: Load(target, export.keys, refresh),
            warnings=warnings,
        )
    origin = origin_of(machine, shared, chosen)
    chain = Chain(machine, region, chosen, origin)
    return Way(
        origin.name,
        origin.where,
        SIGNATURE,
        ("authorization",),
        lambda target: Load(target, chain.keys, refresh),
        usable=origin.usable,
        # The command may well put right what is wrong now.
        flaws=() if refresh else (*shared.flaws, *origin.flaws),
        details=origin.details,
        warnings=(*warnings, *_unread_profile(machine, chosen)),
        expires_at=origin.expires_at,
    )


def _unread_profile(machine: Machine, chosen: Chosen | None) -> tuple[str, ...]:
    name = "AWS_DEFAULT_PROFILE"
    if chosen or not machine.variable(name).value:
        return ()
    return (f"{name} is not read, as Claude Code does not read it: export AWS_PROFILE instead.",)


def _workspace(product: Product) -> tuple[str, ...]:
    return ("anthropic-workspace-id",) if product.workspace else ()
