"""`keyhole run -- CMD`."""

from __future__ import annotations

import os

import click

from keyhole.claude_start import Start
from keyhole.cli.quiet import plugins_on_stderr
from keyhole.cli.world import World, machine_options, pass_world
from keyhole.handover import is_claude, to_child, to_claude
from keyhole.resolved import found

__all__ = ["run"]


@click.command(context_settings={"allow_interspersed_args": False})
@machine_options
@click.argument(
    "command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] CMD [ARG]…"
)
@pass_world
def run(
    world: World, command: tuple[str, ...], *, bare: bool, mode: str, settings: str | None
) -> None:
    """Run a program with exactly the credential that wins.

    Everything behind the program's name is the program's own; keyhole's options stand before it.
    Every rival's variable is removed from its environment. For `claude`, its settings are kept
    from bringing a rival back; what can't be kept back is named, and nothing is run. `--bare` and
    `--settings` among the arguments of `claude` are taken into account.

    The program replaces keyhole, so that signals, the terminal and the exit code are its own.
    127 means that there is no such program.
    """
    program, *arguments = command
    claude = is_claude(program)
    if claude:
        arguments = _with_own(arguments, bare=bare, settings=settings)
    start = Start.of(arguments) if claude else Start(bare=bare, settings=settings)
    with plugins_on_stderr():
        resolved = found(
            lambda: world.machine(
                settings=start.settings, bare=start.bare, interactive=mode == "interactive"
            ),
            host=world.host,
        )
        handover = to_claude(resolved, start) if claude else to_child(resolved)
    world.host.replace([program, *handover.arguments, *arguments], handover.environment(os.environ))


def _with_own(arguments: list[str], *, bare: bool, settings: str | None) -> list[str]:
    """What `keyhole run` was told of `claude` is told to `claude` itself."""
    said = Start.of(arguments)
    own = ["--bare"] if bare and not said.bare else []
    if settings is not None and said.settings is None:
        own += ["--settings", settings]
    return [*own, *arguments]
