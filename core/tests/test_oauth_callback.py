"""The listener hears one browser at one address, and nobody else; it is gone afterwards."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.errors import BusyError, OAuthError, UsageError
from keyhole.host import RealHost
from keyhole.oauth import callback, page
from keyhole.oauth.callback import LoopbackListener
from keyhole.oauth.listener import Verdict
from keyhole.oauth.visit import LIMIT, Visit
from keyhole.secret import Secret

GOOD = "/callback?state=ours&code=fake-code"
DENIED = OAuthError("the login was denied: <b>no</b>", remedy="ask the owner", code="access_denied")


class Judge:
    """Knows the state "ours"; an answer with `error` in it has been denied."""

    def redirected(self, target: str) -> Verdict | None:
        if "state=ours" not in target:
            return None
        return Verdict(error=DENIED) if "error" in target else Verdict(Secret("fake-code"))

    def pasted(self, text: str) -> Verdict | None:
        return Verdict(Secret("pasted-code")) if "ours" in text else None


@attrs.define
class Waiting:
    """A listener that waits in a thread of its own."""

    listener: LoopbackListener
    verdict: Verdict | None = None
    done: bool = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.listener.redirect_uri).port or 0

    def ask(self, target: str = GOOD, method: str = "GET", host: str = "", **headers: str) -> str:
        """What a browser gets; `sec_fetch_mode` becomes the header of that name."""
        said = {"host": host or f"127.0.0.1:{self.port}", **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in said.items()]
        return self.send("\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode())

    def send(self, request: bytes, address: str = "127.0.0.1") -> str:
        """What bytes are answered with."""
        with socket.create_connection((address, self.port), 20) as client:
            client.sendall(request)
            answer = _all_of(client)
        self.done = self.done or status(answer) in ("200", "400")
        return answer


@contextmanager
def waiting(hostname: str = "127.0.0.1", port: int = 0) -> Iterator[Waiting]:
    """A listener; at the end it must have heard what it waited for."""
    with LoopbackListener(hostname, port) as listener:
        one = Waiting(listener)

        def wait() -> None:
            one.verdict = listener.wait(Judge(), asked="", seconds=30)

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield one
        finally:
            if not one.done:
                one.ask()
            thread.join(30)
            assert not thread.is_alive()


def _all_of(client: socket.socket) -> str:
    got = b""
    with suppress(ConnectionResetError):
        while chunk := client.recv(65536):
            got += chunk
    return got.decode()


def status(answer: str) -> str:
    """The status of an answer."""
    return answer.split(" ", 2)[1] if answer else ""


def test_the_browser_that_agreed_gets_a_page_and_ends_the_wait() -> None:
    """The right redirect is answered with 200, and its code is what the wait gives."""
    with waiting() as one:
        answer = one.ask(
            sec_fetch_mode="navigate", sec_fetch_dest="document", sec_fetch_site="cross-site"
        )
    assert status(answer) == "200"
    assert "fake-code" not in answer
    assert one.verdict == Verdict(Secret("fake-code"))


def test_the_page_lets_nothing_in_and_nothing_out() -> None:
    """No script, no frame, no referrer, no cache, and a policy that names its one style."""
    with waiting() as one:
        head, _, body = one.ask().partition("\r\n\r\n")
    for header in ("no-store", "no-referrer", "nosniff", "default-src 'none'", "frame-ancestors"):
        assert header in head
    assert "unsafe" not in head
    assert "<script" not in body
    assert "http" not in body


def test_a_refusal_is_shown_and_can_not_write_into_the_page() -> None:
    """What a server said is text there, whatever it looks like."""
    with waiting() as one:
        answer = one.ask("/callback?state=ours&error=x")
    assert status(answer) == "400"
    assert "&lt;b&gt;no&lt;/b&gt;" in answer
    assert "ask the owner" in answer
    assert one.verdict == Verdict(error=DENIED)


STRANGERS: dict[str, dict[str, Any]] = {
    "no state": {"target": "/callback?code=x"},
    "a wrong state": {"target": "/callback?state=theirs&code=x"},
    "another path": {"target": "/callback/?state=ours"},
    "the icon": {"target": "/favicon.ico"},
    "a POST": {"method": "POST"},
    "a HEAD": {"method": "HEAD"},
    "a preflight": {"method": "OPTIONS"},
    "a whole URL": {"target": "http://127.0.0.1/callback?state=ours"},
    "a name that was bound anew": {"host": "evil.example"},
    "a host without the port": {"host": "127.0.0.1"},
    "localhost where 127.0.0.1 was said": {"host": "localhost:1"},
    "another site's script": {"origin": "https://evil.example"},
    "a fetch": {"sec_fetch_mode": "cors"},
    "an image": {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
    "a frame": {"sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
    "a page in advance": {"sec_purpose": "prefetch"},
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_nothing_and_the_login_goes_on(who: str) -> None:
    """Whoever is not the redirect gets a 404, and the real one is still heard."""
    with waiting() as one:
        assert status(one.ask(**STRANGERS[who])) == "404"
        assert status(one.ask()) == "200"
    assert one.verdict == Verdict(Secret("fake-code"))


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"\r\n\r\n",
    ],
)
def test_noise_is_turned_away(noise: bytes) -> None:
    """TLS, half a line or a hundred headers are no request, and do no harm."""
    with waiting() as one:
        assert status(one.send(noise)) in ("404", "")
        assert status(one.ask()) == "200"


def test_a_second_host_header_is_not_believed() -> None:
    """Two hosts are none."""
    with waiting() as one:
        twice = f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1:{one.port}\r\nHost: evil.example\r\n\r\n"
        assert status(one.send(twice.encode())) == "404"


def test_a_request_that_never_ends_is_cut() -> None:
    """More than the limit is not read, and the next one is heard."""
    with waiting() as one:
        with suppress(OSError):
            assert status(one.send(b"GET /" + b"a" * (2 * LIMIT))) in ("431", "")
        assert status(one.ask()) == "200"


def test_slow_and_silent_clients_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers connect in advance and say nothing: the redirect is heard among as many as there be."""
    monkeypatch.setattr(callback, "_GUESTS", 8)
    with waiting() as one:
        silent = [socket.create_connection(("127.0.0.1", one.port), 20) for _ in range(12)]
        silent[-1].sendall(b"GET /callb")
        assert status(one.ask()) == "200"
    for client in silent:
        client.close()
    assert one.verdict == Verdict(Secret("fake-code"))


def test_a_client_may_be_sent_away_while_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of too many may have said something at that very moment: nothing stumbles."""
    monkeypatch.setattr(callback, "_GUESTS", 1)
    with LoopbackListener() as listener, ExitStack() as clients:
        authority = urlsplit(listener.redirect_uri).netloc
        for last in (False, False, True):
            address = ("127.0.0.1", int(authority.rpartition(":")[2]))
            client = clients.enter_context(socket.create_connection(address, 20))
            whole = f"GET {GOOD} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()
            client.sendall(whole if last else b"GET /callb")
        assert listener.wait(Judge(), asked="", seconds=30) == Verdict(Secret("fake-code"))


def test_a_slow_client_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not finished its request in time is hung up on."""
    monkeypatch.setattr(callback, "_PATIENCE", 0.01)
    with waiting() as one, socket.create_connection(("127.0.0.1", one.port), 20) as slow:
        slow.sendall(b"GET /callb")
        assert _all_of(slow) == ""


def test_the_redirect_may_come_in_pieces() -> None:
    """A request is heard once it is whole, however it was cut."""
    with waiting() as one, socket.create_connection(("127.0.0.1", one.port), 20) as client:
        for piece in (b"GET /call", f"back{GOOD[9:]} HTTP/1.1\r\nho".encode(), b"st: 127.0.0.1:"):
            client.sendall(piece)
        client.sendall(f"{one.port}\r\n\r\n".encode())
        assert status(_all_of(client)) == "200"
        one.done = True


def test_a_second_callback_finds_nobody() -> None:
    """After the first answer nothing listens any more."""
    with waiting() as one:
        assert status(one.ask()) == "200"
    with pytest.raises(OSError, match=r"[Rr]efused"):
        one.ask()


def test_nobody_comes() -> None:
    """The wait ends with nothing, and the port is free again at once."""
    with LoopbackListener() as listener:
        port = urlsplit(listener.redirect_uri).port or 0
        assert listener.wait(Judge(), asked="", seconds=0.01) is None
    with LoopbackListener(port=port) as again:
        assert again.redirect_uri == f"http://127.0.0.1:{port}/callback"


def test_who_began_the_login_may_end_the_wait() -> None:
    """A listener that is stopped from another thread stops waiting, long before its time."""
    with RealHost().listen("127.0.0.1", 0, "/callback") as listener:
        stopper = threading.Timer(0.05, listener.stop)
        stopper.start()
        assert listener.wait(Judge(), asked="", seconds=3600) is None
        stopper.join()


def test_a_port_that_was_just_used_can_be_used_again() -> None:
    """A second login on a fixed port need not wait for the first one's sockets to be forgotten."""
    with waiting() as one:
        one.ask()
    with waiting(port=one.port) as again:
        assert status(again.ask()) == "200"


def test_a_port_that_is_taken_is_named() -> None:
    """Who wants a port that another login has is told which, and what to do."""
    with LoopbackListener() as first:
        port = urlsplit(first.redirect_uri).port or 0
        with pytest.raises(BusyError, match=str(port)) as caught:
            LoopbackListener(port=port)
        assert "another port" in caught.value.remedy


def test_localhost_is_every_loopback_address() -> None:
    """A browser that takes ::1 for localhost arrives as well as one that takes 127.0.0.1."""
    for address in ("127.0.0.1", "::1") if _speaks_ipv6() else ("127.0.0.1",):
        with waiting("localhost") as one:
            host = f"localhost:{one.port}"
            assert one.listener.redirect_uri == f"http://{host}/callback"
            assert (
                status(one.send(f"GET {GOOD} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), address))
                == "200"
            )


def test_a_port_that_is_taken_in_one_family_is_taken() -> None:
    """Where another program has ::1, "localhost" is not ours to listen on."""
    if not _speaks_ipv6():
        pytest.skip("this machine does not speak IPv6")
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        with pytest.raises(BusyError):
            LoopbackListener("localhost", other.getsockname()[1])


def test_the_address_of_version_six_has_brackets() -> None:
    """`::1` is a host too, written as URLs write it."""
    if not _speaks_ipv6():
        pytest.skip("this machine does not speak IPv6")
    with waiting("::1") as one:
        host = f"[::1]:{one.port}"
        assert one.listener.redirect_uri == f"http://{host}/callback"
        request = f"GET {GOOD} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        assert status(one.send(request, "::1")) == "200"


def test_only_this_machine_can_be_listened_on() -> None:
    """Any other name is refused."""
    with pytest.raises(UsageError):
        LoopbackListener("0.0.0.0")  # noqa: S104  # that is what must not be


class Typed:
    """A keyboard that is a pipe."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.ended = False

    def fileno(self) -> int:
        return self.reader

    def lines(self) -> list[str] | None:
        chunk = os.read(self.reader, 4096).decode()
        return chunk.splitlines() if chunk else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        os.close(self.reader)
        if not self.ended:
            os.close(self.writer)


def test_a_pasted_answer_wins_the_race() -> None:
    """The terminal is heard while the listener waits."""
    with Typed() as typed, LoopbackListener() as listener:
        os.write(typed.writer, b"something else\nours\n")
        verdict = listener.wait(Judge(), asked="", seconds=30, terminal=typed)
    assert verdict == Verdict(Secret("pasted-code"))


def test_a_terminal_that_ends_leaves_the_browser() -> None:
    """End of input ends the pasting only."""
    with Typed() as typed, LoopbackListener() as listener:
        os.close(typed.writer)
        typed.ended = True
        later = threading.Timer(0.05, lambda: _browse(listener.redirect_uri))
        later.start()
        verdict = listener.wait(Judge(), asked="", seconds=30, terminal=typed)
        later.join()
    assert verdict == Verdict(Secret("fake-code"))


def _browse(redirect_uri: str) -> None:
    authority = urlsplit(redirect_uri).netloc
    with socket.create_connection(("127.0.0.1", int(authority.rpartition(":")[2])), 20) as client:
        client.sendall(f"GET {GOOD} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        _all_of(client)


def test_ctrl_c_leaves_nothing_behind() -> None:
    """An interrupt during the wait passes through, and the port is free."""

    class Interrupting(Typed):
        def lines(self) -> list[str] | None:
            raise KeyboardInterrupt

    with Interrupting() as typed:
        os.write(typed.writer, b"x")
        with pytest.raises(KeyboardInterrupt), LoopbackListener() as listener:
            port = urlsplit(listener.redirect_uri).port or 0
            listener.wait(Judge(), asked="", seconds=30, terminal=typed)
    with LoopbackListener(port=port):
        pass


@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(received: bytes) -> None:
    """Whatever arrives is a visit or none."""
    visit = Visit.parse(received)
    assert visit is None or isinstance(visit.is_navigation(), bool)


@pytest.mark.parametrize("render", [page.succeeded, page.nothing, lambda: page.failed(DENIED)])
def test_a_page_says_how_long_it_is(render: Callable[[], bytes]) -> None:
    """The announced length is that of the body, so that no browser waits for more."""
    head, _, body = render().partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}\r\n".encode() in head + b"\r\n"


def _speaks_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as door:
            door.bind(("::1", 0))
    except OSError:
        return False
    return True
