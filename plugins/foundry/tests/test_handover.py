"""Handing the credential to a child process."""

from __future__ import annotations

from collections.abc import Callable

from keyhole import Machine
from keyhole.handover import to_child, to_claude
from keyhole.resolved import found
from keyhole.testing import FakeHost, fake_machine

Build = Callable[..., Machine]
THERE = {"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_RESOURCE": "fake-resource"}
URL = "https://fake-resource.services.ai.azure.com/anthropic/"


def test_a_child_gets_the_key_and_the_endpoint() -> None:
    """A child gets the key and one URL; the resource, which excludes it, and rivals are removed."""
    environ = {**THERE, "ANTHROPIC_FOUNDRY_API_KEY": "fake-key", "ANTHROPIC_API_KEY": "fake-rival"}
    handover = to_child(found(lambda: fake_machine(environ), host=FakeHost()))
    assert handover.environment(environ) == {
        "CLAUDE_CODE_USE_FOUNDRY": "1",
        "ANTHROPIC_FOUNDRY_BASE_URL": URL,
        "ANTHROPIC_FOUNDRY_API_KEY": "fake-key",
    }


def test_claude_finds_foundry_by_itself() -> None:
    """`claude` gets what the user set, its skip flag and Azure's variables included, unloaded."""
    environ = {
        **THERE,
        "CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1",
        "AZURE_TENANT_ID": "fake-tenant",
        "ANTHROPIC_AUTH_TOKEN": "",
    }
    handover = to_claude(found(lambda: fake_machine(environ), host=FakeHost()))
    environ.pop("ANTHROPIC_AUTH_TOKEN")
    assert handover.environment(environ) == environ


def test_claude_gets_a_gateways_token_as_foundrys_own() -> None:
    """A token that another source would send too is handed over as Foundry's alone."""
    environ = {**THERE, "CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1", "ANTHROPIC_AUTH_TOKEN": "fake-t"}
    handover = to_claude(found(lambda: fake_machine(environ), host=FakeHost()))
    assert handover.environment(environ) == {
        "CLAUDE_CODE_USE_FOUNDRY": "1",
        "ANTHROPIC_FOUNDRY_BASE_URL": URL,
        "ANTHROPIC_FOUNDRY_AUTH_TOKEN": "fake-t",
    }
