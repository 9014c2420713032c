"""The page at the end of a login, in a real browser: readable anywhere, and it asks for nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from playwright.sync_api import Browser, Page

from components.browser import browser
from keyhole.oauth.authorization import Authorization, Begun
from keyhole.oauth.callback import LoopbackListener
from keyhole.oauth.client import Client
from keyhole.oauth.interactive import Way, interactive
from keyhole.oauth.metadata import ServerMetadata
from keyhole.testing import FakeHost, agrees

pytestmark = pytest.mark.real

ASKED = Authorization(
    ServerMetadata(
        issuer="https://as.example",
        token_endpoint="https://as.example/token",
        authorization_endpoint="https://as.example/authorize",
        code_challenge_methods_supported=("S256",),
    ),
    Client("native"),
)
WAY = Way({}, "linux", present=True, browser=False, paste=False, seconds=60)
LONG = "The account ada.lovelace@a-very-long-name-of-an-organisation.example may not. " * 2
ANSWERS: dict[str, dict[str, str]] = {
    "agreed": {},
    "denied": {
        "error": "access_denied",
        "error_description": f"{LONG}<img src=x onerror=alert(1)>",
    },
}
COLOURS = """() => {
  const shown = [...document.querySelectorAll('h1, p')];
  const ground = getComputedStyle(document.body).backgroundColor;
  return shown.map(one => [getComputedStyle(one).color, ground]);
}"""


@contextmanager
def login() -> Iterator[Begun]:
    """A login that waits for its browser; it must have come to its end afterwards."""
    begun: list[Begun] = []
    ready = threading.Event()

    def keep(one: Begun) -> None:
        begun.append(one)
        ready.set()

    def wait() -> None:
        with LoopbackListener() as listener:
            host = FakeHost()
            try:
                interactive(ASKED, WAY, host, listener=listener, begun=keep)
            except Exception as error:  # noqa: BLE001  # a refusal is one of the two ends
                ended.append(error)

    ended: list[Exception] = []
    thread = threading.Thread(target=wait)
    thread.start()
    assert ready.wait(60)
    yield begun[0]
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here."""
    with browser() as started:
        yield started


@attrs.define
class Seen:
    """What a browser asked for, and what it complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]


@contextmanager
def window(chromium: Browser, **more: Any) -> Iterator[Seen]:
    """A window that remembers its requests."""
    context = chromium.new_context(**more)
    page = context.new_page()
    seen = Seen(page, [], [])
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
    try:
        yield seen
    finally:
        context.close()


def contrast(first: str, second: str) -> float:
    """How well one colour reads on another (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted(_luminance(colour) for colour in (first, second))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("end", ANSWERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1000])
def test_the_page_reads_well_and_asks_for_nothing(
    end: str, scheme: str, width: int, chromium: Browser, tmp_path: Any
) -> None:
    """By day and by night, wide and narrow: one request, no script, no scrolling sideways, good contrast."""
    size = {"width": width, "height": 640}
    with (
        login() as begun,
        window(chromium, color_scheme=scheme, viewport=size, device_scale_factor=2) as seen,
    ):
        url = agrees(begun.url, **ANSWERS[end])
        answer = seen.page.goto(url)
        assert answer is not None
        seen.page.screenshot(path=str(tmp_path / f"{end}-{scheme}-{width}.png"))
        assert answer.status == (200 if end == "agreed" else 400)
        assert seen.asked == [url]
        assert not [text for text in seen.complaints if "400" not in text]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        text = seen.page.inner_text("main")
        assert begun.pending.state.reveal() not in seen.page.content()
        assert "fake-code" not in seen.page.content()
        assert ("<img" in text) == (end == "denied")
        wide = "document.documentElement.scrollWidth"
        assert seen.page.evaluate(wide) <= width
        colours = seen.page.evaluate(COLOURS)
        assert len(colours) >= 3
        assert all(contrast(*pair) >= 4.5 for pair in colours)
        night = _luminance(colours[0][1]) < 0.2
        assert night == (scheme == "dark")


def test_another_site_can_not_bring_an_answer(chromium: Browser) -> None:
    """A page elsewhere that fetches, frames or shows the callback is not heard, and the person still is."""
    with login() as begun, window(chromium) as seen:
        url = agrees(begun.url, code="fake-stolen-code")
        seen.page.route("**/elsewhere", lambda route: route.fulfill(body="<p>elsewhere</p>"))
        # Another name of this machine is another origin.
        seen.page.goto(f"http://localhost:{urlsplit(url).port}/elsewhere")
        seen.page.evaluate(
            """async url => {
              await fetch(url, {mode: 'no-cors'}).catch(() => 0);
              for (const kind of ['img', 'iframe']) {
                const one = document.createElement(kind);
                const ended = new Promise(end => { one.onload = one.onerror = end; });
                one.src = url;
                document.body.append(one);
                await ended;
              }
            }""",
            url,
        )
        answer = seen.page.goto(url)
        assert answer is not None
        assert answer.status == 200
