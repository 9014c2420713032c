"""`keyhole mcp logout`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from keyhole.cli.world import World, pass_world
from keyhole.errors import KeyholeError, UsageError
from keyhole_mcp.servers import server_named
from keyhole_mcp.session.log_out import Ended, LogOut
from keyhole_mcp.session.pointers import Pointer, all_pointers, pointers_to

__all__ = ["logout"]


@click.command()
@click.argument("server", required=False)
@click.option("--account", default=None, help="Only this one of several accounts.")
@click.option("--all", "everywhere", is_flag=True, help="At every server, with every account.")
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

    Exit code 1 if a server could not be told: it may still take the token until that ends.
    """
    if bool(server) == everywhere:
        raise UsageError("name a SERVER, or say --all", where="keyhole mcp logout")
    machine = world.machine()
    log_out = LogOut(machine, world.host)
    found = list(
        all_pointers(machine)
        if server is None
        else _chosen(pointers_to(machine, server_named(machine, server).url), account)
    )
    ended = [(pointer, *_ended(log_out, pointer)) for pointer in found]
    if as_json:
        click.echo(json.dumps([_facts(*one) for one in ended], indent=2))
    else:
        click.echo("\n".join(_sentence(*one) for one in ended) or "Nobody is signed in there.")
    ctx.exit(1 if any(problem for _, _, problem in ended) else 0)


def _chosen(pointers: Iterator[Pointer], account: str | None) -> Iterator[Pointer]:
    return (pointer for pointer in pointers if account in (None, pointer.account))


def _ended(log_out: LogOut, pointer: Pointer) -> tuple[Ended, str]:
    """How it ended, and what went wrong; the token is gone here in any case."""
    try:
        return log_out(pointer), ""
    except KeyholeError as error:
        if log_out.is_kept(pointer):
            raise
        return Ended.HERE, str(error)


def _facts(pointer: Pointer, ended: Ended, problem: str) -> dict[str, str | None]:
    return {
        "resource": pointer.resource,
        "account": pointer.account,
        "issuer": pointer.issuer,
        "ended": ended.value,
        "problem": problem or None,
    }


def _sentence(pointer: Pointer, ended: Ended, problem: str) -> str:
    account = f" (account {pointer.account})" if pointer.account else ""
    what = f"{pointer.resource}{account}"
    if problem:
        return f"{what}: the token is deleted here; {pointer.issuer} may still take it: {problem}"
    return _SAID[ended].format(what, pointer.issuer)


_SAID = {
    Ended.NOTHING: "{}: there was no token any more.",
    Ended.HERE: "{}: logged out here; {} offers no way to end its tokens there.",
    Ended.THERE: "{}: logged out, and {} has ended its tokens, too.",
}
