"""What a command does and takes, told once: to click for people, and plainly for programs.

Credential helpers are started at each prompt and each connection, always with the same few words.
For these click, which costs as much as everything else in such a start, has nothing to add.
Whatever else is typed (help, a mistake, another spelling) is click's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from keyhole.frozen import frozen

__all__ = ["AS_JSON", "MACHINE", "Action", "Family", "Takes", "action", "imported"]


@frozen
class Takes:
    """An option or an argument of a command.

    Attributes:
        name: As it is typed ("--mode"), or the name of an argument.
        help: One sentence for people.
        flag: Whether it is an option without a value.
        choices: The only values that it takes; empty takes all.
        default: The value where none is given.
        metavar: What stands for the value in the help.
        parameter: The parameter of the command's function; empty where that has the same name.
    """

    name: str
    help: str = ""
    flag: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    metavar: str | None = None
    parameter: str = ""

    @property
    def keyword(self) -> str:
        """The parameter of the command's function."""
        return self.parameter or self.name.lstrip("-").replace("-", "_")

    @property
    def is_option(self) -> bool:
        """Whether it is given by name."""
        return self.name.startswith("-")

    @property
    def absent(self) -> Any:
        """The value where it is not given."""
        return False if self.flag else self.default


@frozen
class Action:
    """A command: what it does, and what it takes.

    Attributes:
        run: Does it, given the `World` and what was taken; its answer is the exit code, None for 0.
        takes: Its options and arguments, in the order of the help.
    """

    run: Callable[..., int | None]
    takes: tuple[Takes, ...]

    def read(self, words: Sequence[str]) -> dict[str, Any] | None:
        """What the words give, by parameter; None where only click can tell what is meant."""
        options = {one.name: one for one in self.takes if one.is_option}
        arguments = [one for one in self.takes if not one.is_option]
        taken: dict[str, Any] = {}
        rest = list(words)
        while rest:
            name, equals, value = rest.pop(0).partition("=")
            one = options.get(name)
            if one is None:
                if not name or name.startswith("-") or not arguments:
                    return None
                one, value = arguments.pop(0), name + equals + value
            elif one.flag and not equals:
                value = "yes"
            elif not equals and rest and not rest[0].startswith("-"):
                value = rest.pop(0)
            elif not equals or one.flag:
                return None
            if one.keyword in taken or (one.choices and value not in one.choices):
                return None
            taken[one.keyword] = True if one.flag else value
        return None if arguments else {one.keyword: one.absent for one in self.takes} | taken


@frozen
class Family:
    """Commands under one name: `keyhole mcp list`. Each is imported only when it is called.

    Attributes:
        name: The name.
        help: What they have in common, for people.
        members: Where each is: "module:attribute" by its name, in the order of the help.
    """

    name: str
    help: str
    members: Mapping[str, str]

    def member(self, name: str) -> Any:
        """An action, or a click command."""
        return imported(self.members[name])


def imported(target: str) -> Any:
    """What "module:attribute" names."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def action(*takes: Takes) -> Callable[[Callable[..., int | None]], Action]:
    """Makes a function an action; its docstring is the help."""
    return lambda run: Action(run, takes)


MACHINE = (
    Takes("--bare", "Look as `claude --bare` would.", flag=True),
    Takes(
        "--mode",
        "Whether a person answers questions; never guessed from the terminal.",
        choices=("print", "interactive"),
        default="print",
    ),
    Takes(
        "--settings",
        "Settings that rank above the project's and the user's, as `claude --settings`.",
        metavar="FILE-OR-JSON",
    ),
)
"""The options that say how Claude Code would be started."""

AS_JSON = Takes(
    "--json", "Print JSON (docs/reference has its schema).", flag=True, parameter="as_json"
)
