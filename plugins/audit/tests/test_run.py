"""Checks of others run beside keyhole's own, and none takes the others down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keyhole import Notice, Severity, View, Where
from keyhole.message import Response
from keyhole.testing import FakeHost, no_effects
from keyhole_audit.checks import checks
from keyhole_audit.checks.rule import Rule
from keyhole_audit.exceptions import Exceptions
from keyhole_audit.look import look
from keyhole_audit.run import chosen, run
from keyhole_audit.screen import render

HEADER = {"mcpServers": {"a": {"type": "http", "url": "https://mcp.example.com/x"}}}


def _acme(view: View) -> Iterator[Notice]:
    for seen in view.files:
        yield Notice(Where(str(seen.path)), "it is there", "remove it")


def _failing(view: View) -> Iterator[Notice]:
    raise RuntimeError("canary-" + str(view.machine.cwd))


def test_a_check_of_somebody_else(site: Any) -> None:
    """A check is an object with a code, and what it yields stands in the report."""
    site.write("project/.mcp.json", {})
    seen = site.look()
    report = run(
        seen, [Rule("ACME101", Severity.LOW, "any", _acme)], Exceptions(site.machine(), ())
    )
    assert site.said(report) == ["ACME101 project/.mcp.json"]


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (Rule("ACME101", Severity.LOW, "any", _failing), "the check ACME101 failed: RuntimeError"),
        (Rule("ACME102", Severity.LOW, "any", lambda _: [3]), "the check ACME102 gave a int"),  # type: ignore[list-item]  # the mistake that is tested
    ],
)
def test_a_check_that_fails(check: Rule, said: str, site: Any) -> None:
    """A check that raises, or yields something else, is said without its text; nothing is clean."""
    site.write("project/.mcp.json", {})
    every = [check, Rule("ACME109", Severity.LOW, "any", _acme)]
    report = run(site.look(), every, Exceptions(site.machine(), ()))
    (problem,) = report.problems
    assert problem.startswith(said)
    assert "canary" not in render(report, site.machine(), 80)
    assert site.codes(report) == ["ACME109"]
    assert not report.is_clean


def test_codes_are_chosen_by_their_beginning() -> None:
    """`--select` takes codes and families, and `--ignore` wins over it."""
    codes = [check.code for check in chosen(checks(), select=["KH1", "KH501"], ignore=["KH109"])]
    assert "KH101" in codes
    assert "KH501" in codes
    assert not {"KH109", "KH502", "KH301"} & set(codes)


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([(404, b""), (200, b'{"authorization_servers": ["https://as.example"]}')], ["KH506"]),
        ([(200, b"{}"), (200, b"no json")], []),
        ([(302, b""), (500, b"")], []),
    ],
)
def test_a_server_that_announces_oauth(
    answers: list[tuple[int, bytes]], codes: list[str], site: Any, secret: Any
) -> None:
    """With `--online` a server is asked for its metadata, without any credential."""
    server = {**HEADER["mcpServers"]["a"], "headers": {"X-Api-Key": secret("random")}}
    site.write("project/.mcp.json", {"mcpServers": {"a": server}})
    host = FakeHost()
    host.responses = [Response(status, body=body) for status, body in answers]
    seen = look(site.machine(), host, site.installed, [site.project / ".mcp.json"], online=True)
    report = run(seen, chosen(checks(), select=["KH506"]), Exceptions(site.machine(), ()))
    assert site.codes(report) == codes
    assert [request.url for request in host.requests] == [
        "https://mcp.example.com/.well-known/oauth-protected-resource/x",
        "https://mcp.example.com/.well-known/oauth-protected-resource",
    ]
    assert secret("random") not in repr(host.requests)


def test_the_network_is_not_used_unasked(site: Any) -> None:
    """Without `--online` no check gets a network."""
    assert site.look().view.send is None


def test_a_git_that_can_not_be_asked_is_said(site: Any) -> None:
    """Where git fails, the report says so and is not clean."""
    site.write("project/.git/HEAD", "nothing of git's")
    site.write("project/.mcp.json", {})
    (problem,) = site.audit().problems
    assert "git could not be asked" in problem


@pytest.mark.parametrize(
    ("folder", "path"),
    [(".", ".claude"), (".", ".claude/skills"), (".claude", "."), (".", ".github")],
)
def test_a_folder_is_audited_as_a_part_of_the_whole(folder: str, path: str, site: Any) -> None:
    """Of a folder the same is said as of all that it lies in, by whatever way it is named."""
    env = {"ANTHROPIC_BASE_URL": "https://gateway.example.com", "GITHUB_TOKEN": "@@github@@"}
    site.write("project/.claude/settings.json", {"env": env})
    site.write("project/.claude/settings.local.json", {"env": env})
    site.write("project/.claude/skills/deploy/venv/run.py", 'TOKEN = "@@npm@@"\n')
    site.write("project/.github/workflows/claude.yml", "env:\n  NPM_TOKEN: @@npm@@\n")
    site.git("init", "-q")
    site.git("add", ".")
    part = site.project / folder / path
    whole = [one.notice for one in site.audit(Path()).flagged]
    said = [one.notice for one in site.audit(Path(path), cwd=site.project / folder).flagged]
    assert said == [one for one in whole if Path(one.where.place).is_relative_to(part)] != []


def test_checks_only_look(site: Any) -> None:
    """No check runs a program, uses the network or writes a file."""
    site.write("project/.mcp.json", HEADER)
    site.write(".claude/settings.json", {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}})
    seen = site.look()
    with no_effects():
        report = run(seen, checks(), Exceptions(site.machine(), ()))
    assert site.codes(report) == ["KH102"]
