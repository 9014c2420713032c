"""The conformance suite, run against the mcp SDK: it can pass, and it can fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from components.mcp_conformance import NEWER, OLDER, conformance

pytestmark = pytest.mark.real

SDK = (sys.executable, str(Path(__file__).parent / "peers" / "mcp_sdk_conformance.py"))


@pytest.mark.parametrize(
    ("scenario", "version", "release"),
    [
        ("auth/metadata-default", "2025-11-25", NEWER),
        ("auth/iss-supported", "2026-07-28", NEWER),
        ("auth/client-credentials-jwt", "", NEWER),
        ("auth/metadata-default", "", OLDER),
    ],
)
def test_the_sdk_passes_what_it_is_known_to_pass(
    scenario: str, version: str, release: Path, tmp_path: Path
) -> None:
    """A client that does what a scenario wants passes it, on both wires and in both releases."""
    report = conformance(SDK, tmp_path, scenario=scenario, version=version, release=release)
    assert report.conforms, report.said
    assert not report.failed
    assert report.outcomes[scenario].checks


def test_the_sdk_fails_where_it_has_no_dpop(tmp_path: Path) -> None:
    """A client without DPoP fails that scenario, and the report says which checks."""
    report = conformance(SDK, tmp_path, scenario="auth/dpop")
    assert not report.conforms
    failed = {check.id for check in report.failed["auth/dpop"]}
    assert {"sep-1932-client-token-request-proof", "sep-1932-client-dpop-auth-scheme"} <= failed


def test_a_client_that_does_nothing_passes_nothing(tmp_path: Path) -> None:
    """A program that ends at once with 0 is no client."""
    report = conformance((sys.executable, "-c", "pass"), tmp_path, scenario="auth/metadata-default")
    assert not report.conforms
    assert report.failed
