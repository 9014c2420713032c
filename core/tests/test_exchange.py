"""One HTTP exchange: bounded in time and size, and never redirected."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import trustme

from keyhole import deadline
from keyhole.errors import NetworkError
from keyhole.exchange import exchange
from keyhole.message import Request

SECRET = "sk-ant-api03-fake-exchange-0123456789"


def test_a_request_arrives_and_its_answer_comes_back(recorder: Any) -> None:
    """Method, headers and body arrive; status, headers and body come back."""
    recorder.answer = lambda _: (201, {"X-Answer": "yes"}, b"made")
    response = exchange(
        Request(f"{recorder.url}/a?b=c", "POST", {"x-api-key": SECRET}, b"the body", timeout=5)
    )
    assert (response.status, response.headers["x-answer"], response.body) == (201, "yes", b"made")
    (seen,) = recorder.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/a?b=c", b"the body")
    assert seen.all("x-api-key") == [SECRET]


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 429, 500, 503])
def test_every_status_is_an_answer(recorder: Any, status: int) -> None:
    """A status that says no is an answer like any other."""
    recorder.answer = lambda _: (status, {}, b"")
    assert exchange(Request(recorder.url)).status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer(recorders: Any, status: int) -> None:
    """A redirect is not followed: the other place hears of nothing."""
    here, elsewhere = recorders(), recorders()
    here.answer = lambda _: (status, {"location": elsewhere.url}, b"")
    response = exchange(Request(here.url, headers={"x-api-key": SECRET}))
    assert (response.status, response.headers["location"]) == (status, elsewhere.url)
    assert (len(here.seen), len(elsewhere.seen)) == (1, 0)


def test_no_more_is_read_than_the_limit(recorder: Any) -> None:
    """A body is read up to the limit."""
    recorder.answer = lambda _: (200, {}, b"n" * 100_000)
    assert len(exchange(Request(recorder.url, limit=1000)).body) == 1000


def _drips(head: bytes, after: bytes) -> Callable[[socket.socket], None]:
    """Sends the head at once, and then a byte of the rest every 0.1 s, for 1.5 s at most."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        for byte in (after * 150)[:150]:
            time.sleep(0.1)
            connection.sendall(bytes([byte]))

    return talk


@pytest.mark.parametrize(
    ("head", "after"),
    [
        (b"", b"HTTP/1.1 200 OK"),
        (b"HTTP/1.1 200 OK\r\n", b"x-header: yes  "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"n"),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\n", b"n"),
    ],
    ids=["the status line", "the headers", "the body", "an endless body", "an error's body"],
)
def test_the_timeout_is_for_the_whole_exchange(raw_server: Any, head: bytes, after: bytes) -> None:
    """A server that sends a byte now and then is too slow like one that sends nothing."""
    url = raw_server(_drips(head, after))
    started = time.monotonic()
    with pytest.raises(NetworkError, match=r"no answer within 0\.4 seconds"):
        exchange(Request(url, timeout=0.4))
    assert time.monotonic() - started < 10


def test_who_waits_is_told_for_whom(raw_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and once, it is said which server has not answered; a quick one is not named."""
    monkeypatch.setattr(deadline, "SLOW", 0.05)
    told: list[str] = []
    url = raw_server(lambda _: time.sleep(0.2))
    with pytest.raises(NetworkError):
        exchange(Request(url, timeout=20), told.append)
    assert told == [f"{url} has not answered yet; it has 20 seconds"]
    told.clear()
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    monkeypatch.setattr(deadline, "SLOW", 20)
    exchange(Request(raw_server(lambda one: one.sendall(answer)), timeout=30), told.append)
    assert told == []


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
        b"HTTP/1.1 401 No\r\ncontent-length: 5\r\n\r\n",
        b"HTTP/1.1 307 Away\r\nlocation: /\r\ncontent-length: 5\r\n\r\n",
    ],
    ids=["at once", "before its body", "before a refusal's body", "before a redirect's body"],
)
def test_a_server_that_falls_silent_is_too_slow(raw_server: Any, head: bytes) -> None:
    """Wherever a server falls silent, the caller hears of it in time, as one kind of error."""
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        done.wait(5)

    try:
        with pytest.raises(NetworkError, match=r"no answer within 0\.2 seconds"):
            exchange(Request(raw_server(talk), timeout=0.2))
    finally:
        done.set()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "talk",
    [
        lambda _: None,
        _reset,
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.7\r\n"),
        lambda connection: connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00"),
        lambda connection: connection.sendall(b"HTTP/1.1 abc\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nx: " + b"n" * 70_000),
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
        ),
        lambda connection: connection.sendall(
            b"HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
        ),
    ],
    ids=[
        "closes",
        "resets",
        "speaks SSH",
        "speaks TLS",
        "has no status",
        "has too many headers",
        "has a header without end",
        "has broken chunks",
        "has broken chunks in a refusal",
    ],
)
def test_nonsense_is_one_kind_of_error(raw_server: Any, talk: Any) -> None:
    """Whatever a server does instead of speaking HTTP, it is a NetworkError that names it."""
    url = raw_server(talk)
    with pytest.raises(NetworkError, match="can't be reached") as raised:
        exchange(Request(f"{url}/path?token={SECRET}", headers={"x-api-key": SECRET}, timeout=5))
    assert raised.value.where == url
    assert SECRET not in str(raised.value)
    assert raised.value.remedy


def test_a_certificate_that_is_not_trusted_has_its_own_remedy() -> None:
    """What helps against a company's authority, a wrong name or a wrong clock is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"https://127.0.0.1:{server.server_address[1]}"
        try:
            with pytest.raises(NetworkError, match="not trusted") as raised:
                exchange(Request(url, timeout=20))
        finally:
            server.shutdown()
    assert raised.value.where == url
    assert "SSL_CERT_FILE" in raised.value.remedy


ASKED = """
import sys
from keyhole.errors import NetworkError
from keyhole.exchange import exchange
from keyhole.message import Request
try:
    exchange(Request(sys.argv[1], timeout=5))
except NetworkError as error:
    print(error)
"""


def _asked(url: str, **environ: str) -> str:
    """What a process says that asks a server with these proxies."""
    command = [sys.executable, "-c", ASKED, url]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize(
    ("answer", "said", "remedy"),
    [
        ("407 Proxy Authentication Required", "407 Proxy Authentication Required", "password"),
        ("403 Forbidden", "403 Forbidden", "lets you through"),
        ("502", "502", "lets you through"),
        ("407 for token=hunter2\x1b[2J", "407 for token=****", "password"),
    ],
)
def test_a_proxy_that_refuses_is_named(
    raw_server: Any, answer: str, said: str, remedy: str
) -> None:
    """A proxy that lets nobody through is named with its answer, and with what to do about it."""
    proxy = raw_server(lambda there: there.sendall(f"HTTP/1.1 {answer}\r\n\r\n".encode()))
    first, second = _asked("https://gateway.test/path", HTTPS_PROXY=proxy).splitlines()
    assert first == f"https://gateway.test: can't be reached: the proxy answered {said}"
    assert remedy in second


def test_a_proxy_of_an_unknown_kind_is_said() -> None:
    """A proxy that speaks something else than HTTP is an error that says what it is."""
    said = _asked("http://gateway.test", HTTP_PROXY="socks5://127.0.0.1:1")
    assert "can't be reached: unknown url type: socks5" in said


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (lambda _: None, "Remote end closed connection without response"),
        (lambda there: there.sendall(b"SSH-2.0-x\r\n"), "what answers does not speak HTTP"),
        (lambda there: there.sendall(b"HTTP/7 200 OK\r\n\r\n"), "what answers does not speak HTTP"),
        (
            lambda there: there.sendall(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
            "got more than 100 headers",
        ),
    ],
)
def test_what_a_server_does_wrong_is_said(raw_server: Any, talk: Any, said: str) -> None:
    """An error says what happened in words, and not what Python calls it."""
    with pytest.raises(NetworkError, match=f"can't be reached: {said}"):
        exchange(Request(raw_server(talk), timeout=5))


def test_a_port_that_is_none_is_said() -> None:
    """An address that can't be one is an error that does not repeat it."""
    with pytest.raises(NetworkError, match="the URL is not valid") as caught:
        exchange(Request(f"http://gateway.test:{SECRET}/", timeout=5))
    assert SECRET not in str(caught.value)


def test_a_closed_port_is_one_kind_of_error() -> None:
    """Where nobody listens, it is a NetworkError that says so."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkError, match="can't be reached: Connection refused"):
        exchange(Request(f"http://127.0.0.1:{port}", timeout=5))


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,hello", "api.anthropic.com", "", "http://"],
)
def test_only_http_is_asked(url: str) -> None:
    """A URL of another kind, or none at all, is a NetworkError too."""
    with pytest.raises(NetworkError):
        exchange(Request(url, timeout=0.2))


@pytest.mark.parametrize("text", [f"{SECRET}\nx: y", f"{SECRET}\N{SNOWMAN}"])
def test_a_header_that_cannot_be_sent_is_not_repeated(recorder: Any, text: str) -> None:
    """A value that no header may hold is an error that does not repeat it."""
    with pytest.raises(NetworkError) as raised:
        exchange(Request(recorder.url, headers={"x-api-key": text}))
    chain: BaseException | None = raised.value
    while chain is not None:
        assert SECRET not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert not recorder.seen


def test_nothing_of_a_request_shows() -> None:
    """Neither the headers nor the body of a request or of a response are in its repr."""
    assert SECRET not in repr(Request("http://x", headers={"a": SECRET}, body=SECRET.encode()))
