"""`keyhole logout`."""

from __future__ import annotations

import click

from keyhole import Machine
from keyhole.cli.person import confirm
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, pass_world
from keyhole.errors import KeyholeError
from keyhole.walk import survey
from keyhole_login import claude
from keyhole_login.configured import Configured, configured
from keyhole_login.how import Ended

__all__ = ["logout"]


@click.command()
@click.option("--claude", "by_claude", is_flag=True, help="Claude Code's login, in any case.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
@click.pass_context
def logout(ctx: click.Context, world: World, *, by_claude: bool, yes: bool) -> None:
    """End the login, and say which credentials are left.

    keyhole's own login is ended at its server and deleted. Claude Code's login is ended by `claude
    auth logout`, after asking; that removes the tokens of Claude Code's MCP servers, too.
    """
    machine = world.machine()
    server = None if by_claude else configured(machine)
    code = _own(world, machine, server) if server else _claudes(world, machine, yes=yes)
    if server or not code:
        click.echo(_left(world))
    ctx.exit(code)


def _own(world: World, machine: Machine, server: Configured) -> int:
    """Ends keyhole's own login; 1 where the server may still take the token."""
    from keyhole_login.own import Own

    own = Own(machine, server, world.host)
    try:
        ended = own.log_out()
    except KeyholeError as error:
        if own.kept:
            raise
        click.echo(f"The token is deleted here; the server may still take it: {error}", err=True)
        return 1
    click.echo(_SAID[ended].format(server.name))
    return 0


_SAID = {
    Ended.NOTHING: "Nobody is logged in at {}.",
    Ended.HERE: "Logged out here; {} offers no way to end its tokens there.",
    Ended.THERE: "Logged out at {}, where its tokens are ended, too.",
}


def _claudes(world: World, machine: Machine, *, yes: bool) -> int:
    finding = claude.found(machine)
    if finding is None:
        click.echo("Claude Code is not logged in.")
        return 0
    click.echo(f"Claude Code's login is at {finding.where}.")
    click.echo("`claude auth logout` ends it, and removes the tokens of its MCP servers, too.")
    if not yes:
        confirm("Run it?")
    return claude.attend(["auth", "logout"], machine, world.host)


def _left(world: World) -> str:
    """Which credentials are still configured, and where."""
    with plugins_on_stderr():
        verdicts = survey(world.machine()).resolution.verdicts
    # A server without a login is configured, and no credential.
    there = [v for v in verdicts if v.configured and v.source.name != "oauth-login"]
    left = [f"  {v.source.name}: {v.finding.where}" for v in there]
    return "\n".join(["Still there:", *left]) if left else "No credential is left on this machine."
