"""keyhole's own login against a certified authorization server: in, renewed, and out again."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin

import pytest

from components.authorization_server import AuthorizationServer, authorization_server
from components.desk import logging_in_at
from components.terminal import terminal

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

RUN = "import sys; from keyhole.cli import run; sys.exit(run())"
BROWSER = """
import http.cookiejar, sys, urllib.request
jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
page = urllib.request.build_opener(jar).open(sys.argv[1], timeout=30)
open({record!r}, "w").write(page.geturl() + chr(10) + page.read().decode())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    """A server that agrees to everything, and whose access tokens last two seconds."""
    with authorization_server(lifetime=2) as running:
        yield running


@pytest.fixture
def configured(server: AuthorizationServer, home: Path) -> Iterator[Path]:
    """A home with the server configured, and with a login of Claude Code's that nothing may touch."""
    with logging_in_at(server.issuer, home):
        yield home


@pytest.fixture
def browser(home: Path) -> str:
    """A program for BROWSER that goes wherever it is sent; its last page is kept."""
    script = home / "browser.py"
    script.write_text(BROWSER.format(record=str(home / "page")))
    return f"{sys.executable} {script} %s"


def _kept(home: Path) -> dict[str, Any]:
    """The one record in the file store."""
    (path,) = (home / ".local/share/keyhole/tokens").glob("*.json")
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def test_in_renewed_and_out(
    keyhole: Callable[..., Any], server: AuthorizationServer, configured: Path, browser: str
) -> None:
    """A login is used, renewed by later processes and ended at the server; Claude Code's files stay."""
    assert keyhole("status").returncode == 4

    done = keyhole("login", environ={"BROWSER": browser})
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Logged in at {server.issuer}, until ")
    first = keyhole("headers", "--json")
    sent = json.loads(first.stdout)
    assert list(sent) == ["authorization"]

    time.sleep(2)
    later = keyhole("token").stdout.strip()
    assert f"Bearer {later}" != sent["authorization"]
    assert later not in done.stdout + done.stderr

    record = _kept(configured)
    assert server.is_active(record["refresh_token"])
    ended = keyhole("logout")
    assert ended.returncode == 0, ended.stderr
    assert "where its tokens are ended, too" in ended.stdout
    assert "login: " in ended.stdout
    assert not server.is_active(record["refresh_token"])
    assert not server.is_active(record["access_token"])
    assert keyhole("token").returncode == 4


def test_the_answer_is_pasted_back(
    isolated: Callable[..., dict[str, str]],
    keyhole: Callable[..., Any],
    configured: Path,
    cwd: Path,
) -> None:
    """On a terminal without a browser the address is shown, and the pasted answer logs in."""
    command = [sys.executable, "-c", RUN, "login", "--no-browser"]
    with terminal(command, configured, isolated(), cwd) as screen:
        shown = screen.shows("paste that page's whole address")
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+/auth\?\S+", shown)
        answer = _agreed(url)
        screen.type(answer)
        screen.press("Enter")
        said = screen.shows("[ended with 0]")
    assert "Logged in at" in said
    assert answer not in said
    assert keyhole("token").returncode == 0


@pytest.mark.usefixtures("configured")
def test_another_device_logs_in(
    isolated: Callable[..., dict[str, str]], keyhole: Callable[..., Any], cwd: Path
) -> None:
    """The code that is shown is entered elsewhere, and this machine without a browser is logged in."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "login", "--device"],
        env=isolated(),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        line = process.stderr.readline()
        found = re.search(r"or just (\S+);", line)
        assert found, line
        _enter(found[1])
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert out.startswith("Logged in at ")
    assert keyhole("token").returncode == 0


def test_ctrl_c_leaves_nothing(
    isolated: Callable[..., dict[str, str]], configured: Path, cwd: Path
) -> None:
    """An answer to another login does not end the wait; Ctrl-C does, and leaves neither listener nor token."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "login"],
        env=isolated(BROWSER="true %s"),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        told = ""
        while not (found := re.search(r"^http://\S+/auth\?(\S+)$", told, re.MULTILINE)):
            told += process.stderr.readline()
        callback = dict(parse_qsl(found[1]))["redirect_uri"]
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{callback}?code=fake&state=fake-other", timeout=30)  # noqa: S310  # loopback
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(callback, timeout=30)  # noqa: S310  # loopback
    assert not list((configured / ".local").rglob("tokens/*.json"))


class _Stop(urllib.request.HTTPRedirectHandler):
    """Stops where the browser of another machine would find nothing."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if "/callback?" in newurl:
            raise _Arrived(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Arrived(Exception):  # noqa: N818  # it is the good end
    """The browser was sent back."""


def _opener(*handlers: Any) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), *handlers)


def _agreed(url: str) -> str:
    """Where a browser is sent once a person has agreed."""
    try:
        _opener(_Stop).open(url, timeout=30).close()
    except _Arrived as arrived:
        return str(arrived.args[0])
    raise AssertionError("the login did not end at the callback")


def _enter(url: str) -> None:
    """Does what a person does with the address on another device: opens it, and confirms."""
    opener = _opener()
    with opener.open(url, timeout=30) as page:
        at, text = page.geturl(), page.read().decode()
    for more in ({}, {"confirm": "yes"}):
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)) | more
        action = re.search(r'action="([^"]+)"', text)
        assert action, text
        with opener.open(urljoin(at, action[1]), urlencode(fields).encode(), timeout=30) as page:
            at, text = page.geturl(), page.read().decode()
