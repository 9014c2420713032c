"""The device flow waits as it is told, and a token that is given back is gone."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from keyhole.errors import LoginFailedError, NetworkError, OAuthError, ServerError
from keyhole.message import Request, Response
from keyhole.oauth.client import BASIC, Client
from keyhole.oauth.device import DEVICE, DeviceCode, ask_device, poll
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.metadata import ServerMetadata
from keyhole.oauth.revocation import revoke
from keyhole.oauth.token import TokenEndpoint
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost

ISSUER = "https://as.example"
SERVER = ServerMetadata(
    issuer=ISSUER,
    token_endpoint=f"{ISSUER}/token",
    device_authorization_endpoint=f"{ISSUER}/device",
)
CLIENT = Client("native")
ANSWER = {
    "device_code": "fake-device-code",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/activate",
    "expires_in": 600,
    "interval": 2,
}
TOKEN = {"access_token": "fake-token", "token_type": "bearer"}


def said(fields: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(status, {}, json.dumps(fields).encode())


def refused(code: str) -> Response:
    """An error of a token endpoint."""
    return said({"error": code}, 400)


def device_code(answer: Any, status: int = 200) -> DeviceCode:
    """What a device is told by a server that answers this."""
    host = FakeHost()
    host.responses = [said(answer, status)]
    return perform(ask_device(SERVER, CLIENT, host.now, scope="a b", resource="https://r"), host)


class Host:
    """A host that remembers when it asked, and whose network may fail."""

    def __init__(self, *answers: Response | NetworkError) -> None:
        self.fake = FakeHost()
        self.answers = list(answers)
        self.asked_at: list[float] = []

    def polled(self, **device: Any) -> Grant:
        """What polling ends with."""
        flow = poll(
            device_code(ANSWER | device),
            TokenEndpoint(SERVER.token_endpoint, CLIENT, self.fake.now),
        )
        return perform(flow, self)

    def send(self, request: Request) -> Response:
        self.fake.requests.append(request)
        self.asked_at.append(self.fake.now() - NOW)
        answer = self.answers.pop(0)
        if isinstance(answer, NetworkError):
            raise answer
        return answer

    def wait(self, seconds: float) -> None:
        self.fake.wait(seconds)


def test_a_device_asks_for_its_code() -> None:
    """Client, scope and resource are sent, and what the person needs comes back."""
    device = device_code(ANSWER)
    assert device == DeviceCode(
        Secret("fake-device-code"), "WDJB-MJHT", f"{ISSUER}/activate", "", NOW + 600, 2
    )
    assert "fake-device-code" not in repr(device)


def test_what_a_device_does_not_need_may_be_missing_or_bad() -> None:
    """Without an interval it is five seconds, and a bad complete address is none."""
    answer = ANSWER | {"interval": None, "verification_uri_complete": "javascript:alert(1)"}
    device = device_code(answer)
    assert (device.interval, device.verification_uri_complete) == (5, "")


@pytest.mark.parametrize(
    "flaw",
    [
        {"device_code": ""},
        {"user_code": 7},
        {"user_code": "x" * 100},
        {"expires_in": None},
        {"verification_uri": "http://evil.example"},
    ],
)
def test_an_answer_that_no_person_can_use_is_refused(flaw: dict[str, Any]) -> None:
    """A code that is none, or an address that is no https URL, ends it."""
    with pytest.raises((NetworkError, OAuthError)):
        device_code(ANSWER | flaw)


def test_a_server_without_the_device_flow_is_never_asked() -> None:
    """No endpoint, no request."""
    host = FakeHost()
    with pytest.raises(OAuthError, match="device_authorization_endpoint"):
        perform(ask_device(ServerMetadata(ISSUER, f"{ISSUER}/token"), CLIENT, host.now), host)
    assert not host.requests


def test_it_asks_at_the_servers_pace_until_the_person_agrees() -> None:
    """Each request waits the interval; slow_down makes it five seconds longer, for good."""
    pending = refused("authorization_pending")
    host = Host(pending, refused("slow_down"), pending, said(TOKEN))
    assert host.polled().access_token == Secret("fake-token")
    assert host.asked_at == [2, 4, 11, 18]
    body = parse_qs((host.fake.requests[0].body or b"").decode())
    assert body == {
        "grant_type": [DEVICE],
        "device_code": ["fake-device-code"],
        "client_id": ["native"],
    }


def test_a_network_that_fails_slows_it_down_and_does_not_end_it() -> None:
    """Failures double the interval (RFC 8628, section 3.5)."""
    host = Host(NetworkError("gone"), Response(502, {}, b"<html>"), said(TOKEN))
    assert host.polled().access_token == Secret("fake-token")
    assert host.asked_at == [2, 6, 14]


def test_a_busy_server_is_asked_later() -> None:
    """A 503 with a moment to wait is waited for."""
    busy = Response(503, {"retry-after": "30"}, b"")
    host = Host(busy, said(TOKEN))
    host.polled()
    assert host.asked_at == [2, 32]


def test_a_person_who_denies_ends_it() -> None:
    """access_denied is final."""
    with pytest.raises(OAuthError) as caught:
        Host(refused("access_denied")).polled()
    assert caught.value.code == "access_denied"


def test_a_code_that_has_ended_ends_it() -> None:
    """By the server's word, or by the clock without asking once more."""
    with pytest.raises(LoginFailedError, match="ended"):
        Host(refused("expired_token")).polled()
    host = Host(*[refused("authorization_pending")] * 5)
    with pytest.raises(LoginFailedError, match="ended"):
        host.polled(expires_in=11)
    assert host.asked_at == [2, 4, 6, 8, 10]


# Revocation


def test_a_token_is_given_back() -> None:
    """The token, what it is, and who had it go to the endpoint; 200 is all that is needed."""
    host = FakeHost()
    host.responses = [Response(200)]
    client = Client("web", Secret("fake-secret"), BASIC)
    perform(revoke(f"{ISSUER}/revoke", client, Secret("fake-refresh")), host)
    (request,) = host.requests
    assert request.body == b"token=fake-refresh&token_type_hint=refresh_token"
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(503, {"retry-after": "5"}), ServerError),
        (Response(500), NetworkError),
        (refused("unsupported_token_type"), OAuthError),
        (said({"error": "invalid_client"}, 401), OAuthError),
        (Response(302, {"location": "https://evil.example"}), NetworkError),
    ],
)
def test_a_token_that_could_not_be_given_back_is_an_error(
    answer: Response, error: type[Exception]
) -> None:
    """Anything but 200 says that the token may be valid still."""
    host = FakeHost()
    host.responses = [answer]
    with pytest.raises(error):
        perform(revoke(f"{ISSUER}/revoke", CLIENT, Secret("fake-refresh")), host)


def test_a_token_goes_to_no_plain_http() -> None:
    """A revocation endpoint that is no https URL gets nothing."""
    host = FakeHost()
    with pytest.raises(OAuthError):
        perform(revoke("http://as.example/revoke", CLIENT, Secret("fake-refresh")), host)
    assert not host.requests
