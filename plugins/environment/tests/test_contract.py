"""The three sources keep the contract that every source keeps."""

from __future__ import annotations

from collections.abc import Mapping

from keyhole import Absent, Broken, CredentialSource, Found, Ignored
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_environment.api_key import ApiKey
from keyhole_environment.auth_token import AuthToken
from keyhole_environment.oauth_token import OAuthToken

UNTRUSTED = "project/.claude/settings.json"


def _examples(variable: str) -> dict[str, Example]:
    """What all three have in common."""
    held = {variable: CANARY}
    return {
        "set": Example(fake_machine(held), Found, loads=True),
        "not set": Example(fake_machine(), Absent),
        "empty": Example(fake_machine({variable: ""}), Absent),
        "blank": Example(fake_machine({variable: " \n"}), Absent),
        "in the user's settings": Example(
            fake_machine(files={".claude/settings.json": {"env": held}}), Found, loads=True
        ),
        "in an untrusted project": Example(fake_machine(files={UNTRUSTED: {"env": held}}), Ignored),
        "in a trusted project": Example(
            fake_machine(files={UNTRUSTED: {"env": held}}, trusted=True), Found, loads=True
        ),
        "with a line break": Example(fake_machine({variable: f"a\n{CANARY}"}), Broken),
        "with a prefix": Example(fake_machine({variable: f"Bearer {CANARY}"}), Broken),
        "for a URL with a password": Example(
            fake_machine({**held, "ANTHROPIC_BASE_URL": f"https://ada:{CANARY}@a.test"}), Broken
        ),
    }


class TestAuthToken(SourceContract):
    def source(self) -> CredentialSource:
        return AuthToken()

    def examples(self) -> Mapping[str, Example]:
        return _examples("ANTHROPIC_AUTH_TOKEN")


class TestApiKey(SourceContract):
    def source(self) -> CredentialSource:
        return ApiKey()

    def examples(self) -> Mapping[str, Example]:
        return _examples("ANTHROPIC_API_KEY") | {
            "not approved": Example(
                fake_machine({"ANTHROPIC_API_KEY": CANARY}, interactive=True), Ignored
            ),
            "an OAuth token": Example(
                fake_machine({"ANTHROPIC_API_KEY": f"sk-ant-oat01-{CANARY}"}), Broken
            ),
        }


class TestOAuthToken(SourceContract):
    def source(self) -> CredentialSource:
        return OAuthToken()

    def examples(self) -> Mapping[str, Example]:
        return _examples("CLAUDE_CODE_OAUTH_TOKEN") | {
            "bare": Example(fake_machine({"CLAUDE_CODE_OAUTH_TOKEN": CANARY}, bare=True), Ignored),
            "an API key": Example(
                fake_machine({"CLAUDE_CODE_OAUTH_TOKEN": f"sk-ant-api03-{CANARY}"}), Broken
            ),
        }
