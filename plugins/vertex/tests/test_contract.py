"""The source keeps the contract that every source keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole import Absent, Broken, CredentialSource, Found, Ignored, Machine
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_vertex.source import Vertex

ON = {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_PROJECT_ID": "lab"}
LOGIN = {
    "type": "authorized_user",
    "client_id": "fake-id",
    "client_secret": CANARY,
    "refresh_token": CANARY,
}
FILE = ".config/gcloud/application_default_credentials.json"
UNTRUSTED = "project/.claude/settings.json"


def _logged_in(environ: Mapping[str, str] = ON, **options: Any) -> Machine:
    files = {FILE: LOGIN, **options.pop("files", {})}
    return fake_machine(environ, files, **options)


class TestVertex(SourceContract):
    def source(self) -> CredentialSource:
        return Vertex()

    def examples(self) -> Mapping[str, Example]:
        skips = {**ON, "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"}
        return {
            "logged in": Example(_logged_in(), Found),
            "on the metadata server": Example(fake_machine(ON), Found),
            "not set": Example(_logged_in({}), Absent),
            "off": Example(_logged_in({**ON, "CLAUDE_CODE_USE_VERTEX": "0"}), Absent),
            "in the user's settings": Example(
                _logged_in({}, files={".claude/settings.json": {"env": ON}}), Found
            ),
            "in an untrusted project": Example(
                _logged_in({}, files={UNTRUSTED: {"env": ON}}), Ignored
            ),
            "in a trusted project": Example(
                _logged_in({}, files={UNTRUSTED: {"env": ON}}, trusted=True), Found
            ),
            "through a gateway": Example(
                fake_machine({**skips, "ANTHROPIC_AUTH_TOKEN": CANARY}), Found, loads=True
            ),
            "through a gateway that needs nothing": Example(fake_machine(skips), Found, loads=True),
            "without a project": Example(_logged_in({"CLAUDE_CODE_USE_VERTEX": "1"}), Broken),
            "for a URL with a password": Example(
                _logged_in({**ON, "ANTHROPIC_VERTEX_BASE_URL": f"https://a:{CANARY}@b.test"}),
                Broken,
            ),
        }
