"""`keyhole status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole import report
from keyhole.cli.action import AS_JSON, MACHINE, Takes, action
from keyhole.cli.quiet import plugins_on_stderr, say
from keyhole.cli.scene import World
from keyhole.walk import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyhole.machine import Machine
    from keyhole.verify import Verification

__all__ = ["status"]


@action(
    *MACHINE,
    Takes("--order", "A named order: claude-code or anthropic-sdk.", metavar="NAME"),
    Takes("--verify", "Ask the API whether it takes the credential.", flag=True, parameter="ask"),
    AS_JSON,
)
def status(
    world: World,
    *,
    bare: bool,
    mode: str,
    settings: str | None,
    order: str | None,
    ask: bool,
    as_json: bool,
) -> int:
    """Say which credential wins, where it was found, and why the others lost.

    Looking has no effects: nothing is run, sent or written, except with --verify. Exit code 0 if a
    credential is found (and not known to be unusable), 3 if there is none, 4 if the one that wins
    can't be used, 5 if it is not the one that [expect] names.
    """

    def look() -> Machine:
        return world.machine(settings=settings, bare=bare, interactive=mode == "interactive")

    with plugins_on_stderr():
        answer = survey(look(), order=order)
        verification = _asked(answer, look, world) if ask else None
    if as_json:
        import json

        say(json.dumps(report.document(answer, verification), indent=2))
    else:
        from keyhole.cli import ink, screen

        ink.show(screen.render(answer, screen.width(), verification))
    return report.exit_code(answer, verification)


def _asked(answer: Survey, look: Callable[[], Machine], world: World) -> Verification:
    # Only here: without --verify nothing is loaded, and what loading takes is not imported.
    from keyhole.verify import asked

    return asked(answer, look, world.host)
