"""A browser is opened by the right program, never by a shell, and only for an address of the web."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from keyhole.errors import OAuthError
from keyhole.host import RealHost
from keyhole.oauth.browser import commands

URL = "https://as.example/authorize?client_id=native&state=fake"


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", []),
        ({}, "darwin", [["open", URL]]),
        ({"BROWSER": "lynx"}, "linux", [["lynx", URL]]),
        ({"BROWSER": "lynx"}, "darwin", [["lynx", URL]]),
        ({"BROWSER": "a --new %s &"}, "linux", [["a", "--new", URL]]),
        ({"BROWSER": f"'my browser'{os.pathsep}b"}, "linux", [["my browser", URL], ["b", URL]]),
        ({"BROWSER": "'torn"}, "linux", []),
        ({"BROWSER": f" {os.pathsep}&"}, "linux", []),
        ({"BROWSER": ""}, "linux", []),
    ],
)
def test_which_program_opens_it(
    environ: dict[str, str], platform: str, expected: list[list[str]]
) -> None:
    """BROWSER names it alone; else it is the system's, and without a screen there is none."""
    assert commands(URL, environ, platform) == expected


def test_a_screen_and_windows_below_have_their_own_programs() -> None:
    """A desktop's opener comes first, and under WSL the browser is that of Windows."""
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        assert commands(URL, {screen: ":0"}, "linux")[0] == ["xdg-open", URL]
    assert commands(URL, {"WSL_DISTRO_NAME": "Debian"}, "linux")[0] == ["wslview", URL]


def _program(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o755)
    return str(path)


def _open(*browsers: str, url: str = URL) -> bool:
    environ = {"BROWSER": os.pathsep.join(browsers), "PATH": os.environ["PATH"]}
    return RealHost().open_browser(url, environ, "linux")


def test_the_program_gets_the_address_as_one_argument(tmp_path: Path) -> None:
    """`&`, `;` and `$( )` in an address reach the program as they are: no shell sees them."""
    url = f"{URL}&x=1;$(touch${{IFS}}{tmp_path}/shell)"
    with pytest.raises(OAuthError):  # an address with { is none, before anything is started
        _open("true", url=url)
    url = f"{URL};touch&$(id)"
    got = tmp_path / "got"
    body = f"import sys; open({str(got)!r}, 'w').write('|'.join(sys.argv[1:]))"
    assert _open(_program(tmp_path, "browser", body), url=url)
    assert got.read_text() == url


def test_a_program_that_fails_or_is_missing_leads_to_the_next(tmp_path: Path) -> None:
    """One that is not there, can't be started or ends badly has not opened anything."""
    (tmp_path / "torn").write_text("")
    (tmp_path / "torn").chmod(0o755)
    assert not _open("no-such-browser", "false", str(tmp_path / "torn"))
    assert _open("no-such-browser", "false", "true")


def test_a_browser_that_stays_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken for opened while it runs, and its end is seen by somebody."""
    monkeypatch.setattr("keyhole.oauth.browser._PATIENCE", 0.05)
    pid, end = tmp_path / "pid", tmp_path / "end"
    body = (
        f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        f"while not pathlib.Path({str(end)!r}).exists(): time.sleep(0.01)"
    )
    assert _open(_program(tmp_path, "browser", body))
    end.touch()
    give_up = time.monotonic() + 20
    while not (pid.exists() and pid.read_text() and not _is_there(int(pid.read_text()))):
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "http://as.example/", "--help", ""]
)
def test_only_an_address_of_the_web_is_opened(url: str, tmp_path: Path) -> None:
    """A file, a script, an option or plain http elsewhere is refused, and nothing is started."""
    ran = tmp_path / "ran"
    with pytest.raises(OAuthError):
        _open(_program(tmp_path, "browser", f"open({str(ran)!r}, 'w')"), url=url)
    assert not ran.exists()
