"""A person takes part in a login: by browser or by pasting, and it always comes to an end."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from urllib.parse import urlsplit

import attrs
import pytest

from keyhole.errors import (
    BusyError,
    InteractionRequiredError,
    LoginFailedError,
    LoginRequiredError,
    OAuthError,
)
from keyhole.oauth.authorization import Authorization, Begun
from keyhole.oauth.callback import LoopbackListener
from keyhole.oauth.client import Client
from keyhole.oauth.interactive import Way, interactive, listen
from keyhole.oauth.metadata import ServerMetadata
from keyhole.secret import Secret
from keyhole.testing import FakeHost, agrees, fake_machine

ISSUER = "https://as.example"
ASKED = Authorization(
    ServerMetadata(
        issuer=ISSUER,
        token_endpoint=f"{ISSUER}/token",
        authorization_endpoint=f"{ISSUER}/authorize",
        code_challenge_methods_supported=("S256",),
        iss_in_answer=True,
    ),
    Client("native"),
)
WAY = Way({}, "linux", present=True)


def agrees_here(url: str) -> str:
    """The redirect of the right server."""
    return agrees(url, iss=ISSUER)


def closed(host: FakeHost) -> bool:
    """Whether nothing listens any more."""
    return all(listener.closed for listener in host.listeners)


def test_a_person_agrees_in_the_browser() -> None:
    """The browser is opened, its answer gives the code, and nothing listens afterwards."""
    host = FakeHost()
    host.person = agrees_here
    redirected = interactive(ASKED, WAY, host)
    assert redirected.code == Secret("fake-code")
    assert redirected.pending.redirect_uri == host.listeners[0].redirect_uri
    assert len(host.opened) == 1
    assert closed(host)


def test_the_address_is_always_said() -> None:
    """Also where a browser was opened, for it may be the wrong one; to whoever wants to say it."""
    for browser in (True, False):
        host, told = FakeHost(), list[str]()
        host.person, host.browser = agrees_here, browser
        interactive(ASKED, WAY, host, tell=told.append)
        assert f"{ISSUER}/authorize?" in told[0]
        assert not host.told


def test_no_browser_is_opened_where_none_is_wanted() -> None:
    """`--no-browser` says the address only."""
    host = FakeHost()
    host.person = agrees_here
    interactive(ASKED, attrs.evolve(WAY, browser=False), host)
    assert not host.opened
    assert f"{ISSUER}/authorize?" in host.told[0]


def test_nobody_is_there() -> None:
    """Without a person nothing is opened and nothing listens: it ends with an error of its own."""
    host = FakeHost()
    with pytest.raises(InteractionRequiredError) as caught:
        interactive(ASKED, attrs.evolve(WAY, present=False), host)
    assert (host.opened, host.listeners, caught.value.exit_code) == ([], [], 4)
    assert isinstance(caught.value, LoginRequiredError)


def test_an_answer_that_is_pasted() -> None:
    """What belongs to another login is named and the wait goes on; an empty line is nothing."""
    host = FakeHost()
    host.pasted = ["", "https://as.example/callback?code=x&state=theirs"]

    def paste(begun: Begun) -> None:
        host.pasted.append(agrees_here(begun.url))

    assert interactive(ASKED, WAY, host, begun=paste).code == Secret("fake-code")
    assert sum("state is not the one of this login" in sentence for sentence in host.told) == 1
    assert closed(host)


def test_no_terminal_is_read_where_nothing_may_be_pasted() -> None:
    """`paste=False` leaves the keyboard alone."""
    host = FakeHost()
    host.pasted = ["anything"]
    with pytest.raises(LoginFailedError):
        interactive(ASKED, attrs.evolve(WAY, paste=False), host)
    assert not any("paste" in sentence for sentence in host.told)


def test_nobody_comes_back() -> None:
    """After its time the login ends with what to do, and nothing listens."""
    host = FakeHost()
    with pytest.raises(LoginFailedError, match="within 300 seconds") as caught:
        interactive(ASKED, WAY, host)
    assert "--no-browser" in caught.value.remedy
    assert closed(host)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"error": "access_denied", "iss": ISSUER}, "access_denied"),
        ({"iss": "https://evil.example"}, "issuer_mismatch"),
        ({}, "issuer_mismatch"),
    ],
)
def test_an_answer_that_is_no_agreement_ends_the_login(more: dict[str, str], code: str) -> None:
    """A refusal and another issuer's answer end it at once."""
    host = FakeHost()
    host.person = lambda url: agrees(url, **more)
    with pytest.raises(OAuthError) as caught:
        interactive(ASKED, WAY, host)
    assert caught.value.code == code
    assert closed(host)


def test_the_redirect_uri_can_be_known_first() -> None:
    """A listener that was opened for a registration is used, and stays its owner's to close."""
    host = FakeHost()
    host.person = agrees_here
    with listen(attrs.evolve(WAY, hostname="localhost", port=8123, path="/cb"), host) as listener:
        redirected = interactive(ASKED, WAY, host, listener=listener)
        assert redirected.pending.redirect_uri == "http://localhost:8123/cb"
        assert not closed(host)
    assert closed(host)


def test_a_port_that_is_taken_ends_it_before_the_browser() -> None:
    """Nobody is asked for what could not come back."""
    host = FakeHost()
    host.port_taken = True
    with pytest.raises(BusyError):
        interactive(ASKED, WAY, host)
    assert not host.opened


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_closes_everything(error: type[BaseException]) -> None:
    """Ctrl-C, or anything else, while the person is waited for leaves no listener."""
    host = FakeHost()

    def interrupted(_url: str) -> str:
        raise error

    host.person = interrupted
    with pytest.raises(error):
        interactive(ASKED, WAY, host)
    assert closed(host)


def test_the_pending_login_can_be_kept_before_anybody_is_asked() -> None:
    """Who keeps it in a store gets it before the browser opens."""
    host, kept = FakeHost(), list[bool]()
    host.person = agrees_here
    interactive(ASKED, WAY, host, begun=lambda _begun: kept.append(not host.opened))
    assert kept == [True]


def test_the_way_of_a_machine() -> None:
    """Variables and system are the machine's."""
    way = Way.of(fake_machine({"BROWSER": "lynx"}), present=True, port=4711)
    assert (way.environ["BROWSER"], way.platform, way.port) == ("lynx", "linux", 4711)


def test_ctrl_c_on_a_terminal_leaves_it_as_it_was() -> None:
    """A real interrupt during the wait ends it: nothing listens, and the terminal echoes again."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, os.ttyname(theirs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as waiting:
        assert waiting.stdout is not None
        port = urlsplit(waiting.stdout.readline().strip()).port or 0
        # It says where it listens a moment before it waits.
        while termios.tcgetattr(theirs)[3] & termios.ECHO:
            assert waiting.poll() is None
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(60) == -signal.SIGINT
    assert termios.tcgetattr(theirs) == before
    LoopbackListener(port=port).__exit__(None, None, None)
    os.close(ours)
    os.close(theirs)


WAITS = """
import os, sys
from keyhole.oauth.callback import LoopbackListener
from keyhole.oauth.paste import Keyboard

with LoopbackListener() as listener, Keyboard(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)) as keys:
    print(listener.redirect_uri, flush=True)
    listener.wait(None, asked="", seconds=60, terminal=keys)
"""
