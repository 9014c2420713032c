"""What commands print as JSON fits its schema, and holds a secret only where that is its purpose."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from components.authorization_server import authorization_server
from components.desk import Desk
from components.documents import SCHEMAS, check
from components.mcp_server import McpServer, mcp_server
from components.mcp_site import ISSUER, URL, Site, as_host, document
from components.openbao import ROOT, Bao, development
from components.people import AGREES, PEERS
from components.ports import free_port
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.message import Response
from keyhole.testing import CANARY, CWD, HOME
from keyhole_docs import command_line
from keyhole_docs.schemas import printers
from keyhole_mcp.testing.__main__ import main as probes

Keyhole = Callable[..., subprocess.CompletedProcess[str]]
Types = Callable[..., tuple[int, str]]

OTHERS = {
    "keyhole env --format json",
    "keyhole mcp headers",
    "keyhole secret header",
    "keyhole-vault-helper --json",
    "python -m keyhole_mcp.testing --json",
}
"""What prints JSON without being a command of `keyhole` with the option `--json`."""

KEY = f"sk-ant-api03-{CANARY}"
SETUP_TOKEN = f"sk-ant-oat01-{CANARY}-{'a1B2' * 20}"
# The audit knows a secret by its shape, which the canary has not.
GITHUB = f"ghp_{sha256(b'fake').hexdigest()[:36]}"
SECRETS = (CANARY, GITHUB, ROOT)


def fits(name: str, text: str, *, gives: str = "") -> Any:
    """The document, which fits its schema, and of all secrets holds the one that it gives."""
    found = json.loads(text)
    check(name, found)
    assert [secret for secret in SECRETS if secret in text] == [gives] * bool(gives)
    return found


# The schemas


def test_every_command_has_a_schema() -> None:
    """Whatever has the option `--json` is in the title of a schema, and each title is of a command."""
    walked = {" ".join(it.words) for it in command_line.entries() if _prints_json(it.command)}
    assert _prints_json(probes)
    titles = [_bare(line) for schema in SCHEMAS.values() for line in printers(schema)]
    assert sorted(titles) == sorted({f"{words} --json" for words in walked} | OTHERS)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_schema_is_sound(schema: dict[str, Any]) -> None:
    """It is one of draft 2020-12, describes every key, and admits what a later version adds."""
    jsonschema.Draft202012Validator.check_schema(schema)
    named: dict[str, Any] = schema.get("$defs", {})
    for rule in (schema, *named.values()):
        assert rule["description"]
        if rule.get("type") == "object":
            _check_object(rule, named)
    used = {text.rpartition("/")[2] for text in _references(schema)}
    assert used == set(named)


def _check_object(rule: dict[str, Any], named: dict[str, Any]) -> None:
    if "properties" not in rule:
        # A map: its keys are free, and it says what they are and what they stand for.
        assert rule["propertyNames"]["description"]
        assert rule["additionalProperties"]["description"]
        return
    assert "additionalProperties" not in rule
    for name, value in rule["properties"].items():
        target = named.get(value.get("$ref", "").rpartition("/")[2], {})
        description = (target | value).get("description")
        assert description, name
        # A key that is not always there says so.
        assert (name not in rule["required"]) == ("missing where" in description), name
    assert set(rule["required"]) <= set(rule["properties"])


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _references(each)


def _prints_json(command: click.Command) -> bool:
    return any("--json" in it.opts for it in command.params)


def _bare(line: str) -> str:
    """A command line without its arguments, which are in capitals."""
    return " ".join(word for word in line.split() if not word[:1].isupper())


# What is installed, and where things are kept


def test_plugins(keyhole: Keyhole, tmp_path: Path) -> None:
    """Plugins that work, one that is kept out and one that can't be imported are all listed."""
    assert fits("plugins", keyhole("plugins", "--json").stdout)["problems"] == []
    (tmp_path / "acme-1.dist-info").mkdir()
    (tmp_path / "acme-1.dist-info" / "METADATA").write_text("Name: acme\nVersion: 1\n")
    (tmp_path / "acme-1.dist-info" / "entry_points.txt").write_text("[keyhole]\nacme = gone\n")
    config = tmp_path / "config.toml"
    config.write_text('[plugins]\nblock = ["bedrock"]\n')
    environ = {"PYTHONPATH": str(tmp_path), "KEYHOLE_CONFIG": str(config)}
    found = fits("plugins", keyhole("plugins", "--json", environ=environ).stdout)
    assert {one["state"] for one in found["plugins"]} == {"loaded", "blocked", "failed"}
    assert {one["installed"] for one in found["sources"]} == {True, False}
    assert [one["plugin"] for one in found["problems"]] == ["acme"]


def test_stores(keyhole: Keyhole, desk: Desk, home: Path) -> None:
    """Stores are listed where nothing is kept, where something is, and where nothing can be."""

    def stores() -> Any:
        return fits("stores", keyhole("stores", "--json").stdout)

    empty = stores()
    assert (empty["in_force"], empty["tokens"]) == ("file", [])
    assert {one["state"] for one in empty["stores"]} == {"usable", "absent"}
    for name in ("one", "other"):
        desk.type("secret", "set", name, stdin=KEY)
    first, second = stores()["tokens"]
    assert (first["about"], first["expires_at"], second["about"]) == ("one", None, "other")
    index = home / ".local" / "state" / "keyhole" / "token-index"
    next(path for path in index.iterdir() if '"other"' in path.read_text()).write_text("{")
    desk.keep(".config/keyhole/config.toml", '[stores]\nuse = "acme"\n')
    broken = stores()
    assert (len(broken["tokens"]), len(broken["damaged"])) == (1, 1)
    assert broken["in_force"] is None
    assert "acme" in broken["problem"]
    tokens = home / ".local" / "share" / "keyhole" / "tokens"
    tokens.chmod(0o777)
    assert "unusable" in {one["state"] for one in stores()["stores"]}


def test_a_new_plugin(desk: Desk) -> None:
    """What was written is listed, whatever the plugin brings."""
    for name, *parts in (("acme",), ("shop", "--source", "--store", "--command")):
        words = ("new-plugin", name, *parts, "--into", str(desk.home), "--json")
        found = fits("new-plugin", desk.type(*words).out)
        assert all((Path(found["folder"]) / file).is_file() for file in found["files"])


# The credential


def test_headers_and_variables(desk: Desk) -> None:
    """`headers` and `env` give the winner's secret, and a rival's goes: its variable is null."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "https://gateway.test"}
    said = fits("headers", desk.type("headers", "--json").out, gives=CANARY)
    assert said == {"x-api-key": KEY}
    said = fits("env", desk.type("env", "--format", "json").out, gives=CANARY)
    assert said.items() >= {**desk.environ, "ANTHROPIC_AUTH_TOKEN": None}.items()
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": KEY, "ANTHROPIC_AUTH_TOKEN": GITHUB}
    said = fits("headers", desk.type("headers", "--json").out, gives=GITHUB)
    assert said == {"authorization": f"Bearer {GITHUB}"}
    said = fits("env", desk.type("env", "--format", "json").out, gives=GITHUB)
    assert said["CLAUDE_CODE_OAUTH_TOKEN"] is None
    desk.environ = {}
    for words in (("headers", "--json"), ("env", "--format", "json")):
        screen = desk.type(*words)
        assert (screen.code, screen.out) == (3, "")


OBJECT = json.dumps({"value": KEY, "kind": "bearer", "expires_at": 4070908800})
HELPERS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "none": ("", (), 3),
    "a key": (f"echo {KEY}", (), 0),
    "an object": (f"echo '{OBJECT}'", (), 0),
    "one that is passed over": (f"echo {KEY}", ("--bare",), 3),
    "one that fails": (f"echo {KEY}; exit 3", (), 1),
    "one that prints too much": (f"echo {KEY} {KEY}", (), 1),
    "one that can't be run": (f"echo {KEY}\0", (), 4),
}


@pytest.mark.parametrize(("line", "options", "code"), HELPERS.values(), ids=HELPERS)
def test_a_helper(desk: Desk, line: str, options: tuple[str, ...], code: int) -> None:
    """One run of a helper is told in the same keys whatever comes of it, and never with its value."""
    desk.keep(".claude/settings.json", {"apiKeyHelper": line} if line else {})
    screen = desk.type("helper", "test", "--json", *options)
    assert screen.code == code
    found = fits("helper-test", screen.out)
    assert found["usable"] is (code == 0)
    assert (found["problem"] is None) is (found["length"] is not None) is found["usable"]
    assert (found["seconds"] is None) is (code in (3, 4))


def test_a_setup_token(desk: Desk) -> None:
    """A setup token is dated, whether it is new, known, or over."""
    said = [
        fits("setup-token", desk.type("setup-token", "--check", "--json", *more, stdin=token).out)
        for token, *more in (
            (SETUP_TOKEN,),
            (SETUP_TOKEN,),
            (f"{SETUP_TOKEN}x", "--made", "2020-02-01"),
        )
    ]
    assert [(one["known"], one["ended"]) for one in said] == [
        (False, False),
        (True, False),
        (False, True),
    ]


# The audit, and single secrets


def test_an_audit(desk: Desk) -> None:
    """A clean machine, notices, exceptions and what can't be audited are told without a secret."""

    def audit(code: int, *more: str) -> Any:
        screen = desk.type("audit", "--json", *more)
        assert screen.code == code, screen
        return fits("audit", screen.out)

    assert audit(0)["clean"] is True
    desk.environ = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "fake"}
    desk.keep("project/.claude/settings.json", {"env": {"GITHUB_TOKEN": GITHUB}})
    desk.keep("project/.mcp.json", "{")
    notices = audit(1, "project")["notices"]
    assert {(one["code"], one["key"]) for one in notices} == {
        *(("KH101", "env.GITHUB_TOKEN"), ("KH109", None)),
    }
    assert None in {one["line"] for one in audit(1)["notices"]}
    excepted = '[audit]\nexceptions = [{code = "KH101", reason = "a toy"}]\n'
    desk.keep(".config/keyhole/config.toml", excepted)
    desk.keep(".keyhole-audit.toml", "{")
    found = audit(1, "project")
    assert [one["reason"] for one in found["excepted"]] == ["a toy"]
    assert found["problems"]


def test_kept_secrets(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept secrets are listed by their names alone; a header gives one to its own server."""
    assert fits("secret-list", desk.type("secret", "list", "--json").out) == {"secrets": []}
    desk.type("secret", "set", "shop", "--for", URL, stdin=KEY)
    kept = fits("secret-list", desk.type("secret", "list", "--json").out)
    assert kept == {"secrets": [{"name": "shop", "store": "file"}]}
    monkeypatch.setenv("CLAUDE_CODE_MCP_SERVER_URL", URL)
    said = desk.type("secret", "header", "Authorization: Bearer {shop}", "X-Empty:").out
    assert fits("mcp-headers", said, gives=CANARY).keys() == {"Authorization", "X-Empty"}


# MCP servers


SERVERS = {
    "header": {"type": "sse", "url": URL, "headers": {"Authorization": f"Bearer {KEY}"}},
    "helper": {"type": "http", "url": f"{URL}?key={KEY}", "headersHelper": f"echo {KEY}"},
    "unset": {"type": "http", "url": f"{URL}/${{NOT_SET}}"},
    "program": {"command": "serve", "args": [KEY], "env": {"KEY": KEY}},
    "socket": {"type": "ws", "url": "wss://mcp.acme.example"},
    "broken": {"type": "carrier pigeon", "url": URL},
    "none": KEY,
}


def test_no_mcp_servers(types: Types) -> None:
    """Where no MCP server is configured, none is listed."""
    for command in ("list", "status"):
        assert fits("mcp-list", types("mcp", command, "--json")[1])["servers"] == []


def test_mcp_servers(site: Site, types: Types) -> None:
    """Entries of every kind are listed: sound, shadowed, distrusted and broken ones, and no secret."""
    project = {"mcpServers": {"clone": {"type": "http", "url": URL}, "header": {"command": "x"}}}
    local = {str(CWD): {"mcpServers": {"header": {"type": "http", "url": URL}}}}
    site.host.files |= {
        HOME / ".claude.json": json.dumps({"mcpServers": SERVERS, "projects": local}),
        CWD / ".mcp.json": json.dumps(project),
    }
    site.config = {"assume_s256": True, "callback_port": 8080, "dpop": True}
    found = fits("mcp-list", types("mcp", "list", "--json")[1])
    said = {(one["name"], one["scope"]): one for one in found["servers"]}
    assert len(said) == len(SERVERS) + 3
    assert said["header", "user"]["shadowed_by"]
    assert said["clone", "project"]["ignored"]
    assert said["broken", "user"]["problem"]
    assert said["unset", "user"]["warnings"]
    assert {one["authentication"] for one in said.values()} >= {"none", "another helper", "oauth"}
    one = said["header", "local"]
    assert [it["name"] for it in (*one["exceptions"], *one["extensions"])] == [
        *("assume_s256", "callback_port", "dpop")
    ]
    site.host.files[Path("/etc/claude-code/managed-mcp.json")] = f'{{"{KEY}'
    (problem,) = fits("mcp-list", types("mcp", "list", "--json")[1])["problems"]
    assert "managed-mcp.json" in problem


def test_logins_at_an_mcp_server(site: Site, types: Types) -> None:
    """A login is told when it is made, used, listed, over, and ended, and only `headers` gives it."""
    code, said = types("mcp", "auth", URL, "--account", "work", "--json")
    assert (code, fits("mcp-auth", said)["account"]) == (0, "work")
    assert fits("mcp-auth", types("mcp", "login", URL, "--json")[1])["renewable"] is True
    given = fits("mcp-headers", types("mcp", "headers", URL)[1], gives=CANARY)
    assert given.keys() == {"authorization"}
    assert _states(types) == ["valid", "valid", "valid"]
    site.host.time += 4000
    assert _states(types) == ["expired", "expired", "expired"]
    site.pages[f"{ISSUER}/token"] = document({"error": "invalid_grant"}, 400)
    assert types("mcp", "headers", URL) == (4, "")
    assert sorted(_states(types)) == ["dead", "dead", "expired"]
    kept = fits("stores", types("stores", "--json")[1])["tokens"]
    assert sorted(one["dead"] is not None for one in kept if one["expires_at"]) == [False, True]
    fits("mcp-explain", types("mcp", "explain", URL, "--json")[1])
    site.pages[f"{ISSUER}/revoke"] = document({"error": "invalid_client"}, 400)
    code, said = types("mcp", "logout", URL, "--account", "work", "--json")
    assert code == 1
    (ended,) = fits("mcp-logout", said)["logins"]
    assert (ended["ended"], bool(ended["problem"])) == ("deleted here", True)
    site.pages[f"{ISSUER}/revoke"] = document({})
    (ended,) = fits("mcp-logout", types("mcp", "logout", "--all", "--json")[1])["logins"]
    assert (ended["ended"], ended["problem"]) == ("revoked and deleted", None)
    assert fits("mcp-logout", types("mcp", "logout", "--all", "--json")[1]) == {"logins": []}


def _states(types: Types) -> list[str]:
    """The states of the tokens that `status` shows."""
    (server,) = fits("mcp-list", types("mcp", "status", URL, "--json")[1])["servers"]
    return [one["token"]["state"] for one in (server, *server["accounts"])]


def test_a_sign_in_that_is_explained(site: Site, types: Types) -> None:
    """The steps are told up to the one that fails, and where nothing can be asked at all."""
    code, said = types("mcp", "explain", URL, "--json")
    assert (code, [one["name"] for one in fits("mcp-explain", said)["steps"]]) == (
        0,
        ["entry", "challenge", "discovery", "client", "request", "next"],
    )
    del site.metadata["code_challenge_methods_supported"]
    site.metadata["registration_endpoint"] = ""
    code, said = types("mcp", "explain", URL, "--json")
    assert code == 1
    assert any(one["problem"] for one in fits("mcp-explain", said)["steps"])
    site.pages.clear()
    steps = fits("mcp-explain", types("mcp", "explain", URL, "--json")[1])["steps"]
    assert steps[-1]["name"] == "problem"


@pytest.mark.real
@pytest.mark.timeout(300)
def test_a_real_login_at_an_mcp_server(keyhole: Keyhole, server: McpServer, home: Path) -> None:
    """With a real MCP server and a real authorization server the documents are the same."""
    done = {
        name: keyhole("mcp", *words, "--json", environ=AGREES)
        for name, words in {
            "mcp-auth": ("auth", server.url),
            "mcp-explain": ("explain", server.url),
            "mcp-list": ("status", server.url),
        }.items()
    }
    kept = [json.loads(path.read_text()) for path in (home / ".local" / "share").rglob("*.json")]
    tokens = {it[name] for it in kept for name in ("access_token", "refresh_token") if name in it}
    assert len(tokens) > 1
    done["mcp-logout"] = keyhole("mcp", "logout", server.url, "--json")
    for name, process in done.items():
        assert process.returncode == 0, process.stderr
        fits(name, process.stdout)
        assert not any(token in process.stdout for token in tokens)
    assert json.loads(done["mcp-logout"].stdout)["logins"][0]["ended"] == "revoked and deleted"


def test_probes() -> None:
    """A probe is told whether the client passes, fails, or has nothing of the kind."""
    careless = f"{sys.executable} {PEERS / 'careless_client.py'}"
    asked = ("--probe", "sign-in", "--probe", "pkce-plain")
    outcomes = []
    for command in (careless, f"{sys.executable} -c raise(SystemExit(77))"):
        done = subprocess.run(
            [sys.executable, "-m", "keyhole_mcp.testing", "--json", "--command", command, *asked],
            capture_output=True,
            text=True,
            check=False,
        )
        outcomes += [one["outcome"] for one in fits("mcp-probes", done.stdout)["probes"]]
    assert set(outcomes) == {"passed", "failed", "not offered"}


# The vault


def test_a_vault_that_is_away(desk: Desk) -> None:
    """Where the vault is away, the steps say so; where none is configured there is no document."""
    assert desk.type("vault", "check", "--json").out == ""
    _configure(desk, f"http://127.0.0.1:{free_port()}")
    screen = desk.type("vault", "check", "--json")
    assert screen.code == 1
    outcomes = [one["outcome"] for one in fits("vault-check", screen.out)["steps"]]
    assert set(outcomes) == {"failed", "not reached"}
    assert desk.type("vault", "get", "--json").out == ""


@pytest.mark.real
def test_a_vault(desk: Desk, bao: Bao) -> None:
    """The way to a key in a real vault is told without it; `get` gives it, with its end if it has one."""
    _configure(desk, bao.address)
    steps = fits("vault-check", desk.type("vault", "check", "--json").out)["steps"]
    assert {one["outcome"] for one in steps} == {"ok"}
    got = fits("vault-get", desk.type("vault", "get", "--json").out, gives=CANARY)
    assert got == {"value": KEY, "kind": "api-key"}
    _configure(desk, bao.address, 'path = "secret/ending"', 'kind = "bearer"')
    script = "from keyhole_vault_helper.helper import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "--json"],
        env={"HOME": str(desk.home), **desk.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(fits("vault-get", done.stdout, gives=CANARY)) == {"value", "kind", "expires_at"}
    _configure(desk, bao.address, 'path = "secret/nothing"')
    steps = fits("vault-check", desk.type("vault", "check", "--json").out)["steps"]
    assert {one["outcome"] for one in steps} == {"ok", "failed", "not reached"}


def _configure(desk: Desk, address: str, *more: str) -> None:
    lines = ['path = "secret/anthropic"'] if not more else []
    text = "\n".join(['[stores]\nuse = "file"\n[vault]', f'address = "{address}"', *lines, *more])
    desk.keep(".config/keyhole/config.toml", f"{text}\n")
    desk.environ = {"VAULT_TOKEN": ROOT}


# What the tests share


@pytest.fixture
def desk(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty home, but that tokens are kept in files."""
    made = Desk(home, capsys, monkeypatch)
    made.keep(".config/keyhole/config.toml", '[stores]\nuse = "file"\n')
    return made


@pytest.fixture
def site() -> Site:
    """A network with an MCP server that wants a token, and a machine that is signed in nowhere."""
    made = Site()
    made.pages[URL] = lambda _: Response(401, {"www-authenticate": made.challenge}, b"")
    tokens = {"access_token": f"a-{CANARY}", "refresh_token": f"r-{CANARY}"}
    made.pages[f"{ISSUER}/token"] = document({**tokens, "token_type": "Bearer", "expires_in": 3600})
    return made


@pytest.fixture
def types(site: Site, capsys: pytest.CaptureFixture[str]) -> Types:
    """Types a command line on that machine: gives its exit code and what it printed."""

    def typed(*words: str) -> tuple[int, str]:
        code = run(list(words), World(lambda **_: site.look(), as_host(site)))
        return code, capsys.readouterr().out

    return typed


@pytest.fixture
def server() -> Iterator[McpServer]:
    """A real MCP server, and who issues its tokens."""
    with authorization_server() as authority, mcp_server(authority.issuer) as running:
        yield running


@pytest.fixture
def bao(tmp_path: Path) -> Iterator[Bao]:
    """A real vault with a key, and with one that ends."""
    with development(tmp_path) as running:
        running.ask("POST", "secret/data/anthropic", data={"api_key": KEY})
        running.ask("POST", "secret/metadata/ending", delete_version_after="1h")
        running.ask("POST", "secret/data/ending", data={"api_key": KEY})
        yield running
