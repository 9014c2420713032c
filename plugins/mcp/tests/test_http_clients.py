"""`keyhole_mcp.auth` in the four clients, and what happens when requests are given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest

from components.mcp_site import ISSUER, ORIGIN, URL, Site
from keyhole.errors import RejectedError
from keyhole_mcp.http import McpAuth

LIBRARIES = [httpx2, httpx]


def served(library: Any, good: str, seen: list[Any]) -> Callable[[Any], Any]:
    """Answers 200 to one token and 401 to all others."""

    def answer(request: Any) -> Any:
        # The same request is sent again with another header: what it had is noted now.
        seen.append(request.headers.get("authorization"))
        found = seen[-1] == f"Bearer {good}"
        headers = {} if found else {"www-authenticate": 'Bearer error="invalid_token"'}
        return library.Response(200 if found else 401, headers=headers)

    return answer


def transport(library: Any, answer: Callable[[Any], Any]) -> Any:
    """Answers as a real one does: the libraries' own stand-in reads each request's body itself."""

    class Transport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return answer(request)

        async def handle_async_request(self, request: Any) -> Any:
            return answer(request)

    return Transport()


def asked(library: Any, auth: McpAuth, answer: Callable[[Any], Any], *, asynchronous: bool) -> int:
    """The status of one request, by a client of either kind that follows redirects."""
    options = {
        "auth": auth,
        "transport": transport(library, answer),
        "follow_redirects": True,
    }

    async def sent() -> int:
        async with library.AsyncClient(**options) as client:
            return int((await client.post(URL, json={})).status_code)

    if asynchronous:
        return asyncio.run(sent())
    with library.Client(**options) as client:
        return int(client.post(URL, json={}).status_code)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("library", LIBRARIES)
class TestEachClient:
    def test_signs_in_at_the_first_401(
        self, site: Site, library: Any, *, asynchronous: bool
    ) -> None:
        """Without a login the first refusal leads to one, and the request is sent again."""
        seen: list[Any] = []
        answer = served(library, "fake-token", seen)
        assert asked(library, site.auth(), answer, asynchronous=asynchronous) == 200
        assert seen == [None, "Bearer fake-token"]

    def test_renews_after_a_401(self, site: Site, library: Any, *, asynchronous: bool) -> None:
        """A token that is refused early is renewed, and nobody is asked."""
        site.sign_in()
        site.grants = [{"access_token": "second", "token_type": "Bearer", "expires_in": 3600}]
        seen: list[Any] = []
        answer = served(library, "second", seen)
        auth = site.auth(interactive=False)
        assert asked(library, auth, answer, asynchronous=asynchronous) == 200
        assert site.fields(f"{ISSUER}/token")["grant_type"] == "refresh_token"

    def test_renews_after_a_redirect(self, site: Site, library: Any, *, asynchronous: bool) -> None:
        """A token that is refused where a redirect led is renewed, and the body sent again."""
        site.sign_in()
        site.grants = [{"access_token": "second", "token_type": "Bearer", "expires_in": 3600}]
        takes, bodies = served(library, "second", []), []

        def answer(request: Any) -> Any:
            if str(request.url) == URL:
                return library.Response(307, headers={"location": f"{URL}/moved"})
            bodies.append(b"".join(request.stream))
            return takes(request)

        auth = site.auth(interactive=False)
        assert asked(library, auth, answer, asynchronous=asynchronous) == 200
        assert bodies == [b"{}", b"{}"]

    @pytest.mark.parametrize("static", [False, True])
    def test_headers_arrive_where_the_server_sends_on(
        self, site: Site, library: Any, *, asynchronous: bool, static: bool
    ) -> None:
        """Where a redirect on its origin drops what goes nowhere else, it is sent there anew, and no token renewed."""
        site.sign_in()
        own = {"X-Team": "blue", **({"Authorization": "Bearer fake-static"} if static else {})}
        wanted = {
            "x-team": "blue",
            "authorization": "Bearer fake-static" if static else "Bearer fake-token",
        }
        site.challenge = f'Bearer resource_metadata="{ORIGIN}/x"'

        def answer(request: Any) -> Any:
            if str(request.url) == URL:
                return library.Response(307, headers={"location": f"{URL}/"})
            has_all = request.headers.items() >= wanted.items()
            asks = {"www-authenticate": site.challenge}
            return library.Response(200 if has_all else 401, headers={} if has_all else asks)

        before = len(site.asked)
        auth = McpAuth(site.auth(interactive=False)._session, URL, own)
        assert asked(library, auth, answer, asynchronous=asynchronous) == 200
        assert len(site.asked) == before

    def test_gives_up_after_a_fresh_token(
        self, site: Site, library: Any, *, asynchronous: bool
    ) -> None:
        """A server that refuses a fresh token of the same issuer, too, gets no third one."""
        site.sign_in()
        site.grants = [{"access_token": "second", "token_type": "Bearer", "expires_in": 3600}]
        seen: list[Any] = []
        with pytest.raises(RejectedError, match="then a fresh one"):
            asked(library, site.auth(), served(library, "", seen), asynchronous=asynchronous)
        assert len(seen) == 2

    def test_a_server_that_wants_nothing_gets_nothing(
        self, site: Site, library: Any, *, asynchronous: bool
    ) -> None:
        """Without a login and without a challenge the request goes as it is."""
        seen: list[Any] = []

        def answer(request: Any) -> Any:
            seen.append(request)
            return library.Response(200)

        assert asked(library, site.auth(), answer, asynchronous=asynchronous) == 200
        assert "authorization" not in seen[0].headers
        assert not site.asked


def test_a_configured_header_that_is_refused_is_explained(site: Site) -> None:
    """A server with OAuth that refuses a static key says so, instead of asking for a login."""
    site.challenge = f'Bearer resource_metadata="{ORIGIN}/x"'
    auth = McpAuth(site.auth()._session, URL, {"Authorization": "Bearer fake-static"})
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        seen.append(request)
        return httpx2.Response(401, headers={"www-authenticate": site.challenge})

    with (
        httpx2.Client(auth=auth, transport=httpx2.MockTransport(answer)) as client,
        pytest.raises(RejectedError, match="configured for it"),
    ):
        client.post(URL, json={})
    assert [one.headers["authorization"] for one in seen] == ["Bearer fake-static"]
    assert not site.asked


def test_a_request_that_is_given_up_blocks_no_other(site: Site) -> None:
    """A cancelled call, and a flow that another task closes, leave the next one free to go."""
    site.sign_in()
    waiting = asyncio.Event()

    async def slow(_: httpx2.Request) -> httpx2.Response:
        waiting.set()
        await asyncio.sleep(3600)
        return httpx2.Response(200)

    async def main() -> int:
        auth = site.auth()
        async with httpx2.AsyncClient(auth=auth, transport=httpx2.MockTransport(slow)) as client:
            call = asyncio.create_task(client.post(URL, json={}))
            await waiting.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        flow = auth.async_auth_flow(httpx2.Request("POST", URL))
        await anext(flow)
        await asyncio.create_task(flow.aclose())
        answer = served(httpx2, "fake-token", [])
        async with httpx2.AsyncClient(auth=auth, transport=httpx2.MockTransport(answer)) as client:
            return (await client.post(URL, json={})).status_code

    assert asyncio.run(asyncio.wait_for(main(), 60)) == 200
