"""`keyhole env`."""

from __future__ import annotations

from keyhole.cli.action import MACHINE, Takes, action
from keyhole.cli.give import of_world
from keyhole.cli.quiet import plugins_on_stderr, say
from keyhole.cli.scene import World
from keyhole.cli.shells import FORMATS, render
from keyhole.handover import to_child

__all__ = ["env"]


@action(
    *MACHINE,
    Takes(
        "--format",
        "The shell that evaluates it, or a file format.",
        choices=tuple(FORMATS),
        default="sh",
        parameter="format_name",
    ),
)
def env(world: World, *, bare: bool, mode: str, settings: str | None, format_name: str) -> None:
    """Print what sets the winner's variables and removes every rival's.

    For one program, `keyhole run -- CMD` is better: the secret stays out of your shell. Use it as
    `eval "$(keyhole env)"`, or `keyhole env --format fish | source`.
    """
    with plugins_on_stderr():
        handover = to_child(of_world(world, bare=bare, mode=mode, settings=settings))
    say(render(format_name, handover.variables, handover.removed))
