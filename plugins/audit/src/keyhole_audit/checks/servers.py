"""KH5xx: secrets and dangers in the configuration of MCP servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from keyhole import Check, Notice, Role, Severity, View
from keyhole.errors import KeyholeError
from keyhole.installed import program, quoted
from keyhole_audit.checks.rule import Rule
from keyhole_audit.literal import Literal, Slot
from keyhole_audit.literals import Literals
from keyhole_audit.online import announces_oauth
from keyhole_audit.servers import Server, servers

__all__ = ["checks"]

_OWN = re.compile(
    r"\$\{(ANTHROPIC_API_KEY|ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_OAUTH_TOKEN|AWS_SECRET_ACCESS_KEY"
    r"|AWS_SESSION_TOKEN|AWS_BEARER_TOKEN_BEDROCK|ANTHROPIC_FOUNDRY_API_KEY)\b"
)
_FROM_A_STORE = re.compile(
    r"keyhole (?:secret header|mcp headers)(?: (?:\"[^\"`$\\]*\"|[\w.@:/-]+))*"
)
"""Commands that give a server only what was kept for it."""

_REFER = "write ${NAME} in its place, and export the variable NAME where Claude Code starts"
_ROTATE = "then rotate it at whoever issued it: what was shared stays known"


def checks(literals: Literals) -> list[Check]:
    """The checks of this family.

    Args:
        literals: Finds the secrets in files.
    """

    def of(slot: Slot, remedy: str) -> Callable[[View], Iterator[Notice]]:
        return lambda view: _literal(view, literals, slot, remedy)

    return [
        Rule(
            "KH501",
            Severity.HIGH,
            "a secret in the headers of an MCP server",
            of(Slot.HEADER, "`keyhole audit --fix` keeps it in a store behind a headersHelper"),
        ),
        Rule(
            "KH502",
            Severity.HIGH,
            "a secret in the variables of an MCP server",
            of(Slot.ENV, f"`keyhole audit --fix` keeps it in a store; or {_REFER}"),
        ),
        Rule(
            "KH503",
            Severity.HIGH,
            "a secret in the arguments of an MCP server",
            of(Slot.ARGUMENT, "give it in a variable: everyone can read arguments with `ps`"),
        ),
        Rule(
            "KH504",
            Severity.HIGH,
            "a secret in the URL of an MCP server",
            of(Slot.URL, f"send it in a header, because URLs end up in logs; or {_REFER}"),
        ),
        Rule("KH505", Severity.MEDIUM, "an MCP server without encryption", _in_clear),
        Rule(
            "KH506",
            Severity.MEDIUM,
            "a static key for a server that announces OAuth",
            lambda view: _static(view, literals),
        ),
        Rule("KH507", Severity.HIGH, "an MCP server that is sent your own credential", _own),
        Rule("KH508", Severity.MEDIUM, "a headersHelper that comes with the project", _helper),
        Rule(
            "KH509",
            Severity.HIGH,
            "a secret elsewhere in the entry of an MCP server",
            lambda view: _elsewhere(view, literals),
        ),
        Rule(
            "KH510",
            Severity.MEDIUM,
            "a secret in Claude Code's own state",
            lambda view: _in_state(view, literals),
        ),
    ]


def _literal(view: View, literals: Literals, slot: Slot, remedy: str) -> Iterator[Notice]:
    for one in literals.of(view):
        if one.file.role is Role.MCP and one.slot is slot:
            yield Notice(one.where, _said(one), f"{remedy}; {_ROTATE}")


def _elsewhere(view: View, literals: Literals) -> Iterator[Notice]:
    for one in literals.of(view):
        if one.file.role is Role.MCP and one.slot in (Slot.CLIENT, Slot.OTHER):
            yield Notice(one.where, _said(one), f"take it out of the file; {_ROTATE}")


def _in_state(view: View, literals: Literals) -> Iterator[Notice]:
    for one in literals.of(view):
        if one.file.role is Role.STATE:
            remedy = "`claude mcp remove` the server, and add it with a headersHelper or ${NAME}"
            yield Notice(one.where, _said(one), remedy)


def _said(one: Literal) -> str:
    tracked = ", which git tracks" if one.file.tracked else ""
    return f"{one.name}: {one.hit.description} stands in {one.file.path.name}{tracked}"


def _in_clear(view: View) -> Iterator[Notice]:
    for server in servers(view):
        if server.is_in_clear:
            problem = f"what {server.name} is sent crosses the network for all to read"
            yield Notice(server.where("url"), problem, "use an https URL")


def _own(view: View) -> Iterator[Notice]:
    for server in servers(view):
        if not server.is_remote:
            continue
        for keys, value in (
            (("url",), server.url),
            *((("headers", name), value) for name, value in server.headers.items()),
        ):
            named = _OWN.search(value)
            if named:
                problem = f"{server.name} is sent {named[1]}, which is for the model's API alone"
                yield Notice(
                    server.where(*keys), problem, "use a token that is made for the server"
                )


def _helper(view: View) -> Iterator[Notice]:
    for server in servers(view):
        helper = server.entry.get("headersHelper")
        if server.file.role is not Role.MCP or not isinstance(helper, str) or not helper.strip():
            continue
        if not _FROM_A_STORE.fullmatch(_by_name(view, helper.strip())):
            problem = (
                f"the headersHelper of {server.name} runs a command that comes with the project"
            )
            yield Notice(server.where("headersHelper"), problem, "read it before you approve it")


def _by_name(view: View, helper: str) -> str:
    """A command with the name of this installation's keyhole in the place of its path."""
    path = program(view.machine, "keyhole")
    ours = f"{quoted(view.machine, str(path))} " if path else ""
    return f"keyhole {helper.removeprefix(ours)}" if ours and helper.startswith(ours) else helper


def _static(view: View, literals: Literals) -> Iterator[Notice]:
    """Asks the servers, so it is silent without `--online`."""
    if view.send is None:
        return
    keyed = {one.path[:-2] for one in literals.of(view) if one.slot is Slot.HEADER}
    for server in servers(view):
        if not server.is_remote or not (server.path in keyed or _has_key(server)):
            continue
        try:
            announced = announces_oauth(view.send, server.url)
        except KeyholeError:
            continue
        if announced:
            problem = f"{server.name} is sent a static key, and announces OAuth"
            remedy = f"remove the header and run `claude mcp login {server.name}`"
            yield Notice(server.where("headers"), problem, remedy)


def _has_key(server: Server) -> bool:
    return any(name.lower() in ("authorization", "x-api-key") for name in server.headers)
