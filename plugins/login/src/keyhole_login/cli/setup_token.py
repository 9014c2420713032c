"""`keyhole setup-token`."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from keyhole import Secret
from keyhole.cli.world import World, pass_world
from keyhole.errors import BrokenCredentialError, UsageError
from keyhole.moment import moment
from keyhole_login import claude
from keyhole_login.dated import Dated, keep
from keyhole_login.token_shape import flaw

__all__ = ["setup_token"]

_LONGEST = 64 * 1024


@click.command("setup-token")
@click.option("--check", is_flag=True, help="Take a token on standard input; make none.")
@click.option(
    "--made",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which it was made; default today, or what was kept before.",
)
@click.option("--json", "as_json", is_flag=True, help="With --check: print JSON.")
@pass_world
@click.pass_context
def setup_token(
    ctx: click.Context, world: World, *, check: bool, made: datetime | None, as_json: bool
) -> None:
    """Make a token that lasts a year, with `claude setup-token`; check it; remember its date.

    Claude Code prints the token and keeps nothing. What you paste then, or give to --check, is
    checked: whether it is whole, on one line and of the right kind. Only its date and a
    fingerprint are kept, so that `keyhole status` counts down wherever that token is set.
    """
    if as_json and not check:
        raise UsageError(
            "what `claude setup-token` prints is no JSON",
            where="--json",
            remedy="make the token first, then `keyhole setup-token --check --json < FILE`",
        )
    machine = world.machine()
    if not check:
        code = claude.attend(["setup-token"], machine, world.host)
        if code:
            ctx.exit(code)
    value = _given() if check else _pasted()
    if value is None:
        click.echo("Nothing was checked; `keyhole setup-token --check` does that at any time.")
        return
    _refuse(value)
    dated = keep(machine, world.host, value, _day(made, world.host.now()))
    click.echo(_as_json(dated) if as_json else _said(dated))


def _given() -> Secret:
    """What came on standard input; a person at a terminal is asked for it.

    Raises:
        UsageError: Nothing did.
    """
    value = _asked("Paste the token (it does not show)") if sys.stdin.isatty() else _read()
    if value is None:
        raise UsageError(
            "nothing came on standard input",
            where="--check",
            remedy="`keyhole setup-token --check < FILE`, or paste it",
        )
    return value


def _pasted() -> Secret | None:
    """What a person pastes; None where nobody does."""
    if not sys.stdin.isatty():
        return None
    return _asked("Paste the token to have it checked (it does not show; Enter skips)")


def _read() -> Secret | None:
    text = sys.stdin.read(_LONGEST).strip()
    return Secret(text) if text else None


def _asked(words: str) -> Secret | None:
    text = click.prompt(words, default="", show_default=False, hide_input=True, err=True).strip()
    return Secret(text) if text else None


def _refuse(value: Secret) -> None:
    wrong = flaw(value)
    if wrong:
        raise BrokenCredentialError(
            f"what was given {wrong.reason}", where="the token", remedy=wrong.remedy
        )


def _day(made: datetime | None, now: float) -> float | None:
    if made is None:
        return None
    at = made.timestamp()  # the day as it is where the person is
    if at > now:
        raise UsageError("that day is still to come", where="--made", remedy="give a day gone by")
    return at


def _said(dated: Dated) -> str:
    kept = "It was known already" if dated.known else "Its date and a fingerprint are kept"
    over = " Its year is over." if dated.token.ended else ""
    return (
        f"The setup token ending in …{dated.ending} is whole; made on "
        f"{moment(dated.token.made_at)}, it ends on {moment(dated.token.ends_at)}.{over}\n"
        f"{kept}; the token itself is not kept: put it where CLAUDE_CODE_OAUTH_TOKEN is set."
    )


def _as_json(dated: Dated) -> str:
    return json.dumps(
        {
            "ending": dated.ending,
            "made_at": dated.token.made_at,
            "expires_at": dated.token.ends_at,
            "ended": dated.token.ended,
            "known": dated.known,
        },
        indent=2,
    )
