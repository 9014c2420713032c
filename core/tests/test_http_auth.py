"""`Auth` in real clients: the secret goes to its own origin, and nowhere else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import attrs
import httpx
import httpx2
import pytest

from keyhole.credential import (
    API_KEY,
    BEARER,
    HELPER_OUTPUT,
    OAUTH_BETA,
    OAUTH_TOKEN,
    HeaderCredential,
    Kind,
)
from keyhole.errors import BrokenCredentialError, HelperError, RejectedError
from keyhole.secret import Secret

FIRST = "sk-ant-api03-fake-first-0123456789"
SECOND = "sk-ant-api03-fake-second-0123456789"
API = "https://api.anthropic.com"


@attrs.frozen
class Client:
    """One of the libraries, in one of its two ways; each request has a client of its own."""

    library: Any
    asynchronous: bool

    def send(
        self,
        auth: Any,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        answers: Callable[[Any], Any] | None = None,
        seen: list[Any] | None = None,
        **request: Any,
    ) -> Any:
        """Sends a request, following redirects; `seen` collects every response on the way.

        Args:
            auth: The client's `auth`.
            url: The request's URL.
            method: The request's method.
            headers: Headers that the client sends with every request.
            answers: Answers instead of a server.
            seen: Every response, redirects and refusals included, is added to it.
            request: Further arguments of the request.
        """
        options: dict[str, Any] = {
            "auth": auth,
            "headers": headers,
            "follow_redirects": True,
            "trust_env": False,
            "verify": False,
        }
        if answers is not None:
            options["transport"] = self.library.MockTransport(answers)
        collected: list[Any] = [] if seen is None else seen
        if not self.asynchronous:
            options["event_hooks"] = {"response": [collected.append]}
            with self.library.Client(**options) as client:
                return client.request(method, url, **request)

        async def collect(response: Any) -> None:
            collected.append(response)

        async def send() -> Any:
            options["event_hooks"] = {"response": [collect]}
            async with self.library.AsyncClient(**options) as client:
                return await client.request(method, url, **request)

        return asyncio.run(send())

    def stream(self, *chunks: bytes) -> Any:
        """A body that can be sent once only."""

        def once() -> Iterator[bytes]:
            yield from chunks

        async def aonce() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return aonce() if self.asynchronous else once()


@pytest.fixture(
    params=[(httpx, False), (httpx, True), (httpx2, False), (httpx2, True)],
    ids=["httpx", "httpx-async", "httpx2", "httpx2-async"],
)
def client(request: pytest.FixtureRequest) -> Client:
    """Both libraries, sync and async."""
    return Client(*request.param)


def _takes(*secrets: str, without: int = 401) -> Callable[[Any], Any]:
    """A server's answer that knows only these secrets.

    Args:
        secrets: What it takes.
        without: Its answer to a request without any.
    """

    def answer(seen: Any) -> Any:
        given = {*seen.all("x-api-key"), *seen.all("authorization")}
        known = {*secrets, *(f"Bearer {secret}" for secret in secrets)}
        status = 200 if given and given <= known else 401 if given else without
        return status, {}, b"{}"

    return answer


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (API_KEY, {"x-api-key": [FIRST]}),
        (BEARER, {"authorization": [f"Bearer {FIRST}"]}),
        (OAUTH_TOKEN, {"authorization": [f"Bearer {FIRST}"]}),
        (HELPER_OUTPUT, {"x-api-key": [FIRST], "authorization": [f"Bearer {FIRST}"]}),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_exactly_the_kinds_headers_are_sent(
    client: Client, rotating: Any, recorder: Any, kind: Kind, sent: dict[str, list[str]]
) -> None:
    """The kind's headers arrive, and whatever else the client or the request brought does not."""
    held = rotating(FIRST, endpoint=recorder.url, kind=kind)
    rivals = {"x-api-key": "fake-rival", "Authorization": "Bearer fake-rival"}
    client.send(held.resolved.auth(), recorder.url, headers=rivals)
    client.send(held.resolved.auth(), f"{recorder.url}/path?query=1", headers=rivals)
    assert [seen.secrets() for seen in recorder.seen] == [sent, sent]
    assert "fake-rival" not in repr(recorder.seen)
    assert held.source.asked == [None]


def test_the_beta_flag_joins_the_callers(client: Client, rotating: Any, recorder: Any) -> None:
    """An OAuth token's beta flag is sent beside the caller's own flags."""
    held = rotating(FIRST, endpoint=recorder.url, kind=OAUTH_TOKEN)
    client.send(held.resolved.auth(), recorder.url, headers={"anthropic-beta": "callers-1"})
    assert recorder.seen[0].all("anthropic-beta") == [f"callers-1,{OAUTH_BETA}"]


def test_the_callers_beta_flag_is_in_the_second_try_too(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """The request that is sent once more has the caller's own beta flags, like the first."""
    held = rotating(FIRST, SECOND, endpoint=recorder.url, kind=OAUTH_TOKEN)
    recorder.answer = _takes(SECOND)
    client.send(held.resolved.auth(), recorder.url, headers={"anthropic-beta": "callers-1"})
    expected = [f"callers-1,{OAUTH_BETA}"]
    assert [seen.all("anthropic-beta") for seen in recorder.seen] == [expected, expected]


def test_other_origins_are_left_alone(client: Client, rotating: Any, recorders: Any) -> None:
    """A request to another origin goes out as the caller made it, and its 401 is no refusal."""
    own, other = recorders(), recorders()
    other.answer = lambda _: (401, {}, b"{}")
    held = rotating(FIRST, endpoint=own.url)
    response = client.send(held.resolved.auth(), other.url, headers={"x-api-key": "fake-own"})
    assert response.status_code == 401
    assert [seen.secrets() for seen in other.seen] == [{"x-api-key": ["fake-own"]}]
    assert held.resolved.ready() is not None or not held.source.asked
    assert not own.seen


@pytest.mark.parametrize(
    ("url", "authenticated"),
    [
        (f"{API}/v1/messages", True),
        ("https://api.anthropic.com:443/", True),
        ("https://API.Anthropic.com/", True),
        ("http://api.anthropic.com/", False),
        ("https://api.anthropic.com:8443/", False),
        ("http://api.anthropic.com:443/", False),
        ("https://api.anthropic.com.evil.test/", False),
        ("https://evil.test/https://api.anthropic.com/", False),
        ("https://api.anthropic.com@evil.test/", False),
        ("https://evil.test#@api.anthropic.com/", False),
        ("https://anthropic.com/", False),
    ],
)
def test_what_the_origin_is(
    client: Client, rotating: Any, url: str, *, authenticated: bool
) -> None:
    """Scheme, host and port decide, each of them, and nothing that only looks like them."""
    sent: list[Any] = []

    def answers(request: Any) -> Any:
        sent.append(request.headers.raw)
        return client.library.Response(200)

    client.send(rotating(FIRST).resolved.auth(), url, answers=answers)
    assert (FIRST in repr(sent)) is authenticated


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", [API_KEY, HELPER_OUTPUT], ids=lambda kind: kind.name)
def test_a_redirect_to_another_origin_carries_nothing(
    client: Client, rotating: Any, recorders: Any, status: int, kind: Kind
) -> None:
    """Whatever the redirect, the other origin gets no credential, though it is the same host."""
    own, other = recorders(), recorders()
    own.answer = lambda _: (status, {"location": f"{other.url}/taken"}, b"")
    held = rotating(FIRST, endpoint=own.url, kind=kind)
    rivals = {"x-api-key": "fake-rival", "authorization": "Bearer fake-rival"}
    response = client.send(
        held.resolved.auth(), own.url, method="POST", json={"a": 1}, headers=rivals
    )
    assert response.status_code == 200
    assert [seen.path for seen in other.seen] == ["/taken"]
    assert FIRST not in repr(other.seen)
    assert "fake-rival" not in repr(other.seen)
    assert len(own.seen) == 1


def test_a_redirect_in_clear_carries_nothing(client: Client, rotating: Any) -> None:
    """A redirect from https to http on the same host gets no credential."""
    sent: list[Any] = []

    def answers(request: Any) -> Any:
        sent.append((str(request.url), request.headers.raw))
        away = {"location": "http://api.anthropic.com/"}
        return client.library.Response(200 if request.url.scheme == "http" else 307, headers=away)

    client.send(rotating(FIRST).resolved.auth(), f"{API}/", answers=answers)
    assert [FIRST in repr(headers) for _, headers in sent] == [True, False]


def test_a_refusal_elsewhere_is_not_ours(client: Client, rotating: Any, recorders: Any) -> None:
    """A 401 of the origin that a redirect led to neither renews nor rejects the credential."""
    own, other = recorders(), recorders()
    own.answer = lambda _: (307, {"location": other.url}, b"")
    other.answer = lambda _: (401, {}, b"{}")
    held = rotating(FIRST, SECOND, endpoint=own.url)
    assert client.send(held.resolved.auth(), own.url).status_code == 401
    assert (len(own.seen), len(other.seen), held.source.asked) == (1, 1, [None])


@pytest.mark.parametrize("without", [401, 403])
@pytest.mark.parametrize("hops", [1, 3])
def test_a_redirect_within_the_origin_is_authenticated(
    client: Client, rotating: Any, recorder: Any, hops: int, without: int
) -> None:
    """A 307 within the origin ends with an authenticated request, body included.

    Servers answer 401 or 403 to the request that a redirect sends without the credential.
    """
    takes = _takes(FIRST, without=without)

    def answer(seen: Any) -> Any:
        number = int(seen.path.rpartition("/")[2])
        if takes(seen)[0] == 200 and number < hops:
            return 307, {"location": f"/{number + 1}"}, b""
        return takes(seen)

    recorder.answer = answer
    held = rotating(FIRST, endpoint=recorder.url)
    response = client.send(held.resolved.auth(), f"{recorder.url}/0", method="POST", json={"a": 1})
    assert response.status_code == 200
    assert (recorder.seen[-1].path, recorder.seen[-1].body) == (f"/{hops}", b'{"a":1}')
    assert held.source.asked == [None]


def test_a_redirected_requests_own_403_stands(client: Client, rotating: Any, recorder: Any) -> None:
    """Where a redirect leads to what the credential may not do, the server's 403 is the answer."""
    recorder.answer = lambda seen: (
        (307, {"location": "/end"}, b"") if seen.path == "/start" else (403, {}, b"{}")
    )
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    assert client.send(held.resolved.auth(), f"{recorder.url}/start").status_code == 403
    assert [seen.all("x-api-key") for seen in recorder.seen] == [[FIRST], [], [FIRST]]
    assert held.source.asked == [None]


@pytest.mark.parametrize("without", [401, 403])
@pytest.mark.parametrize(
    "request_",
    [{}, {"method": "POST", "json": {"a": 1}}, {"method": "PUT", "content": b"bytes"}],
    ids=["no body", "json", "bytes"],
)
def test_after_a_redirect_it_is_renewed_as_well(
    client: Client, rotating: Any, recorder: Any, request_: dict[str, Any], without: int
) -> None:
    """A credential that is refused where a redirect led is loaded again, and its body sent again."""
    takes = _takes(SECOND, without=without)
    recorder.answer = lambda seen: (
        (307, {"location": "/end"}, b"") if seen.path == "/start" else takes(seen)
    )
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    response = client.send(held.resolved.auth(), f"{recorder.url}/start", **request_)
    assert response.status_code == 200
    first, _, refused, renewed = recorder.seen
    assert [seen.path for seen in recorder.seen] == ["/start", "/end", "/end", "/end"]
    assert [refused.all("x-api-key"), renewed.all("x-api-key")] == [[FIRST], [SECOND]]
    assert renewed.body == refused.body == first.body


def test_what_signs_has_the_body_after_a_redirect(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """A credential that signs each request can read the body of the one that a redirect made."""

    class Signer(HeaderCredential):
        def authenticate(self, request: Any) -> Mapping[str, str]:
            return {"x-api-key": f"{self.secret.reveal()} of {request.content.decode()}"}

    takes = _takes(f"{FIRST} of body")
    recorder.answer = lambda seen: (
        (307, {"location": "/end"}, b"") if seen.path == "/start" else takes(seen)
    )
    signer = Signer(API_KEY, Secret(FIRST), recorder.url)
    auth = rotating(signer, endpoint=recorder.url).resolved.auth()
    response = client.send(auth, f"{recorder.url}/start", method="POST", content="body")
    assert response.status_code == 200


def test_a_detour_ends_authenticated(client: Client, rotating: Any, recorders: Any) -> None:
    """A redirect to another origin and back carries the credential at home only."""
    own, other = recorders(), recorders()
    takes = _takes(FIRST)
    own.answer = lambda seen: (
        (307, {"location": other.url}, b"") if seen.path == "/start" else takes(seen)
    )
    other.answer = lambda _: (307, {"location": f"{own.url}/end"}, b"")
    held = rotating(FIRST, endpoint=own.url)
    assert client.send(held.resolved.auth(), f"{own.url}/start").status_code == 200
    assert FIRST not in repr(other.seen)
    assert own.seen[-1].secrets() == {"x-api-key": [FIRST]}


def test_a_circle_of_redirects_ends(client: Client, rotating: Any, recorder: Any) -> None:
    """A server that redirects for ever is given up by the library, as without `Auth`."""
    recorder.answer = lambda seen: (307, {"location": f"/{len(recorder.seen)}{seen.path}"}, b"")
    held = rotating(FIRST, endpoint=recorder.url)
    with pytest.raises(client.library.TooManyRedirects):
        client.send(held.resolved.auth(), recorder.url)


def test_after_a_401_it_is_loaded_again_and_sent_once_more(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """The refused value is handed to the loader, and the whole request is sent again with the new."""
    recorder.answer = _takes(SECOND)
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    response = client.send(held.resolved.auth(), recorder.url, method="POST", json={"a": 1})
    assert response.status_code == 200
    assert [seen.secrets() for seen in recorder.seen] == [
        {"x-api-key": [FIRST]},
        {"x-api-key": [SECOND]},
    ]
    assert [seen.body for seen in recorder.seen] == [b'{"a":1}'] * 2
    first, refused = held.source.asked
    assert (first, refused.reveal()) == (None, FIRST)
    assert client.send(held.resolved.auth(), recorder.url).status_code == 200
    assert len(recorder.seen) == 3


def test_a_second_401_is_final(client: Client, rotating: Any, recorder: Any) -> None:
    """A fresh credential that is refused too ends with the reason, after two requests."""
    recorder.answer = lambda _: (401, {}, b"{}")
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    seen: list[Any] = []
    with pytest.raises(RejectedError, match="refused twice") as raised:
        client.send(held.resolved.auth(), recorder.url, seen=seen)
    assert len(recorder.seen) == 2
    assert FIRST not in str(raised.value)
    assert SECOND not in str(raised.value)
    assert [response.is_closed for response in seen] == [True, True]


def test_the_same_value_again_is_final(client: Client, rotating: Any, recorder: Any) -> None:
    """A loader that can only repeat the refused value ends it, after one request."""
    recorder.answer = lambda _: (401, {}, b"{}")
    held = rotating(FIRST, endpoint=recorder.url)
    seen: list[Any] = []
    with pytest.raises(RejectedError, match="the same one"):
        client.send(held.resolved.auth(), recorder.url, seen=seen)
    assert len(recorder.seen) == 1
    assert [response.is_closed for response in seen] == [True]


def test_a_passing_fault_locks_nobody_out(client: Client, rotating: Any, recorder: Any) -> None:
    """After a final refusal of the only value, the next request is sent, and may succeed."""
    recorder.answer = lambda _: (401, {}, b"{}")
    held = rotating(FIRST, endpoint=recorder.url)
    with pytest.raises(RejectedError):
        client.send(held.resolved.auth(), recorder.url)
    recorder.answer = _takes(FIRST)
    assert client.send(held.resolved.auth(), recorder.url).status_code == 200


@pytest.mark.parametrize("status", [400, 403, 429, 500, 529])
def test_only_a_401_is_a_refusal(client: Client, rotating: Any, recorder: Any, status: int) -> None:
    """Any other status is the caller's, and changes nothing."""
    recorder.answer = lambda _: (status, {}, b"{}")
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    assert client.send(held.resolved.auth(), recorder.url).status_code == status
    assert (len(recorder.seen), held.source.asked) == (1, [None])


def test_a_loader_that_fails_after_a_401_is_heard(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """What the loader says reaches the caller as it is, and the refused response is closed."""
    recorder.answer = lambda _: (401, {}, b"{}")
    failure = HelperError("the helper ended with 3", where="settings.json:4")
    held = rotating(FIRST, failure, endpoint=recorder.url)
    seen: list[Any] = []
    with pytest.raises(HelperError) as raised:
        client.send(held.resolved.auth(), recorder.url, seen=seen)
    assert raised.value is failure
    assert [response.is_closed for response in seen] == [True]


def test_a_credential_for_another_endpoint_is_an_error(
    client: Client, rotating: Any, recorders: Any
) -> None:
    """Where the new one is for another origin, nothing more is sent: neither it, nor without it."""
    own, other = recorders(), recorders()
    own.answer = lambda _: (401, {}, b"{}")
    held = rotating(
        HeaderCredential(API_KEY, Secret(FIRST), own.url),
        HeaderCredential(API_KEY, Secret(SECOND), other.url),
    )
    auth = held.resolved.auth()
    for _ in range(2):
        with pytest.raises(BrokenCredentialError, match=f"is for {other.url} now") as raised:
            client.send(auth, own.url)
        assert "make a new client" in raised.value.remedy
    assert [seen.all("x-api-key") for seen in own.seen] == [[FIRST]]
    assert not other.seen


def test_a_loader_that_fails_at_first_sends_nothing(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """Without a credential no request leaves."""
    held = rotating(HelperError("the helper ended with 3"), endpoint=recorder.url)
    with pytest.raises(HelperError):
        client.send(held.resolved.auth(), recorder.url)
    assert not recorder.seen


def test_a_body_that_is_gone_is_said_and_the_remedy_works(
    client: Client, rotating: Any, recorder: Any
) -> None:
    """A refused stream can't be sent again, which is said; a new stream has the new credential."""
    recorder.answer = _takes(SECOND)
    held = rotating(FIRST, SECOND, endpoint=recorder.url)
    seen: list[Any] = []
    with pytest.raises(RejectedError, match="can't be sent again") as raised:
        client.send(
            held.resolved.auth(),
            recorder.url,
            method="POST",
            content=client.stream(b"one", b"two"),
            seen=seen,
        )
    assert "send the request again with a new stream" in raised.value.remedy
    assert [response.is_closed for response in seen] == [True]
    again = client.send(
        held.resolved.auth(), recorder.url, method="POST", content=client.stream(b"one", b"two")
    )
    assert again.status_code == 200
    assert [seen.body for seen in recorder.seen] == [b"onetwo"] * 2


def test_many_refused_requests_load_once(rotating: Any, recorder: Any) -> None:
    """Twenty concurrent requests whose credential has just been replaced share one load."""
    recorder.answer = _takes(SECOND)
    held = rotating(FIRST, SECOND, endpoint=recorder.url)

    async def many() -> list[int]:
        async with httpx2.AsyncClient(auth=held.resolved.auth(), trust_env=False) as client:
            responses = await asyncio.gather(*(client.get(recorder.url) for _ in range(20)))
        return [response.status_code for response in responses]

    assert asyncio.run(many()) == [200] * 20
    assert len(held.source.asked) == 2


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_held_credential_starts_no_thread(
    rotating: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, library: Any
) -> None:
    """An async request with a held credential hops to no thread."""
    held = rotating(FIRST, endpoint=recorder.url)
    held.resolved.credential()
    own = threading.Thread.start
    started: list[str] = []

    def start(thread: threading.Thread) -> None:
        if "process_request" not in thread.name:  # the server's own
            started.append(thread.name)
        own(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    assert Client(library, asynchronous=True).send(held.resolved.auth(), recorder.url)
    assert started == []


def test_auth_shows_no_secret(rotating: Any) -> None:
    """Its repr names the source and the place."""
    held = rotating(FIRST)
    held.resolved.credential()
    shown = repr(held.resolved.auth())
    assert "rotating" in shown
    assert FIRST not in shown
