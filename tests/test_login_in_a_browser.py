"""A login in a real browser: a person signs in, agrees or not, and sees how it ended."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.browser import browser
from components.desk import logging_in_at

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1000, "height": 700}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1000, "height": 700}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 480}},
}


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server with real pages for signing in and agreeing."""
    with authorization_server(auto=False) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests here."""
    with browser() as started:
        yield started


@pytest.fixture(autouse=True)
def configured(server: AuthorizationServer, home: Path) -> Iterator[None]:
    """The server is configured, and there is a login of Claude Code's that nothing may touch."""
    with logging_in_at(server.issuer, home):
        yield


@contextmanager
def _login(environ: dict[str, str], cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A login that waits for its browser, and the address that it opened."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "login"],
        # A program that is content with any address: the test opens it itself.
        env={**environ, "BROWSER": "true %s"},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        told = ""
        while not (found := re.search(r"^http://\S+/auth\?\S+$", told, re.MULTILINE)):
            line = process.stderr.readline()
            assert line, told
            told += line
        try:
            yield process, found[0]
        finally:
            process.kill()


def _sign_in(page: Any, url: str) -> None:
    page.goto(url)
    page.fill("input[name=login]", "ada")
    page.fill("input[name=password]", "fake")
    page.click("button[type=submit]")


@pytest.mark.parametrize("look", LOOKS)
def test_a_person_agrees(
    keyhole: Callable[..., Any],
    isolated: Callable[..., dict[str, str]],
    cwd: Path,
    home: Path,
    chromium: Any,
    look: str,
) -> None:
    """Who signs in and agrees is told so, the terminal says so too, and the token is used."""
    page = chromium.new_context(**LOOKS[look]).new_page()
    with _login(isolated(), cwd) as (process, url):
        _sign_in(page, url)
        page.click("button[type=submit]")
        page.wait_for_url("**/callback*")
        text = page.inner_text("body")
        page.screenshot(path=home / f"{look}.png")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith("Logged in at ")
    assert "You agreed" in text
    assert "code=" not in text
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert keyhole("headers").stdout.startswith("authorization: Bearer ")


def test_a_person_does_not_agree(
    keyhole: Callable[..., Any],
    isolated: Callable[..., dict[str, str]],
    cwd: Path,
    home: Path,
    chromium: Any,
) -> None:
    """Who cancels is told so in the browser and on the terminal, and nothing is kept."""
    page = chromium.new_context().new_page()
    with _login(isolated(), cwd) as (process, url):
        page.goto(url)
        page.click("text=Cancel")
        page.wait_for_url("**/callback*")
        assert "The login was denied" in page.inner_text("body")
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the login was denied" in err
    assert keyhole("token").returncode == 4
    assert not list((home / ".local").rglob("tokens/*.json"))
