"""The probes, run against clients: each can fail, and none fails for keyhole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keyhole_mcp.testing import PROBES, Outcome, Probe, run_one

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

PEERS = Path(__file__).parent / "peers"
BY_NAME = {probe.name: probe for probe in PROBES}
SOUND = ("sign-in", "sign-in-2025", "public-sign-in")

# What was measured of mcp 2.3 and FastMCP 4.1, and holds for them until they mend it.
SDK_FAILS = [
    "restart-expired",
    "rotation",
    "8-at-expiry",
    "8-on-401",
    "8-long-running",
    "revoked",
    "revoked-restart",
    "refresh-503",
    "closed-elsewhere",
    "cancelled-refresh",
    "side-by-side",
    "side-by-side-2025",
    "pkce-absent",
    "pkce-plain",
    "javascript",
    "metadata-10-mb",
    "metadata-404",
    "metadata-503",
    "no-registration",
    "ssrf-challenge",
    "ssrf-issuer",
    "ssrf-token",
    "ssrf-authorization",
]
WITH_THE_SDK = [
    "sign-in",
    "sign-in-2025",
    "refresh-cut-off",
    "cancelled-call",
    "closed-elsewhere",
    "cancelled-refresh",
    "side-by-side",
    "side-by-side-2025",
]
FASTMCP_FAILS = ["authorize-once", "refresh-home"]


def _command(client: str) -> str:
    return f"{sys.executable} {PEERS / f'{client}_client.py'}"


def _id(probe: Probe) -> str:
    return probe.name


@pytest.mark.parametrize("probe", [BY_NAME[name] for name in SOUND], ids=_id)
@pytest.mark.parametrize("client", ["careless", "mcp_sdk", "fastmcp"])
def test_each_client_signs_in(client: str, probe: Probe) -> None:
    """Every client signs in to sound servers, near and far: what fails otherwise is its own."""
    result = run_one(_command(client), probe)
    assert result.outcome is Outcome.PASSED, result.said


@pytest.mark.parametrize("probe", [one for one in PROBES if one.name not in SOUND], ids=_id)
def test_each_probe_can_fail(probe: Probe) -> None:
    """A client that does all that it should not fails every probe."""
    result = run_one(_command("careless"), probe)
    assert result.outcome is Outcome.FAILED, result.said


@pytest.mark.parametrize("name", SDK_FAILS)
def test_the_mcp_sdk_fails(name: str) -> None:
    """The probe shows what was measured of the mcp SDK."""
    result = run_one(_command("mcp_sdk"), BY_NAME[name])
    assert result.outcome is Outcome.FAILED, result.said


@pytest.mark.parametrize("name", FASTMCP_FAILS)
def test_fastmcp_fails(name: str) -> None:
    """The probe shows what was measured of FastMCP."""
    result = run_one(_command("fastmcp"), BY_NAME[name])
    assert result.outcome is Outcome.FAILED, result.said


@pytest.mark.parametrize("probe", PROBES, ids=_id)
def test_keyhole_passes(probe: Probe) -> None:
    """Keyhole passes every probe."""
    result = run_one(f"{_command('keyhole')} --plain", probe)
    assert result.outcome is Outcome.PASSED, result.said


@pytest.mark.parametrize("name", WITH_THE_SDK)
def test_keyhole_passes_with_the_sdk(name: str) -> None:
    """Within the SDK's own client keyhole passes where connections and cancelling play a part."""
    result = run_one(_command("keyhole"), BY_NAME[name])
    assert result.outcome is Outcome.PASSED, result.said
