"""Every scenario of the official conformance suite that is about authentication."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from components.mcp_conformance import NEWER, OLDER, conformance, listed

pytestmark = pytest.mark.real

KEYHOLE = (sys.executable, str(Path(__file__).parent / "peers" / "keyhole_conformance.py"))

FROZEN_2025_11_25 = (
    *("auth/metadata-default", "auth/metadata-var1", "auth/metadata-var2", "auth/metadata-var3"),
    *("auth/basic-cimd", "auth/pre-registration"),
    *("auth/scope-from-www-authenticate", "auth/scope-from-scopes-supported"),
    *("auth/scope-omitted-when-undefined", "auth/scope-step-up", "auth/scope-retry-limit"),
    *("auth/token-endpoint-auth-basic", "auth/token-endpoint-auth-post"),
    "auth/token-endpoint-auth-none",
)
FROZEN_2026_07_28 = (
    *FROZEN_2025_11_25,
    *("auth/resource-mismatch", "auth/authorization-server-migration"),
    *("auth/offline-access-scope", "auth/offline-access-not-supported"),
    *("auth/iss-supported", "auth/iss-not-advertised", "auth/iss-supported-missing"),
    *("auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized"),
    "auth/metadata-issuer-mismatch",
)
METADATA_OF_2025_03_26 = "auth/2025-03-26-oauth-metadata-backcompat"
BACK_COMPATIBLE = (METADATA_OF_2025_03_26, "auth/2025-03-26-oauth-endpoint-fallback")
EXTENSIONS = (
    *("auth/client-credentials-basic", "auth/client-credentials-jwt"),
    *("auth/dpop", "auth/dpop-nonce"),
    *("auth/enterprise-managed-authorization", "auth/wif-jwt-bearer"),
)
IN_0_1_16 = (
    *FROZEN_2025_11_25,
    *("auth/resource-mismatch", "auth/offline-access-scope", "auth/offline-access-not-supported"),
    *("auth/client-credentials-basic", "auth/client-credentials-jwt"),
    *("auth/cross-app-access-complete-flow", "auth/2025-03-26-oauth-endpoint-fallback"),
)
"""All but one, whose server names itself by an issuer that does not belong to its metadata's place:
whoever compares them (RFC 8414, section 3.3) refuses it. The newer release has that mended."""


def passes(scenario: str, folder: Path, version: str = "", release: Path = NEWER) -> None:
    """A scenario passes without a warning, and the client ends well and in time."""
    report = conformance(KEYHOLE, folder, scenario=scenario, version=version, release=release)
    assert not report.failed, report.said
    assert report.conforms, report.said


@pytest.mark.parametrize("scenario", FROZEN_2025_11_25)
def test_what_2025_11_25_requires(scenario: str, tmp_path: Path) -> None:
    """Each scenario of that revision's frozen requirements passes on its wire."""
    passes(scenario, tmp_path, "2025-11-25")


@pytest.mark.parametrize("scenario", FROZEN_2026_07_28)
def test_what_2026_07_28_requires(scenario: str, tmp_path: Path) -> None:
    """Each scenario of that revision's frozen requirements passes on its wire."""
    passes(scenario, tmp_path, "2026-07-28")


@pytest.mark.parametrize("scenario", [*BACK_COMPATIBLE, *EXTENSIONS])
def test_what_no_revision_requires(scenario: str, tmp_path: Path) -> None:
    """Older servers, and every extension."""
    passes(scenario, tmp_path)


@pytest.mark.parametrize("scenario", IN_0_1_16)
def test_the_older_release(scenario: str, tmp_path: Path) -> None:
    """Each scenario of the newest release that is no preview passes, but the one that is wrong."""
    passes(scenario, tmp_path, release=OLDER)


def test_no_scenario_is_left_out() -> None:
    """The tables above hold all that the suite has for a client's authentication."""
    beside = set(BACK_COMPATIBLE) | set(EXTENSIONS)
    assert listed() == beside | set(FROZEN_2026_07_28)
    assert listed(requirements="2025-11-25") - set(EXTENSIONS) == set(FROZEN_2025_11_25)
    assert listed(requirements="2026-07-28") - set(EXTENSIONS) == set(FROZEN_2026_07_28)
    assert listed(release=OLDER) == {*IN_0_1_16, METADATA_OF_2025_03_26}
