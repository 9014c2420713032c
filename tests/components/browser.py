"""A real browser: Debian's chromium, led by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from components.debian import debian

__all__ = ["browser"]

_ARGUMENTS = [
    "--no-sandbox",  # in a container its own user namespaces are forbidden
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser() -> Iterator[Browser]:
    """Starts a browser without a window, which talks to nobody by itself."""
    program = debian("chromium", "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(program), args=_ARGUMENTS)
        try:
            yield started
        finally:
            started.close()
