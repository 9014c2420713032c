"""The source keeps the contract that every source keeps."""

from __future__ import annotations

from collections.abc import Mapping

from keyhole import Absent, Broken, CredentialSource, Found, Ignored
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_foundry.source import Foundry

ON = {"CLAUDE_CODE_USE_FOUNDRY": "1"}
THERE = {**ON, "ANTHROPIC_FOUNDRY_RESOURCE": "fake-resource"}
UNTRUSTED = "project/.claude/settings.json"


class TestFoundry(SourceContract):
    def source(self) -> CredentialSource:
        return Foundry()

    def examples(self) -> Mapping[str, Example]:
        key = {**THERE, "ANTHROPIC_FOUNDRY_API_KEY": CANARY}
        principal = {"AZURE_TENANT_ID": "fake-tenant", "AZURE_CLIENT_ID": "fake-client"}
        return {
            "a key": Example(fake_machine(key), Found, loads=True),
            "a token": Example(
                fake_machine({**key, "ANTHROPIC_FOUNDRY_AUTH_TOKEN": CANARY}), Found, loads=True
            ),
            "in the user's settings": Example(
                fake_machine(files={".claude/settings.json": {"env": key}}), Found, loads=True
            ),
            "nothing to send": Example(
                fake_machine({**THERE, "CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1"}), Found, loads=True
            ),
            "a service principal": Example(
                fake_machine({**THERE, **principal, "AZURE_CLIENT_SECRET": CANARY}), Found
            ),
            "somebody's sign-in": Example(fake_machine(THERE), Found),
            "off": Example(fake_machine({**key, "CLAUDE_CODE_USE_FOUNDRY": "0"}), Absent),
            "not set": Example(fake_machine({"ANTHROPIC_FOUNDRY_API_KEY": CANARY}), Absent),
            "in an untrusted project": Example(
                fake_machine(files={UNTRUSTED: {"env": key}}), Ignored
            ),
            "nowhere": Example(fake_machine({**ON, "ANTHROPIC_FOUNDRY_API_KEY": CANARY}), Broken),
            "a password in the URL": Example(
                fake_machine({**ON, "ANTHROPIC_FOUNDRY_BASE_URL": f"https://a:{CANARY}@b.test"}),
                Broken,
            ),
            "a line break in the key": Example(
                fake_machine({**THERE, "ANTHROPIC_FOUNDRY_API_KEY": f"a\n{CANARY}"}), Broken
            ),
            "half a service principal": Example(
                fake_machine({**THERE, "AZURE_CLIENT_SECRET": CANARY}), Broken
            ),
        }
