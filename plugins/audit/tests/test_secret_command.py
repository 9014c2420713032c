"""`keyhole secret` keeps single secrets, and hands them out by their names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole import Secret
from keyhole.cli.world import World
from keyhole.errors import NoCredentialError, RefusedError, UsageError
from keyhole.testing import FakeHost, fake_machine
from keyhole_audit.keep import free_name, keep, read
from keyhole_audit.secret_cli import secret

Run = Callable[..., Result]
SERVER = "CLAUDE_CODE_MCP_SERVER_URL"


@pytest.fixture
def host() -> FakeHost:
    """A host with a store in memory."""
    return FakeHost()


@pytest.fixture
def command(host: FakeHost) -> Run:
    """Runs `keyhole secret`."""
    world = World(lambda **_: fake_machine(), host)

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(secret, arguments, obj=world, catch_exceptions=False, **options)

    return run


def test_what_is_kept_can_be_had(command: Run) -> None:
    """A secret comes from standard input, is never shown but by `get`, and can be forgotten."""
    kept = command("set", "shop", input="canary-fake\n")
    assert "canary" not in kept.output
    assert command("get", "shop").stdout == "canary-fake\n"
    assert command("list").stdout == "shop  (memory)\n"
    assert json.loads(command("list", "--json").stdout) == {
        "secrets": [{"name": "shop", "store": "memory"}]
    }
    assert "shop is forgotten" in command("rm", "shop").stderr
    assert "Nothing was kept" in command("rm", "shop").stderr
    with pytest.raises(NoCredentialError, match="no secret named"):
        command("get", "shop")


def test_headers(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header is a template, in which a secret stands in the place of its name."""
    command("set", "shop", "--for", "https://MCP.example.com/mcp", input="canary-fake")
    monkeypatch.setenv(SERVER, "https://mcp.example.com:443/other")
    said = command("header", "Authorization: Bearer {shop}", "X-A:b").stdout
    assert json.loads(said) == {"Authorization": "Bearer canary-fake", "X-A": "b"}


@pytest.mark.parametrize("kept", [(), ("--for", "https://mcp.example.com")])
@pytest.mark.parametrize(
    "url",
    ["https://evil.example", "http://mcp.example.com", "https://mcp.example.com:8443", "", "x"],
)
def test_a_secret_goes_to_its_own_server_alone(
    kept: tuple[str, ...], url: str, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project that names somebody's secret for a server of its own is refused."""
    command("set", "shop", *kept, input="canary-fake")
    monkeypatch.setenv(SERVER, url)
    with pytest.raises(RefusedError) as refused:
        command("header", "Authorization: Bearer {shop}")
    assert "canary" not in str(refused.value)


def test_a_program_gets_secrets_in_its_variables(
    command: Run, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program gets what this process was given, with the secret, and no argument holds it."""
    monkeypatch.setenv("FAKE_VARIABLE", "1")
    command("set", "shop", input="canary-fake")
    command("run", "--env", "A_TOKEN", "shop", "--", "npx", "-y", "server")
    ((argv, environ),) = host.replaced
    assert argv == ["npx", "-y", "server"]
    assert (environ["A_TOKEN"], environ["FAKE_VARIABLE"]) == ("canary-fake", "1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "A"),
        ("set", "-a"),
        ("header", "no colon"),
        ("set", "empty"),
        ("run", "--env", "A=B", "a", "--", "true"),
        ("run", "--env", "", "a", "--", "true"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], command: Run) -> None:
    """A name that is none, of a secret or a variable, a header without a colon, and an empty secret are refused."""
    try:
        result = command(*arguments, input="")
    except UsageError:
        return
    assert result.exit_code == 2


KEPT = st.tuples(st.text(min_size=1).map(Secret), st.sampled_from(["", "https://a:443"]))


@settings(deadline=None)
@given(st.text(max_size=200), KEPT, KEPT)
def test_names_are_free(wanted: str, one: tuple[Secret, str], other: tuple[Secret, str]) -> None:
    """Whatever a name is to be like, two secrets get two names, and the same one gets its own."""
    tokens = FakeHost().tokens(fake_machine())
    first = free_name(tokens, wanted, one, {})
    keep(tokens, first, one[0], about="", origin=one[1])
    assert read(tokens, first) == one[0]
    second = free_name(tokens, wanted, other, {})
    assert (first == second) is (one == other)
    assert free_name(tokens, wanted, other, {second: other}) == second
    keep(tokens, second, other[0], about="", origin=other[1])
