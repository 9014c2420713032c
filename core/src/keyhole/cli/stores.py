"""`keyhole stores` and `keyhole stores move`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import click

from keyhole.cli.person import confirm
from keyhole.cli.world import World, pass_world
from keyhole.errors import KeyholeError
from keyhole.index import Entry
from keyhole.moment import moment
from keyhole.store import Availability, State
from keyhole.tokens import Tokens

if TYPE_CHECKING:
    from keyhole.stores.move import Moved

__all__ = ["stores"]


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_world
@click.pass_context
def stores(ctx: click.Context, world: World, *, as_json: bool) -> None:
    """Show each token store, whether it can be used, and what is kept where; never a value.

    What is kept comes from keyhole's index; the stores themselves are only asked whether they can
    be used. `stores move` moves everything from one to another.
    """
    if ctx.invoked_subcommand:
        return
    tokens = world.host.tokens(world.machine())
    found = [(name, _said(tokens, name)) for name in tokens.stores.names]
    force = _in_force(tokens)
    if as_json:
        click.echo(json.dumps(_document(tokens, found, force), indent=2))
    else:
        click.echo(_page(tokens, found, force, world.host.now()))


@stores.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_world
def move(world: World, source: str, target: str, *, yes: bool) -> int:
    """Move all tokens that are kept in the store FROM to the store TO.

    Each is copied, read back and compared, and only then deleted. Interrupted at any instant, the
    command can be run again. Exit code 1 if a token could not be moved; it is then where it was.
    """
    from keyhole.stores.move import move as moved

    tokens = world.host.tokens(world.machine())
    before = tokens.stores.named(source).status()
    after = tokens.stores.named(target).status()
    if before.protected and not after.protected and not yes:
        confirm(f"{after.where} is not protected. Move them there?")
    problems = 0
    for one in moved(tokens, source, target):
        problems += one.problem is not None
        click.echo(f"{_name(one.entry)} {_became(one, source, target)}", err=bool(one.problem))
    damaged = tokens.index.damaged()
    for error in damaged:
        click.echo(str(error), err=True)
    click.echo(_left(source, problems, len(damaged)))
    return 1 if problems or damaged else 0


def _became(one: Moved, source: str, target: str) -> str:
    if one.problem:
        return f"could not be moved: {one.problem}"
    return f"was not in {source}, and is forgotten" if one.missing else f"is in {target} now"


def _left(source: str, problems: int, damaged: int) -> str:
    if problems:
        return f"{problems} stayed there."
    if damaged:
        return f"Whether anything is left in {source} is not known."
    return f"Nothing is left in {source}."


def _said(tokens: Tokens, name: str) -> Availability | KeyholeError:
    try:
        return tokens.stores.named(name).status()
    except KeyholeError as error:
        return error


def _in_force(tokens: Tokens) -> str | KeyholeError:
    try:
        return tokens.stores.in_force().name
    except KeyholeError as error:
        return error


def _document(
    tokens: Tokens,
    found: list[tuple[str, Availability | KeyholeError]],
    force: str | KeyholeError,
) -> dict[str, Any]:
    return {
        "in_force": force if isinstance(force, str) else None,
        "problem": force.problem if isinstance(force, KeyholeError) else None,
        "stores": [{"store": name, **_or_null(_facts(said))} for name, said in found],
        "tokens": [_or_null(_told(entry)) for entry in tokens.index.entries()],
        "damaged": [
            {"where": error.where, "problem": error.problem, "remedy": error.remedy}
            for error in tokens.index.damaged()
        ],
    }


def _told(entry: Entry) -> dict[str, Any]:
    """An entry with its end by this machine's clock, as every other document has it."""
    facts = {**attrs.asdict(entry), "expires_at": entry.ends_at}
    del facts["skew"]
    return facts


def _or_null(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: None if value == "" else value for key, value in facts.items()}


def _facts(said: Availability | KeyholeError) -> dict[str, Any]:
    if isinstance(said, KeyholeError):
        said = Availability(
            State.UNUSABLE,
            protected=False,
            where=said.where,
            reason=said.problem,
            remedy=said.remedy,
        )
    return {**attrs.asdict(said), "state": said.state.value}


def _page(
    tokens: Tokens,
    found: list[tuple[str, Availability | KeyholeError]],
    force: str | KeyholeError,
    now: float,
) -> str:
    lines = [click.style("Stores, the preferred one first", bold=True)]
    for name, said in found:
        facts = _facts(said)
        mark = "●" if name == force else " "
        kind = "protected" if facts["protected"] else "plain text"
        usable = facts["state"] == "usable"
        told = f"{kind}, {facts['where']}" if usable else f"{facts['state']}: {facts['reason']}"
        lines.append(f"{mark} {name:<10} {told}")
        if not usable and facts["remedy"]:
            lines.append(f"  {'':<10} what to do: {facts['remedy']}")
    if isinstance(force, KeyholeError):
        lines += ["", click.style(f"New tokens can't be kept: {force}", fg="red")]
    entries = tokens.index.entries()
    if entries:
        lines += ["", click.style("What is kept", bold=True)]
        lines += [f"  {_name(entry)}: {_state(entry, now)}, in {entry.store}" for entry in entries]
    for error in tokens.index.damaged():
        lines += ["", click.style(str(error), fg="red")]
    return "\n".join(lines)


def _name(entry: Entry) -> str:
    return entry.about or entry.key


def _state(entry: Entry, now: float) -> str:
    if entry.dead:
        return f"ended for good ({entry.dead})"
    if entry.ends_at is None:
        return "has no known end"
    renewed = ", renewed by itself" if entry.renewable else ""
    return f"{'until' if entry.ends_at > now else 'ended'} {moment(entry.ends_at)}{renewed}"
