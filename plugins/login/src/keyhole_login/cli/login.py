"""`keyhole login`."""

from __future__ import annotations

from functools import partial

import click

from keyhole import Machine
from keyhole.cli.person import person_options
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, pass_world
from keyhole.errors import InteractionRequiredError, LoginRequiredError, UsageError
from keyhole.moment import moment
from keyhole.source import Found
from keyhole.walk import survey
from keyhole_login import claude
from keyhole_login.configured import Configured, configured
from keyhole_login.how import How

__all__ = ["login"]

_MINE = {"login", "console-key", "oauth-login"}


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--claude", "by_claude", is_flag=True, help="Claude Code's login, in any case.")
@click.option("--no-browser", is_flag=True, help="Open none; print the address.")
@click.option("--device", is_flag=True, help="Log in on another device, by a code (RFC 8628).")
@person_options
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARG]…")
@pass_world
@click.pass_context
def login(
    ctx: click.Context,
    world: World,
    *,
    by_claude: bool,
    no_browser: bool,
    device: bool,
    timeout: float,
    mode: str,
    arguments: tuple[str, ...],
) -> None:
    """Log in: with the installed `claude`, or at the server that [login] configures.

    Without [login] this runs `claude auth login` with your arguments (--console, --sso, --email).
    That login is Claude Code's own: it keeps it, renews it, and finds it by itself.

    With [login] keyhole logs in itself, with OAuth 2.1 and PKCE: in a browser on this machine, in
    one elsewhere whose last address you paste back, or with a code on another device.
    """
    if mode == "print":
        raise InteractionRequiredError(
            "only a person can log in, and --mode says that nobody is there",
            remedy="log in on a terminal; for machines, use a key or `keyhole setup-token`",
        )
    machine = world.machine()
    server = None if by_claude else configured(machine)
    if server and arguments:
        raise UsageError(
            "it belongs to `claude auth login`; `keyhole login --claude` runs that",
            where=arguments[0],
            remedy="`keyhole login --help` says more",
        )
    if server:
        how = How(partial(click.echo, err=True), not no_browser, device, timeout)
        click.echo(_by_itself(world, machine, server, how))
    elif device or no_browser:
        raise UsageError(
            "it belongs to keyhole's own login, and no server is configured for that",
            where="--device" if device else "--no-browser",
            remedy="set issuer and client_id under [login] in the configuration",
        )
    elif code := _by_claude(world, machine, arguments):
        ctx.exit(code)
    if rival := _rival(world):
        click.echo(rival)


def _by_claude(world: World, machine: Machine, arguments: tuple[str, ...]) -> int:
    """The exit code of `claude auth login`; where that is 0, who is logged in was said.

    Raises:
        LoginRequiredError: It said that all went well, and nobody is logged in.
    """
    code = claude.attend(["auth", "login", *arguments], machine, world.host)
    if code:
        return code
    after = world.machine()
    finding = claude.found(after)
    if not isinstance(finding, Found):
        # It has been seen to say that all went well where it could not keep the login.
        raise LoginRequiredError(
            f"`claude auth login` ended well, and {_not_there(finding)}",
            where=str(after.config_folder),
            remedy="check that folder's owner and its free space, and log in again",
        )
    click.echo(claude.described(finding))
    return 0


def _by_itself(world: World, machine: Machine, server: Configured, how: How) -> str:
    from keyhole_login.own import Own

    record = Own(machine, server, world.host).log_in(how)
    until = f", until {moment(record.expires_at)}" if record.expires_at is not None else ""
    renewed = "it is renewed in time" if record.refresh_token else "it can't be renewed"
    return f"Logged in at {server.name}{until}; {renewed}."


def _not_there(finding: object) -> str:
    reason = getattr(finding, "reason", "")
    return f"its login can't be used: {reason}" if reason else "there is no login"


def _rival(world: World) -> str:
    """Who wins over the new login, in a sentence; empty where it wins itself."""
    with plugins_on_stderr():
        active = survey(world.machine()).resolution.active
    if active is None or active.source.name in _MINE:
        return ""
    return (
        f"It is not what is used here: {active.source.name} wins ({active.finding.where}); "
        "`keyhole status` says more."
    )
