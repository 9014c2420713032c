"""`keyhole token` and `headers`: the commands that print a secret."""

from __future__ import annotations

from keyhole.cli.action import AS_JSON, MACHINE, action
from keyhole.cli.quiet import plugins_on_stderr, say
from keyhole.cli.scene import World
from keyhole.resolved import Resolved, unloaded

__all__ = ["headers", "of_world", "token"]


@action(*MACHINE)
def token(world: World, *, bare: bool, mode: str, settings: str | None) -> None:
    """Print the secret of the credential that wins, and nothing else.

    A credential that signs each request has none to print; use `keyhole run`.
    """
    with plugins_on_stderr():
        credential = of_world(world, bare=bare, mode=mode, settings=settings).credential()
        # A signer refuses here: its secret is no token that anybody could send.
        credential.headers()
    say(credential.secret.reveal())


@action(*MACHINE, AS_JSON)
def headers(world: World, *, bare: bool, mode: str, settings: str | None, as_json: bool) -> None:
    """Print the headers that the credential sends, with the secret in them.

    `keyhole headers` and `curl -H @-` go together: the secret stays out of every argument.
    """
    with plugins_on_stderr():
        sent = of_world(world, bare=bare, mode=mode, settings=settings).headers()
    if as_json:
        import json

        say(json.dumps(dict(sent), indent=2))
    else:
        say("\n".join(f"{name}: {value}" for name, value in sent.items()))


def of_world(world: World, *, bare: bool, mode: str, settings: str | None) -> Resolved:
    """The winner on the machine that the options describe; loaded when it is asked for."""
    return unloaded(
        lambda: world.machine(settings=settings, bare=bare, interactive=mode == "interactive"),
        host=world.host,
    )
