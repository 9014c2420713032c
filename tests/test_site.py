"""The site builds without a warning, loads nothing from elsewhere, and has no broken link."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import pytest

from components.browser import browser
from documents.page import ROOT

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

_STRICT = ("-q", "-W", "--keep-going", "-n", "-c", "docs")
_FRONT = "docs/index.html"
_LOOKED_AT = (
    _FRONT,
    "README.html",
    "docs/explanation/refresh-once.html",
    "docs/explanation/mcp-sign-in.html",
    "docs/reference/configuration.html",
    "docs/reference/command-line.html",
)


class _Page(HTMLParser):
    """What a page links to, what it loads, and the places that a link may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.places = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        if tag == "a":
            self.links.add(given.get("href") or "")
        elif tag == "link" and given.get("rel") not in (
            "index",
            "search",
            "next",
            "prev",
            "author",
        ):
            self.loaded.add(given.get("href") or "")
        self.loaded |= {
            given.get(name) or "" for name in ("src", "srcset", "data") if name in given
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *_STRICT, "-d", folder / "doctrees", ".", folder / "html"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    """Every page of it."""
    return {
        path: _Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }


def test_every_page_is_there(site: Path) -> None:
    """Each page of Markdown in `docs/`, and each plugin's, is a page of the site."""
    for source in [*ROOT.glob("docs/*/*.md"), *ROOT.glob("plugins/*/README.md")]:
        assert (site / source.relative_to(ROOT)).with_suffix(".html").exists(), source


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, _Page]) -> None:
    """A link within the site ends at a page, or a file, that is there, and at a place in it."""
    broken = [
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        for link in _inner(page.links)
        if not _leads_somewhere(path, link, pages)
    ]
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, _Page]) -> None:
    """No page and no style names a script, a style, a font or a picture of another host."""
    for page in pages.values():
        assert [it for it in page.loaded if urlsplit(it).netloc] == []
    for style in site.rglob("*.css"):
        loaded = re.findall(
            r"(?:url\(|@import)\s*['\"]?([^'\")]+)", style.read_text(encoding="utf-8")
        )
        assert [it for it in loaded if urlsplit(it).netloc] == [], style


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_asks_nobody(site: Path, scheme: Literal["light", "dark"], width: int) -> None:
    """In a browser no page is wider than the window, says an error, or asks another host."""
    said: list[str] = []
    with browser() as started:
        page = started.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on(
            "request", lambda it: said.append(it.url) if not it.url.startswith("file:") else None
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        for name in _LOOKED_AT:
            page.goto((site / name).as_uri())
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 0, name
            shown = page.locator("img.only-light, img.only-dark").evaluate_all(
                "pictures => pictures.filter(it => it.offsetParent).map(it => it.className)"
            )
            assert all(f"only-{scheme}" in it for it in shown), name
    assert said == []


def _inner(links: set[str]) -> Iterator[str]:
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            yield link


def _leads_somewhere(path: Path, link: str, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.suffix != ".html":
        return target.exists()
    return target in pages and unquote(parts.fragment) in pages[target].places
