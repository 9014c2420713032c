"""Claude Code's login: what is said of each state that it can be in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import Absent, Broken, CredentialSource, Found, Ignored, Machine, Secret
from keyhole.errors import HelperError, LoginRequiredError
from keyhole.process import Outcome
from keyhole.testing import CANARY, NOW, Example, FakeHost, SourceContract, fake_machine
from keyhole_login.console_key import ConsoleKey
from keyhole_login.login import Login

FILE = ".claude/.credentials.json"
TOKEN = f"sk-ant-oat01-{CANARY}"
REFRESH = f"sk-ant-ort01-{CANARY}"
LATER = round((NOW + 3600) * 1000)
EARLIER = round((NOW - 3600) * 1000)
ACCOUNT = {
    "emailAddress": "ada@example.com",
    "organizationName": "Engines",
    "organizationUuid": "org-1",
}
STATE: dict[str | Path, Any] = {".claude.json": {"oauthAccount": ACCOUNT}}
CONSOLE: dict[str | Path, Any] = {".claude.json": {"primaryApiKey": f"sk-ant-api03-{CANARY}"}}
MANAGED = Path("/etc/claude-code/managed-settings.json")


def stored(**fields: Any) -> dict[str, Any]:
    """The object of a good login, with some of its fields replaced."""
    return {
        "accessToken": TOKEN,
        "refreshToken": REFRESH,
        "expiresAt": LATER,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
        **fields,
    }


def machine(login: Any = None, files: Mapping[Any, Any] | None = None, **more: Any) -> Machine:
    """A machine with this login."""
    kept = {} if login is None else {FILE: {"claudeAiOauth": login}}
    return fake_machine(files={**kept, **(files or {})}, **more)


def facts(finding: Found | Broken) -> dict[str, str]:
    """What a finding says in its details."""
    return {detail.name: detail.value for detail in finding.details}


class TestLogin(SourceContract):
    def source(self) -> CredentialSource:
        return Login()

    def examples(self) -> Mapping[str, Example]:
        return {
            "good": Example(machine(stored()), Found, loads=True),
            "not logged in": Example(fake_machine(), Absent),
            "an account without a login": Example(machine(files=STATE), Absent),
            "of MCP servers alone": Example(
                fake_machine(files={FILE: {"mcpOAuth": {"x": {"accessToken": CANARY}}}}), Absent
            ),
            "elsewhere": Example(machine(stored(), environ={"CLAUDE_CONFIG_DIR": "/cfg"}), Absent),
            "expired": Example(machine(stored(expiresAt=EARLIER)), Found),
            "dead": Example(machine(stored(expiresAt=EARLIER, refreshToken=None)), Broken),
            "emptied": Example(
                machine(stored(accessToken="", refreshToken="", expiresAt=0)), Broken
            ),
            "without inference": Example(machine(stored(scopes=["user:profile"])), Broken),
            "without inference, with a Console key": Example(
                machine(stored(scopes=["user:profile"]), CONSOLE), Ignored
            ),
            "no object": Example(machine([TOKEN]), Broken),
            "no text": Example(machine(stored(accessToken=[TOKEN])), Broken),
            "with a line break": Example(machine(stored(accessToken=f"{TOKEN}\n")), Broken),
            "torn": Example(fake_machine(files={FILE: f'{{"claudeAiOauth": "{TOKEN}'}), Broken),
            "bare": Example(machine(stored(), bare=True), Ignored),
            "torn and bare": Example(fake_machine(files={FILE: "{"}, bare=True), Ignored),
            "on a Mac": Example(machine(files=STATE, platform="darwin"), Found),
            "for a URL with a password": Example(
                machine(stored(), environ={"ANTHROPIC_BASE_URL": f"https://a:{CANARY}@b.test"}),
                Broken,
            ),
            "of another organisation": Example(
                machine(stored(), {**STATE, MANAGED: {"forceLoginOrgUUID": "org-2"}}), Broken
            ),
        }


class TestConsoleKey(SourceContract):
    def source(self) -> CredentialSource:
        return ConsoleKey()

    def examples(self) -> Mapping[str, Example]:
        return {
            "there": Example(machine(files=CONSOLE), Found, loads=True),
            "not there": Example(machine(stored()), Absent),
            "bare": Example(machine(files=CONSOLE, bare=True), Ignored),
            "with a space": Example(
                machine(files={".claude.json": {"primaryApiKey": f"sk {CANARY}"}}), Broken
            ),
            "for a URL with a password": Example(
                machine(files=CONSOLE, environ={"ANTHROPIC_BASE_URL": f"https://a:{CANARY}@b.t"}),
                Broken,
            ),
        }


def test_expiry_and_renewal_are_separate_facts() -> None:
    """Good, expired but renewable, and ended for good are three answers with the same facts."""
    good = Login().find(machine(stored()))
    expired = Login().find(machine(stored(expiresAt=EARLIER)))
    dead = Login().find(machine(stored(expiresAt=EARLIER, refreshToken="")))
    assert isinstance(good, Found)
    assert isinstance(expired, Found)
    assert isinstance(dead, Broken)
    assert (good.usable, expired.usable) == (True, None)
    assert good.expires_at == LATER / 1000
    said = [(facts(one)["expired"], facts(one)["renewable"][:3]) for one in (good, expired, dead)]
    assert said == [("no", "yes"), ("yes", "yes"), ("yes", "no")]
    assert "can't be renewed" in dead.reason
    assert "keyhole login" in dead.remedy


def test_the_account_is_shown() -> None:
    """Plan, account and organisation are said, and what would move the cursor is escaped."""
    state = {".claude.json": {"oauthAccount": {**ACCOUNT, "organizationName": "E\x1b[31m"}}}
    finding = Login().find(machine(stored(), state))
    assert isinstance(finding, Found)
    assert facts(finding)["plan"] == "max"
    assert facts(finding)["account"] == "ada@example.com"
    assert facts(finding)["org"] == "E\\x1b[31m"


def test_an_expired_login_is_left_to_claude_code() -> None:
    """Loading an expired login sends nothing, and says that Claude Code renews it."""
    finding = Login().find(machine(stored(expiresAt=EARLIER)))
    assert isinstance(finding, Found)
    assert finding.native
    host = FakeHost()
    with pytest.raises(LoginRequiredError, match="only Claude Code renews it"):
        finding.load(host, None)
    assert not host.requests
    assert not host.commands


def test_a_file_that_names_an_account_is_half_a_login() -> None:
    """Where the state file was copied without the login, the reason names both files."""
    finding = Login().find(machine(files=STATE))
    assert isinstance(finding, Absent)
    assert ".claude.json:1 (oauthAccount) names an account" in finding.reason
    assert ".credentials.json is not there" in finding.reason


@pytest.mark.parametrize(
    ("pinned", "organisation", "outcome"),
    [
        ("org-1", "org-1", Found),
        (["org-2", "org-1"], "org-1", Found),
        ("org-2", "org-1", Broken),
        (["org-2", "org-3"], "org-1", Broken),
        ([], "org-1", Broken),
        ([], "", Broken),
        ("org-2", "", Found),
        (7, "org-1", Found),
    ],
)
def test_the_administrators_organisation_counts(
    pinned: Any, organisation: str, outcome: type
) -> None:
    """A login of another organisation can't be used; one that says none is used with a warning."""
    files = {MANAGED: {"forceLoginOrgUUID": pinned}}
    finding = Login().find(machine(stored(organizationUuid=organisation), files))
    assert isinstance(finding, outcome)
    assert bool(finding.warnings) == (not organisation)


def test_only_an_administrator_pins_the_organisation() -> None:
    """The same key in the user's own settings does nothing, as in Claude Code."""
    files = {**STATE, ".claude/settings.json": {"forceLoginOrgUUID": "org-2"}}
    assert isinstance(Login().find(machine(stored(), files)), Found)


@pytest.mark.parametrize(
    ("pinned", "outcome"),
    [
        ({"forceLoginMethod": "console"}, Found),
        ({"forceLoginMethod": "claudeai"}, Broken),
        ({"forceLoginOrgUUID": "org-1"}, Found),
        ({"forceLoginOrgUUID": "org-2"}, Broken),
    ],
)
def test_an_administrator_may_refuse_a_console_key(pinned: dict[str, str], outcome: type) -> None:
    """A Console login's key is used where its kind and its organisation are asked for."""
    state = {".claude.json": {**CONSOLE[".claude.json"], "oauthAccount": ACCOUNT}}
    finding = ConsoleKey().find(machine(files={**state, MANAGED: pinned}))
    assert isinstance(finding, outcome)


def test_the_organisation_of_a_mac_counts_before_its_keychain_is_opened() -> None:
    """On a Mac the state file's word decides, so that no keychain need be opened."""
    managed = Path("/Library/Application Support/ClaudeCode/managed-settings.json")
    files = {**STATE, managed: {"forceLoginOrgUUID": "org-2"}}
    assert isinstance(Login().find(machine(files=files, platform="darwin")), Broken)


# The macOS keychain


def on_mac(**environ: str) -> Found:
    """What is said of a Mac whose keychain holds the login."""
    folder = environ.get("CLAUDE_CONFIG_DIR", "")
    state = {Path(folder) / ".claude.json" if folder else ".claude.json": STATE[".claude.json"]}
    finding = Login().find(
        machine(files=state, platform="darwin", environ={"USER": "ada", **environ})
    )
    assert isinstance(finding, Found)
    return finding


def answers(code: int | None, stdout: str = "") -> FakeHost:
    """A host whose keychain gives this."""
    host = FakeHost()
    host.outcomes.append(Outcome(code, stdout.encode(), b"", 0.1))
    return host


def test_the_keychain_is_opened_only_to_load() -> None:
    """Loading asks for the item by service and account, and gives the token that it holds."""
    host = answers(0, json.dumps({"claudeAiOauth": stored()}) + "\n")
    credential = on_mac().load(host, None)
    assert credential.secret == Secret(TOKEN)
    line = host.commands[0].line
    assert line.endswith("find-generic-password -s 'Claude Code-credentials' -a ada -w")


def test_each_configuration_folder_has_an_item_of_its_own() -> None:
    """With CLAUDE_CONFIG_DIR the service ends with eight digits of the folder's digest."""
    host = answers(0, json.dumps({"claudeAiOauth": stored()}))
    on_mac(CLAUDE_CONFIG_DIR="/cfg").load(host, None)
    digits = hashlib.sha256(b"/cfg").hexdigest()[:8]
    assert f"'Claude Code-credentials-{digits}'" in host.commands[0].line


@pytest.mark.parametrize(
    ("code", "stdout", "error", "said"),
    [
        (44, "", LoginRequiredError, "no such item"),
        (36, "", HelperError, "the keychain is locked"),
        (None, "", HelperError, "did not answer within 20 seconds"),
        (0, "", LoginRequiredError, "does not hold what Claude Code keeps"),
        (0, f'"{TOKEN}"', LoginRequiredError, "does not hold what Claude Code keeps"),
        (0, "{}", LoginRequiredError, "holds no login"),
        (0, json.dumps({"claudeAiOauth": stored(accessToken="")}), LoginRequiredError, "no login"),
        (
            0,
            json.dumps({"claudeAiOauth": stored(expiresAt=EARLIER)}),
            LoginRequiredError,
            "expired",
        ),
    ],
)
def test_a_keychain_that_gives_nothing(
    code: int | None, stdout: str, error: type[Exception], said: str
) -> None:
    """Each way in which a keychain fails is named, and none shows what it holds."""
    with pytest.raises(error, match=said) as caught:
        on_mac().load(answers(code, stdout), None)
    assert CANARY not in repr(caught.value) + str(caught.value)


# Whatever a file holds

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
FIELDS = [
    "accessToken",
    "refreshToken",
    "expiresAt",
    "scopes",
    "subscriptionType",
    "organizationUuid",
]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from(["linux", "darwin"]))
def test_any_login_has_an_answer(login: dict[str, Any], platform: str) -> None:
    """Whatever the file holds, the answer is one of the four and no error."""
    finding = Login().find(machine(login, platform=platform))
    assert isinstance(finding, Absent | Broken | Found)
    if isinstance(finding, Found) and finding.usable:
        assert finding.load(FakeHost(), None).headers()
