"""A secret that stands anywhere a source can look shows nowhere."""

from __future__ import annotations

import io
import json
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from traceback import TracebackException
from typing import Any

import attrs
import pytest

from keyhole.claude_code import HOST_MANAGED
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import ConfigError, KeyholeError, UsageError
from keyhole.machine import Machine
from keyhole.message import Response
from keyhole.plugins import Registered
from keyhole.resolver import resolve
from keyhole.source import Found
from keyhole.testing import CANARY, CWD, FakeHost, fake_machine, no_effects
from keyhole.walk import Survey, survey

Keyhole = Callable[..., subprocess.CompletedProcess[str]]

SECRET = f"sk-ant-api03-{CANARY}"
# Half of it would be too much; the last four characters are shown on purpose.
MARK = CANARY[:11]
RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
CONFIG = "/etc/elsewhere/keyhole.toml"
THREE = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
ALL = dict.fromkeys((*sorted(HOST_MANAGED), "AWS_SECRET_ACCESS_KEY", "VAULT_TOKEN"), SECRET)
PLACES = {
    "the user's settings": ".claude/settings.json",
    "the project's settings": "project/.claude/settings.json",
    "the local settings": "project/.claude/settings.local.json",
    "the managed settings": "/etc/claude-code/managed-settings.json",
    "a managed drop-in": "/etc/claude-code/managed-settings.d/10-acme.json",
}
SETTINGS: dict[str, Any] = {
    "env": {"env": ALL},
    "helper": {"apiKeyHelper": f"echo {SECRET}", "awsAuthRefresh": f"login --key={SECRET}"},
}
GARBLED: dict[str, Any] = {
    "env of a wrong type": {"env": SECRET},
    "value of a wrong type": {"env": {"ANTHROPIC_API_KEY": [SECRET]}},
    "helper of a wrong type": {"apiKeyHelper": {SECRET: SECRET}},
    "no object": f" [{json.dumps(SECRET)}]",
    "truncated": json.dumps({"env": ALL})[:-3],
    "no comma": f'{{"apiKeyHelper": "{SECRET}" "env": {{}}}}',
    "a control character": f'{{"apiKeyHelper": "{SECRET}\x07"}}',
    "a broken escape": f'{{"apiKeyHelper": "{SECRET}\\u12"}}',
}
FLAWED = {
    "a prefix": f"Bearer {SECRET}",
    "a line break": f"{SECRET}\nX: y",
    "white space": f"{SECRET} {SECRET}",
    "a control character": f"{SECRET}\x1b[0m",
    "no ASCII": f"{SECRET}\N{SNOWMAN}",
    "a lone surrogate": f"{SECRET}\udce9",
    "padding": f"  {SECRET}\n",
    "another kind": f"sk-ant-oat01-{CANARY}",
    "no known kind": CANARY,
}
URLS = {
    "a user and a password": f"https://ada:{SECRET}@gateway.test",
    "a user": f"https://{SECRET}@gateway.test/v1",
    "a port": f"https://ada:{SECRET}",
    "no scheme": f"ada:{SECRET}@gateway.test",
    "no host": f"https:ada:{SECRET}@gateway.test",
    "no http": f"ftp://ada:{SECRET}@gateway.test",
    "a broken host": f"https://ada:{SECRET}@[gateway",
    "nothing else": SECRET,
}
TOMLS = {
    "order": f'order = "{SECRET}"',
    "priority": f'[priority]\nvault = "{SECRET}"',
    "priority of a table": f'[priority]\nvault = {{ a = "{SECRET}" }}',
    "a table's own value": f'priority = "{SECRET}"',
    "plugins": f'[plugins]\nallow = "{SECRET}"',
    "plugins in a list": f'[plugins]\nblock = [1, "{SECRET}"]',
    "trust": f'[trust]\nclaude_code = "{SECRET}"',
    "an unknown key": f'api_key = "{SECRET}"',
    "a known table's unknown key": f'[trust]\nkey = "{SECRET}"',
    "the second of two": f'[trust]\nclaude_code = true\n[priority]\nvault = "{SECRET}"',
    "an open string": f'order = "{SECRET}',
    "no value": f"order = {SECRET}",
    "no key": f'"{SECRET}"',
    "a bad escape": f'order = "{SECRET}\\x"',
    "twice": f'order = "{SECRET}"\norder = "{SECRET}"',
    "too deep": f'order = "{SECRET}"\nx = ' + "[" * 5000,
}
LOGIN = {"claudeAiOauth": {"accessToken": SECRET, "refreshToken": SECRET, "expiresAt": 1}}
STATE = {
    "customApiKeyResponses": {"approved": [SECRET[-20:]], "rejected": [CANARY]},
    "primaryApiKey": SECRET,
    "oauthAccount": {"emailAddress": SECRET},
}


LOOKS = (
    ["status"],
    ["status", "--mode", "interactive", "--json"],
    ["trust", "--yes"],
    ["approve"],
)
COMMANDS = (
    *LOOKS,
    ["status", "--json"],
    ["status", "--bare"],
    ["status", "--order", "nope"],
    ["plugins"],
    ["plugins", "--json"],
    ["trust"],
    ["untrust"],
    ["deny"],
    ["stauts"],
)


def _variables() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "every variable", {"environ": ALL}
    for name in THREE:
        yield f"{name} alone", {"environ": {name: SECRET}}
        for flaw, text in FLAWED.items():
            yield f"{name} with {flaw}", {"environ": {name: text}}
    for flaw, url in URLS.items():
        environ = {"ANTHROPIC_BASE_URL": url}
        yield f"a base URL alone with {flaw}", {"environ": environ}
        environ = {**environ, "ANTHROPIC_AUTH_TOKEN": SECRET}
        yield f"a base URL with {flaw}", {"environ": environ}


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    for place, file in PLACES.items():
        for what, content in SETTINGS.items():
            yield f"{what} in {place}", {"files": {file: content}}
            if file.startswith("project"):
                yield f"{what} in {place}, trusted", {"files": {file: content}, "trusted": True}
    for what, content in GARBLED.items():
        for place, file in list(PLACES.items())[:2]:
            yield f"{what} in {place}", {"files": {file: content}}
    for what, content in (SETTINGS | GARBLED).items():
        if what != "no object":
            yield f"{what} in --settings JSON", {"settings": content}
        in_cwd = {CWD / "my.json": content}
        yield f"{what} in a --settings file", {"settings": "my.json", "files": in_cwd}
    for name, content in ((".claude.json", STATE), (".claude/.credentials.json", LOGIN)):
        text = json.dumps(content)
        for how, written in (("", text), ("truncated ", text[:-5]), ("listed ", f"[{text}]")):
            environ = {"ANTHROPIC_API_KEY": SECRET}
            yield f"{how}{name}", {"files": {name: written}, "environ": environ}


def _configurations() -> Iterator[tuple[str, dict[str, Any]]]:
    for what, text in {**TOMLS, "a stranger's table": f'[acme]\nkey = "{SECRET}"'}.items():
        yield f"{what} in the configuration", {"environ": CONFIGURED, "files": {CONFIG: text}}


CONFIGURED = {"KEYHOLE_CONFIG": CONFIG}
MACHINES = dict([*_variables(), *_files(), *_configurations()])
# Whoever gives the secret itself for a file's name has named it, to the file system too.
MISTAKEN = {"a secret for a --settings file": {"settings": SECRET}}


@pytest.mark.parametrize(("name", "spec"), (MACHINES | MISTAKEN).items(), ids=MACHINES | MISTAKEN)
def test_no_command_shows_it(
    name: str,
    spec: dict[str, Any],
    *,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Output, errors, logs, warnings and what is written are free of it; no child is started."""
    caplog.set_level(logging.DEBUG)
    host = FakeHost()
    for command in _commands(name, spec):
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        with no_effects():
            code = run([*command, *_settings(spec)], World(_look(spec), host))
        out, err = capsys.readouterr()
        assert out or err
        _assert_clean(out, err, about=f"{command} -> {code}")
    _assert_clean(caplog.text, *(str(warning.message) for warning in recwarn), about="the logs")
    _assert_clean(*map(str, host.files), *host.files.values(), about="the files")


@pytest.mark.parametrize("spec", MACHINES.values(), ids=MACHINES)
def test_no_object_shows_it(spec: dict[str, Any]) -> None:
    """Reprs, JSON and pickles of a survey and its parts, and of its errors, are free of it."""
    for interactive in {False, THREE[0] in spec.get("environ", {})}:
        machine = fake_machine(**spec, interactive=interactive)
        found, error = _surveyed(machine)
        _assert_object_clean(machine)
        for thing in _parts(found) if found else ():
            _assert_object_clean(thing)
        if error:
            _assert_error_clean(error)


@pytest.mark.parametrize("flaw", FLAWED)
@pytest.mark.parametrize("name", THREE)
def test_what_is_not_handed_out_is_not_shown(
    name: str, flaw: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands that print the credential print no part of one that they refuse."""
    spec = {"environ": {name: FLAWED[flaw]}}
    for command in ("token", "headers", "env", "run"):
        arguments = [command, "--", "a-program"] if command == "run" else [command]
        code = run(arguments, World(_look(spec), FakeHost()))
        out, err = capsys.readouterr()
        if code:
            _assert_clean(out, err, about=f"{command} -> {code}")


def test_what_the_api_answers_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that echoes the credential does not bring it on the screen."""
    for status in (200, 401, 500):
        host = FakeHost()
        host.responses = [Response(status, {"x-echo": SECRET}, SECRET.encode())]
        run(["status", "--verify"], World(_look({"environ": {THREE[0]: SECRET}}), host))
        _assert_clean(*capsys.readouterr(), repr(host.requests), about=f"--verify, {status}")


@pytest.mark.parametrize("text", TOMLS.values(), ids=TOMLS)
def test_a_configuration_error_stands_alone(text: str) -> None:
    """What is wrong in the configuration is said without the parser's error behind it."""
    _, error = _surveyed(fake_machine(CONFIGURED, {CONFIG: text}))
    assert isinstance(error, ConfigError)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert error.where.startswith(CONFIG)


@pytest.mark.parametrize(
    "content", [f"{{{SECRET}", GARBLED["truncated"], GARBLED["no comma"]], ids=len
)
def test_a_wrong_argument_is_not_repeated(content: str) -> None:
    """What `--settings` was given may be a secret, so the error says only what is wrong."""
    _, error = _surveyed(fake_machine(settings=content))
    assert isinstance(error, UsageError)
    assert error.__cause__ is None
    assert error.__context__ is None
    _assert_error_clean(error)


def test_what_a_source_raises_is_not_repeated() -> None:
    """An exception whose words hold the secret costs its source its words."""

    class Leaky:
        name, priority, selectors, billing = "leaky", 1, frozenset({"ACME"}), "other"

        def find(self, machine: Machine) -> Any:
            raise RuntimeError(machine.variable("ACME").text)

    found = resolve([Registered("acme", Leaky())], fake_machine({"ACME": SECRET}))
    assert found.active
    assert "RuntimeError at " in repr(found.active.finding)
    _assert_object_clean(found)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc")
def test_no_command_line_holds_it(isolated: Callable[..., dict[str, str]], cwd: Path) -> None:
    """While `keyhole trust` waits for an answer, no process has the secret in its arguments."""
    (cwd / ".claude").mkdir()
    (cwd / ".claude" / "settings.json").write_text(
        json.dumps({"env": ALL, "apiKeyHelper": f"echo {SECRET}"})
    )
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "trust"],
        env=isolated(**ALL),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        said = process.stderr.read(len("Trust them?"))
        lines = {path: line for path, line in _command_lines() if MARK.encode() in line}
        out, err = process.communicate("n\n", timeout=30)
    assert said == "Trust them?"
    assert lines == {}
    _assert_clean(out, err, about="trust")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc")
def test_the_program_that_is_run_has_it_in_no_argument(keyhole: Keyhole) -> None:
    """`keyhole run` hands the secret on in a variable, and no process has it in its arguments."""
    scan = """if True:
        import os, pathlib
        secret = os.environ["ANTHROPIC_API_KEY"].encode()
        print("scanned for", len(secret))
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if secret in path.read_bytes():
                    print(path)
            except OSError:
                pass
    """
    done = keyhole("run", "--", sys.executable, "-c", scan, environ={THREE[0]: SECRET})
    assert (done.stdout, done.stderr) == (f"scanned for {len(SECRET)}\n", "")
    assert done.returncode == 0


def _command_lines() -> Iterator[tuple[Path, bytes]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path, path.read_bytes()


def _commands(name: str, spec: dict[str, Any]) -> tuple[list[str], ...]:
    """Every command where it matters; else those that look at every place."""
    if "settings" in spec:
        return LOOKS[:2]
    whole = name.startswith(("every", "env in", "helper in")) or name.endswith("configuration")
    return COMMANDS if whole else LOOKS


def _look(spec: dict[str, Any]) -> Callable[..., Machine]:
    """The machine, with what the command line says in place of its own `--settings`."""
    return lambda **options: fake_machine(**{**spec, **options})


def _settings(spec: dict[str, Any]) -> list[str]:
    given = spec.get("settings")
    if given is None:
        return []
    return ["--settings", given if isinstance(given, str) else json.dumps(given)]


def _surveyed(machine: Machine) -> tuple[Survey | None, KeyholeError | None]:
    """The survey, or the error with which it ends, as if this function had not called."""
    try:
        return survey(machine), None
    except KeyholeError as error:
        traceback = error.__traceback__
        return None, error.with_traceback(traceback.tb_next if traceback else None)


def _parts(found: Survey) -> Iterator[Any]:
    yield from (found, found.warnings, found.plugins, found.resolution, found.machine.config)
    yield from (found.machine.layers, found.machine.claude_state)
    for verdict in found.resolution.verdicts:
        yield from (verdict, verdict.source, verdict.finding, attrs.asdict(verdict.finding))
        if isinstance(verdict.finding, Found) and verdict.finding.usable:
            yield verdict.finding.load
            yield verdict.finding.load(FakeHost(), None)
    for name in ALL:
        yield found.machine.variable(name)
    yield found.machine.setting("apiKeyHelper")


def _assert_object_clean(thing: Any) -> None:
    kind = type(thing).__name__
    held = vars(thing) if hasattr(thing, "__dict__") else {}
    _assert_clean(repr(thing), str(thing), f"{thing}", repr(held), about=kind)
    _assert_clean(json.dumps(thing, default=str), about=f"JSON of {kind}")
    try:
        pickled = pickle.dumps(thing)
    except Exception as error:  # noqa: BLE001  # a refusal is as good as a clean pickle
        _assert_clean(repr(error), about=f"the refusal to pickle {kind}")
    else:
        _assert_clean(repr(pickled), about=f"the pickle of {kind}")


def _assert_error_clean(error: BaseException) -> None:
    """No text about an error or what is behind it, with all locals, holds the secret."""
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        shown = TracebackException.from_exception(link, capture_locals=True).format()
        held = [getattr(link, name, None) for name in dir(link) if not name.startswith("__")]
        _assert_clean(*shown, repr(held), repr(link), str(link), about=repr(type(link)))
        chain += [link.__cause__, link.__context__]


def _assert_clean(*texts: str, about: str) -> None:
    for text in texts:
        spot = text.find(MARK)
        if spot >= 0:
            start = max(0, spot - 300)
            pytest.fail(f"{about} shows the secret: {text[start : spot + 60]}{os.linesep}")
