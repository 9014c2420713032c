"""Handing exactly one credential to a child: what it gets, what it loses, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keyhole.claude_code import PROVIDER_FLAGS
from keyhole.credential import API_KEY, BEARER, HELPER_OUTPUT, OAUTH_TOKEN, Kind
from keyhole.errors import RefusedError
from keyhole.handover import Handover, is_claude, to_child, to_claude
from keyhole.where import Where

KEY = "sk-ant-api03-fake-handover-0123456789"
RIVAL = "sk-ant-fake-rival-0123456789"
RIVALS = {
    "ANTHROPIC_AUTH_TOKEN": RIVAL,
    "ANTHROPIC_API_KEY": RIVAL,
    "CLAUDE_CODE_OAUTH_TOKEN": RIVAL,
    **dict.fromkeys(PROVIDER_FLAGS, "1"),
}
USER = ".claude/settings.json"
PROJECT = "project/.claude/settings.json"
MANAGED = "/etc/claude-code/managed-settings.json"
BY_HOST = "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"
NO_HELPER = ("--settings", '{"apiKeyHelper": ""}')

either = pytest.mark.parametrize("hand_over", [to_child, to_claude], ids=["a child", "claude"])
HandOver = Callable[[Any], Handover]


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """What in an environment chooses a credential."""
    return {name: environ[name] for name in sorted(RIVALS) if name in environ}


@either
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (API_KEY, {"ANTHROPIC_API_KEY"}),
        (BEARER, {"ANTHROPIC_AUTH_TOKEN"}),
        (OAUTH_TOKEN, {"CLAUDE_CODE_OAUTH_TOKEN"}),
        (HELPER_OUTPUT, {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"}),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_the_winners_variables_and_no_rivals(
    rotating: Any, hand_over: HandOver, kind: Kind, names: set[str]
) -> None:
    """The child has the winner's variables, none of a rival's, and all that is neither."""
    shared = {"PATH": "/bin", "AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "fake", "LANG": "C"}
    environ = hand_over(rotating(KEY, kind=kind).resolved).environment({**RIVALS, **shared})
    assert _credentials(environ) == dict.fromkeys(names, KEY)
    assert environ.items() >= shared.items()
    assert RIVAL not in environ.values()


@either
def test_a_third_partys_selectors_are_removed_too(
    surveyed: Any, rotating: Any, hand_over: HandOver
) -> None:
    """What any installed source declares as its selector is taken from the child."""
    loser = rotating("fake", name="loser", selectors=frozenset({"ACME_KEY"})).source
    loser.priority = 1
    held = rotating(KEY)
    held.resolved.survey = surveyed(held.source, loser)
    environ = hand_over(held.resolved).environment({"ACME_KEY": "fake", "ACME_REGION": "x"})
    assert "ACME_KEY" not in environ
    assert environ["ACME_REGION"] == "x"


@either
@pytest.mark.parametrize("ambient", [{}, {"ANTHROPIC_BASE_URL": "https://gateway.acme.test"}])
def test_the_credential_goes_to_its_own_endpoint(
    rotating: Any, hand_over: HandOver, ambient: dict[str, str]
) -> None:
    """The child is pointed to the credential's endpoint, whatever the parent was pointed to."""
    own = hand_over(rotating(KEY, environ=ambient, endpoint="https://own.acme.test").resolved)
    assert own.environment(ambient)["ANTHROPIC_BASE_URL"] == "https://own.acme.test"
    vendors = hand_over(rotating(KEY, environ=ambient).resolved)
    assert "ANTHROPIC_BASE_URL" not in vendors.environment(ambient)


@either
def test_custom_headers_bring_no_rival(rotating: Any, hand_over: HandOver) -> None:
    """A credential in ANTHROPIC_CUSTOM_HEADERS, which every client sends, does not reach the child."""
    ambient = {"ANTHROPIC_CUSTOM_HEADERS": f"X-Team: blue\nX-Api-Key: {RIVAL}"}
    try:
        environ = hand_over(rotating(KEY, environ=ambient).resolved).environment(ambient)
    except RefusedError as error:
        assert "ANTHROPIC_CUSTOM_HEADERS" in str(error)
        return
    assert RIVAL not in repr(environ)


def test_a_subscriptions_token_is_for_claude_alone(rotating: Any) -> None:
    """A subscription's token is handed to `claude`, and to no other program unless allowed."""
    options: dict[str, Any] = {"kind": OAUTH_TOKEN, "billing": "subscription"}
    held = rotating(KEY, **options)
    with pytest.raises(RefusedError, match="handed to `claude` alone"):
        to_child(held.resolved)
    assert not held.source.asked
    assert to_claude(held.resolved).variables["CLAUDE_CODE_OAUTH_TOKEN"] == KEY
    allowed = {".config/keyhole/config.toml": '[subscription]\nuse = "any"'}
    handover = to_child(rotating(KEY, files=allowed, **options).resolved)
    assert handover.variables["CLAUDE_CODE_OAUTH_TOKEN"] == KEY


@pytest.mark.parametrize(
    ("program", "yes"),
    [
        ("claude", True),
        ("/usr/local/bin/claude", True),
        ("./claude", True),
        ("claude.exe", True),
        ("claude.cmd", True),
        ("claude.py", False),
        ("claude.d", False),
        ("claude-thief", False),
        ("myclaude", False),
        ("claude/thief", False),
        ("python", False),
        ("", False),
    ],
)
def test_who_is_claude(program: str, *, yes: bool) -> None:
    """Only a program of that name is Claude Code, with or without the endings of Windows."""
    assert is_claude(program) is yes


@pytest.mark.parametrize("name", sorted(RIVALS))
@pytest.mark.parametrize("place", [USER, PROJECT, "project/.claude/settings.local.json"])
def test_settings_do_not_bring_a_rival_back(rotating: Any, name: str, place: str) -> None:
    """A rival in settings, of an untrusted folder too, is kept out of `claude` by its own switch."""
    files = {place: {"env": {name: RIVAL}}}
    handover = to_claude(rotating(KEY, files=files).resolved)
    assert handover.variables[BY_HOST] == "1"
    assert handover.variables["ANTHROPIC_API_KEY"] == KEY
    assert handover.arguments == ()


def test_the_switch_is_not_set_without_need(rotating: Any) -> None:
    """Settings without such variables leave Claude Code's own behaviour as it is."""
    files = {USER: {"env": {"EDITOR": "vi"}, "model": "opus"}}
    assert to_claude(rotating(KEY, files=files).resolved).variables == {"ANTHROPIC_API_KEY": KEY}


@pytest.mark.parametrize("name", [*PROVIDER_FLAGS, "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_an_administrators_rival_is_named_and_refused(rotating: Any, name: str) -> None:
    """What managed settings bring back can't be kept away: it is named with its place."""
    files = {MANAGED: {"env": {name: "1"}}}
    with pytest.raises(RefusedError, match=name) as raised:
        to_claude(rotating(KEY, files=files).resolved)
    assert raised.value.where.startswith(MANAGED)
    assert raised.value.remedy


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"ANTHROPIC_API_KEY": ""},
        {"ANTHROPIC_API_KEY": "  "},
        dict.fromkeys(PROVIDER_FLAGS, "0"),
        {"CLAUDE_CODE_USE_BEDROCK": "false"},
        {"EDITOR": "vi"},
    ],
    ids=["nothing", "empty", "white space", "switched off", "false", "another"],
)
def test_what_an_administrator_switches_off_is_no_rival(rotating: Any, env: dict[str, str]) -> None:
    """A managed variable that is empty or off brings nothing back, and refuses nobody."""
    handover = to_claude(rotating(KEY, files={MANAGED: {"env": env}}).resolved)
    assert handover.variables["ANTHROPIC_API_KEY"] == KEY


def test_an_administrators_own_credential_may_win(rotating: Any) -> None:
    """Where the managed variable is the winner itself, `claude` is started."""
    files = {MANAGED: {"env": {"ANTHROPIC_API_KEY": KEY}}}
    held = rotating(KEY, files=files)
    where = held.resolved.survey.machine.variable("ANTHROPIC_API_KEY").where
    held = rotating(KEY, files=files, where=where)
    assert to_claude(held.resolved).variables["ANTHROPIC_API_KEY"] == KEY


def test_an_administrators_gateway_is_no_rival(rotating: Any) -> None:
    """A managed base URL that the winner itself is for refuses nobody."""
    gateway = "https://gateway.acme.test"
    files = {MANAGED: {"env": {"ANTHROPIC_BASE_URL": gateway}}}
    handover = to_claude(rotating(KEY, files=files, endpoint=gateway).resolved)
    assert handover.variables["ANTHROPIC_BASE_URL"] == gateway


def test_an_administrators_other_gateway_is_refused(rotating: Any) -> None:
    """A managed base URL that would take the winner elsewhere is named and refused."""
    files = {MANAGED: {"env": {"ANTHROPIC_BASE_URL": "https://gateway.acme.test"}}}
    with pytest.raises(RefusedError, match="ANTHROPIC_BASE_URL"):
        to_claude(rotating(KEY, files=files).resolved)


@pytest.mark.parametrize("place", [USER, PROJECT, "project/.claude/settings.local.json"])
def test_a_rival_helper_is_switched_off(rotating: Any, place: str) -> None:
    """A helper in anybody's settings, trusted or not, is switched off by an argument."""
    files = {place: {"apiKeyHelper": f"echo {RIVAL}"}}
    handover = to_claude(rotating(KEY, files=files).resolved)
    assert handover.arguments == NO_HELPER
    assert RIVAL not in repr(handover)


def test_a_helper_that_is_off_needs_nothing(rotating: Any) -> None:
    """Where the strongest settings switch the helper off already, no argument is added."""
    files = {PROJECT: {"apiKeyHelper": ""}, USER: {"apiKeyHelper": f"echo {RIVAL}"}}
    assert to_claude(rotating(KEY, files=files).resolved).arguments == ()


def test_an_administrators_helper_is_named_and_refused(rotating: Any) -> None:
    """A managed helper can't be switched off: it is named with its place."""
    files = {MANAGED: {"apiKeyHelper": f"echo {RIVAL}"}}
    with pytest.raises(RefusedError, match="apiKeyHelper") as raised:
        to_claude(rotating(KEY, files=files).resolved)
    assert raised.value.where.startswith(MANAGED)
    assert RIVAL not in str(raised.value)


@pytest.mark.parametrize(
    "settings", [{"model": "opus"}, {"apiKeyHelper": f"echo {RIVAL}"}, {"env": {"A": "b"}}]
)
def test_two_settings_arguments_are_refused(rotating: Any, settings: dict[str, Any]) -> None:
    """With `--settings` of the caller's own, the caller is told what to put into it."""
    files = {USER: {"apiKeyHelper": f"echo {RIVAL}"}}
    with pytest.raises(RefusedError) as raised:
        to_claude(rotating(KEY, files=files, settings=settings).resolved)
    assert '"apiKeyHelper": ""' in raised.value.remedy
    assert RIVAL not in str(raised.value)


def test_settings_that_switch_the_helper_off_are_enough(rotating: Any) -> None:
    """With that in the caller's own `--settings`, `claude` is started."""
    files = {USER: {"apiKeyHelper": f"echo {RIVAL}"}}
    settings = {"apiKeyHelper": "", "model": "opus"}
    handover = to_claude(rotating(KEY, files=files, settings=settings).resolved)
    assert handover.variables["ANTHROPIC_API_KEY"] == KEY
    assert handover.arguments == ()


def test_what_claude_finds_by_itself_is_left_to_it(rotating: Any) -> None:
    """A winner that `claude` finds and renews itself is neither loaded nor put in a variable."""
    held = rotating(KEY, native=True, billing="subscription")
    handover = to_claude(held.resolved)
    assert KEY not in handover.variables.values()
    assert not held.source.asked
    assert _credentials(handover.environment(RIVALS)) == {}


def test_what_claude_finds_it_by_is_kept(rotating: Any) -> None:
    """The variables by which `claude` finds such a winner stay in the environment."""
    rivals = {name: text for name, text in RIVALS.items() if name not in PROVIDER_FLAGS}
    ambient = {**rivals, "CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "europe-west1"}
    held = rotating(
        KEY,
        name="vertex",
        native=True,
        environ=ambient,
        selectors=frozenset({"CLAUDE_CODE_USE_VERTEX"}),
    )
    environ = to_claude(held.resolved).environment(ambient)
    assert _credentials(environ) == {"CLAUDE_CODE_USE_VERTEX": "1"}
    assert environ["CLOUD_ML_REGION"] == "europe-west1"


def test_the_winning_helper_stays_on(rotating: Any) -> None:
    """The helper that wins is left to `claude`, which runs it again whenever it likes."""
    files = {USER: {"apiKeyHelper": "echo fake"}}
    probe = rotating(KEY, files=files).resolved.survey.machine
    where = probe.setting("apiKeyHelper").where
    assert isinstance(where, Where)
    handover = to_claude(rotating(KEY, files=files, native=True, where=where).resolved)
    assert handover.arguments == ()


def test_a_stronger_helper_of_a_clone_is_refused(rotating: Any) -> None:
    """A helper of an untrusted folder that `claude` would run instead of the winning one is named."""
    files = {USER: {"apiKeyHelper": "echo fake"}, PROJECT: {"apiKeyHelper": f"echo {RIVAL}"}}
    where = rotating(KEY, files=files).resolved.survey.machine.setting("apiKeyHelper").where
    assert where.place.endswith(USER)
    with pytest.raises(RefusedError) as raised:
        to_claude(rotating(KEY, files=files, native=True, where=where).resolved)
    assert PROJECT in raised.value.where


def test_nothing_of_it_shows(rotating: Any) -> None:
    """A handover's repr holds no variable's value."""
    assert KEY not in repr(to_child(rotating(KEY).resolved))
