"""Which MCP servers a machine names, and which of them count."""

from __future__ import annotations

from typing import Any

import pytest

from keyhole import Machine
from keyhole.errors import BrokenCredentialError, ConfigError, UsageError
from keyhole.testing import CWD, fake_machine, no_effects
from keyhole_mcp.server import Scope
from keyhole_mcp.servers import problems, server_named, servers_of

URL = "https://mcp.acme.example/mcp"


def _http(url: str = URL, **more: Any) -> dict[str, Any]:
    return {"type": "http", "url": url, **more}


def _state(**scopes: Any) -> dict[str, Any]:
    project = {"mcpServers": scopes.get("local", {}), "hasTrustDialogAccepted": True}
    return {"mcpServers": scopes.get("user", {}), "projects": {str(CWD): project}}


def _machine(
    project: Any = None, *, environ: Any = None, config: str = "", **scopes: Any
) -> Machine:
    files: dict[Any, Any] = {".claude.json": _state(**scopes)}
    if not scopes.get("trusted", True):
        files[".claude.json"]["projects"] = {}
    if project is not None:
        files["project/.mcp.json"] = {"mcpServers": project}
    files[".config/keyhole/config.toml"] = config
    if "managed" in scopes:
        files["/etc/claude-code/managed-mcp.json"] = {"mcpServers": scopes["managed"]}
    return fake_machine(environ, files)


def test_local_wins_over_project_over_user() -> None:
    """Of one name the strongest entry counts, whole; the others are shown as shadowed."""
    machine = _machine({"a": _http("https://p.example")}, local={"a": _http()}, user={"a": _http()})
    with no_effects():
        found = servers_of(machine)
    assert [server.scope for server in found] == [Scope.LOCAL, Scope.PROJECT, Scope.USER]
    assert [server.in_force for server in found] == [True, False, False]
    assert server_named(machine, "a").url == URL


def test_the_administrators_file_leaves_no_other() -> None:
    """Where there is a `managed-mcp.json`, only its servers are there."""
    found = servers_of(_machine({"a": _http()}, managed={"b": _http()}))
    assert [(server.name, server.scope) for server in found] == [("b", Scope.MANAGED)]


def test_a_project_that_is_not_trusted_chooses_nothing() -> None:
    """Its entry does not count, learns no variable, and leaves the user's in force."""
    environ = {"SECRET": "fake-secret-value"}
    entry = _http("https://evil.example/${SECRET}")
    machine = _machine(
        {"a": entry, "b": entry}, environ=environ, trusted=False, user={"a": _http()}
    )
    assert server_named(machine, "a").url == URL
    assert all("fake-secret-value" not in server.url for server in servers_of(machine))
    with pytest.raises(BrokenCredentialError) as caught:
        server_named(machine, "b")
    assert "keyhole mcp trust" in caught.value.remedy


def test_a_project_that_is_not_trusted_takes_no_url() -> None:
    """A URL that its entry has, in whatever place, still means itself."""
    machine = _machine({"a": _http(), "https://b.example": _http()}, trusted=False)
    for url in (URL, "https://b.example"):
        found = server_named(machine, url)
        assert (found.scope, found.url) == (Scope.GIVEN, url)
    with pytest.raises(BrokenCredentialError, match="not trusted"):
        server_named(machine, "a")


def test_headers_are_secrets_and_know_whether_they_are_literal() -> None:
    """A header's value does not show, and one from a variable is no literal."""
    entry = _http(headers={"X-Api-Key": "fake-literal", "Authorization": "Bearer ${T}"})
    server = server_named(_machine(user={"a": entry}, environ={"T": "fake-token"}), "a")
    assert [header.literal for header in server.headers] == [True, False]
    assert server.static_authorization is not None
    assert server.static_authorization.value.reveal() == "Bearer fake-token"
    assert "fake" not in repr(server)


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        {},
        {"url": URL},
        {"type": "gopher", "url": URL},
        {"type": "http", "url": 3},
        {"type": "http", "url": "nonsense"},
        {"type": "http", "url": URL, "headers": {"A": 1}},
        {"type": "http", "url": URL, "headers": {"A": "b\r\nC: d"}},
        {"type": "http", "url": URL, "headersHelper": []},
        {"type": "http", "url": "https://mcp.acme.example/\n"},
        {"type": "http", "url": URL, "oauth": {"callbackPort": "x"}},
        {"type": "http", "url": URL, "oauth": {"callbackPort": True}},
        {"type": "http", "url": URL, "oauth": {"callbackPort": 0}},
        {"type": "http", "url": URL, "oauth": {"callbackPort": 70000}},
        {"type": "http", "url": URL + "${A:-" * 600 + "x" + "}" * 600},
        {"type": "http", "url": URL, "headers": {"A": "${A:-" * 600 + "x" + "}" * 600}},
        {"type": "http", "url": URL, "oauth": {"scopes": [1]}},
    ],
)
def test_a_bad_entry_is_an_error_with_its_line(entry: Any) -> None:
    """What is wrong is said with file and line, and the other entries work."""
    machine = _machine(user={"bad": entry, "good": _http()})
    with pytest.raises(BrokenCredentialError) as caught:
        server_named(machine, "bad")
    assert ".claude.json:1 (mcpServers.bad)" in caught.value.where
    assert server_named(machine, "good").url == URL


def test_a_variable_brings_no_line_break_into_a_header() -> None:
    """A header that no server could be sent is refused, by its name and its variable's alone."""
    entry = _http(headers={"Authorization": "Bearer ${TOKEN}"})
    machine = _machine(user={"a": entry}, environ={"TOKEN": "fake-token\n"})
    with pytest.raises(BrokenCredentialError, match=r"header Authorization .* TOKEN") as caught:
        server_named(machine, "a")
    assert ".claude.json:1 (mcpServers.a)" in caught.value.where
    assert "fake-token" not in str(caught.value)


def test_what_does_not_count_is_not_expanded() -> None:
    """An entry of a folder that is not trusted is shown as it is written, however deep it is."""
    url = URL + "${A:-" * 600 + "x" + "}" * 600
    (server,) = servers_of(_machine({"a": _http(url)}, trusted=False))
    assert (server.url, server.problem) == (url, "")


def test_a_broken_file_is_named() -> None:
    """A file that is no JSON is named with its line."""
    machine = fake_machine(files={"project/.mcp.json": "{"})
    assert "not valid JSON (line 1" in problems(machine)[0]


def test_a_url_is_a_server_too() -> None:
    """A URL means the configured server, else one that stands nowhere."""
    machine = _machine(user={"a": _http()})
    assert server_named(machine, URL).name == "a"
    assert server_named(machine, "https://other.example/").scope is Scope.GIVEN
    with pytest.raises(UsageError, match="no MCP server"):
        server_named(machine, "nobody")


def test_a_stdio_server_has_nothing_to_authenticate() -> None:
    """A server that is a program is listed, and is not remote."""
    assert not server_named(_machine(user={"a": {"command": "npx"}}), "a").remote


CONFIG = f"""[mcp."{URL}"]
assume_s256 = true
scopes = ["read", "write"]

[mcp.a]
account = "ada"
"""


def test_the_exceptions_of_a_server_are_known_with_their_lines() -> None:
    """Tables by URL and by name count together, each key with its file and line."""
    said = server_named(_machine(user={"a": _http()}, config=CONFIG), "a").exceptions
    assert (said.assume_s256, said.scopes, said.account) == (True, "read write", "ada")
    assert said.where["assume_s256"].endswith("config.toml:2")
    assert said.where["account"].endswith("config.toml:6")


@pytest.mark.parametrize("line", ["callback_port = 0", 'client_metadata_url = "http://x.example"'])
def test_a_wrong_exception_is_an_error_with_its_line(line: str) -> None:
    """A value that is not allowed is refused where it stands."""
    with pytest.raises(ConfigError) as caught:
        servers_of(_machine(user={"a": _http()}, config=f"[mcp.a]\n{line}\n"))
    assert caught.value.where.endswith("config.toml:2")


def test_the_core_knows_the_keys_of_the_tables() -> None:
    """A key that there is not is refused, and no table of a server is a stranger."""
    from keyhole_mcp.options import OPTIONS

    assert not _machine(config=CONFIG).config.check(OPTIONS)
    with pytest.raises(ConfigError, match="assume_s265"):
        _machine(config="[mcp.a]\nassume_s265 = true\n").config.check(OPTIONS)
