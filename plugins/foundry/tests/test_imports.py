"""What is imported, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import sys
from keyhole import survey
from keyhole.testing import fake_machine
found = survey(fake_machine(dict(pair.split("=") for pair in sys.argv[1:])))
assert any(v.source.name == "foundry" for v in found.resolution.verdicts)
vendors = {name.split(".")[0] for name in sys.modules}
print(sorted(vendors & {"azure", "msal", "cryptography", "requests", "anthropic", "boto3"}))
"""
THERE = ["CLAUDE_CODE_USE_FOUNDRY=1", "ANTHROPIC_FOUNDRY_RESOURCE=fake-resource"]


@pytest.mark.parametrize(
    "variables",
    [
        [],
        [*THERE, "ANTHROPIC_FOUNDRY_API_KEY=fake-key"],
        [*THERE, "AZURE_TOKEN_CREDENTIALS=dev"],
        [*THERE, "AZURE_TENANT_ID=t", "AZURE_CLIENT_ID=c", "AZURE_CLIENT_SECRET=fake"],
    ],
)
def test_looking_imports_no_vendor(variables: list[str]) -> None:
    """A survey imports nothing of Microsoft's, whether Foundry is configured or not."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *variables], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_key_needs_no_vendor() -> None:
    """Loading a key or a token from a variable imports nothing of Microsoft's either."""
    load = "from keyhole import resolve\nresolve(lambda: found.machine)\n"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            LOOK.replace("vendors =", f"{load}vendors ="),
            *THERE,
            "ANTHROPIC_FOUNDRY_API_KEY=fake-key",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
