"""Every transcript and every block of code in the documentation does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.page import ROOT, pages, run_page
from documents.session import Session
from documents.transcript import fits

# A page may hold tests of its own, and a loaded machine takes its time for them.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    """Each command says what the page shows, each piece of Python runs, each file can be read."""
    run_page(page, Session(tmp_path))


@pytest.mark.parametrize(
    ("shown", "said", "fitting"),
    [
        ("a b", "a\n   b\n", True),
        ("a …", "a", True),
        ("a … d", "a b\nc d", True),
        ("a\n…\nd", "a\nd", True),
        ("a …", "b", False),
        ("a b", "a b c", False),
        ("a.c", "abc", False),
        ("", "anything", False),
    ],
)
def test_what_fits(shown: str, said: str, *, fitting: bool) -> None:
    """Words count, line breaks do not, and `…` stands for anything; what is not shown is missed."""
    assert fits(shown, said) is fitting
