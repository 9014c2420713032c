"""`keyhole mcp auth`, also called `login`: signs in now."""

from __future__ import annotations

import json
import sys
from functools import partial

import click

from keyhole.cli.person import person_options
from keyhole.cli.world import World, pass_world
from keyhole.errors import InteractionRequiredError, RefusedError, UsageError
from keyhole.frozen import evolve
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.moment import moment
from keyhole.oauth.flow import perform
from keyhole.oauth.way import Way
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole_mcp.extensions.given import needed
from keyhole_mcp.flow.asking import challenged
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.headers import configured_headers
from keyhole_mcp.kept import keep_client_secret
from keyhole_mcp.library import HOSTNAME
from keyhole_mcp.outbound import outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.entrance import Entrance, entrance
from keyhole_mcp.session.login import Login
from keyhole_mcp.session.pointers import pointer_of
from keyhole_mcp.session.sign_in import SignIn

__all__ = ["auth"]

_LAST_PORT = 65535


@click.command()
@click.argument("server")
@click.option("--account", default="", help="Which of several accounts; a name of your choice.")
@click.option("--scope", "scopes", multiple=True, help="A scope to ask for, beside those needed.")
@click.option("--no-browser", is_flag=True, help="Open none; print the address.")
@click.option(
    "--callback-port",
    type=click.IntRange(1, _LAST_PORT),
    help="The port that the browser comes back to, where only one is registered.",
)
@click.option("--client-id", default="", help="A client that was registered beforehand.")
@click.option(
    "--client-secret",
    "asks_secret",
    is_flag=True,
    help="Its secret is asked for, or read from standard input.",
)
@click.option(
    "--idp-client-secret",
    "asks_provider_secret",
    is_flag=True,
    help="The secret at the identity provider (`idp`) is asked for, or read likewise.",
)
@click.option(
    "--answer",
    "redeems",
    is_flag=True,
    help="Read the address at which the browser ended from standard input, for a sign-in that "
    "another process began.",
)
@person_options
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@pass_world
def auth(
    world: World,
    server: str,
    *,
    account: str,
    scopes: tuple[str, ...],
    no_browser: bool,
    callback_port: int | None,
    client_id: str,
    asks_secret: bool,
    asks_provider_secret: bool,
    redeems: bool,
    timeout: float,
    mode: str,
    as_json: bool,
) -> None:
    """Sign in at SERVER (a name or a URL), even where there is a login already.

    A browser opens; its last address may be pasted here instead, where it is on another machine.
    On a machine that shares its token store, a login that was made elsewhere is taken over.
    """
    machine = world.machine()
    meant = _with_client(_remote(server_named(machine, server), machine, world.host), client_id)
    if asks_secret:
        keep_client_secret(machine, world.host, meant.url, _asked_secret("Client secret"))
    if asks_provider_secret:
        provider = needed(meant, "idp", meant.chosen.idp)
        secret = _asked_secret("Client secret at the identity provider")
        keep_client_secret(machine, world.host, provider, secret)
    way = Way.of(
        machine,
        present=mode == "interactive",
        browser=not no_browser,
        hostname=HOSTNAME,
        port=callback_port or 0,
        seconds=timeout,
    )
    sign_in = entrance(
        machine,
        world.host,
        meant,
        account or meant.exceptions.account,
        way,
        tell=partial(click.echo, err=True),
    )
    record = _redeemed(sign_in) if redeems else _signed_in(sign_in, " ".join(scopes))
    entry = world.host.tokens(machine).index.get(Login.of(record).key)
    ends_at = entry.ends_at if entry else record.expires_at  # by this machine's clock
    _tell(meant, record, ends_at, renews=sign_in.renews(record), as_json=as_json)


def _signed_in(sign_in: Entrance, scope: str) -> TokenRecord:
    if not sign_in.open:
        raise InteractionRequiredError(
            "only a person can sign in, and --mode says that nobody is there",
            where=sign_in.server.shown,
            remedy="sign in once from a terminal; after that no person is needed",
        )
    asked = perform(challenged(sign_in.server.url), outbound_for(sign_in.server, sign_in.host))
    known = pointer_of(sign_in.machine, sign_in.server.url, sign_in.account)
    return sign_in(asked or Challenge(""), scope=scope, forced=known is not None)


def _redeemed(sign_in: Entrance) -> TokenRecord:
    """The login that an answer from standard input completes.

    Raises:
        UsageError: Nothing was given, or nobody is asked.
    """
    if not isinstance(sign_in, SignIn):
        raise UsageError("no browser is opened for a server with a `grant`", where="--answer")
    if sys.stdin.isatty():
        answer = str(click.prompt("The browser's last address", hide_input=True, err=True))
    else:
        answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError("standard input holds no address", where="--answer")
    return sign_in.redeem(answer)


def _remote(server: Server, machine: Machine, host: Host) -> Server:
    """The server, where signing in can help.

    Raises:
        RefusedError: It can't.
    """
    if not server.remote:
        raise RefusedError(
            f"a {server.transport} server takes its credentials from its environment",
            where=str(server.where),
            remedy="configure what it needs in the entry's env",
        )
    if any(name.lower() == "authorization" for name in configured_headers(server, machine, host)):
        raise RefusedError(
            "an Authorization header is configured for this server, and is sent instead of a token",
            where=str(server.where),
            remedy="remove that header first: from the entry, or with `keyhole mcp remove`",
        )
    return server


def _with_client(server: Server, client_id: str) -> Server:
    if not client_id:
        return server
    return evolve(server, exceptions=evolve(server.exceptions, client_id=client_id))


def _asked_secret(what: str) -> Secret:
    """A client's secret.

    Raises:
        UsageError: None was given.
    """
    if sys.stdin.isatty():
        given = str(click.prompt(what, hide_input=True, err=True))
    else:
        given = sys.stdin.readline().strip()
    if not given:
        raise UsageError("standard input holds no secret", where="--client-secret")
    return Secret(given)


def _tell(
    server: Server, record: TokenRecord, ends_at: float | None, *, renews: bool, as_json: bool
) -> None:
    login = Login.of(record)
    if as_json:
        said = {
            "server": server.name,
            "issuer": login.issuer,
            "resource": login.resource,
            "account": login.account or None,
            "client": login.client.id,
            "scope": record.scope or None,
            "expires_at": ends_at,
            "renewable": renews,
        }
        click.echo(json.dumps(said, indent=2))
        return
    until = f", until {moment(ends_at)}" if ends_at is not None else ""
    renewed = "it is renewed in time" if renews else "it can't be renewed"
    click.echo(f"Signed in at {server.name} by {login.issuer}{until}; {renewed}.")
