"""Opening a person's browser: never through a shell."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

from keyhole.oauth.url import secure

__all__ = ["commands", "open_browser"]

_PATIENCE = 2.0
"""Seconds after which a program that still runs is taken for a browser."""


def open_browser(url: str, environ: Mapping[str, str], platform: str) -> bool:
    """Opens a URL in the person's browser.

    Args:
        url: An https URL, or an http one on this machine.
        environ: The variables: BROWSER, DISPLAY, WAYLAND_DISPLAY, PATH…
        platform: A `sys.platform`.

    Returns:
        Whether a program has taken it; False where there is none.

    Raises:
        OAuthError: It is no URL that a browser should open.
    """
    secure(url, "the address for the browser", where="the authorization server")
    if sys.platform == "win32" and "BROWSER" not in environ:
        os.startfile(url)  # noqa: S606  # the URL's own handler, and no shell
        return True
    return any(_takes(command, environ) for command in commands(url, environ, platform))


def commands(url: str, environ: Mapping[str, str], platform: str) -> list[list[str]]:
    """The programs that may open a URL here, in the order in which they are tried.

    BROWSER names them alone, if it is set: several with the system's path separator between, each
    with `%s` for the URL or the URL behind. A URL in an argument shows to other users of the
    machine; nobody can redeem a login with what stands in it (RFC 7636, section 7.1).

    Args:
        url: The URL.
        environ: The variables.
        platform: A `sys.platform`.
    """
    named = environ.get("BROWSER", "").strip()
    if named:
        return [command for name in named.split(os.pathsep) if (command := _named(name, url))]
    if platform == "darwin":
        return [["open", url]]
    if environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"):
        return [["wslview", url], ["rundll32.exe", "url.dll,FileProtocolHandler", url]]
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return [["xdg-open", url], ["x-www-browser", url], ["firefox", url], ["chromium", url]]
    return []


def _named(name: str, url: str) -> list[str]:
    """One of BROWSER's programs; none where it can't be read."""
    try:
        words = shlex.split(name.strip().removesuffix("&"))
    except ValueError:
        return []
    if any("%s" in word for word in words):
        return [word.replace("%s", url) for word in words]
    return [*words, url] if words else []


def _takes(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Starts a program; one that fails at once has not taken the URL."""
    program = shutil.which(command[0], path=environ.get("PATH", os.defpath))
    if program is None:
        return False
    try:
        child = subprocess.Popen(  # noqa: S603  # no shell, and the URL is checked
            [program, *command[1:]],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C ends the wait for the login, not the browser with all its windows.
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return child.wait(_PATIENCE) == 0
    except subprocess.TimeoutExpired:
        # A browser stays; somebody has to wait for its end, or it stays for ever as a zombie.
        threading.Thread(target=child.wait, name="keyhole-browser", daemon=True).start()
        return True
