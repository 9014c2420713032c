"""A client whose token is bound to a key signs each request anew, and learns the server's nonce."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import attrs
import httpx
import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from keyhole.credential import Credential
from keyhole.errors import RejectedError
from keyhole.holder import Holder
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret
from keyhole.testing import NOW
from keyhole_mcp.extensions.dpop import Prover
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.http import McpAuth
from keyhole_mcp.session.credential import Bound

URL = "https://mcp.example/mcp"
KEY = SigningKey.new()
WANTS = {"www-authenticate": 'DPoP error="use_dpop_nonce"'}

Answer = tuple[int, dict[str, str]]


class Held:
    """A session that holds a bound token, and gets another when one is refused."""

    def __init__(self) -> None:
        self.tokens = iter("abc")
        self.refusals = 0
        self.holder = Holder(self._load, lambda: NOW)

    def _load(self, _rejected: Credential | None) -> Bound:
        return Bound(Secret(f"fake-{next(self.tokens)}"), URL, Prover(KEY, lambda: NOW))

    def refused(self, credential: Credential, _challenge: Challenge, *, again: bool) -> None:
        del again
        self.refusals += 1
        self.holder.reject(credential)


@attrs.frozen
class Sent:
    """A request that reached a server.

    Attributes:
        url: Where.
        headers: With what.
    """

    url: str
    headers: dict[str, str]

    @property
    def proof(self) -> dict[str, Any]:
        """What its proof says, whose signature is that of the session's key."""
        text = self.headers["dpop"]
        public = ECKey.import_key(jws.extract_compact(text.encode()).headers()["jwk"])
        assert public.thumbprint() == KEY.thumbprint
        return dict(jwt.decode(text, public, algorithms=["ES256"]).claims)


@attrs.define
class Server:
    """Answers in order, and the last answer for ever."""

    answers: list[Answer]
    sent: list[Sent] = attrs.field(factory=list)

    def answer(self, request: Any) -> Any:
        """One answer, of the client's own library."""
        self.sent.append(Sent(str(request.url), dict(request.headers)))
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        library: Any = httpx2 if type(request).__module__.startswith("httpx2") else httpx
        return library.Response(status, headers=headers)


def sync_client(library: Any, server: Server, auth: McpAuth) -> int:
    """The status that a client gets."""
    transport = library.MockTransport(server.answer)
    with library.Client(transport=transport, auth=auth, follow_redirects=True) as client:
        return int(client.post(f"{URL}?session=1", content=b"{}").status_code)


def async_client(library: Any, server: Server, auth: McpAuth) -> int:
    """The same for an asynchronous one."""

    async def posted() -> int:
        transport = library.MockTransport(server.answer)
        async with library.AsyncClient(
            transport=transport, auth=auth, follow_redirects=True
        ) as client:
            return int((await client.post(f"{URL}?session=1", content=b"{}")).status_code)

    return asyncio.run(posted())


def posted(held: Held, *answers: Answer) -> tuple[int, list[Sent]]:
    """What comes of one request with a server that answers this."""
    server = Server(list(answers))
    return sync_client(httpx2, server, auth_of(held)), server.sent


def auth_of(held: Held) -> McpAuth:
    """`auth=` for a session."""
    return McpAuth(held, URL, {})  # type: ignore[arg-type]  # as far as it is used


@pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
@pytest.mark.parametrize("post", [sync_client, async_client], ids=["sync", "async"])
def test_each_request_has_a_proof_of_its_own(
    library: Any, post: Callable[[Any, Server, McpAuth], int]
) -> None:
    """Scheme DPoP, the token's digest, method and URL; with httpx2 and httpx, sync and async."""
    server, auth = Server([(200, {})]), auth_of(Held())
    assert [post(library, server, auth) for _ in range(2)] == [200, 200]
    first, second = server.sent
    assert first.headers["authorization"] == "DPoP fake-a"
    assert first.proof.items() >= {"htm": "POST", "htu": URL}.items()
    assert first.proof["jti"] != second.proof["jti"]
    assert first.proof["ath"] == second.proof["ath"]


def test_a_server_that_wants_its_nonce_gets_it_and_no_new_token_is_needed() -> None:
    """`use_dpop_nonce` repeats the request with the nonce, and the next request has it, too."""
    held = Held()
    status, sent = posted(held, (401, {**WANTS, "dpop-nonce": "n1"}), (200, {}))
    assert status == 200
    assert held.refusals == 0
    assert [one.proof.get("nonce") for one in sent] == [None, "n1"]
    assert sent[0].proof["jti"] != sent[1].proof["jti"]
    _, sent = posted(held, (200, {}))
    assert sent[0].proof["nonce"] == "n1"


def test_a_nonce_may_come_with_a_good_answer() -> None:
    """The newest is the one that is used (section 8.2)."""
    held = Held()
    posted(held, (200, {"dpop-nonce": "n1"}))
    posted(held, (202, {"dpop-nonce": "n2"}))
    assert posted(held, (200, {}))[1][0].proof["nonce"] == "n2"


def test_a_nonce_that_another_request_has_brought_meanwhile_is_good_enough() -> None:
    """The server's answer names the nonce that is known already: the request goes out again."""
    held = Held()
    credential: Any = held.holder.current()
    credential.prover.nonce = "n1"
    status, sent = posted(held, (401, {**WANTS, "dpop-nonce": "n1"}), (200, {}))
    assert (status, len(sent), held.refusals) == (200, 2, 0)


def test_a_server_that_is_never_content_is_asked_a_few_times_only() -> None:
    """A nonce after a nonce ends as a refusal does."""
    held = Held()
    with pytest.raises(RejectedError):
        posted(held, (401, {**WANTS, "dpop-nonce": "n1"}))
    assert held.refusals == 2


def test_a_refused_token_is_replaced() -> None:
    """Another error asks for another token, as for any other kind."""
    held = Held()
    status, sent = posted(
        held, (401, {"www-authenticate": 'DPoP error="invalid_token"'}), (200, {})
    )
    assert (status, held.refusals) == (200, 1)
    assert [one.headers["authorization"] for one in sent] == ["DPoP fake-a", "DPoP fake-b"]


def test_a_redirected_request_has_a_proof_of_its_own() -> None:
    """Within the server's origin a redirect drops the proof: the next is for where it led."""
    held = Held()
    moved = (307, {"location": "/mcp/"})
    status, (_, bare, signed) = posted(held, moved, (401, {}), (200, {}))
    assert status == 200
    assert "dpop" not in bare.headers
    assert signed.proof["htu"] == signed.url
    assert held.refusals == 0


def test_neither_token_nor_proof_follows_a_redirect_elsewhere() -> None:
    """Another origin gets nothing of both, and its nonce is not taken."""
    held = Held()
    away = (307, {"location": "https://evil.example/mcp"})
    status, sent = posted(held, away, (401, {**WANTS, "dpop-nonce": "evil"}))
    assert status == 401
    assert sent[1].url == "https://evil.example/mcp"
    assert not {"authorization", "dpop"} & set(sent[1].headers)
    credential: Any = held.holder.current()
    assert credential.prover.nonce == ""
