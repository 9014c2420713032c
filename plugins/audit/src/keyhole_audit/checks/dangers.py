"""KH2xx: settings with which somebody else decides where a credential goes, or what runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from keyhole import Check, Notice, Role, Seen, Severity, View, Where
from keyhole.claude_code import HOST_MANAGED
from keyhole.document import Document
from keyhole.endpoint import Endpoint, first_party
from keyhole.settings import Scope
from keyhole.trust import distrust
from keyhole_audit.checks.rule import Rule
from keyhole_audit.find.naming import names_a_secret
from keyhole_audit.find.placeholder import without_references
from keyhole_audit.in_json import COMMANDS
from keyhole_audit.literal import masked
from keyhole_audit.servers import servers

__all__ = ["checks"]

_BASE_URLS = frozenset(name for name in HOST_MANAGED if name.endswith("_BASE_URL"))
_ROUTES = re.compile(
    r"(?i)(?:https?|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE"
    r"|NODE_OPTIONS|LD_PRELOAD|LD_LIBRARY_PATH|DYLD_INSERT_LIBRARIES|PATH|PYTHONPATH|BASH_ENV"
)
_UNVERIFIED = {
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "PYTHONHTTPSVERIFY": "0",
    "GIT_SSL_NO_VERIFY": "",
}
_TRUST = "read what it says; `keyhole trust` accepts it as it is now, until it changes"


def checks() -> list[Check]:
    """The checks of this family."""
    return [
        Rule("KH201", Severity.HIGH, "a project that chooses the endpoint", _endpoint),
        Rule("KH202", Severity.HIGH, "a project that chooses a helper", _helper),
        Rule("KH203", Severity.HIGH, "an endpoint without encryption", _in_clear),
        Rule("KH204", Severity.HIGH, "certificates that are not checked", _unverified),
        Rule("KH205", Severity.MEDIUM, "a project that reroutes programs", _rerouted),
        Rule("KH206", Severity.MEDIUM, "a project that approves its own servers", _approved),
        Rule("KH207", Severity.MEDIUM, "a project that switches permissions off", _unasked),
        Rule("KH208", Severity.MEDIUM, "a reference that nobody resolves", _unresolved),
    ]


def _endpoint(view: View) -> Iterator[Notice]:
    for document in _of_projects(view):
        for name in sorted(_BASE_URLS & _env(document).keys()):
            url = _env(document)[name]
            if url:
                problem = f"{name} sends the credential of whoever works here to {_host(url)}"
                yield Notice(_where(document, "env", name), problem, _TRUST)


def _helper(view: View) -> Iterator[Notice]:
    for document in _of_projects(view):
        for name in COMMANDS:
            if isinstance(document.get(name), str) and document.get(name).strip():
                problem = (
                    f"{name} comes with the project, and runs without a question in print mode"
                )
                yield Notice(_where(document, name), problem, _TRUST)


def _in_clear(view: View) -> Iterator[Notice]:
    remedy = "use an https URL"
    for document in _settings(view):
        for name in sorted(_BASE_URLS & _env(document).keys()):
            if _is_in_clear(_env(document)[name]):
                problem = (
                    f"{name} is an http URL: the credential crosses the network for all to read"
                )
                yield Notice(_where(document, "env", name), problem, remedy)
    endpoint = first_party(view.machine) if view.whole else None
    if endpoint and endpoint.in_clear and endpoint.where == Where.variable("ANTHROPIC_BASE_URL"):
        problem = "it is an http URL: the credential crosses the network for all to read"
        yield Notice(endpoint.where, problem, remedy)


def _unverified(view: View) -> Iterator[Notice]:
    remedy = "remove it, and name your own authority in NODE_EXTRA_CA_CERTS"
    for document in _settings(view):
        for name, off in _UNVERIFIED.items():
            value = _env(document).get(name)
            if value is not None and (value == off or (not off and value)):
                problem = (
                    f"{name} switches the check of certificates off, so that anyone can listen"
                )
                yield Notice(_where(document, "env", name), problem, remedy)
    for server in servers(view):
        env = server.entry.get("env")
        for name, off in _UNVERIFIED.items():
            if isinstance(env, dict) and name in env and (str(env[name]) == off or not off):
                problem = f"{name} switches the check of certificates off for {server.name}"
                yield Notice(server.where("env", name), problem, remedy)


def _rerouted(view: View) -> Iterator[Notice]:
    for document in _of_projects(view):
        for name in sorted(_env(document)):
            if _ROUTES.fullmatch(name) and _env(document)[name]:
                problem = (
                    f"{masked(name)} lets the project see or replace what every program here does"
                )
                yield Notice(_where(document, "env", name), problem, _TRUST)


def _approved(view: View) -> Iterator[Notice]:
    for document in _of_projects(view):
        if document.get("enableAllProjectMcpServers") is True:
            problem = "the project approves all its MCP servers by itself"
            remedy = "remove it; each user approves the servers"
            yield Notice(_where(document, "enableAllProjectMcpServers"), problem, remedy)


def _unasked(view: View) -> Iterator[Notice]:
    for document in _of_projects(view):
        if document.get("permissions", "defaultMode") == "bypassPermissions":
            problem = "the project lets Claude run everything without asking"
            remedy = "remove it; who wants that says so in the settings of their own"
            yield Notice(_where(document, "permissions", "defaultMode"), problem, remedy)


def _unresolved(view: View) -> Iterator[Notice]:
    """Claude Code expands `${VAR}` in .mcp.json alone."""
    for document in _settings(view):
        for name, value in _env(document).items():
            rest, referred = without_references(value.strip())
            if (
                referred
                and not rest
                and "$" in value
                and (name in HOST_MANAGED or names_a_secret(name))
            ):
                problem = f"{masked(name)} holds a reference, and Claude Code takes it as it stands"
                remedy = "export the variable in the shell, or use an apiKeyHelper"
                yield Notice(_where(document, "env", name), problem, remedy)


def _settings(view: View) -> Iterator[Document]:
    for seen in view.of(Role.SETTINGS):
        yield view.machine.json(seen.path)


def _of_projects(view: View) -> Iterator[Document]:
    """Settings that come with a clone, and that nobody vouched for."""
    for seen in view.of(Role.SETTINGS):
        comes = seen.scope is Scope.PROJECT or (seen.scope is Scope.LOCAL and seen.tracked)
        if comes and not _is_vouched_for(view, seen):
            yield view.machine.json(seen.path)


def _is_vouched_for(view: View, seen: Seen) -> bool:
    """Whether `keyhole trust` pinned exactly this file's choices; a path alone is not enough."""
    machine = view.machine
    layers = machine.layers
    if str(seen.path) not in (layer.document.place for layer in layers):
        return False
    return distrust(machine.decision("trust", str(machine.cwd)), layers) is None


def _env(document: Document) -> dict[str, str]:
    env = document.get("env")
    if not isinstance(env, dict):
        return {}
    return {name: value for name, value in env.items() if isinstance(value, str)}


def _where(document: Document, *keys: str) -> Where:
    where = document.where(*keys)
    return Where(masked(where.place), masked(where.key), where.line)


def _is_in_clear(url: str) -> bool:
    try:
        return Endpoint(url).in_clear
    except ValueError:
        # It is no URL at all, and nothing can be sent there.
        return False


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return masked(host) if host else "an address that is no URL"
