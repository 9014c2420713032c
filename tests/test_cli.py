"""The command line as a person meets it: what is typed, what is shown, and the exit code."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from components.documents import check
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.index import Entry
from keyhole.machine import Machine
from keyhole.message import Response
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole.store import StoreFactory
from keyhole.stores.memory import MemoryStore
from keyhole.stores.offered import Stores
from keyhole.testing import NOW, FakeHost, fake_machine
from keyhole.tokens import Tokens

KEY = "sk-ant-api03-fake-key-of-ada-0001"
PROJECT = "project/.claude/settings.json"
USER = ".claude/settings.json"
CONFIG = ".config/keyhole/config.toml"


@attrs.define
class Screen:
    """What one command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


class Desk:
    """A machine that remembers what was decided, and a person who types."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch
        self.environ: dict[str, str] = {}
        self.files: dict[str | Path, Any] = {}
        self.host = FakeHost()

    def type(self, *words: str, answer: str = "") -> Screen:
        """Runs one command line; `answer` is what is typed at its prompt."""
        self._patch.setattr("sys.stdin", io.StringIO(answer))
        code = run(list(words), World(self._look, self.host))
        return Screen(code, *self._capsys.readouterr())

    def status(self, *options: str) -> Any:
        """What `keyhole status --json` says."""
        document = self.type("status", "--json", *options).json
        check("status", document)
        return document

    def active(self, *options: str) -> str | None:
        """The name of the source that wins."""
        active = self.status(*options)["active"]
        return active["source"] if active else None

    def _look(self, **options: Any) -> Machine:
        decided: dict[str | Path, Any] = dict(self.host.files.items())
        return fake_machine(self.environ, self.files | decided, **options)


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty machine, and a terminal 100 columns wide."""
    monkeypatch.setenv("COLUMNS", "100")
    return Desk(capsys, monkeypatch)


# keyhole status


def test_status_without_anything(desk: Desk) -> None:
    """On an empty machine it says so, gives a first step, names every source, and ends with 3."""
    screen = desk.type("status")
    assert screen.code == 3
    assert screen.err == ""
    assert screen.out.startswith(
        "No credential is configured on this machine.\n"
        "  do this    export ANTHROPIC_API_KEY; or, for a subscription, `keyhole login`\n\n"
        "The sources, in the order in which they are asked\n"
    )
    assert "\n  api-key         absent: ANTHROPIC_API_KEY is not set\n" in screen.out
    assert screen.out.endswith("\nClaude Code itself would send: nothing\n")
    assert "!" not in screen.out


def test_the_first_step_is_one_that_would_count(desk: Desk) -> None:
    """In bare mode no login is read, so that status does not send anybody to log in."""
    screen = desk.type("status", "--bare")
    assert "\n  do this    export ANTHROPIC_API_KEY\n\n" in screen.out


@pytest.mark.parametrize(
    ("environ", "helper", "billed"),
    [
        ({"ANTHROPIC_API_KEY": KEY}, "", "the Anthropic API account"),
        ({"ANTHROPIC_AUTH_TOKEN": "fake"}, "", "whoever the credential of auth-token belongs to"),
        ({}, "echo fake", "whoever the credential of api-key-helper belongs to"),
    ],
    ids=["key", "token", "helper"],
)
def test_who_is_billed_is_said_in_words(
    desk: Desk, environ: dict[str, str], helper: str, billed: str
) -> None:
    """Where a subscription loses, the warning says who pays instead, as a person would."""
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-fake", **environ}
    desk.files = {USER: {"apiKeyHelper": helper}}
    said = f": requests are billed to {billed}, not to the subscription (to change that, remove "
    assert said in desk.status()["warnings"][0]


HELPED: dict[str | Path, Any] = {PROJECT: '{"apiKeyHelper": "echo fake"}'}


def test_what_is_there_and_ignored_is_said(desk: Desk) -> None:
    """Where all that is configured is ignored, status says what, where, why and the way out."""
    desk.files = HELPED
    screen = desk.type("status")
    assert screen.code == 3
    assert screen.out.startswith(
        "No credential can be used: api-key-helper is there, and ignored: the folder is not trusted.\n"
        "  where      ~/project/.claude/settings.json:1 (apiKeyHelper)\n"
        "  do this    `keyhole trust`\n\n"
        "The sources, in the order in which they are asked\n"
    )


@pytest.mark.parametrize(
    "words", [("token",), ("headers",), ("env",), ("run", "--", "true")], ids=lambda it: it[0]
)
def test_what_is_ignored_is_said_to_whoever_wants_to_use_it(
    desk: Desk, words: tuple[str, ...]
) -> None:
    """Every command that uses the credential ends with 3 and says what is ignored, and why."""
    desk.files = HELPED
    screen = desk.type(*words)
    assert (screen.code, screen.out) == (3, "")
    assert screen.err == (
        f"keyhole: /home/ada/{PROJECT}:1 (apiKeyHelper): no credential can be used: api-key-helper "
        "is there, and ignored: the folder is not trusted\n"
        "  what to do: `keyhole trust`\n"
    )


def test_of_several_that_are_ignored_the_first_is_named(desk: Desk) -> None:
    """The first in the order is named with its remedy, and how many more there are is said."""
    desk.files = HELPED
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-fake"}
    said = desk.type("token", "--bare").err
    assert "api-key-helper is there, and ignored: no settings file is read for it in bare" in said
    assert "(1 more is ignored, too)\n  what to do: `--settings`\n" in said
    desk.environ["ANTHROPIC_API_KEY"] = KEY
    assert desk.type("deny").code == 0
    said = desk.type("token", "--bare", "--mode", "interactive").err
    assert "api-key is there, and ignored: ANTHROPIC_API_KEY was denied" in said
    assert "(2 more are ignored, too)\n  what to do: `keyhole approve`\n" in said


def test_without_a_winner_nothing_is_asked(desk: Desk) -> None:
    """--verify says nothing of a request where there is no credential to send."""
    screen = desk.type("status", "--verify")
    assert (screen.code, desk.host.requests) == (3, [])
    assert "sked:" not in screen.out


def test_what_could_not_be_asked_is_said_once(desk: Desk) -> None:
    """Where a winner is not sent, the screen says "Not asked", and why."""
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-fake"}
    screen = desk.type("status", "--verify")
    assert "\nNot asked: oauth-token is a subscription's" in screen.out
    assert desk.host.requests == []


@pytest.mark.parametrize(
    ("environ", "rest"),
    [({}, {}), ({"ANTHROPIC_API_KEY": KEY}, {}), ({}, {"apiKeyHelper": "echo fake"})],
    ids=["nothing wins", "a key wins", "a helper is ignored"],
)
def test_what_is_passed_over_shows_whoever_wins(
    desk: Desk, environ: dict[str, str], rest: dict[str, Any]
) -> None:
    """An untrusted project's endpoint is a warning, once, whether a credential wins or none does."""
    desk.environ = environ
    desk.files = {PROJECT: {"env": {"ANTHROPIC_BASE_URL": "https://evil.test"}} | rest}
    over = f"/home/ada/{PROJECT}:1 (env.ANTHROPIC_BASE_URL) is passed over: "
    assert [it.startswith(over) for it in desk.status()["warnings"]].count(True) == 1


def test_what_a_source_says_is_no_warning_too(desk: Desk) -> None:
    """Where a source says that it is ignored, no warning repeats it; a second place has one."""
    local = "project/.claude/settings.local.json"
    desk.files = HELPED
    assert desk.status()["warnings"] == []
    desk.files = {**HELPED, local: '{"apiKeyHelper": "echo other"}'}
    assert [it.partition(" ")[0] for it in desk.status()["warnings"]] == [f"/home/ada/{PROJECT}:1"]


def test_what_is_told_to_a_cloud_shows_where_nothing_wins(desk: Desk) -> None:
    """A clone that chooses a cloud and its account is shown with both, on lines of their own."""
    desk.files = {PROJECT: {"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE\x1b[2J": "acme"}}}
    screen = desk.type("status")
    assert screen.out.startswith("No credential can be used: bedrock is there, and ignored: ")
    assert "(env.AWS_PROFILE\\x1b[2J) is passed over" in screen.out.replace("\n    ", " ")


def test_status_shows_all_states(desk: Desk) -> None:
    """The winner comes first with its facts, then who is shadowed, ignored and absent, in order."""
    desk.environ = {"ANTHROPIC_AUTH_TOKEN": "fake-token", "ANTHROPIC_API_KEY": KEY}
    desk.files = {PROJECT: '{"env": {\n"CLAUDE_CODE_OAUTH_TOKEN": "fake"}}'}
    screen = desk.type("status")
    assert screen.code == 0
    winner, others, *rest = screen.out.split("\n\n")
    assert winner.splitlines() == [
        "● auth-token is used",
        "  where      ANTHROPIC_AUTH_TOKEN in the environment",
        "  sends      authorization",
        "  to         https://api.anthropic.com",
        "  billed to  other (whoever its credential belongs to)",
    ]
    rows = [line.strip().partition(" ") for line in others.splitlines() if line[2:3].strip()]
    said = {name: text.strip() for name, _, text in rows}
    assert said["api-key"] == "shadowed: ANTHROPIC_API_KEY in the environment"
    assert said["oauth-token"].startswith("ignored: ~/project/.claude/settings.json:2 ")
    assert "`keyhole trust`" in others
    assert said["login"].startswith("absent: ")
    assert list(said).index("api-key") < list(said).index("oauth-token")
    assert rest[0] == (
        "Claude Code itself would send: authorization from auth-token; x-api-key from api-key"
    )
    assert rest[1].startswith("Warnings\n  ! Claude Code itself would send something else: ")


def test_status_of_a_broken_winner(desk: Desk) -> None:
    """A winner that can't be used is shown with its problem and remedy, and the code is 4."""
    desk.environ = {"ANTHROPIC_API_KEY": f"Bearer {KEY}", "CLAUDE_CODE_OAUTH_TOKEN": "fake"}
    screen = desk.type("status")
    assert screen.code == 4
    assert screen.out.startswith("✗ api-key can't be used\n")
    assert "\n  problem    begins with 'Bearer ', which is added when it is sent\n" in screen.out
    assert "\n  do this    remove 'Bearer ' from ANTHROPIC_API_KEY\n" in screen.out
    active = desk.status()["active"]
    assert active["usable"] is False
    assert active["problem"]
    assert active["remedy"]


def test_a_missing_plugin_is_no_reason_to_take_the_next(desk: Desk) -> None:
    """A tier that is switched on and that no plugin serves wins, says what to install, code 4."""
    desk.environ = {"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_API_KEY": KEY}
    desk.files = {CONFIG: '[plugins]\nallow = ["environment"]'}
    screen = desk.type("status")
    assert screen.code == 4
    assert screen.out.startswith("✗ bedrock can't be used\n")
    assert "keyhole-bedrock" in screen.out.split("\n\n")[0]
    assert desk.active() == "bedrock"


@pytest.mark.parametrize(("columns", "widest"), [("20", 60), ("60", 60), ("75", 75), ("300", 120)])
def test_status_fits_the_terminal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, columns: str, widest: int
) -> None:
    """No line is wider than the terminal, but where one word alone is; names stay in column."""
    monkeypatch.setenv("COLUMNS", columns)
    desk.environ = {"ANTHROPIC_AUTH_TOKEN": "fake", "ANTHROPIC_API_KEY": "Bearer x"}
    desk.files = {PROJECT: {"env": {"CLAUDE_CODE_OAUTH_TOKEN": "fake"}}, USER: "{"}
    lines = desk.type("status").out.splitlines()
    texts = [line for line in lines if not line.startswith("Claude Code itself")]
    for line in texts:
        assert len(line) <= widest or " " not in line[19:].strip(), line
    assert max(map(len, texts)) > widest - 25


def test_status_has_no_colour_where_nobody_sees_it(desk: Desk) -> None:
    """Output that does not go to a terminal holds no escape codes."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    assert "\x1b" not in desk.type("status").out


@pytest.mark.parametrize(
    ("home", "url", "shown"),
    [
        ("/", "https://gateway.test/v1", "https://gateway.test/v1 "),
        ("/v1", "https://gateway.test/v1/messages", "https://gateway.test/v1/messages "),
        ("/home/ada", "https://gateway.test/home/ada/v1", "https://gateway.test/home/ada/v1 "),
    ],
)
def test_status_shows_a_url_as_it_is(
    desk: Desk, capsys: pytest.CaptureFixture[str], home: str, url: str, shown: str
) -> None:
    """Only a path below the home folder is shortened, and never a part of a URL."""
    environ = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url}
    run(["status"], World(lambda **more: fake_machine(environ, home=Path(home), **more), desk.host))
    assert f"  to         {shown}" in capsys.readouterr().out


def test_status_shortens_no_other_path(desk: Desk) -> None:
    """A path that merely contains the home folder's is shown whole."""
    desk.environ = {"CLAUDE_CONFIG_DIR": "/mnt/home/ada/claude"}
    desk.files = {"/mnt/home/ada/claude/settings.json": {"env": {"ANTHROPIC_API_KEY": KEY}}}
    assert "/mnt/home/ada/claude/settings.json:1 (env" in desk.type("status").out


# keyhole status --json


MACHINES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one": {"environ": {"ANTHROPIC_API_KEY": KEY}},
    "gateway": {"environ": {"ANTHROPIC_AUTH_TOKEN": "x", "ANTHROPIC_BASE_URL": "https://a.test"}},
    "broken": {"environ": {"ANTHROPIC_AUTH_TOKEN": "Bearer x", "ANTHROPIC_API_KEY": KEY}},
    "subscription": {"environ": {"CLAUDE_CODE_OAUTH_TOKEN": "x", "ANTHROPIC_API_KEY": KEY}},
    "helper": {"files": {USER: {"apiKeyHelper": "echo fake"}}},
    "clouds": {"environ": {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "true"}},
    "untrusted": {"files": {PROJECT: {"env": {"ANTHROPIC_API_KEY": KEY}}}},
    "garbled": {"files": {USER: "{", PROJECT: "[]"}},
    "login": {"files": {".claude/.credentials.json": {"claudeAiOauth": {"accessToken": "x"}}}},
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize(
    "options", [[], ["--bare"], ["--mode", "interactive"], ["--order", "anthropic-sdk"]], ids=str
)
def test_json_fits_the_schema(desk: Desk, machine: dict[str, Any], options: list[str]) -> None:
    """The document fits its schema, agrees with itself and with the exit code."""
    desk.environ, desk.files = machine.get("environ", {}), machine.get("files", {})
    screen = desk.type("status", "--json", *options)
    assert screen.err == ""
    document = screen.json
    check("status", document)
    assert document["order"] == (options[-1] if "--order" in options else "claude-code")
    active, sources = document["active"], document["sources"]
    winners = [source for source in sources if source["state"] == "active"]
    assert [source["source"] for source in winners] == ([active["source"]] if active else [])
    assert sources == sorted(sources, key=lambda it: (-it["priority"], it["source"]))
    usable = active and active["usable"] is not False
    assert screen.code == (3 if active is None else 0 if usable else 4)
    for source in sources:
        assert bool(source["remedy"]) == (source["state"] in ("ignored", "broken")) or (
            source in winners
        )
        assert (source["where"] is None) == (source["state"] == "absent")


@pytest.mark.parametrize("variable", ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"])
@pytest.mark.parametrize("options", [(), ("--bare",), ("--mode", "interactive")])
def test_claude_code_takes_a_clones_token_where_it_asks_nobody(
    desk: Desk, variable: str, options: tuple[str, ...]
) -> None:
    """What an untrusted folder sets counts for nothing here, and is predicted for print mode."""
    desk.files = {PROJECT: {"env": {variable: "fake-of-a-clone"}}}
    said = desk.type("status", "--json", *options).json
    assert said["active"] is None
    source = variable.removeprefix("ANTHROPIC_").lower().replace("_", "-")
    predicted = set(said["claude_code"].values()) - {None}
    assert predicted == (set() if options else {source})


@pytest.mark.parametrize("columns", [60, 80])
def test_a_page_uses_the_whole_width(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """No line but of one word is wider than the terminal, and none ends before it has to."""
    monkeypatch.setenv("COLUMNS", str(columns))
    desk.files = {USER: '{ "env": ', PROJECT: {"apiKeyHelper": "echo fake"}}
    desk.environ = {"ANTHROPIC_API_KEY": KEY, "CLAUDE_CODE_USE_BEDROCK": "1"}
    lines = desk.type("status").out.splitlines()
    assert not [line for line in lines if len(line) > columns and " " in line.strip()]
    warning = next(at for at, line in enumerate(lines) if line.startswith("  ! ~/"))
    first, second = lines[warning], lines[warning + 1]
    assert len(first) + 1 + len(second.split()[0]) > columns


def test_another_winner_than_expected(desk: Desk) -> None:
    """Where [expect] names another one, that is said, the code is 5 and nothing is handed out."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.files = {CONFIG: '[expect]\nbilling = "subscription"'}
    document = desk.status()
    assert document["unexpected"]
    assert document["active"]["source"] == "api-key"
    screen = desk.type("status")
    assert screen.code == 5
    assert f"Not as [expect] says: {document['unexpected']}." in screen.out
    screen = desk.type("token")
    assert (screen.code, screen.out) == (5, "")


@pytest.mark.parametrize(
    ("answered", "usable", "code"),
    [(200, True, 0), (401, False, 4), (403, False, 4), (529, None, 0)],
)
def test_the_api_is_asked_once(
    desk: Desk, answered: int, code: int, *, usable: bool | None
) -> None:
    """With --verify one request is sent, and its answer decides the exit code."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.host.responses = [Response(answered)]
    screen = desk.type("status", "--json", "--verify")
    check("status", screen.json)
    assert screen.json["verified"]["usable"] is usable
    assert screen.code == code
    assert [request.method for request in desk.host.requests] == ["GET"]


# Which machine is looked at


def test_order_is_named_on_the_command_line(desk: Desk) -> None:
    """In the order of the anthropic SDK the API key is asked before the auth token."""
    desk.environ = {"ANTHROPIC_AUTH_TOKEN": "fake", "ANTHROPIC_API_KEY": KEY}
    assert desk.active() == "auth-token"
    assert desk.active("--order", "anthropic-sdk") == "api-key"
    desk.files = {CONFIG: 'order = "anthropic-sdk"'}
    assert desk.active() == "api-key"
    assert desk.active("--order", "claude-code") == "auth-token"


def test_priorities_come_from_the_configuration(desk: Desk) -> None:
    """A priority in the configuration counts exactly, above any named order."""
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": "fake", "ANTHROPIC_API_KEY": KEY}
    desk.files = {CONFIG: "[priority]\noauth-token = 811\n"}
    assert desk.active("--order", "anthropic-sdk") == "oauth-token"
    priorities = {it["source"]: it["priority"] for it in desk.status()["sources"]}
    assert priorities["oauth-token"] == 811
    assert priorities["api-key"] == 700


def test_bare_reads_no_oauth_token(desk: Desk) -> None:
    """With --bare the OAuth token is passed over, and that is said."""
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": "fake"}
    assert desk.active() == "oauth-token"
    assert desk.active("--bare") is None
    assert desk.type("status", "--bare").code == 3
    assert "ignored: CLAUDE_CODE_OAUTH_TOKEN in the environment" in (
        desk.type("status", "--bare").out
    )


def test_settings_are_given_as_json_or_as_a_file(desk: Desk) -> None:
    """--settings takes a JSON object or a file's name, and ranks above the user's settings."""
    desk.files = {
        USER: {"env": {"ANTHROPIC_AUTH_TOKEN": "fake-of-the-user"}},
        "project/my.json": '{"env": {\n"ANTHROPIC_AUTH_TOKEN": "fake"}}',
    }
    given = json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}})
    assert desk.status("--settings", given)["active"]["where"] == (
        "--settings:1 (env.ANTHROPIC_AUTH_TOKEN)"
    )
    for name in ("my.json", "/home/ada/project/my.json"):
        assert desk.status("--settings", name)["active"]["where"] == (
            "/home/ada/project/my.json:2 (env.ANTHROPIC_AUTH_TOKEN)"
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere.json", "/home/ada/project/nowhere.json does not exist"),
        ("~/nowhere.json", "/home/ada/nowhere.json does not exist"),
        ("a\nb.json", r"/home/ada/project/a\nb.json does not exist"),
        ("sk-ant-api03-fake-0123456789.json", "/home/ada/project/****.json does not exist"),
        ("an-old-password", "what it was given does not exist"),
        ('["a password", ".json', "what it was given does not exist"),
        ("{", "what it was given is not valid JSON (line 1, column 2)"),
        ("list.json", "/home/ada/project/list.json does not hold a JSON object"),
        ("cut.json", "/home/ada/project/cut.json is not valid JSON"),
        ("wrong.json", "/home/ada/project/wrong.json has a wrong value on line 1: env must be"),
        ("a\0b", "what it was given "),
        ("~nobody-has-this-name/settings.json", "/home/ada/project/~nobody-has-this-name/settings"),
        ("", "what it was given "),
    ],
)
def test_wrong_settings_are_wrong_usage(desk: Desk, given: str, said: str) -> None:
    """A wrong --settings ends with 2, names what looks like a file, and says what is wrong."""
    desk.files = {
        "project/list.json": "[]",
        "project/cut.json": '{"env": ',
        "project/wrong.json": '{"env": []}',
    }
    screen = desk.type("status", "--settings", given)
    assert screen.code == 2
    assert screen.out == ""
    assert screen.err.startswith(f"keyhole: --settings: {said}")
    assert "what to do: give it a settings file's name, or a JSON object" in screen.err


def test_an_unknown_order_is_wrong_usage(desk: Desk) -> None:
    """A misspelt order ends with 2, with what was probably meant and the orders there are."""
    screen = desk.type("status", "--order", "claud-code")
    assert screen.code == 2
    assert screen.out == ""
    assert "there is no order 'claud-code' (did you mean claude-code?)" in screen.err
    assert "the orders are claude-code, anthropic-sdk" in screen.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("statsu", "status"),
        ("aprove", "approve"),
        ("plugin", "plugins"),
        ("mcp lst", "list"),
        ("mcp auht", "auth"),
        ("vault chek", "check"),
        ("secret gte", "get"),
        ("stores moev", "move"),
    ],
)
def test_an_unknown_command_is_wrong_usage(desk: Desk, typed: str, meant: str) -> None:
    """A misspelt command ends with 2, with what was probably meant, a plugin's too."""
    screen = desk.type(*typed.split())
    assert screen.code == 2
    # A group that click itself serves has click's words for it.
    assert re.search(rf"[Dd]id you mean '?{meant}'?\?", screen.err)


@pytest.mark.parametrize(
    "words", [("status", "--mode", "loud"), ("status", "--jso"), ("trust", "x")]
)
def test_a_wrong_option_is_wrong_usage(desk: Desk, words: tuple[str, ...]) -> None:
    """What the command line does not take ends with 2 and shows how it is used."""
    screen = desk.type(*words)
    assert screen.code == 2
    assert screen.err.startswith(f"Usage: keyhole {words[0]} ")


@pytest.mark.parametrize("command", ["status", "plugins", "trust", "approve"])
def test_a_broken_configuration_is_named(desk: Desk, command: str) -> None:
    """A wrong value in the configuration ends with 1, with its file, its line and its key."""
    desk.environ = {"KEYHOLE_CONFIG": "/etc/elsewhere.toml", "ANTHROPIC_API_KEY": KEY}
    desk.files = {
        "/etc/elsewhere.toml": '# ours\n[trust]\nclaude_code = "sometimes"\n',
        PROJECT: {"apiKeyHelper": "echo fake"},
    }
    screen = desk.type(command)
    assert screen.code == 1
    assert screen.out == ""
    assert screen.err.startswith(
        "keyhole: /etc/elsewhere.toml:3: 'trust.claude_code' must be true or false\n"
    )
    assert desk.host.files == {}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('order = "claude_code"', 1, "'order' must be one of"),
        ("\n[priority]\nvault = '850'", 3, "'priority.vault' must be an integer"),
        ("priority.vault = true", 1, "'priority.vault' must be an integer"),
        ("[plugins]\nallow = 'bedrock'", 2, "'plugins.allow' must be a list"),
        ("odrer = 'claude-code'", 1, "there is no key 'odrer'"),
        ("[trust]\nclaude-code = true", 2, "there is no key 'trust.claude-code'"),
    ],
)
def test_each_configuration_error_has_its_line(desk: Desk, text: str, line: int, said: str) -> None:
    """What is wrong in the configuration is said with file, line, key and what is allowed."""
    desk.files = {CONFIG: text}
    screen = desk.type("status")
    assert screen.code == 1
    assert screen.err.startswith(f"keyhole: /home/ada/{CONFIG}:{line}: {said}")
    assert "what to do: " in screen.err


def test_help_works_with_a_broken_configuration(desk: Desk) -> None:
    """Help is there when it is needed most."""
    desk.files = {CONFIG: "order = "}
    screen = desk.type("--help")
    assert screen.code == 0
    assert "status" in screen.out


# Approval


def test_a_key_is_approved_and_denied(desk: Desk) -> None:
    """Interactive use takes the key once it is approved and until it is denied; print mode does."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    interactive = ("--mode", "interactive")
    assert desk.active(*interactive) is None
    assert "`keyhole approve`" in desk.type("status", *interactive).out
    screen = desk.type("approve")
    assert (screen.code, screen.err) == (0, "")
    assert screen.out == "The API key ending in …0001 is approved for interactive use.\n"
    assert desk.active(*interactive) == "api-key"
    screen = desk.type("deny")
    assert screen.out == "The API key ending in …0001 is denied for interactive use.\n"
    assert desk.active(*interactive) is None
    assert desk.active() == "api-key"
    assert len(desk.host.files) == 1


def test_another_key_needs_its_own_approval(desk: Desk) -> None:
    """An approval is for one key, not for the variable."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.type("approve")
    desk.environ = {"ANTHROPIC_API_KEY": f"{KEY}x"}
    assert desk.active("--mode", "interactive") is None


@pytest.mark.parametrize("command", ["approve", "deny"])
@pytest.mark.parametrize("value", ["", " \n"])
def test_without_a_key_nothing_is_approved(desk: Desk, command: str, value: str) -> None:
    """Where there is no key, or an empty one, the command ends with 3 and writes nothing."""
    desk.environ = {"ANTHROPIC_API_KEY": value} if value else {}
    screen = desk.type(command)
    assert screen.code == 3
    assert screen.err.startswith("keyhole: ANTHROPIC_API_KEY ")
    assert "export ANTHROPIC_API_KEY first" in screen.err
    assert desk.host.files == {}


# Trust


def test_a_folder_is_trusted_and_no_longer(desk: Desk) -> None:
    """What the project's settings choose counts after `trust`, and not after `untrust`."""
    desk.files = {
        PROJECT: '{"apiKeyHelper": "echo fake",\n"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}}'
    }
    assert desk.active() is None
    screen = desk.type("trust", answer="y\n")
    assert screen.code == 0
    assert "Trust them? [y/N]" in screen.err
    file = f"/home/ada/{PROJECT}"
    assert screen.out.startswith("The settings of /home/ada/project choose:\n")
    assert f"\n  {file}:1 (apiKeyHelper): echo fake\n" in screen.out
    assert f"\n  {file}:2 (env.ANTHROPIC_AUTH_TOKEN)\n" in screen.out
    assert screen.out.endswith("/home/ada/project is trusted as it is now.\n")
    assert desk.active() == "auth-token"
    screen = desk.type("untrust")
    assert (screen.code, screen.out) == (0, "/home/ada/project is no longer trusted.\n")
    assert desk.active() is None
    screen = desk.type("untrust", "/home/ada/project")
    assert (screen.code, screen.out) == (0, "/home/ada/project is not trusted by keyhole anyway.\n")
    assert desk.host.files == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"env": {"ANTHROPIC_AUTH_TOKEN": "another"}},
        {"env": {"ANTHROPIC_AUTH_TOKEN": "fake", "ANTHROPIC_BASE_URL": "https://a.test"}},
        {"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}, "apiKeyHelper": "echo fake"},
        {"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}, "awsAuthRefresh": "echo fake"},
    ],
    ids=["token", "base URL", "helper", "refresh"],
)
def test_a_changed_setting_asks_again(desk: Desk, changed: dict[str, Any]) -> None:
    """After a pull that changes what the settings choose, the folder is not trusted any more."""
    desk.files = {PROJECT: {"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}, "model": "one"}}
    assert desk.type("trust", "--yes").code == 0
    desk.files = {PROJECT: {"model": "another", "env": {"ANTHROPIC_AUTH_TOKEN": "fake"}}}
    assert desk.active() == "auth-token"
    desk.files = {PROJECT: changed}
    assert desk.active() is None
    reasons = {it["source"]: it["reason"] for it in desk.status()["sources"]}
    assert reasons["auth-token"] == "the settings have changed since the folder was trusted"
    assert desk.type("trust", "--yes").code == 0
    assert desk.active() == "auth-token"


@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("\n", 130), ("", 130)])
def test_no_is_no(desk: Desk, answer: str, code: int) -> None:
    """No, nothing, and the end of input all leave everything as it was."""
    desk.files = {PROJECT: {"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}}}
    screen = desk.type("trust", answer=answer)
    assert screen.code == code
    assert screen.err.endswith("Stopped; nothing was changed.\n")
    assert desk.host.files == {}
    assert desk.active() is None


@pytest.mark.parametrize(("answer", "said"), [("", True), ("n\n", False)], ids=["nobody", "no"])
def test_where_nobody_answers_the_way_without_asking_is_named(
    desk: Desk, answer: str, *, said: bool
) -> None:
    """At the end of standard input a question names --yes; to a person who says no it does not."""
    desk.files = {PROJECT: {"env": {"ANTHROPIC_AUTH_TOKEN": "fake"}}}
    screen = desk.type("trust", answer=answer)
    advice = "\nNobody answers here; with --yes nobody is asked.\nStopped; nothing was changed.\n"
    assert screen.err.endswith(advice) is said


def test_every_question_is_asked_in_one_way() -> None:
    """No command asks with click's own `confirm`, so that the end of input is met in one place."""
    root = Path(__file__).parent.parent
    sources = (
        path for folder in ("core", "plugins") for path in (root / folder).glob("**/src/**/*.py")
    )
    asking = [path.name for path in sources if "click.confirm(" in path.read_text(encoding="utf-8")]
    assert asking == ["person.py"]


def test_what_is_trusted_is_not_asked_again(desk: Desk) -> None:
    """Where nothing has changed since it was trusted, trust says so, asks and writes nothing."""
    desk.files = {PROJECT: {"apiKeyHelper": "echo fake"}}
    assert desk.type("trust", "--yes").code == 0
    kept = dict(desk.host.files)
    screen = desk.type("trust")
    assert (screen.code, screen.err) == (0, "")
    assert screen.out.endswith("/home/ada/project is trusted already; nothing was changed.\n")
    assert desk.host.files == kept
    desk.files = {PROJECT: {"apiKeyHelper": "echo other"}}
    assert "Trust them?" in desk.type("trust").err


def test_there_may_be_nothing_to_trust(desk: Desk) -> None:
    """Settings that choose no credential need no trust, and nothing is asked or written."""
    desk.files = {PROJECT: {"model": "one"}}
    screen = desk.type("trust")
    assert screen.code == 0
    assert "nothing to trust" in screen.out
    assert desk.host.files == {}


@pytest.mark.parametrize(
    "hidden", ["a\rb", "a\x1b]0;b\x07", "a\x08\x08b", "a\nb", "a\u202eb"], ids=ascii
)
def test_settings_hide_nothing_from_the_person_who_is_asked(desk: Desk, hidden: str) -> None:
    """A command or a variable from a clone is shown on one line, without control characters."""
    desk.files = {PROJECT: {"apiKeyHelper": hidden, "env": {hidden: "1"}}}
    screen = desk.type("trust", answer="n\n")
    lines = screen.out.removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 3


def test_settings_write_nothing_else_on_the_screen(desk: Desk) -> None:
    """What `status` repeats from a clone's settings holds no control characters."""
    desk.files = {PROJECT: {"env": {"a\x1b]0;b\x07\r": []}}}
    screen = desk.type("status")
    assert "has a wrong value" in screen.out
    assert all(line.isprintable() for line in screen.out.split("\n"))


def test_ctrl_c_at_the_prompt_writes_nothing(
    isolated: Callable[..., dict[str, str]], home: Path, cwd: Path
) -> None:
    """Ctrl-C where trust is asked for ends with 130 and leaves no file behind."""
    (cwd / ".claude").mkdir()
    (cwd / ".claude" / "settings.json").write_text('{"apiKeyHelper": "echo fake"}')
    before = sorted(home.rglob("*"))
    script = "import sys; from keyhole.cli import run; sys.exit(run())"
    with subprocess.Popen(
        [sys.executable, "-c", script, "trust"],
        env=isolated(),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert process.stderr.read(len("Trust them?")) == "Trust them?"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith("Stopped; nothing was changed.\n")
    assert sorted(home.rglob("*")) == before


Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    "words",
    [("status",), ("status", "--json"), ("token",), ("plugins",), ("--help",)],
    ids=" ".join,
)
def test_a_full_disk_is_said(keyhole: Process, words: tuple[str, ...]) -> None:
    """What can't be written because the disk is full is a sentence, and the code is 1."""
    full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
    done = keyhole(*words, environ={"ANTHROPIC_API_KEY": KEY}, before=full)
    assert (done.returncode, done.stderr) == (1, "keyhole: No space left on device\n")


def _with(redirection: str) -> tuple[str, ...]:
    return ("sh", "-c", f'exec "$@" {redirection}', "sh")


@pytest.mark.parametrize(
    "words",
    [("status",), ("status", "--json"), ("token",), ("env",), ("plugins",), ("--help",)],
    ids=" ".join,
)
def test_a_closed_output_is_said(keyhole: Process, words: tuple[str, ...]) -> None:
    """What was asked for and can't be printed, for the output is closed, ends with 1."""
    done = keyhole(*words, environ={"ANTHROPIC_API_KEY": KEY}, before=_with(">&-"))
    assert (done.returncode, done.stderr) == (1, "keyhole: standard output is closed\n")


@pytest.mark.parametrize(
    ("words", "code", "out"),
    [
        (("token",), 0, f"{KEY}\n"),
        (("run", "--", "echo", "hi"), 0, "hi\n"),
        (("run", "--", "no-such-program-at-all"), 127, ""),
        (("status", "--order", "none"), 2, ""),
        (("nonsense",), 2, ""),
    ],
)
def test_a_closed_standard_error_changes_nothing(
    keyhole: Process, words: tuple[str, ...], code: int, out: str
) -> None:
    """What nobody can be told is left out, and neither the output nor the exit code is another."""
    done = keyhole(*words, environ={"ANTHROPIC_API_KEY": KEY}, before=_with("2>&-"))
    assert (done.returncode, done.stdout) == (code, out)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_program_runs_without_streams(keyhole: Process, closed: str) -> None:
    """`keyhole run` runs the program, whichever streams are closed."""
    words = ("run", "--", "sh", "-c", "exit 7")
    done = keyhole(*words, environ={"ANTHROPIC_API_KEY": KEY}, before=_with(closed))
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("echo", "--bare", "--mode", "print", "hi"), "--bare --mode print hi\n"),
        (("--bare", "echo", "x", "--help"), "x --help\n"),
        (("echo", "--", "--settings", "x"), "-- --settings x\n"),
        (("--", "echo", "-h"), "-h\n"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_the_options_of_a_program_are_its_own(
    keyhole: Process, words: tuple[str, ...], said: str
) -> None:
    """What stands behind the program's name is the program's, with `--` before it and without."""
    done = keyhole("run", *words, environ={"ANTHROPIC_AUTH_TOKEN": "fake"})
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


def test_an_unknown_option_before_the_program_is_wrong_usage(keyhole: Process) -> None:
    """An option that `keyhole run` does not have is taken for no program."""
    done = keyhole("run", "--bar", "echo", environ={"ANTHROPIC_AUTH_TOKEN": "fake"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "--bar" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a name must be UTF-8")
@pytest.mark.parametrize("encoding", ["utf-8:strict", "latin-1:strict"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status",), 0),
        (("plugins",), 0),
        (("stores",), 0),
        (("audit",), 1),
        (("mcp", "list"), 0),
        (("trust", "--yes"), 0),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_page_shows_names_that_are_not_utf_8(
    keyhole: Process, home: Path, words: tuple[str, ...], code: int, encoding: str
) -> None:
    """In a folder with a strange name every page is written, with an escape where it must be."""
    settings = home / "project" / "nu\udcff" / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"apiKeyHelper": "echo fake"}')
    done = keyhole(
        *words,
        environ={"ANTHROPIC_API_KEY": KEY, "PYTHONIOENCODING": encoding},
        before=("sh", "-c", 'cd "$(printf "nu\\377")" && PYTHONUTF8=1 exec "$@"', "sh"),
    )
    assert "Traceback" not in done.stderr
    assert (done.returncode, bool(done.stdout)) == (code, True)


@pytest.mark.parametrize("words", [("status",), ("token",), ("stores",)], ids=" ".join)
def test_a_folder_that_is_gone_is_said(keyhole: Process, words: tuple[str, ...]) -> None:
    """Whoever is in a folder that was removed is told so by every command that looks."""
    gone = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh")
    done = keyhole(*words, before=gone)
    assert done.returncode == 1
    assert "the folder that you are in was removed" in done.stderr
    assert "Traceback" not in done.stderr


MISSPELT = """
[priority]
api-kye = 950
api-key = 940
[plugins]
allow = ["keyhole-environment", "enviroment", "keyhole-mcp", "keyhole-foundry"]
block = ["keyhole-mpc", "not-here"]
[stores]
use = "flie"
[expect]
source = "api-keey"
"""


def test_names_that_nothing_bears_are_said(desk: Desk) -> None:
    """A misspelt source, plugin or store is a warning with its line and what may have been meant."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.files = {CONFIG: MISSPELT}
    warnings = desk.status()["warnings"]
    said = [one.partition("config.toml:")[2] for one in warnings if "config.toml:" in one]
    assert said == [
        "3 (priority.api-kye): there is no source 'api-kye' (did you mean api-key?).",
        "11 (expect.source): there is no source 'api-keey' (did you mean api-key?).",
        "6 (plugins.allow): there is no plugin 'enviroment' (did you mean environment?).",
        "7 (plugins.block): there is no plugin 'keyhole-mpc' (did you mean keyhole-mcp?).",
        "9 (stores.use): there is no token store 'flie' (did you mean file?).",
    ]


def test_names_that_something_bears_are_not_said(desk: Desk) -> None:
    """What is installed, a tier that is not, and what is blocked as a precaution are no mistakes."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.files = {
        CONFIG: MISSPELT.replace("api-kye", "bedrock")
        .replace("enviroment", "environment")
        .replace("keyhole-mpc", "bedrock")
        .replace("flie", "file")
        .replace("api-keey", "api-key")
    }
    assert desk.status()["warnings"] == []


# keyhole plugins, keyhole --help


def test_plugins_are_listed(desk: Desk) -> None:
    """The page names each plugin with its version and state, and the sources in their order."""
    screen = desk.type("plugins")
    assert screen.code == 0
    plugins, sources = screen.out.split("\n\n")[:2]
    assert plugins.startswith("Plugins\n")
    row = next(line for line in plugins.splitlines() if "keyhole-environment" in line)
    assert row.split()[2] == "loaded"
    names = [line.split()[1] for line in sources.splitlines()[1:]]
    assert names == [source["source"] for source in desk.type("plugins", "--json").json["sources"]]
    assert names == [source["source"] for source in desk.status()["sources"]]
    assert "Problems" not in screen.out


def test_plugins_as_json(desk: Desk) -> None:
    """The document has the plugins, the sources in order, the commands and the problems."""
    document = desk.type("plugins", "--json").json
    assert set(document) == {"plugins", "sources", "commands", "problems"}
    assert {"approve", "deny"} <= {command["command"] for command in document["commands"]}
    served = {source["source"]: source["installed"] for source in document["sources"]}
    assert served["api-key"] is True
    assert document["problems"] == []


def test_a_blocked_plugin_is_listed_and_fails_closed(desk: Desk) -> None:
    """A plugin that the configuration blocks brings no source and no command; its tiers break."""
    desk.environ = {"ANTHROPIC_API_KEY": KEY}
    desk.files = {CONFIG: '[plugins]\nblock = ["environment"]'}
    document = desk.type("plugins", "--json").json
    states = {plugin["plugin"]: plugin["state"] for plugin in document["plugins"]}
    assert states["environment"] == "blocked"
    assert desk.type("approve").code == 2
    active = desk.status()["active"]
    assert (active["source"], active["usable"]) == ("api-key", False)
    assert active["problem"] == "keyhole-environment is blocked by the configuration"


@pytest.mark.parametrize("words", [("--help",), ("-h",)])
def test_help_lists_every_command(desk: Desk, words: tuple[str, ...]) -> None:
    """The help lists keyhole's own commands and the plugins', each with a sentence."""
    screen = desk.type(*words)
    assert screen.code == 0
    listed = dict(line.split(maxsplit=1) for line in _section(screen.out, "Commands:"))
    assert {"status", "plugins", "trust", "untrust", "approve", "deny"} <= set(listed)
    assert all(sentence.endswith(".") for sentence in listed.values())


@pytest.mark.parametrize("command", ["status", "plugins", "trust", "untrust", "approve", "deny"])
def test_each_command_has_help(desk: Desk, command: str) -> None:
    """Each command says in a sentence what it does."""
    screen = desk.type(command, "--help")
    assert screen.code == 0
    assert screen.out.startswith(f"Usage: keyhole {command} ")
    assert "." in screen.out


def test_the_version_is_said(desk: Desk) -> None:
    """`keyhole --version` names the program and its version."""
    screen = desk.type("--version")
    assert screen.code == 0
    assert screen.out.startswith("keyhole, version ")


def _section(text: str, title: str) -> list[str]:
    return [line for line in text.partition(title)[2].splitlines() if line.strip()]


def test_stores_says_where_tokens_are_kept(desk: Desk) -> None:
    """`stores` shows each store and what is kept in it, and never a value."""
    record = TokenRecord(access_token=Secret(KEY), refresh_token=Secret(KEY), expires_at=NOW + 3600)
    tokens = desk.host.tokens(fake_machine())
    with tokens.exclusive("a", about="the gateway of Acme", timeout=1) as slot:
        slot.replace(record)
    shown = desk.type("stores")
    assert shown.code == 0
    assert (
        "the gateway of Acme: until 2027-01-15 09:00 UTC, renewed by itself, in memory" in shown.out
    )
    told = desk.type("stores", "--json")
    assert told.json["stores"][0]["state"] == "usable"
    assert told.json["tokens"][0]["expires_at"] == NOW + 3600
    assert KEY not in shown.out + told.out


def test_stores_names_a_damaged_entry(desk: Desk) -> None:
    """Beside an entry that can't be read the others are shown; it is named, with what to do."""
    tokens = desk.host.tokens(fake_machine())
    for key in ("a", "b"):
        with tokens.exclusive(key, about=f"the server {key}", timeout=1) as slot:
            slot.replace(TokenRecord(access_token=Secret(KEY)))
    path = tokens.index._records.path("a")
    desk.host.files[path] = "{"
    shown = desk.type("stores")
    assert shown.code == 0
    assert "the server b: has no known end" in shown.out
    assert str(path) in shown.out
    assert "what to do: mend that file" in shown.out
    (damaged,) = desk.type("stores", "--json").json["damaged"]
    assert damaged["where"] == str(path)


def test_moving_tells_what_was_not_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stores move` says of a key that its store does not have that it is forgotten."""
    stores = {name: MemoryStore() for name in ("old", "new")}
    for name, store in stores.items():
        store.name = name
    factories = [StoreFactory(name, 0, lambda _machine: MemoryStore()) for name in stores]
    index = desk.host.tokens(fake_machine()).index
    tokens = Tokens(Stores(factories, fake_machine(), {**stores}), index, desk.host)
    monkeypatch.setattr(desk.host, "tokens", lambda _machine: tokens)
    tokens.index.put(Entry("a", "old", "the server a"))
    tokens.index.put(Entry("b", "old", "the server b"))
    desk.host.files[tokens.index._records.path("b")] = "{"
    moved = desk.type("stores", "move", "old", "new")
    assert "the server a was not in old, and is forgotten" in moved.out
    assert "Whether anything is left in old is not known." in moved.out
    assert "does not say where a token is kept" in moved.err
    assert moved.code == 1


def test_stores_names_what_is_not_installed(desk: Desk) -> None:
    """A configured store that no plugin brings is named, with its line and what to do."""
    desk.files[CONFIG] = '[stores]\nuse = "acme"\n'
    shown = desk.type("stores")
    assert "no token store named 'acme' is installed" in shown.out
    assert "config.toml:2" in shown.out
    assert desk.type("stores", "--json").json["in_force"] is None


def test_moving_to_a_store_that_is_not_there_changes_nothing(desk: Desk) -> None:
    """`stores move` to an unknown store says which there are."""
    moved = desk.type("stores", "move", "memory", "elsewhere")
    assert moved.code == 1
    assert "no token store named 'elsewhere'" in moved.err
