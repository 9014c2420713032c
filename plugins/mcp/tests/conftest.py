"""What the tests of the flow share."""

from __future__ import annotations

import pytest

from components.mcp_site import Site


@pytest.fixture
def site() -> Site:
    """A network, and a machine that is signed in nowhere."""
    return Site()
