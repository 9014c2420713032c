"""The tutorial for authors of plugins, followed word for word with nothing but wheels."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.environments import needs_environments
from documents.page import ROOT, run_page
from documents.session import Session

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@needs_environments
def test_the_tutorial_word_for_word(tmp_path: Path, wheelhouse: Path) -> None:
    """From an empty folder to a plugin in its place in the order, each step says what it shows."""
    session = Session(tmp_path, harmless=False, seconds=600)
    session.environ |= {
        "CI": "true",  # Hypothesis then bears with a slow machine
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheelhouse),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    run_page(ROOT / "docs" / "tutorial" / "first-plugin.md", session, whole=True)
