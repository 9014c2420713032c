"""`keyhole mcp logout`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from keyhole.cli.world import World, pass_world
from keyhole.errors import KeyholeError, UsageError
from keyhole.frozen import frozen
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.log_out import Ended, LogOut
from keyhole_mcp.session.pointers import Pointer, all_pointers, pointers_to

__all__ = ["logout"]


@click.command()
@click.argument("server", required=False)
@click.option("--account", default=None, help="Only this one of several accounts.")
@click.option(
    "--all", "everywhere", is_flag=True, help="At every server; with --account, that account alone."
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@pass_world
@click.pass_context
def logout(
    ctx: click.Context,
    world: World,
    server: str | None,
    *,
    account: str | None,
    everywhere: bool,
    as_json: bool,
) -> None:
    """End the login at SERVER: revoke its tokens there (RFC 7009), and delete them here.

    Of several logins each is tried, and the first error gives the exit code: 1 if a server could
    not be told, so that it may still take the token until that ends.
    """
    if bool(server) == everywhere:
        raise UsageError("name a SERVER, or say --all", where="keyhole mcp logout")
    machine = world.machine()
    log_out = LogOut(machine, world.host)
    pointers = (
        all_pointers(machine)
        if server is None
        else pointers_to(machine, server_named(machine, server).url)
    )
    done = [_tried(log_out, pointer) for pointer in list(_chosen(pointers, account))]
    if as_json:
        click.echo(json.dumps({"logins": [_facts(outcome) for outcome in done]}, indent=2))
    else:
        click.echo("\n".join(map(_sentence, done)) or "Nobody is signed in there.")
    ctx.exit(next((outcome.error.exit_code for outcome in done if outcome.error), 0))


@frozen
class _Outcome:
    """What came of one login.

    Attributes:
        pointer: Which.
        ended: How it ended.
        error: What went wrong; None where nothing did.
    """

    pointer: Pointer
    ended: Ended
    error: KeyholeError | None = None


def _chosen(pointers: Iterator[Pointer], account: str | None) -> Iterator[Pointer]:
    return (pointer for pointer in pointers if account in (None, pointer.account))


def _tried(log_out: LogOut, pointer: Pointer) -> _Outcome:
    """What came of ending a login; one that can't be ended is no reason to leave the others."""
    try:
        return _Outcome(pointer, log_out(pointer))
    except KeyholeError as error:
        ended = Ended.NOT if log_out.is_kept(pointer) else Ended.HERE
        return _Outcome(pointer, ended, error)


def _facts(outcome: _Outcome) -> dict[str, str | None]:
    return {
        "resource": outcome.pointer.resource,
        "account": outcome.pointer.account or None,
        "issuer": outcome.pointer.issuer,
        "ended": outcome.ended.value,
        "problem": str(outcome.error) if outcome.error else None,
    }


def _sentence(outcome: _Outcome) -> str:
    pointer = outcome.pointer
    account = f" (account {pointer.account})" if pointer.account else ""
    said = _FAILED if outcome.error else _SAID
    return said[outcome.ended].format(f"{pointer.resource}{account}", pointer.issuer, outcome.error)


_FAILED = {
    Ended.NOT: "{0}: still logged in: {2}",
    Ended.HERE: "{}: the token is deleted here; {} may still take it: {}",
}
_SAID = {
    Ended.NOTHING: "{}: there was no token any more.",
    Ended.HERE: "{}: logged out here; no way is known to end its tokens at {}.",
    Ended.THERE: "{}: logged out, and {} has ended its tokens, too.",
}
