"""The source keeps the contract that every source keeps, and looks where Claude Code looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keyhole import Absent, Broken, CredentialSource, Found, Ignored, Wire
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_api_key_helper.source import ApiKeyHelper

USER = ".claude/settings.json"
PROJECT = "project/.claude/settings.json"
HELPER = {"apiKeyHelper": f"echo {CANARY}"}
OFF = {"apiKeyHelper": ""}
BOTH = Wire.header("authorization", "x-api-key")


class TestApiKeyHelper(SourceContract):
    def source(self) -> CredentialSource:
        return ApiKeyHelper()

    def examples(self) -> Mapping[str, Example]:
        password = {"ANTHROPIC_BASE_URL": f"https://ada:{CANARY}@gateway.test"}
        return {
            "the user's": Example(fake_machine(files={USER: HELPER}), Found),
            "none": Example(fake_machine(), Absent),
            "switched off": Example(fake_machine(files={USER: OFF}), Absent),
            "a trusted project's": Example(
                fake_machine(files={PROJECT: HELPER}, trusted=True), Found
            ),
            "an untrusted project's": Example(fake_machine(files={PROJECT: HELPER}), Ignored),
            "in bare mode": Example(fake_machine(files={USER: HELPER}, bare=True), Ignored),
            "in bare mode, by --settings": Example(fake_machine(settings=HELPER, bare=True), Found),
            "with a NUL": Example(
                fake_machine(files={USER: {"apiKeyHelper": f"echo \0{CANARY}"}}), Broken
            ),
            "with half a character": Example(
                fake_machine(files={USER: {"apiKeyHelper": f"echo \ud800{CANARY}"}}), Broken
            ),
            "for a URL with a password": Example(fake_machine(password, {USER: HELPER}), Broken),
            "with a secret beside it": Example(
                fake_machine({"VAULT_TOKEN": CANARY}, {USER: HELPER}), Found
            ),
        }


def test_it_says_in_which_file_and_on_which_line() -> None:
    """The finding names the settings file and the line, and what Claude Code would send."""
    machine = fake_machine(files={USER: '{\n "model": "x",\n "apiKeyHelper": "echo fake"\n}'})
    finding = ApiKeyHelper().find(machine)
    assert str(finding.where) == "/home/ada/.claude/settings.json:3 (apiKeyHelper)"
    assert isinstance(finding, Found)
    assert (finding.kind, finding.usable, finding.native) == (None, None, True)


def test_an_untrusted_project_gets_the_remedy() -> None:
    """An untrusted project's helper is passed over, with what would make it count."""
    finding = ApiKeyHelper().find(fake_machine(files={PROJECT: HELPER}))
    assert isinstance(finding, Ignored)
    assert finding.reason == "the folder is not trusted"
    assert finding.remedy == "`keyhole trust`"


def test_an_untrusted_project_does_not_hide_the_users_helper() -> None:
    """The user's helper counts, and the project's is named in a warning."""
    finding = ApiKeyHelper().find(fake_machine(files={USER: HELPER, PROJECT: HELPER}))
    assert isinstance(finding, Found)
    assert str(finding.where).startswith("/home/ada/.claude/settings.json")
    assert "/home/ada/project/.claude/settings.json:1 (apiKeyHelper) is passed over" in str(
        finding.warnings
    )


@pytest.mark.parametrize(
    ("machine", "wire"),
    [
        ({"files": {USER: HELPER}}, BOTH),
        ({"files": {PROJECT: HELPER}}, BOTH),
        ({"files": {PROJECT: HELPER}, "interactive": True}, None),
        ({"files": {PROJECT: HELPER}, "interactive": True, "trusted": True}, BOTH),
        ({"files": {USER: HELPER}, "bare": True}, None),
        ({"files": {USER: HELPER}, "bare": True, "settings": HELPER}, BOTH),
        ({"files": {USER: HELPER, PROJECT: OFF}}, None),
        ({"files": {PROJECT: OFF}}, None),
        ({"files": {USER: OFF}}, None),
    ],
)
def test_what_claude_code_itself_would_send(machine: dict[str, Any], wire: Wire | None) -> None:
    """In print mode Claude Code runs an untrusted project's helper too; bare, only --settings'."""
    assert ApiKeyHelper().find(fake_machine(**machine)).wire == wire


def test_a_switch_that_is_off_says_where() -> None:
    """An empty apiKeyHelper switches a weaker one off, and the reason names the place."""
    finding = ApiKeyHelper().find(fake_machine(files={USER: HELPER}, settings=OFF))
    assert isinstance(finding, Absent)
    assert finding.reason == "--settings:1 (apiKeyHelper) is empty, which switches it off"
