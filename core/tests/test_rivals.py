"""What `claude` would use instead of the winner: named and refused; and what would not be used."""

from __future__ import annotations

from typing import Any

import pytest

from keyhole.claude_code import PROFILE_VARIABLES
from keyhole.claude_start import Start
from keyhole.errors import RefusedError
from keyhole.frozen import evolve
from keyhole.handover import PRINTS, to_child, to_claude
from keyhole.wire import Wire

KEY = "sk-ant-api03-fake-rivals-0123456789"
USER = ".claude/settings.json"
PROJECT = "project/.claude/settings.json"
MANAGED = "/etc/claude-code/managed-settings.json"
STATE = ".claude.json"
HELPER = {"apiKeyHelper": "echo fake-rival"}
CLOUD: dict[str, Any] = {"name": "vertex", "wire": Wire.provider("authorization"), "native": True}
LOGIN = Wire.login("authorization")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        ([], Start()),
        (["-p", "hi"], Start(prints=True)),
        (["--print"], Start(prints=True)),
        (["-cp", "hi"], Start(prints=True)),
        (["--model", "opus"], Start()),
        (["--bare", "--settings", "{}"], Start(bare=True, settings="{}")),
        (["--settings=a.json"], Start(settings="a.json")),
        (["--settings"], Start()),
        (["--setting-sources", "user, project"], Start(sources=frozenset({"user", "project"}))),
        (["--setting-sources="], Start(sources=frozenset({""}))),
    ],
)
def test_a_command_line_is_read(arguments: list[str], start: Start) -> None:
    """What decides about credentials is found in either spelling, and nothing else."""
    first = arguments[0] if arguments else ""
    assert Start.of(arguments) == evolve(start, first=first)


@pytest.mark.parametrize("start", [Start(), PRINTS], ids=["asks", "prints"])
@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_a_key_that_was_rejected_is_for_print_mode_alone(
    rotating: Any, start: Start, answer: str
) -> None:
    """A session that asks would not use such a key, and another account would pay: refused."""
    files = {STATE: {"customApiKeyResponses": {answer: [KEY[-20:]]}}}
    resolved = rotating(KEY, files=files).resolved
    if answer == "approved" or start.prints:
        assert to_claude(resolved, start).variables["ANTHROPIC_API_KEY"] == KEY
        return
    with pytest.raises(RefusedError, match="told not to use") as raised:
        to_claude(resolved, start)
    assert STATE in raised.value.where
    assert KEY[-20:] not in str(raised.value)


@pytest.mark.parametrize("first", ["--version", "--help", "mcp", "doctor"])
def test_a_rejected_key_stands_in_no_way_that_needs_none(rotating: Any, first: str) -> None:
    """What asks no model is run whatever was answered, and an approval counts before a rejection."""
    tails = [KEY[-20:]]
    rejected = {STATE: {"customApiKeyResponses": {"rejected": tails}}}
    assert to_claude(rotating(KEY, files=rejected).resolved, Start.of([first, "list"])).variables
    both = {STATE: {"customApiKeyResponses": {"rejected": tails, "approved": tails}}}
    assert to_claude(rotating(KEY, files=both).resolved, Start()).variables


@pytest.mark.parametrize(
    ("billing", "settings"),
    [
        ("aws", {"env": {"AWS_PROFILE": "theirs"}}),
        ("google-cloud", {"env": {"GOOGLE_CLOUD_PROJECT": "theirs"}}),
        ("google-cloud", {"env": {"CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"}}),
        ("azure", {"env": {"AZURE_TENANT_ID": "theirs"}}),
        ("aws", {"awsCredentialExport": "./theirs"}),
        ("aws", {"awsAuthRefresh": "./theirs"}),
        ("google-cloud", {"gcpAuthRefresh": "./theirs"}),
    ],
    ids=repr,
)
def test_a_clone_tells_no_provider_which_account_to_take(
    rotating: Any, billing: str, settings: dict[str, Any]
) -> None:
    """What an untrusted folder says to a provider is shown, and `claude`, which follows it, refused."""
    resolved = rotating(KEY, files={PROJECT: settings}, billing=billing, **CLOUD).resolved
    with pytest.raises(RefusedError, match="not trusted") as raised:
        to_claude(resolved)
    assert PROJECT in raised.value.where
    assert "keyhole trust" in raised.value.remedy
    assert any("passed over" in warning for warning in resolved.survey.warnings)


@pytest.mark.parametrize(
    ("start", "env", "billing"),
    [
        (Start(), {"AWS_REGION": "theirs"}, "aws"),
        (Start(prints=True, bare=True), {"AWS_REGION": "theirs"}, "aws"),
        (Start(prints=True, sources=frozenset({"user"})), {"AWS_REGION": "theirs"}, "aws"),
        (PRINTS, {"AWS_REGION": "theirs"}, "google-cloud"),
        (PRINTS, {"AWS_REGION": "ours"}, "aws"),
    ],
    ids=["asks first", "bare", "not read", "another provider's", "nothing else"],
)
def test_what_a_clone_says_and_claude_does_not_follow(
    rotating: Any, start: Start, env: dict[str, str], billing: str
) -> None:
    """What `claude` would not read, would ask about, or does not concern the winner refuses nobody."""
    options: dict[str, Any] = {"environ": {"AWS_REGION": "ours"}, "billing": billing, **CLOUD}
    held = rotating(KEY, files={PROJECT: {"env": env}}, **options)
    assert to_claude(held.resolved, start).arguments == ()


@pytest.mark.parametrize("place", [USER, MANAGED])
def test_who_is_trusted_may_tell_it(rotating: Any, place: str) -> None:
    """The user's own settings and an administrator's are followed, by `claude` and here alike."""
    files = {place: {"env": {"AWS_PROFILE": "ours"}, "awsAuthRefresh": "aws sso login"}}
    resolved = rotating(KEY, files=files, **CLOUD).resolved
    assert to_claude(resolved).arguments == ()
    assert not any("passed over" in warning for warning in resolved.survey.warnings)


def test_a_clones_tools_are_its_own(rotating: Any) -> None:
    """A profile for a project's own tools stands in no API key's way."""
    files = {PROJECT: {"env": {"AWS_PROFILE": "theirs"}}}
    assert to_claude(rotating(KEY, files=files).resolved).variables["ANTHROPIC_API_KEY"] == KEY


@pytest.mark.parametrize("place", [USER, MANAGED])
@pytest.mark.parametrize("skips", [False, True])
def test_a_provider_leaves_no_place_for_a_helper(rotating: Any, place: str, *, skips: bool) -> None:
    """A helper is no provider's rival, unless the provider's own authentication is skipped."""
    environ = {"CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"} if skips else {}
    resolved = rotating(KEY, files={place: HELPER}, environ=environ, **CLOUD).resolved
    if skips and place == MANAGED:
        with pytest.raises(RefusedError, match="apiKeyHelper"):
            to_claude(resolved)
        return
    assert bool(to_claude(resolved).arguments) is skips


@pytest.mark.parametrize("bare", ["", "1"])
def test_no_helper_of_a_file_is_run_bare(rotating: Any, bare: str) -> None:
    """With `--bare` only the helper of `--settings` counts, so that an administrator's is no rival."""
    environ = {"CLAUDE_CODE_SIMPLE": bare}
    resolved = rotating(KEY, files={MANAGED: HELPER}, environ=environ).resolved
    if bare:
        assert to_claude(resolved).arguments == ()
        return
    with pytest.raises(RefusedError, match="apiKeyHelper"):
        to_claude(resolved)


@pytest.mark.parametrize("sources", [None, {"user"}, {"project", "local"}])
def test_a_winner_that_claude_is_to_find_must_be_read(
    rotating: Any, sources: set[str] | None
) -> None:
    """Where `--setting-sources` leaves out the file of the winner, `claude` is not started."""
    where = (
        rotating(KEY, files={USER: HELPER}).resolved.survey.machine.setting("apiKeyHelper").where
    )
    resolved = rotating(KEY, files={USER: HELPER}, native=True, where=where).resolved
    start = Start(sources=None if sources is None else frozenset(sources))
    if sources is None or "user" in sources:
        assert to_claude(resolved, start).arguments == ()
        return
    with pytest.raises(RefusedError, match="leaves out 'user'") as raised:
        to_claude(resolved, start)
    assert USER in raised.value.where


@pytest.mark.parametrize("selectors", [frozenset(), frozenset({"ACME_TOKEN"})])
def test_a_winner_that_claude_would_pass_over_is_refused(
    surveyed: Any, rotating: Any, selectors: frozenset[str]
) -> None:
    """What `claude` finds before the winner and can't be kept from is named; a variable can be."""
    held = rotating(KEY, native=True, wire=LOGIN)
    rival = rotating("fake", name="rival", wire=LOGIN, native=True, selectors=selectors).source
    # The configuration puts it behind the winner, and Claude Code's own order does not.
    held.source.priority, rival.priority = 100, 400
    files = {".config/keyhole/config.toml": "[priority]\nrotating = 900\n"}
    held = rotating(KEY, files=files, native=True, wire=LOGIN)
    held.source.priority = 100
    held.resolved.survey = surveyed(held.source, rival, machine=held.resolved.survey.machine)
    assert held.resolved.survey.resolution.active.source.name == "rotating"
    if selectors:
        assert held.resolved.survey.warnings
        assert to_claude(held.resolved).removed >= selectors
        return
    with pytest.raises(RefusedError, match="would use rival before rotating"):
        to_claude(held.resolved)


@pytest.mark.parametrize("name", PROFILE_VARIABLES)
def test_no_profile_takes_the_winners_place(rotating: Any, name: str) -> None:
    """What chooses a profile reaches no child; where Claude Code itself would follow it, that is said."""
    environ = {name: "theirs"}
    login = rotating(KEY, environ=environ, native=True, wire=LOGIN)
    login.source.priority = 400
    for handover in (to_child(login.resolved), to_claude(login.resolved)):
        assert name not in handover.environment(environ)
    said = [rotating(KEY, environ=environ, wire=Wire.header("x-api-key")).resolved.survey.warnings]
    assert not any(name in warning for warnings in said for warning in warnings)


@pytest.mark.parametrize(("priority", "warned"), [(400, True), (500, False)])
def test_a_profile_before_the_login_is_said(
    surveyed: Any, rotating: Any, priority: int, *, warned: bool
) -> None:
    """A profile ranks between a setup token and the login, and no source knows profiles."""
    held = rotating(KEY, environ={"ANTHROPIC_PROFILE": "theirs"}, native=True, wire=LOGIN)
    held.source.priority = priority
    found = surveyed(held.source, machine=held.resolved.survey.machine)
    assert any("ANTHROPIC_PROFILE is set" in warning for warning in found.warnings) is warned
