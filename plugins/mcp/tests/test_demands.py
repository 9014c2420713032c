"""What one answer asks for decides about one load, and about nothing that comes later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from components.mcp_site import ISSUER, URL, Site, as_host, document
from keyhole.errors import InteractionRequiredError, OAuthError, RejectedError
from keyhole_mcp.flow.challenge import Challenge, challenge_in
from keyhole_mcp.library import session

WANTS_MORE = 'Bearer error="insufficient_scope", scope="write"'


class Server:
    """An MCP server: `refusals` of its next answers are a 401, and POST wants the scope `write`."""

    def __init__(self) -> None:
        self.refusals = 0
        self.writers: set[str] = set()
        self.seen: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request.headers.get("authorization", "").removeprefix("Bearer "))
        if self.refusals:
            self.refusals -= 1
            return httpx2.Response(
                401, headers={"www-authenticate": 'Bearer error="invalid_token"'}
            )
        if request.method == "POST" and self.seen[-1] not in self.writers:
            return httpx2.Response(403, headers={"www-authenticate": WANTS_MORE})
        return httpx2.Response(200)


@pytest.fixture
def server() -> Server:
    """A server that takes every token."""
    return Server()


@pytest.fixture
def client(site: Site, server: Server) -> Iterator[Callable[..., httpx2.Client]]:
    """A client of a login that is there already: `client(interactive=False)`."""
    count = iter(range(1, 100))
    site.pages[f"{ISSUER}/token"] = lambda _: {
        "access_token": f"token-{next(count)}",
        "refresh_token": "fake-refresh",
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    site.sign_in(scope="read")
    opened: list[httpx2.Client] = []

    def connect(**how: bool) -> httpx2.Client:
        opened.append(httpx2.Client(auth=site.auth(**how), transport=httpx2.MockTransport(server)))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_a_passing_fault_of_the_server_is_over_when_it_is(
    site: Site, server: Server, client: Callable[..., httpx2.Client]
) -> None:
    """After a request whose fresh token was refused, too, the next one is sent with that token and asks nobody."""
    mine = client(interactive=False)
    server.refusals = 2
    with pytest.raises(RejectedError, match="and then a fresh one"):
        mine.get(URL)
    asked = len(site.asked)
    assert mine.get(URL).status_code == 200
    assert server.seen[-2:] == ["token-2", "token-2"]
    assert len(site.asked) == asked


def test_nobody_is_there_for_more_scope(client: Callable[..., httpx2.Client]) -> None:
    """A token that does too little for one request goes on doing for others what it does."""
    mine = client(interactive=False)
    with pytest.raises(InteractionRequiredError):
        mine.post(URL)
    assert mine.get(URL).status_code == 200


def test_who_denied_more_scope_is_left_alone(
    site: Site, client: Callable[..., httpx2.Client]
) -> None:
    """A person who said no is not asked again by requests that need no more than there is."""
    mine = client()

    def denies(url: str) -> str:
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"http://localhost/callback?error=access_denied&iss={ISSUER}&state={state}"

    site.host.person = denies
    with pytest.raises(OAuthError, match="denied"):
        mine.post(URL)
    opened = len(site.host.opened)
    assert [mine.get(URL).status_code for _ in range(3)] == [200, 200, 200]
    assert len(site.host.opened) == opened


def test_a_token_with_more_scope_is_renewed_like_any(
    site: Site, server: Server, client: Callable[..., httpx2.Client]
) -> None:
    """After a step-up a token that nears its end is renewed before it is refused."""
    mine = client()
    server.writers = {"token-2", "token-3"}
    assert mine.post(URL).status_code == 200
    site.host.time += 3600 - 20
    assert mine.post(URL).status_code == 200
    assert server.seen == ["token-1", "token-2", "token-3"]


def test_scopes_that_are_asked_for_at_once_are_asked_for_together(site: Site) -> None:
    """Of two requests that want another scope each, neither is forgotten, and one sign-in serves both."""
    site.sign_in(scope="read")
    mine = session(URL, URL, account="", interactive=True, look=site.look, host=as_host(site))
    held = mine.holder.current()
    site.grants = [{"access_token": "more", "token_type": "Bearer", "expires_in": 3600}]
    for scope in ("a", "b"):
        asked = f'Bearer error="insufficient_scope", scope="{scope}"'
        mine.step_up(held, challenge_in({"www-authenticate": asked}))
    assert mine.has(mine.holder.current(), "read a b")
    assert site.shown["scope"] == "read a b"


def test_a_late_refusal_of_a_token_that_was_replaced_is_void(site: Site) -> None:
    """What a server said of an older token asks for nothing once a newer one is there."""
    site.sign_in()
    mine = session(URL, URL, account="", interactive=False, look=site.look, host=as_host(site))
    old = mine.holder.current()
    site.grants = [{"access_token": "second", "token_type": "Bearer", "expires_in": 3600}]
    mine.refused(old, Challenge("bearer"), again=False)
    new = mine.holder.current()
    mine.refused(old, Challenge("bearer"), again=True)
    assert mine.holder.current() is new
    site.host.time += 3590
    site.grants = [{"access_token": "third", "token_type": "Bearer", "expires_in": 3600}]
    assert mine.holder.current().secret.reveal() == "third"


def test_a_login_that_has_ended_opens_a_browser_where_a_person_is(site: Site) -> None:
    """Where the next token is refused for good, a person is asked once the server wants one."""
    site.sign_in()
    site.host.time += 4000
    fresh = site.pages[f"{ISSUER}/token"]

    def refuses_once(_: Any) -> Any:
        site.pages[f"{ISSUER}/token"] = fresh
        return document({"error": "invalid_grant"}, 400)

    site.pages[f"{ISSUER}/token"] = refuses_once
    site.grants = [{"access_token": "again", "token_type": "Bearer", "expires_in": 3600}]

    def answer(request: httpx2.Request) -> httpx2.Response:
        known = request.headers.get("authorization") == "Bearer again"
        return httpx2.Response(200 if known else 401, headers={"www-authenticate": "Bearer"})

    with httpx2.Client(auth=site.auth(), transport=httpx2.MockTransport(answer)) as mine:
        assert mine.get(URL).status_code == 200
    assert len(site.host.opened) == 2


def test_waiting_for_anothers_sign_in_is_no_part_of_ones_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets the turn after minutes has all the time that a sign-in may take."""
    from keyhole_mcp.session.handoff import HandOff

    turn = HandOff.turn

    @contextmanager
    def late(self: HandOff, about: str, *, seconds: float) -> Iterator[Any]:
        site.host.time += 200
        with turn(self, about, seconds=seconds) as mine:
            yield mine

    monkeypatch.setattr(HandOff, "turn", late)
    assert site.sign_in().access_token is not None
