"""`SdkTokenStorage`: what the mcp SDK is given, what is kept, and where a refresh token goes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from typing import Any
from urllib.parse import parse_qs

import attrs
import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from keyhole.errors import NetworkError, UsageError
from keyhole.machine import Machine
from keyhole.message import Response
from keyhole.record import TokenRecord
from keyhole.testing import CANARY, NOW, FakeHost, fake_machine
from keyhole_mcp.session.pointers import pointer_of
from keyhole_mcp.storage import Renewing, SdkTokenStorage
from keyhole_mcp.storage.login import UnrenewableTokenWarning

URL = "https://mcp.acme.example/mcp"
ISSUER = "https://auth.acme.example"
CLIENT = OAuthClientInformationFull(
    client_id="the-sdk",
    client_secret=f"fake-{CANARY}",
    token_endpoint_auth_method="client_secret_post",
    redirect_uris=[AnyUrl("http://127.0.0.1/callback")],
    issuer=f"{ISSUER}/",
)
OWN = CLIENT.model_copy(update={"client_id": "registered-by-hand", "issuer": None})
DAY = 86400


def answer(fields: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, body=json.dumps(fields).encode())


def metadata(issuer: str = ISSUER) -> list[Response]:
    """What the MCP server and its authorization server say of themselves."""
    resource = {"resource": URL, "authorization_servers": [issuer]}
    server = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
    }
    return [answer(resource), answer(server)]


def token(number: int) -> OAuthToken:
    """The number-th token of a login."""
    return OAuthToken(
        access_token=f"at-{number}-{CANARY}",
        refresh_token=f"rt-{number}-{CANARY}",
        expires_in=3600,
        scope="read",
    )


def granted(number: int) -> Response:
    """The answer of a token endpoint with it."""
    return answer(token(number).model_dump())


@attrs.frozen
class World:
    """A machine, with a storage on it.

    Attributes:
        host: Its effects.
    """

    host: FakeHost = attrs.field(factory=FakeHost)

    def look(self) -> Machine:
        """The machine as it is now."""
        return fake_machine(files=self.host.files, now=self.host.time)

    def storage(self) -> SdkTokenStorage:
        """A new one, as after a restart."""
        return SdkTokenStorage(URL, look=self.look, host=self.host)

    def sign_in(
        self,
        tokens: OAuthToken,
        answers: list[Response] | None = None,
        client: OAuthClientInformationFull = CLIENT,
    ) -> None:
        """What the SDK does after a sign-in."""
        self.host.responses += metadata() if answers is None else answers

        async def keep() -> None:
            await self.storage().set_client_info(client.model_copy())
            await self.storage().set_tokens(tokens)

        asyncio.run(keep())

    def got(self) -> OAuthToken | None:
        """What the SDK gets after a restart."""
        return asyncio.run(self.storage().get_tokens())

    def client(self) -> OAuthClientInformationFull | None:
        """Which client it gets."""
        return asyncio.run(self.storage().get_client_info())

    def record(self) -> TokenRecord:
        """What is kept."""
        pointer = pointer_of(self.look(), URL, "")
        assert pointer is not None
        record = self.host.memory.read(pointer.key)
        assert record is not None
        return record


@pytest.fixture
def world() -> World:
    """A machine on which nobody has signed in."""
    return World()


def test_the_sdk_takes_it(world: World) -> None:
    """It has the methods of the SDK's `TokenStorage`, and knows nothing before a sign-in."""
    storage: TokenStorage = world.storage()
    assert asyncio.run(storage.get_tokens()) is None
    assert asyncio.run(storage.get_client_info()) is None
    assert not world.host.requests


def test_what_is_left_is_given_out(world: World) -> None:
    """The end is kept as a moment: a token of an hour has 600 seconds left after 50 minutes."""
    world.sign_in(token(1))
    world.host.time += 3000
    got = world.got()
    assert got is not None
    assert (got.access_token, got.expires_in, got.scope) == (f"at-1-{CANARY}", 600, "read")


def test_a_token_without_an_end_has_none(world: World) -> None:
    """What the server did not say is not made up."""
    tokens = token(1)
    tokens.expires_in = None
    world.sign_in(tokens)
    world.host.time += 365 * DAY
    got = world.got()
    assert got is not None
    assert got.expires_in is None


def test_the_refresh_token_stays_in_the_store(world: World) -> None:
    """The SDK holds none: not in what it is given, and no longer in what it gave."""
    tokens = token(1)
    world.sign_in(tokens)
    got = world.got()
    assert got is not None
    assert got.refresh_token is None
    assert tokens.refresh_token is None
    kept = world.record().refresh_token
    assert kept is not None
    assert kept.reveal() == f"rt-1-{CANARY}"


def test_an_ended_token_is_renewed_where_its_issuer_says(world: World) -> None:
    """The refresh token goes to the token endpoint of the issuer's validated metadata, once."""
    world.sign_in(token(1))
    asked = len(world.host.requests)
    world.host.time += DAY
    world.host.responses.append(granted(2))
    got = world.got()
    assert got is not None
    assert (got.access_token, got.expires_in) == (f"at-2-{CANARY}", 3600)
    (request,) = world.host.requests[asked:]
    assert request.url == f"{ISSUER}/token"
    assert parse_qs((request.body or b"").decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": [f"rt-1-{CANARY}"],
        "resource": [URL],
        "client_id": ["the-sdk"],
        "client_secret": [f"fake-{CANARY}"],
    }
    again = world.got()
    assert again is not None
    assert again.access_token == got.access_token
    assert len(world.host.requests) == asked + 1


def test_a_refused_token_is_renewed(world: World) -> None:
    """After a 401 another token comes; who was refused an older one gets that without a request."""
    world.sign_in(token(1))
    world.host.responses.append(granted(2))
    for _ in range(2):
        got = asyncio.run(world.storage().renewed(f"at-1-{CANARY}"))
        assert got is not None
        assert got.access_token == f"at-2-{CANARY}"
    assert not world.host.responses


def test_a_token_that_comes_back_changes_nothing(world: World) -> None:
    """Who copies one storage into the same one does not lose what renews the token."""
    world.sign_in(token(1))
    got = world.got()
    assert got is not None
    asyncio.run(world.storage().set_tokens(got))
    assert world.record().refresh_token is not None


def test_a_server_that_is_away_ends_no_login(world: World) -> None:
    """A broken server is an error that says so, not a token that is missing: nobody is asked."""
    world.sign_in(token(1))
    world.host.time += DAY
    world.host.responses += [Response(503)] * 3
    with pytest.raises(NetworkError):
        world.got()
    world.host.time += 60
    world.host.responses.append(granted(2))
    assert world.got() is not None


def test_a_login_that_has_ended_is_none(world: World) -> None:
    """After invalid_grant there is no token, and the server is not asked again."""
    world.sign_in(token(1))
    world.host.time += DAY
    world.host.responses.append(answer({"error": "invalid_grant"}, 400))
    assert world.got() is None
    assert world.got() is None
    assert not world.host.responses


def test_a_client_that_is_gone_is_forgotten(world: World) -> None:
    """After invalid_client the SDK is given no client either, so that it registers another."""
    world.sign_in(token(1))
    assert world.client() == CLIENT
    world.host.time += DAY
    world.host.responses.append(answer({"error": "invalid_client"}, 401))
    assert world.got() is None
    assert world.client() is None


def test_a_registered_client_is_good_as_long_as_its_login(world: World) -> None:
    """Before a person is asked again the SDK gets no client, and registers one that fits."""
    asyncio.run(world.storage().set_client_info(CLIENT.model_copy()))
    assert world.client() is None
    world.sign_in(token(1))
    assert world.client() == CLIENT
    world.host.time += DAY
    world.host.responses.append(answer({"error": "invalid_grant"}, 400))
    assert world.got() is None
    assert world.client() is None


def test_a_client_from_beforehand_stays(world: World) -> None:
    """A client that nobody but its owner can replace is given out until its secret has ended."""
    client = OWN.model_copy(update={"client_secret_expires_at": int(NOW) + 2 * DAY})
    world.sign_in(token(1), client=client)
    world.host.time += DAY
    world.host.responses.append(answer({"error": "invalid_client"}, 401))
    assert world.got() is None
    assert world.client() == client
    world.host.time += DAY
    assert world.client() is None


def test_a_client_from_beforehand_is_bound_to_the_issuer_of_its_first_token(world: World) -> None:
    """Its token is renewed at the issuer that the server named then, whatever it names since."""
    world.sign_in(token(1), client=OWN)
    world.host.time += DAY
    world.host.responses.append(granted(2))
    assert world.got() is not None
    assert world.host.requests[-1].url == f"{ISSUER}/token"


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(metadata("https://evil.example"), id="another issuer"),
        pytest.param([Response(404), Response(404)], id="no metadata"),
        pytest.param([Response(500)], id="a broken server"),
    ],
)
def test_what_nobody_vouches_for_gets_no_refresh_token(
    world: World, answers: list[Response]
) -> None:
    """Where the issuer can't be confirmed the token is kept, what renews it is not, and that is said."""
    with pytest.raises(UnrenewableTokenWarning, match="can't be renewed"):
        world.sign_in(token(1), answers)  # warnings are errors here, and cost no token
    got = world.got()
    assert got is not None
    assert got.access_token == f"at-1-{CANARY}"
    assert world.record().refresh_token is None
    asked = len(world.host.requests)
    world.host.time += DAY
    assert world.got() is None
    assert len(world.host.requests) == asked


def test_nothing_secret_is_in_the_index(world: World) -> None:
    """What keyhole writes beside its stores holds no token and no client secret."""
    world.sign_in(token(1))
    assert world.host.files
    assert CANARY not in json.dumps([str(world.host.files), repr(world.storage())])


def test_accounts_are_kept_apart(world: World) -> None:
    """One account's token and client are not another's."""
    world.sign_in(token(1))
    other = SdkTokenStorage(URL, "work", look=world.look, host=world.host)
    assert asyncio.run(other.get_tokens()) is None
    assert asyncio.run(other.get_client_info()) is None


def test_the_loop_runs_while_a_store_blocks(world: World) -> None:
    """A coroutine goes on while the token is renewed: what it does is what lets the renewal end."""
    world.sign_in(token(1))
    world.host.time += DAY
    going = threading.Event()

    class Slow:
        """A host that answers once the loop has said so."""

        def __getattr__(self, name: str) -> Any:
            return getattr(world.host, name)

        def send(self, request: object) -> Response:
            assert going.wait(30)
            assert request
            return granted(2)

    async def both() -> OAuthToken | None:
        storage = SdkTokenStorage(URL, look=world.look, host=Slow())
        asking = asyncio.create_task(storage.get_tokens())
        await asyncio.sleep(0)
        going.set()
        return await asking

    got = asyncio.run(both())
    assert got is not None
    assert got.access_token == f"at-2-{CANARY}"


SAID = OAuthClientMetadata(redirect_uris=[AnyUrl("http://127.0.0.1/callback")])


async def ask(url: str) -> None:
    """What the SDK asks a person with; nobody is there."""
    raise AssertionError(f"a person was asked: {url}")


def requests(world: World, storage: SdkTokenStorage, *, refused: str = "") -> list[int]:
    """What six requests of one program are answered with, by a server that refuses a token."""

    def server(request: httpx2.Request) -> httpx2.Response:
        known = request.headers.get("authorization", "").removeprefix("Bearer ")
        return httpx2.Response(200 if known and known != refused else 401)

    async def run() -> list[int]:
        auth = Renewing(OAuthClientProvider(URL, SAID, storage, ask))
        transport = httpx2.MockTransport(server)
        async with httpx2.AsyncClient(transport=transport, auth=auth) as client:
            answers = [(await client.post(URL)).status_code for _ in range(3)]
            world.host.time += DAY
            return answers + [(await client.post(URL)).status_code for _ in range(3)]

    return asyncio.run(run())


def test_a_program_outlives_its_token(world: World) -> None:
    """A provider whose token has ended is given the next one, from one refresh."""
    world.sign_in(token(1))
    world.host.responses.append(granted(2))
    assert requests(world, world.storage()) == [200] * 6
    assert not world.host.responses


def test_a_program_whose_token_is_refused_gets_another(world: World) -> None:
    """A 401 is met with another token, and the request is sent again; nobody is asked."""
    world.sign_in(token(1))
    world.host.responses += [granted(2), granted(3)]
    assert requests(world, world.storage(), refused=f"at-1-{CANARY}") == [200] * 6
    assert not world.host.responses


def test_a_held_token_costs_no_look_into_the_store(world: World) -> None:
    """Once it holds the token in force, a provider does not ask the storage before each request."""
    world.sign_in(token(1))
    world.host.responses.append(granted(2))
    looked: list[float] = []

    def look() -> Machine:
        looked.append(world.host.time)
        return world.look()

    storage = SdkTokenStorage(URL, look=look, host=world.host)
    assert requests(world, storage) == [200] * 6
    # To begin with the provider looks itself, at the token and at the client.
    assert looked == [NOW] * 4 + [NOW + DAY]


def test_a_program_is_told_that_the_server_is_away(world: World) -> None:
    """An ended token that can't be renewed now is an error of the request; nobody is asked."""
    world.sign_in(token(1))
    world.host.responses += [Response(503)] * 3
    with pytest.raises(NetworkError):
        requests(world, world.storage())


def test_renewing_wants_such_a_storage(world: World) -> None:
    """A provider with another storage, or a sync client, is refused, with what to do."""

    class Memory:
        """Any other storage."""

        async def get_tokens(self) -> None: ...
        async def set_tokens(self, tokens: OAuthToken) -> None: ...
        async def get_client_info(self) -> None: ...
        async def set_client_info(self, client_info: OAuthClientInformationFull) -> None: ...

    with pytest.raises(UsageError, match="no SdkTokenStorage"):
        Renewing(OAuthClientProvider(URL, SAID, Memory()))
    auth = Renewing(OAuthClientProvider(URL, SAID, world.storage()))
    assert repr(auth) == "Renewing()"
    with httpx2.Client(auth=auth) as client, pytest.raises(UsageError, match="async clients"):
        client.post(URL)


def test_importing_it_needs_neither_library() -> None:
    """`keyhole_mcp.storage` imports no mcp, key_value, pydantic or anyio: a provider brings them."""
    script = (
        "import sys, keyhole_mcp.storage\n"
        "heavy = {'mcp', 'key_value', 'pydantic', 'fastmcp'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
