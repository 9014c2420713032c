"""What is said of each server: from files and the index, never from the network or a store."""

from __future__ import annotations

import json
import re
from typing import Any

from keyhole.index import Entry, entry_of
from keyhole.machine import Machine
from keyhole.moment import moment
from keyhole.redaction import printable
from keyhole_mcp import held
from keyhole_mcp.kept import headers_entry
from keyhole_mcp.server import Server
from keyhole_mcp.session.pointers import Pointer

__all__ = ["facts", "page"]

_OURS = re.compile(r"""keyhole(?:\.exe)?["']? mcp headers\b""")


def facts(server: Server, machine: Machine) -> dict[str, Any]:
    """A server as JSON can hold it, without a secret."""
    token = held.entry(server, machine)
    return {
        "name": server.name,
        "scope": server.scope.value,
        "where": str(server.where),
        "transport": server.transport,
        "url": server.shown or None,
        "in_force": server.in_force,
        "shadowed_by": None if server.shadowed_by is None else str(server.shadowed_by),
        "ignored": server.distrust.reason if server.distrust else None,
        "remedy": server.distrust.remedy if server.distrust else None,
        "problem": server.problem or None,
        "authentication": _authentication(server, machine),
        "headers": [header.name for header in server.headers],
        "token": _token(token, server, machine.now),
        "accounts": [
            _account(pointer, server, machine) for pointer in held.pointers(server, machine)
        ],
        "exceptions": _keys(server.exceptions.said()),
        "extensions": _keys(server.chosen.said()),
        "warnings": list(server.warnings),
    }


def page(found: list[dict[str, Any]], problems: tuple[str, ...], there: int = 0) -> str:
    """The same for a person.

    Args:
        found: The servers to show.
        problems: What is wrong with files.
        there: How many servers are there, shown or not.
    """
    lines = [line for one in found for line in _lines(one)]
    if not lines and (there or not problems):
        lines = [_none_of(there)]
    return "\n".join([*lines, *(f"! {problem}" for problem in problems)])


def _none_of(there: int) -> str:
    if not there:
        return "No MCP server is configured here."
    which = f"None of the {there} MCP servers here counts"
    which = "The one MCP server here does not count" if there == 1 else which
    return f"{which}; `keyhole mcp list` says why."


def _keys(said: tuple[tuple[str, str | int | bool, str], ...]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value, "where": where} for name, value, where in said]


def _authentication(server: Server, machine: Machine) -> str:
    if not server.remote:
        return "none"
    if headers_entry(machine, server.url):
        return "kept headers"
    if server.static_authorization:
        return "header in the file"
    if server.helper and not _OURS.search(server.helper):
        return "another helper"
    return "oauth"


def _token(entry: Entry | None, server: Server, now: float) -> dict[str, Any] | None:
    if entry is None:
        return None
    state = "valid" if entry.ends_at is None or entry.ends_at > now else "expired"
    return {
        "state": "dead" if entry.dead else state,
        "expires_at": entry.ends_at,
        # A grant without a person is repeated where it brought no refresh token.
        "renewable": entry.renewable or bool(server.chosen.grant),
        "store": entry.store,
    }


def _account(pointer: Pointer, server: Server, machine: Machine) -> dict[str, Any]:
    token = _token(entry_of(machine, pointer.key), server, machine.now)
    return {"account": pointer.account or None, "issuer": pointer.issuer, "token": token}


def _lines(one: dict[str, Any]) -> list[str]:
    mark = "●" if one["in_force"] and not one["problem"] else " "
    said = [f"{mark} {printable(one['name'])}  {one['url'] or one['transport']}"]
    rows = {
        "where": f"{one['scope']}, {printable(one['where'])}",
        "uses": one["authentication"],
        "token": _said_of(one["token"]),
        **{
            f"account {printable(each['account'])}": _said_of(each["token"])
            for each in one["accounts"]
            if each["account"]
        },
        "ignored": one["ignored"] and f"{one['ignored']}; {one['remedy']}",
        "shadowed": one["shadowed_by"] and f"by {printable(one['shadowed_by'])}",
        "problem": one["problem"],
    }
    said += [f"    {name:<9} {value}" for name, value in rows.items() if value]
    said += [
        f"    {label:<9} {each['name']} = {json.dumps(each['value'])} ({each['where']})"
        for label in ("exception", "extension")
        for each in one[f"{label}s"]
    ]
    return said + [f"    ! {warning}" for warning in one["warnings"]]


def _said_of(token: dict[str, Any] | None) -> str:
    if token is None:
        return ""
    until = "" if token["expires_at"] is None else f" ({moment(token['expires_at'])})"
    renewed = ", renewed by itself" if token["renewable"] else ""
    return f"{token['state']}{until}{renewed}, in {token['store']}"
